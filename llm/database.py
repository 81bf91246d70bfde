"""The read-only door: the one place in `llm` that sends SQL to Postgres.

Every statement goes guard -> `assay_reader` -> BEGIN READ ONLY -> server-side cursor -> limits, and
the session is left as it was found: ROLLBACK, then DISCARD ALL. Not for loading or building.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import psycopg
from psycopg import sql as pgsql

from dbt_project import postgres
from dbt_project.errors import ServerError
from llm import guard
from llm.errors import (
    DatabaseDownError,
    NotBuiltError,
    QueryError,
    QueryTimeoutError,
    ResultTooLargeError,
)
from llm.settings import Limits
from llm.watch import MemoryWatch

FETCH_ROWS = 500
# What the frame around a query says when it brings too much; see `_framed`.
TOO_LARGE = "assay: bytes so far "
MESSAGE_CHARACTERS = 300
_PATH = re.compile(r"(?<![\w.])/[^\s\"']+")
# Our own look-ups (the catalogue's values) are bounded by their SQL; this is only a backstop.
OWN_ROWS = 200_000
# The reader sees these schemas; which relations are in them is read from the database itself.
READABLE_SCHEMAS = ("marts", "quality", "knowledge")

Parameters = Sequence[object] | Mapping[str, object]


@dataclass(frozen=True)
class QueryResult:
    """What one query brought back.

    Attributes:
        sql: the statement exactly as it ran.
        columns: names, in order.
        rows: values as psycopg gives them (Decimal, date, datetime, ...).
        truncated: whether the row limit cut it off.
        seconds: time in the database, fetching included.
        relations: schema-qualified relations that the statement reads, sorted.
    """

    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool
    seconds: float
    relations: tuple[str, ...]


class Door:
    """One reader's connection, opened at the first query. Use it as a context manager.

    One question, one door. Queries of parallel tool calls wait for each other.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._relations: guard.Relations | None = None

    def __enter__(self) -> Door:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back; the next query opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def query(self, sql: str, *, max_rows: int | None = None) -> QueryResult:
        """Run one SELECT from outside: a person's, a model's, the semantic layer's.

        Args:
            sql: one SELECT statement in Postgres' dialect.
            max_rows: at most so many rows (default: `Limits.rows`); more set `truncated`.

        Raises:
            SqlRefusedError: the guard refuses it; nothing was sent.
            QueryError: Postgres refuses it, or a limit was hit.
        """
        checked = guard.check(sql, self.relations())
        return self._run(checked.sql, (), max_rows, checked.relations, framed=True)

    def fetch(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run this package's own SQL (proof, catalogue) with bound parameters, same limits.

        Raises:
            QueryError: Postgres refuses it, or a limit was hit.
        """
        return list(self._run(sql, parameters, OWN_ROWS, ()).rows)

    def relations(self) -> guard.Relations:
        """What may be read: tables and views the reader has SELECT on, read once per door.

        Raises:
            NotBuiltError: there is none.
        """
        if self._relations is None:
            rows = self._run(
                """
                select n.nspname, c.relname
                from pg_catalog.pg_class as c
                join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
                where n.nspname = any(%s) and c.relkind in ('r', 'v', 'm', 'p')
                    and not c.relispartition
                    and pg_catalog.has_schema_privilege(n.oid, 'usage')
                    and pg_catalog.has_table_privilege(c.oid, 'select')
                """,
                (list(READABLE_SCHEMAS),),
                10_000,
                (),
            ).rows
            if not any(schema == "marts" for schema, _ in rows):
                raise NotBuiltError(
                    "there is nothing to answer from yet: no table in the schema marts",
                    where=str(postgres.settings()),
                    hint="Run `assay load <folder>` and then `assay build`.",
                )
            self._relations = guard.Relations(
                tables=frozenset((schema, name) for schema, name in rows),
                database=postgres.settings().dbname,
                search_path=READABLE_SCHEMAS,
            )
        return self._relations

    def _run(
        self,
        sql: str,
        parameters: Parameters,
        max_rows: int | None,
        relations: tuple[str, ...],
        *,
        framed: bool = False,
    ) -> QueryResult:
        limit = self.limits.rows if max_rows is None else max_rows
        started = time.perf_counter()
        with (
            self._lock,
            _mapped(self.limits),
            self._transaction() as connection,
            connection.cursor(name="assay_answer") as cursor,
            MemoryWatch(connection, self.limits.server_bytes) if framed else nullcontext(),
        ):
            text = _framed(sql, self.limits.result_bytes) if framed else sql
            cursor.execute(text.encode(), parameters or None)
            columns = tuple(column.name for column in cursor.description or ())
            rows, truncated = self._fetch(cursor, limit)
        if framed:  # the last column is the frame's
            columns, rows = columns[:-1], [row[:-1] for row in rows]
        return QueryResult(
            sql, columns, tuple(rows), truncated, time.perf_counter() - started, relations
        )

    def _fetch(
        self, cursor: psycopg.ServerCursor[Any], limit: int
    ) -> tuple[list[tuple[Any, ...]], bool]:
        rows: list[tuple[Any, ...]] = []
        size = 0
        while True:
            batch = cursor.fetchmany(min(FETCH_ROWS, limit + 1 - len(rows)))
            for row in batch:
                for value in row:
                    length = _length(value)
                    size += length
                    if length > self.limits.cell_characters:
                        raise ResultTooLargeError(
                            f"a cell has {length:,} characters",
                            where=f"the limit is {self.limits.cell_characters:,}",
                            hint="Select a part of it, for example left(column, 200).",
                        )
            rows.extend(batch)
            if size > self.limits.result_bytes:
                raise ResultTooLargeError(
                    f"the result is larger than {self.limits.result_bytes:,} bytes",
                    hint="Ask for fewer rows or columns, or aggregate.",
                )
            if len(rows) > limit:
                return rows[:limit], True
            if len(batch) < FETCH_ROWS and len(rows) <= limit:
                return rows, False

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection[Any]]:
        connection = self._opened()
        try:
            # One round trip: a question runs half a dozen small queries.
            connection.execute(self._opening())
            yield connection
        finally:
            try:
                if not connection.closed:
                    connection.execute("rollback")
                    connection.execute("discard all")
            except psycopg.Error:
                self.close()

    def _opening(self) -> pgsql.Composed:
        settings = {
            "statement_timeout": f"{int(self.limits.statement_seconds * 1000)}ms",
            "lock_timeout": f"{int(self.limits.lock_seconds * 1000)}ms",
            "idle_in_transaction_session_timeout": "60s",
            # Names are qualified by the guard, so nothing is ever found by a path.
            "search_path": "pg_catalog",
            "timezone": "UTC",
            "standard_conforming_strings": "on",
            "jit": "off",
            # One question, one core; and a helper process would not be watched (`llm.watch`).
            "max_parallel_workers_per_gather": "0",
            # A filtered vector search goes on until it has enough; see `llm.retrieval`.
            "hnsw.ef_search": "400",
            "hnsw.iterative_scan": "strict_order",
        }
        assigned = [
            pgsql.SQL("set local {} = {}").format(
                pgsql.Identifier(*name.split(".")), pgsql.Literal(value)
            )
            for name, value in settings.items()
        ]
        return pgsql.SQL("; ").join([pgsql.SQL("begin read only"), *assigned])

    def _opened(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            try:
                self._connection = postgres.connect(
                    role="reader", autocommit=True, application_name="assay ask"
                )
            except ServerError as error:
                raise DatabaseDownError(error.what, where=error.where, hint=error.hint) from error
            # DISCARD ALL drops prepared statements, so none may be kept.
            self._connection.prepare_threshold = None
        return self._connection


def _framed(sql: str, most_bytes: int) -> str:
    """The statement in a frame that stops a result that is too large before it is sent.

    Sizes are added up row by row as rows are fetched; nothing else of the result changes. The error
    is a failing cast because a SELECT can raise no other with words of its own.
    """
    size = "sum(pg_column_size(answer)) over (rows unbounded preceding)"
    return (
        f"select answer.*, case when {size} > {most_bytes} "  # noqa: S608 - only our own text
        f"then cast(concat('{TOO_LARGE}', {size}) as integer) end "
        f"from (\n{sql}\n) as answer"
    )


def _length(value: object) -> int:
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, list | dict):
        return len(str(value))
    return 8


@contextmanager
def _mapped(limits: Limits) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.QueryCanceled as error:
        raise QueryTimeoutError(
            f"the query ran longer than {limits.statement_seconds:g} s and was stopped",
            hint="Narrow it: a shorter time range, fewer joins, an aggregate.",
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise QueryError(
            _primary(error), hint="The reader may select from marts, quality and knowledge only."
        ) from error
    except psycopg.errors.InvalidTextRepresentation as error:
        if TOO_LARGE not in _primary(error):
            raise QueryError(_primary(error), hint=_hint(error)) from error
        raise ResultTooLargeError(
            f"the result is larger than {limits.result_bytes:,} bytes",
            hint="Ask for fewer rows or columns, a part such as left(column, 200), or aggregate.",
        ) from None
    except (
        psycopg.errors.ProgramLimitExceeded,
        psycopg.errors.InsufficientResources,
        psycopg.errors.ConfigurationLimitExceeded,
        psycopg.errors.InternalError_,
    ) as error:
        # Their hints name the server's settings.
        raise ResultTooLargeError(
            "the query needs more memory, depth or space than the server gives it",
            hint="Write it flatter, or aggregate earlier.",
        ) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if error.sqlstate and error.sqlstate[:2] not in {"08", "57"}:
            raise QueryError(_primary(error), hint=_hint(error)) from error
        raise DatabaseDownError(
            _without_paths(_primary(error)),
            hint="Is the server up? `assay status` says which one is used.",
        ) from error
    except psycopg.Error as error:
        raise QueryError(_primary(error), hint=_hint(error)) from error


def _primary(error: psycopg.Error) -> str:
    # Only the primary message: DETAIL and CONTEXT may quote rows, of others too. It may quote a
    # value; a long one is cut.
    text = error.diag.message_primary or str(error).partition("\n")[0] or "the database stopped"
    return text if len(text) <= MESSAGE_CHARACTERS else f"{text[:MESSAGE_CHARACTERS]} ..."


def _hint(error: psycopg.Error) -> str:
    # The server's own hints are about names and types in class 42; elsewhere about its settings.
    known = error.diag.message_hint if (error.sqlstate or "").startswith("42") else None
    return known or "Check the column names and types."


def _without_paths(text: str) -> str:
    """Where the server's socket is stays out of answers that others may read."""
    return _PATH.sub("...", text)
