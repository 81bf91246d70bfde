"""Which marks set a CSV file's cells and records apart: weighed against each other on its start.

Every way to read the sample is scored by how many records agree in width and by how many cells
look like values when cut that way. What the records are then (preamble, header, data) is for
`layout` to say.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from extract.formats.records import Careful, Marks

COMMON = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 1.0}
_RARE = {
    "\x1f": 0.95, "\x1e": 0.95, "\x01": 0.95, "\x02": 0.95, "^": 0.85, "~": 0.85, "¦": 0.9,
    "§": 0.85, "¬": 0.9, "þ": 0.8, ":": 0.6, " ": 0.6, "!": 0.6, "#": 0.6, "*": 0.6, "&": 0.6,
    "=": 0.55, "@": 0.55,
}  # fmt: skip
"""Delimiters and how much a reading by them is worth beside one by a comma."""
_LONG = 0.9
"""The same for two or more characters, which are often one with a blank beside it."""
_RUNS = {1: 0.7, 2: 0.8}
_LOOKED_AT = 1 << 16
_ENOUGH = 0.15
"""The least score at which a delimiter is believed."""
_ENOUGH_RARE = 0.25
_LONGEST_PREAMBLE = 20
_INCHES = 20
"""Quotes of which none opens a cell, to be taken for text."""
_TEXT_ONLY = 3
"""Lines with quotes in them that are none around cells."""
_REMARKS = ("#", "%", "//")
_PARTIAL = 0.8
"""Worth of a reading that leaves lines out beside one that leaves none out."""
_UNANIMOUS = 0.75
"""Agreement of lines that all have the same number of cells, if these are few."""

VALUE = re.compile(
    r"""[+-]?[$€£¥]?\s?(?:\d{1,3}(?:[ ,.']\d{3})+|\d+)?(?:[.,]\d+)?(?:[eE][+-]?\d+)?\s?[%$€£¥]?
      | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T\ ]\d{1,2}:[\d:.]+\s?(?:[AP]M)?(?:Z|[+-][\d:]+)?)?
      | \d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:[AP]M)?
      | [^@\s,;|\t]+@[^@\s,;|\t]+\.\w+ | true | false | null | n/?a | nan | none
      | (?:https?|ftp)://[^\s,;|\t]+""",
    re.I | re.X,
)
"""A cell that is data, not a label; also matches nothing at all."""
_SEVERAL = re.compile(r"""[^\w\s"'.+$€£()\\-]{2,4}""")
_LABEL = re.compile(r"[^\W\d][\w.-]{0,40}")
_VALUES = 0.9
"""Share of lines that are values as they stand, for the file to be of one column."""
_WORDS = re.compile(r"[\w.&'()/+-]+(?: [\w.&'()/+-]+)*[.?!]?")


@dataclass(frozen=True)
class Reading:
    """A way to read the sample.

    Attributes:
        marks: what sets cells and records apart.
        score: 0 to 1.
        margin: how far the next best is behind, 0 (as good) to 1 (there is none).
        evidence: in words, for the ledger.
    """

    marks: Marks
    score: float
    margin: float
    evidence: str


def newline_of(text: str) -> tuple[str, bool]:
    """The line end (`\\n` or `\\r`) that ends most records, and whether it comes as `\\r\\n`."""
    if "\r" not in text:
        return "\n", False
    outside = re.sub(r'"[^"]*"', "", text) if '"' in text else text
    pairs = outside.count("\r\n")
    lone_returns = outside.count("\r") - pairs
    if not outside.count("\n") and not lone_returns:
        pairs, lone_returns = text.count("\r\n"), text.count("\r") - text.count("\r\n")
        return ("\r" if lone_returns > text.count("\n") else "\n"), pairs > 0
    return ("\r" if lone_returns > outside.count("\n") else "\n"), pairs > 0


def weigh(
    text: str,
    *,
    name: str,
    newline: str,
    delimiter: str | None = None,
    quote: str | None = None,
    escape: str | None = None,
) -> Reading:
    """Find the marks.

    Args:
        text: the sample, whole records except perhaps the last.
        name: the file's name in lower case: an ending of `.tsv` speaks for tabs.
        newline: from `newline_of`.
        delimiter, quote, escape: known already; None to find out.
    """
    sample = text[:_LOOKED_AT]
    if len(sample) < len(text):
        sample = sample[: sample.rfind(newline) + 1] or sample
    lines = _without_remarks([line for line in re.split(r"\r\n|\r|\n", sample) if line.strip()])
    readings: list[_Scored] = []
    if delimiter is None:
        found = [_single(lines, candidate, quote) for candidate in _candidates(lines)]
        readings = [reading for reading in (*found, *_blanks(lines)) if reading is not None]
        if name.rpartition(".")[2] in ("tsv", "tab") or ".tsv." in name:
            readings = [
                replace(reading, score=reading.score + (reading.delimiter == "\t"))
                for reading in readings
            ]
        if any(
            reading.whole and (reading.runs or reading.delimiter in COMMON) for reading in readings
        ):
            # A line of another table's width above all of it would be too much of a chance.
            readings = [
                reading if reading.whole else replace(reading, score=reading.score * _PARTIAL)
                for reading in readings
            ]
        readings.sort(key=lambda reading: -reading.score)
        readings = [reading for reading in readings if reading.score >= _least(reading)]
        readings = [reading for reading in readings if not _is_one_column(lines, reading)]
        best = readings[0] if readings else None
    else:
        readings = []
        best = _Scored(
            delimiter, False, quote if quote is not None else _quote(lines, delimiter), 1
        )
    if best is None:
        best = _Scored("", False, quote if quote is not None else _quote(lines, ""), 0.5)
    second = next((other.score for other in readings if other.delimiter != best.delimiter), 0.0)
    margin = 1 - second / best.score if best.score else 0.0
    if delimiter is None and best.delimiter and not best.runs:
        best = replace(best, delimiter=_widened(lines, best.delimiter, best.quote))
    if escape is None:
        escape = _escape(sample, best, newline)
    marks = Marks(
        best.delimiter.encode(), best.runs, best.quote.encode(), escape.encode(), newline.encode()
    )
    return Reading(marks, min(best.score, 1.0), margin, _in_words(best, readings))


def _without_remarks(lines: list[str]) -> list[str]:
    """Without the comment lines at the start, if enough stands below them."""
    count = 0
    while count < len(lines) and lines[count].startswith(_REMARKS):
        count += 1
    return lines[count:] if len(lines) - count > 1 and count <= _LONGEST_PREAMBLE else lines


@dataclass(frozen=True)
class _Scored:
    delimiter: str
    runs: bool
    quote: str
    score: float
    whole: bool = False
    """Whether all lines have the same number of cells."""


def _in_words(best: _Scored, readings: list[_Scored]) -> str:
    others = [other for other in readings if other.delimiter[:1] != best.delimiter[:1]]
    text = f"score {min(best.score, 1.0):.2f}"
    if others:
        text += f"; next best {others[0].delimiter!r} with {others[0].score:.2f}"
    return text


def _least(reading: _Scored) -> float:
    return _ENOUGH if reading.delimiter in COMMON else _ENOUGH_RARE


def _candidates(lines: list[str]) -> Iterable[str]:
    looked = lines[:200]
    count = Counter[str]()
    for line in looked:
        count.update(set(line))
    for character, seen in count.items():
        if character in COMMON or (character in _RARE and seen >= 0.3 * len(looked)):
            yield character
    several = Counter[str]()
    for line in looked:
        several.update(set(_SEVERAL.findall(line)))
    for characters, seen in several.most_common(5):
        if seen >= 0.8 * len(looked) and len(looked) > 1:
            yield characters


def _single(lines: list[str], delimiter: str, quote: str | None) -> _Scored | None:
    if quote is None:
        quote = _quote(lines, delimiter)
    rows = _rows(lines, delimiter, quote)
    worth = COMMON.get(delimiter) or _RARE.get(delimiter) or _LONG
    if len(set(delimiter)) > 1 and " " not in delimiter and len(delimiter) > 2:
        worth = 1.05  # `|~|` is nothing that cells hold.
    if len(delimiter) > 1 and delimiter.strip() == delimiter and _is_inner(lines, delimiter):
        worth *= _PARTIAL * _PARTIAL
    score = _score(rows) * worth
    whole = len(rows) > 1 and len(set(map(len, rows))) == 1
    return _Scored(delimiter, False, quote, score, whole) if score else None


def _is_inner(lines: list[str], delimiter: str) -> bool:
    """Whether one character of a long delimiter sets more cells apart by itself."""
    together = sum(line.count(delimiter) for line in lines)
    return any(
        sum(line.count(character) for line in lines) > 2 * together * delimiter.count(character)
        for character in set(delimiter)
        if character in COMMON or character in _RARE
    )


def _is_one_column(lines: list[str], reading: _Scored) -> bool:
    """Whether the delimiter is part of the values of a single column, perhaps below its label."""
    delimiter = reading.delimiter
    first = lines[0].strip()
    alone = delimiter not in first
    below = [line.strip() for line in (lines[1:] if alone else lines)]
    values = sum(1 for line in below if VALUE.fullmatch(line))
    if below and values >= _VALUES * len(below):
        # `1,5` may be two numbers, but not below a label of one cell.
        return alone or delimiter not in COMMON
    if delimiter == " " and not reading.runs:
        # Words alone are a text or a name; a table by blanks has something else in it too.
        pieces = [line.split(" ") for line in below]
        if reading.quote not in "".join(lines) and all(len(row) == 2 for row in pieces):
            return not any(VALUE.fullmatch(cell) for row in pieces for cell in row)
    if alone and len(lines) > 2 and _LABEL.fullmatch(first):
        # One word, and below it `Last, First`: prose, not a title above two columns.
        return all(re.fullmatch(r"[^,;|\t]+[,;] [^,;|\t]+", line) for line in below) and not any(
            VALUE.fullmatch(cell.strip()) for line in below for cell in line.split(delimiter)
        )
    return False


def _blanks(lines: list[str]) -> list[_Scored | None]:
    found: list[_Scored | None] = []
    for least, pattern in ((1, r"[ \t]+"), (2, r"[ \t]{2,}|\t+")):
        if not any("  " in line or "\t" in line for line in lines):
            continue
        quote = '"' if any('"' in line for line in lines) else ""
        rows = [re.split(pattern, line.strip(" \t")) for line in lines]
        if least == 1 and quote:
            rows = [re.findall(r'"[^"]*"|[^ \t]+', line) for line in lines]
        score = _score(rows) * _RUNS[least]
        whole = len(rows) > 1 and len(set(map(len, rows))) == 1
        found.append(_Scored(" " * least, True, quote, score, whole) if score else None)
    return found


def _rows(lines: list[str], delimiter: str, quote: str) -> list[list[str]]:
    """Tolerantly: whatever the quotes, no record takes more lines than it must."""
    if not quote:
        return [line.split(delimiter) for line in lines]
    limit = csv.field_size_limit(1 << 30)
    try:
        try:
            if len(delimiter) > 1:
                raise csv.Error("one character only")
            rows = list(csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True))
        except csv.Error:
            marks = Marks(delimiter.encode(), False, quote.encode(), b"", b"\n")
            data = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
            records, _, _ = Careful(marks, 0).split(data, True)
            rows = [
                cells(record.csv, marks) if not record.broken
                else record.raw.decode("utf-8", "replace").split(delimiter)
                for record in records
            ]  # fmt: skip
        return [row for row in rows if row]
    finally:
        csv.field_size_limit(limit)


def cells(written: bytes, marks: Marks) -> list[str]:
    """The cells of a record as `Record.csv` has it."""
    line = written.decode("utf-8", "replace").replace("\0", "\ufffd")
    delimiter = marks.out_delimiter.decode()
    if marks.out_quote not in written:
        return line.split(delimiter)
    limit = csv.field_size_limit(len(line) + 1)
    try:
        pieces = line.splitlines(keepends=True) if "\n" in line or "\r" in line else [line]
        found = list(csv.reader(pieces, delimiter=delimiter, quotechar=marks.out_quote.decode()))
    finally:
        csv.field_size_limit(limit)
    return found[0] if len(found) == 1 else [cell for row in found for cell in row]


