"""Objects in S3: listed page by page, read as streams that go on where a connection broke.

Credentials, region, endpoint and retries of single requests are boto3's own business (its
environment variables, files and instance roles); nothing of it is taken as an argument.
"""

from __future__ import annotations

import functools
import glob
import io
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from extract.errors import SourceChanged, SourceNotFound, SourceUnreadable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SCHEME = "s3://"
PAGE_SIZE = 1000
"""Objects listed at a time."""
TRIES = 6
"""Times in a row that a broken connection is opened anew without a byte gained."""
_PAUSE = 0.1
"""Seconds before the second of these; doubled each time."""

_GONE = ("NoSuchBucket", "NoSuchKey", "NoSuchVersion", "404")
_CHANGED = ("PreconditionFailed", "412")


@dataclass(frozen=True)
class S3Object:
    """An object as the listing has it.

    Attributes:
        uri: `s3://bucket/key`.
        size: in bytes.
        etag: without its quotes.
        below: the key's parts below the location that was searched.
        root: the name of the folder that was searched.
        exact: whether the location was the object itself.
    """

    uri: str
    size: int
    etag: str
    below: tuple[str, ...]
    root: str
    exact: bool


def search(location: str, *, requester_pays: bool) -> Iterator[S3Object]:
    """Objects at `s3://bucket/prefix`, which may be an object, a folder or a pattern.

    Raises:
        SourceNotFound: no such bucket.
        SourceUnreadable: S3 refuses or cannot be reached.
    """
    bucket, prefix = split(location)
    if not bucket:
        raise SourceNotFound("no bucket named", uri=location, hint="write s3://bucket/prefix")
    pattern = None
    if glob.has_magic(prefix):
        pattern = _pattern(prefix)
        prefix = prefix[: min(prefix.index(sign) for sign in "*?[" if sign in prefix)]
        folder = prefix[: prefix.rfind("/") + 1]
    with errors(location):
        pages = (
            client()
            .get_paginator("list_objects_v2")
            .paginate(
                Bucket=bucket,
                Prefix=prefix,
                PaginationConfig={"PageSize": PAGE_SIZE},
                **_payer(requester_pays),
            )
        )
        for page in pages:
            for item in page.get("Contents", []):
                key = item["Key"]
                etag = item["ETag"].strip('"')
                uri = f"{SCHEME}{bucket}/{key}"
                if key.endswith("/"):
                    continue
                if pattern is not None:
                    if pattern.fullmatch(key):
                        parts = PurePosixPath(key[len(folder) :]).parts
                        root = PurePosixPath(folder).name or bucket
                        yield S3Object(uri, item["Size"], etag, parts, root, False)
                    continue
                exact = key == prefix
                if not exact and prefix and not (prefix.endswith("/") or key[len(prefix)] == "/"):
                    continue  # `s3://b/orders` is the folder orders/, not orders_old/ beside it.
                below = PurePosixPath(key[len(prefix) :].lstrip("/") or PurePosixPath(key).name)
                above = PurePosixPath(prefix).parent if exact else PurePosixPath(prefix)
                yield S3Object(uri, item["Size"], etag, below.parts, above.name or bucket, exact)


def head(uri: str, *, requester_pays: bool) -> tuple[int, str]:
    """Size in bytes and ETag of an object as it is now.

    Raises:
        SourceNotFound: no such bucket or object.
        SourceUnreadable: S3 refuses or cannot be reached.
    """
    bucket, key = split(uri)
    with errors(uri):
        found = client().head_object(Bucket=bucket, Key=key, **_payer(requester_pays))
    return found["ContentLength"], found["ETag"].strip('"')


def bucket_exists(uri: str) -> bool:
    """Whether an object's bucket is there.

    Raises:
        SourceUnreadable: S3 refuses or cannot be reached.
    """
    bucket, _ = split(uri)
    try:
        with errors(uri):
            client().head_bucket(Bucket=bucket)
    except SourceNotFound:
        return False
    return True


def check_current(uri: str, etag: str, *, requester_pays: bool) -> None:
    """Make sure that an object is still the one that was found.

    Raises:
        SourceChanged: another object has taken its place, or it is gone.
        SourceUnreadable: S3 refuses or cannot be reached.
    """
    try:
        now = head(uri, requester_pays=requester_pays)[1]
    except SourceNotFound:
        now = ""
    if now != etag:
        raise SourceChanged(
            "another object has taken its place in S3 since it was found"
            if now
            else "it was deleted from S3 while it was read",
            uri=uri,
            hint="load it again",
        )


