"""A file, folder, pattern or S3 prefix -> resources, each of which opens as a stream of bytes.

What is in the bytes is decided in `formats`. Names starting with `_` or `.` are skipped, files and
folders alike: writers use them for what is unfinished (`_SUCCESS`, `.part`, `_answer_key`).
"""

from __future__ import annotations

import errno
import glob
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from extract.errors import SourceChanged, SourceNotFound, SourceUnreadable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

S3 = "s3://"
PAGE_SIZE = 1000
"""Objects listed at a time."""
READ_SIZE = 1 << 20
"""Bytes asked of the network at a time."""


@dataclass(frozen=True)
class Resource:
    """A file that can be read.

    Attributes:
        uri: its absolute path with links resolved, or `s3://bucket/key`.
        size: bytes as stored.
        version: changes when the content does: time of change, size and inode, or S3's version
            or ETag.
        parts: the path below the loaded root, folders first, the name last.
        root: the name of the loaded root folder.
    """

    uri: str
    size: int
    version: str
    parts: tuple[str, ...]
    root: str

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.parts[-1]


@dataclass(frozen=True)
class Found:
    """What a search came upon.

    Attributes:
        resources: what can be loaded, each once, in the order of the paths given, then by path.
        ignored: files passed over in a folder because no reader knows their ending.
    """

    resources: tuple[Resource, ...]
    ignored: tuple[str, ...]


def find(locations: Iterable[str], endings: frozenset[str]) -> Found:
    """Look for files.

    Args:
        locations: files, folders (searched to any depth), patterns (`*`, `?`, `[]`, `**`) or
            `s3://bucket/prefix`.
        endings: lower-case suffixes that are read from folders. A file that is named itself is
            taken whatever its ending.

    Raises:
        SourceNotFound: a location does not exist, a pattern matches nothing, a folder holds no
            file that could be loaded.
        SourceUnreadable: no right to read a location, or S3 refuses.
    """
    resources: dict[str, Resource] = {}
    ignored: dict[str, None] = {}
    for location in locations:
        found, passed = [], []
        named = True
        for resource, is_named in _search(location):
            named = named and is_named
            if is_named or _has_ending(resource.name, endings):
                found.append(resource)
            else:
                passed.append(resource.uri)
        if not found:
            raise SourceNotFound(
                "no file here that could be loaded",
                uri=location,
                hint="give a folder with CSV, JSON, JSONL, Parquet or XLSX files; "
                "names starting with `_` or `.` are skipped",
            )
        ignored.update(dict.fromkeys(passed))
        for resource in found if named else sorted(found, key=lambda item: item.uri):
            resources.setdefault(resource.uri, resource)
    return Found(tuple(resources.values()), tuple(ignored))


def open_stream(resource: Resource) -> BinaryIO:
    """Open the stored bytes for reading once, from the start.

    Raises:
        SourceNotFound: it is gone.
        SourceUnreadable: it cannot be read.
    """
    if resource.uri.startswith(S3):
        bucket, key = _split(resource.uri)
        with _s3_errors(resource.uri):
            body = _client().get_object(Bucket=bucket, Key=key)["Body"]
        return cast(BinaryIO, io.BufferedReader(_Body(body, resource.uri), READ_SIZE))
    with _file_errors(resource.uri):
        return cast(BinaryIO, Path(resource.uri).open("rb", buffering=0))


def check_unchanged(resource: Resource) -> None:
    """Make sure that what was read is what was found.

    Raises:
        SourceChanged: the file was written to meanwhile.
    """
    if resource.uri.startswith(S3):
        return  # An object never changes while it is read: a new one takes its place.
    with _file_errors(resource.uri):
        now = _local_version(Path(resource.uri).stat())
    if now != resource.version:
        raise SourceChanged(
            "the file changed while it was being read",
            uri=resource.uri,
            hint="load it again when its writer has finished",
        )


def _has_ending(name: str, endings: frozenset[str]) -> bool:
    return any(name.lower().endswith(ending) for ending in endings)


def _hidden(name: str) -> bool:
    return name.startswith(("_", "."))


def _search(location: str) -> Iterator[tuple[Resource, bool]]:
    """Yield resources, each with whether it was named itself rather than found in a folder."""
    if location.startswith(S3):
        yield from _search_s3(location)
        return
    path = Path(location).expanduser()
    with _file_errors(location):
        if path.is_dir():
            root = path.resolve().name
            for file in _walk(path, set(), location):
                yield _local(file, file.relative_to(path).parts, root), False
        elif path.exists():
            yield _local(path, (path.name,), path.absolute().parent.name), True
        elif glob.has_magic(location):
            yield from _search_pattern(path)
        else:
            raise SourceNotFound("no such file or folder", uri=location)


