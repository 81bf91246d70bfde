"""Days, months and time zones of the generated window, and how busy each day is.

Not for formatting texts: dates inside sentences are `texts.py`'s.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rng = np.random.Generator

FIRST_DAY = date(2024, 11, 1)
LAST_DAY = date(2026, 10, 31)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
DAY_SECONDS = 86_400


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def from_day_number(number: int) -> date:
    """The date that many days after 1970-01-01."""
    return date(1970, 1, 1) + timedelta(days=int(number))


FIRST = day_number(FIRST_DAY)
LAST = day_number(LAST_DAY)
END = (LAST + 1) * DAY_SECONDS - 1
"""The last second of the window (epoch seconds, UTC): nothing real happens after it."""

MONTHS: tuple[tuple[int, int], ...] = tuple(
    (y, m) for y in (2024, 2025, 2026) for m in range(1, 13) if (2024, 11) <= (y, m) <= (2026, 10)
)
MONTH_NAMES = tuple(f"{y:04d}-{m:02d}" for y, m in MONTHS)


def _month_starts() -> tuple[int, ...]:
    firsts = [date(y, m, 1) for y, m in MONTHS] + [LAST_DAY + timedelta(days=1)]
    return tuple(day_number(d) for d in firsts)


MONTH_STARTS = _month_starts()
"""Day numbers of the first day of each month, and of the day after the window."""


def month_of(seconds: Ints) -> Ints:
    """The index into `MONTHS` of each instant (epoch seconds, UTC); -1 before the window."""
    return np.searchsorted(np.array(MONTH_STARTS), seconds // DAY_SECONDS, side="right") - 1


def quarter_name(month: int) -> str:
    """`2025-Q3` for the month's index."""
    year, number = MONTHS[month]
    return f"{year}-Q{(number - 1) // 3 + 1}"


def _last_sunday(year: int, month: int) -> date:
    day = date(year, month, 31)
    return day - timedelta(days=(day.weekday() + 1) % 7)


def _nth_sunday(year: int, month: int, n: int) -> date:
    day = date(year, month, 1)
    return day + timedelta(days=(6 - day.weekday()) % 7 + 7 * (n - 1))


def _in_summer_time(zone: str, day: date) -> bool:
    if zone == "america":
        return _nth_sunday(day.year, 3, 2) <= day < _nth_sunday(day.year, 11, 1)
    return _last_sunday(day.year, 3) <= day < _last_sunday(day.year, 10)


def offset_table(zones: list[tuple[int, str]]) -> Ints:
    """Hours ahead of UTC by place and day.

    Args:
        zones: for each place its winter offset in hours and whose summer time it keeps
            (`europe` or `america`).

    Returns:
        An array of shape (places, DAYS).
    """
    days = [FIRST_DAY + timedelta(days=i) for i in range(DAYS)]
    return np.array(
        [[winter + _in_summer_time(zone, d) for d in days] for winter, zone in zones],
        dtype=np.int64,
    )


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    x = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * x) // 451
    n = h + x - 7 * m + 114
    return date(year, n // 31, n % 31 + 1)


def bank_holidays(year: int) -> set[date]:
    """The days on which the European Central Bank publishes no rates, weekends aside."""
    sunday = easter(year)
    return {
        date(year, 1, 1),
        sunday - timedelta(days=2),
        sunday + timedelta(days=1),
        date(year, 5, 1),
        date(year, 12, 25),
        date(year, 12, 26),
    }


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    thursday = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
    return thursday + timedelta(days=1)


_WEEKDAY = (1.08, 1.0, 0.97, 0.98, 0.95, 0.92, 1.14)
_MONTH = (0.93, 0.9, 0.97, 0.98, 1.0, 0.96, 0.92, 0.9, 0.98, 1.02, 1.15, 1.28)


def day_weights() -> Floats:
    """How busy each day of the window is, mean 1: growth, season, weekday, feasts and sales."""
    weights = np.empty(DAYS)
    for i in range(DAYS):
        day = FIRST_DAY + timedelta(days=i)
        weight = _WEEKDAY[day.weekday()] * _MONTH[day.month - 1] * (1 + 0.22 * i / 365)
        to_friday = (day - black_friday(day.year)).days
        if -4 <= to_friday <= 3:
            weight *= 2.0 if to_friday == 0 else 1.6 if to_friday == 3 else 1.3
        if day.month == 12 and 4 <= day.day <= 18:
            weight *= 1.18
        if (day.month == 12 and day.day in (24, 25, 26)) or (day.month, day.day) == (1, 1):
            weight *= 0.62
        weights[i] = weight
    result: Floats = weights / weights.mean()
    return result


def iso_local(seconds: Ints, offset_hours: Ints) -> list[str]:
    """`2025-03-01T10:22:33+01:00` for each instant (epoch seconds, UTC)."""
    stamps = np.datetime_as_string((seconds + offset_hours * 3600).astype("datetime64[s]"))
    return [
        f"{s}{'-' if o < 0 else '+'}{abs(o):02d}:00"
        for s, o in zip(stamps.tolist(), offset_hours.tolist(), strict=True)
    ]


def iso_utc(seconds: Ints) -> list[str]:
    """`2025-03-01T09:22:33Z` for each instant (epoch seconds)."""
    stamps: list[str] = np.datetime_as_string(seconds.astype("datetime64[s]")).tolist()
    return [f"{s}Z" for s in stamps]


def iso_dates(days: Ints) -> list[str]:
    """`2025-03-01` for each day number."""
    result: list[str] = np.datetime_as_string(days.astype("datetime64[D]")).tolist()
    return result


def to_datetime(second: int) -> datetime:
    """The UTC time of one instant (epoch seconds)."""
    return datetime.fromtimestamp(int(second), tz=UTC)


_HOURS = np.array(
    [2, 1, 0.6, 0.4, 0.4, 0.8, 2, 4, 6, 7, 7.5, 7.5, 8, 7, 6.5, 6.5, 7, 8, 9.5, 11, 11.5, 9.5, 6, 3]
)


def time_of_day(rng: Rng, n: int) -> Ints:
    """Seconds after local midnight, busiest in the evening."""
    hours = rng.choice(24, size=n, p=_HOURS / _HOURS.sum())
    return hours * 3600 + rng.integers(0, 3600, n)


def pick_weighted(rng: Rng, weights: Any, n: int) -> Ints:
    """`n` indices drawn with replacement, as often as their weight."""
    edges = np.cumsum(np.asarray(weights, dtype=float))
    drawn = np.searchsorted(edges, rng.random(n) * edges[-1], side="right")
    indices: Ints = np.minimum(drawn, len(edges) - 1).astype(np.int64)
    return indices
