"""Cuts a big CSV file into chunks between two records, and hashes it on the way.

A cut is a guess: a line end after which the next lines are records. That it was right is known once
the chunk before it has been read to its very end (`formats.csv.PartMisread` says if not).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from extract.dialect import Dialect
from extract.encoding import UTF8, WINDOWS, Recoder, detect
from extract.formats.base import PAYLOAD
from extract.formats.records import Careful

CHUNK = 1 << 23
"""Bytes of a chunk, about."""
_WITNESSES = 3
"""Records that must follow a cut."""
_LOOK = 1 << 16
_TRIES = 50
ENCODINGS = (UTF8, WINDOWS)
"""In which a line end is one byte that is nothing else."""


class Unsplit(Exception):
    """The file has to be landed in one go."""


@dataclass(frozen=True)
class Chunk:
    """A stretch of a file.

    Attributes:
        start: its first byte.
        size: bytes.
        line: on which it starts, from 1.
        first: whether the file's records start with it.
        last: whether the file ends with it.
        encoding: of the bytes.
    """

    start: int
    size: int
    line: int
    first: bool
    last: bool
    encoding: str


class Cutter:
    """Goes through a file once.

    Args:
        path: the file.
        dialect: how it is written.
        chunk: bytes of a chunk, about; None for `CHUNK`.
    """

    def __init__(self, path: str, dialect: Dialect, chunk: int | None = None) -> None:
        self._path = path
        self._dialect = dialect
        self._chunk = chunk or CHUNK
        self._newline = dialect.newline.encode()
        self._careful = Careful(dialect.marks, dialect.width)
        self._settled = dialect.encoding_certain
        self._hash = hashlib.sha256()
        self.encoding = dialect.encoding

    @property
    def content_hash(self) -> str:
        """SHA-256 of all bytes in hex, once every chunk was taken."""
        return self._hash.hexdigest()

    def chunks(self) -> Iterator[Chunk]:
        """The file in chunks, in its order.

        Raises:
            OSError: it cannot be read.
        """
        line, start = 1, self._dialect.mark
        wanted = self._chunk
        descriptor = os.open(self._path, os.O_RDONLY)
        try:
            self._hash.update(os.pread(descriptor, start, 0))
            while True:
                text = self._read(descriptor, wanted, start)
                last = len(text) < wanted
                size = len(text) if last else self._cut(text)
                if not size:
                    if wanted > self._chunk:  # A giant: it goes a road of its own, in one go.
                        raise ValueError("no line end to cut at")
                    wanted *= 2
                    continue
                wanted = self._chunk
                # What is read of the next chunk is read again with it: a little, and no copying.
                self._hash.update(memoryview(text)[:size])
                self._settle(text)
                first = start == self._dialect.mark
                yield Chunk(start, size, line, first, last, self.encoding)
                if last:
                    return
                line += text.count(self._newline, 0, size)
                start += size
        finally:
            os.close(descriptor)

    @staticmethod
    def _read(descriptor: int, size: int, start: int) -> bytes:
        parts = []
        while size and (part := os.pread(descriptor, size, start)):
            parts.append(part)
            size -= len(part)
            start += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _settle(self, block: bytes) -> None:
        if self._settled or block.isascii():
            return
        self._settled = True
        for start in range(0, len(block), PAYLOAD):
            piece = block[start : start + PAYLOAD]
            if not piece.isascii():
                self.encoding = detect(piece).name
                return

    def _cut(self, text: bytes) -> int:
        """Bytes up to a line end near the end of the text; 0 if none will do."""
        end = max(0, len(text) - _LOOK)
        for _ in range(_TRIES):
            found = text.find(self._newline, end)
            if found < 0 or found + 1 >= len(text):
                return 0
            if self._is_start(text[found + 1 : found + 1 + _LOOK]):
                return found + 1
            end = found + 1
        return 0

    def _is_start(self, text: bytes) -> bool:
        text = Recoder(self.encoding).recode(text)
        end = 0
        for _ in range(4 * _WITNESSES):
            found = text.find(self._newline, end)
            if found < 0:
                break
            end = found + 1
        records, _, _ = self._careful.split(text[:end], False)
        filled = [record for record in records if record.raw]
        good = [
            record
            for record in filled[:_WITNESSES]
            if not record.broken and record.width == self._dialect.width
        ]
        return len(good) == _WITNESSES
