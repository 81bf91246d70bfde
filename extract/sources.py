"""A file, folder, pattern or S3 prefix -> resources, each of which opens as a stream of bytes.

A zip archive is as many resources as it has files that can be loaded (`archive.zip#orders.csv`), a
workbook as many as it has filled sheets, if they are several (`book.xlsx#North`).
What is in the bytes is decided in `formats`. Names starting with `_` or `.` are skipped, files and
folders alike: writers use them for what is unfinished (`_SUCCESS`, `.part`, `_answer_key`).
"""

from __future__ import annotations

import errno
import glob
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from extract import archive, s3, spool
from extract.errors import (
    ExtractError,
    SourceChanged,
    SourceNotFound,
    SourceUnreadable,
)
from extract.formats.compression import Limits

S3 = s3.SCHEME
WORKBOOKS = (".xlsx", ".xlsm", ".xls")
READ_SIZE = 1 << 20
"""Bytes asked of the network at a time."""


@dataclass(frozen=True)
class Resource:
    """A file that can be read.

    Attributes:
        uri: its absolute path with links resolved, or `s3://bucket/key`; with `#` and a name if it
            is part of another file.
        size: bytes as stored; of a file in an archive, its own.
        version: changes when the content does: time of change, size and inode, S3's ETag, or the
            checksum that an archive has of it.
        parts: the path below the loaded root, folders first, the name last.
        root: the name of the loaded root folder.
        container: the file that it is part of; None if it is a file itself.
        member: its path in that archive.
        sheet: its name in that workbook.
        packed_size: bytes that it takes in the archive.
        requester_pays: whether S3 is to be told that the reader pays.
    """

    uri: str
    size: int
    version: str
    parts: tuple[str, ...]
    root: str
    container: Resource | None = None
    member: str | None = None
    sheet: str | None = None
    packed_size: int | None = None
    requester_pays: bool = False

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.parts[-1]

    @property
    def packing(self) -> str | None:
        """The kind of archive that it lies in."""
        if self.member is not None:
            return "zip"
        return self.container.packing if self.container else None


@dataclass(frozen=True)
class Found:
    """What a search came upon.

    Attributes:
        resources: what can be loaded, each once, in the order of the paths given, then by path.
        ignored: files passed over in a folder because no reader knows their ending.
    """

    resources: tuple[Resource, ...]
    ignored: tuple[str, ...]


