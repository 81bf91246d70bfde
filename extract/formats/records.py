"""The careful road through CSV: one record at a time, exact about quotes.

Slower than the roads in `formats.csv`, which come here only with a block that holds a stray quote
or a lone carriage return.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Record:
    """A record, or the line that could not be one.

    Attributes:
        line: lines between the start of the block and the record's first.
        raw: its bytes without the line end.
        csv: what COPY is given for it: `raw`, or the same cells with their quotes put right.
        width: number of cells.
        broken: what is wrong with its quotes; empty if nothing is.
    """

    line: int
    raw: bytes
    csv: bytes
    width: int
    broken: str = ""

    @property
    def same(self) -> bool:
        """Whether COPY is given the very bytes of the file."""
        return self.raw is self.csv


class Careful:
    """Splits blocks into records."""

    def __init__(self, delimiter: bytes, quote: bytes, newline: bytes, width: int) -> None:
        self._delimiter = delimiter
        self._quote = quote
        self._newline = newline
        self._width = width

    def first(self, text: bytes, ended: bool) -> tuple[bool, int]:
        """Step over the first line that is not blank.

        Returns:
            Whether it was a record (not a blank line), and the bytes it took with its line end;
            0 bytes if it is not complete.
        """
        end = text.find(self._newline)
        if end < 0:
            return False, 0
        if not self._without_return(text[:end]):
            return False, end + 1
        record, after = self._scan(text, 0, 0, ended)
        if record is None:
            return False, 0
        return True, end + 1 if record.broken else after

    def split(self, text: bytes, ended: bool) -> tuple[list[Record], int]:
        """Records at the start of `text`.

        Args:
            text: whole lines, or a last one cut off that waits for more unless `ended`.
            ended: no more will come: an open quote is a broken one.

        Returns:
            The records, and the number of bytes they took.
        """
        found: list[Record] = []
        position = line = 0
        while position < len(text):
            end = text.find(self._newline, position)
            if end < 0:
                break
            raw = text[position:end]
            if self._quote not in raw and b"\r" not in raw[:-1]:
                raw = self._without_return(raw)
                found.append(Record(line, raw, raw, raw.count(self._delimiter) + 1))
                position, line = end + 1, line + 1
                continue
            record, after = self._scan(text, position, line, ended)
            if record is None:
                break
            if record.width != self._width and after > end + 1 and not record.broken:
                record, after = self._swallowed(text, record, position, end, after)
            found.append(record)
            line += text.count(self._newline, position, after)
            position = after
        return found, position

    def _swallowed(
        self, text: bytes, record: Record, position: int, end: int, after: int
    ) -> tuple[Record, int]:
        """Several lines make a record of the wrong width: did a stray quote swallow good ones?"""
        inner, _ = self._scan(text[:after], end + 1, 0, True)
        # A line that holds a stray quote itself is no witness: it may be a quoted cell's last.
        if inner is not None and inner.same and not inner.broken and inner.width == self._width:
            return self._broken(text, position, end, record.line, "the quote is never closed")
        return record, after

    def _broken(
        self, text: bytes, position: int, end: int, line: int, what: str
    ) -> tuple[Record, int]:
        raw = self._without_return(text[position:end])
        return Record(line, raw, raw, 0, what), end + 1

    def _without_return(self, raw: bytes) -> bytes:
        return raw[:-1] if self._newline == b"\n" and raw.endswith(b"\r") else raw

    def _scan(
        self, text: bytes, position: int, line: int, ended: bool
    ) -> tuple[Record | None, int]:
        """The record at `position` and where the next starts; None if it is not complete."""
        quote, delimiter, newline = self._quote, self._delimiter, self._newline
        start = position
        line_end = text.find(newline, start)
        cells: list[bytes] = []
        changed = False
        while True:
            if text.startswith(quote, position):
                close = self._closing(text, position + 1)
                if close < 0:
                    if not ended:
                        return None, start
                    return self._broken(text, start, line_end, line, "the quote is never closed")
                after = close + 1
                ends_line = text.startswith(newline, after)
                if not ends_line and newline == b"\n" and text.startswith(b"\r\n", after):
                    ends_line = True
                if not ends_line and not text.startswith(delimiter, after):
                    if after >= len(text) - 1 and not ended:
                        return None, start
                    return self._broken(
                        text,
                        start,
                        line_end,
                        line,
                        f"text after the quote of cell {len(cells) + 1}",
                    )
                cells.append(text[position:after])
            else:
                end = text.find(newline, position)
                if end < 0:
                    return None, start
                after = text.find(delimiter, position, end)
                ends_line = after < 0
                if ends_line:
                    after = end - (text[position:end].endswith(b"\r") and newline == b"\n")
                cell = text[position:after]
                if quote in cell or b"\r" in cell or b"\n" in cell:
                    changed = True
                    cell = quote + cell.replace(quote, quote + quote) + quote
                cells.append(cell)
            if ends_line:
                raw = text[start:after]
                csv = delimiter.join(cells) if changed else raw
                return Record(line, raw, csv, len(cells)), text.index(newline, after) + 1
            position = after + 1

    def _closing(self, text: bytes, position: int) -> int:
        """The quote that closes a cell, doubled ones passed over; -1 if there is none."""
        while True:
            close = text.find(self._quote, position)
            if close < 0 or not text.startswith(self._quote, close + 1):
                return close
            position = close + 2
