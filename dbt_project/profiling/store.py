"""`quality.profiles`: one row per raw table, its profile as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from dbt_project.profiling.values import TableProfile

DDL = """
create table if not exists quality.profiles (
    entity text primary key,
    profiled_at timestamptz not null default clock_timestamp(),
    rows_count bigint not null,
    rows_looked_at bigint not null,
    last_file_id bigint not null,
    profile jsonb not null
);
comment on table quality.profiles is 'One row per raw table: what it holds, its keys, its links.';
comment on column quality.profiles.entity is 'The raw table.';
comment on column quality.profiles.profiled_at is 'When it was profiled.';
comment on column quality.profiles.rows_count is 'Rows of the table at that time.';
comment on column quality.profiles.rows_looked_at is 'Rows looked at: fewer in large tables.';
comment on column quality.profiles.last_file_id is 'The last load that the profile knows.';
comment on column quality.profiles.profile is 'As `assay profile --json` prints it.';
"""


def keep(connection: psycopg.Connection[Any], profiles: Iterable[TableProfile]) -> None:
    """Write profiles in place of older ones of the same tables.

    Raises:
        psycopg.Error: the table cannot be written.
    """
    connection.execute(DDL)
    for one in profiles:
        connection.execute(
            "insert into quality.profiles"
            " (entity, rows_count, rows_looked_at, last_file_id, profile)"
            " values (%s, %s, %s, %s, %s) on conflict (entity) do update set"
            " profiled_at = clock_timestamp(), rows_count = excluded.rows_count,"
            " rows_looked_at = excluded.rows_looked_at, last_file_id = excluded.last_file_id,"
            " profile = excluded.profile",
            [one.entity, one.rows, one.looked_at, one.version, Jsonb(asdict(one))],
        )


def kept(connection: psycopg.Connection[Any]) -> list[TableProfile]:
    """The profiles kept of tables that are still there; none if nothing was profiled yet.

    Raises:
        psycopg.Error: the table cannot be read.
    """
    if connection.execute("select to_regclass('quality.profiles')").fetchone() == (None,):
        return []
    rows = connection.execute(
        "select profile from quality.profiles"
        " where to_regclass(format('raw.%I', entity)) is not null order by entity"
    ).fetchall()
    found = []
    for (stored,) in rows:
        try:
            found.append(msgspec.convert(stored, TableProfile))
        except msgspec.ValidationError:
            continue  # Of an older version of Assay: profiled anew when it is asked for.
    return found
