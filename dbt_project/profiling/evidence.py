"""What speaks for each kind of column: counts taken in SQL over the distinct values of a sample.

One pass turns the sample on its side (column, value, rows with it); a second reads each distinct
value with the project's macros. Both see texts only; what is inside JSON columns comes as fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from dbt_project.profiling import nothing, statements
from dbt_project.profiling.macros import project_macros
from dbt_project.profiling.values import Count

CELLS = 1_000_000
"""Cells looked at: larger tables are sampled."""
FEWEST_ROWS = 30_000
"""Rows of a sample at least."""
READ_VALUES = 1_500
"""Distinct values of a column that the macros read; the frequent ones first, then any."""
LONGEST = 500
"""Characters of a value that are looked at."""
TOP = 12


@dataclass(frozen=True)
class Field:
    """A column of a raw table, or a scalar inside one of its JSON columns."""

    name: str
    path: tuple[str, ...]
    label: str | None
    stored_as_json: bool = False

    def expression(self, relation: str) -> sql.Composable:
        """Its text."""
        column = sql.Identifier(relation, self.path[0])
        if len(self.path) == 1:
            return sql.SQL("{}::text").format(column) if self.stored_as_json else column
        return sql.SQL("{} #>> {}").format(column, sql.Literal(list(self.path[1:])))


@dataclass(frozen=True)
class Evidence:
    """Rows of one column by what they can be read as; all counts are of rows with a value.

    Attributes:
        read: rows whose values were read by the macros; the counts of `fits` are of these.
        fits: kind of reading -> rows.
        numbers: low, high, mean, median and most decimals of what is a number.
        points, commas: the same for amounts with thousands grouped, by their decimal sign.
        measures: the same for numbers that a unit stands behind.
        times: low and high of what is a date or time, as text, by kind of reading.
    """

    nulls: int
    given: int
    distinct: int
    read: int
    fits: dict[str, int]
    numbers: dict[str, Any]
    points: dict[str, Any]
    commas: dict[str, Any]
    measures: dict[str, Any]
    times: dict[str, Any]
    shortest: int
    longest: int
    words: float
    unit: str
    unit_rows: int
    mark: str
    mark_rows: int
    words_for_nothing: tuple[Count, ...]
    codes_like_nothing: tuple[Count, ...]
    odd_ones: tuple[Count, ...]
    top: tuple[Count, ...]
    shapes: tuple[Count, ...]


CENTURY = "20"
"""What years of two digits are taken for."""
READINGS = {
    "integer": ("to_integer", {}),
    "number": ("to_number", {}),
    "point": ("to_money", {"decimal": "point"}),
    "comma": ("to_money", {"decimal": "comma"}),
    "boolean": ("to_boolean", {}),
    "measure": ("to_money", {"decimal": "point"}),
    "measure_comma": ("to_money", {"decimal": "comma"}),
    "time_of_day": ("to_time_of_day", {}),
    "duration": ("to_duration", {}),
    "date": ("to_date", {}),
    "date_historic": ("to_date_historic", {}),
    "date_named": ("to_date_named", {}),
    "month": ("to_month", {}),
    "date_dmy": ("to_date_dmy", {}),
    "date_mdy": ("to_date_mdy", {}),
    "short_dmy": ("to_date_dmy", {"century": CENTURY}),
    "short_mdy": ("to_date_mdy", {"century": CENTURY}),
    "time": ("to_timestamp_iso", {}),
    "time_dmy": ("to_timestamp_dmy", {}),
    "time_mdy": ("to_timestamp_mdy", {}),
}
"""Readings and their macros; each costs a pass over the distinct values."""

SPANS = (
    "date", "date_historic", "date_named", "month", "date_dmy", "date_mdy", "short_dmy",
    "short_mdy", "time", "time_dmy", "time_mdy", "duration",
)  # fmt: skip
_WITH_DIGITS = sql.SQL("value ~ '[0-9]'")
_SHORT_YEAR = sql.SQL(r"value ~ '^ *[0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{2}($|[ ,])'")
_LIKE_DURATION = sql.SQL("value ~ '^ *(P|[0-9])[^-/]*$' and value ~ '[0-9] *[:[:alpha:]]'")
_SUCH = {"duration": _LIKE_DURATION, "short_dmy": _SHORT_YEAR, "short_mdy": _SHORT_YEAR}
_WITH_UNIT = r"^ *[+-]?[0-9]+([.,][0-9]+)* ?[^-+0-9.,[:space:]][^0-9]*$"
_WITHOUT_UNIT = r"regexp_replace(value, ' ?[^-+0-9.,[:space:]][^0-9]*$', '')"

_SHAPES = {
    "percent": r"^[+-]?[0-9]+([.,][0-9]+)? ?%$",
    "negative": r"^-",
    "fraction": r"[.,][0-9]*[1-9]",
    "grouped": r"[0-9][.,' ][0-9]{3}\y",
    "leading_zero": r"^[+-]?0[0-9]",
    "digits": r"^[0-9]+$",
    "email": r"^[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}$",
    "url": r"^(https?|ftp)://\S+$|^www\.\S+\.\S+$",
    "ip": r"^([0-9]{1,3}\.){3}[0-9]{1,3}$",
    "phone": r"^[+(0][0-9 ()./+-]{6,20}$",
    "epoch": r"^[0-9]{9,10}(\.[0-9]+)?$",
    "epoch_millis": r"^[0-9]{12,13}$",
    "clock": r"[T ][0-9]{1,2}:[0-9]{2}",
    "year_first": r"^(19|20)[0-9]{2}[-/.]?[0-9]{1,2}[-/.]?[0-9]{1,2}",
    "day_month": r"^[0-9]{1,2}([./-] ?)[0-9]{1,2}\1[0-9]{4}",
    "short_year": r"^[0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{2}$",
    "one_word": r"^\S+$",
    "sentence": r"[[:alpha:]]{2,}[^.!?]* [^.!?]* \S+.*[.!?]",
    "letters": r"[[:alpha:]]",
    "json": r"^\s*[\[{].*[\]}]\s*$",
}


def relation(entity: str, *, is_list: bool = False) -> sql.Composable:
    """Where a table stands: in `raw`, or, of a list inside JSON, among the temporary ones."""
    return sql.Identifier("pg_temp" if is_list else "raw", entity)


def gather(
    connection: psycopg.Connection[Any],
    entity: str,
    fields: Sequence[Field],
    rows: int,
    *,
    is_list: bool = False,
) -> tuple[list[Evidence], int]:
    """The evidence of each field, and how many rows were looked at.

    Leaves the distinct values in a temporary table `<entity>` of schema pg_temp, named by
    `values_table`, for whoever compares columns.

    Raises:
        psycopg.Error: the table cannot be read.
    """
    table = sql.Identifier("pg_temp", values_table(entity))
    connection.execute(sql.SQL("drop table if exists {}").format(table))
    wanted = max(FEWEST_ROWS, CELLS // max(1, len(fields)))
    sample: sql.Composable = sql.SQL("")
    if rows > wanted:
        sample = sql.SQL("tablesample bernoulli ({}) repeatable (7)").format(
            sql.Literal(round(100 * wanted / rows, 4))
        )
    pairs = sql.SQL(", ").join(
        sql.SQL("({}, {})").format(sql.Literal(number), one.expression("landed"))
        for number, one in enumerate(fields)
    )
    connection.execute(
        sql.SQL(
            "create temporary table {table} as"
            " select cell.number, left(cell.value, {longest}) as value, count(*) as times"
            " from {entity} as landed {sample}"
            " cross join lateral (values {pairs}) as cell (number, value)"
            " where cell.value is not null group by 1, 2"
        ).format(
            table=sql.Identifier(values_table(entity)),
            longest=sql.Literal(LONGEST),
            entity=relation(entity, is_list=is_list),
            sample=sample,
            pairs=pairs,
        )
    )
    looked_at = rows
    if rows > wanted:
        counted = connection.execute(
            sql.SQL("select count(*) from {} as landed {}").format(
                relation(entity, is_list=is_list), sample
            )
        ).fetchone()
        looked_at = counted[0] if counted else 0
    return [
        _evidence(row, looked_at) for row in _gathered(connection, entity, len(fields))
    ], looked_at


def _gathered(
    connection: psycopg.Connection[Any], entity: str, fields: int
) -> list[dict[str, Any]]:
    """One dictionary per field with what the statements below found, empty where no value is.

    The readings are statements of their own: the server keeps 32 compiled patterns, and a row that
    goes through more would have each compiled anew.
    """
    found: list[dict[str, Any]] = [{} for _ in range(fields)]
    names: dict[str, sql.Composable] = {"table": sql.Identifier("pg_temp", values_table(entity))}
    with connection.cursor(row_factory=dict_row) as cursor:

        def take(statement: LiteralString, **parts: sql.Composable) -> None:
            for row in cursor.execute(sql.SQL(statement).format(**names, **parts)):
                found[row.pop("number")].update(row)

        cursor.execute("drop table if exists pg_temp.profile_given, pg_temp.profile_read")
        cursor.execute(sql.SQL(statements.GIVEN).format(**names, is_given=_macro("is_given")))
        cursor.execute(nothing.LEAVE_OUT_ODD_ONES)
        cursor.execute(sql.SQL(statements.READ).format(most=sql.Literal(READ_VALUES)))
        take(statements.TOTALS, top=sql.Literal(TOP))
        take(statements.SHAPES_SEEN, shape=_macro("mask_shape"))
        take(statements.PATTERNS, counted=sql.SQL(", ").join(_pattern_counts()))
        take(statements.BOOLEANS, value=_macro("to_boolean"))
        for reading in ("integer", "time_of_day"):
            macro, named = READINGS[reading]
            take(
                statements.READING, value=_macro(macro, **named),
                fits=sql.Identifier(f"fits_{reading}"),
            )  # fmt: skip
        for reading, name in (("number", "numbers"), ("point", "points"), ("comma", "commas")):
            macro, named = READINGS[reading]
            take(
                statements.NUMBERS, value=_macro(macro, **named),
                fits=sql.Identifier(f"fits_{reading}"), bounds=sql.Identifier(name),
                such=_WITH_DIGITS,
            )  # fmt: skip
        for reading in ("measure", "measure_comma"):
            macro, named = READINGS[reading]
            value = project_macros()(macro, _WITHOUT_UNIT, **named)
            take(
                statements.NUMBERS, value=sql.SQL(value), fits=sql.Identifier(f"fits_{reading}"),
                bounds=sql.Identifier(f"{reading}s"), such=sql.SQL(f"value ~ '{_WITH_UNIT}'"),
            )  # fmt: skip
        for reading in SPANS:
            macro, named = READINGS[reading]
            take(
                statements.TIMES, value=_macro(macro, **named),
                fits=sql.Identifier(f"fits_{reading}"), bounds=sql.Identifier(f"span_{reading}"),
                such=_SUCH.get(reading, _WITH_DIGITS),
            )  # fmt: skip
        for fits, named, such in (
            ("fits_both_orders", {}, _WITH_DIGITS),
            ("fits_both_short", {"century": CENTURY}, _SHORT_YEAR),
        ):
            take(
                statements.BOTH_ORDERS, dmy=_macro("to_date_dmy", **named),
                mdy=_macro("to_date_mdy", **named), fits=sql.Identifier(fits), such=such,
            )  # fmt: skip
    return found


def _macro(name: str, **named: Any) -> sql.SQL:
    return sql.SQL(project_macros()(name, "value", **named))


def _pattern_counts() -> list[sql.Composable]:
    return [
        sql.SQL("sum(times) filter (where value ~ {}) as {}").format(
            sql.Literal(pattern), sql.Identifier(f"fits_{shape}")
        )
        for shape, pattern in _SHAPES.items()
    ]


def values_table(entity: str) -> str:
    """The temporary table with the distinct values of a raw table's sample."""
    return f"values_{entity}"[:63]


