"""Excel workbooks: the cells of one sheet as Excel shows them, without its formats.

Whole numbers have no decimal point, dates are ISO 8601, formulas land as their last value.
`_line` is the row of the sheet. A sheet is held in memory: its format allows no other way.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, load_workbook

from extract.errors import CorruptFile, NoColumns, UnsupportedFormat, WrongFormat
from extract.formats.base import Column, DataType, Shape, Tally

MAGICS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
BATCH = 2_000
"""Rows at a time."""


class XlsxReader:
    """Reads the one sheet with data of a workbook, from a stream that can seek."""

    def __init__(self, stream: BinaryIO, *, uri: str) -> None:
        if not stream.read(4).startswith(MAGICS):
            raise WrongFormat(
                "the name says Excel but the content is not a workbook",
                uri=uri,
                hint="rename the file after what it holds",
            )
        stream.seek(0)
        try:
            workbook = load_workbook(stream)
            self._sheet, rows = _only_sheet(workbook, uri)
        except CalamineError as error:
            raise CorruptFile(
                f"the workbook cannot be read ({error})", uri=uri, hint="is the file complete?"
            ) from error
        self._first = next(index for index, row in enumerate(rows) if any(map(_filled, row)))
        self._rows = rows
        width = max(index + 1 for row in rows for index, cell in enumerate(row) if _filled(cell))
        header = [_text(cell) or None for cell in rows[self._first][:width]]
        self._labels = header + [None] * (width - len(header))

    @property
    def shape(self) -> Shape:
        """The first row that is not empty names the columns."""
        return Shape(
            columns=tuple(Column(label) for label in self._labels),
            dialect={"sheet": self._sheet, "header_row": self._first + 1},
        )

    def payloads(
        self,
        file_id: int,
        types: Sequence[DataType],  # noqa: ARG002 - every cell is text
        tally: Tally,
    ) -> Iterator[bytes]:
        """See `formats.base.Reader`."""
        width = len(self._labels)
        for start in range(self._first + 1, len(self._rows), BATCH):
            sink = io.StringIO()
            writer = csv.writer(sink)
            for line, row in enumerate(self._rows[start : start + BATCH], start=start + 1):
                cells = [_text(cell) for cell in row[:width]]
                if not any(cells):
                    continue
                if any(cell and "\0" in cell for cell in cells):
                    raw = "\t".join(cell or "" for cell in cells).encode()
                    tally.refuse(line, "nul_character", "a zero character in a text", raw)
                    continue
                cells += [None] * (width - len(cells))
                writer.writerow([file_id, line, *cells])
                tally.landed += 1
            yield sink.getvalue().encode()


def _only_sheet(workbook: CalamineWorkbook, uri: str) -> tuple[str, list[list[Any]]]:
    filled = []
    for name in workbook.sheet_names:
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if any(_filled(cell) for row in rows for cell in row):
            filled.append((name, rows))
    if not filled:
        raise NoColumns("the workbook is empty", uri=uri, hint="remove it, or write its header")
    if len(filled) > 1:
        names = ", ".join(name for name, _ in filled)
        raise UnsupportedFormat(
            f"the workbook has {len(filled)} sheets with data ({names})",
            uri=uri,
            hint="save each sheet as a file of its own",
        )
    return filled[0]


def _filled(cell: Any) -> bool:
    return cell is not None and cell != ""


def _text(cell: Any) -> str | None:
    """The cell's value in its canonical text; None for an empty cell."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)
