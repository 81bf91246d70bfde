"""The stored bytes of a file, hashed and counted on their way to a reader."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from extract import sources
from extract.sources import Resource

_BLOCK = 1 << 20


def digest(resource: Resource) -> str:
    """SHA-256 of the stored bytes, in hex.

    Raises:
        SourceError: it cannot be read.
    """
    state = hashlib.sha256()
    with sources.open_stream(resource) as stream:
        while block := stream.read(_BLOCK):
            state.update(block)
    return state.hexdigest()


class Tap(io.RawIOBase):
    """The stored bytes of a file, hashed and counted as they run past."""

    def __init__(self, resource: Resource, advance: Callable[[int], None]) -> None:
        self._resource = resource
        self._advance = advance
        self._stream: BinaryIO | None = None
        self._state = hashlib.sha256()
        self._in_order = True

    def open(self) -> BinaryIO:
        """Start from the first byte."""
        if self._stream is not None:
            self._stream.close()
        self._stream = sources.open_stream(self._resource)
        self._state = hashlib.sha256()
        self._in_order = True
        return cast(BinaryIO, self)

    def finish(self) -> str:
        """Read what is left and give the hash of all."""
        if not self._in_order:
            return digest(self._resource)
        while self.read(_BLOCK):
            pass
        return self._state.hexdigest()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._stream is not None and self._stream.seekable()

    def seek(self, offset: int, whence: int = 0) -> int:
        # Parquet and Excel jump about: their hash is taken in a pass of its own.
        self._in_order = False
        return self._open_stream().seek(offset, whence)

    def tell(self) -> int:
        return self._open_stream().tell()

    def read(self, size: int = -1) -> bytes:
        data = self._open_stream().read(size)
        if self._in_order:
            self._state.update(data)
        self._advance(len(data))
        return data

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _open_stream(self) -> BinaryIO:
        if self._stream is None:
            raise ValueError("read from a stream that is not open")
        return self._stream


@contextmanager
def counted(total: Any) -> Iterator[Callable[[int], None]]:
    """An `advance` that adds up in shared memory."""

    def advance(count: int) -> None:
        with total.get_lock():
            total.value += count

    yield advance
