"""What stands in the database now: server, schemas, last build, index, the reader's limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from dbt_project import postgres, roles
from dbt_project.errors import mapped

FORBIDDEN = ("raw", "staging", "intermediate")


@dataclass(frozen=True)
class Build:
    """The last time dbt built or tested something.

    Attributes:
        ended_at: when its results were written.
        models: models that were built, by dbt's status.
        tests: tests that ran, by dbt's status.
    """

    ended_at: datetime
    models: dict[str, int]
    tests: dict[str, int]


@dataclass(frozen=True)
class Status:
    """The state of the database.

    Attributes:
        server: which server, in words.
        running: whether it answers; nothing below is known when it does not.
        version: the server's version.
        schemas: how many tables and views each schema holds.
        build: the last build; None before the first.
        indexed_at: when the search index was last written; None if there is none.
        reader: what keeps `assay_reader` from being as closed as it should be; empty if nothing.
    """

    server: str
    running: bool
    version: str = ""
    schemas: dict[str, int] | None = None
    build: Build | None = None
    indexed_at: datetime | None = None
    reader: tuple[str, ...] = ()


def collect() -> Status:
    """Look, without starting a server that is down.

    Raises:
        ServerUnavailable: a configured server does not answer.
        ServerRefused: it refuses the login.
    """
    if postgres.uses_embedded():
        server = postgres.embedded_server()
        if not server.answers():
            return Status(f"embedded Postgres at {server.data}", running=False)
    settings = postgres.settings()
    with postgres.connect(autocommit=True) as connection, mapped(str(settings)):
        return Status(
            server=str(settings),
            running=True,
            version=_value(connection, "show server_version"),
            schemas=_schemas(connection),
            build=_build(connection),
            indexed_at=_indexed_at(connection),
            reader=_reader_gaps(connection),
        )


def _value(connection: psycopg.Connection, query: Any, *parameters: object) -> Any:
    row = connection.execute(query, parameters or None).fetchone()
    return row[0] if row else None


def _schemas(connection: psycopg.Connection) -> dict[str, int]:
    rows = connection.execute(
        """
        select pg_namespace.nspname, count(pg_class.oid)
        from pg_namespace
        left join pg_class
            on pg_class.relnamespace = pg_namespace.oid and pg_class.relkind in ('r', 'p', 'v', 'm')
            and not pg_class.relispartition
        where pg_namespace.nspname = any(%s)
        group by 1
        """,
        [list(roles.SCHEMAS)],
    ).fetchall()
    found: dict[str, int] = dict(rows)
    return {name: found[name] for name in roles.SCHEMAS if name in found}


def _build(connection: psycopg.Connection) -> Build | None:
    if _value(connection, "select to_regclass('quality.run_results')") is None:
        return None
    rows = connection.execute(
        """
        with last_invocation as (
            select invocation_id, max(executed_at) as ended_at
            from quality.run_results
            group by 1
            order by 2 desc
            limit 1
        )
        select ended_at, resource_type, status, count(*)
        from last_invocation
        join quality.run_results using (invocation_id)
        group by 1, 2, 3
        """
    ).fetchall()
    if not rows:
        return None
    models = {status: n for _, kind, status, n in rows if kind == "model"}
    tests: dict[str, int] = {}
    for _, kind, status, n in rows:
        if kind in {"test", "unit_test"}:
            tests[status] = tests.get(status, 0) + n
    return Build(rows[0][0], models, tests)


def _indexed_at(connection: psycopg.Connection) -> datetime | None:
    if _value(connection, "select to_regclass('knowledge.index_runs')") is None:
        return None
    found: datetime | None = _value(connection, "select max(ended_at) from knowledge.index_runs")
    return found


def _reader_gaps(connection: psycopg.Connection) -> tuple[str, ...]:
    found = connection.execute(
        "select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = %s",
        [roles.READER],
    ).fetchone()
    if found is None:
        return ("the role does not exist: `assay init`",)
    gaps = [
        name
        for name, held in zip(("superuser", "createrole", "createdb"), found, strict=True)
        if held
    ]
    gaps += [
        f"may use schema {schema}"
        for schema in FORBIDDEN
        if _value(
            connection,
            "select has_schema_privilege(%s, oid, 'usage') from pg_namespace where nspname = %s",
            roles.READER,
            schema,
        )
    ]
    if _value(
        connection,
        "select has_function_privilege(%s, 'pg_catalog.pg_sleep(double precision)', 'execute')",
        roles.READER,
    ):
        gaps.append(
            "may call functions that wait, signal or write: run `assay init` as a superuser"
        )
    return tuple(gaps)
