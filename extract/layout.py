"""What the rows of a CSV sample are: preamble, comments, header, records.

Works on cells; which marks set them apart was found by `sniffing`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from extract.sniffing import VALUE

_COMMENTS = ("#", "//", "%", "--", ";", "*", "!")
_YEAR = re.compile(r"(19|20)\d\d")
_LOOKED_AT = 500
_TYPES_FROM = 100
"""Rows by which a column's kind is judged."""
_MOST_HEADERS = 4
_TYPED = 0.8
"""Share of a column's cells that are values, for it to be a column of values."""


@dataclass(frozen=True)
class Row:
    """A row of the sample.

    Attributes:
        line: on which it starts, counted from 0.
        cells: what is in it; one if it is broken.
        broken: its quotes are.
    """

    line: int
    cells: list[str]
    broken: bool = False


@dataclass(frozen=True)
class Layout:
    """What the rows are.

    Attributes:
        width: cells in a record.
        agreement: share of the rows after the header that have that width.
        preamble: lines before the header or the first record.
        header_rows: rows that name the columns.
        labels: their cells joined; may be more or fewer than `width`.
        comment: what starts a comment line among the records; empty if nothing does.
        shortest: records with fewer cells than `width`, but at least so many, lack empty cells at
            their end; equal to `width` if they do not.
        evidence: in words, for the ledger.
    """

    width: int
    agreement: float
    preamble: int
    header_rows: int
    labels: tuple[str, ...]
    comment: str
    shortest: int
    evidence: dict[str, str]


def look(
    rows: Sequence[Row],
    *,
    header: bool | int | None = None,
    skip: int | None = None,
    comment: str | None = None,
    pad: bool | None = None,
) -> Layout:
    """Judge the rows of a sample.

    Args:
        rows: not blank, in the file's order, at least one.
        header: whether there is one, or of how many rows; None to find out.
        skip: lines of preamble; None to find out.
        comment: what starts a comment; None to find out, empty if nothing does.
        pad: whether short records lack empty cells; None to find out.
    """
    if skip is not None:
        rows = [row for row in rows if row.line >= skip] or rows[-1:]
    widths = Counter(len(row.cells) for row in rows if not row.broken)
    # Of two widths that are as common, the wider one is the table.
    width = max(widths, key=lambda w: (widths[w] * (w - 1) / w, w)) if widths else 1
    found_comment = _comment(rows, width) if comment is None else comment
    start = 0 if skip is not None else _start(rows, width, found_comment)
    body = [row for row in rows[start:] if not (found_comment and _is_comment(row, found_comment))]
    why = ""
    labels: list[str] = []
    header_rows = 0
    full = [row.cells for row in body if len(row.cells) == width and not row.broken]
    if header is None:
        header_rows, why = _headers(full, width)
        if body and len(body[0].cells) == width and header_rows == 0 and start and skip is None:
            before = rows[start - 1]
            if _could_name(before, width) and not _is_comment(before, found_comment or "#"):
                body.insert(0, before)
                start, header_rows = start - 1, 1
                why = f"names {len(before.cells)} columns of {width}"
    elif header:
        header_rows, why = int(header), "as configured"
    else:
        why = "as configured"
    preamble = rows[start].line if start < len(rows) else 0
    if skip is not None:
        preamble = skip
    elif body and header_rows:
        preamble = body[0].line
    if header_rows:
        labels = _joined([row.cells for row in body[:header_rows]], width)
    records = body[header_rows:]
    agreeing = sum(1 for row in records if len(row.cells) == width and not row.broken)
    evidence = {"header": why}
    shortest = width
    if pad or pad is None:
        shortest = _shortest([row for row in records if not row.broken], width, certain=bool(pad))
        if shortest < width:
            evidence["ragged"] = "short records lack the empty cells at their end"
    return Layout(
        width=width,
        agreement=agreeing / len(records) if records else 1.0,
        preamble=preamble,
        header_rows=header_rows,
        labels=tuple(labels),
        comment=found_comment,
        shortest=shortest,
        evidence=evidence,
    )


def _is_comment(row: Row, comment: str) -> bool:
    return bool(comment) and row.cells[0].startswith(comment)


def _comment(rows: Sequence[Row], width: int) -> str:
    """What starts the comment lines; only lines that are no record otherwise are evidence."""
    for mark in _COMMENTS:
        marked = [row for row in rows if row.cells[0].startswith(mark)]
        odd = [row for row in marked if row.broken or len(row.cells) != width or width == 1]
        # In a file of one column nothing tells a comment from a record but its being rare.
        if width == 1 and (mark != "#" or len(marked) * 4 > len(rows) or marked == rows[:1]):
            continue
        if odd and len(odd) * 2 >= len(marked):
            return mark
    return ""


