"""The grammar of times: a recursive-descent reader, one method a rule.

`period` reads one named stretch of days, `phrase` what may stand around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from llm.dates import Period, add, end_of, shifted, start_of, starts, whole
from llm.question import timewords
from llm.request import Grain


@dataclass(frozen=True)
class Read:
    """A period read from the words up to `end`; `year_said` is False if the year was inferred."""

    period: Period
    end: int
    year_said: bool = True
    ends: tuple[Period, Period] | None = None


class Reader:
    """Reads times from the words of a question; `today` is what relative ones count from."""

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

    def phrase(self, i: int) -> Read | None:
        word = self.at(i)
        if word in ("since", "starting"):
            j = self.skip(i + 1, "the", "from", "in", "beginning", "start", "of")
            unit = timewords.UNITS.get(self.at(j))
            if unit and j > i + 2:  # "since the beginning of the year"
                return self.from_on(Read(self.so_far(unit), j + 1))
            read = self.period(j)
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
        if word in timewords.PREPOSITIONS and self.at(i + 1) in timewords.PREPOSITIONS:
            return None  # "cash in during March": the first belongs to what stands before
        inner = self.skip(i, *timewords.PREPOSITIONS)
        inner = self.skip(inner, "the")
        if inner > i and self.at(inner) in ("period", "time"):
            return None
        return self.span(inner) or self.single(inner, i)

    def single(self, inner: int, outer: int) -> Read | None:
        read = self.period(inner)
        if read is None:
            return None
        if read.period.unit is not Grain.DAY and self.words[max(0, outer - 2) : outer] in [
            [nth, unit] for nth in timewords.ORDINALS for unit in ("quarter", "week")
        ]:
            return None  # "the third week of March" is not March
        if self.at(inner) in timewords.DOUBTFUL and inner == outer and not read.year_said:
            beside = {*timewords.LISTING, *timewords.MONTH_NUMBERS, *timewords.UNITS}
            pairs = self.words[max(0, outer - 2) : outer], self.words[read.end : read.end + 2]
            if not any(one and all(w in beside or w.isdigit() for w in one) for one in pairs):
                return None  # "may I see", but "April and May", "June vs May"
        if self.at(outer) == "from" and self.at(read.end) in ("on", "onward", "onwards"):
            return self.from_on(replace(read, end=read.end + 1))
        return read

    def span(self, i: int) -> Read | None:
        """`P to Q`, `P - Q`, `P and Q` (the last only after "between")."""
        left = self.period(i) or self.bare_day(i)
        if left is None:
            return None
        joint = self.at(left.end)
        between = "between" in self.words[max(0, i - 2) : i]
        if joint not in timewords.TO or (joint == "and" and not between):
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
        return Read(Period(first, last, unit, count), right.end, ends=ends)

    def from_on(self, read: Read) -> Read:
        begun = read.period.first and read.period.first <= self.today
        last = self.today if begun else max(self.today, read.period.last or self.today)
        return Read(Period(read.period.first, last, Grain.DAY), read.end)

    def ending(self, read: Read, *, included: bool) -> Read:
        first, last = read.period.first, read.period.last
        if not included and first:
            last = first - timedelta(days=1)
        return Read(Period(None, last, Grain.DAY), read.end)

    def after(self, read: Read) -> Read:
        first = (read.period.last or self.today) + timedelta(days=1)
        return Read(Period(first, None if first <= self.today else first, Grain.DAY), read.end)

    # -- one period -----------------------------------------------------------------------------

    def period(self, i: int) -> Read | None:
        for rule in (
            self.edge, self.lately, self.season, self.leading, self.to_date, self.relative,
            self.day, self.ago, self.half_or_quarter, self.week, self.holiday, self.month,
            self.year,
        ):  # fmt: skip
            read = rule(i)
            if read is not None:
                return read
        return None

    def relative(self, i: int) -> Read | None:
        word = self.at(i)
        if self.words[i : i + 3] == ["day", "before", "yesterday"]:
            return Read(self.last_days(1, until=2), i + 3)
        if word in ("today", "yesterday"):
            return Read(self.last_days(1, until=word == "yesterday"), i + 1)
        if word not in timewords.PREVIOUS | timewords.CURRENT | timewords.NEXT:
            return None
        if self.at(i + 1) == "weekend":
            # The weekend of this week, of the week before, or of the next.
            saturday = start_of(Grain.WEEK, self.today) + timedelta(days=5)
            weeks = (word in timewords.NEXT) - (word in timewords.PREVIOUS)
            return Read(whole(Grain.DAY, saturday + timedelta(weeks=weeks), 2), i + 2)
        if word == "last" and self.at(i + 1) in timewords.UNITS and self.at(i + 2) == "of":
            return None  # "the last day of each month"
        count, j = self.number(i + 1)
        j = self.skip(j, "full", "complete", "whole", "entire", "calendar")
        unit = timewords.UNITS.get(self.at(j))
        if unit is None:
            previous = word in timewords.PREVIOUS
            if previous and self.at(i + 1) in timewords.WEEKDAYS:
                back = (self.today.weekday() - timewords.WEEKDAYS.index(self.at(i + 1)) - 1) % 7 + 1
                return Read(self.last_days(1, until=back), i + 2)
            # "last October", said in October, is that of the year before.
            named = None if word in timewords.NEXT else self.named_month(i + 1, over=previous)
            return named and replace(named, year_said=previous or named.year_said)
        end = j + (3 if self.words[j + 1 : j + 3] == ["so", "far"] else 1)
        if word in timewords.CURRENT:
            return Read(self.so_far(unit), end)
        if word in timewords.NEXT:
            first = add(start_of(unit, self.today), unit, 1)
            return Read(whole(unit, first, count), end)
        if unit is Grain.DAY and j > i + 1:
            return Read(self.last_days(count), end)
        return Read(whole(unit, add(start_of(unit, self.today), unit, -count), count), end)

    def leading(self, i: int) -> Read | None:
        """ "the 12 months up to June 2026": so many units, the last of which ends with a period."""
        begin = self.skip(i, *timewords.PREVIOUS)
        count, j = self.number(begin)
        unit = timewords.UNITS.get(self.at(j))
        if (
            unit is None
            or j == begin
            or self.at(j + 1) not in ("up", "ending", *timewords.TO - {"-", "and"})
        ):
            return None
        read = self.period(self.skip(j + 2, "to", "until", "with", "in", "on", "the", "end", "of"))
        if read is None or read.period.last is None:
            return None
        first = add(read.period.last + timedelta(days=1), unit, -count)
        return replace(read, period=Period(first, read.period.last, unit, count))

    def lately(self, i: int) -> Read | None:
        """ "recently": the last 30 days."""
        if self.words[i : i + 2] == ["these", "days"]:
            return Read(self.last_days(30), i + 2)
        return Read(self.last_days(30), i + 1) if self.at(i) in ("lately", "recently") else None

    def season(self, i: int) -> Read | None:
        """ "summer 2025", "last winter": three whole months; a winter by its December."""
        previous = self.at(i) in timewords.PREVIOUS
        relative = previous or self.at(i) in timewords.CURRENT
        j = i + relative
        month = timewords.SEASONS.get(self.at(j))
        if month is None:
            return None

        def in_year(year: int) -> Period:
            return whole(Grain.MONTH, date(year, month, 1), 3)

        read = self.once_a_year(j + 1, in_year, "of", "in", ",", over=previous)
        if self.at(j) == "fall" and not read.year_said and not relative:
            return None  # "did it fall"
        return read

    def edge(self, i: int) -> Read | None:
        """ "the first ten days of October", "the last 3 days of 2025"."""
        count, j = self.number(i + 1)
        if self.at(i) not in ("first", "last") or j == i + 1 or self.at(j) not in ("day", "days"):
            return None
        if self.at(j + 1) not in ("of", "in"):
            return None
        read = self.period(self.skip(j + 2, "the"))
        if read is None or read.period.first is None or read.period.last is None:
            return None
        first = read.period.first
        if self.at(i) == "last":
            first = read.period.last - timedelta(days=count - 1)
        return replace(read, period=whole(Grain.DAY, first, count))

    def so_far(self, unit: Grain) -> Period:
        last = end_of(unit, self.today)
        return Period(start_of(unit, self.today), self.today, unit, 1, complete=self.today == last)

    def to_date(self, i: int) -> Read | None:
        """ "YTD", "this month to date"; of "last quarter to date", "YTD 2025" as many days."""
        short = {f"{unit[0]}td": unit for unit in Grain}
        year, j = self.year_after(i)  # "last year YTD"
        if self.at(j) not in short:
            year, j = None, i + (self.at(i) in timewords.PREVIOUS | timewords.CURRENT)
        unit, end = short.get(self.at(j)), j + 1
        if named := timewords.UNITS.get(self.at(j)):
            spelt = self.words[j + 1 : j + 3] == ["to", "date"]
            end = j + 3 if spelt else j + 2
            unit = named if spelt or short.get(self.at(j + 1)) is named else None
        if unit is None:
            unit = timewords.UNITS.get(self.at(i + 3))
            so_far = self.words[i : i + 3] == ["so", "far", "this"]
            return Read(self.so_far(unit), i + 4) if unit and so_far else None
        period = self.so_far(unit)
        if j == i:
            year, end = self.year_after(end, "of", "in")
        if year is not None:
            return Read(shifted(period, Grain.YEAR, year - self.today.year), end)
        back = j > i and self.at(i) in timewords.PREVIOUS
        return Read(shifted(period, unit, -1) if back else period, end)

    def ago(self, i: int) -> Read | None:
        count, j = self.number(i)
        unit = timewords.UNITS.get(self.at(j))
        if unit is None or j == i or self.at(j + 1) != "ago":
            return None
        return Read(whole(unit, add(self.today, unit, -count)), j + 2)

    def half_or_quarter(self, i: int) -> Read | None:
        word = self.at(i)
        if len(word) == 7 and word[:4].isdigit() and word[5] in "qh":
            return Read(_part_of_year(word[5], int(word[6]), int(word[:4])), i + 1)
        letter, number, j = "", 0, i
        if len(word) == 2 and word[0] in "qh" and word[1].isdigit():
            letter, number, j = word[0], int(word[1]), i + 1
        elif word in timewords.ORDINALS and self.at(i + 1) in ("quarter", "half"):
            letter, number, j = self.at(i + 1)[0], timewords.ORDINALS[word], i + 2
        elif word == "quarter" and self.at(i + 1) in "1234" and self.at(i + 1):
            letter, number, j = "q", int(self.at(i + 1)), i + 2
        if not letter or number > (4 if letter == "q" else 2) or number < 1:
            return None
        k = self.skip(j, "of", "in", "-", ",")
        whole_month = self.named_month(self.skip(k, "the"))
        if whole_month and k > j:
            return self.half_month(letter, number, whole_month)
        if letter == "h" and k == j and (halved := self.halved()):
            return self.half_month(letter, number, replace(halved, end=j))
        if len(self.at(j)) == 2 and self.at(j).isdigit():  # "Q2 26"; a day cannot stand there
            return Read(_part_of_year(letter, number, 2000 + int(self.at(j))), j + 1)

        def in_year(year: int) -> Period:
            return _part_of_year(letter, number, year)

        return self.once_a_year(j, in_year, "of", "in", "-", ",")

    def halved(self) -> Read | None:
        """The month whose halves are compared: "first half of October vs second half"."""
        places = [i + 2 for i in range(len(self.words)) if self.words[i : i + 2] == ["half", "of"]]
        return next((month for i in places if (month := self.named_month(i))), None)

    def half_month(self, letter: str, number: int, month: Read) -> Read | None:
        """ "the second half of September": from the 16th on."""
        first, last = month.period.first, month.period.last
        if letter != "h" or first is None or last is None:
            return None
        days = 15 if number == 1 else last.day - 15
        return replace(
            month, period=whole(Grain.DAY, first.replace(day=16 - 15 * (number == 1)), days)
        )

    def week(self, i: int) -> Read | None:
        word = self.at(i)
        if word not in ("week", "wk", "calendar", "cw"):
            return None
        j = self.skip(i + 1, "week")
        if self.at(j).isdigit() and 1 <= int(self.at(j)) <= 53:
            number = int(self.at(j))

            def in_year(year: int) -> Period:
                return whole(Grain.WEEK, date.fromisocalendar(year, number, 1))

            try:
                return self.once_a_year(j + 1, in_year, "of", "in", "-", ",")
            except ValueError:
                return None
        if self.at(j) in ("of", "starting", "beginning", "from", "containing"):
            k = self.skip(j + 1, "the", "on")
            day = self.day(k) or self.holiday(k)
            if day and day.period.first:
                return Read(whole(Grain.WEEK, day.period.first), day.end)
        return None

    def holiday(self, i: int) -> Read | None:
        name = " ".join(self.words[i : i + 2])
        if name not in ("black friday", "cyber monday", "christmas day", "christmas eve"):
            return None

        def in_year(year: int) -> Period:
            november = date(year, 11, 1)
            thursday = november + timedelta(days=(3 - november.weekday()) % 7 + 21)
            day = {
                "black friday": thursday + timedelta(days=1),
                "cyber monday": thursday + timedelta(days=4),
                "christmas day": date(year, 12, 25),
                "christmas eve": date(year, 12, 24),
            }[name]
            return whole(Grain.DAY, day)

        return self.once_a_year(i + 2, in_year, "of", "in", ",")

    def day(self, i: int) -> Read | None:
        word = self.at(i)
        try:
            if len(word) == 10 and word[4] == "-":
                return _one_day(date.fromisoformat(word), i + 1)
            if word.count(".") == 2:
                day, month, year = (int(part) for part in word.split("."))
                return _one_day(date(year, month, day), i + 1)
            if word.count("/") == 2:
                return self.slashed(i)
            if word in timewords.MONTH_NUMBERS and self.day_number(i + 1):
                return self.dated(self.day_number(i + 1), timewords.MONTH_NUMBERS[word], i + 2)
            j = self.skip(i + 1, "of")
            if self.day_number(i) and self.at(j) in timewords.MONTH_NUMBERS:
                return self.dated(self.day_number(i), timewords.MONTH_NUMBERS[self.at(j)], j + 1)
        except ValueError:
            return None
        return None

    def slashed(self, i: int) -> Read | None:
        """ "25/12/2025" or "12/25/2025"; which of the two is read off, never guessed."""
        pairs = [
            [int(part) for part in word.split("/")] for word in self.words if word.count("/") == 2
        ]
        day_first = any(one > 12 for one, _, _ in pairs)
        month_first = any(two > 12 for _, two, _ in pairs)
        one, two, year = (int(part) for part in self.at(i).split("/"))
        if day_first is month_first and one != two:
            return None
        day, month = (two, one) if month_first else (one, two)
        return _one_day(date(year, month, day), i + 1)

    def bare_day(self, i: int) -> Read | None:
        """ "1 to 15 March 2026": the first day takes its month and year from the second."""
        day, j = self.day_number(i), self.skip(i + 2, "the")
        if not day or self.at(i + 1) not in timewords.TO:
            return None
        right = self.day(j)
        if right is None or right.period.first is None or day > right.period.first.day:
            return None
        return replace(_one_day(right.period.first.replace(day=day), i + 1), year_said=True)

    def bare_end(self, left: Read, j: int) -> Read | None:
        """ "March 1 to 15, 2026": the last day takes its month from the first."""
        day, first = self.day_number(j), left.period.first
        if not day or first is None or left.period.unit is not Grain.DAY or day < first.day:
            return None
        year, end = self.year_after(j + 1, ",")
        last = end_of(Grain.MONTH, first)
        if day > last.day or self.at(j + 1) in timewords.UNITS:
            return None
        read = _one_day(first.replace(day=day, year=year or first.year), end)
        return replace(read, year_said=year is not None or left.year_said)

    def dated(self, day: int, month: int, i: int) -> Read:
        return self.once_a_year(i, lambda year: whole(Grain.DAY, date(year, month, day)), ",", "of")

    def month(self, i: int) -> Read | None:
        word = self.at(i)
        year, dash, number = word.partition("-")
        if len(word) != 7 or not dash or not (year + number).isdigit():
            return self.named_month(i)
        known = 1 <= int(number) <= 12
        return Read(whole(Grain.MONTH, date(int(year), int(number), 1)), i + 1) if known else None

    def named_month(self, i: int, *, over: bool = False) -> Read | None:
        number = timewords.MONTH_NUMBERS.get(self.at(i))
        if number is None:
            return None

        def in_year(year: int) -> Period:
            return whole(Grain.MONTH, date(year, number, 1))

        return self.once_a_year(i + 1, in_year, "of", "in", ",", over=over)

    def year(self, i: int) -> Read | None:
        number, end = self.year_after(i, "year", "yr", "calendar")
        return Read(whole(Grain.YEAR, date(number, 1, 1)), end) if number else None

    # -- numbers and years ----------------------------------------------------------------------

    def last_days(self, count: int, until: int = 0) -> Period:
        """So many days, the last of which is today, or `until` days ago."""
        return whole(Grain.DAY, self.today - timedelta(days=until + count - 1), count)

    def once_a_year(
        self, i: int, in_year: Callable[[int], Period], *joints: str, over: bool = False
    ) -> Read:
        """What every year has one of: that of the year said at `i`, else the last that has begun.

        Args:
            over: without a year it must have ended, too.
        """
        year, end = self.year_after(i, *joints)
        period = in_year(year or self.today.year)
        begun = period.first is not None and period.first <= self.today
        ended = period.last is not None and period.last < self.today
        if year is None and not (ended if over else begun):
            period = in_year(self.today.year - 1)
        return Read(period, end, year is not None)

    def number(self, i: int) -> tuple[int, int]:
        """A count and where it ends; 1 and `i` if there is none."""
        word = self.at(i)
        if word.isdigit() and 0 < int(word) < 1_000:
            return int(word), i + 1
        if timewords.NUMBERS.get(word):
            return timewords.NUMBERS[word], self.skip(i + 1, "of")
        return 1, i

    def year_after(self, i: int, *joints: str) -> tuple[int | None, int]:
        """The year behind such words ("2025", "last year") and where it ends; `i` if none is."""
        k = self.skip(i, *joints)
        word = self.at(k)
        if len(word) == 4 and word.isdigit() and 1700 <= int(word) <= 2099:
            return int(word), k + 1
        if word in timewords.PREVIOUS | timewords.CURRENT and self.at(k + 1) == "year":
            return self.today.year - (word in timewords.PREVIOUS), k + 2
        return None, i

    def day_number(self, i: int) -> int:
        word = self.at(i)
        if word in timewords.ORDINALS and self.at(i + 1) == "of":
            return timewords.ORDINALS[word]
        digits = word[:-2] if word[-2:] in ("st", "nd", "rd", "th") else word
        return int(digits) if digits.isdigit() and 1 <= int(digits) <= 31 else 0


def _one_day(day: date, end: int) -> Read:
    return Read(whole(Grain.DAY, day), end)


def _part_of_year(letter: str, number: int, year: int) -> Period:
    if letter == "q":
        return whole(Grain.QUARTER, date(year, 3 * number - 2, 1))
    return whole(Grain.QUARTER, date(year, 6 * number - 5, 1), 2)


def _count(unit: Grain, first: date, last: date) -> int | None:
    """How many whole units [first, last] is, if it is."""
    is_whole = first == start_of(unit, first) and last == end_of(unit, last)
    return len(starts(unit, first, last)) if is_whole else None
