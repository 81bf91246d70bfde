"""Excel workbooks: the cells of one sheet as Excel shows them, without its formats.

Whole numbers have no decimal point, dates are ISO 8601, formulas land as their last value, errors
as Excel's words for them (`#DIV/0!`). Hidden rows, columns and sheets land like the others.
`_line` is the row of the sheet. A sheet is held in memory: its format allows no other way.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from extract.errors import (
    CorruptFile,
    ExpandsTooMuch,
    NoColumns,
    UnsupportedFormat,
    WrongFormat,
)
from extract.formats.base import Column, DataType, Shape, Tally
from extract.formats.compression import Limits

if TYPE_CHECKING:
    from extract.pieces import Pieces

MAGICS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
BATCH = 2_000
"""Rows at a time."""
LARGEST = 1 << 31
"""Unpacked bytes of a workbook, whatever the limits: its sheets are held in memory."""
_HEADER_SAMPLE = 50
"""Rows among which the header is looked for."""
_SCANNED = 1 << 28
"""Bytes of a sheet up to which errors in its cells are looked for."""
_ERROR_CELL = re.compile(
    rb'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)(\d+)"[^>]*>(?:(?!</c>).)*?<v>([^<]*)</v>', re.S
)

Rows = list[list[Any]]


def filled_sheets(opener: Callable[[], BinaryIO], uri: str, limits: Limits) -> list[str]:
    """The names of a workbook's sheets that hold anything, in its order.

    Raises:
        FormatError: the workbook cannot be read.
    """
    with opener() as stream:
        _check(stream, uri, limits)
        with _ours(uri):
            workbook = load_workbook(stream)
            names = _worksheets(workbook)
            if len(names) == 1:
                return names
            return [name for name in names if workbook.get_sheet_by_name(name).height]


class XlsxReader:
    """Reads one sheet of a workbook.

    Args:
        stream: can seek.
        uri: for errors.
        limits: what the workbook may unpack to.
        sheet: its name; None for the only one that is filled.
    """

    def __init__(
        self, stream: BinaryIO, *, uri: str, limits: Limits, sheet: str | None = None
    ) -> None:
        _check(stream, uri, limits)
        with _ours(uri):
            workbook = load_workbook(stream)
            self._sheet = sheet or _only_sheet(workbook, uri)
            if self._sheet not in workbook.sheet_names:
                raise NoColumns(f"the workbook has no sheet {self._sheet}", uri=uri)
            opened = workbook.get_sheet_by_name(self._sheet)
            rows: Rows = opened.to_python(skip_empty_area=False)
            merged = opened.merged_cell_ranges or []
            self._hidden = any(
                found.name == self._sheet and found.visible != SheetVisibleEnum.Visible
                for found in workbook.sheets_metadata
            )
        if stream.seek(0) == 0 and stream.read(4) == MAGICS[0]:
            for (row_index, column), text in _errors(stream, self._sheet):
                if row_index < len(rows) and column < len(rows[row_index]):
                    rows[row_index][column] = text
        if not any(_filled(cell) for row in rows for cell in row):
            raise NoColumns("the sheet is empty", uri=uri, hint="remove it, or write its header")
        width = max(index + 1 for row in rows for index, cell in enumerate(row) if _filled(cell))
        self._rows = rows
        self._first, last = _header(rows, width, merged)
        self._body = last + 1
        self._labels = _labels(rows[self._first : self._body], self._first, width, merged)
        self._merged = sum(1 for (top, _), _ in merged if top >= self._body)

    @property
    def shape(self) -> Shape:
        """The columns as the header's rows name them."""
        above = [
            " | ".join(text for cell in row if (text := _text(cell)))
            for row in self._rows[: self._first]
            if any(map(_filled, row))
        ]
        dialect: dict[str, Any] = {"sheet": self._sheet, "header_row": self._first + 1}
        notes = []
        if self._body > self._first + 1:
            dialect["header_rows"] = self._body - self._first
        if above:
            dialect["above_the_header"] = above
            notes.append(f"above the header, kept in the ledger: {above[0][:80]}")
        if self._hidden:
            dialect["hidden"] = True
            notes.append("the sheet is hidden in Excel")
        if self._merged:
            notes.append(f"{self._merged} merged cells: each lands in its first cell only")
        return Shape(
            columns=tuple(Column(label) for label in self._labels),
            dialect=dialect,
            notes=tuple(notes),
        )

    def pieces(self, types: Sequence[DataType]) -> Pieces | None:  # noqa: ARG002
        """See `formats.base.Reader`: a sheet is read from its start."""
        return None

    def payloads(
        self, file_id: int, types: Sequence[DataType], tally: Tally
    ) -> Iterator[bytes]:  # fmt: skip
        """See `formats.base.Reader`."""
        width = len(self._labels)
        nested = [index for index, kind in enumerate(types) if kind == "jsonb"]
        for start in range(self._body, len(self._rows), BATCH):
            sink = io.StringIO()
            writer = csv.writer(sink, lineterminator="\n")
            for line, row in enumerate(self._rows[start : start + BATCH], start=start + 1):
                cells = [_text(cell) for cell in row[:width]]
                if not any(cells):
                    continue
                cells += [None] * (width - len(cells))
                raw = None
                if tally.kept is not None or any(cell and "\0" in cell for cell in cells):
                    raw = json.dumps(
                        dict(zip(self._keys(), cells, strict=True)), ensure_ascii=False
                    ).encode()
                if any(cell and "\0" in cell for cell in cells):
                    tally.refuse(line, "nul_character", "a zero character in a text", raw or b"")
                    continue
                if tally.kept is not None:
                    tally.kept[line] = raw or b""
                for index in nested:
                    cells[index] = _as_json(row[index] if index < len(row) else None)
                writer.writerow([file_id, line, *cells])
                tally.landed += 1
            yield sink.getvalue().encode()

    def _keys(self) -> list[str]:
        return [label or f"column_{index}" for index, label in enumerate(self._labels, start=1)]


