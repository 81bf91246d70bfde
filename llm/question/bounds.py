"""Bounds in a question: "more than 5", "over 10,000 euros", "at least twice", "3 or more"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from llm import money
from llm.question import timephrase, timewords
from llm.question.cues import BEHIND, MORE, TIMES, Phrase
from llm.request import Operator
from llm.words import Token

UNITS = {"%": "%", "percent": "%", "times": "times"}
DURATIONS = {
    word: f"{unit}s" for unit in ("minute", "hour", "day", "week") for word in (unit, f"{unit}s")
}
UNITS |= DURATIONS
UNITS |= {f"{unit}{s}": f"{unit}s" for unit in ("month", "quarter", "year") for s in ("", "s")}
UNITS |= money.WORDS
# "orders with a value over 500": an amount, in whatever currency amounts are reported.
AMOUNT = "amount"
# What a bound leaves out.
OTHERWISE = {
    Operator.MORE: Operator.AT_MOST,
    Operator.AT_MOST: Operator.MORE,
    Operator.LESS: Operator.AT_LEAST,
    Operator.AT_LEAST: Operator.LESS,
}
VALUED = [[of, what] for of in ("a", "an", "whose") for what in ("value", "total", "amount")]


@dataclass(frozen=True)
class Threshold:
    """A bound in the words [start, end). It keeps results, not rows.

    `unit`: a currency's code, a duration's, times, or none.
    """

    start: int
    end: int
    operator: Operator
    value: float
    percent: bool
    unit: str = ""


def find(words: Sequence[Token], taken: set[int]) -> list[Threshold]:
    """Every bound in the free words, left to right; their words are taken."""
    reader = _Reader([token.word for token in words])
    found = []
    for i in range(len(words)):
        one = None if i in taken else reader.before(i) or reader.behind(i)
        if one is not None and not taken.intersection(range(one.start, one.end)):
            found.append(one)
            taken.update(range(one.start, one.end))
    for i in range(len(words)):
        both = () if i in taken else reader.between(i)
        if both and not taken.intersection(range(both[0].start, both[0].end)):
            found += both
            taken.update(range(both[0].start, both[0].end))
    return found


class _Reader:
    def __init__(self, words: list[str]) -> None:
        self.words = words

    def at(self, i: int) -> str:
        return self.words[i] if i < len(self.words) else ""

    def says(self, i: int, phrase: Phrase) -> bool:
        return tuple(self.words[i : i + len(phrase)]) == phrase

    def before(self, i: int) -> Threshold | None:
        """ "more than 5", "over 10,000 euros"."""
        if self.at(i) in ("exactly", "precisely") or (
            self.at(i) in ("only", "just") and self.at(i + 1) in ("one", "once")
        ):
            value = number(self.at(i + 1))
            return None if value is None else self.bound(i, i + 2, Operator.IS, value)
        if self.at(i) in TIMES and self.at(i - 1 if i else i).endswith("ed"):
            return self.bound(i, i + 1, Operator.IS, TIMES[self.at(i)])  # "ordered twice"
        for phrase, operator in MORE:
            if not self.says(i, phrase):
                continue
            j = i + len(phrase)
            while self.at(j) in ("a", "the", "of") or self.at(j) in money.WORDS:
                j += 1
            value = number(self.at(j))
            calendar = {*timewords.UNITS} - {*DURATIONS}
            spans_time = phrase == ("over",) and self.at(j + 1) in calendar
            if value is not None and not spans_time:
                found = self.bound(i, j + 1, operator, value)
                worth = (
                    self.words[i - 1 : i] == ["worth"] or self.words[max(i - 2, 0) : i] in VALUED
                )
                if worth and not found.unit and not found.percent:
                    return replace(found, start=i - 1, unit=AMOUNT)
                return found
        return None

    def between(self, i: int) -> tuple[Threshold, ...]:
        """ "between 1,000 and 2,000", unless both are years or days."""
        if self.at(i) != "between" or self.at(i + 2) != "and":
            return ()
        low, high = number(self.at(i + 1)), number(self.at(i + 3))
        if low is None or high is None or all(1990 <= one <= 2099 for one in (low, high)):
            return ()
        if timephrase.names_time(self.words[i + 2 : i + 6]):
            return ()
        lower = self.bound(i, i + 4, Operator.AT_LEAST, low)
        upper = self.bound(i, i + 4, Operator.AT_MOST, high)
        end = upper.end
        percent = upper.percent
        return tuple(replace(one, end=end, percent=percent) for one in (lower, upper))

    def behind(self, i: int) -> Threshold | None:
        """ "3 or more"."""
        value = number(self.at(i))
        for phrase, operator in BEHIND.items():
            if value is not None and self.says(i + 1, phrase):
                return self.bound(i, i + 1 + len(phrase), operator, value)
        return None

    def bound(self, start: int, end: int, operator: Operator, value: float) -> Threshold:
        inside = self.words[start:end]
        said = {money.WORDS[word] for word in inside if word in money.WORDS}
        said = said or ({"times"} if set(inside) & set(TIMES) else set())
        while self.at(end) in UNITS:
            said.add(UNITS[self.at(end)])
            end += 1
        unit = next(iter(said - {"%"}), "")
        return Threshold(start, end, operator, value, "%" in said, unit)


def number(word: str) -> float | None:
    """The number that a word is: `10,000`, `10k`, `five`, `twice`."""
    match = re.fullmatch(r"(\d[\d,]*(?:\.\d+)?)([km]?)", word)
    if match is None:
        said = TIMES.get(word, timewords.NUMBERS.get(word))
        return said if word not in ("a", "an") else None
    factor = {"": 1, "k": 1_000, "m": 1_000_000}[match.group(2)]
    return float(match.group(1).replace(",", "")) * factor
