"""Cuts a big file into chunks between two records, and hashes it on the way.

In CSV a cut is a guess: a line end after which the next lines are records. That it was right is
known once the chunk before it has been read to its very end (`formats.csv.PartMisread` says if
not). In JSONL every line end will do; Parquet files come in stretches of row groups.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from extract.dialect import Dialect
from extract.encoding import Recoder, detect
from extract.formats.base import PAYLOAD
from extract.formats.records import Careful

CHUNK = 1 << 23
"""Bytes of a chunk, about."""
_WITNESSES = 3
"""Records that must follow a cut."""
_LOOK = 1 << 16
_TRIES = 50


class Unsplit(Exception):
    """The file has to be landed in one go."""


@dataclass(frozen=True)
class Chunk:
    """A stretch of a file.

    Attributes:
        start: its first byte; of Parquet, the number of the stretch.
        size: bytes, as stored.
        line: on which it starts, from 1; of Parquet, its first row.
        first: whether the file's records start with it.
        last: whether the file ends with it.
        encoding: of the bytes; empty where the format leaves no choice.
    """

    start: int
    size: int
    line: int
    first: bool
    last: bool
    encoding: str


class Cutter(Protocol):
    """Goes through a file once."""

    @property
    def content_hash(self) -> str:
        """SHA-256 of all bytes in hex, once every chunk was taken."""
        ...

    @property
    def encoding(self) -> str:
        """Of the file, once every chunk was taken; empty where the format leaves no choice."""
        ...

    def chunks(self) -> Iterator[Chunk]:
        """The file in chunks, in its order.

        Raises:
            OSError: it cannot be read.
            ValueError: there is no place to cut it at.
        """
        ...


class LineCutter:
    """Cuts at line ends.

    Args:
        path: the file.
        start: its first byte behind a byte-order mark.
    """

    encoding = ""
    _newline = b"\n"

    def __init__(self, path: str, start: int = 0) -> None:
        self._path = path
        self._start = start
        self._hash = hashlib.sha256()

    @property
    def content_hash(self) -> str:
        """SHA-256 of all bytes in hex, once every chunk was taken."""
        return self._hash.hexdigest()

    def chunks(self) -> Iterator[Chunk]:
        """See `Cutter`."""
        line, start = 1, self._start
        wanted = CHUNK
        descriptor = os.open(self._path, os.O_RDONLY)
        try:
            self._hash.update(os.pread(descriptor, start, 0))
            while True:
                text = self._read(descriptor, wanted, start)
                last = len(text) < wanted
                size = len(text) if last else self._cut(text)
                if not size:
                    if wanted > CHUNK:  # A giant: it goes a road of its own, in one go.
                        raise ValueError("no line end to cut at")
                    wanted *= 2
                    continue
                wanted = CHUNK
                # What is read of the next chunk is read again with it: a little, and no copying.
                self._hash.update(memoryview(text)[:size])
                self._settle(text)
                first = start == self._start
                yield Chunk(start, size, line, first, last, self.encoding)
                if last:
                    return
                line += text.count(self._newline, 0, size)
                start += size
        finally:
            os.close(descriptor)

    def _settle(self, block: bytes) -> None:
        """Take note of a block before it is handed on."""

    def _cut(self, text: bytes) -> int:
        """Bytes up to a line end near the end of the text; 0 if none will do."""
        return text.rfind(self._newline) + 1

    @staticmethod
    def _read(descriptor: int, size: int, start: int) -> bytes:
        parts = []
        while size and (part := os.pread(descriptor, size, start)):
            parts.append(part)
            size -= len(part)
            start += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


class CsvCutter(LineCutter):
    """Cuts where the next lines are records.

    Args:
        path: the file.
        dialect: how it is written.
    """

    def __init__(self, path: str, dialect: Dialect) -> None:
        super().__init__(path, dialect.mark)
        self._dialect = dialect
        self._newline = dialect.newline.encode()
        self._careful = Careful(dialect.marks, dialect.width)
        self._settled = dialect.encoding_certain
        self.encoding = dialect.encoding

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


class GroupCutter:
    """Takes a Parquet file by stretches of its row groups.

    Args:
        path: the file.
        stretches: rows and stored bytes of each stretch.
    """

    encoding = ""

    def __init__(self, path: str, stretches: Sequence[tuple[int, int]]) -> None:
        self._path = path
        self._stretches = stretches
        self.content_hash = ""

    def chunks(self) -> Iterator[Chunk]:
        """See `Cutter`."""
        line = 1
        for number, (rows, size) in enumerate(self._stretches):
            yield Chunk(number, size, line, not number, number + 1 == len(self._stretches), "")
            line += rows
        with Path(self._path).open("rb") as stream:
            self.content_hash = hashlib.file_digest(stream, "sha256").hexdigest()
