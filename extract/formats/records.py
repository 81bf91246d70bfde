"""The careful road through CSV: one record at a time, exact about quotes, for every dialect.

Slower than the roads in `formats.csv`, which come here with a block that holds a stray quote or a
lone carriage return, and with dialects that COPY does not know: escapes, delimiters of several
characters, runs of blanks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_BLANKS = b" \t"


@dataclass(frozen=True)
class Marks:
    """What sets cells and records apart, as UTF-8 bytes.

    Attributes:
        delimiter: between cells; empty if there is one cell a record.
        runs: any run of blanks and tabs that is at least as long as `delimiter` sets cells apart.
        quote: around cells; empty if there are none.
        escape: before a quote, delimiter or line end that is text; empty if quotes are doubled.
        newline: `\\n` (also for `\\r\\n`) or `\\r`.
    """

    delimiter: bytes
    runs: bool
    quote: bytes
    escape: bytes
    newline: bytes

    @cached_property
    def plain(self) -> bool:
        """Whether COPY can be given a record's own bytes."""
        one = len(self.delimiter) == 1 or not self.delimiter
        return one and len(self.quote) <= 1 and not (self.runs or self.escape)

    @cached_property
    def out_delimiter(self) -> bytes:
        """What sets cells apart in what COPY is given."""
        if len(self.delimiter) == 1 and not self.runs:
            return self.delimiter
        return next(sign for sign in (b"\x1f", b"\x1e", b"\x02") if sign not in self.delimiter)

    @cached_property
    def out_quote(self) -> bytes:
        """What is around cells in what COPY is given."""
        if self.plain and not self.quote:
            return b"\x02" if self.delimiter == b"\x01" else b"\x01"
        return self.quote or b'"'


@dataclass(frozen=True)
class Record:
    """A record, or the line that could not be one.

    Attributes:
        line: lines between the start of the block and the record's first.
        raw: its bytes without the line end.
        csv: what COPY is given for it: `raw`, or the same cells with their quotes put right.
        width: number of cells.
        broken: what is wrong with its quotes; empty if nothing is.
        mended: whether a stray quote or line end was read as the width demands.
    """

    line: int
    raw: bytes
    csv: bytes
    width: int
    broken: str = ""
    mended: bool = False

    @property
    def same(self) -> bool:
        """Whether COPY is given the very bytes of the file."""
        return self.raw is self.csv


def one_line(marks: Marks, width: int) -> re.Pattern[bytes]:
    """Matches a record of `width` cells without a line end in it, its quotes in their places."""
    quote, delimiter = re.escape(marks.out_quote), re.escape(marks.out_delimiter)
    cell = rb"(?:%b[^%b\r\n]*+(?:%b%b[^%b\r\n]*+)*+%b|[^%b%b\r\n]*+)" % (
        *(quote,) * 7, delimiter
    )  # fmt: skip
    return re.compile(rb"%b(?:%b%b){%d}" % (cell, delimiter, cell, max(0, width - 1)))


