"""Raw tables: made, widened and compared with what a file brings.

A new table is made inside the transaction that fills it (a file that fails leaves no table, and
Postgres may skip its log). A new column is added in a short transaction of its own, because it
shuts out readers until it commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from psycopg import sql

from extract import ledger, names
from extract.errors import DriftRefused, OtherTable
from extract.formats.base import DataType, Shape
from extract.ledger import KnownColumn

SCHEMA = "raw"
_PART = "_part_"
_SHOWN = 6


@dataclass(frozen=True)
class Plan:
    """How a file's columns fit the table.

    Attributes:
        entity: the table's name in schema raw.
        names: the file's columns as the table calls them, in the file's order.
        types: their types in the table.
        labels: their labels in the file.
        exists: whether the table is there.
        added: columns that the table does not have yet.
        missing: columns of the table that the file does not have.
        relabelled: (column, label so far, label in this file) where they differ.
    """

    entity: str
    names: tuple[str, ...]
    types: tuple[DataType, ...]
    labels: tuple[str | None, ...]
    exists: bool
    added: tuple[str, ...]
    missing: tuple[str, ...]
    relabelled: tuple[tuple[str, str | None, str | None], ...]

    @property
    def headings(self) -> list[str]:
        """What stands above the file's columns: their labels, or their names if there are none."""
        return [label or name for label, name in zip(self.labels, self.names, strict=True)]

    def notes(self, *, optional: bool) -> tuple[str, ...]:
        """What a person should know about it; missing columns only if they are not `optional`."""
        found = []
        if self.exists and self.added:
            found.append(f"new columns: {', '.join(self.added)}")
        if self.missing and not optional:
            found.append(f"columns not in this file: {', '.join(self.missing)}")
        found += [
            f"column {name} is called {new!r} here, {old!r} before"
            for name, old, new in self.relabelled
        ]
        return tuple(found)


def plan(connection: psycopg.Connection, entity: str, shape: Shape) -> Plan:
    """Compare a file with its table; changes nothing."""
    exists, known = state(connection, entity)
    return fit(entity, shape, known, exists)


def state(connection: psycopg.Connection, entity: str) -> tuple[bool, dict[str, KnownColumn]]:
    """Whether a table is there, and its columns by name."""
    known = ledger.known_columns(connection, entity)
    row = connection.execute("select to_regclass(%s)::oid", [_quoted(entity)]).fetchone()
    exists = bool(row and row[0])
    return exists, known if exists else {}


def fit(entity: str, shape: Shape, known: Mapping[str, KnownColumn], exists: bool) -> Plan:
    """How a file's columns fit a table with these columns."""
    labels = tuple(column.label for column in shape.columns)
    chosen = names.columns(labels, {name: column.label for name, column in known.items()})
    chosen = [column.name or name for column, name in zip(shape.columns, chosen, strict=True)]
    types = tuple(
        _data_type(known[name].data_type) if name in known else column.data_type
        for name, column in zip(chosen, shape.columns, strict=True)
    )
    return Plan(
        entity=entity,
        names=tuple(chosen),
        types=types,
        labels=labels,
        exists=exists,
        added=tuple(name for name in chosen if name not in known),
        missing=tuple(name for name in known if name not in set(chosen)),
        relabelled=tuple(
            (name, known[name].label, label)
            for name, label in zip(chosen, labels, strict=True)
            if name in known and known[name].label != label
        ),
    )


def check_frozen(found: Plan, *, optional: bool, uri: str) -> None:
    """Hold a file to the table as it is.

    Raises:
        DriftRefused: the table would have to be made or widened, or the file lacks a column.
    """
    hint = "load without --frozen to accept the change"
    if not found.exists:
        raise DriftRefused(f"there is no table raw.{found.entity} yet", uri=uri, hint=hint)
    if found.added:
        raise DriftRefused(
            f"columns that raw.{found.entity} does not have: {', '.join(found.added)}",
            uri=uri,
            column=found.added[0],
            hint=hint,
        )
    if found.missing and not optional:
        raise DriftRefused(
            f"columns of raw.{found.entity} that the file lacks: {', '.join(found.missing)}",
            uri=uri,
            column=found.missing[0],
            hint=hint,
        )


def check_kin(found: Plan, *, uri: str, series: bool = False) -> None:
    """Keep two kinds of things out of one table: enough of the columns must be shared.

    Args:
        found: where the file's columns go.
        uri: for errors.
        series: a date or a number was left out of the file's name, which may have been part of it.

    Raises:
        OtherTable: fewer than half are (in a series, three fifths) of the narrower side's, so that
            columns may be added or left out at will.
    """
    alike = 0.6 if series else 0.5
    shared = len(found.names) - len(found.added)
    if not found.exists or shared >= alike * min(len(found.names), shared + len(found.missing)):
        return
    of_table, of_file = (
        ", ".join(columns[:_SHOWN]) + (" ..." if len(columns) > _SHOWN else "")
        for columns in (found.missing, found.added)
    )
    raise OtherTable(
        f"{shared} of its {len(found.names)} columns are in raw.{found.entity}, the table that its"
        f" name leads to: that has {of_table}, the file has {of_file}",
        uri=uri,
        hint="give it a table of its own: `--into NAME` for one table, `--prefix NAME` before each"
        f" table's name, or `entity` in extract/sources.yml; --into {found.entity} if it belongs"
        " there all the same. Files of several tables in one folder: load that folder itself",
    )