class S3File(io.RawIOBase):
    """An object's bytes; a connection that breaks is opened anew where it broke.

    Args:
        uri: `s3://bucket/key`.
        size: as listed.
        etag: as listed: another object at this key is not read on.
        requester_pays: whether the reader pays for the transfer.
        seekable: whether jumping about is offered; each jump is a request of its own.

    Attributes:
        facts: which object was read, for the ledger.
    """

    def __init__(
        self, uri: str, size: int, etag: str, *, requester_pays: bool, seekable: bool = False
    ) -> None:
        self._uri = uri
        self._size = size
        self._etag = etag
        self._payer = _payer(requester_pays)
        self._seekable = seekable
        self._position = 0
        self._body: Any = None
        self._body_at = -1
        self.facts: dict[str, Any] = {"s3": {"etag": etag, "version_id": None}}
        if not seekable:
            self._open()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._seekable

    def seek(self, offset: int, whence: int = 0) -> int:
        if not self._seekable:
            raise io.UnsupportedOperation("seek")
        self._position = offset + (0, self._position, self._size)[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), max(0, self._size - self._position))
        if not wanted:
            return 0
        data = self._read(wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        self._body_at = self._position
        return len(data)

    def close(self) -> None:
        self._drop()
        super().close()

    def _read(self, size: int) -> bytes:
        from botocore.exceptions import BotoCoreError

        for attempt in range(TRIES):
            try:
                if self._body is None or self._body_at != self._position:
                    self._open()
                if data := self._body.read(size):
                    return bytes(data)
                problem: Exception = EOFError("the connection ended early")
            except BotoCoreError as error:
                problem = error
            except (OSError, SourceUnreadable) as error:
                if isinstance(error, SourceUnreadable) and not error.retryable:
                    raise
                problem = error
            self._drop()
            if attempt + 1 < TRIES:
                time.sleep(_PAUSE * 2**attempt)
        raise _Unreachable(
            f"the connection to S3 broke at byte {self._position:,} of {self._size:,}, and"
            f" {TRIES} times more ({problem})",
            uri=self._uri,
            hint="load it again; what had landed of other files stays",
        ) from problem

    def _open(self) -> None:
        self._drop()
        bucket, key = split(self._uri)
        more: dict[str, Any] = dict(self._payer)
        if self._position:
            more["Range"] = f"bytes={self._position}-"
        with errors(self._uri):
            got = client().get_object(Bucket=bucket, Key=key, IfMatch=f'"{self._etag}"', **more)
        self._body = got["Body"]
        self._body_at = self._position
        self.facts["s3"]["version_id"] = got.get("VersionId")

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


class _Unreachable(SourceUnreadable):
    """S3 cannot be reached now."""

    retryable = True


class errors:  # noqa: N801 - used like a function
    """Turn boto3's errors into ours."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, ClientError):
            code = error.response.get("Error", {}).get("Code", "")
            if code in _GONE:
                raise SourceNotFound(f"not in S3 ({code})", uri=self.uri) from error
            if code in _CHANGED:
                raise SourceChanged(
                    "another object has taken its place in S3 since it was found",
                    uri=self.uri,
                    hint="load it again",
                ) from error
            if code == "InvalidObjectState":
                raise SourceUnreadable(
                    "the object is archived (Glacier)", uri=self.uri, hint="restore it in S3 first"
                ) from error
            raise SourceUnreadable(
                f"S3 refused it ({code})",
                uri=self.uri,
                hint="check the AWS credentials in use"
                " (a requester-pays bucket needs --requester-pays)",
            ) from error
        if isinstance(error, BotoCoreError):
            raise _Unreachable(f"S3 cannot be reached: {error}", uri=self.uri) from error


def client() -> S3Client:
    """The client of this process."""
    found = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    return _client(tuple(sorted(found.items())))


@functools.lru_cache(maxsize=4)
def _client(environment: tuple[tuple[str, str], ...]) -> S3Client:  # noqa: ARG001 - a cache's key
    # Imported late: boto3 costs a quarter of a second that local files need not pay.
    import boto3

    # A session of its own: boto3's default one keeps the credentials that it found first.
    return boto3.session.Session().client("s3")


def split(uri: str) -> tuple[str, str]:
    """Bucket and key."""
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    return bucket, key


def _payer(requester_pays: bool) -> dict[str, Any]:
    return {"RequestPayer": "requester"} if requester_pays else {}


def _pattern(text: str) -> re.Pattern[str]:
    """`*`, `?` and `[]` stay within a folder, `**` does not."""
    found = []
    for part in re.split(r"(\*\*/?|\*|\?|\[[^]]+\])", text):
        if part.startswith("**"):
            found.append("(?:.*/)?" if part.endswith("/") else ".*")
        elif part in ("*", "?"):
            found.append("[^/]" + ("*" if part == "*" else ""))
        elif part.startswith("[") and part.endswith("]") and len(part) > 2:
            found.append("[" + part[1:-1].replace("\\", r"\\").replace("!", "^", 1) + "]")
        else:
            found.append(re.escape(part))
    return re.compile("".join(found), re.S)
