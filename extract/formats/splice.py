"""Records -> what COPY is given: file and line in front, cells that no column can hold in jsonb."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from extract import names
from extract.formats.records import Marks

REST = "_rest"
"""The column that holds the cells for which a Postgres row has no room."""
MOST_COLUMNS = 1590
"""Columns of a table, with some left for other files of the same entity."""
SURE_COLUMNS = 400
"""So many fit whatever is in them: each may need 18 bytes of a page of 8 KiB."""

_ROW_BYTES = 6000
_DIGITS = [b"%03d" % number for number in range(1000)]


def columns_that_fit(width: int, row_bytes: int) -> int:
    """How many of a record's cells get a column of their own.

    Args:
        width: cells in a record.
        row_bytes: the most that a record of the sample needs in its page, cells of over 18 bytes
            counted as 18 because they can be stored elsewhere.
    """
    if width <= SURE_COLUMNS or (width <= MOST_COLUMNS and row_bytes <= _ROW_BYTES):
        return width
    return SURE_COLUMNS


class Surplus:
    """Puts the cells from `keep` on into one, as a JSON object by column name.

    Args:
        labels: of all columns.
        keep: cells that stay as they are.
        marks: of the records.
    """

    def __init__(self, labels: Sequence[str | None], keep: int, marks: Marks) -> None:
        self._keys = names.columns(labels, {})[keep:]
        self._keep = keep
        self._marks = marks
        quote, delimiter = re.escape(marks.out_quote), re.escape(marks.out_delimiter)
        self._cell = re.compile(
            rb"(?:%b((?:[^%b]|%b%b)*)%b|([^%b]*))(?:%b|\Z)"
            % (quote, quote, quote, quote, quote, delimiter, delimiter)
        )

    def __call__(self, records: list[bytes]) -> list[bytes]:
        """The records with their surplus cells put away."""
        return [self._one(record) for record in records]

    def _one(self, record: bytes) -> bytes:
        quote, delimiter = self._marks.out_quote, self._marks.out_delimiter
        rest: list[str | None] = []
        position = kept = 0
        for index in range(self._keep + len(self._keys)):
            found = self._cell.match(record, position)
            assert found is not None  # noqa: S101 - the reader made sure of its shape
            position = found.end()
            if index == self._keep - 1:
                kept = position
            if index >= self._keep:
                quoted, plain = found.groups()
                if quoted is not None:
                    rest.append(quoted.replace(quote * 2, quote).decode())
                else:
                    rest.append(plain.decode() or None)
        text = json.dumps(dict(zip(self._keys, rest, strict=True)), ensure_ascii=False).encode()
        return record[: kept - 1] + delimiter + quote + text.replace(quote, quote * 2) + quote


class Splicer:
    """Joins records into a payload, each behind what comes `before` it and its line."""

    def __init__(self, before: bytes, delimiter: bytes) -> None:
        self._before = before
        self._delimiter = delimiter
        self._tails = [digits + delimiter for digits in _DIGITS]

    def head(self, line: int) -> bytes:
        """What comes before the record that starts on a line."""
        return b"%b%d%03d%b" % (self._before, *divmod(line, 1000), self._delimiter)

    def __call__(self, records: list[bytes], lines: Sequence[int]) -> bytes:
        """The records as lines for COPY.

        Args:
            records: without their line ends.
            lines: the line on which each starts.
        """
        count = len(records)
        pieces: list[bytes] = [b""] * (3 * count + 1)
        if isinstance(lines, range):
            heads: list[bytes] = []
            tails: list[bytes] = []
            line, end = lines.start, lines.stop
            while line < end:
                thousands, rest = divmod(line, 1000)
                run = min(1000 - rest, end - line)
                # Leading zeros are fine for a bigint, so every line number is two looked-up parts.
                heads += [b"\n%b%d" % (self._before, thousands)] * run
                tails += self._tails[rest : rest + run]
                line += run
        else:
            heads = [b"\n%b%d" % (self._before, line // 1000) for line in lines]
            tails = [self._tails[line % 1000] for line in lines]
        pieces[0:-1:3] = heads
        pieces[1:-1:3] = tails
        pieces[2:-1:3] = records
        pieces[0] = pieces[0][1:]
        pieces[-1] = b"\n"
        return b"".join(pieces)
