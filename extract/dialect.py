"""Which CSV is this: encoding, delimiter, quote, width, header - with the evidence.

Judged by the start of the file. Reading the file is `formats.csv`'s work.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from extract.encoding import Recoder, detect
from extract.errors import NoColumns

SAMPLE = 1 << 20
"""Bytes looked at for the encoding."""
RECORDS_SAMPLE = 1 << 18
"""Bytes looked at for delimiter and width."""
DELIMITERS = (",", ";", "\t", "|", "\x1f", "^", "~")
_TAB_ENDINGS = (".tsv", ".tab")
_VALUE = re.compile(
    r"""[+-]?[\d.,\s]*\d[\d.,\s]*%?                              # a number
      | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T\ ][\d:.+Z-]+)?       # a date or a time
      | [^@\s]+@[^@\s]+\.\w+ | true | false | null""",
    re.I | re.X,
)
_YEAR = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written.

    Attributes:
        encoding: of the stored bytes.
        mark: bytes of byte-order mark at the start.
        encoding_certain: False if the sample was all ASCII.
        delimiter: between cells.
        quote: around cells.
        newline: `\\n` (also for `\\r\\n`) or `\\r`.
        crlf: whether lines of the sample end in `\\r\\n`; for the record only.
        width: cells in most records of the sample.
        preamble: lines before the header or the first record.
        header: whether the first record names the columns.
        labels: the header's cells, filled up with None to `width`; may be longer than `width`.
        confidence: share of the sample's records that have that width, 0 to 1.
        evidence: what spoke for encoding and header.
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
    evidence: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """For the ledger."""
        return {
            "encoding": self.encoding,
            "byte_order_mark": self.mark > 0,
            "delimiter": self.delimiter,
            "quote": self.quote,
            "newline": "\r\n" if self.crlf else self.newline,
            "width": self.width,
            "header": self.header,
            "preamble_lines": self.preamble,
            "confidence": round(self.confidence, 4),
            "evidence": self.evidence,
        }


def sniff(sample: bytes, *, whole: bool, name: str, uri: str) -> Dialect:
    """Judge a CSV file by its start.

    Args:
        sample: the first bytes, as stored.
        whole: whether that is all of the file.
        name: the file's name: an ending of `.tsv` speaks for tabs.
        uri: for errors.

    Raises:
        NoColumns: there is nothing in it.
    """
    encoding = detect(sample)
    recoder = Recoder(encoding.name)
    recoded = recoder.recode(sample[encoding.mark :][:RECORDS_SAMPLE])
    text = recoded.decode("utf-8", "replace").replace("\0", "")
    if not text.strip("\r\n"):
        raise NoColumns(
            "the file is empty", uri=uri, hint="remove it, or write its header at least"
        )
    newline = "\r" if "\r" in text and "\n" not in text else "\n"
    if newline == "\r":
        text = text.replace("\r", "\n")
    if not (whole and len(sample) <= RECORDS_SAMPLE):
        text = text[: text.rfind("\n") + 1] or text
    delimiter, rows = _delimiter(text, name)
    width, agreeing = Counter(map(len, rows)).most_common(1)[0]
    preamble = 0
    while preamble < len(rows) - 1 and len(rows[preamble]) == 1 < 3 <= width:
        preamble += 1
    first = rows[preamble]
    header, why = _is_header(first, rows[preamble + 1 :])
    labels: list[str | None] = [cell or None for cell in first] if header else []
    labels += [None] * (width - len(labels))
    return Dialect(
        encoding=encoding.name,
        mark=encoding.mark,
        encoding_certain=encoding.certain,
        delimiter=delimiter,
        quote='"',
        newline=newline,
        crlf="\r\n" in text,
        width=width,
        preamble=preamble,
        header=header,
        labels=tuple(labels),
        confidence=agreeing / len(rows),
        evidence={"encoding": encoding.evidence, "header": why},
    )


def _delimiter(text: str, name: str) -> tuple[str, list[list[str]]]:
    best: tuple[float, str, list[list[str]]] | None = None
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        rows = _rows(text, delimiter)
        width, agreeing = Counter(map(len, rows)).most_common(1)[0]
        if width == 1:
            continue
        score = agreeing / len(rows) * (1 - 0.5 / width)
        if delimiter == "\t" and any(ending in name.lower() for ending in _TAB_ENDINGS):
            score += 1
        if best is None or score > best[0]:
            best = score, delimiter, rows
    if best is None:
        return ",", _rows(text, ",")
    return best[1], best[2]


def _rows(text: str, delimiter: str) -> list[list[str]]:
    limit = csv.field_size_limit(len(text) + 1)
    try:
        lines = text.splitlines(keepends=True) if "\r" not in text else text.split("\n")
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    finally:
        csv.field_size_limit(limit)
    return rows or [[""]]


def _is_header(first: list[str], body: list[list[str]]) -> tuple[bool, str]:
    cells = [cell.strip() for cell in first]
    if not any(cells):
        return False, "the first record is empty"
    if not body:
        return True, "the only record"
    values = [cell for cell in cells if _VALUE.fullmatch(cell)]
    if values and not (cells[0] not in values and all(map(_YEAR.fullmatch, values))):
        return False, f"the first record holds a value ({values[0]})"
    if len(set(cells)) < len(cells) and len(set(cells)) == 1:
        return False, "the first record repeats one value"
    return True, "no cell of the first record looks like a value"
