"""Lands small files of one table many at a time, in one transaction.

A small file costs more in words with the server than in bytes. Files whose columns fit the table in
the same way are read first; those with nothing to remark on then share locks, one COPY and a
commit, each with its own line in the ledger. Whatever is not as usual - a replaced file, an error,
somebody else's lock - goes the road of single files (`landing.land`), which knows what to do.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from extract import landing, ledger, sources, tables, waiting
from extract.dialect import Given
from extract.errors import ExtractError
from extract.formats import registry
from extract.formats.base import ColumnsFound, Shape, Tally
from extract.landing import Rejects, Task
from extract.ledger import KnownColumn
from extract.report import FileReport
from extract.tables import Plan
from extract.tap import Tap

SMALL_FILE = 1 << 18
"""Bytes of a file from which on it is landed by itself."""
MOST_FILES = 64
"""Files in a transaction: each holds two of the server's locks."""
MOST_BYTES = 1 << 22
"""Bytes of them together, which are held in memory."""
_FORMATS = ("csv", "json", "jsonl")

Advance = Callable[[int], None]


@dataclass(frozen=True)
class _Read:
    """A file that was read without anything to remark on."""

    task: Task
    entry: dict[str, object]
    plan: Plan
    shape: Shape
    payload: bytes
    rejects: bytes
    report: FileReport


