"""Lists of objects inside JSON, taken out to be profiled: one row per element."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from dbt_project.profiling import evidence, fields, kinds
from dbt_project.profiling.values import Key, TableProfile
from dbt_project.profiling.words import singular

ELEMENT = "element"
"""The column with the object."""
POSITION = "position"
"""The column with its place in the list, from 1."""
MOST_ELEMENTS = 100_000
"""Elements looked at."""


def of(connection: psycopg.Connection[Any], parent: TableProfile) -> list[TableProfile]:
    """The profiles of the lists of objects inside a table, each in a temporary table.

    Raises:
        psycopg.Error: the table cannot be read.
    """
    found = []
    for array in parent.arrays:
        path = tuple(array.split("."))
        name = f"{singular(parent.entity)}_{fields.name_of(path)}"[:50]
        table = evidence.relation(name, is_list=True)
        place = sql.SQL("landed.{} #> {}").format(
            sql.Identifier(path[0]), sql.Literal(list(path[1:]))
        )
        connection.execute(sql.SQL("drop table if exists {}").format(table))
        connection.execute(
            sql.SQL(
                "create temporary table {name} as"
                " select item.{element}, item.{position} from raw.{parent} as landed"
                " cross join lateral jsonb_array_elements("
                " case when jsonb_typeof({place}) = 'array' then {place} else '[]' end)"
                " with ordinality as item ({element}, {position}) limit {most}"
            ).format(
                name=sql.Identifier(name),
                element=sql.Identifier(ELEMENT),
                position=sql.Identifier(POSITION),
                parent=sql.Identifier(parent.entity),
                place=place,
                most=sql.Literal(MOST_ELEMENTS),
            )
        )
        scalars, _ = fields.inside(connection, table, ELEMENT)
        inside = fields.named(
            evidence.Field(fields.name_of(one[1:]), one, None) for one in scalars if len(one) > 1
        )
        rows = connection.execute(sql.SQL("select count(*) from {}").format(table)).fetchone()
        if not inside or not rows or not rows[0]:
            continue
        gathered, looked_at = evidence.gather(connection, name, inside, rows[0], is_list=True)
        columns = tuple(
            replace(kinds.decide(one, seen, looked_at), exact=rows[0] < MOST_ELEMENTS)
            for one, seen in zip(inside, gathered, strict=True)
        )
        found.append(
            TableProfile(
                entity=name,
                rows=rows[0],
                looked_at=looked_at,
                columns=columns,
                keys=(Key((POSITION,)),),
                files=parent.files,
                first_uri=parent.first_uri,
                version=parent.version,
                list_of=(parent.entity, *path),
            )
        )
    return found
