"""`load --dry-run`: what landing each file would do, one after the other, writing nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import psycopg

from extract import landing, ledger, sources, tables
from extract.dialect import Given
from extract.errors import DuplicateContent, ExtractError, OtherTable
from extract.formats import registry
from extract.formats.base import Shape
from extract.landing import Task
from extract.ledger import KnownColumn
from extract.report import FileReport
from extract.tap import Tap

_NAMED = 30
"""Columns of a new table that are named."""


def preview(connection: psycopg.Connection, tasks: Iterable[Task]) -> list[FileReport]:
    """What landing these files would do; a file sees the tables as those before it leave them.

    Only the start of each file is read, so that records further down that would be rejected, and
    JSON keys that first show there, are not foretold.
    """
    has_ledger = ledger.exists(connection)
    made: dict[str, dict[str, KnownColumn]] = {}
    return [_preview(connection, task, has_ledger, made) for task in tasks]


def _preview(
    connection: psycopg.Connection,
    task: Task,
    has_ledger: bool,
    made: dict[str, dict[str, KnownColumn]],
) -> FileReport:
    item = task.resource
    report = FileReport(item.uri, task.entity, "loaded", size_bytes=item.size)
    tap = Tap(item, lambda _: None)
    try:
        if task.duplicate_of:
            raise landing.duplicate(item.uri, task.duplicate_of)
        form = registry.of(item.name, item.uri)
        sources.check_size(item, task.options.limits)
        shape = registry.open_reader(
            form,
            tap.open,
            uri=item.uri,
            limits=task.options.limits,
            sheet=item.sheet,
            given=task.given,
        ).shape
        before = ledger.current(connection, item.uri) if has_ledger else None
        return replace(
            report,
            outcome="replaced" if before else "loaded",
            format=form.name,
            notes=(
                *shape.notes,
                *_changes(connection, task, shape, has_ledger, made),
                *(task.given or Given()).unused(form.name),
            ),
            dialect={**shape.dialect, **tap.facts},
        )
    except DuplicateContent as error:
        return replace(report, outcome="refused", error=error)
    except OtherTable as error:
        if task.instead:
            own = replace(task, entity=task.instead, instead=None)
            return _preview(connection, own, has_ledger, made)
        return replace(report, outcome="failed", error=error)
    except ExtractError as error:
        return replace(report, outcome="failed", error=error)
    finally:
        tap.close()


def _changes(
    connection: psycopg.Connection,
    task: Task,
    shape: Shape,
    has_ledger: bool,
    made: dict[str, dict[str, KnownColumn]],
) -> tuple[str, ...]:
    """What becomes of the table, in words."""
    exists, known = task.entity in made, made.get(task.entity, {})
    if not exists and has_ledger:
        exists, known = tables.state(connection, task.entity)
    found = tables.fit(task.entity, shape, known, exists)
    if shape.columns and task.options.frozen:
        tables.check_frozen(found, optional=shape.optional, uri=task.resource.uri)
    if found.added and not task.named:
        before = has_ledger and ledger.others(connection, task.entity, task.resource.uri)
        if before or task.entity in made:
            tables.check_kin(found, uri=task.resource.uri, series=task.instead is not None)
    made[task.entity] = known | {
        name: KnownColumn(name, label, kind)
        for name, label, kind in zip(found.names, found.labels, found.types, strict=True)
        if name not in known
    }
    notes = found.notes(optional=shape.optional)
    if exists or not shape.columns:
        return notes
    columns = [
        f"{name} {kind}" if kind != "text" else name
        for name, kind in zip(found.names, found.types, strict=True)
    ]
    more = f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else ""
    return (
        f"new table raw.{task.entity} of {len(columns)} columns:"
        f" {', '.join(columns[:_NAMED])}{more}",
        *notes,
    )
