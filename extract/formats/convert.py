"""Blocks in dialects that COPY does not know, turned at once into one that it does.

Delimiters of several characters, runs of blanks and backslashes before quotes: where a block holds
nothing else that is odd, replacing these is all there is to do, and the fast roads can split it.
What cannot be turned without a look at single cells is left to `records.Careful`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from extract.formats.records import Marks
from extract.formats.roads import Roads, Split


class Converter:
    """Splits blocks of a dialect that is not plain.

    Args:
        marks: of the dialect.
        width: cells in a good record.
    """

    def __init__(self, marks: Marks, width: int) -> None:
        self._marks = marks
        plain = replace(
            marks, delimiter=marks.out_delimiter, runs=False, quote=marks.out_quote, escape=b""
        )
        self._roads = Roads(plain, width)
        self._runs = re.compile(rb"[ \t]{%d,}|\t+" % len(marks.delimiter)) if marks.runs else None
        escape, quote = re.escape(marks.escape), re.escape(marks.quote)
        self._escaped = re.compile(b"%b([%b%b])" % (escape, escape, quote)) if escape else None
        special = re.escape(marks.delimiter[:1]) + rb"\r\n"
        self._needed = re.compile(b"%b(?:%b%b)*[%b]" % (escape, escape, escape, special))

    def split(self, text: bytes) -> Split | None:
        """Split a block of which every line is part of a good record; None if it is not so.

        The records are as COPY is given them; `used` counts bytes of `text`, and is all of it.
        """
        marks = self._marks
        if marks.out_delimiter != marks.delimiter and marks.out_delimiter in text:
            return None
        if marks.escape:
            turned = self._without_escapes(text)
        elif marks.out_quote in text:
            return None  # Within quotes the delimiter is text.
        elif self._runs is not None:
            turned = self._between_runs(text)
        else:
            turned = text.replace(marks.delimiter, marks.out_delimiter)
        if turned is None:
            return None
        split = self._roads.split(turned)
        if split is None or split.used != len(turned) or split.widths is not None:
            return None
        return replace(split, used=len(text))

    def _without_escapes(self, text: bytes) -> bytes | None:
        marks = self._marks
        if marks.out_delimiter != marks.delimiter or (not marks.quote and marks.out_quote in text):
            return None
        if marks.escape not in text:
            return text
        if not marks.quote or self._needed.search(text) or self._escaped is None:
            return None  # What was escaped has to be put in quotes.
        double = marks.quote * 2
        return self._escaped.sub(
            lambda found: double if found[1] == marks.quote else found[1], text
        )

    def _between_runs(self, text: bytes) -> bytes | None:
        if self._runs is None or self._marks.newline != b"\n":
            return None
        if b" \n" in text or b"\t\n" in text or b"\n " in text or b"\n\t" in text or b"\r" in text:
            text = re.sub(rb"[ \t]*\r?\n[ \t]*", b"\n", text)
        return self._runs.sub(self._marks.out_delimiter, text.lstrip(b" \t"))
