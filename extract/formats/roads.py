"""The fast roads through CSV: blocks whose records are split without looking at single cells.

Three of them, by what a block holds: no quotes; few, each line with some a record by itself; many,
with quoted stretches masked over arrays. What is too odd for them goes through `records.Careful`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat

from extract.formats.records import Marks, one_line

_SPRINKLED = 200
"""Bytes a quote, on average, from which on quotes are few."""


@dataclass(frozen=True)
class Split:
    """Complete records at the start of a block.

    Attributes:
        used: bytes they take; 0 if none is complete.
        records: without their line ends; blank lines among them.
        widths: cells in each; None if all have the width wanted.
        begins: on which line each starts, from 0; None if each takes one line.
        lines: that they take.
    """

    used: int
    records: list[bytes]
    widths: list[int] | None
    begins: Sequence[int] | None
    lines: int


NOTHING = Split(0, [], None, None, 0)


@dataclass(frozen=True)
class Whole:
    """Complete lines at the start of a block, each of them a good record as it stands.

    Attributes:
        used: bytes they take.
        text: the lines with their ends, which are line feeds.
        lines: how many.
    """

    used: int
    text: bytes
    lines: int


@lru_cache
def roads(marks: Marks, width: int) -> Roads:
    """The roads for a dialect; they keep nothing of what they have split."""
    return Roads(marks, width)


class Roads:
    """Splits blocks.

    Args:
        marks: what sets cells and records apart; they have to be `plain`.
        width: cells in a good record.
    """

    def __init__(self, marks: Marks, width: int) -> None:
        self._delimiter = marks.out_delimiter
        self._quote = marks.out_quote
        self._newline = marks.newline
        self._quotes = bool(marks.quote)
        self._width = width
        self._one_line = one_line(marks, width)
        kept = frozenset(self._delimiter + b"\n")
        self._dropped = bytes(byte for byte in range(256) if byte not in kept)
        self._skeleton = self._delimiter * (width - 1) + b"\n"

    def whole(self, text: bytes) -> Whole | None:
        """Complete lines of which each is a record of the width wanted; None if one is not.

        No line is looked at by itself: what is left of a block without all its other bytes has to
        be the delimiters and line feeds of so many records. Cells that are quoted from end to end
        are left out of that. What the bytes mean is not checked.
        """
        if self._newline != b"\n" or self._width < 2:
            return None
        used = text.rfind(b"\n") + 1
        body = text[:used]
        if b"\r" in body:
            body = body.replace(b"\r\n", b"\n")
            if b"\r" in body:
                return None
        outside = body
        if self._quote in body:
            cells = self._without_quoted(body)
            if cells is None:
                return None
            outside = cells
        left = outside.translate(None, self._dropped)
        lines = len(left) // self._width
        if left != self._skeleton * lines:
            return None
        return Whole(used, body, lines)

    def _without_quoted(self, body: bytes) -> bytes | None:
        """The text without its quoted cells.

        None if these are many, if one goes on in the next line, or if quotes are elsewhere.
        """
        quote, delimiter = self._quote, self._delimiter
        if not self._quotes:
            return None
        pieces = body.split(quote, len(body) // _SPRINKLED)
        outside = pieces[0::2]
        if len(outside) * 2 != len(pieces) + 1 or quote in pieces[-1]:
            return None
        edges = {piece[:1] for piece in outside[1:]} | {piece[-1:] for piece in outside[1:-1]}
        edges.add(outside[0][-1:] or delimiter)
        if not edges <= {delimiter, b"\n"} or b"\n" in b"".join(pieces[1::2]):
            return None
        return b"".join(outside)

    def split(self, text: bytes) -> Split | None:
        """Split a block; None if it holds something odd."""
        if self._quote not in text:
            return self._by_lines(text, few=False)
        if not self._quotes:
            return None
        if text.count(self._quote) * _SPRINKLED < len(text):
            found = self._by_lines(text, few=True)
            if found is not None and found.used:
                return found
        return self._masked(text)

    def _by_lines(self, text: bytes, *, few: bool) -> Split | None:
        """Every line is a record; with `few` quotes, None if one is not."""
        used = text.rfind(self._newline) + 1
        if not used:
            return NOTHING
        body = text[: used - 1]
        if self._newline == b"\n":
            if b"\r" in body:
                body = body.replace(b"\r\n", b"\n").removesuffix(b"\r")
                if b"\r" in body:
                    return None
        elif b"\n" in body:
            return None
        inner = self._inner(body) if few else 0
        if inner is None:
            return None
        records = body.split(self._newline)
        widths = list(map(bytes.count, records, repeat(self._delimiter)))
        want = self._width - 1
        if widths.count(want) + inner == len(records):
            return Split(used, records, None, None, len(records))
        quote = self._quote
        widths = [
            want + 1 if few and quote in record else width + 1
            for record, width in zip(records, widths, strict=True)
        ]
        return Split(used, records, widths, None, len(records))

    def _inner(self, body: bytes) -> int | None:
        """Lines whose quotes hold delimiters; None if a line with quotes is no record by itself."""
        newline, quote, whole = self._newline, self._quote, self._one_line.fullmatch
        want = self._width - 1
        inner = 0
        position = body.find(quote)
        while position >= 0:
            start = body.rfind(newline, 0, position) + 1
            end = body.find(newline, position)
            end = len(body) if end < 0 else end
            # Every line with quotes is a record by itself: so no other is within one.
            if not whole(body, start, end):
                return None
            inner += body.count(self._delimiter, start, end) != want
            position = body.find(quote, end)
        return inner

    def _masked(self, text: bytes) -> Split | None:
        """A block whose quotes are all in their places; None if they are not."""
        import numpy as np  # Late: many files never come here, and it takes a while.

        codes = np.frombuffer(text, np.uint8)
        quote, delimiter, newline = self._quote[0], self._delimiter[0], self._newline[0]
        is_quote = codes == quote
        is_newline = codes == newline
        inside = np.cumsum(is_quote, dtype=np.uint8) & 1
        ends = np.flatnonzero(is_newline & (inside == 0))
        used = int(ends[-1]) + 1 if len(ends) else 0
        places = np.flatnonzero(is_quote)
        # Quotes past the last record end are looked at again with what follows them, but if none
        # of the block is complete, a stray one may be why.
        if used:
            places = places[: int(np.searchsorted(places, used))]
        opening, closing = places[0::2], places[1::2]
        before = codes[opening[opening > 0] - 1]
        after = codes[np.minimum(closing + 1, len(codes) - 1)]
        if not ((before == delimiter) | (before == newline) | (before == quote)).all():
            return None
        after_ok = (after == delimiter) | (after == newline) | (after == quote)
        if not after_ok.all():
            at = closing[~after_ok]
            if not (
                (codes[at + 1] == 13) & (codes[np.minimum(at + 2, len(codes) - 1)] == 10)
            ).all():
                return NOTHING if not used and int(at[0]) >= len(codes) - 2 else None
        if not used:
            return NOTHING
        codes, inside = codes[:used], inside[:used]
        if newline == 10:
            returns = np.flatnonzero((codes == 13) & (inside == 0))
            if not (codes[returns + 1] == 10).all():
                return None
        separators = np.flatnonzero(((codes == delimiter) | is_newline[:used]) & (inside == 0))
        widths = np.diff(np.flatnonzero(codes[separators] == newline), prepend=-1)
        every = np.flatnonzero(is_newline[:used])
        agree = bool((widths == self._width).all())
        begins: list[int] | None = None
        if len(every) == len(ends):
            records = text[: used - 1].split(self._newline)
        else:
            last_lines = np.searchsorted(every, ends)
            first_lines = np.concatenate(([0], last_lines[:-1] + 1))
            if not agree and bool(((last_lines > first_lines) & (widths != self._width)).any()):
                return None
            begins = first_lines.tolist()
            starts = np.concatenate(([0], ends[:-1] + 1)).tolist()
            records = [text[a:b] for a, b in zip(starts, ends.tolist(), strict=True)]
        if newline == 10 and len(returns):
            records = [record[:-1] if record.endswith(b"\r") else record for record in records]
        return Split(used, records, None if agree else widths.tolist(), begins, len(every))
