"""What the rows of a CSV sample are: preamble, comments, header, records.

Works on cells; which marks set them apart was found by `sniffing`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from extract.sniffing import VALUE

_COMMENTS = ("#", "//", "%", "--", ";", "*", "!")
_YEAR = re.compile(r"(19|20)\d\d")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_HEX = re.compile(r"[0-9A-F][0-9A-F .+:_-]*")
"""Code points, addresses of hardware and the like: `0000..007F`, `00-1B-63`."""
_WORDS = re.compile(r"[^\W\d][^:]{0,58}[^:.\s]")
_NO_VALUE = "no cell of the first record looks like a value"
_NAME = re.compile(r"[^\W\d]\w*(?:[ _]?[(\[][^)\]]*[)\]])?")
_RULE = re.compile(r":?-+:?|=+")
_LOOKED_AT = 500
_TYPES_FROM = 100
"""Rows by which a column's kind is judged."""
_MOST_HEADERS = 4
_SERIES = 3
"""Numbers that are labels, at least."""
_AGAIN = 3
"""Rows that have each value of a column of few values."""
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
        agreement: share of the rows after the header that are records, short ones with them.
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
    commented, names = _commented_header(rows) if skip is None and header is None else (0, None)
    if pad is None and skip is None and header is None:
        width = _named_width([names, *rows[commented:]] if names else rows, width)
    found_comment = _comment(rows, width) if comment is None else comment
    start = 0 if skip is not None else _start(rows, width, found_comment)
    body = _without_comments(rows[start:], found_comment)
    why = ""
    labels: list[str] = []
    header_rows = 0
    ruled = header is not False and len(body) > 2 and _is_rule(body[1])
    if ruled:  # As database clients and Markdown draw it below the names.
        del body[1]
    full = [row.cells for row in body if len(row.cells) == width and not row.broken]
    if header is None:
        header_rows, why = _headers(full, width)
        in_comment = names and found_comment and len(names.cells) == width
        if names and in_comment and (header_rows == 0 or why == _NO_VALUE):
            start, header_rows = commented - 1, 1
            body = [names, *_without_comments(rows[commented:], found_comment)]
            why = f"the comment above the first record names {width} columns"
        elif body and len(body[0].cells) == width and header_rows == 0 and start and skip is None:
            before = _named_in_comment(rows[start - 1], width)
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
    records = body[header_rows:]
    if ruled and header_rows != 1 and header is None:
        header_rows, why, records = 1, "stands above a rule", body[1:]
    if header_rows:
        labels = _joined([row.cells for row in body[:header_rows]], width)
        if len(labels) == width - 1 and _has_row_names(records, width):
            labels = ["", *labels]
            why = f"names {width - 1} columns of {width}, not the first: it names the rows"
    evidence = {"header": why}
    shortest = width
    if pad or pad is None:
        whole = [row for row in records if not row.broken]
        most = header_rows == 1 and len(labels) == width and all(labels)
        shortest = _shortest(whole, width, certain=bool(pad), most=most)
        if shortest < width:
            evidence["ragged"] = "short records lack the empty cells at their end"
    agreeing = sum(shortest <= len(row.cells) <= width and not row.broken for row in records)
    if ruled:
        header_rows += 1
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


def _without_comments(rows: Sequence[Row], comment: str) -> list[Row]:
    return [row for row in rows if not _is_comment(row, comment)]


def _commented_header(rows: Sequence[Row]) -> tuple[int, Row | None]:
    """How many comments stand at the start, and the last of them where it names columns."""
    mark = _mark(rows[0])
    count = _comments_ahead(rows, mark)
    if not count:
        return 0, None
    last = rows[count - 1]
    filled = [cell for cell in last.cells if cell.strip()]  # Set below one another by tabs.
    names = _named_in_comment(replace(last, cells=filled), 0) if filled else last
    return count, names if _could_name(names, len(names.cells)) and names != last else None


def _comments_ahead(rows: Sequence[Row], mark: str) -> int:
    """How many comments stand before the first other row; 0 if there is no other."""
    return next((n for n, row in enumerate(rows) if not _is_comment(row, mark)), 0)


def _is_odd(row: Row, width: int) -> bool:
    return row.broken or len(row.cells) != width or width == 1