def create(connection: psycopg.Connection, found: Plan, name: str | None = None) -> None:
    """Make the table, or one like it under another name; the caller holds the entity's lock."""
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in zip(found.names, found.types, strict=True)
    ]
    connection.execute(
        sql.SQL("create table {} (_file_id bigint not null, _line bigint not null, {})").format(
            identifier(name or found.entity), sql.SQL(", ").join(columns)
        )
    )


def index(connection: psycopg.Connection, entity: str) -> None:
    """Index a new table by file and line.

    Rows come in that order, so a block-range index finds them nearly as fast as a B-tree and
    costs a tenth of the time to keep while loading.
    """
    connection.execute(
        sql.SQL(
            "create index on {} using brin (_file_id, _line)"
            " with (pages_per_range = 32, autosummarize = on)"
        ).format(identifier(entity))
    )


def widen(connection: psycopg.Connection, found: Plan, file_id: int) -> None:
    """Add the columns that the table lacks, and note them; the caller holds the entity's lock."""
    additions = [
        sql.SQL("add column {} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in zip(found.names, found.types, strict=True)
        if name in found.added
    ]
    connection.execute(
        sql.SQL("alter table {} {}").format(identifier(found.entity), sql.SQL(", ").join(additions))
    )
    note(connection, found, file_id)


def note(connection: psycopg.Connection, found: Plan, file_id: int) -> None:
    """Write the file's columns into raw._columns."""
    ledger.note_columns(
        connection,
        found.entity,
        [
            (name, label, position, kind)
            for position, (name, label, kind) in enumerate(
                zip(found.names, found.labels, found.types, strict=True), start=1
            )
        ],
        file_id,
    )


def remove_rows(connection: psycopg.Connection, entity: str, file_id: int) -> None:
    """Take a file's rows out."""
    row = connection.execute("select to_regclass(%s)::oid", [_quoted(entity)]).fetchone()
    if row and row[0]:
        connection.execute(
            sql.SQL("delete from {} where _file_id = %s").format(identifier(entity)), [file_id]
        )


def copy_statement(
    found: Plan, shape: Shape, into: str | None = None, *, bare: bool = False
) -> sql.Composed:
    """The COPY that takes a reader's payloads.

    Args:
        found: where the columns go.
        shape: how the payloads are written.
        into: a table that puts the file id in itself, in place of the entity's.
        bare: the table puts the line in too.
    """
    own = () if bare else ("_line",) if into is not None else ("_file_id", "_line")
    columns = [sql.Identifier(name) for name in (*own, *found.names)]
    return sql.SQL(
        "copy {} ({}) from stdin (format csv, delimiter {}, quote {}, null {}, encoding 'UTF8')"
    ).format(
        identifier(into or found.entity),
        sql.SQL(", ").join(columns),
        sql.Literal(shape.delimiter),
        sql.Literal(shape.quote),
        sql.Literal(shape.null),
    )


def part_name(file_id: int, number: int) -> str:
    """The table that holds part of a big file: a child of the raw table once that has landed."""
    return f"{_PART}{file_id}_{number}"


def fill_in(connection: psycopg.Connection, name: str, file_id: int | None) -> None:
    """Let a new table put the file id in by itself, and the line where none is given, or no longer.

    A sequence counts the lines: it takes as long as reading numbers from the file's bytes would,
    but these need not be taken apart to put the numbers in.
    """
    if file_id is None:
        change: sql.Composable = sql.SQL("alter _file_id drop default, alter _line drop identity")
    else:
        change = sql.SQL(
            "alter _file_id set default {},"
            " alter _line add generated by default as identity (cache 10000)"
        ).format(sql.Literal(file_id))
    connection.execute(sql.SQL("alter table {} {}").format(identifier(name), change))


def count_from(connection: psycopg.Connection, name: str, line: int) -> None:
    """Let a table filled in by `fill_in` count on from a line."""
    connection.execute(
        "select setval(pg_get_serial_sequence(%s, '_line'), %s, false)", [_quoted(name), line]
    )


def drop_part(connection: psycopg.Connection, name: str) -> None:
    """Take a part's table away."""
    connection.execute(sql.SQL("drop table if exists {}").format(identifier(name)))


def sweep(connection: psycopg.Connection) -> None:
    """Take away parts of files that never landed, and emptied ones of files that were replaced.

    Parts that a loader is still working on are left alone.
    """
    rows = connection.execute(
        "select relname, exists (select from pg_inherits where inhrelid = c.oid), f.status"
        " from pg_class c left join raw._files f"
        "   on f.file_id = substring(relname from '^_part_(\\d+)_')::bigint"
        " where relnamespace = 'raw'::regnamespace and relkind = 'r'"
        "   and relname ~ '^_part_\\d+_\\d+$'"
    ).fetchall()
    for name, attached, status in rows:
        if attached and status == "loaded":
            continue
        file_id = name.removeprefix(_PART).partition("_")[0]
        key = f"assay:parts:{file_id}"
        with suppress(psycopg.errors.LockNotAvailable), connection.transaction():
            free = connection.execute(
                "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [key]
            ).fetchone()
            if free and free[0]:
                connection.execute("set local lock_timeout = '1s'")
                drop_part(connection, name)
    connection.commit()


def identifier(entity: str) -> sql.Identifier:
    """The table's quoted name."""
    return sql.Identifier(SCHEMA, entity)


def _quoted(entity: str) -> str:
    return f'{SCHEMA}."{entity}"'  # entity is a slug: no quote can be in it


def _data_type(stored: str) -> DataType:
    return "jsonb" if stored == "jsonb" else "text"