def _check(stream: BinaryIO, uri: str, limits: Limits) -> None:
    """Make sure that it is a workbook, and no bomb; the stream stands at its start then."""
    head = stream.read(4)
    if not head.startswith(MAGICS):
        raise WrongFormat(
            "the name says Excel but the content is not a workbook",
            uri=uri,
            hint="rename the file after what it holds",
        )
    if head == MAGICS[0]:
        try:
            with zipfile.ZipFile(stream) as parts:
                entries = parts.infolist()
        except (zipfile.BadZipFile, EOFError) as error:
            raise CorruptFile(
                f"the workbook cannot be read ({error})", uri=uri, hint="is the file complete?"
            ) from error
        unpacked = sum(entry.file_size for entry in entries)
        limits.check(sum(entry.compress_size for entry in entries), unpacked, uri)
        if unpacked > LARGEST:
            raise ExpandsTooMuch(
                f"the workbook is {unpacked / 1e9:,.1f} GB unpacked, and has to be held in memory",
                uri=uri,
                hint="save its sheets as CSV",
            )
    stream.seek(0)


class _ours:  # noqa: N801 - used like a function
    """Turn the library's errors into ours."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PasswordError):
            raise UnsupportedFormat(
                "the workbook has a password", uri=self.uri, hint="save it without"
            ) from error
        if isinstance(error, CalamineError):
            raise CorruptFile(
                f"the workbook cannot be read ({error})", uri=self.uri, hint="is the file complete?"
            ) from error


def _worksheets(workbook: CalamineWorkbook) -> list[str]:
    return [
        found.name for found in workbook.sheets_metadata if found.typ == SheetTypeEnum.WorkSheet
    ]


def _only_sheet(workbook: CalamineWorkbook, uri: str) -> str:
    names = _worksheets(workbook)
    filled = [name for name in names if workbook.get_sheet_by_name(name).height]
    if not filled:
        raise NoColumns("the workbook is empty", uri=uri, hint="remove it, or write its header")
    if len(filled) > 1:
        raise UnsupportedFormat(
            f"the workbook has {len(filled)} sheets with data ({', '.join(filled)})",
            uri=uri,
            hint="it had one when it was found: load it again",
        )
    return filled[0]


def _errors(stream: BinaryIO, sheet: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Cells that show an error, with Excel's word for it: the library gives them as empty."""
    with zipfile.ZipFile(stream) as parts:
        path = _sheet_path(parts, sheet)
        if path is None or parts.getinfo(path).file_size > _SCANNED:
            return
        found = parts.read(path)
    if b't="e"' not in found:
        return
    for cell in _ERROR_CELL.finditer(found):
        column = 0
        for letter in cell[1]:
            column = column * 26 + letter - 64
        yield (int(cell[2]) - 1, column - 1), cell[3].decode()


def _sheet_path(parts: zipfile.ZipFile, sheet: str) -> str | None:
    names = set(parts.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = parts.read("xl/workbook.xml").decode("utf-8", "replace")
    links = parts.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {}
    for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", links):
        facts = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        targets[facts.get("Id")] = facts.get("Target", "")
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book):
        facts = dict(re.findall(r'([\w:]+)="([^"]*)"', tag))
        if html.unescape(facts.get("name", "")) == sheet:
            target = targets.get(facts.get("r:id"), "").lstrip("/").removeprefix("xl/")
            return f"xl/{target}" if f"xl/{target}" in names else None
    return None


def _header(
    rows: Rows, width: int, merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]
) -> tuple[int, int]:
    """The header's first and last row, from 0.

    It is the first row with at least half as many cells as the fullest of the first rows: a title
    or a remark above it has fewer. A cell merged across columns stands for a group of them, whose
    names are in the next row; one merged downwards belongs to all the rows it covers.
    """
    sample = rows[:_HEADER_SAMPLE]
    covered = [set[int]() for _ in sample]
    for (top, left), (bottom, right) in merged:
        if right - left + 1 >= width > 1:
            continue  # A title across the whole sheet.
        for row in range(top, min(bottom + 1, len(sample))):
            covered[row].update(range(left, right + 1))
    counts = [
        len(inside | {index for index, cell in enumerate(row) if _filled(cell)})
        for row, inside in zip(sample, covered, strict=True)
    ]
    enough = max(counts) / 2
    first = next((index for index, count in enumerate(counts) if count and count >= enough), 0)
    if not any(counts):
        first = next(index for index, row in enumerate(rows) if any(map(_filled, row)))
    last = first
    growing = True
    while growing:
        growing = False
        for (top, left), (bottom, right) in merged:
            if first <= top <= last and right - left + 1 < max(width, 2):
                until = max(bottom, bottom + 1 if right > left else bottom)
                if until > last and until < len(rows):
                    last, growing = until, True
    return first, last


def _labels(
    header: Rows,
    first: int,
    width: int,
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]],
) -> list[str | None]:
    """One label a column: the cells above one another, each said once."""
    texts = [[_text(cell) for cell in row[:width]] for row in header]
    for row in texts:
        row += [None] * (width - len(row))
    for (top, left), (bottom, right) in merged:
        if first <= top < first + len(header):
            for row_index in range(top - first, min(bottom - first + 1, len(header))):
                for column in range(left, min(right + 1, width)):
                    texts[row_index][column] = texts[top - first][left]
    return [
        " ".join(dict.fromkeys(text for text in column if text)) or None
        for column in zip(*texts, strict=True)
    ]


def _filled(cell: Any) -> bool:
    return cell is not None and cell != ""


def _as_json(cell: Any) -> str | None:
    """A cell for a column that is jsonb already."""
    text = _text(cell)
    return text if text is None or isinstance(cell, (bool, int, float)) else json.dumps(text)


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