def _evidence(row: dict[str, Any], looked_at: int) -> Evidence:
    def number(name: str) -> int:
        return int(row.get(name) or 0)

    def counts(name: str) -> tuple[Count, ...]:
        return tuple(Count(str(value), int(times)) for value, times in row.get(name) or ())

    names = [*READINGS, *_SHAPES, "true", "both_orders", "both_short"]
    return Evidence(
        nulls=looked_at - number("given"),
        given=number("given"),
        distinct=number("distinct_values"),
        read=number("rows_read"),
        fits={name: number(f"fits_{name}") for name in names},
        numbers=row.get("numbers") or {},
        points=row.get("points") or {},
        commas=row.get("commas") or {},
        measures=row.get("measures") or {},
        times={name: row.get(f"span_{name}") or [None, None] for name in SPANS},
        shortest=number("shortest"),
        longest=number("longest"),
        words=float(row.get("words") or 0),
        unit=row.get("unit") or "",
        unit_rows=number("unit_rows"),
        mark=row.get("mark") or "",
        mark_rows=number("mark_rows"),
        words_for_nothing=counts("words_for_nothing"),
        codes_like_nothing=counts("codes_like_nothing"),
        odd_ones=counts("odd_ones"),
        top=counts("top"),
        shapes=counts("shapes"),
    )
