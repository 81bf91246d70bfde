"""`load`: find files, leave out what is loaded already, land the rest on all cores, report."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import psycopg

from dbt_project import postgres
from extract import (
    archive,
    batches,
    landing,
    ledger,
    names,
    overrides,
    pool,
    preview,
    sources,
    tables,
    tap,
)
from extract.errors import ExtractError, UsageError, database_errors
from extract.formats import registry
from extract.formats.compression import Limits
from extract.landing import Options, Stopped, Task
from extract.report import FileReport, LoadReport, Progress
from extract.sources import Resource

__all__ = ["FileReport", "LoadReport", "Progress", "load"]


@dataclass(frozen=True)
class Naming:
    """What a person said of the tables that files land in.

    Attributes:
        into: the table; None for the one that the path leads to.
        prefix: what stands before the name that the path leads to.
    """

    into: str | None = None
    prefix: str = ""


NAMING = Naming()
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
    replay: bool = False,
    lock_timeout: float = 60.0,
    limits: Limits | None = None,
    requester_pays: bool = False,
    into: str | None = None,
    prefix: str | None = None,
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
        replay: land files again although they are loaded as they are.
        lock_timeout: seconds to wait for a session that has locked a table.
        limits: what compressed files may unpack to.
        requester_pays: tell S3 that the reader pays.
        into: the table for all of them, whatever they are called and whatever its columns are.
        prefix: what stands before the name of each table, as in `music_albums`.
        progress: called every now and then.

    Raises:
        UsageError: `into` or `prefix` has no letter in it, or both are given.
        SourceError: a path does not exist, cannot be read or holds nothing to load.
        DatabaseError: no connection, or no right to make the ledger.
        DbtProjectError: no Postgres can be reached or started.
    """
    started = time.monotonic()
    naming = _naming(into, prefix)
    found = sources.find(
        [os.fspath(path) for path in paths], registry.ENDINGS, requester_pays=requester_pays
    )
    allowed = limits or Limits()
    ignored = [*found.ignored]
    resources = tuple(sources.expand(found.resources, registry.ENDINGS, ignored, allowed))
    options = Options(frozen, allow_duplicates, max_rejects, replay, lock_timeout, allowed)
    with postgres.connect(application_name="assay load") as connection, database_errors():
        if not dry_run:
            prepare(connection)
        tasks, done = _sift(connection, resources, options, dry_run, naming)
        if dry_run:
            reports = preview.preview(connection, tasks)
            stopped = None
        else:
            connection.rollback()
            landing.hurry(connection)
            reports, stopped = _run(connection, tasks, workers, progress)
            if not stopped:
                landing.settle(connection)
        new = {file.entity for file in reports if file.outcome == "loaded"}
        alike = ledger.alike(connection, sorted(new)) if new and not dry_run else []
    report = _report(resources, [*done, *reports], ignored, stopped, started, dry_run=dry_run)
    return replace(report, alike=tuple(alike))


def prepare(connection: psycopg.Connection) -> None:
    """Make the ledger if there is none, and clear away what killed loaders left; commits."""
    ledger.ensure(connection)
    tables.sweep(connection)


def load_one(connection: psycopg.Connection, resource: Resource, options: Options) -> LoadReport:
    """Land one file in this process, on a connection that the caller keeps and has `prepare`d.

    When it returns, the disk has what it reports as landed or unchanged.

    Args:
        connection: not in a transaction.
        resource: the file; if it is an archive or a workbook, each of its parts is landed.
        options: how.

    Raises:
        DatabaseError: the ledger cannot be read.
    """
    started = time.monotonic()
    ignored: list[str] = []
    with database_errors(resource.uri):
        found = tuple(sources.expand([resource], registry.ENDINGS, ignored, options.limits))
        tasks, done = _sift(connection, found, options, dry_run=False)
        connection.rollback()
        reports, stopped = _run(connection, tasks, 1, None)
        if any(file.outcome == "unchanged" for file in [*done, *reports]):
            # Who landed it may not have waited for the disk (`landing.hurry`).
            landing.settle(connection)
    return _report(found, [*done, *reports], ignored, stopped, started)


def _report(
    resources: Sequence[Resource],
    reports: Sequence[FileReport],
    ignored: Sequence[str],
    stopped: ExtractError | None,
    started: float,
    *,
    dry_run: bool = False,
) -> LoadReport:
    archive.SHELF.clear()
    by_uri = {report.uri: report for report in reports}
    return LoadReport(
        files=tuple(by_uri[item.uri] for item in resources if item.uri in by_uri),
        ignored=tuple(ignored),
        seconds=time.monotonic() - started,
        dry_run=dry_run,
        stopped=stopped,
    )