def find(
    locations: Iterable[str], endings: frozenset[str], *, requester_pays: bool = False
) -> Found:
    """Look for files.

    Args:
        locations: files, folders (searched to any depth), patterns (`*`, `?`, `[]`, `**`) or
            `s3://bucket/prefix`.
        endings: lower-case suffixes that are read from folders. A file that is named itself is
            taken whatever its ending.
        requester_pays: tell S3 that the reader pays.

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
        for resource, is_named in _search(location, requester_pays):
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


def find_object(
    bucket: str,
    key: str,
    endings: frozenset[str],
    *,
    folder: str = "",
    requester_pays: bool = False,
) -> Resource | str:
    """An object as `find` has it when it searches a folder of its bucket.

    Args:
        bucket: its bucket.
        key: its key, taken literally.
        endings: lower-case suffixes that are read.
        folder: the folder; empty for the whole bucket.
        requester_pays: tell S3 that the reader pays.

    Returns:
        The object, or why a search would pass it over.

    Raises:
        SourceNotFound: there is no such object (any more).
        SourceUnreadable: S3 refuses or cannot be reached.
    """
    folder = folder.strip("/")
    if folder and not key.startswith(f"{folder}/"):
        return f"lies outside of {S3}{bucket}/{folder}"
    if key.endswith("/"):
        return "is a folder"
    below = PurePosixPath(key[len(folder) :].lstrip("/")).parts
    if any(map(_hidden, below)):
        return "its name, or a folder's, starts with _ or ."
    if not _has_ending(key, endings):
        return "no reader knows its ending"
    uri = f"{S3}{bucket}/{key}"
    size, etag = s3.head(uri, requester_pays=requester_pays)
    root = PurePosixPath(folder).name or bucket
    return Resource(uri, size, etag, below, root, requester_pays=requester_pays)


def expand(
    found: Iterable[Resource], endings: frozenset[str], ignored: list[str], limits: Limits
) -> Iterator[Resource]:
    """Put the parts of archives and workbooks in their places.

    What cannot be looked into is passed on as it is: landing it says what is wrong with it. The
    same goes for an archive with nothing in it that could be loaded.

    Args:
        found: files.
        endings: lower-case suffixes that are taken from archives.
        ignored: is given the uris of what is left out of archives.
        limits: what a workbook may unpack to.
    """
    for resource in found:
        if not resource.name.lower().endswith(archive.ENDING):
            yield from _sheets(resource, limits)
            continue
        passed: list[str] = []
        try:
            members = _members(resource, endings - {archive.ENDING}, passed)
        except ExtractError:
            members = []
        if members:
            ignored += passed
        for member in members:
            yield from _sheets(member, limits)
        if not members:
            yield resource


def _members(resource: Resource, endings: frozenset[str], passed: list[str]) -> list[Resource]:
    found = []
    for member in archive.members(open_seekable(resource), resource.uri):
        parts = PurePosixPath(member.name.replace("\\", "/")).parts
        uri = f"{resource.uri}#{member.name}"
        if any(map(_hidden, parts)):
            continue
        if not _has_ending(parts[-1], endings):
            passed.append(uri)
            continue
        found.append(
            replace(
                resource,
                uri=uri,
                size=member.size,
                version=member.version,
                parts=resource.parts[:-1] + parts,
                container=resource,
                member=member.name,
                packed_size=member.packed,
            )
        )
    return found


def _sheets(resource: Resource, limits: Limits) -> list[Resource]:
    """The filled sheets of a workbook that has several; any other resource as it is."""
    if not resource.name.lower().endswith(WORKBOOKS):
        return [resource]
    from extract.formats import xlsx

    try:
        check_size(resource, limits)
        names = xlsx.filled_sheets(lambda: open_seekable(resource), resource.uri, limits)
    except ExtractError:
        return [resource]
    if len(names) < 2:
        return [resource]
    return [
        replace(resource, uri=f"{resource.uri}#{name}", container=resource, sheet=name, member=None)
        for name in names
    ]


def check_size(resource: Resource, limits: Limits) -> None:
    """Make sure that an archive's member does not unpack to more than allowed.

    Raises:
        ExpandsTooMuch: it would.
    """
    if resource.packed_size is not None:
        limits.check(resource.packed_size, resource.size, resource.uri)


def open_stream(resource: Resource) -> BinaryIO:
    """Open the stored bytes for reading once, from the start.

    Of a file in an archive these are its own bytes, of a sheet those of its workbook.

    Raises:
        SourceNotFound: it is gone.
        SourceUnreadable: it cannot be read.
        CorruptFile: it lies in an archive that is damaged.
    """
    if resource.container is not None:
        if resource.sheet is not None:
            return open_stream(resource.container)
        container = resource.container
        return archive.open_member(
            lambda: open_seekable(container),
            (container.uri, container.version),
            resource.member or "",
            resource.uri,
        )
    if resource.uri.startswith(S3):
        return _open_s3(resource, seekable=False)
    with _file_errors(resource.uri):
        return cast(BinaryIO, Path(resource.uri).open("rb", buffering=0))


def open_seekable(resource: Resource) -> BinaryIO:
    """Open the stored bytes of a whole file, to jump about in.

    Raises:
        SourceError: as `open_stream`.
    """
    if resource.container is not None:
        copy = tempfile.SpooledTemporaryFile(max_size=READ_SIZE * 16)  # noqa: SIM115 - the caller's
        with open_stream(resource) as stream:
            while block := stream.read(READ_SIZE):
                spool.add(copy, block, resource.uri)
        spool.rewind(copy, resource.uri)
        return cast(BinaryIO, copy)
    if resource.uri.startswith(S3):
        return _open_s3(resource, seekable=True)
    with _file_errors(resource.uri):
        return Path(resource.uri).open("rb")


def _open_s3(resource: Resource, *, seekable: bool) -> BinaryIO:
    raw = s3.S3File(
        resource.uri,
        resource.size,
        resource.version,
        requester_pays=resource.requester_pays,
        seekable=seekable,
    )
    return cast(BinaryIO, io.BufferedReader(raw, READ_SIZE))


def facts(stream: BinaryIO) -> dict[str, Any]:
    """What the ledger should know about where a stream comes from."""
    found: dict[str, Any] = getattr(getattr(stream, "raw", stream), "facts", {})
    return found


def check_unchanged(resource: Resource, *, replacing: bool = False) -> None:
    """Make sure that what was read is what was found.

    Args:
        resource: the file.
        replacing: whether another state of it goes. An object in S3 never changes while it is
            read, but what is loaded may be its newer state, which another process has seen: then
            S3 is asked once more.

    Raises:
        SourceChanged: the file was written to meanwhile.
    """
    if resource.container is not None:
        return check_unchanged(resource.container, replacing=replacing)
    if resource.uri.startswith(S3):
        if replacing:
            s3.check_current(resource.uri, resource.version, requester_pays=resource.requester_pays)
        return None
    with _file_errors(resource.uri):
        now = _local_version(Path(resource.uri).stat())
    if now != resource.version:
        raise SourceChanged(
            "the file changed while it was being read",
            uri=resource.uri,
            hint="load it again when its writer has finished",
        )
    return None


def _has_ending(name: str, endings: frozenset[str]) -> bool:
    return any(name.lower().endswith(ending) for ending in endings)


def _hidden(name: str) -> bool:
    return name.startswith(("_", "."))


def _search(location: str, requester_pays: bool) -> Iterator[tuple[Resource, bool]]:
    """Yield resources, each with whether it was named itself rather than found in a folder."""
    if location.startswith(S3):
        for item in s3.search(location, requester_pays=requester_pays):
            if not any(map(_hidden, item.below)):
                found = Resource(item.uri, item.size, item.etag, item.below, item.root)
                yield replace(found, requester_pays=requester_pays), item.exact
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