def _score(rows: list[list[str]]) -> float:
    """0 to 1: agreement in width, times how value-like the cells are."""
    if not rows:
        return 0.0
    widths = Counter(map(len, rows))
    width, _ = max(widths.items(), key=lambda item: item[1] * (item[0] - 1) / item[0])
    if width < 2:
        return 0.0
    start = next(index for index, row in enumerate(rows) if len(row) == width)
    agreement = _agreement(widths)
    if 0 < start <= _LONGEST_PREAMBLE and len(rows) - start >= min(3, len(rows) - 1):
        agreement = max(agreement, 0.9 * _agreement(Counter(map(len, rows[start:]))))
    if len(widths) == 1 and len(rows) > 1:
        # Header and records agree: two cells a line say as much as ten below a line without any.
        agreement = max(agreement, _UNANIMOUS)
    body = [row for row in rows if len(row) == width]
    looked = [cell for row in body[: max(1, 800 // width)] for cell in row]
    good = sum(map(_likeness, looked)) / len(looked)
    filled = sum(1 for cell in looked if cell.strip()) / len(looked)
    return agreement * (0.1 + 0.9 * good) * (0.3 + 0.7 * min(1.0, filled * 2))


def _agreement(widths: Counter[int]) -> float:
    total = sum(widths.values())
    return sum((n / total) ** 2 * (width - 1) / width for width, n in widths.items())


def _likeness(cell: str) -> float:
    plain = cell.strip().strip("\"'")
    if cell[:1] == " " and not plain.isdigit():
        return 0.4  # As after a comma in prose.
    if VALUE.fullmatch(plain):
        return 1.0
    if _WORDS.fullmatch(plain):
        return 0.9
    if any(mark in plain for mark in ",;|\t"):
        return 0.2
    return 0.6


def _quote(lines: list[str], delimiter: str) -> str:
    """The quote that is around cells: `"`, `'`, or `"` also if nothing tells."""
    between = re.escape(delimiter) if delimiter else r"(?!)"
    text = "\n".join(lines)
    counts = {}
    inches = False
    for quote in ('"', "'"):
        if quote not in text:
            counts[quote] = 0.0
            continue
        opens = len(re.findall(rf"(?:^|{between}) ?{quote}", text, re.M))
        closes = len(re.findall(rf"{quote} ?(?:{between}|$)", text, re.M))
        counts[quote] = float(min(opens, closes))
        # Apostrophes and inch marks stand at one side of a cell only, or within it.
        if quote == "'" and min(opens, closes) * 2 < max(opens, closes):
            counts[quote] = 0.0
        if quote == '"' and not opens and text.count(quote) >= _INCHES:
            inches = True
        if quote == '"' and delimiter and _is_text_only(lines, delimiter):
            inches = True
    if counts["'"] > counts['"']:
        return "'"
    return "" if inches else '"'  # Who writes so many as they are does not quote.


def _is_text_only(lines: list[str], delimiter: str) -> bool:
    """Whether `"` stands in several cells, around none, and each line is a record without it."""
    marked = [line for line in lines if '"' in line]
    if len(marked) < _TEXT_ONLY:
        return False
    widths = Counter(line.count(delimiter) for line in lines if line)
    usual, _ = widths.most_common(1)[0]
    if not usual or any(line.count(delimiter) != usual for line in marked):
        return False
    between = re.escape(delimiter)
    text = "\n".join(lines)
    return not any(
        re.search(rf'(?:^|{between}) ?"(?:{inside})*" ?(?:{between}|$)', text, re.M)
        for inside in ('[^"]|""', r'[^"\\]|\\.')  # Doubled within, or escaped.
    )


def _widened(lines: list[str], delimiter: str, quote: str) -> str:
    """The delimiter with the characters that stand beside every one of it."""
    text = "\n".join(lines)
    inner = re.sub(rf"(?<![^\n{re.escape(delimiter)} ]){quote}[^{quote}]*{quote}", "Q", text) if (
        quote and quote in text
    ) else text  # fmt: skip
    found = re.findall(f"(?:{re.escape(delimiter)})+", inner)
    runs = [len(run) // len(delimiter) for run in found]
    if len(runs) < 2:
        return delimiter
    for size in (4, 3, 2):
        # One line of `a||b` may hold an empty cell; two in which all come in pairs do not.
        if all(run % size == 0 for run in runs) and len(lines) > 1:
            delimiter *= size
            break
    while len(delimiter) < 8:
        pieces = [line for line in inner.split("\n") if delimiter in line]
        after = {
            following[:1]
            for line in pieces
            for following in line.split(delimiter)[1:]
        }  # fmt: skip
        before = {
            leading[-1:]
            for line in pieces
            for leading in line.split(delimiter)[:-1]
        }  # fmt: skip
        if len(after) == 1 and _joins(next(iter(after))):
            delimiter += next(iter(after))
        elif len(before) == 1 and _joins(next(iter(before))):
            delimiter = next(iter(before)) + delimiter
        else:
            break
    return delimiter


def _joins(character: str) -> bool:
    return bool(character) and not character.isalnum() and character not in "\"'+-.$€£\\Q"


def _escape(sample: str, best: _Scored, newline: str) -> str:
    """The character before quotes or delimiters that are text; empty if they are doubled."""
    quote, delimiter = best.quote, best.delimiter
    if best.runs or not delimiter:
        candidates = {"\\"} if f"\\{quote}" in sample else set()
    else:
        found = Counter[str](
            re.findall(
                rf"([^\w\s{re.escape(quote)}{re.escape(delimiter)}]){re.escape(quote)}"
                rf"(?!{re.escape(delimiter)}|\r|\n|$|{re.escape(quote)})",
                sample,
            )
        )
        candidates = {character for character, n in found.items() if character in "\\^/*~$%&!|#@"}
        if f"\\{delimiter}" in sample or f"\\{quote}" in sample:
            candidates.add("\\")
    if not candidates:
        return ""
    data = sample.encode("utf-8", "surrogatepass")
    if not data.endswith(newline.encode()):
        data += newline.encode()
    marks = Marks(delimiter.encode(), best.runs, quote.encode(), b"", newline.encode())
    agreeing = {}
    for escape in ("", *sorted(candidates)):
        records, _, _ = Careful(replace(marks, escape=escape.encode()), 0).split(data, True)
        widths = Counter(record.width for record in records if record.raw)
        broken = sum(1 for record in records if record.broken)
        share = sum((n / len(records)) ** 2 for width, n in widths.items() if width)
        agreeing[escape] = share - broken / max(1, len(records))
    best_escape = max(agreeing, key=lambda escape: agreeing[escape])
    return best_escape if agreeing[best_escape] > agreeing[""] else ""
