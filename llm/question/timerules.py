"""The grammar of times: a recursive-descent reader, one method a rule.

`period` reads one named stretch of days, `phrase` what may stand around it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from llm.dates import Period, add, end_of, start_of, whole
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
            return None
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
        last = max(self.today, read.period.last or self.today)
        if read.period.first and read.period.first <= self.today:
            last = self.today
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
            self.edge, self.lately, self.season, self.leading, self.relative, self.to_date,
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
            day = self.today - timedelta(days=2)
            return Read(Period(day, day, Grain.DAY), i + 3)
        if word in ("today", "yesterday"):
            day = self.today - timedelta(days=word == "yesterday")
            return Read(Period(day, day, Grain.DAY), i + 1)
        if word not in timewords.PREVIOUS | timewords.CURRENT | timewords.NEXT:
            return None
        if self.at(i + 1) == "weekend":
            # The weekend of this week, of the week before, or of the next.
            saturday = start_of(Grain.WEEK, self.today) + timedelta(days=5)
            weeks = (word in timewords.NEXT) - (word in timewords.PREVIOUS)
            saturday += timedelta(weeks=weeks)
            return Read(Period(saturday, saturday + timedelta(days=1), Grain.DAY, 2), i + 2)
        if word == "last" and self.at(i + 1) in timewords.UNITS and self.at(i + 2) == "of":
            return None  # "the last day of each month"
        count, j = self.number(i + 1)
        j = self.skip(j, "full", "complete", "whole", "entire", "calendar")
        unit = timewords.UNITS.get(self.at(j))
        if unit is None:
            named = (
                self.named_month(i + 1) if word in timewords.PREVIOUS | timewords.CURRENT else None
            )
            if named and not named.year_said and named.period.first and word in timewords.PREVIOUS:
                first = named.period.first
                if first == start_of(Grain.MONTH, self.today):
                    first = first.replace(year=first.year - 1)  # "last October", said in October
                return Read(whole(Grain.MONTH, first), named.end)
            if named:
                return named
            if word in timewords.PREVIOUS and self.at(i + 1) in timewords.WEEKDAYS:
                back = (self.today.weekday() - timewords.WEEKDAYS.index(self.at(i + 1)) - 1) % 7 + 1
                day = self.today - timedelta(days=back)
                return Read(Period(day, day, Grain.DAY), i + 2)
            return None
        end = j + 1
        if self.at(end) == "so" and self.at(end + 1) == "far":
            end += 2
        if word in timewords.CURRENT:
            return Read(self.so_far(unit), end)
        if word in timewords.NEXT:
            first = add(start_of(unit, self.today), unit, 1)
            return Read(whole(unit, first, count), end)
        if unit is Grain.DAY and j > i + 1:
            first = self.today - timedelta(days=count - 1)
            return Read(Period(first, self.today, Grain.DAY, count), end)
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
        if self.at(i) in ("lately", "recently") or self.words[i : i + 2] == ["these", "days"]:
            first = self.today - timedelta(days=29)
            end = i + (2 if self.at(i) == "these" else 1)
            return Read(Period(first, self.today, Grain.DAY, 30), end)
        return None

    def season(self, i: int) -> Read | None:
        """ "summer 2025", "last winter": three whole months; a winter by its December."""
        relative = self.at(i) in timewords.PREVIOUS | timewords.CURRENT
        j = i + relative
        first_month = timewords.SEASONS.get(self.at(j))
        if first_month is None:
            return None
        year, end = self.year_after(j + 1, "of", "in", ",")
        named = year is not None
        if self.at(j) == "fall" and not named and not relative:
            return None  # "did it fall"
        if year is None:
            year = self.today.year
            begun = date(year, first_month, 1)
            over = end_of(Grain.MONTH, add(begun, Grain.MONTH, 2)) < self.today
            wanted = over if self.at(i) in timewords.PREVIOUS else begun <= self.today
            year -= not wanted
        begun = date(year, first_month, 1)
        last = end_of(Grain.MONTH, add(begun, Grain.MONTH, 2))
        return Read(Period(begun, last, Grain.MONTH, 3), end, named)

    def edge(self, i: int) -> Read | None:
        """ "the first ten days of October", "the last 3 days of 2025"."""
        count, j = self.number(i + 1)
        if self.at(i) not in ("first", "last") or j == i + 1 or self.at(j) not in ("day", "days"):
            return None
        if self.at(j + 1) not in ("of", "in"):
            return None
        read = self.period(self.skip(j + 2, "the"))
        first, last = (read.period.first, read.period.last) if read else (None, None)
        if read is None or first is None or last is None:
            return None
        if self.at(i) == "first":
            last = first + timedelta(days=count - 1)
        else:
            first = last - timedelta(days=count - 1)
        return replace(read, period=Period(first, last, Grain.DAY, count))

    def so_far(self, unit: Grain) -> Period:
        last = end_of(unit, self.today)
        return Period(start_of(unit, self.today), self.today, unit, 1, complete=self.today == last)

    def to_date(self, i: int) -> Read | None:
        unit = {"ytd": Grain.YEAR, "qtd": Grain.QUARTER, "mtd": Grain.MONTH, "wtd": Grain.WEEK}.get(
            self.at(i)
        )
        if unit:
            return Read(self.so_far(unit), i + 1)
        unit = timewords.UNITS.get(self.at(i))
        if unit and self.words[i + 1 : i + 3] == ["to", "date"]:
            return Read(self.so_far(unit), i + 3)
        if self.words[i : i + 3] == ["so", "far", "this"] and self.at(i + 3) in timewords.UNITS:
            return Read(self.so_far(timewords.UNITS[self.at(i + 3)]), i + 4)
        return None

    def ago(self, i: int) -> Read | None:
        count, j = self.number(i)
        unit = timewords.UNITS.get(self.at(j))
        if unit is None or j == i or self.at(j + 1) != "ago":
            return None
        return Read(whole(unit, add(self.today, unit, -count)), j + 2)

    def half_or_quarter(self, i: int) -> Read | None:
        word = self.at(i)
        if len(word) == 7 and word[:4].isdigit() and word[5] in "qh":
            return self.part_of_year(word[5], int(word[6]), int(word[:4]), i + 1)
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
        year, end = self.year_after(j, "of", "in", "-", ",")
        if year is None and len(self.at(j)) == 2 and self.at(j).isdigit():
            year, end = 2000 + int(self.at(j)), j + 1  # "Q2 26"; a day cannot stand there
        if year is not None:
            return self.part_of_year(letter, number, year, end)
        read = self.part_of_year(letter, number, self.today.year, j)
        if read.period.first and read.period.first > self.today:
            read = self.part_of_year(letter, number, self.today.year - 1, j)
        return replace(read, year_said=False)

    def half_month(self, letter: str, number: int, month: Read) -> Read | None:
        """ "the second half of September": from the 16th on."""
        first, last = month.period.first, month.period.last
        if letter != "h" or first is None or last is None:
            return None
        start, end = (
            (first, first.replace(day=15)) if number == 1 else (first.replace(day=16), last)
        )
        days = (end - start).days + 1
        return replace(month, period=Period(start, end, Grain.DAY, days))

    def part_of_year(self, letter: str, number: int, year: int, end: int) -> Read:
        if letter == "q":
            return Read(whole(Grain.QUARTER, date(year, 3 * number - 2, 1)), end)
        return Read(whole(Grain.QUARTER, date(year, 6 * number - 5, 1), 2), end)

    def week(self, i: int) -> Read | None:
        word = self.at(i)
        if word not in ("week", "wk", "calendar", "cw"):
            return None
        j = self.skip(i + 1, "week")
        if self.at(j).isdigit() and 1 <= int(self.at(j)) <= 53:
            year, end = self.year_after(j + 1, "of", "in", "-", ",")
            try:
                monday = date.fromisocalendar(year or self.today.year, int(self.at(j)), 1)
            except ValueError:
                return None
            return Read(whole(Grain.WEEK, monday), end, year is not None)
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
        year, end = self.year_after(i + 2, "of", "in", ",")

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
        return Read(Period(day, day, Grain.DAY), end, year is not None)

    def day(self, i: int) -> Read | None:
        word = self.at(i)
        try:
            if len(word) == 10 and word[4] == "-":
                return self.one_day(date.fromisoformat(word), i + 1)
            if word.count(".") == 2:
                day, month, year = (int(part) for part in word.split("."))
                return self.one_day(date(year, month, day), i + 1)
            if word.count("/") == 2:
                return self.slashed(i)
            if word in timewords.MONTH_NUMBERS and self.day_number(i + 1):
                return self.dated(self.day_number(i + 1), timewords.MONTH_NUMBERS[word], i + 2)
            if self.day_number(i) and (
                self.at(i + 1) in timewords.MONTH_NUMBERS or self.at(i + 1) == "of"
            ):
                j = self.skip(i + 1, "of")
                if self.at(j) in timewords.MONTH_NUMBERS:
                    return self.dated(
                        self.day_number(i), timewords.MONTH_NUMBERS[self.at(j)], j + 1
                    )
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
        return self.one_day(date(year, month, day), i + 1)

    def bare_day(self, i: int) -> Read | None:
        """ "1 to 15 March 2026": the first day takes its month and year from the second."""
        day, j = self.day_number(i), self.skip(i + 2, "the")
        if not day or self.at(i + 1) not in timewords.TO:
            return None
        right = self.day(j)
        if right is None or right.period.first is None or day > right.period.first.day:
            return None
        return replace(self.one_day(right.period.first.replace(day=day), i + 1), year_said=True)

    def bare_end(self, left: Read, j: int) -> Read | None:
        """ "March 1 to 15, 2026": the last day takes its month from the first."""
        day, first = self.day_number(j), left.period.first
        if not day or first is None or left.period.unit is not Grain.DAY or day < first.day:
            return None
        year, end = self.year_after(j + 1, ",")
        last = end_of(Grain.MONTH, first)
        if day > last.day or self.at(j + 1) in timewords.UNITS:
            return None
        read = self.one_day(first.replace(day=day, year=year or first.year), end)
        return replace(read, year_said=year is not None or left.year_said)

    def dated(self, day: int, month: int, i: int) -> Read:
        year, end = self.year_after(i, ",", "of")
        if year is not None:
            return self.one_day(date(year, month, day), end)
        found = date(self.today.year, month, day)
        if found > self.today:
            found = date(self.today.year - 1, month, day)
        return replace(self.one_day(found, end), year_said=False)

    def one_day(self, day: date, end: int) -> Read:
        return Read(Period(day, day, Grain.DAY), end)

    def month(self, i: int) -> Read | None:
        word = self.at(i)
        if len(word) == 7 and word[4] == "-" and word[:4].isdigit() and word[5:].isdigit():
            number = int(word[5:])
            return (
                Read(whole(Grain.MONTH, date(int(word[:4]), number, 1)), i + 1)
                if 1 <= number <= 12
                else None
            )
        return self.named_month(i)

    def named_month(self, i: int) -> Read | None:
        number = timewords.MONTH_NUMBERS.get(self.at(i))
        if number is None:
            return None
        year, end = self.year_after(i + 1, "of", "in", ",")
        if year is not None:
            return Read(whole(Grain.MONTH, date(year, number, 1)), end)
        first = date(self.today.year, number, 1)
        if first > self.today:
            first = first.replace(year=self.today.year - 1)
        return Read(whole(Grain.MONTH, first), end, year_said=False)

    def year(self, i: int) -> Read | None:
        number, end = self.year_after(i, "year", "yr", "calendar")
        return Read(whole(Grain.YEAR, date(number, 1, 1)), end) if number else None

    # -- numbers --------------------------------------------------------------------------------

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
