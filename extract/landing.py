"""Lands one file: one transaction, one ledger row.

Everything a file leaves behind - rows, rejects, columns, its ledger row, the old rows it replaces -
commits together or not at all, so a loader may be killed at any moment and started again.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import psycopg

from extract import isolate, ledger, sources, spool, tables, waiting
from extract.cuts import Unsplit
from extract.dialect import Given
from extract.errors import (
    DatabaseFull,
    DatabaseRefused,
    DatabaseUnavailable,
    DuplicateContent,
    ExtractError,
    NoColumns,
    OtherTable,
    TooManyRejects,
    database_errors,
)
from extract.formats import registry
from extract.formats.base import NO_RECORDS, Column, ColumnsFound, Reader, Tally
from extract.formats.compression import Limits
from extract.report import FileReport, Outcome
from extract.sources import Resource
from extract.tap import Tap

if TYPE_CHECKING:
    from extract.parts import Crew

log = logging.getLogger("assay.load")

_SPOOL = 1 << 22
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Options:
    """How to load.

    Attributes:
        frozen: changed columns are an error.
        allow_duplicates: land a file although another with the same bytes is loaded.
        max_rejects: more rejected records than this fail the file; None for no limit.
        replay: land a file again although it is loaded as it is.
        patience: seconds to wait for a session that has locked the table.
        limits: what an archive may unpack to.
    """

    frozen: bool = False
    allow_duplicates: bool = False
    max_rejects: int | None = None
    replay: bool = False
    patience: float = 60.0
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Task:
    """A file to land.

    Attributes:
        resource: the file.
        entity: its table.
        file_id: reserved for it.
        options: how.
        duplicate_of: another file with the same bytes, if that is known already.
        retires: uris under which the content was loaded so far; their rows go when this lands.
        given: what sources.yml says about how it is written.
        helpers: further processes that may copy parts of the file.
        named: a person said that this is its table, whatever its columns are.
        instead: the table to land in if its columns are not like those there.
    """

    resource: Resource
    entity: str
    file_id: int
    options: Options
    duplicate_of: str | None = None
    retires: tuple[str, ...] = ()
    given: Given | None = None
    helpers: int = 0
    named: bool = False
    instead: str | None = None


IN_PARTS = ("csv", "jsonl", "parquet")
"""Formats of which one big file can be landed by several processes."""
STOPS_ALL = (DatabaseUnavailable, DatabaseRefused, DatabaseFull)
"""Errors that the next file would run into as well."""


class Stopped(Exception):
    """The run cannot go on; `error` says why."""

    def __init__(self, error: ExtractError) -> None:
        self.error = error
        super().__init__(str(error))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.error,)


def hurry(connection: psycopg.Connection) -> None:
    """Let the commits of single files not wait for the disk, until `settle`.

    A file's rows and its line in the ledger are one transaction: if the server's machine stops
    before the disk has it, both are gone, and the next load lands it.
    """
    connection.execute("set synchronous_commit = off")
    connection.commit()


def settle(connection: psycopg.Connection) -> None:
    """Wait until the disk has all commits so far, those of other sessions too.

    Raises:
        psycopg.Error: the server is gone.
    """
    connection.rollback()
    connection.execute("set local synchronous_commit to default")
    connection.execute(
        "select pg_current_xact_id()"
    )  # What has no id of its own waits for nothing.
    connection.commit()


def land(connection: psycopg.Connection, task: Task, advance: Callable[[int], None]) -> FileReport:
    """Land a file, or say why not.

    Args:
        connection: of this process, not in a transaction.
        task: the file.
        advance: called with the number of stored bytes read since the last call.

    Raises:
        Stopped: the database is gone, refuses or is full; the file left nothing behind.
    """
    started = time.monotonic()
    rejected: list[int] = [0]
    resource = task.resource
    try:
        with database_errors(resource.uri):
            report = _land(connection, task, advance, rejected)
    except ExtractError as error:
        roll_back(connection)
        if isinstance(error, OtherTable) and task.instead:
            return land(connection, replace(task, entity=task.instead, instead=None), advance)
        duration = time.monotonic() - started
        report = failure(connection, task, error, rejected=rejected[0], seconds=duration)
        if isinstance(error, STOPS_ALL):
            raise Stopped(error) from error
    except BaseException:
        roll_back(connection)
        raise
    return replace(report, seconds=time.monotonic() - started)


def failure(
    connection: psycopg.Connection,
    task: Task,
    error: ExtractError,
    *,
    rejected: int = 0,
    seconds: float = 0.0,
) -> FileReport:
    """Write into the ledger that a file failed, if the database still takes it; report it."""
    resource = task.resource
    outcome: Outcome = "refused" if isinstance(error, DuplicateContent) else "failed"
    try:
        form = registry.of(resource.name, resource.uri)
    except ExtractError:
        form = registry.Format("", None, "")
    try:
        ledger.fail(
            connection,
            {
                "file_id": task.file_id,
                "uri": resource.uri,
                "entity": task.entity,
                "format": form.name,
                "compression": packing(resource, form),
                "size_bytes": resource.size,
                "version": resource.version,
                "error": error.what,
                "rejected": rejected,
                "duration_ms": int(seconds * 1000),
            },
        )
        connection.commit()
    except psycopg.Error:
        roll_back(connection)  # What the caller has to hear of is `error`.
    return FileReport(
        resource.uri,
        task.entity,
        outcome,
        form.name,
        rows_rejected=rejected,
        size_bytes=resource.size,
        seconds=seconds,
        error=error,
    )


def _land(
    connection: psycopg.Connection,
    task: Task,
    advance: Callable[[int], None],
    rejected: list[int],
) -> FileReport:
    resource = task.resource
    if task.duplicate_of:
        raise duplicate(resource.uri, task.duplicate_of)
    form = registry.of(resource.name, resource.uri)
    sources.check_size(resource, task.options.limits)
    columns: tuple[Column, ...] = ()
    row_by_row = False
    in_parts = True
    while True:
        tap = Tap(resource, advance)
        crew: Crew | None = None
        done: FileReport | None = None
        try:
            reader = registry.open_reader(
                form,
                tap.open,
                uri=resource.uri,
                columns=columns,
                limits=task.options.limits,
                sheet=resource.sheet,
                given=task.given,
            )
            if in_parts and not row_by_row:
                crew = _crew(connection, resource, form, reader, task.helpers, advance)
            done = _attempt(connection, task, form, reader, tap, rejected, row_by_row, crew)
        except ColumnsFound as found:
            roll_back(connection)
            columns = found.columns
            in_parts = True  # All of them are known now.
            continue
        except Unsplit as error:
            log.info("%s: in one go, because %s", resource.uri, error.__cause__ or error)
            roll_back(connection)
            in_parts = False
            continue
        except psycopg.Error as error:
            if row_by_row or not isolate.refuses_row(error):
                raise
            roll_back(connection)
            row_by_row = True
            continue
        finally:
            if crew is not None:
                crew.close(committed=done is not None and crew.content_hash != "")
            tap.close()
        if done is not None:
            return done
        roll_back(connection)


def _crew(
    connection: psycopg.Connection,
    resource: Resource,
    form: registry.Format,
    reader: Reader,
    helpers: int,
    advance: Callable[[int], None],
) -> Crew | None:
    if form.compression or resource.packing or form.name not in IN_PARTS:
        return None
    if form.name != "csv" and not helpers:
        return None  # A table that counts the lines of plain CSV pays even with one process.
    from extract import parts

    if not parts.suits(resource) or reader.pieces(()) is None:
        return None
    return parts.Crew(connection, helpers, advance)


def _attempt(
    connection: psycopg.Connection,
    task: Task,
    form: registry.Format,
    reader: Reader,
    tap: Tap,
    rejected: list[int],
    row_by_row: bool,
    crew: Crew | None,
) -> FileReport | None:
    """Try once; None if another session changed the table meanwhile."""
    resource, options = task.resource, task.options
    shape = reader.shape
    plan = tables.plan(connection, task.entity, shape)
    if crew is not None and plan.exists and not crew.helpers:
        crew = None  # One table more for each such file would not be worth what it saves.
    has_columns = bool(shape.columns)
    if has_columns and options.frozen:
        tables.check_frozen(plan, optional=shape.optional, uri=resource.uri)
    if (
        plan.exists
        and plan.added
        and not task.named
        and ledger.others(connection, task.entity, resource.uri)
    ):
        tables.check_kin(plan, uri=resource.uri, series=task.instead is not None)
    drift = plan.notes(optional=shape.optional)
    connection.rollback()
    if plan.exists and plan.added:
        waiting.advisory(connection, "table", task.entity)
        plan = tables.plan(connection, task.entity, shape)
        if plan.added:
            waiting.table(connection, task.entity, options.patience, uri=resource.uri, alone=True)
            tables.widen(connection, plan, task.file_id)
        connection.commit()
        plan = tables.plan(connection, task.entity, shape)
        connection.rollback()
    waiting.advisory(connection, "file", resource.uri)
    before = ledger.current(connection, resource.uri)
    if before and before[1] == resource.version and not options.replay:
        connection.rollback()
        return FileReport(resource.uri, before[3], "unchanged", form.name)
    if before and not resource.size:
        # Its writer is about to write it again, or failed: no reason to throw away what was good.
        raise NoColumns(
            "the file is empty now",
            uri=resource.uri,
            hint="what was loaded from it before stays; write it again, or its header at least",
        )
    if has_columns:
        waiting.advisory(connection, "table", task.entity, shared=plan.exists)
        now = tables.plan(connection, task.entity, shape)
        if now != plan:
            return None
        if plan.exists:
            waiting.table(connection, task.entity, options.patience, uri=resource.uri)
        else:
            tables.create(connection, plan)
    for uri in task.retires:
        waiting.advisory(connection, "file", uri)
        if retired := ledger.current(connection, uri):
            ledger.supersede(connection, retired[0], uri, task.file_id)
            tables.remove_rows(connection, retired[3], retired[0])
    ledger.supersede(connection, before[0] if before else None, resource.uri, task.file_id)
    if before:
        tables.remove_rows(connection, before[3], before[0])
    ledger.begin(
        connection,
        {
            "file_id": task.file_id,
            "uri": resource.uri,
            "entity": task.entity,
            "format": form.name,
            "compression": packing(resource, form),
            "size_bytes": resource.size,
            "version": resource.version,
        },
    )
    with Rejects(task, rejected) as rejects:
        tally = Tally(rejects.add)
        statement = tables.copy_statement(plan, shape)
        if has_columns and row_by_row:
            tally.kept = {}
            isolator = isolate.Isolator(connection, statement, shape, tally, task.file_id)
            for payload in reader.payloads(task.file_id, plan.types, tally):
                isolator.land(payload)
        elif has_columns and crew is not None:
            crew.land(resource, reader, plan, task.file_id, tally)
        elif has_columns:
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                for payload in reader.payloads(task.file_id, plan.types, tally):
                    copy.write(payload)
        if tally.rejected > tally.aside and not tally.landed:
            raise TooManyRejects(
                f"every one of its {tally.rejected - tally.aside} records was rejected"
                f" (the first: {rejects.first})",
                uri=resource.uri,
                hint="look at `assay load --dry-run` for how the file was read",
            )
        if tally.rejected:
            ledger.write_rejects(connection, rejects.payload())
    if has_columns and not plan.exists and crew is None:
        tables.index(connection, task.entity)
    content_hash = crew.content_hash if crew is not None else tap.finish()
    replacing = before is not None and before[1] != resource.version
    sources.check_unchanged(resource, replacing=replacing)
    _refuse_duplicate(connection, task, content_hash)
    if has_columns:
        tables.note(connection, plan, task.file_id)
    dialect = {**reader.shape.dialect, **tap.facts, "columns": plan.headings}
    if crew is not None and crew.encoding:
        dialect["encoding"] = crew.encoding
    ledger.finish(
        connection,
        task.file_id,
        {
            "dialect": dialect,
            "content_hash": content_hash,
            "landed": tally.landed,
            "rejected": tally.rejected,
        },
    )
    connection.commit()
    notes = (*reader.shape.notes, *drift, *(task.given or Given()).unused(form.name))
    if not tally.landed:
        notes += ("no records",)
    return FileReport(
        resource.uri,
        task.entity,
        "replaced" if before else "loaded",
        form.name,
        tally.landed,
        tally.rejected,
        resource.size,
        notes=notes,
        dialect=dialect,
    )


def packing(resource: Resource, form: registry.Format) -> str | None:
    """How a file is packed, for the ledger; None if it is not."""
    return "+".join(filter(None, (resource.packing, form.compression))) or None


def _refuse_duplicate(connection: psycopg.Connection, task: Task, content_hash: str) -> None:
    # Two sessions with the same bytes come here one after the other.
    waiting.advisory(connection, "content", content_hash)
    if task.options.allow_duplicates or not task.resource.size:
        return
    other = ledger.same_content(connection, content_hash, task.resource.uri)
    if other:
        raise duplicate(task.resource.uri, other)


def duplicate(uri: str, other: str) -> DuplicateContent:
    """The error for a file with the bytes of another."""
    return DuplicateContent(
        f"the same bytes were loaded from {other}",
        uri=uri,
        hint="remove one of the two, or load with --allow-duplicates",
    )


def roll_back(connection: psycopg.Connection) -> None:
    """Leave the transaction, if the server is there to hear of it."""
    with suppress(psycopg.Error):
        connection.rollback()


class Rejects:
    """A file's rejects, kept until its COPY is over: in memory if few, else on disk."""

    def __init__(self, task: Task, count: list[int]) -> None:
        self._task = task
        self._count = count
        self._count[0] = 0
        self._spool: tempfile.SpooledTemporaryFile[bytes] | None = None
        self.first = ""
        self._bad = 0

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._spool is not None:
            self._spool.close()

    def add(self, line: int, reason: str, detail: str, raw: bytes) -> None:
        """Keep one.

        Raises:
            TooManyRejects: it is one more than allowed.
        """
        self._count[0] += 1
        if reason not in NO_RECORDS:
            self.first = self.first or f"line {line}, {reason}: {detail}"
            self._bad += 1
        limit = self._task.options.max_rejects
        if limit is not None and self._bad > limit:
            raise TooManyRejects(
                f"more than {limit} records cannot be read (the last: {reason}, {detail})",
                uri=self._task.resource.uri,
                line=line,
                hint="mend the file, or allow more with --max-rejects",
            )
        if self._spool is None:
            self._spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115 - see exit
        text = ledger.format_reject(self._task.file_id, line, reason, detail, raw)
        spool.add(self._spool, text, self._task.resource.uri)

    def payload(self) -> Iterator[bytes]:
        """All of them, for COPY."""
        if self._spool is None:
            return
        spool.rewind(self._spool, self._task.resource.uri)
        while block := self._spool.read(_BLOCK):
            yield block
