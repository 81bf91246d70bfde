"""Zip archives: what is in them, and one member as a stream.

Python's zipfile gives no more bytes of a member than the archive's directory says, so the
directory's sizes are what `sources.check_size` holds against the limits.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from extract.errors import CorruptFile, UnsupportedFormat

ENDING = ".zip"


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
    with stream, _ours(uri), zipfile.ZipFile(stream) as archive:
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


def open_member(stream: BinaryIO, name: str, uri: str) -> BinaryIO:
    """A member's plain bytes, for reading once.

    Raises:
        CorruptFile: the archive is damaged; also while reading.
        UnsupportedFormat: it is encrypted or packed in a way that Python cannot unpack.
    """
    try:
        return _Member(stream, name, uri)  # type: ignore[return-value]
    except BaseException:
        stream.close()
        raise


class _Member(io.RawIOBase):
    """A member, its archive and the stream below: opened and closed as one."""

    def __init__(self, stream: BinaryIO, name: str, uri: str) -> None:
        self._stream = stream
        self._uri = uri
        with _ours(uri):
            self._archive = zipfile.ZipFile(stream)
            self._member = self._archive.open(name)

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
            self._archive.close()
            self._stream.close()
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
