"""How a format's big files are read in pieces: where to cut them, and what COPY takes of a piece.

Each class here is a small value that goes to another process: with it, a path and a chunk that
process can read what the reader that looked at the file's start would have read there.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from extract.cuts import Chunk, CsvCutter, Cutter, GroupCutter, LineCutter
from extract.dialect import Dialect
from extract.encoding import UTF8
from extract.formats.base import Column, DataType, Part, Tally

if TYPE_CHECKING:
    from extract.formats.compression import Limits
    from extract.formats.parquet import Stretch

_BLOCK = 1 << 18
"""Bytes of a chunk taken at a time: while one process waits for its server the others work."""

Payload = tuple[bytes, range | None]
"""Bytes for COPY, and the lines of its records if these stand in it without them."""


class Pieces(Protocol):
    """Reads any chunk of one file."""

    def cutter(self, path: str) -> Cutter:
        """What cuts the file."""
        ...

    def payloads(self, path: str, chunk: Chunk, tally: Tally, odd: list[Any]) -> Iterator[Payload]:
        """Yield a chunk's records.

        Args:
            path: the file.
            chunk: from the cutter.
            tally: counts, and takes what is rejected.
            odd: takes what `note_odd` of the file's reader is to hear of.

        Raises:
            PartMisread: the chunk does not end between two records.
            ColumnsFound: it holds columns that the file's start did not show.
        """
        ...


@dataclass(frozen=True)
class CsvPieces:
    """Of a CSV file."""

    dialect: Dialect

    def cutter(self, path: str) -> Cutter:
        """See `Pieces`."""
        return CsvCutter(path, self.dialect)

    def payloads(self, path: str, chunk: Chunk, tally: Tally, odd: list[Any]) -> Iterator[Payload]:
        """See `Pieces`."""
        from extract.formats.csv import CsvReader

        with _Stretch(path, chunk) as stream:
            reader = CsvReader(
                lambda: cast(BinaryIO, stream),
                name=path,
                uri=path,
                dialect=self.dialect,
                block=_BLOCK,
                part=Part(chunk.line, chunk.first, chunk.last, chunk.encoding),
            )
            yield from reader.bare_payloads(tally)
        odd += reader.odd


@dataclass(frozen=True)
class JsonPieces:
    """Of a JSONL file."""

    mark: int
    columns: tuple[Column, ...]
    types: tuple[DataType, ...]

    def cutter(self, path: str) -> Cutter:
        """See `Pieces`."""
        return LineCutter(path, self.mark)

    def payloads(self, path: str, chunk: Chunk, tally: Tally, odd: list[Any]) -> Iterator[Payload]:
        """See `Pieces`."""
        from extract.formats.json import JsonReader

        with _Stretch(path, chunk) as stream:
            reader = JsonReader(
                lambda: cast(BinaryIO, stream),
                name=path,
                uri=path,
                columns=self.columns,
                part=Part(chunk.line, chunk.first, chunk.last, UTF8),
            )
            for payload in reader.bare_payloads(self.types, tally):
                yield payload, None
        odd += reader.odd


@dataclass(frozen=True)
class ParquetPieces:
    """Of a Parquet file with several row groups."""

    stretches: tuple[Stretch, ...]
    types: tuple[DataType, ...]
    limits: Limits

    def cutter(self, path: str) -> Cutter:
        """See `Pieces`."""
        return GroupCutter(path, [(one.rows, one.size) for one in self.stretches])

    def payloads(self, path: str, chunk: Chunk, tally: Tally, odd: list[Any]) -> Iterator[Payload]:  # noqa: ARG002
        """See `Pieces`."""
        from extract.formats.parquet import ParquetReader

        with open(path, "rb") as stream:  # noqa: PTH123 - a path in text
            reader = ParquetReader(stream, uri=path, limits=self.limits)
            stretch = self.stretches[chunk.start]
            for payload in reader.bare_payloads(stretch, chunk.line, self.types, tally):
                yield payload, None


class _Stretch(io.RawIOBase):
    """Some bytes of a file, as if they were all of it."""

    def __init__(self, path: str, chunk: Chunk) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        self._position = chunk.start
        self._left = chunk.size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data = os.pread(self._descriptor, wanted, self._position)
        self._position += len(data)
        self._left -= len(data)
        return data

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()