def _search_pattern(pattern: Path) -> Iterator[tuple[Resource, bool]]:
    fixed = []
    for part in pattern.parts:
        if glob.has_magic(part):
            break
        fixed.append(part)
    base = Path(*fixed)
    matches = sorted(glob.glob(str(pattern), recursive=True))  # noqa: PTH207 - absolute too
    if not matches:
        raise SourceNotFound("nothing matches the pattern", uri=str(pattern))
    for match in map(Path, matches):
        parts = match.relative_to(base).parts
        if any(_hidden(part) for part in parts):
            continue
        files = _walk(match, set(), str(match)) if match.is_dir() else [match]
        for file in files:
            yield (
                _local(file, file.relative_to(base).parts, base.resolve().name),
                not match.is_dir(),
            )


def _walk(folder: Path, above: set[tuple[int, int]], location: str) -> Iterator[Path]:
    """Files below `folder`, links followed; a link back to a folder above is not gone into."""
    status = folder.stat()
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        return
    with _file_errors(str(folder)):
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    for entry in entries:
        if _hidden(entry.name):
            continue
        if entry.is_dir():
            yield from _walk(folder / entry.name, above | {identity}, location)
        elif entry.is_file():
            yield folder / entry.name


def _local(path: Path, parts: tuple[str, ...], root: str) -> Resource:
    with _file_errors(str(path)):
        real = path.resolve()
        status = real.stat()
        if not real.is_file():
            raise SourceUnreadable("not a regular file", uri=str(path))
    return Resource(str(real), status.st_size, _local_version(status), parts, root)


def _local_version(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


class _file_errors:  # noqa: N801 - used like a function
    """Turn the operating system's errors into ours."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError):
            raise SourceNotFound("no such file or folder", uri=self.uri) from error
        if isinstance(error, PermissionError):
            raise SourceUnreadable(
                "no right to read it", uri=self.uri, hint="check its permissions"
            ) from error
        if isinstance(error, OSError):
            reason = "links go in a circle" if error.errno == errno.ELOOP else error.strerror
            raise SourceUnreadable(f"cannot be read: {reason}", uri=self.uri) from error


# S3 --------------------------------------------------------------------------------------------


def _client() -> S3Client:
    # Imported late: boto3 costs a quarter of a second that local files need not pay.
    import boto3

    return boto3.client("s3")


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix(S3).partition("/")
    return bucket, key


def _search_s3(location: str) -> Iterator[tuple[Resource, bool]]:
    bucket, prefix = _split(location)
    if not bucket:
        raise SourceNotFound("no bucket named", uri=location, hint="write s3://bucket/prefix")
    with _s3_errors(location):
        pages = (
            _client()
            .get_paginator("list_objects_v2")
            .paginate(Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": PAGE_SIZE})
        )
        for page in pages:
            for item in page.get("Contents", []):
                key = item["Key"]
                exact = key == prefix
                if not exact and prefix and not (prefix.endswith("/") or key[len(prefix)] == "/"):
                    continue  # `s3://b/orders` is the folder orders/, not orders_old/ beside it.
                below = PurePosixPath(key[len(prefix) :].lstrip("/") or PurePosixPath(key).name)
                if key.endswith("/") or any(_hidden(part) for part in below.parts):
                    continue
                above = PurePosixPath(prefix).parent if exact else PurePosixPath(prefix)
                version = item["ETag"].strip('"')
                yield (
                    Resource(
                        f"{S3}{bucket}/{key}",
                        item["Size"],
                        version,
                        below.parts,
                        above.name or bucket,
                    ),
                    exact,
                )


class _s3_errors:  # noqa: N801 - used like a function
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
            if code in ("NoSuchBucket", "NoSuchKey", "404"):
                raise SourceNotFound(f"not in S3 ({code})", uri=self.uri) from error
            raise SourceUnreadable(
                f"S3 refused it ({code})", uri=self.uri, hint="check the AWS credentials in use"
            ) from error
        if isinstance(error, BotoCoreError):
            raise SourceUnreadable(f"S3 cannot be reached: {error}", uri=self.uri) from error


class _Body(io.RawIOBase):
    """An S3 object's body as a raw stream, so that a buffered reader can stand on it."""

    def __init__(self, body: Any, uri: str) -> None:
        self._body = body
        self._uri = uri

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _s3_errors(self._uri):
            data: bytes = self._body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._body.close()
        super().close()
