"""What a built relation's columns hold, in figures: for drafting descriptions and checking them.

Columns that may identify a person give no values, only counts. Reads as the owner, since staging
and intermediate models are documented too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from dbt_project.artifacts import Column

LENT = "pg_temp"
"""Where relations are that were made for this connection only."""

SAMPLE_ROWS = 200_000
MAX_CATEGORIES = 8
LONGEST_CATEGORY = 30
# Names of what identifies a person, unless the column's `meta: {pii: false}` says otherwise.
_PERSONAL = re.compile(
    r"(^|_)(e?mail|phone|telefon|mobile|street|strasse|address|postcode|plz|zip|ip|iban|ssn|"
    r"first_name|last_name|full_name|surname|birth\w*|geburtsdatum|password|token|note|body|"
    r"first_message|message\w*|subject|text|title)(_|$)|^name$"
)
_NUMBERS = ("integer", "bigint", "smallint", "numeric", "double precision", "real")
_TIMES = ("date", "timestamp without time zone", "timestamp with time zone")


@dataclass(frozen=True)
class ColumnProfile:
    """One column.

    Attributes:
        data_type: as Postgres calls it.
        empty_share: nulls, as a share of the rows looked at.
        unique: whether no value stands in two rows.
        low, high: bounds of numbers and times, as text; "" for others and for personal data.
        categories: all its values, if they are few and short and not personal.
    """

    name: str
    data_type: str
    empty_share: float
    distinct: int
    unique: bool
    low: str
    high: str
    categories: tuple[str, ...]
    personal: bool


@dataclass(frozen=True)
class Profile:
    """One relation; `rows` is how many were looked at."""

    rows: int
    columns: dict[str, ColumnProfile]


def is_personal(column: str, meta: Mapping[str, Any]) -> bool:
    """Whether a column may identify a person: by its `meta: {pii: ...}`, else by its name."""
    said = meta.get("pii")
    return bool(said) if said is not None else bool(_PERSONAL.search(column.lower()))


def structure(connection: psycopg.Connection) -> dict[tuple[str, str], dict[str, str]]:
    """(schema, relation) -> column -> type, of everything in the project's schemas."""
    rows = connection.execute(
        """
        select n.nspname, c.relname, a.attname, format_type(a.atttypid, null)
        from pg_attribute as a
        join pg_class as c on c.oid = a.attrelid
        join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname in ('raw', 'staging', 'intermediate', 'marts', 'quality')
            and c.relkind in ('r', 'v', 'm', 'p') and not c.relispartition
            and a.attnum > 0 and not a.attisdropped
        order by 1, 2, a.attnum
        """
    ).fetchall()
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, relation, column, data_type in rows:
        found.setdefault((schema, relation), {})[column] = data_type
    return found


def lend(connection: psycopg.Connection, name: str, query: str) -> dict[str, str]:
    """A temporary view, for as long as the connection lasts, of what a model would hold.

    Returns:
        Column -> type, with its bounds.

    Raises:
        psycopg.Error: the query cannot be run.
    """
    connection.execute(
        sql.SQL("create temporary view {} as {}").format(
            sql.Identifier(name),
            sql.SQL(query.rstrip().rstrip(";")),
        )
    )
    rows = connection.execute(
        """
        select attname, format_type(atttypid, atttypmod)
        from pg_attribute
        where attrelid = to_regclass(%s) and attnum > 0
        order by attnum
        """,
        [sql.Identifier(LENT, name).as_string()],
    ).fetchall()
    return dict(rows)


def take(
    connection: psycopg.Connection,
    relation: tuple[str, str],
    types: Mapping[str, str],
    documented: Iterable[Column],
) -> Profile:
    """Profile a relation, one query for the figures and one for the categories.

    Raises:
        psycopg.Error: it cannot be read.
    """
    meta = {column.name: column.meta for column in documented}
    personal = {name: is_personal(name, meta.get(name, {})) for name in types}
    parts = []
    for name, data_type in types.items():
        column = sql.Identifier(name)
        bounded = not personal[name] and data_type in _NUMBERS + _TIMES
        comparable = data_type not in ("json", "xml", "point")
        parts.append(
            sql.SQL("count({0}), {1}, {2}, {3}").format(
                column,
                sql.SQL("count(distinct {})").format(column) if comparable else sql.SQL("0"),
                sql.SQL("min({})::text").format(column) if bounded else sql.SQL("''"),
                sql.SQL("max({})::text").format(column) if bounded else sql.SQL("''"),
            )
        )
    sample = sql.SQL("(select * from {} limit {}) as sample").format(
        sql.Identifier(*relation), sql.Literal(SAMPLE_ROWS)
    )
    row = connection.execute(
        sql.SQL("select count(*), {} from {}").format(sql.SQL(", ").join(parts), sample)
    ).fetchone()
    values: tuple[Any, ...] = tuple(row or ())
    rows = int(values[0]) if values else 0
    found = {}
    for i, (name, data_type) in enumerate(types.items()):
        filled, distinct, low, high = values[1 + 4 * i : 5 + 4 * i]
        found[name] = ColumnProfile(
            name=name,
            data_type=data_type,
            empty_share=1 - filled / rows if rows else 0.0,
            distinct=int(distinct),
            unique=bool(rows) and filled == rows == distinct,
            low=str(low or ""),
            high=str(high or ""),
            categories=(),
            personal=personal[name],
        )
    few = [
        one.name
        for one in found.values()
        if one.data_type in ("text", "character varying")
        and not one.personal
        and 1 <= one.distinct <= MAX_CATEGORIES < rows
    ]
    return Profile(rows, found | _categories(connection, sample, few, found))


def _categories(
    connection: psycopg.Connection,
    sample: sql.Composed,
    few: list[str],
    found: dict[str, ColumnProfile],
) -> dict[str, ColumnProfile]:
    if not few:
        return {}
    row = connection.execute(
        sql.SQL("select {} from {}").format(
            sql.SQL(", ").join(
                sql.SQL("array_agg(distinct {0}) filter (where {0} is not null)").format(
                    sql.Identifier(name)
                )
                for name in few
            ),
            sample,
        )
    ).fetchone()
    changed = {}
    for name, values in zip(few, row or (), strict=True):
        if all(0 < len(value) <= LONGEST_CATEGORY for value in values):
            one = found[name]
            changed[name] = ColumnProfile(**{**one.__dict__, "categories": tuple(sorted(values))})
    return changed
