"""Waits for locks with a word about it: who holds them, since when, and for how long we wait.

Another load is waited for as long as it takes: it works, or it is dead and its locks are gone.
Whoever else holds a table is waited for with an end, a few seconds at a time, so that a load that
waits to widen a table never keeps the table's readers in the queue behind it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

import psycopg
from psycopg import sql

from extract.errors import TableLocked

log = logging.getLogger("assay.load")

QUIET = 3.0
"""Seconds waited before a word is said, and at a time."""
_PAUSE = 0.3
"""Seconds between two waits, for those who queue behind."""


def advisory(connection: psycopg.Connection, *name: str, shared: bool = False) -> None:
    """Take an advisory lock on a name until the transaction ends."""
    suffix = "_shared" if shared else ""
    key = "assay:" + ":".join(name)
    taken = connection.execute(
        f"select pg_try_advisory_xact_lock{suffix}(hashtextextended(%s, 0))", [key]
    ).fetchone()
    if taken and taken[0]:
        return
    statement = f"select pg_advisory_xact_lock{suffix}(hashtextextended(%s, 0))"
    try:
        with connection.transaction():
            _set_timeout(connection, QUIET)
            connection.execute(statement, [key])
    except psycopg.errors.LockNotAvailable:
        holders = connection.execute(
            _HOLDERS + " where l.locktype = 'advisory'"
            " and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(%s, 0)"
            " and l.granted and l.pid <> pg_backend_pid()",
            [key],
        ).fetchall()
        log.warning("waiting for %s: held by %s", " ".join(name[:2]), _named(holders))
        _set_timeout(connection, 0)
        connection.execute(statement, [key])
    _set_timeout(connection, 0)


def all_free(
    connection: psycopg.Connection,
    names: Sequence[tuple[str, ...]],
    shared: Sequence[tuple[str, ...]],
) -> bool:
    """Take many advisory locks until the transaction ends, without waiting; False if one is held.

    Args:
        connection: in a transaction, to be rolled back if the answer is False.
        names: as for `advisory`.
        shared: names to lock in shared mode.
    """
    row = connection.execute(
        "select (select bool_and(pg_try_advisory_xact_lock(hashtextextended(key, 0)))"
        " from unnest(%s::text[]) as key)"
        " and (select bool_and(pg_try_advisory_xact_lock_shared(hashtextextended(key, 0)))"
        " from unnest(%s::text[]) as key)",
        [["assay:" + ":".join(name) for name in group] for group in (names, shared)],
    ).fetchone()
    return bool(row and row[0])


def table_now(connection: psycopg.Connection, entity: str) -> None:
    """Lock a raw table for writing, or raise psycopg's LockNotAvailable at once."""
    connection.execute(
        sql.SQL("lock table {} in row exclusive mode nowait").format(sql.Identifier("raw", entity))
    )


def table(
    connection: psycopg.Connection,
    entity: str,
    patience: float,
    *,
    uri: str | None = None,
    alone: bool = False,
) -> None:
    """Lock a raw table for writing, or with `alone` for a change of its columns.

    Args:
        connection: in a transaction, which holds the lock until it ends.
        entity: the table.
        patience: seconds to wait for other sessions.
        uri: the file that is landed, for the error.
        alone: shut out readers too.

    Raises:
        TableLocked: another session held it all that time.
    """
    mode = "access exclusive" if alone else "row exclusive"
    name = sql.Identifier("raw", entity)
    until = time.monotonic() + patience
    told = False
    while True:
        wait = max(0.001, min(QUIET, until - time.monotonic()))
        try:
            with connection.transaction():
                _set_timeout(connection, wait)
                connection.execute(sql.SQL(f"lock table {{}} in {mode} mode").format(name))
            _set_timeout(connection, patience)
            return
        except psycopg.errors.LockNotAvailable as error:
            holders = connection.execute(
                _HOLDERS + " where l.locktype = 'relation' and l.granted"  # noqa: S608
                " and l.database = (select oid from pg_database where datname = current_database())"
                " and l.relation = to_regclass(%s) and l.pid <> pg_backend_pid()"
                " and (%s or l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',"
                " 'AccessExclusiveLock'))",
                [f'raw."{entity}"', alone],
            ).fetchall()
            who = _named(holders)
            if time.monotonic() >= until:
                raise TableLocked(
                    f"raw.{entity} was locked for {patience:g} s by {who}",
                    uri=uri,
                    hint="end that session's transaction and load again,"
                    " or wait longer with --lock-timeout",
                ) from error
            if not told:
                log.warning("waiting for raw.%s: locked by %s", entity, who)
                told = True
            time.sleep(_PAUSE)


_HOLDERS = """
select distinct a.pid, a.usename, a.application_name, a.state,
    extract(epoch from clock_timestamp() - a.xact_start)::int, left(a.query, 80)
from pg_locks as l join pg_stat_activity as a using (pid)
"""


def _named(holders: list[tuple[object, ...]]) -> str:
    """Sessions in words."""
    return (
        "; ".join(
            f"process {pid} ({user}{', ' + str(application) if application else ''}, {state},"
            f" in a transaction for {seconds} s: {' '.join(str(query).split())})"
            for pid, user, application, state, seconds, query in holders
        )
        or "a session that has just ended"
    )


def _set_timeout(connection: psycopg.Connection, seconds: float) -> None:
    connection.execute("select set_config('lock_timeout', %s, true)", [f"{int(seconds * 1000)}ms"])
