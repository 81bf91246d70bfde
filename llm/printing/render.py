"""Results for a terminal, as JSON and as CSV. Formats values; decides nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from llm.database import QueryResult
from llm.dates import unit_text
from llm.money import CALLED
from llm.request import Grain

SHOWN_ROWS = 50
SHOWN_UNITS = {unit: f" ({unit})" for unit in ("days", "hours", "minutes", "stars")}
SHOWN_UNITS |= {unit: f" ({unit.upper()})" for unit in CALLED}


@dataclass(frozen=True)
class Heading:
    """A column of the result.

    Attributes:
        label: for a person, such as "Revenue".
        unit: eur, count, rate (a fraction), points (a difference of rates), days, hours, minutes,
            stars, number; a calendar unit for periods; empty for names.
    """

    name: str
    label: str
    unit: str = ""


def cell(value: object) -> str:
    """A value as a person reads it in a table."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal | float):
        number = float(value)
        if number == int(number) and abs(number) < 1e15:
            return f"{int(number):,}"
        return f"{number:,.2f}" if abs(number) >= 1 else f"{number:.4f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def plain(value: object) -> Any:
    """A value as JSON holds it: numbers stay numbers, dates become ISO text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def header(name: str) -> str:
    """A column's name as a heading: `order__country` -> `country`, `revenue_share` -> words."""
    return name.rsplit("__", 1)[-1].replace("_", " ") if "__" in name else name.replace("_", " ")


def figure(value: object, unit: str) -> str:
    """A value in its unit, as a table shows it: `42.8 %`, `1,234.50`, `March 2026`."""
    if isinstance(value, date) and unit in set(Grain):
        return unit_text(Grain(unit), value) if unit not in ("day", "week") else str(value)
    if value is None or isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return cell(value)
    if unit == "rate":
        return f"{100 * float(value):,.1f} %"
    if unit == "points":
        return f"{100 * float(value):+,.1f} points"
    if unit in SHOWN_UNITS:
        return f"{float(value):,.2f}"
    return cell(value)


def table(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], headings: Sequence[Heading] = ()
) -> Table:
    """The first rows as a Rich table; numbers stand right.

    Args:
        headings: what the columns are called and measured in, if that is known.
    """
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    known = headings or [Heading(name, header(name)) for name in columns]
    for i, one in enumerate(known):
        numeric = all(isinstance(r[i], int | float | Decimal) or r[i] is None for r in rows)
        said = one.unit in one.label.lower().split()
        unit = "" if said else SHOWN_UNITS.get(one.unit, "")
        drawn.add_column(
            _escaped(f"{one.label}{unit}"),
            justify="right" if numeric and rows else "left",
            overflow="fold",
        )
    for row in rows[:SHOWN_ROWS]:
        cells = (figure(value, one.unit) for one, value in zip(known, row, strict=True))
        drawn.add_row(*map(_escaped, cells))
    return drawn


def print_result(console: Console, result: QueryResult) -> None:
    """A query's rows, and how many there are."""
    if result.rows:
        console.print(table(result.columns, result.rows))
    console.print(_row_count(len(result.rows), result.truncated), style="dim")


def as_json(result: QueryResult) -> str:
    """The result as JSON: columns, rows, sql, truncated."""
    return json.dumps(
        {
            "columns": list(result.columns),
            "rows": [[plain(value) for value in row] for row in result.rows],
            "truncated": result.truncated,
            "seconds": round(result.seconds, 4),
            "sql": result.sql,
        },
        ensure_ascii=False,
        indent=2,
    )


def as_csv(result: QueryResult) -> str:
    """The result as CSV with a header; empty cells for nulls."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(result.columns)
    for row in result.rows:
        values = (plain(value) for value in row)
        writer.writerow(
            [json.dumps(value) if isinstance(value, list | dict) else value for value in values]
        )
    return out.getvalue()


def _row_count(count: int, truncated: bool) -> str:
    shown = f", the first {SHOWN_ROWS} are shown" if count > SHOWN_ROWS else ""
    if count == 0:
        return "no rows"
    cut = " (cut off at the limit)" if truncated else ""
    return f"{count:,} row{'s' if count != 1 else ''}{cut}{shown}"


def _escaped(text: str) -> str:
    return text.replace("[", "\\[")
