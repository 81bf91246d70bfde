"""Numbers in prose, checked against a result: what is said must have been measured.

A number is supported if some cell rounds to it as it is written ("12.3 %" by 0.1229, "1.2 million"
by 1,234,567), or if it stands in the question, a date of the request, or a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(
    r"""
    (?<![\w.])                             # not inside Q3, P-0001 or 1.2.3
    [-−]?\s?(?:€|\$|£)?\s?
    (?P<digits>\d{1,3}(?:[,\u202f\u00a0]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)
    \s?(?P<scale>%|percent\b|per\scent\b|k\b|thousand\b|m\b|mn\b|million\b|bn\b|billion\b)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "billion": 1e9,
}
_DATE = re.compile(r"\b\d{4}-\d{2}(?:-\d{2})?(?:T\d{2}:\d{2}(?::\d{2})?)?\b")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_ITEM = re.compile(r"(?m)^\s*(?:\d{1,2}[.)]|[-*])\s+")


def unsupported(
    text: str,
    rows: Iterable[Sequence[Any]],
    allowed: Iterable[str],
    dates: Iterable[date | None] = (),
) -> list[str]:
    """The numbers of `text` that neither `rows` nor the texts in `allowed` support, in order.

    Args:
        text: prose to be shown.
        rows: the result's cells.
        allowed: texts whose numbers may be repeated: the question, labels, notes.
        dates: days that may be named, in any wording.
    """
    cells, words, days = _collected(rows)
    days |= {day for day in dates if day is not None}
    for one in allowed:
        words |= _literals(one)
    words |= {part for day in days for part in (str(day.year), str(day.day), f"{day.day:02}")}
    names = {day.isoformat() for day in days} | {f"{day:%Y-%m}" for day in days}
    found = [
        m.group()
        for m in _DATE.finditer(text)
        if m.group()[:10] not in names and m.group() not in words
    ]
    numbers = {float(word) for word in words if _PLAIN.fullmatch(word)}
    rest = _ITEM.sub("\n", _DATE.sub(" ", text))
    for match in _NUMBER.finditer(rest):
        digits = re.sub(r"[,\u202f\u00a0]", "", match.group("digits"))
        scale = (match.group("scale") or "").lower()
        if not scale and (digits in words or float(digits) in numbers):
            continue
        if not _measured(digits, scale, cells):
            found.append(match.group().strip())
    return found


def _measured(digits: str, scale: str, cells: Sequence[float]) -> bool:
    value = float(digits)
    decimals = len(digits.partition(".")[2])
    percent = scale in ("%", "percent", "per cent")
    factor = 0.01 if percent else _SCALES.get(scale, 1.0)
    half = 0.5 * 10**-decimals * factor * 1.0001
    wanted = {value * factor} | ({value} if percent else set())
    return any(
        abs(abs(cell) - target) <= (half if target == value * factor else 0.5 * 10**-decimals)
        for cell in cells
        for target in wanted
    )


def _collected(rows: Iterable[Sequence[Any]]) -> tuple[list[float], set[str], set[date]]:
    cells: list[float] = []
    words: set[str] = set()
    days: set[date] = set()
    count = 0
    for row in rows:
        count += 1
        for value in row:
            if isinstance(value, bool) or value is None:
                continue
            if isinstance(value, int | float | Decimal):
                cells.append(float(value))
            elif isinstance(value, datetime):
                days.add(value.date())
            elif isinstance(value, date):
                days.add(value)
            else:
                words |= _literals(str(value))
    words.add(str(count))
    return cells, words, days


def _literals(text: str) -> set[str]:
    found = {re.sub(r"[,\u202f\u00a0]", "", m.group("digits")) for m in _NUMBER.finditer(text)}
    return found | {m.group() for m in _DATE.finditer(text)} | set(re.findall(r"\d+", text))
