"""Lists inside columns, taken out to be profiled: one row per element.

Lists stand in JSON, of objects or of plain values, or in texts with a mark between the values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from dbt_project.profiling import evidence, fields, kinds, statements
from dbt_project.profiling.evidence import Field
from dbt_project.profiling.values import Key, ListIn, TableProfile
from dbt_project.profiling.words import bare, singular

ELEMENT = "element"
"""The column with the element."""
POSITION = "position"
"""The column with its place in the list, from 1."""
MOST_ELEMENTS = 100_000
"""Elements looked at."""
MOST_LISTS = 6
"""Lists of plain values that are taken out of one table."""
MARKS = (",", ";", "|")
"""What may stand between the values of a text."""


def of(connection: psycopg.Connection[Any], parent: TableProfile) -> list[TableProfile]:
    """The profiles of the lists inside a table that was profiled last, each in a temporary table.

    Raises:
        psycopg.Error: the table cannot be read.
    """
    plain = [one for one in parent.arrays if not one.of_objects]
    plain += in_texts(connection, parent)
    wanted = [*(one for one in parent.arrays if one.of_objects), *plain[:MOST_LISTS]]
    return [found for one in wanted for found in _profiled(connection, parent, one)]


def in_texts(connection: psycopg.Connection[Any], parent: TableProfile) -> list[ListIn]:
    """Columns of texts that are lists: their values come again and again, in any place."""
    columns = {
        number: column
        for number, column in enumerate(parent.columns)
        if column.kind in ("text", "code", "prose")
        and len(column.path) == 1
        and not column.personal
    }
    rows = connection.execute(
        sql.SQL(statements.LISTS_IN_TEXTS).format(
            marks=sql.Literal(list(MARKS)), columns=sql.Literal(list(columns))
        )
    )
    return [ListIn(columns[number].path, mark=mark) for number, mark in rows]


def _profiled(
    connection: psycopg.Connection[Any], parent: TableProfile, one: ListIn
) -> Iterator[TableProfile]:
    name = f"{singular(bare(parent.entity))}_{fields.name_of(one.path)}"[:50]
    table = evidence.relation(name, is_list=True)
    connection.execute(sql.SQL("drop table if exists {}").format(table))
    connection.execute(
        sql.SQL(
            "create temporary table {name} as"
            " select item.{element}, item.{position} from raw.{parent} as landed"
            " cross join lateral {elements}"
            " with ordinality as item ({element}, {position}) limit {most}"
        ).format(
            name=sql.Identifier(name),
            element=sql.Identifier(ELEMENT),
            position=sql.Identifier(POSITION),
            parent=sql.Identifier(parent.entity),
            elements=_elements(one),
            most=sql.Literal(MOST_ELEMENTS),
        )
    )
    inside: tuple[Field, ...] = (Field(singular(fields.name_of(one.path[-1:])), (ELEMENT,), None),)
    if one.of_objects:
        scalars, _ = fields.inside(connection, table, ELEMENT)
        inside = fields.named(
            Field(fields.name_of(path[1:]), path, None) for path in scalars if len(path) > 1
        )
    counted = connection.execute(sql.SQL("select count(*) from {}").format(table)).fetchone()
    rows = counted[0] if counted else 0
    if not inside or not rows:
        return
    gathered, looked_at = evidence.gather(connection, name, inside, rows, is_list=True)
    yield TableProfile(
        entity=name,
        rows=rows,
        looked_at=looked_at,
        columns=tuple(
            replace(kinds.decide(field, seen, looked_at), exact=rows < MOST_ELEMENTS)
            for field, seen in zip(inside, gathered, strict=True)
        ),
        keys=(Key((POSITION,)),),
        files=parent.files,
        first_uri=parent.first_uri,
        version=parent.version,
        parent=parent.entity,
        list_in=one,
    )


def _elements(one: ListIn) -> sql.Composable:
    column = sql.Identifier("landed", one.path[0])
    if one.mark:
        return sql.SQL("string_to_table({}, {})").format(column, sql.Literal(one.mark))
    return sql.SQL(
        "jsonb_array_elements{kind}"
        "(case when jsonb_typeof({place}) = 'array' then {place} else '[]' end)"
    ).format(
        kind=sql.SQL("" if one.of_objects else "_text"),
        place=sql.SQL("({} #> {})").format(column, sql.Literal(list(one.path[1:]))),
    )
