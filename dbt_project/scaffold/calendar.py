"""Dates that stand in several columns: a year, or a year and a month, or these and a day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dbt_project.profiling.values import ColumnProfile, TableProfile
from dbt_project.profiling.words import joined
from dbt_project.scaffold.plan import Column

_PARTS = (
    (
        r"^(year|yr|jahr|annee|anio|yearid|year_id|season|yyyy)$"
        r"|^(start|release|publication|pub|model|fiscal|production|issue)_?year$",
        1000, 2200,
    ),
    (r"^(month|mon|mo|monat|mois|mes|month_id|month_no|month_number|mm)$", 1, 12),
    (r"^(day|dom|tag|jour|dia|day_of_month|dayofmonth|mday|dd)$", 1, 31),
)  # fmt: skip
_NAMES = ("first_day_of_year", "first_day_of_month", "calendar_day")
_LABELS = ("Calendar year", "Calendar month", "Calendar day")


def parts(table: TableProfile) -> tuple[str, ...]:
    """The columns with the year, the month and the day, as far as they are there; else none.

    A year that is the only one of its kind is enough; months without a year are not.
    """
    found: list[str] = []
    for pattern, low, high in _PARTS:
        fitting = [
            column for column in table.columns
            if re.search(pattern, column.name) and _is_between(column, low, high)
        ]  # fmt: skip
        if len(fitting) != 1:
            break
        found.append(fitting[0].name)
    return tuple(found)


def _is_between(column: ColumnProfile, low: int, high: int) -> bool:
    if column.kind != "integer" or not column.low or column.nulls > 0.5 * column.rows:
        return False
    return low <= float(column.low) and float(column.high) <= high


def made(columns: Sequence[str], taken: Iterable[str]) -> Column | None:
    """The date that the columns make; None if its name is taken."""
    size = len(columns) - 1
    if _NAMES[size] in taken:
        return None
    first = "" if size == 2 else "The first day of it, by which metrics count. "
    return Column(
        name=_NAMES[size],
        path=(),
        reader="",
        arguments="",
        data_type="date",
        role="time",
        label=_LABELS[size],
        meaning=f"{_LABELS[size]}, of {joined(list(columns))}. {first}Empty where these make none.",
    )