def _sift(
    connection: psycopg.Connection,
    resources: Sequence[Resource],
    options: Options,
    dry_run: bool,
    naming: Naming = NAMING,
) -> tuple[list[Task], list[FileReport]]:
    """Leave out files that are loaded as they are, and copies of others."""
    has_ledger = ledger.exists(connection)
    loaded = _loaded(connection, resources) if has_ledger else {}
    known = ledger.known_entities(connection) if has_ledger else set()
    sizes = Counter(size for _, size, _, _ in loaded.values())
    sizes.update(item.size for item in resources if item.uri not in loaded)
    first_with = {content: uri for uri, (_, _, content, _) in loaded.items()}
    tasks: list[Task] = []
    done: list[FileReport] = []
    for item in resources:
        version, size, content, entity = loaded.get(item.uri, ("", -1, "", ""))
        if version == item.version and not options.replay:
            done.append(FileReport(item.uri, entity, "unchanged", size_bytes=item.size))
            continue
        said = overrides.find(item.uri, item.parts)
        named = said.entity or naming.into
        entity = named or entity or naming.prefix + _entity(item, known)
        retires = _retired(item, loaded)
        task = Task(
            item,
            entity,
            0,
            options,
            retires=retires,
            given=said.given,
            named=named is not None,
            instead=None if named else _instead(item, entity, naming),
        )
        # The bytes can only be the same where the size is: only then is a file read twice.
        twin = sizes[item.size] > 1 and item.size > 0 and not options.allow_duplicates
        if (size == item.size and not options.replay) or twin:
            try:
                now = tap.digest(item)
            except ExtractError as error:
                done.append(FileReport(item.uri, entity, "failed", error=error))
                continue
            if now == content and not options.replay:
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


def _naming(into: str | None, prefix: str | None) -> Naming:
    if into is not None and prefix is not None:
        raise UsageError("--into names the whole table, --prefix its beginning: use one of them")
    for option, name in (("--into", into), ("--prefix", prefix)):
        if name is not None and not names.slug(name):
            raise UsageError(f"{option} {name!r} has no letter or digit for a table's name")
    start = f"{names.slug(prefix)}_" if prefix else ""
    return Naming(names.slug(into) if into else None, start)


def _loaded(
    connection: psycopg.Connection, resources: Sequence[Resource]
) -> dict[str, tuple[str, int, str, str]]:
    uris = {item.uri for item in resources}
    uris |= {item.container.uri for item in resources if item.container is not None}
    books = [item.uri for item in resources if item.name.lower().endswith(sources.WORKBOOKS)]
    return ledger.loaded_versions(connection, uris, {item.size for item in resources}, books)


def _entity(item: Resource, known: set[str]) -> str:
    entity = names.entity(item.parts, item.root, known)
    if item.sheet is None:
        return entity
    return names.slug(f"{entity} {item.sheet}")


def _instead(item: Resource, entity: str, naming: Naming) -> str | None:
    """The table of the file's whole name, if dates or numbers were left out of it."""
    whole = names.whole(item.parts[-1]) if len(item.parts) == 1 and item.sheet is None else ""
    found = naming.prefix + whole
    return found if whole and found != entity else None


def _retired(item: Resource, loaded: Iterable[str]) -> tuple[str, ...]:
    """Where the file's content was loaded from while its workbook had more or fewer sheets."""
    if item.sheet is not None and item.container is not None:
        return tuple(uri for uri in loaded if uri == item.container.uri)
    if item.name.lower().endswith(sources.WORKBOOKS):
        return tuple(uri for uri in loaded if uri.startswith(f"{item.uri}#"))
    return ()


def _run(
    connection: psycopg.Connection,
    tasks: list[Task],
    workers: int | None,
    progress: Callable[[Progress], None] | None,
) -> tuple[list[FileReport], ExtractError | None]:
    size = sum(task.resource.size for task in tasks)
    processes = workers or _cores()
    report = progress or (lambda _: None)
    big, others = _apart(tasks, processes)
    done: list[FileReport] = []
    total = 0

    def advance(files: int, count: int) -> None:
        nonlocal total
        total += count
        report(Progress(len(done) + files, len(tasks), total, size))

    if big:
        done, stopped = _run_here(connection, big, advance)
        if stopped:
            return done, stopped
    rest = sum(task.resource.size for task in others)
    processes = min(processes, len(others))
    if processes <= 1 or (workers is None and rest < SMALL):
        reports, stopped = _run_here(connection, others, advance)
    else:
        reports, stopped = pool.run(
            others, processes, advance, lambda task, error: landing.failure(connection, task, error)
        )
    return [*done, *reports], stopped


def _apart(tasks: list[Task], processes: int) -> tuple[list[Task], list[Task]]:
    """Files so big that all processes land them together, and the others, one process each."""
    big: list[Task] = []
    others = sorted(tasks, key=lambda task: task.resource.size)
    size = sum(task.resource.size for task in others)
    while others and processes > 1:
        largest = others[-1]
        if largest.resource.size < SMALL or largest.resource.size * processes <= size:
            break
        if not _has_parts(largest):
            break
        big.append(replace(others.pop(), helpers=processes - 1))
        size -= largest.resource.size
    left = {task.file_id for task in others}
    return big, [task for task in tasks if task.file_id in left]


def _has_parts(task: Task) -> bool:
    try:
        form = registry.of(task.resource.name, task.resource.uri)
    except ExtractError:
        return False
    return form.name in landing.IN_PARTS and not form.compression and not task.duplicate_of


def _run_here(
    connection: psycopg.Connection, tasks: list[Task], advance: Callable[[int, int], None]
) -> tuple[list[FileReport], ExtractError | None]:
    reports: list[FileReport] = []
    for bundle in batches.bundles(tasks, 1):
        try:
            for report in batches.land_all(connection, bundle, lambda n: advance(len(reports), n)):
                reports.append(report)
                advance(len(reports), 0)
        except Stopped as stop:
            return reports, stop.error
    return reports, None


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS
