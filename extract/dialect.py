"""Which CSV is this: encoding, marks, layout - with the evidence.

Judged by the start of the file: `encoding` says how its bytes read, `sniffing` what sets cells and
records apart, `layout` what the records are. Reading the file is `formats.csv`'s work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from extract import familiar
from extract.encoding import Encoding, Recoder, detect
from extract.errors import NoColumns
from extract.formats.records import Careful, Marks
from extract.layout import Layout, Row, is_value, look, typed_columns
from extract.sniffing import cells, newline_of, weigh

SAMPLE = 1 << 20
"""Bytes looked at for the encoding."""
RECORDS_SAMPLE = 1 << 18
"""Bytes looked at for marks and layout."""

_FIRST_LINES = 10
"""Of a file that is like one before it: enough to see whether its header has more rows."""

_LONG_CELL = 1 << 16
"""Characters of a cell that is not closed, so that it hides the records from a sample."""
_WITNESSES = 50
"""Lines before and behind it that are compared."""

_SAID = re.compile(r"sep=(.)\r?(?:\n|\Z)", re.I)
"""A first line by which spreadsheets are told the delimiter."""


@dataclass(frozen=True)
class Given:
    """What a person said about a file; None where it is to be found out.

    Attributes:
        encoding: a Python codec's name.
        delimiter: of any length; `whitespace` for runs of blanks.
        quote: empty if cells are not quoted.
        escape: empty if quotes are doubled.
        header: whether there is one, or of how many rows.
        columns: labels in place of the file's own.
        skip: lines before the header or the first record.
        comment: what starts a comment line.
        ragged: `pad`: short records lack empty cells; `reject`: they are set aside.
        layout: where the records of a JSON file are: a `formats.document.Kind`.
        records: the keys that lead to the list of records in a JSON document.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    header: bool | int | None = None
    columns: tuple[str, ...] = ()
    skip: int | None = None
    comment: str | None = None
    ragged: str | None = None
    layout: str | None = None
    records: tuple[str, ...] = ()

    def unused(self, format_name: str) -> tuple[str, ...]:
        """A note of what was said that means nothing for a format, if anything."""
        known = {"csv": _FOR_CSV, "json": _FOR_JSON, "jsonl": _FOR_JSON}.get(format_name, set())
        said = {name for name, value in vars(self).items() if value is not None and value != ()}
        if not said - known:
            return ()
        names = ", ".join(sorted(said - known))
        return (f"extract/sources.yml says {names}, which means nothing for {format_name}",)


