"""`load`: find files, leave out what is loaded already, land the rest on all cores, report."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import psycopg

from dbt_project import postgres
from extract import landing, ledger, names, pool, sources, tables, tap
from extract.errors import DuplicateContent, ExtractError, database_errors
from extract.formats import registry
from extract.landing import Options, Stopped, Task
from extract.report import FileReport, LoadReport, Progress
from extract.sources import Resource

__all__ = ["FileReport", "LoadReport", "Progress", "load"]

SMALL = 1 << 25
"""Bytes of all files together below which starting processes costs more than it saves."""


def load(
    paths: Iterable[str | os.PathLike[str]],
    *,
    frozen: bool = False,
    allow_duplicates: bool = False,
    max_rejects: int | None = None,
    workers: int | None = None,
    dry_run: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> LoadReport:
    """Land files in schema `raw`.

    Args:
        paths: files, folders, patterns or `s3://bucket/prefix`.
        frozen: a file whose columns differ from its table's fails.
        allow_duplicates: land a file although another with the same bytes is loaded.
        max_rejects: more rejected records than this fail a file; None for no limit.
        workers: processes; None for one a core.
        dry_run: say what would happen and write nothing.
        progress: called every now and then.

    Raises:
        SourceError: a path does not exist, cannot be read or holds nothing to load.
        DatabaseError: no connection, or no right to make the ledger.
        DbtProjectError: no Postgres can be reached or started.
    """
    started = time.monotonic()
    found = sources.find([os.fspath(path) for path in paths], registry.ENDINGS)
    options = Options(frozen, allow_duplicates, max_rejects)
    with postgres.connect(application_name="assay load") as connection, database_errors():
        if not dry_run:
            ledger.ensure(connection)
        tasks, done = _sift(connection, found.resources, options, dry_run)
        if dry_run:
            reports = [_preview(connection, task) for task in tasks]
            stopped = None
        else:
            connection.rollback()
            reports, stopped = _run(connection, tasks, workers, progress)
    by_uri = {report.uri: report for report in [*done, *reports]}
    return LoadReport(
        files=tuple(by_uri[item.uri] for item in found.resources if item.uri in by_uri),
        ignored=found.ignored,
        seconds=time.monotonic() - started,
        dry_run=dry_run,
        stopped=stopped,
    )


def _sift(
    connection: psycopg.Connection,
    resources: Sequence[Resource],
    options: Options,
    dry_run: bool,
) -> tuple[list[Task], list[FileReport]]:
    """Leave out files that are loaded as they are, and copies of others."""
    loaded = ledger.loaded_versions(connection) if ledger.exists(connection) else {}
    known = ledger.known_entities(connection) if loaded else set()
    sizes = Counter(size for _, size, _, _ in loaded.values())
    sizes.update(item.size for item in resources if item.uri not in loaded)
    first_with = {content: uri for uri, (_, _, content, _) in loaded.items()}
    tasks: list[Task] = []
    done: list[FileReport] = []
    for item in resources:
        version, size, content, entity = loaded.get(item.uri, ("", -1, "", ""))
        if version == item.version:
            done.append(FileReport(item.uri, entity, "unchanged", size_bytes=item.size))
            continue
        entity = entity or names.entity(item.parts, item.root, known)
        task = Task(item, entity, 0, options)
        # The bytes can only be the same where the size is: only then is a file read twice.
        twin = sizes[item.size] > 1 and item.size > 0 and not options.allow_duplicates
        if size == item.size or twin:
            try:
                now = tap.digest(item)
            except ExtractError as error:
                done.append(FileReport(item.uri, entity, "failed", error=error))
                continue
            if now == content:
                if not dry_run:
                    ledger.touch(connection, item.uri, item.version)
                    connection.commit()
                done.append(FileReport(item.uri, entity, "unchanged", size_bytes=item.size))
                continue
            other = first_with.setdefault(now, item.uri)
            if other != item.uri and not options.allow_duplicates:
                tasks.append(replace(task, duplicate_of=other))
                continue
        tasks.append(task)
    if tasks and not dry_run:
        ids = ledger.reserve_ids(connection, len(tasks))
        tasks = [replace(task, file_id=number) for task, number in zip(tasks, ids, strict=True)]
    return tasks, done


def _preview(connection: psycopg.Connection, task: Task) -> FileReport:
    """What landing this file would do."""
    item = task.resource
    report = FileReport(item.uri, task.entity, "loaded", size_bytes=item.size)
    try:
        if task.duplicate_of:
            raise landing.duplicate(item.uri, task.duplicate_of)
        form = registry.of(item.name, item.uri)
        reader = registry.open_reader(form, lambda: sources.open_stream(item), uri=item.uri)
        shape = reader.shape
        has_ledger = ledger.exists(connection)
        plan = tables.plan(connection, task.entity, shape) if has_ledger else None
        if plan and task.options.frozen:
            tables.check_frozen(plan, optional=shape.optional, uri=item.uri)
        before = ledger.current(connection, item.uri) if has_ledger else None
        notes = shape.notes + (plan.notes(optional=shape.optional) if plan else ())
        if plan is None or not plan.exists:
            notes = (f"new table of {len(shape.columns)} columns", *notes)
        return replace(
            report,
            outcome="replaced" if before else "loaded",
            format=form.name,
            notes=notes,
            dialect=shape.dialect,
        )
    except DuplicateContent as error:
        return replace(report, outcome="refused", error=error)
    except ExtractError as error:
        return replace(report, outcome="failed", error=error)


def _run(
    connection: psycopg.Connection,
    tasks: list[Task],
    workers: int | None,
    progress: Callable[[Progress], None] | None,
) -> tuple[list[FileReport], ExtractError | None]:
    size = sum(task.resource.size for task in tasks)
    processes = min(workers or _cores(), len(tasks))
    report = progress or (lambda _: None)
    if processes <= 1 or (workers is None and size < SMALL):
        return _run_here(connection, tasks, size, report)
    total = 0

    def advance(files: int, count: int) -> None:
        nonlocal total
        total += count
        report(Progress(files, len(tasks), total, size))

    return pool.run(
        tasks, processes, advance, lambda task, error: landing.failure(connection, task, error)
    )


def _run_here(
    connection: psycopg.Connection,
    tasks: list[Task],
    size: int,
    progress: Callable[[Progress], None],
) -> tuple[list[FileReport], ExtractError | None]:
    reports: list[FileReport] = []
    total = 0

    def advance(count: int) -> None:
        nonlocal total
        total += count
        progress(Progress(len(reports), len(tasks), total, size))

    for task in tasks:
        try:
            reports.append(landing.land(connection, task, advance))
        except Stopped as stop:
            return reports, stop.error
        advance(0)
    return reports, None


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS
