"""Zip archives: what is in them, and one member as a stream.

Python's zipfile gives no more bytes of a member than the archive's directory says, so the
directory's sizes are what `sources.check_size` holds against the limits.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

from extract.errors import CorruptFile, ExpandsTooMuch, UnsupportedFormat

ENDING = ".zip"
MOST_MEMBERS = 100_000
"""Members of an archive: each takes about a kilobyte of memory, and a row in the ledger."""

_END_SIZE = (1 << 16) + 22 + 20 + 56
"""Bytes at the end of an archive in which the number of its members stands."""
_SEE_WIDE = 0xFFFF
"""Stands for the number of members where there are too many for the place."""


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        name: its path in the archive.
        size: unpacked, in bytes.
        packed: in bytes.
        version: changes when its content does.
    """

    name: str
    size: int
    packed: int
    version: str


def members(stream: BinaryIO, uri: str) -> list[Member]:
    """The archive's files, in its order; of several with one name the last, as unpackers do.

    Args:
        stream: can seek; closed at the end.
        uri: for errors.

    Raises:
        CorruptFile: cut off, damaged or no archive at all.
    """
    with stream, _ours(uri):
        _check_count(stream, uri)
        archive = zipfile.ZipFile(stream)
        size = stream.seek(0, io.SEEK_END)
        if sum(entry.compress_size for entry in archive.infolist()) > size:
            raise CorruptFile(
                "the zip archive's members lie upon each other: it is damaged, or a bomb", uri=uri
            )
        found = {
            entry.filename: Member(
                entry.filename,
                entry.file_size,
                entry.compress_size,
                f"{entry.CRC:08x}-{entry.file_size}",
            )
            for entry in archive.infolist()
            if not entry.is_dir()
        }
    return list(found.values())


def _check_count(stream: BinaryIO, uri: str) -> None:
    """Look at the number of members before the list of them is read, which is held in memory."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _END_SIZE))
    tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    count = int.from_bytes(tail[end + 10 : end + 12], "little") if end >= 0 else 0
    wide = tail.rfind(b"PK\x06\x06", 0, end) if count == _SEE_WIDE else -1
    if wide >= 0:
        count = int.from_bytes(tail[wide + 32 : wide + 40], "little")
    if count > MOST_MEMBERS:
        raise ExpandsTooMuch(
            f"the zip archive says that it has {count:,} members, more than {MOST_MEMBERS:,}",
            uri=uri,
            hint="unpack it, and load the folder",
        )
    stream.seek(0)


class Shelf:
    """The archive that was opened last, kept so that its list is not read for each member anew."""

    def __init__(self) -> None:
        self._key: object = None
        self._archive: zipfile.ZipFile | None = None
        self._stream: BinaryIO | None = None

    def take(self, key: object, opener: Callable[[], BinaryIO]) -> zipfile.ZipFile:
        """The archive `key`, opened by `opener` if it is not the one kept.

        Raises:
            zipfile.BadZipFile: it is none.
        """
        if self._archive is None or key != self._key:
            self.clear()
            stream = opener()
            try:
                self._archive, self._stream, self._key = zipfile.ZipFile(stream), stream, key
            except BaseException:
                stream.close()
                raise
        return self._archive

    def clear(self) -> None:
        """Close what is kept."""
        if self._archive is not None and self._stream is not None:
            self._archive.close()
            self._stream.close()
        self._archive = self._stream = self._key = None


SHELF = Shelf()
"""Of this process: archives are landed member after member."""


def open_member(opener: Callable[[], BinaryIO], key: object, name: str, uri: str) -> BinaryIO:
    """A member's plain bytes, for reading once.

    Args:
        opener: opens the archive, to jump about in.
        key: tells the archive, and its state, from others.
        name: of the member.
        uri: for errors.

    Raises:
        CorruptFile: the archive is damaged; also while reading.
        UnsupportedFormat: it is encrypted or packed in a way that Python cannot unpack.
    """
    with _ours(uri):
        member = SHELF.take(key, opener).open(name)
    return _Member(member, uri)  # type: ignore[return-value]


class _Member(io.RawIOBase):
    """A member whose failures are ours."""

    def __init__(self, member: IO[bytes], uri: str) -> None:
        self._member = member
        self._uri = uri

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _ours(self._uri):
            data = self._member.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        with _ours(self._uri):
            return self._member.read(size)

    def close(self) -> None:
        if not self.closed:
            self._member.close()
        super().close()


@contextmanager
def _ours(uri: str) -> Iterator[None]:
    """Turn the library's errors into ours."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise CorruptFile(
            f"the zip archive is cut off or damaged ({error})", uri=uri, hint="fetch it again"
        ) from error
    except (RuntimeError, NotImplementedError) as error:
        raise UnsupportedFormat(
            f"the zip archive cannot be unpacked ({error})",
            uri=uri,
            hint="unpack it, and load what was in it",
        ) from error