def _is_comment(row: Row, comment: str) -> bool:
    return bool(comment) and row.cells[0].startswith(comment)


def _is_rule(row: Row) -> bool:
    """Whether the row is drawn: `--,----` or `|:---|---:|`."""
    cells = [cell.strip() for cell in row.cells]
    drawn = [cell for cell in cells if cell]
    return len(drawn) > 1 and len(drawn) * 2 > len(cells) and all(map(_RULE.fullmatch, drawn))


def _comment(rows: Sequence[Row], width: int) -> str:
    """What starts the comment lines; only lines that are no record otherwise are evidence."""
    for mark in _COMMENTS:
        marked = [row for row in rows if row.cells[0].startswith(mark)]
        odd = [row for row in marked if _is_odd(row, width)]
        # In a file of one column nothing tells a comment from a record but its being rare.
        if width == 1 and (mark != "#" or len(marked) * 4 > len(rows) or marked == rows[:1]):
            continue
        if odd and len(odd) * 2 >= len(marked):
            return mark
        # Records that are commented out, further below, are as wide as the others.
        above = rows[: _comments_ahead(rows, mark)]
        if len(above) > 1 and sum(_is_odd(row, width) for row in above) * 2 > len(above):
            return mark
    return ""


def _start(rows: Sequence[Row], width: int, comment: str) -> int:
    """Index of the first row that is header or record."""
    start = 0
    while start < len(rows):
        row = rows[start]
        if len(row.cells) == width and not row.broken and not _is_comment(row, comment):
            break
        start += 1
    else:
        return 0
    if width < 3:
        # `Operator: | J. Doe` above a table of two columns.
        titles = [row.cells[0].rstrip().endswith(":") for row in rows[start:]]
        remarks = titles.index(False) if False in titles else 0
        return start + remarks if remarks <= 20 and not any(titles[remarks:]) else start
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


def _named_width(rows: Sequence[Row], width: int) -> int:
    """The width; that of the header if most records lack the empty cells at their end."""
    full = [row for row in rows if not row.broken]
    widest = max((len(row.cells) for row in full), default=width)
    head = next((row for row in full if len(row.cells) >= width), None)
    if head is None or widest == width or len(head.cells) != widest:
        return width
    records = full[full.index(head) + 1 :]
    complete = sum(1 for row in records if len(row.cells) == widest)
    named = _could_name(head, widest) and len(set(head.cells)) == widest
    if not named or complete < 3 or complete * 20 < len(records):
        return width
    return widest if _shortest(records, widest, certain=False, most=True) < widest else width


def _has_row_names(records: Sequence[Row], width: int) -> bool:
    """Whether the first column counts or names the rows, as R and pandas write it: unlabelled."""
    full = [row.cells for row in records if len(row.cells) == width and not row.broken]
    first = [cells[0].strip() for cells in full]
    if len(full) < 2 or len(set(first)) < len(first) or not any(cells[-1] for cells in full):
        return False
    if all(map(str.isdecimal, first)):
        return [int(cell) for cell in first] == list(
            range(int(first[0]), int(first[0]) + len(full))
        )
    return not any(map(VALUE.fullmatch, first))


def _mark(row: Row) -> str:
    """What makes the row a comment that may name columns; empty if it is none."""
    return next((mark for mark in ("#", "%", "//") if _is_comment(row, mark)), "")


def _named_in_comment(row: Row, width: int) -> Row:
    """The row; without its comment mark if what follows it names each column, as prose does not.

    Args:
        width: how many names there have to be; 0 for any number.
    """
    mark = _mark(row)
    if not mark or row.broken:
        return row
    bare = [row.cells[0].removeprefix(mark).strip(), *row.cells[1:]]
    bare = bare if bare[0] else bare[1:]
    cells = [cell.strip() for cell in bare]
    in_words = all(map(_WORDS.fullmatch, bare))
    if len(cells) == (width or len(cells)) and (in_words or all(map(_NAME.fullmatch, cells))):
        return replace(row, cells=cells)
    return row


def _could_name(row: Row, width: int) -> bool:
    cells = [cell.strip() for cell in row.cells]
    while len(cells) > width and not cells[-1]:
        cells.pop()
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
    typed = typed_columns(full[_MOST_HEADERS:] or full[-1:], width)
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


def is_value(cell: str) -> bool:
    """Whether a cell holds a number, a date or the like, and no name."""
    return VALUE.fullmatch(cell.strip()) is not None


def typed_columns(body: list[list[str]], width: int) -> list[int]:
    """Positions of the columns of which nearly all cells that are filled are values."""
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
        if cells[0] in values or not body or not _is_series(cells, body):
            return False, f"the first record holds a value ({values[0][:50]})"
        return True, f"labels go on as a series ({values[0][:50]}, ...) that no other record has"
    if not body:
        return True, "the only record"
    if len(set(cells)) == 1 < len(cells):
        return False, "the first record repeats one value"
    typed = typed_columns(body, len(first))
    named = [column for column in typed if cells[column]]
    if named:
        return True, f"no value in the first record, over {len(named)} columns of values"
    for column, cell in enumerate(cells):
        seen = [row[column].strip() for row in body]
        if cell and cell in seen and not _is_name_by_chance(column, cells, body):
            return False, f"{cell[:50]!r} of the first record comes again below"
        if any(map(str.isdigit, cell)) and _HEX.fullmatch(cell) and len(seen) > 1:
            like = sum(1 for other in seen if _HEX.fullmatch(other))
            if like >= 0.9 * len(seen):
                return False, f"{cell[:50]!r} of the first record is written like those below"
        shape = _shape(cell)
        if any(map(str.isdigit, cell)) and len(seen) > 1:
            like = sum(1 for other in seen if _shape(other) == shape)
            if like >= 0.9 * len(seen):
                return False, f"{cell[:50]!r} of the first record is written like those below"
    return True, _NO_VALUE


def _is_name_by_chance(column: int, cells: list[str], body: list[list[str]]) -> bool:
    """Whether a label is below once by chance, as `ID` is among codes of countries.

    It must be the only one, and one of many different values, beside a column of few values that
    come again and again, over which stands none of these.
    """
    below = [[row[other].strip() for row in body] for other in range(len(cells))]
    found = below[column]
    if found.count(cells[column]) > 1 or len(set(found)) < 0.9 * len(found):
        return False
    others = [cell in seen for cell, seen in zip(cells, below, strict=True)]
    return others.count(True) == 1 and any(
        not other and min(Counter(seen).values()) >= _AGAIN
        for other, seen in zip(others, below, strict=True)
    )


def _is_series(cells: list[str], body: list[list[str]]) -> bool:
    """Whether the values among labels are dates or 1, 2, 3, ... over columns of something else."""
    places = [index for index, cell in enumerate(cells) if cell and VALUE.fullmatch(cell)]
    values = [cells[index] for index in places]
    if len(set(values)) < len(values):
        return False
    if all(map(_DATE.fullmatch, values)):
        return not any(_DATE.fullmatch(row[index].strip()) for row in body for index in places)

    def counts_up(found: list[str]) -> bool:
        if len(found) < _SERIES or not all(map(str.isdecimal, found)):
            return False
        return all(int(a) + 1 == int(b) for a, b in pairwise(found))

    below = ([row[index].strip() for index in places] for row in body)
    return counts_up(values) and int(values[0]) <= 1 and not any(map(counts_up, below))


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


def _shortest(records: list[Row], width: int, *, certain: bool, most: bool = False) -> int:
    """The least width of records that lack empty cells at their end; `width` if none do.

    Args:
        records: none of them broken.
        width: of a full one.
        certain: they do, a person said so.
        most: the header shows the width, so that most may lack them.
    """
    if certain:
        return 1
    short = [row.cells for row in records if 1 < len(row.cells) < width]
    full = [row.cells for row in records if len(row.cells) == width]
    if len(short) < 3 or len(short) * 100 < len(records):
        return width
    if not most and len(full) * 2 < len(records):
        return width
    # A writer that leaves them out does so everywhere.
    if any(not cells[-1] for cells in full + short):
        return width
    typed = typed_columns(full, width)
    for cells in short:
        if any(
            column < len(cells)
            and cells[column].strip()
            and not VALUE.fullmatch(cells[column].strip())
            for column in typed
        ):
            return width
    return min(map(len, short))
