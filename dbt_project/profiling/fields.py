"""The columns of a raw table, and what stands inside its JSON columns, as a flat list of fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from dbt_project.profiling.evidence import Field, relation
from dbt_project.profiling.values import ListIn

SAMPLE_ROWS = 2_000
"""Rows whose JSON is looked into for its keys."""
DEEPEST = 4
"""Levels of JSON that are followed."""
MOST_KEYS = 40
"""Scalars taken out of one JSON column; of an object with more keys, none: it is a map."""
LONGEST_NAME = 60
_LISTS = ("list of object", "list of string", "list of number")


@dataclass(frozen=True)
class Structure:
    """What a raw table is made of; `arrays` are the lists inside its JSON."""

    fields: tuple[Field, ...]
    arrays: tuple[ListIn, ...]
    files: int
    first_uri: str
    version: int


def of(connection: psycopg.Connection[Any], entity: str) -> Structure:
    """Read a table's structure.

    Raises:
        psycopg.Error: it cannot be read.
    """
    rows = connection.execute(
        """
        select a.attname, format_type(a.atttypid, null), c.label
        from pg_attribute as a
        left join raw._columns as c on c.entity = %(entity)s and c.column_name = a.attname
        where a.attrelid = format('raw.%%I', %(entity)s::text)::regclass
            and a.attnum > 0 and not a.attisdropped and a.attname not in ('_file_id', '_line')
        order by a.attnum
        """,
        {"entity": entity},
    ).fetchall()
    found: list[Field] = []
    arrays: list[ListIn] = []
    for name, data_type, label in rows:
        if data_type != "jsonb":
            found.append(Field(name, (name,), label))
            continue
        scalars, lists = inside(connection, relation(entity), name)
        arrays += lists
        found += [
            Field(name_of(path), path, label if len(path) == 1 else None, len(path) == 1)
            for path in scalars
        ]
        found += [
            Field(name_of(one.path), one.path, None, True) for one in lists if len(one.path) > 1
        ]
    files = connection.execute(
        "select count(*), min(uri), max(file_id) from raw._files"
        " where entity = %s and status = 'loaded'",
        [entity],
    ).fetchone() or (0, "", 0)
    return Structure(named(found), tuple(arrays), files[0], files[1] or "", files[2] or 0)


def inside(
    connection: psycopg.Connection[Any], table: sql.Composable, column: str
) -> tuple[list[tuple[str, ...]], list[ListIn]]:
    """Paths of scalars and the lists inside a JSON column, frequent ones first.

    Numbers of which there are always as many, as in a pair of coordinates, are one value.
    """
    rows = connection.execute(
        sql.SQL(
            """
            with recursive sample as (
                select {column} as value from {table}
                where {column} is not null limit {rows}
            ),
            walk as (
                select array[{name}]::text[] as path, value, 1 as depth from sample
                union all
                select walk.path || pair.key, pair.value, walk.depth + 1
                from walk
                cross join lateral jsonb_each(
                    case when jsonb_typeof(walk.value) = 'object' then walk.value else '{{}}' end
                ) as pair
                where walk.depth <= {deepest}
            )
            select
                path,
                case
                    when jsonb_typeof(value) <> 'array' then jsonb_typeof(value)
                    else concat('list of ', jsonb_typeof(value -> 0))
                end as kind,
                count(*) as times,
                count(distinct case
                    when jsonb_typeof(value) = 'array' then jsonb_array_length(value)
                end) as lengths
            from walk
            where jsonb_typeof(value) <> 'null'
            group by 1, 2
            order by array_length(path, 1), times desc, path
            """
        ).format(
            column=sql.Identifier(column),
            table=table,
            rows=sql.Literal(SAMPLE_ROWS),
            name=sql.Literal(column),
            deepest=sql.Literal(DEEPEST),
        )
    ).fetchall()
    maps = _maps([path for path, *_ in rows])
    scalars: list[tuple[str, ...]] = []
    lists: dict[tuple[str, ...], ListIn] = {}
    for path, kind, _, lengths in rows:
        place = tuple(path)
        if any(place[: len(one)] == one and len(place) > len(one) for one in maps):
            continue
        if kind in _LISTS and (lengths > 1 or kind != "list of number"):
            lists.setdefault(place, ListIn(place, of_objects=kind == "list of object"))
        elif kind.startswith("list"):
            continue
        elif kind == "object":
            if place in maps and place not in scalars:
                scalars.append(place)
        elif place not in scalars:
            scalars.append(place)
    return scalars or [(column,)], [one for one in lists.values() if one.path not in scalars]


def _maps(paths: Iterable[Sequence[str]]) -> set[tuple[str, ...]]:
    """Objects whose keys are data: too many different ones to be columns."""
    children: dict[tuple[str, ...], set[str]] = {}
    for path in paths:
        if len(path) > 1:
            children.setdefault(tuple(path[:-1]), set()).add(path[-1])
    return {place for place, keys in children.items() if len(keys) > MOST_KEYS}


def name_of(path: Sequence[str]) -> str:
    """A column's name for a path, lower snake case ASCII; a key below one alike is left out."""
    keys = [key for above, key in zip(("", *path), path, strict=False) if key != above]
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", "_".join(keys))
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in text).lower()
    return "_".join(part for part in plain.split("_") if part)[:LONGEST_NAME] or "field"


def named(found: Iterable[Field]) -> tuple[Field, ...]:
    """The fields with a number behind names that were there before."""
    taken: dict[str, int] = {}
    distinct = []
    for one in found:
        times = taken[one.name] = taken.get(one.name, 0) + 1
        distinct.append(one if times == 1 else replace(one, name=f"{one.name}_{times}"))
    return tuple(distinct)