_FOR_JSON = {"encoding", "layout", "records"}
_FOR_CSV = set(Given.__dataclass_fields__) - {"layout", "records"}


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written.

    Attributes:
        encoding: of the stored bytes.
        mark: bytes of byte-order mark at the start.
        encoding_certain: False if the sample was all ASCII.
        delimiter: between cells; empty if there is one cell a record.
        quote: around cells; empty if there are none.
        newline: `\\n` (also for `\\r\\n`) or `\\r`.
        crlf: whether lines of the sample end in `\\r\\n`; for the record only.
        width: cells in most records of the sample.
        preamble: lines before the header or the first record.
        header: whether there is one.
        labels: the header's cells, filled up with None to `width`; may be longer than `width`.
        confidence: 0 to 1: share of the sample's records that have that width, less by how close
            another reading comes.
        evidence: what spoke for each.
        runs: any run of blanks at least as long as `delimiter` sets cells apart.
        escape: before a quote or delimiter that is text; empty if quotes are doubled.
        header_rows: rows that the header takes.
        comment: what starts a comment line; empty if nothing does.
        shortest: records of fewer cells, but at least so many, lack empty ones; 0 if none do.
        header_raw: the header's text, if it is of one line and can be told from a record.
        row_bytes: the most that a record of the sample needs in a Postgres page.
    """

    encoding: str
    mark: int
    encoding_certain: bool
    delimiter: str
    quote: str
    newline: str
    crlf: bool
    width: int
    preamble: int
    header: bool
    labels: tuple[str | None, ...]
    confidence: float
    evidence: dict[str, str] = field(default_factory=dict)
    runs: bool = False
    escape: str = ""
    header_rows: int = 1
    comment: str = ""
    shortest: int = 0
    header_raw: str = ""
    row_bytes: int = 0

    @property
    def marks(self) -> Marks:
        """What sets cells and records apart."""
        return Marks(
            self.delimiter.encode(),
            self.runs,
            self.quote.encode(),
            self.escape.encode(),
            self.newline.encode(),
        )

    def as_dict(self) -> dict[str, Any]:
        """For the ledger."""
        return {
            "encoding": self.encoding,
            "byte_order_mark": self.mark > 0,
            "delimiter": "whitespace" if self.runs else self.delimiter,
            "quote": self.quote,
            "escape": self.escape or self.quote,
            "newline": "\r\n" if self.crlf else self.newline,
            "width": self.width,
            "header": self.header,
            "header_rows": self.header_rows if self.header else 0,
            "preamble_lines": self.preamble,
            "comment": self.comment,
            "pads_short_records": 0 < self.shortest < self.width,
            "confidence": round(self.confidence, 4),
            "evidence": self.evidence,
        }


def sniff(
    sample: bytes, *, whole: bool, name: str, uri: str, given: Given | None = None
) -> Dialect:
    """Judge a CSV file by its start.

    Args:
        sample: the first bytes, as stored.
        whole: whether that is all of the file.
        name: the file's name: an ending of `.tsv` speaks for tabs.
        uri: for errors.
        given: what is known already.

    Raises:
        NoColumns: there is nothing in it.
    """
    given = given or Given()
    encoding = detect(sample)
    if given.encoding:
        same = given.encoding == encoding.name
        name_given = given.encoding
        if name_given in ("utf-16", "utf-32"):  # Its mark, or the zeros in it, say which.
            same = encoding.name.startswith(name_given)
            name_given = encoding.name if same else f"{name_given}-le"
        encoding = Encoding(name_given, encoding.mark if same else 0, True, "as configured")
    recoded = Recoder(encoding.name, uri).recode(sample[encoding.mark :][:RECORDS_SAMPLE])
    text = recoded.decode("utf-8", "replace").replace("\0", "")
    if not text.strip("\r\n"):
        raise NoColumns(
            "the file is empty", uri=uri, hint="remove it, or write its header at least"
        )
    newline, crlf = newline_of(text)
    kin = familiar.Kin.of(recoded, newline, whole and len(sample) <= RECORDS_SAMPLE, given)
    known = kin.find() if kin is not None else None
    if known is not None and _one_header(text, known, given):
        alike = f"starts with the same line as {known.name}, and goes on as that does"
        return replace(
            known.dialect,
            encoding=encoding.name,
            mark=encoding.mark,
            encoding_certain=encoding.certain,
            crlf=crlf,
            evidence={"encoding": encoding.evidence, "delimiter": alike},
        )
    said = _SAID.match(text)
    if said and given.delimiter is None:
        given = replace(given, delimiter=said[1])
    if not (whole and len(sample) <= RECORDS_SAMPLE):
        text = _without_open_cell(text[: text.rfind(newline) + 1] or text, newline)
    runs = given.delimiter == "whitespace"
    reading = weigh(
        text,
        name=name.lower(),
        newline=newline,
        delimiter=" " if runs else given.delimiter,
        quote=given.quote,
        escape=given.escape,
    )
    marks = Marks(
        reading.marks.delimiter,
        runs or reading.marks.runs,
        reading.marks.quote,
        reading.marks.escape,
        reading.marks.newline,
    )
    pad = None if given.ragged is None else given.ragged == "pad"

    def judged(width: int) -> tuple[list[Row], Layout]:
        rows = _rows(text, marks, width)
        if said and len(rows) > 1:
            rows = rows[1:]
        return rows, look(
            rows,
            header=given.header,
            skip=given.skip,
            comment=given.comment,
            pad=pad,
        )

    rows, layout = judged(0)
    if layout.agreement < 1:  # Now that the width is known, stray quotes can be told from others.
        rows, layout = judged(layout.width)
    labels: list[str | None] = [label or None for label in given.columns or layout.labels]
    labels += [None] * (layout.width - len(labels))
    sure = 1.0 if given.delimiter is not None else 0.5 + 0.5 * min(1.0, 2 * reading.margin)
    if not marks.delimiter and layout.width == 1:
        sure = 0.8
    found = Dialect(
        encoding=encoding.name,
        mark=encoding.mark,
        encoding_certain=encoding.certain,
        delimiter=marks.delimiter.decode(),
        quote=marks.quote.decode(),
        newline=newline,
        crlf=crlf,
        width=layout.width,
        preamble=layout.preamble,
        header=layout.header_rows > 0,
        labels=tuple(labels),
        confidence=layout.agreement * sure,
        evidence={"encoding": encoding.evidence, "delimiter": reading.evidence} | layout.evidence,
        runs=marks.runs,
        escape=marks.escape.decode(),
        header_rows=layout.header_rows,
        comment=layout.comment,
        shortest=layout.shortest,
        header_raw=_header_raw(text, layout, newline) if layout.header_rows == 1 else "",
        row_bytes=max(sum(min(len(cell.encode()) + 1, 18) for cell in row.cells) for row in rows)
        if layout.width > 400
        else 0,
    )
    if kin is not None and layout.agreement == 1:
        full = [row.cells for row in rows if len(row.cells) == layout.width]
        typed = typed_columns(full[layout.header_rows :], layout.width)
        kin.remember(found, name, tuple(typed))
    return found


def _without_open_cell(text: str, newline: str) -> str:
    """A sample up to the record with a long quoted cell that goes on beyond it, if there is one.

    If the lines behind the quote are records like those before it, it is a stray one.
    """
    at = text.rfind('"')
    if text.count('"') % 2 == 0 or len(text) - at < _LONG_CELL:
        return text
    delimiter = text[at - 1 : at]
    start = text.rfind(newline, 0, at) + 1
    before = text[:start].splitlines()[-_WITNESSES:]
    if delimiter not in tuple(",;\t|") or len(before) < 2:
        return text
    usual = {line.count(delimiter) for line in before if '"' not in line}
    behind = text[at:].splitlines()[1 : 1 + _WITNESSES]
    alike = sum(line.count(delimiter) in usual for line in behind)
    return text if alike * 2 > len(behind) > 0 else text[:start]


def _one_header(text: str, known: familiar.Known, given: Given) -> bool:
    """Whether the first records make a header of one row, as in the file before."""
    dialect = known.dialect
    first = next(iter(text.split("\n", 2)[1:]), "")
    if '"' not in first and dialect.quote != "'":
        record = first.removesuffix("\r").split(dialect.delimiter)
        # Names stand over a column of values; a value in it is no second row of them.
        if len(record) == dialect.width and any(is_value(record[at]) for at in known.typed):
            return True
    start = "\n".join(text.split("\n", _FIRST_LINES)[:_FIRST_LINES])
    layout = look(_rows(start, dialect.marks, dialect.width), header=given.header, skip=given.skip)
    return layout.header_rows == 1 and not layout.preamble


def _header_raw(text: str, layout: Layout, newline: str) -> str:
    """The header's line, by which it is known when it comes again."""
    lines = text.split(newline, layout.preamble + 1)
    line = lines[layout.preamble].removesuffix("\r") if len(lines) > layout.preamble else ""
    whole = len(layout.labels) == layout.width > 1 and all(layout.labels)
    return line if whole and line.count('"') % 2 == 0 else ""


def _rows(text: str, marks: Marks, width: int) -> list[Row]:
    data = text.encode("utf-8", "surrogatepass")
    if not data.endswith(marks.newline):
        data += marks.newline
    records, _, _ = Careful(marks, width).split(data, True)
    rows = [
        Row(record.line, [record.raw.decode("utf-8", "replace")], True)
        if record.broken
        else Row(record.line, cells(record.csv, marks))
        for record in records
        if record.raw
    ]
    return rows or [Row(0, [""])]
