"""Time expressions in a question: "last quarter", "in March 2026", "between May and July".

A recursive-descent parser over words: `period` reads one named stretch of days, `phrase` what may
stand around it. Knows the calendar only, nothing of metrics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from llm.dates import MONTHS, Period, add, end_of, start_of, whole
from llm.request import Grain
from llm.words import Token

UNITS = {
    **{word: unit for unit in Grain for word in (unit.value, f"{unit.value}s")},
    "qtr": Grain.QUARTER,
    "qtrs": Grain.QUARTER,
    "yr": Grain.YEAR,
    "yrs": Grain.YEAR,
    "mth": Grain.MONTH,
    "wk": Grain.WEEK,
}
NUMBERS = {
    w: n
    for n, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
} | {"a": 1, "an": 1, "couple": 2, "thirty": 30, "ninety": 90, "twenty": 20}
ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
}
MONTH_NUMBERS = {name: i for i, name in enumerate(MONTHS, 1)} | {
    name[:3]: i for i, name in enumerate(MONTHS, 1)
}
MONTH_NUMBERS["sept"] = 9
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PREVIOUS = {"last", "previous", "past", "prior", "preceding"}
CURRENT = {"this", "current"}
NEXT = {"next", "coming", "upcoming", "following"}
PREPOSITIONS = {"in", "on", "during", "for", "of", "over", "within", "throughout", "from", "at"}
TO = {"to", "until", "till", "through", "thru", "-", "and"}
# Month names that are other words too: taken as months only beside a preposition or a year.
DOUBTFUL = {"may", "march", "mar", "sun", "sat", "second"}
# Words that a typing error may hide; see `Lexicon.corrected`.
WORDS = frozenset(
    word
    for words in (
        MONTH_NUMBERS, WEEKDAYS, UNITS, NUMBERS, ORDINALS, PREVIOUS, CURRENT, NEXT, PREPOSITIONS,
        ("yesterday", "today", "since", "starting", "until", "before", "after", "between", "half",
         "earlier", "prior", "period", "black", "cyber", "christmas", "date", "calendar"),
    )
    for word in words
    if len(word) >= 4
)  # fmt: skip


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


@dataclass(frozen=True)
class _Read:
    """A period read from the words up to `end`; `year_said` is False if the year was inferred."""

    period: Period
    end: int
    year_said: bool = True
    ends: tuple[Period, Period] | None = None


def find(words: Sequence[Token], today: date) -> list[TimePhrase]:
    """Every time expression, left to right, the longest at each place."""
    reader = _Reader([token.word for token in words], today)
    found: list[TimePhrase] = []
    i = 0
    while i < len(words):
        read = reader.phrase(i)
        if read is None:
            i += 1
            continue
        text = " ".join(token.text for token in words[i : read.end])
        future = read.period.first is not None and read.period.first > today
        found.append(TimePhrase(i, read.end, read.period, text, future, read.ends))
        i = read.end
    return found


class _Reader:
    def __init__(self, words: list[str], today: date) -> None:
        self.words = words
        self.today = today

    def at(self, i: int) -> str:
        return self.words[i] if 0 <= i < len(self.words) else ""

    def skip(self, i: int, *words: str) -> int:
        while self.at(i) in words:
            i += 1
        return i

    # -- what may stand around a period ---------------------------------------------------------

    def phrase(self, i: int) -> _Read | None:
        word = self.at(i)
        if word in ("since", "starting"):
            read = self.period(self.skip(i + 1, "the", "from", "in"))
            return read and self.from_on(read)
        if word == "between":
            return self.span(self.skip(i + 1, "the"))
        if word in ("until", "till", "before", "through") or (
            word == "up" and self.at(i + 1) in ("to", "until")
        ):
            read = self.period(self.skip(i + 1, "the", "to", "until", "end", "of"))
            return read and self.ending(read, included=word != "before")
        if word == "after":
            read = self.period(self.skip(i + 1, "the"))
            return read and self.after(read)
        inner = self.skip(i, *PREPOSITIONS)
        inner = self.skip(inner, "the")
        if inner > i and self.at(inner) in ("period", "time"):
            return None
        return self.span(inner) or self.single(inner, i)

    def single(self, inner: int, outer: int) -> _Read | None:
        read = self.period(inner)
        if read is None:
            return None
        if self.at(inner) in DOUBTFUL and inner == outer and not read.year_said:
            return None
        if self.at(outer) == "from" and self.at(read.end) in ("on", "onward", "onwards"):
            return self.from_on(replace(read, end=read.end + 1))
        return read

    def span(self, i: int) -> _Read | None:
        """`P to Q`, `P - Q`, `P and Q` (the last only after "between")."""
        left = self.period(i) or self.bare_day(i)
        if left is None:
            return None
        joint = self.at(left.end)
        between = "between" in self.words[max(0, i - 2) : i]
        if joint not in TO or (joint == "and" and not between):
            return None
        j = self.skip(left.end + 1, "the", "end", "of")
        right = self.period(j) or self.bare_end(left, j)
        if right is None:
            return None
        first, last = left.period.first, right.period.last
        if first is None or last is None:
            return None
        if not left.year_said and right.year_said:
            # "January to March 2026": the year is said once, at the end.
            first = first.replace(year=last.year)
            if first > last:
                first = first.replace(year=last.year - 1)
        elif left.year_said and not right.year_said and last < first:
            last = add(last, Grain.YEAR, first.year - last.year)
        if first > last:
            first, last = right.period.first or last, left.period.last or first
        unit = left.period.unit
        count = _count(unit, first, last)
        if count is None:
            unit, count = Grain.DAY, (last - first).days + 1
        ends = None
        if left.period.unit == right.period.unit:
            ends = (whole(left.period.unit, first), whole(left.period.unit, last))
        return _Read(Period(first, last, unit, count), right.end, ends=ends)

    def from_on(self, read: _Read) -> _Read:
        last = max(self.today, read.period.last or self.today)
        if read.period.first and read.period.first <= self.today:
            last = self.today
        return _Read(Period(read.period.first, last, Grain.DAY), read.end)

    def ending(self, read: _Read, *, included: bool) -> _Read:
        first, last = read.period.first, read.period.last
        if not included and first:
            last = first - timedelta(days=1)
        return _Read(Period(None, last, Grain.DAY), read.end)

    def after(self, read: _Read) -> _Read:
        first = (read.period.last or self.today) + timedelta(days=1)
        return _Read(Period(first, None if first <= self.today else first, Grain.DAY), read.end)

    # -- one period -----------------------------------------------------------------------------

    def period(self, i: int) -> _Read | None:
        for rule in (
            self.relative, self.to_date, self.day, self.ago, self.half_or_quarter, self.week,
            self.holiday, self.month, self.year,
        ):  # fmt: skip
            read = rule(i)
            if read is not None:
                return read
        return None

    def relative(self, i: int) -> _Read | None:
        word = self.at(i)
        if word in ("today", "yesterday"):
            day = self.today - timedelta(days=word == "yesterday")
            return _Read(Period(day, day, Grain.DAY), i + 1)
        if word not in PREVIOUS | CURRENT | NEXT:
            return None
        count, j = self.number(i + 1)
        unit = UNITS.get(self.at(j))
        if unit is None:
            named = self.named_month(i + 1) if word in PREVIOUS | CURRENT else None
            if named:
                return named
            if word in PREVIOUS and self.at(i + 1) in WEEKDAYS:
                back = (self.today.weekday() - WEEKDAYS.index(self.at(i + 1)) - 1) % 7 + 1
                day = self.today - timedelta(days=back)
                return _Read(Period(day, day, Grain.DAY), i + 2)
            return None
        end = j + 1
        if self.at(end) == "so" and self.at(end + 1) == "far":
            end += 2
        if word in CURRENT:
            return _Read(self.so_far(unit), end)
        if word in NEXT:
            first = add(start_of(unit, self.today), unit, 1)
            return _Read(whole(unit, first, count), end)
        if unit is Grain.DAY and j > i + 1:
            first = self.today - timedelta(days=count - 1)
            return _Read(Period(first, self.today, Grain.DAY, count), end)
        return _Read(whole(unit, add(start_of(unit, self.today), unit, -count), count), end)

    def so_far(self, unit: Grain) -> Period:
        last = end_of(unit, self.today)
        return Period(start_of(unit, self.today), self.today, unit, 1, complete=self.today == last)

    def to_date(self, i: int) -> _Read | None:
        unit = {"ytd": Grain.YEAR, "qtd": Grain.QUARTER, "mtd": Grain.MONTH, "wtd": Grain.WEEK}.get(
            self.at(i)
        )
        if unit:
            return _Read(self.so_far(unit), i + 1)
        unit = UNITS.get(self.at(i))
        if unit and self.words[i + 1 : i + 3] == ["to", "date"]:
            return _Read(self.so_far(unit), i + 3)
        if self.words[i : i + 3] == ["so", "far", "this"] and self.at(i + 3) in UNITS:
            return _Read(self.so_far(UNITS[self.at(i + 3)]), i + 4)
        return None

    def ago(self, i: int) -> _Read | None:
        count, j = self.number(i)
        unit = UNITS.get(self.at(j))
        if unit is None or j == i or self.at(j + 1) != "ago":
            return None
        return _Read(whole(unit, add(self.today, unit, -count)), j + 2)

    def half_or_quarter(self, i: int) -> _Read | None:
        word = self.at(i)
        if len(word) == 7 and word[:4].isdigit() and word[5] in "qh":
            return self.part_of_year(word[5], int(word[6]), int(word[:4]), i + 1)
        letter, number, j = "", 0, i
        if len(word) == 2 and word[0] in "qh" and word[1].isdigit():
            letter, number, j = word[0], int(word[1]), i + 1
        elif word in ORDINALS and self.at(i + 1) in ("quarter", "half"):
            letter, number, j = self.at(i + 1)[0], ORDINALS[word], i + 2
        elif word == "quarter" and self.at(i + 1) in "1234" and self.at(i + 1):
            letter, number, j = "q", int(self.at(i + 1)), i + 2
        if not letter or number > (4 if letter == "q" else 2) or number < 1:
            return None
        k = self.skip(j, "of", "in", "-", ",")
        year = self.year_number(k)
        if year is not None:
            return self.part_of_year(letter, number, year, k + 1)
        if self.at(k) in PREVIOUS | CURRENT and self.at(k + 1) == "year":
            year = self.today.year - (self.at(k) in PREVIOUS)
            return self.part_of_year(letter, number, year, k + 2)
        read = self.part_of_year(letter, number, self.today.year, j)
        if read.period.first and read.period.first > self.today:
            read = self.part_of_year(letter, number, self.today.year - 1, j)
        return replace(read, year_said=False)

    def part_of_year(self, letter: str, number: int, year: int, end: int) -> _Read:
        if letter == "q":
            return _Read(whole(Grain.QUARTER, date(year, 3 * number - 2, 1)), end)
        return _Read(whole(Grain.QUARTER, date(year, 6 * number - 5, 1), 2), end)

    def week(self, i: int) -> _Read | None:
        word = self.at(i)
        if word not in ("week", "wk", "calendar", "cw"):
            return None
        j = self.skip(i + 1, "week")
        if self.at(j).isdigit() and 1 <= int(self.at(j)) <= 53:
            k = self.skip(j + 1, "of", "in", "-", ",")
            year = self.year_number(k)
            try:
                monday = date.fromisocalendar(year or self.today.year, int(self.at(j)), 1)
            except ValueError:
                return None
            return _Read(whole(Grain.WEEK, monday), k + 1 if year else j + 1, year is not None)
        if self.at(j) in ("of", "starting", "beginning", "from", "containing"):
            day = self.day(self.skip(j + 1, "the", "on"))
            if day and day.period.first:
                return _Read(whole(Grain.WEEK, day.period.first), day.end)
        return None

    def holiday(self, i: int) -> _Read | None:
        name = " ".join(self.words[i : i + 2])
        length = 2
        if name not in ("black friday", "cyber monday", "christmas day", "christmas eve"):
            return None
        k = self.skip(i + length, "of", "in", ",")
        year = self.year_number(k)

        def in_year(number: int) -> date:
            november = date(number, 11, 1)
            thursday = november + timedelta(days=(3 - november.weekday()) % 7 + 21)
            return {
                "black friday": thursday + timedelta(days=1),
                "cyber monday": thursday + timedelta(days=4),
                "christmas day": date(number, 12, 25),
                "christmas eve": date(number, 12, 24),
            }[name]

        day = in_year(year or self.today.year)
        if year is None and day > self.today:
            day = in_year(self.today.year - 1)
        return _Read(Period(day, day, Grain.DAY), k + 1 if year else i + length, year is not None)

    def day(self, i: int) -> _Read | None:
        word = self.at(i)
        try:
            if len(word) == 10 and word[4] == "-":
                return self.one_day(date.fromisoformat(word), i + 1)
            if word.count(".") == 2:
                day, month, year = (int(part) for part in word.split("."))
                return self.one_day(date(year, month, day), i + 1)
            if word in MONTH_NUMBERS and self.day_number(i + 1):
                k = self.skip(i + 2, ",")
                found = self.year_number(k)
                return self.dated(self.day_number(i + 1), MONTH_NUMBERS[word], found, k, i + 2)
            if self.day_number(i) and (self.at(i + 1) in MONTH_NUMBERS or self.at(i + 1) == "of"):
                j = self.skip(i + 1, "of")
                if self.at(j) in MONTH_NUMBERS:
                    k = self.skip(j + 1, ",", "of")
                    found = self.year_number(k)
                    return self.dated(
                        self.day_number(i), MONTH_NUMBERS[self.at(j)], found, k, j + 1
                    )
        except ValueError:
            return None
        return None

    def bare_day(self, i: int) -> _Read | None:
        """ "1 to 15 March 2026": the first day takes its month and year from the second."""
        day, j = self.day_number(i), self.skip(i + 2, "the")
        if not day or self.at(i + 1) not in TO:
            return None
        right = self.day(j)
        if right is None or right.period.first is None or day > right.period.first.day:
            return None
        return replace(self.one_day(right.period.first.replace(day=day), i + 1), year_said=True)

    def bare_end(self, left: _Read, j: int) -> _Read | None:
        """ "March 1 to 15, 2026": the last day takes its month from the first."""
        day, first = self.day_number(j), left.period.first
        if not day or first is None or left.period.unit is not Grain.DAY or day < first.day:
            return None
        k = self.skip(j + 1, ",")
        year = self.year_number(k)
        last = end_of(Grain.MONTH, first)
        if day > last.day or self.at(j + 1) in UNITS:
            return None
        read = self.one_day(
            first.replace(day=day, year=year or first.year), k + 1 if year else j + 1
        )
        return replace(read, year_said=year is not None or left.year_said)

    def dated(self, day: int, month: int, year: int | None, year_at: int, end: int) -> _Read:
        if year is not None:
            return self.one_day(date(year, month, day), year_at + 1)
        found = date(self.today.year, month, day)
        if found > self.today:
            found = date(self.today.year - 1, month, day)
        return replace(self.one_day(found, end), year_said=False)

    def one_day(self, day: date, end: int) -> _Read:
        return _Read(Period(day, day, Grain.DAY), end)

    def month(self, i: int) -> _Read | None:
        word = self.at(i)
        if len(word) == 7 and word[4] == "-" and word[:4].isdigit() and word[5:].isdigit():
            number = int(word[5:])
            return (
                _Read(whole(Grain.MONTH, date(int(word[:4]), number, 1)), i + 1)
                if 1 <= number <= 12
                else None
            )
        return self.named_month(i)

    def named_month(self, i: int) -> _Read | None:
        number = MONTH_NUMBERS.get(self.at(i))
        if number is None:
            return None
        k = self.skip(i + 1, "of", "in", ",")
        year = self.year_number(k)
        if year is not None:
            return _Read(whole(Grain.MONTH, date(year, number, 1)), k + 1)
        if self.at(k) in PREVIOUS | CURRENT and self.at(k + 1) == "year":
            year = self.today.year - (self.at(k) in PREVIOUS)
            return _Read(whole(Grain.MONTH, date(year, number, 1)), k + 2)
        first = date(self.today.year, number, 1)
        if first > self.today:
            first = first.replace(year=self.today.year - 1)
        return _Read(whole(Grain.MONTH, first), i + 1, year_said=False)

    def year(self, i: int) -> _Read | None:
        j = self.skip(i, "year", "yr", "calendar")
        number = self.year_number(j)
        return _Read(whole(Grain.YEAR, date(number, 1, 1)), j + 1) if number else None

    # -- numbers --------------------------------------------------------------------------------

    def number(self, i: int) -> tuple[int, int]:
        """A count and where it ends; 1 and `i` if there is none."""
        word = self.at(i)
        if word.isdigit() and 0 < int(word) < 1_000:
            return int(word), i + 1
        if NUMBERS.get(word):
            return NUMBERS[word], self.skip(i + 1, "of")
        return 1, i

    def year_number(self, i: int) -> int | None:
        word = self.at(i)
        if len(word) == 4 and word.isdigit() and 1990 <= int(word) <= 2099:
            return int(word)
        return None

    def day_number(self, i: int) -> int:
        word = self.at(i)
        digits = word[:-2] if word[-2:] in ("st", "nd", "rd", "th") else word
        return int(digits) if digits.isdigit() and 1 <= int(digits) <= 31 else 0


def _count(unit: Grain, first: date, last: date) -> int | None:
    """How many whole units [first, last] is, if it is."""
    if first != start_of(unit, first) or last != end_of(unit, last):
        return None
    count = 0
    day = first
    while day <= last:
        day = add(day, unit, 1)
        count += 1
    return count
