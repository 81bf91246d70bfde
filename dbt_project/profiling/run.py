"""Profile raw tables: structure, evidence, kinds, keys, and the links between tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from dbt_project import postgres
from dbt_project.errors import ProfileError, mapped
from dbt_project.profiling import evidence, fields, keys, kinds, languages, links, lists, store
from dbt_project.profiling.personal import is_about_persons
from dbt_project.profiling.values import TableProfile

Progress = Callable[[int, int, str], None]
"""Called with tables done, tables in all, and the table that comes next."""


def tables(connection: psycopg.Connection[Any]) -> list[str]:
    """The raw tables that files were loaded into, by name."""
    if connection.execute("select to_regclass('raw._files')").fetchone() == (None,):
        return []
    rows = connection.execute(
        "select distinct entity from raw._files where status = 'loaded'"
        " and to_regclass(format('raw.%I', entity)) is not null order by 1"
    ).fetchall()
    return [row[0] for row in rows]


def profile_all(
    entities: Sequence[str] = (), *, progress: Progress | None = None
) -> list[TableProfile]:
    """Profile raw tables, the lists inside their columns, and how they lead to one another.

    Args:
        entities: which; all by default. Links are looked for among these and what was profiled
            before.
        progress: told of each table.

    Raises:
        ProfileError: a table is not there.
        ServerError: Postgres cannot be used.
    """
    with mapped(str(postgres.settings())), postgres.connect(autocommit=True) as connection:
        known = tables(connection)
        _check(entities, known)
        wanted = list(entities) or known
        found: dict[str, TableProfile] = {}
        for number, entity in enumerate(wanted):
            if progress:
                progress(number, len(wanted), entity)
            found[entity] = take(connection, entity)
            for inner in lists.of(connection, found[entity]):
                if inner.entity not in known:
                    found[inner.entity] = inner
        found = {
            entity: one if one.keys else replace(one, keys=keys.combined(connection, one))
            for entity, one in links.connect(connection, found).items()
        }
        store.keep(connection, [one for one in found.values() if not one.list_in])
    if progress:
        progress(len(wanted), len(wanted), "")
    return list(found.values())


def take(connection: psycopg.Connection[Any], entity: str) -> TableProfile:
    """One table's profile, without its links to others and keys of several columns.

    Raises:
        psycopg.Error: it cannot be read.
    """
    started = time.monotonic()
    structure = fields.of(connection, entity)
    counted = connection.execute(
        sql.SQL("select count(*) from raw.{}").format(sql.Identifier(entity))
    ).fetchone()
    rows = counted[0] if counted else 0
    gathered, looked_at = evidence.gather(connection, entity, structure.fields, rows)
    columns = languages.told(
        connection,
        entity,
        (
            kinds.decide(one, found, looked_at)
            for one, found in zip(structure.fields, gathered, strict=True)
        ),
    )
    persons = is_about_persons(entity, [column.name for column in columns])
    columns = tuple(
        replace(
            column,
            exact=looked_at == rows,
            personal="name" if persons and column.name == "name" else column.personal,
        )
        for column in columns
    )
    taken = TableProfile(
        entity=entity,
        rows=rows,
        looked_at=looked_at,
        columns=columns,
        files=structure.files,
        first_uri=structure.first_uri,
        version=structure.version,
        arrays=structure.arrays,
    )
    taken = keys.in_full(connection, replace(taken, keys=keys.find(connection, taken)))
    return replace(taken, seconds=round(time.monotonic() - started, 2))


def _check(entities: Iterable[str], known: Sequence[str]) -> None:
    for entity in entities:
        if entity not in known:
            raise ProfileError(
                f"no raw table is called {entity}",
                hint=f"loaded are: {', '.join(known)}"
                if known
                else "load files first: assay load <folder>",
            )
