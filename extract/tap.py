"""The stored bytes of a file, hashed and counted on their way to a reader."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from extract import sources
from extract.sources import Resource

_BLOCK = 1 << 20


def digest(resource: Resource) -> str:
    """SHA-256 of the stored bytes, in hex; of a sheet, of its workbook's bytes and its name.

    Raises:
        SourceError: it cannot be read.
    """
    state = hashlib.sha256()
    with sources.open_stream(resource) as stream:
        while block := stream.read(_BLOCK):
            state.update(block)
    _add_sheet(state, resource)
    return state.hexdigest()


def _add_sheet(state: Any, resource: Resource) -> None:
    # Two sheets of a workbook are not copies of each other, whatever its bytes.
    if resource.sheet is not None:
        state.update(b"#" + resource.sheet.encode())


class Tap:
    """Opens a file as often as a reader asks, and knows the hash of what ran past last.

    `facts` tells the ledger which object in S3 it was.

    The file is closed by `close` alone: a reader that is done with its stream, or was given up for
    another one, does not take the file away.
    """

    def __init__(self, resource: Resource, advance: Callable[[int], None]) -> None:
        self._resource = resource
        self._advance = advance
        self._stream: _Counted | None = None
        self.facts: dict[str, Any] = {}

    def open(self) -> BinaryIO:
        """Start from the first byte."""
        self.close()
        stored = sources.open_stream(self._resource)
        self.facts = sources.facts(stored)
        self._stream = _Counted(stored, self._advance)
        return cast(BinaryIO, self._stream)

    def finish(self) -> str:
        """Read what is left and give the hash of all."""
        if self._stream is None or self._stream.jumped:
            return digest(self._resource)
        while self._stream.take(_BLOCK):
            pass
        _add_sheet(self._stream.state, self._resource)
        return self._stream.state.hexdigest()

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.source.close()
            self._stream = None


class _Counted(io.RawIOBase):
    """A stream that hashes and counts."""

    def __init__(self, source: BinaryIO, advance: Callable[[int], None]) -> None:
        self.source = source
        self.state = hashlib.sha256()
        self.jumped = False
        self._advance = advance

    def take(self, size: int) -> bytes:
        """As `read`, also when a reader has closed this stream."""
        data = self.source.read(size)
        if not self.jumped:
            self.state.update(data)
        self._advance(len(data))
        return data

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self.source.seekable()

    def seek(self, offset: int, whence: int = 0) -> int:
        # Parquet and Excel jump about: their hash is taken in a pass of its own.
        self.jumped = True
        return self.source.seek(offset, whence)

    def tell(self) -> int:
        return self.source.tell()

    def read(self, size: int = -1) -> bytes:
        return self.take(size)

    def readinto(self, buffer: Any) -> int:
        data = self.take(len(buffer))
        buffer[: len(data)] = data
        return len(data)
