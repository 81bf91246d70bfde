"""Records of many megabytes: checked as they stream past, on disk until they are known to be good.

COPY cannot take back what it was given, so a record has to be known as good before its first byte
goes out. Only the plain dialects come here; what is odd goes back to the other roads.
"""

from __future__ import annotations

import codecs
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO

from extract import spool
from extract.errors import UnsupportedFormat
from extract.formats.base import PAYLOAD
from extract.formats.records import Careful, Marks

GIANT = 1 << 20
"""Bytes of a block without the end of a record, from which on the record goes this road."""
LONGEST_RECORD = 1 << 27
"""Bytes read on in search of a closing quote before the opening one is held to be stray."""
LARGEST_RECORD = 1 << 29
"""Bytes of a record that Postgres can take, as cells or as a reject."""


class Scanner:
    """Follows one record from its first byte to its end, block by block.

    Args:
        marks: what sets cells and records apart; they have to be `plain`.

    Attributes:
        broken: a quote is not where one can be: the record cannot be followed further.
        odd: it holds a stray quote or line end, so that it cannot land as it is.
        faulty: a byte is not UTF-8, or is zero.
        inside: the last byte stands in quotes.
        cells: so far.
        lines: line ends passed.
        length: bytes passed, without the record's line end.
    """

    def __init__(self, marks: Marks) -> None:
        self._quote = marks.out_quote
        self._delimiter = marks.out_delimiter
        self._newline = marks.newline
        quote = re.escape(self._quote)
        self._plain = re.compile(rb"[^%b\r\n]*+" % quote)
        self._quoted = re.compile(rb"(?:[^%b]++|%b%b)*+" % (quote, quote, quote))
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._closed = self._returned = False
        self._at_start = True
        self.broken = self.odd = self.faulty = self.inside = False
        self.cells = 1
        self.lines = self.length = 0

    def feed(self, data: bytes) -> int | None:
        """Go on through the next bytes.

        Returns:
            How many of them belong to the record, its line end included, if it ends in them.
        """
        end = self._follow(data)
        own = data if end is None else data[:end]
        self.length += len(own)
        self.lines += own.count(self._newline)
        if end is not None:
            self.length -= 1 + self._returned
        if b"\0" in own:
            self.faulty = True
        if not self.faulty and not (own.isascii() and not self._decoder.getstate()[0]):
            try:
                self._decoder.decode(own, final=end is not None)
            except UnicodeDecodeError:
                self.faulty = True
        return end

    def _follow(self, data: bytes) -> int | None:
        position = 0
        while position < len(data) and not self.broken:
            if self.inside:
                position = self._pass_quoted(data, position)
                continue
            if not (self._closed or self._returned):
                stop = self._plain.match(data, position).end()  # type: ignore[union-attr]
                if stop > position:
                    self.cells += data.count(self._delimiter, position, stop)
                    self._at_start = data[stop - 1 : stop] == self._delimiter
                    position = stop
                    continue
            sign = data[position : position + 1]
            position += 1
            if sign == self._newline:
                return position
            if self._returned and sign == b"\r":
                self.odd = True
            elif self._returned:
                self._returned = self._at_start = False
                self.broken = self._closed
                self.odd = True
                position -= 1
            elif sign == b"\r" and self._newline == b"\n":
                self._returned = True
            elif sign == self._quote and (self._closed or self._at_start):
                self.inside, self._closed = True, False
            elif sign == self._delimiter:  # Behind a closing quote.
                self.cells += 1
                self._at_start, self._closed = True, False
            else:  # Text behind a closing quote; or a stray quote or line end in a cell.
                self.broken = self._closed
                self.odd = True
                self._at_start = False
        return None

    def _pass_quoted(self, data: bytes, position: int) -> int:
        stop = self._quoted.match(data, position).end()  # type: ignore[union-attr]
        if stop < len(data):
            # A quote that is not doubled, as far as this block tells.
            self.inside, self._closed, self._at_start = False, True, False
            stop += 1
        return stop


class Spool:
    """The bytes of a record on disk, in UTF-8."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add bytes.

        Raises:
            NoRoom: the disk does not take them.
        """
        spool.add(self._file, data, self._uri)
        self.size += len(data)

    def read(self, size: int) -> bytes:
        """The first bytes."""
        spool.rewind(self._file, self._uri)
        return self._file.read(size)

    def blocks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `end` in small blocks; closes the spool after the last."""
        left = (self.size if end is None else end) - start
        spool.rewind(self._file, self._uri, start)
        while left > 0 and (block := self._file.read(min(PAYLOAD, left))):
            left -= len(block)
            yield block
        self.close()

    def close(self) -> None:
        """Give the room on the disk back."""
        self._file.close()


@dataclass(frozen=True)
class Giant:
    """A record, or what looked like one, on disk.

    Attributes:
        spool: its bytes, with the line end.
        scanner: what was found in it.
        complete: whether it ends where its quotes say.
        rest: bytes that were read beyond it.
        unfinished: whether the file ends with it, without a line end.
    """

    spool: Spool
    scanner: Scanner
    complete: bool
    rest: bytes
    unfinished: bool = False

    def good(self, width: int) -> bool:
        """Whether it can land as it is."""
        scanner = self.scanner
        return self.complete and scanner.cells == width and not (scanner.odd or scanner.faulty)

    def swallowed(self, careful: Careful, newline: bytes, width: int) -> bool:
        """Whether a stray quote in its first line took other records into it."""
        if not self.complete:
            return True
        if self.scanner.cells == width:
            return False
        head = self.spool.read(GIANT)
        lines = head[head.find(newline) + 1 : head.rfind(newline) + 1]
        records, _, _ = careful.split(lines, False)
        return bool(records) and not records[0].broken and records[0].width == width

    def first_line(self, newline: bytes) -> tuple[bytes, Iterator[bytes]]:
        """Its first line with the line end, and all that was read behind that."""
        size = 1 << 12
        while (end := self.spool.read(size).find(newline)) < 0 and size < self.spool.size:
            size *= 2
        end = end + 1 if end >= 0 else self.spool.size
        return self.spool.read(end), chain(self.spool.blocks(end), [self.rest])


def follow(
    marks: Marks, text: bytes, blocks: Iterator[bytes], *, ended: bool, uri: str, line: int
) -> Giant:
    """Read on to the end of a record, keeping it on disk.

    Args:
        marks: what sets cells and records apart; they have to be `plain`.
        text: the record's start.
        blocks: what follows.
        ended: nothing will.
        uri, line: where the record starts, for the error.

    Raises:
        UnsupportedFormat: Postgres could not hold it.
    """
    scanner, stored = Scanner(marks), Spool(uri)
    data, end = text, scanner.feed(text)
    while end is None:
        stored.write(data)
        lost = scanner.broken or (scanner.inside and stored.size >= LONGEST_RECORD)
        if ended or (lost and scanner.lines):
            return Giant(stored, scanner, False, b"")
        if stored.size > LARGEST_RECORD:
            raise UnsupportedFormat(
                f"a record of more than {LARGEST_RECORD >> 20} MiB",
                uri=uri,
                line=line,
                hint="Postgres cannot hold it: split it, or leave it out",
            )
        block = next(blocks, None)
        if block is not None:
            data, end = block, scanner.feed(block)
        elif scanner.feed(marks.newline) is not None:
            stored.write(marks.newline)
            return Giant(stored, scanner, True, b"", unfinished=True)
        else:
            return Giant(stored, scanner, False, b"")
    stored.write(data[:end])
    return Giant(stored, scanner, True, data[end:])
