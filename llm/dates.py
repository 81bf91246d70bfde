"""Calendar arithmetic on whole days: units, their bounds, shifting a range, and how it is called.

Weeks start on Monday, as in Postgres' `date_trunc`.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from llm.request import Grain, TimeRange

MONTHS = [name.lower() for name in calendar.month_name][1:]


@dataclass(frozen=True)
class Period:
    """A named stretch of days.

    Attributes:
        first, last: both included; None is open.
        unit, count: what it is made of, such as 3 months; other stretches are days.
        complete: False if it is a calendar unit cut off by today.
    """

    first: date | None
    last: date | None
    unit: Grain
    count: int = 1
    complete: bool = True

    @property
    def range(self) -> TimeRange:
        """The days alone."""
        return TimeRange(self.first, self.last)


def start_of(unit: Grain, day: date) -> date:
    """First day of the unit that holds `day`."""
    match unit:
        case Grain.DAY:
            return day
        case Grain.WEEK:
            return day - timedelta(days=day.weekday())
        case Grain.MONTH:
            return day.replace(day=1)
        case Grain.QUARTER:
            return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
        case Grain.YEAR:
            return day.replace(month=1, day=1)


def end_of(unit: Grain, day: date) -> date:
    """Last day of the unit that holds `day`."""
    return add(start_of(unit, day), unit, 1) - timedelta(days=1)


def add(day: date, unit: Grain, count: int) -> date:
    """`day` moved by so many units; the 31st becomes the last day where a month is shorter."""
    if unit is Grain.DAY:
        return day + timedelta(days=count)
    if unit is Grain.WEEK:
        return day + timedelta(weeks=count)
    months = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}[unit] * count
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def whole(unit: Grain, day: date, count: int = 1) -> Period:
    """`count` whole units, the first of which holds `day`."""
    first = start_of(unit, day)
    return Period(first, add(first, unit, count) - timedelta(days=1), unit, count)


def starts(unit: Grain, first: date, last: date) -> list[date]:
    """First days of the units that [first, last] touches."""
    found = [start_of(unit, first)]
    while (following := add(found[-1], unit, 1)) <= last:
        found.append(following)
    return found


def shifted(period: Period, unit: Grain, count: int) -> Period:
    """The period moved by so many units; whole months stay whole months."""

    def move(day: date | None, *, is_last: bool) -> date | None:
        if day is None:
            return None
        moved = add(day, unit, count)
        month_end = day == end_of(Grain.MONTH, day)
        coarse = unit in (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
        return end_of(Grain.MONTH, moved) if is_last and month_end and coarse else moved

    return Period(
        move(period.first, is_last=False),
        move(period.last, is_last=True),
        period.unit,
        period.count,
        period.complete,
    )


def before(period: Period) -> tuple[Period, Grain, int]:
    """The stretch of the same length right before, and the (unit, count) between the two."""
    if period.unit is Grain.DAY and period.first and period.last:
        days = (period.last - period.first).days + 1
        return shifted(period, Grain.DAY, -days), Grain.DAY, days
    return shifted(period, period.unit, -period.count), period.unit, period.count


def described(time: TimeRange) -> str:
    """What a person calls it: "March 2026", "Q3 2026", "2025", "2026-06-01 to 2026-10-31"."""
    first, last = time.start, time.end
    if first is None or last is None:
        if first:
            return f"since {day_text(first)}"
        return f"until {day_text(last)}" if last else "all time"
    if first == last:
        return day_text(first)
    for unit in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        if first == start_of(unit, first) and last == end_of(unit, first):
            return unit_text(unit, first)
    return f"{first} to {last}"


def unit_text(unit: Grain, day: date) -> str:
    """What the unit that starts on `day` is called."""
    match unit:
        case Grain.DAY:
            return day_text(day)
        case Grain.WEEK:
            return f"the week of {day_text(day)}"
        case Grain.MONTH:
            return f"{MONTHS[day.month - 1].capitalize()} {day.year}"
        case Grain.QUARTER:
            return f"Q{(day.month - 1) // 3 + 1} {day.year}"
        case Grain.YEAR:
            return str(day.year)


def day_text(day: date) -> str:
    """`5 March 2026`."""
    return f"{day.day} {MONTHS[day.month - 1].capitalize()} {day.year}"
