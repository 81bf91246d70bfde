"""Lists inside columns, taken out to be profiled: one row per element.

Lists stand in JSON, of objects or of plain values, or in texts with a mark between the values.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from dbt_project.profiling import evidence, fields, kinds, languages, statements
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
DEEPEST = 3
"""Lists inside lists that are taken out, one within the other."""
MARKS = (",", ";", "|")
"""What may stand between the values of a text."""


def of(
    connection: psycopg.Connection[Any], parent: TableProfile, depth: int = 1
) -> list[TableProfile]:
    """The profiles of the lists inside a table that was profiled last, each in a temporary table.

    Behind each list come those inside it.

    Raises:
        psycopg.Error: the table cannot be read.
    """
    plain = [one for one in parent.arrays if not one.of_objects]
    if not parent.list_in:
        plain += in_texts(connection, parent)
    wanted = [*(one for one in parent.arrays if one.of_objects), *plain[:MOST_LISTS]]
    found = []
    for one in wanted:
        if inner := _profiled(connection, parent, one):
            found.append(inner)
            found += of(connection, inner, depth + 1) if depth < DEEPEST else []
    return found


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
) -> TableProfile | None:
    inside_list = parent.list_in is not None
    place = one.path[1:] if inside_list else one.path
    name = f"{singular(bare(parent.entity))}_{fields.name_of(place)}"[:50].strip("_")
    table = evidence.relation(name, is_list=True)
    connection.execute(sql.SQL("drop table if exists {}").format(table))
    connection.execute(
        sql.SQL(
            "create temporary table {name} as"
            " select item.{element}, item.{position} from {parent} as landed"
            " cross join lateral {elements}"
            " with ordinality as item ({element}, {position}) limit {most}"
        ).format(
            name=sql.Identifier(name),
            element=sql.Identifier(ELEMENT),
            position=sql.Identifier(POSITION),
            parent=evidence.relation(parent.entity, is_list=inside_list),
            elements=_elements(one),
            most=sql.Literal(MOST_ELEMENTS),
        )
    )
    word = singular(fields.name_of(one.path[-1:]))
    inside: tuple[Field, ...] = (Field(word, (ELEMENT,), None),)
    lists: list[ListIn] = []
    if one.of_objects:
        scalars, lists = fields.inside(connection, table, ELEMENT)
        kept = [*scalars, *((inner.path, True) for inner in lists if not inner.is_map)]
        inside = fields.named(
            Field(_name(path, one, word), path, None, is_json)
            for path, is_json in kept
            if len(path) > 1
        )
    counted = connection.execute(sql.SQL("select count(*) from {}").format(table)).fetchone()
    rows = counted[0] if counted else 0
    if not inside or not rows:
        return None
    gathered, looked_at = evidence.gather(connection, name, inside, rows, is_list=True)
    return TableProfile(
        entity=name,
        rows=rows,
        looked_at=looked_at,
        columns=languages.told(
            connection,
            name,
            (
                replace(kinds.decide(field, seen, looked_at), exact=rows < MOST_ELEMENTS)
                for field, seen in zip(inside, gathered, strict=True)
            ),
        ),
        keys=(Key((POSITION,)),),
        files=parent.files,
        first_uri=parent.first_uri,
        version=parent.version,
        arrays=tuple(lists),
        parent=parent.entity,
        list_in=one,
    )


def _name(path: tuple[str, ...], one: ListIn, word: str) -> str:
    """A field of an element; of a map, its keys and plain values are called by the map, too."""
    if not one.is_map:
        return fields.name_of(path[1:])
    return fields.name_of(path[2:] or (word, path[1]))


def _elements(one: ListIn) -> sql.Composable:
    column = sql.Identifier("landed", one.path[0])
    if one.mark:
        return sql.SQL("string_to_table({}, {})").format(column, sql.Literal(one.mark))
    if one.is_map:
        return sql.SQL(
            "jsonb_array_elements((select jsonb_agg(jsonb_build_object("
            "'key', pair.key, 'value', pair.value)) from jsonb_each("
            "case when jsonb_typeof({place}) = 'object' then {place} else '{{}}' end) as pair))"
        ).format(place=_place(column, one))
    return sql.SQL(
        "jsonb_array_elements{kind}"
        "(case when jsonb_typeof({place}) = 'array' then {place} else '[]' end)"
    ).format(
        kind=sql.SQL("" if one.of_objects else "_text"),
        place=_place(column, one),
    )


def _place(column: sql.Composable, one: ListIn) -> sql.Composable:
    return sql.SQL("({} #> {})").format(column, sql.Literal(list(one.path[1:])))
