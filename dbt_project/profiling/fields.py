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
FEWEST_KEYS = 8
"""Different keys that make a map of objects that have few of them each."""
SPARSE = 4
"""What share of its keys an object has at most where these are data: one in so many."""
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
            Field(name_of(path), path, label if len(path) == 1 else None, is_map or len(path) == 1)
            for path, is_map in scalars
        ]
        found += [
            Field(name_of(one.path), one.path, None, True)
            for one in lists
            if len(one.path) > 1 and not one.is_map
        ]
    files = connection.execute(
        "select count(*), min(uri), max(file_id) from raw._files"
        " where entity = %s and status = 'loaded'",
        [entity],
    ).fetchone() or (0, "", 0)
    return Structure(named(found), tuple(arrays), files[0], files[1] or "", files[2] or 0)


def inside(
    connection: psycopg.Connection[Any], table: sql.Composable, column: str
) -> tuple[list[tuple[tuple[str, ...], bool]], list[ListIn]]:
    """Paths of scalars, and whether these are maps, and the lists inside a JSON column.

    Frequent ones come first.

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
    seen = [_Seen(tuple(path), kind, times, lengths) for path, kind, times, lengths in rows]
    maps = _maps(seen)
    scalars: list[tuple[str, ...]] = []
    lists: dict[tuple[str, ...], ListIn] = {}
    for one in seen:
        place = one.path
        if _is_inside(place, maps):
            continue
        if one.kind in _LISTS and (one.lengths > 1 or one.kind != "list of number"):
            lists.setdefault(place, ListIn(place, of_objects=one.kind == "list of object"))
        elif one.kind.startswith("list"):
            continue
        elif one.kind == "object":
            if place in maps and place not in scalars:
                scalars.append(place)
        elif place not in scalars:
            scalars.append(place)
    arrays = [one for one in lists.values() if one.path not in scalars]
    arrays += [
        ListIn(place, of_objects=True, is_map=True) for place, alike in maps.items() if alike
    ]
    return [(place, place in maps) for place in scalars] or [((column,), False)], arrays


@dataclass(frozen=True)
class _Seen:
    """A path inside JSON, the kind of value there, how often, and how many lengths lists have."""

    path: tuple[str, ...]
    kind: str
    times: int
    lengths: int


def _maps(seen: Sequence[_Seen]) -> dict[tuple[str, ...], bool]:
    """Objects whose keys are data, and whether their values are all of one kind.

    They have too many different keys for columns; or some, of which each object has few, with
    values of one kind.
    """
    objects = {one.path: one.times for one in seen if one.kind == "object"}
    members: dict[tuple[str, ...], list[_Seen]] = {}
    for one in seen:
        if one.path[:-1] in objects:
            members.setdefault(one.path[:-1], []).append(one)
    found = {}
    for place, inside_it in members.items():
        keys = len({one.path for one in inside_it})
        alike = len({one.kind for one in inside_it}) == 1 and not inside_it[0].kind.startswith(
            "list"
        )
        sparse = sum(one.times for one in inside_it) * SPARSE < keys * objects[place]
        if keys > MOST_KEYS or (keys >= FEWEST_KEYS and sparse and alike):
            found[place] = alike
    # What is inside a map is found in its members.
    return {place: alike for place, alike in found.items() if not _is_inside(place, found)}


def _is_inside(place: tuple[str, ...], maps: Iterable[tuple[str, ...]]) -> bool:
    return any(place[: len(above)] == above and len(place) > len(above) for above in maps)


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
