"""Files that start with the same line as one that was judged before, and go on as it does.

A folder of two thousand exports has one header two thousand times. Judging a file afresh takes
longer than landing a small one, and knows no more. What is taken over is checked: each record at
the file's start has to be one, of the same width, in the marks of the file before.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extract.formats.roads import roads

if TYPE_CHECKING:
    from extract.dialect import Dialect, Given

_LEAST_SURE = 0.9
_MOST_COLUMNS = 400
"""Wider records' sizes have to be looked at in each file."""
_MOST_KNOWN = 256


@dataclass(frozen=True)
class Known:
    """A file that was judged, and how it is written.

    Attributes:
        name: of the file.
        dialect: how it is written.
        typed: positions of the columns of values.
    """

    name: str
    dialect: Dialect
    typed: tuple[int, ...]


_known: OrderedDict[tuple[bytes, Given], Known] = OrderedDict()


def forget() -> None:
    """Judge every file from here on as if it were the first."""
    _known.clear()


@dataclass(frozen=True)
class Kin:
    """A file's start, to be compared with what was seen before.

    Attributes:
        line: its first, without its end.
        body: complete lines, line feeds at their ends.
        given: what a person said of it: only files of which the same was said are compared.
    """

    line: bytes
    body: bytes
    given: Given

    @classmethod
    def of(cls, text: bytes, newline: str, whole: bool, given: Given) -> Kin | None:
        """The start of a file in UTF-8; None if it has no line feeds or holds zero bytes."""
        if newline != "\n" or b"\0" in text:
            return None
        if whole and not text.endswith(b"\n"):
            text += b"\n"
        line, end, _ = text.partition(b"\n")
        if not end:
            return None
        return cls(line.removesuffix(b"\r"), text[: text.rfind(b"\n") + 1], given)

    def find(self) -> Known | None:
        """A file that starts with the same line, if all that is to be seen of this one fits it."""
        known = _known.get((self.line, self.given))
        if known is None:
            return None
        if not known.dialect.quote and b'"' in self.body:
            return None  # Text in that file; here it may be around cells.
        found = roads(known.dialect.marks, known.dialect.width).split(self.body)
        if found is None or found.widths is not None or found.used != len(self.body):
            return None
        _known.move_to_end((self.line, self.given))
        return known

    def remember(self, dialect: Dialect, name: str, typed: tuple[int, ...]) -> None:
        """Keep it for the next, if the first line is its header and nothing in it is odd."""
        plain = dialect.marks.plain and 2 <= dialect.width <= _MOST_COLUMNS
        full = dialect.shortest in (0, dialect.width)
        tidy = full and not dialect.preamble and not dialect.comment
        if not (plain and tidy and dialect.header_raw and dialect.confidence >= _LEAST_SURE):
            return
        _known[self.line, self.given] = Known(name, dialect, typed)
        while len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)
