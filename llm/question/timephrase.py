"""Time expressions in a question: "last quarter", "in March 2026", "between May and July".

Finds them in a question, left to right, and gives a year that is said once to all that it is meant
for. The grammar is `timerules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from llm.dates import Period, whole
from llm.question import timewords
from llm.question.timerules import Read, Reader
from llm.words import Token


@dataclass(frozen=True)
class TimePhrase:
    """A time expression found in the words [start, end).

    Attributes:
        text: the words themselves.
        future: it lies after today, as a whole.
        ends: the two periods named, for "from P to Q" and "between P and Q".
    """

    start: int
    end: int
    period: Period
    text: str
    future: bool = False
    ends: tuple[Period, Period] | None = None


def find(words: Sequence[Token], today: date) -> list[TimePhrase]:
    """Every time expression, left to right, the longest at each place."""
    reader = Reader([token.word for token in words], today)
    found: list[tuple[int, Read]] = []
    i = 0
    while i < len(words):
        read = reader.phrase(i)
        if read is None:
            i += 1
            continue
        found.append((i, read))
        i = read.end
    return [
        TimePhrase(
            start,
            read.end,
            read.period,
            " ".join(token.text for token in words[start : read.end]),
            read.period.first is not None and read.period.first > today,
            read.ends,
        )
        for start, read in _with_years(found, [token.word for token in words])
    ]


def _with_years(found: list[tuple[int, Read]], words: list[str]) -> list[tuple[int, Read]]:
    """ "Q1 and Q2 2025", "Q1 2025 vs Q2": the year that is said once is meant for all of them."""
    out = list(found)
    pairs = [(k, k + 1) for k in range(len(out) - 1)]
    for k, other in (*reversed(pairs), *((right, left) for left, right in pairs)):
        (start, read), (_, said) = out[k], out[other]
        first, year = read.period.first, said.period.first
        between = words[out[min(k, other)][1].end : out[max(k, other)][0]]
        same = (read.period.unit, read.period.count) == (said.period.unit, said.period.count)
        if read.year_said or not said.year_said or not (same and first and year):
            continue
        try:
            period = whole(read.period.unit, first.replace(year=year.year), read.period.count)
        except ValueError:
            continue
        # Behind the year stands a later part of it: January, after December 2025, is the next one.
        earlier = k > other and period.first and period.first < year
        if set(between) <= timewords.LISTING and period != said.period and not earlier:
            out[k] = (start, replace(read, period=period, year_said=True))
    return out


def names_time(words: Sequence[str]) -> bool:
    """Whether a unit or a month is among these words."""
    return any(word in timewords.UNITS or word in timewords.MONTH_NUMBERS for word in words)