class Careful:
    """Splits blocks into records.

    Args:
        marks: what sets cells and records apart.
        width: cells in a good record; 0 if that is not known yet, and nothing is mended.
    """

    def __init__(self, marks: Marks, width: int) -> None:
        self._marks = marks
        self._delimiter = marks.delimiter or b"\x1f"
        self._quote = marks.quote
        self._escape = marks.escape
        self._newline = marks.newline
        self._width = width
        self._runs = re.compile(rb"[ \t]{%d,}|\t+" % len(marks.delimiter)) if marks.runs else None
        end = re.escape(self._newline) if self._newline == b"\r" else rb"\r?\n"
        until = self._runs.pattern if self._runs else re.escape(self._delimiter)
        quote = re.escape(self._quote)
        self._closes = re.compile(rb"%b[ \t]*(?=(?:%b)|(?:%b)|\Z)" % (quote, until, end))
        self._other_end = b"\r" if self._newline == b"\n" else b"\n"

    def first(self, text: bytes, ended: bool) -> tuple[bool, int]:
        """Step over the first line that is not blank.

        Returns:
            Whether it was a record (not a blank line), and the bytes it took with its line end;
            0 bytes if it is not complete.
        """
        end = text.find(self._newline)
        if end < 0:
            return False, 0
        if self._blank(self._without_return(text[:end])):
            return False, end + 1
        record, after = self._scan(text, 0, 0, ended)
        if record is None:
            return False, 0
        return True, end + 1 if record.broken else after

    def split(self, text: bytes, ended: bool) -> tuple[list[Record], int, int]:
        """Records at the start of `text`.

        Args:
            text: whole lines, or a last one cut off that waits for more unless `ended`.
            ended: no more will come: an open quote is a broken one.

        Returns:
            The records, the number of bytes they took, and the number of lines.
        """
        found: list[Record] = []
        position = line = 0
        odd = [mark for mark in (self._quote, self._escape, b"\r", b"\n") if mark]
        if self._newline in odd:
            odd.remove(self._newline)
        if self._newline == b"\r" and b"\n" not in text:
            odd.remove(b"\n")
        while position < len(text):
            end = text.find(self._newline, position)
            if end < 0:
                break
            raw = self._without_return(text[position:end])
            if not any(mark in raw for mark in odd):
                found.append(self._simple(line, raw))
                position, line = end + 1, line + 1
                continue
            record, after = self._scan(text, position, line, ended)
            if record is None:
                break
            if self._width and (record.broken or record.width != self._width):
                mended = self._mended(raw, line)
                if mended:
                    found += mended
                    position, line = end + 1, line + len(mended)
                    continue
                if after > end + 1 and not record.broken:
                    record, after = self._swallowed(text, record, position, end, after)
            found.append(record)
            line += text.count(self._newline, position, after)
            position = after
        return found, position, line

    def _blank(self, raw: bytes) -> bool:
        return not raw or (self._marks.runs and not raw.strip(_BLANKS))

    def _simple(self, line: int, raw: bytes) -> Record:
        """A line without anything that needs care."""
        if self._marks.plain:
            csv = raw if self._marks.out_quote not in raw else None
            if csv is not None:
                return Record(line, raw, csv, raw.count(self._delimiter) + 1)
        if self._blank(raw):
            return Record(line, b"", b"", 0)
        cells = self._runs.split(raw.strip(_BLANKS)) if self._runs else raw.split(self._delimiter)
        return Record(line, raw, self._written(cells), len(cells))

    def _written(self, cells: list[bytes]) -> bytes:
        return self._marks.out_delimiter.join(map(self._cell, cells))

    def _cell(self, cell: bytes, quoted: bool = False) -> bytes:
        quote, delimiter = self._marks.out_quote, self._marks.out_delimiter
        if quoted or quote in cell or delimiter in cell or b"\r" in cell or b"\n" in cell:
            return quote + cell.replace(quote, quote + quote) + quote
        return cell

    def _swallowed(
        self, text: bytes, record: Record, position: int, end: int, after: int
    ) -> tuple[Record, int]:
        """Several lines make a record of the wrong width: did a stray quote swallow good ones?"""
        inner, _ = self._scan(text[:after], end + 1, 0, True)
        # A line that holds a stray quote itself is no witness: it may be a quoted cell's last.
        if inner is not None and not inner.broken and inner.width == self._width:
            stray = inner.raw.count(self._quote) % 2 if self._marks.plain else 0
            if inner.same or (not self._marks.plain and not stray):
                return self._broken(text, position, end, record.line, "the quote is never closed")
        return record, after

    def _mended(self, raw: bytes, line: int) -> list[Record]:
        """The line read in the one other way that gives it the right width; empty if none does.

        A quote inside a quoted cell that should have been doubled ends no cell unless a delimiter
        or the line's end follows. A line end of the other kind ends a record if all that it sets
        apart are records.
        """
        if self._other_end in raw:
            pieces = raw.split(self._other_end)
            records = [self._whole(piece, line + index) for index, piece in enumerate(pieces)]
            if all(record is not None for record in records):
                return [record for record in records if record is not None]
            return []
        if not self._quote:
            return []
        cells: list[bytes] = []
        position = 0
        while True:
            start = position
            while start < len(raw) and raw[start : start + 1] in (b" ", b"\t"):
                start += 1
            quoted = raw.startswith(self._quote, start)
            if quoted:
                close = self._closes.search(raw, start + len(self._quote))
                if close is None:
                    return []
                cell = raw[start + len(self._quote) : close.start()]
                cell = cell.replace(self._quote * 2, self._quote)
                cells.append(self._cell(self._unescaped(cell), True))
                position = close.end()
            stop, after = self._next(raw, position, len(raw))
            if not quoted:
                cells.append(self._cell(self._unescaped(raw[position:stop])))
            if after < 0:
                break
            position = after
        if len(cells) != self._width:
            return []
        return [Record(line, raw, self._marks.out_delimiter.join(cells), len(cells), mended=True)]

    def _whole(self, piece: bytes, line: int) -> Record | None:
        record, after = self._scan(piece + self._newline, 0, line, True)
        if record is None or record.broken or record.width != self._width:
            return None
        if after != len(piece) + 1:
            return None
        csv = piece if record.same else record.csv
        return Record(line, piece, csv, record.width, mended=True)

    def _broken(
        self, text: bytes, position: int, end: int, line: int, what: str
    ) -> tuple[Record, int]:
        raw = self._without_return(text[position:end])
        return Record(line, raw, raw, 0, what), end + 1

    def _without_return(self, raw: bytes) -> bytes:
        return raw[:-1] if self._newline == b"\n" and raw.endswith(b"\r") else raw

    def _next(self, text: bytes, position: int, end: int) -> tuple[int, int]:
        """Where the next delimiter starts and ends; (end, -1) if there is none."""
        if self._runs is not None:
            found = self._runs.search(text, position, end)
            # Blanks at the end of a line set nothing apart.
            if found is None or not text[found.end() : end].strip(b" \t\r"):
                return (found.start() if found else end), -1
            return found.span()
        size = len(self._delimiter)
        start = text.find(self._delimiter, position, end)
        while start >= 0 and self._is_escaped(text, position, start):
            start = text.find(self._delimiter, start + size, end)
        return (start, start + size) if start >= 0 else (end, -1)

    def _is_escaped(self, text: bytes, start: int, position: int) -> bool:
        if not self._escape:
            return False
        count = 0
        while position > start and text[position - 1 : position] == self._escape:
            position -= 1
            count += 1
        return count % 2 == 1

    def _unescaped(self, cell: bytes) -> bytes:
        """Escapes undone that the dialect needs; any other backslash is text."""
        escape = self._escape
        if not escape or escape not in cell:
            return cell
        special = (self._quote, self._delimiter, escape, b"\r\n", b"\n", b"\r")
        marks = b"|".join(re.escape(mark) for mark in special if mark)
        return re.sub(re.escape(escape) + b"(" + marks + b")", rb"\1", cell)

    def _line_end(self, text: bytes, position: int) -> int:
        end = text.find(self._newline, position)
        while end >= 0 and self._escape:
            last = end - (text[end - 1 : end] == b"\r" and self._newline == b"\n")
            if not self._is_escaped(text, position, last):
                break
            end = text.find(self._newline, end + 1)
        return end

    def _scan(
        self, text: bytes, position: int, line: int, ended: bool
    ) -> tuple[Record | None, int]:
        """The record at `position` and where the next starts; None if it is not complete."""
        quote, newline = self._quote, self._newline
        start = position
        line_end = text.find(newline, start)
        cells: list[bytes] = []
        changed = not self._marks.plain
        if self._runs is not None:
            while text[position : position + 1] in (b" ", b"\t"):
                position += 1
        while True:
            if quote and text.startswith(quote, position):
                close = self._closing(text, position + len(quote))
                if close < 0:
                    if not ended:
                        return None, start
                    return self._broken(text, start, line_end, line, "the quote is never closed")
                after = close + len(quote)
                following = self._line_end(text, after)
                end = following if following >= 0 else len(text)
                stop, beyond = self._next(text, after, end)
                ends_line = following >= 0 and not text[after:following].strip(
                    b" \t\r" if self._runs else b"\r" if newline == b"\n" else b""
                )
                if not ends_line and (stop != after or beyond < 0):
                    if after >= len(text) - max(1, len(self._delimiter)) and not ended:
                        return None, start
                    what = f"text after the quote of cell {len(cells) + 1}"
                    return self._broken(text, start, line_end, line, what)
                if changed:
                    inner = text[position + len(quote) : close].replace(quote * 2, quote)
                    cells.append(self._cell(self._unescaped(inner), True))
                else:
                    cells.append(text[position:after])
                after = text.index(newline, after) if ends_line else after
                raw_end = close + len(quote) if ends_line else after
            else:
                end = self._line_end(text, position)
                if end < 0 and ended:  # An escape at the very end escapes nothing.
                    end = text.rfind(newline, position)
                if end < 0:
                    return None, start
                after, beyond = self._next(text, position, end)
                ends_line = beyond < 0
                if ends_line and newline == b"\n" and text[end - 1 : end] == b"\r":
                    after = min(after, end - 1) if end - 1 >= position else after
                cell = self._unescaped(text[position:after])
                if not changed:
                    special = self._marks.out_quote in cell or b"\r" in cell or b"\n" in cell
                    if special:
                        changed = True
                cells.append(self._cell(cell))
                raw_end = after
                after = end if ends_line else after
            if ends_line:
                raw = self._without_return(text[start:after]) if self._runs else text[start:raw_end]
                csv = self._marks.out_delimiter.join(cells) if changed else raw
                return Record(line, raw, csv, len(cells)), text.index(newline, after) + 1
            position = beyond

    def _closing(self, text: bytes, position: int) -> int:
        """The quote that closes a cell, doubled and escaped ones passed over; -1 if none does."""
        quote, size, start = self._quote, len(self._quote), position
        while True:
            close = text.find(quote, position)
            if close < 0:
                return close
            if self._is_escaped(text, start, close):
                position = close + size
            elif text.startswith(quote, close + size):
                position = close + 2 * size
            else:
                return close