def bundles(tasks: Sequence[Task], processes: int) -> list[tuple[Task, ...]]:
    """Divide files into what is given to a process at once: small ones of a table together.

    They stay in the order of the files; a bundle stands where its first file does.

    Args:
        tasks: the files.
        processes: that are to have something to do.
    """
    small: dict[str, list[Task]] = defaultdict(list)
    found: list[tuple[Task, ...]] = []
    for task in tasks:
        if _is_small(task):
            small[task.entity].append(task)
        else:
            found.append((task,))
    for alike in small.values():
        most = max(1, min(MOST_FILES, -(-len(alike) // (4 * processes))))
        bundle: list[Task] = []
        size = 0
        for task in alike:
            if bundle and (len(bundle) == most or size + task.resource.size > MOST_BYTES):
                found.append(tuple(bundle))
                bundle, size = [], 0
            bundle.append(task)
            size += task.resource.size
        found.append(tuple(bundle))
    place = {task.file_id: number for number, task in enumerate(tasks)}
    return sorted(found, key=lambda bundle: place[bundle[0].file_id])


def land_all(
    connection: psycopg.Connection, tasks: Sequence[Task], advance: Advance
) -> Iterator[FileReport]:
    """Land the files of a bundle, and report each.

    Args:
        connection: of this process, not in a transaction.
        tasks: one file, or several of `bundles`.
        advance: called with the number of stored bytes read since the last call.

    Raises:
        Stopped: see `landing.land`.
    """
    left = list(tasks)
    if len(left) > 1:
        if not _has_table(connection, left[0].entity):
            yield landing.land(connection, left.pop(0), advance)
        done = _land_together(connection, left, advance)
        yield from done
        over = {report.uri for report in done}
        left = [task for task in left if task.resource.uri not in over]
    for task in left:
        yield landing.land(connection, task, advance)


def _has_table(connection: psycopg.Connection, entity: str) -> bool:
    try:
        return tables.state(connection, entity)[0]
    except psycopg.Error:
        return False  # The first file will run into it again, and say so.
    finally:
        landing.roll_back(connection)


def _is_small(task: Task) -> bool:
    resource = task.resource
    if not 0 < resource.size <= SMALL_FILE or resource.sheet is not None:
        return False
    if task.duplicate_of or task.retires or task.options.replay:
        return False
    try:
        return registry.of(resource.name, resource.uri).name in _FORMATS
    except ExtractError:
        return False


def _land_together(
    connection: psycopg.Connection, tasks: Sequence[Task], advance: Advance
) -> list[FileReport]:
    """Land what can be landed together, and report that."""
    reports: list[FileReport] = []
    with suppress(psycopg.Error, ExtractError):
        _, known = tables.state(connection, tasks[0].entity)
        connection.rollback()
        groups: dict[tuple[object, ...], list[_Read]] = defaultdict(list)
        for task in tasks:
            read = _read(task, known)
            if read is not None:
                key = (read.plan.names, read.shape.delimiter, read.shape.quote, read.shape.null)
                groups[key].append(read)
        for group in map(_without_copies, groups.values()):
            if _commit(connection, group, known):
                advance(sum(read.task.resource.size for read in group))
                reports += [read.report for read in group]
            else:
                connection.rollback()
    landing.roll_back(connection)
    return reports


def _read(task: Task, known: dict[str, KnownColumn]) -> _Read | None:
    """Read a file; None if it is not as usual."""
    started = time.monotonic()
    resource = task.resource
    tap = Tap(resource, lambda _: None)
    try:
        form = registry.of(resource.name, resource.uri)
        reader = registry.open_reader(
            form, tap.open, uri=resource.uri, limits=task.options.limits, given=task.given
        )
        plan = tables.fit(task.entity, reader.shape, known, True)
        if plan.added or not plan.names:
            return None
        if task.options.frozen:
            tables.check_frozen(plan, optional=reader.shape.optional, uri=resource.uri)
        drift = plan.notes(optional=reader.shape.optional)
        pieces: list[bytes] = []
        size = 0
        with Rejects(task, [0]) as rejects:
            tally = Tally(rejects.add)
            for piece in reader.payloads(task.file_id, plan.types, tally):
                pieces.append(piece)
                size += len(piece)
                if size > 2 * MOST_BYTES:
                    return None
            rejected = b"".join(rejects.payload())
        if not tally.landed:
            return None
        content_hash = tap.finish()
    except (ExtractError, ColumnsFound):
        return None
    finally:
        tap.close()
    shape = reader.shape
    dialect = {**shape.dialect, **tap.facts, "columns": plan.headings}
    seconds = time.monotonic() - started
    notes = (*shape.notes, *drift, *(task.given or Given()).unused(form.name))
    entry = {
        "file_id": task.file_id,
        "uri": resource.uri,
        "entity": task.entity,
        "format": form.name,
        "compression": landing.packing(resource, form),
        "size_bytes": resource.size,
        "version": resource.version,
        "dialect": dialect,
        "content_hash": content_hash,
        "landed": tally.landed,
        "rejected": tally.rejected,
        "duration_ms": int(seconds * 1000),
    }
    report = FileReport(
        resource.uri,
        task.entity,
        "loaded",
        form.name,
        tally.landed,
        tally.rejected,
        resource.size,
        seconds,
        notes=notes,
        dialect=dialect,
    )
    return _Read(task, entry, plan, shape, b"".join(pieces), rejected, report)


def _without_copies(group: Sequence[_Read]) -> list[_Read]:
    """The files of a group without those that have the bytes of one before."""
    if not group or group[0].task.options.allow_duplicates:
        return list(group)
    first: dict[object, _Read] = {}
    for read in group:
        first.setdefault(read.entry["content_hash"], read)
    return list(first.values())


def _commit(
    connection: psycopg.Connection, group: Sequence[_Read], known: dict[str, KnownColumn]
) -> bool:
    """Land them in one transaction; False, with nothing done, if anything is in the way."""
    plan, shape, options = group[0].plan, group[0].shape, group[0].task.options
    entries = [read.entry for read in group]
    keys = [("file", str(entry["uri"])) for entry in entries]
    keys += [("content", str(entry["content_hash"])) for entry in entries]
    if not waiting.all_free(connection, keys, shared=[("table", plan.entity)]):
        return False
    waiting.table_now(connection, plan.entity)
    if tables.state(connection, plan.entity) != (True, known):
        return False
    if ledger.any_loaded(connection, entries, contents=not options.allow_duplicates):
        return False
    ledger.supersede_failures(connection, entries)
    with connection.cursor() as cursor, cursor.copy(tables.copy_statement(plan, shape)) as copy:
        for read in group:
            copy.write(read.payload)
    if any(read.rejects for read in group):
        ledger.write_rejects(connection, (read.rejects for read in group))
    ledger.write_loaded(connection, entries)
    ids = sorted(read.task.file_id for read in group)
    for file_id in {ids[0], ids[-1]}:
        tables.note(connection, plan, file_id)
    for read in group:
        sources.check_unchanged(read.task.resource)
    connection.commit()
    return True