def _start(rows: Sequence[Row], width: int, comment: str) -> int:
    """Index of the first row that is header or record."""
    start = 0
    while start < len(rows) - 1:
        row = rows[start]
        if len(row.cells) == width and not row.broken and not _is_comment(row, comment):
            break
        start += 1
    else:
        return 0
    if width < 3:
        return start
    # A title written by a spreadsheet has the table's width and one cell filled.
    body = [row.cells for row in rows[start:] if len(row.cells) == width]
    filled = sorted(sum(1 for cell in cells if cell.strip()) for cells in body)
    usual = filled[len(filled) // 2]
    ahead = start
    while ahead < len(rows) - 1 and ahead - start < 20:
        row = rows[ahead]
        count = sum(1 for cell in row.cells if cell.strip())
        if len(row.cells) == width and (count * 3 > width or count * 2 > usual):
            break
        ahead += 1
    else:
        return start
    return ahead if len(body) > ahead - start + 1 else start


def _could_name(row: Row, width: int) -> bool:
    cells = [cell.strip() for cell in row.cells]
    if row.broken or len(cells) < 2 or not all(cells) or len(set(cells)) < len(cells):
        return False
    return abs(len(cells) - width) <= max(2, width // 3) and not any(
        VALUE.fullmatch(cell) for cell in cells
    )


def _headers(full: list[list[str]], width: int) -> tuple[int, str]:
    """How many rows name the columns, and why so many."""
    if not full:
        return 0, "no record"
    found, why = _is_header(full[0], [row for row in full[1 : _LOOKED_AT + 1] if row != full[0]])
    if not found:
        return 0, why
    count = 1
    typed = _typed_columns(full[_MOST_HEADERS:] or full[-1:], width)
    if len(full) > 2 and len(typed) >= 2:
        while count < min(_MOST_HEADERS, len(full) - 1) and _names_too(full, count, typed):
            count += 1
    return count, why if count == 1 else f"{count} rows without a value over columns of values"


def _names_too(full: list[list[str]], index: int, typed: list[int]) -> bool:
    cells = [cell.strip() for cell in full[index]]
    if any(VALUE.fullmatch(cells[column]) for column in typed if cells[column]):
        return False
    named = sum(1 for column in typed if cells[column])
    if named == len(typed):
        return True
    # Cells spread over several columns leave gaps above or below them.
    above = full[index - 1]
    gaps = sum(1 for cell in above if not cell.strip())
    return (
        named * 2 >= len(typed)
        and gaps > 0
        and all(cell or upper.strip() for cell, upper in zip(cells, above, strict=True))
    )


def _typed_columns(body: list[list[str]], width: int) -> list[int]:
    typed = []
    for column in range(width):
        filled = [row[column].strip() for row in body[:_TYPES_FROM] if row[column].strip()]
        values = sum(1 for cell in filled if VALUE.fullmatch(cell))
        if filled and values >= _TYPED * len(filled):
            typed.append(column)
    return typed


def _is_header(first: list[str], body: list[list[str]]) -> tuple[bool, str]:
    cells = [cell.strip() for cell in first]
    if not any(cells):
        return False, "the first record is empty"
    values = [cell for cell in cells if cell and VALUE.fullmatch(cell)]
    if values and not (cells[0] not in values and all(map(_YEAR.fullmatch, values))):
        return False, f"the first record holds a value ({values[0][:50]})"
    if not body:
        return True, "the only record"
    if len(set(cells)) == 1 < len(cells):
        return False, "the first record repeats one value"
    typed = _typed_columns(body, len(first))
    named = [column for column in typed if cells[column]]
    if named:
        return True, f"no value in the first record, over {len(named)} columns of values"
    for column, cell in enumerate(cells):
        seen = [row[column].strip() for row in body]
        if cell and cell in seen:
            return False, f"{cell[:50]!r} of the first record comes again below"
        shape = _shape(cell)
        if any(map(str.isdigit, cell)) and len(seen) > 2:
            like = sum(1 for other in seen if _shape(other) == shape)
            if like >= 0.9 * len(seen):
                return False, f"{cell[:50]!r} of the first record is written like those below"
    return True, "no cell of the first record looks like a value"


def _shape(cell: str) -> str:
    return re.sub(r"[a-z]+", "a", re.sub(r"[A-Z]+", "A", re.sub(r"\d+", "0", cell)))


def _joined(rows: list[list[str]], width: int) -> list[str]:
    """One label a column from several rows of them."""
    if len(rows) == 1:
        return rows[0]
    spread = []
    for row in rows[:-1]:
        cells, last = [], ""
        for cell in row:
            last = cell.strip() or last
            cells.append(last)
        # Gaps are filled from the left only where cells were merged.
        spread.append(cells if any(not cell.strip() for cell in row) else row)
    plain = [" ".join(filter(None, map(str.strip, column))) for column in zip(*rows, strict=False)]
    if len(set(plain)) == len(plain) and all(plain):
        return plain
    filled = zip(*spread, rows[-1], strict=False)
    return [" ".join(dict.fromkeys(filter(None, map(str.strip, c)))) for c in filled][:width]


def _shortest(records: list[Row], width: int, *, certain: bool) -> int:
    """The least width of records that lack empty cells at their end; `width` if none do."""
    if certain:
        return 1
    short = [row.cells for row in records if 1 < len(row.cells) < width]
    full = [row.cells for row in records if len(row.cells) == width]
    if len(short) < 3 or len(short) * 100 < len(records) or len(full) * 2 < len(records):
        return width
    # A writer that leaves them out does so everywhere.
    if any(not cells[-1] for cells in full + short):
        return width
    typed = _typed_columns(full, width)
    for cells in short:
        if any(
            column < len(cells)
            and cells[column].strip()
            and not VALUE.fullmatch(cells[column].strip())
            for column in typed
        ):
            return width
    return min(map(len, short))
