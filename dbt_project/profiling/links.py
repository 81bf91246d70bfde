"""Which columns lead to the key of another table: by name, and by their values being there.

Small whole numbers are in every range of numbers, so that for them a name must speak as well;
codes may speak for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from dbt_project.profiling import keys, store
from dbt_project.profiling.evidence import Field, relation
from dbt_project.profiling.macros import project_macros
from dbt_project.profiling.values import ColumnProfile, Count, Link, TableProfile
from dbt_project.profiling.words import singular

BY_NAME = 0.5
"""Share of a column's rows that must be in the parent's key, if the names say so."""
BY_VALUES = 0.9
"""The same where only values speak: codes, at least three different ones."""
FEWEST_CODES = 3
BY_NUMBERS = 0.98
"""The same for whole numbers of files without a header, where names say nothing."""
FEWEST_UNIQUE = 20
"""The same for a column that has each of its values once."""

_GENERIC = {
    "id", "code", "key", "name", "no", "nr", "number", "index", "title", "type", "date", "year",
    "status", "value", "label", "description", "row_id", "rownames", "uuid", "category",
    "identifier", "slug", "order",
}  # fmt: skip
_OWN_KIND = re.compile(
    r"(^|_)(parent|manager|supervisor|superior|boss|leader|mentor|reports_to|repl(y|ies)_to|previous|"
    r"prev|next|predecessor|successor|root|ancestor|mother|father|spouse|duplicate_of|replaced_by|"
    r"replaces|merged_into|referrer|referred_by|invited_by)$"
)
"""What a row may be to another of its own table; in numbers all small numbers are found."""


@dataclass(frozen=True)
class _Parent:
    table: TableProfile
    column: ColumnProfile


def connect(
    connection: psycopg.Connection[Any], found: Mapping[str, TableProfile]
) -> dict[str, TableProfile]:
    """The same tables, with the links found from each to all tables profiled so far.

    Raises:
        psycopg.Error: a table cannot be read.
    """
    others = {one.entity: one for one in store.kept(connection)}
    known = {**others, **found}
    parents = [
        _Parent(table, table.column(key.columns[0]))
        for table in known.values()
        if not table.list_in
        for number, key in enumerate(table.keys[:3])
        if len(key.columns) == 1
        and table.rows > 1
        # A second whole number without repeats is a place in an order, such as `sort_order`.
        and (number == 0 or table.column(key.columns[0]).kind != "integer")
    ]
    return {
        entity: replace(table, links=tuple(_links(connection, table, parents)))
        for entity, table in found.items()
    }


def _links(
    connection: psycopg.Connection[Any], child: TableProfile, parents: list[_Parent]
) -> list[Link]:
    links = []
    for column in child.columns:
        best: tuple[tuple[float, int], Link] | None = None
        for parent in parents:
            strength = _by_name(child, column, parent)
            if not _comparable(child, column, parent, strength):
                continue
            link = _measure(connection, child, column, parent)
            needed = BY_NAME if strength else BY_VALUES
            used = 0.0
            if not strength and column.kind == "integer":
                # Of several parents, the one of whose keys most are used.
                needed = BY_NUMBERS
                used = column.distinct / max(1, parent.column.distinct)
            if link.share < needed or link.given == 0:
                continue
            said = "the names agree" if strength else "the values agree"
            covered = f"{link.share:.1%} of its values are there"
            # Of tables that share a key, all lead to the one that has most of it.
            score = (strength + round(link.share, 1) + used, parent.column.distinct)
            scored = (score, replace(link, evidence=f"{said}; {covered}"))
            if best is None or scored[0] > best[0]:
                best = scored
        if best:
            links.append(best[1])
    return links


def _by_name(child: TableProfile, column: ColumnProfile, parent: _Parent) -> float:
    """How much the names say that the column leads to the parent's key; nought for nothing."""
    name, key = column.name, parent.column.name
    table = parent.table.entity
    one = singular(table)
    if child.entity == table:
        return _by_own_name(name, key, one, speaks=parent.column.kind != "integer")
    if keys.NAMELESS.fullmatch(name) or keys.NAMELESS.fullmatch(key):
        return 0.0
    if name == key and key not in _GENERIC:
        if one.rpartition("_")[2] in name:
            return 3.0
        # Two tables whose rows are numbered by `obs` have nothing to do with each other; and a
        # `move_id` leads to moves, not to another table that has one row for each of some moves.
        numbered = column.unique and keys.counts(column) and keys.counts(parent.column)
        return 0.0 if numbered else 2.2
    whole = {one, table, one.replace("_", "")}
    stems = whole | {one.rpartition("_")[2]}
    ways = {f"{stem}_{key}" for stem in stems} | {f"{stem}{key}" for stem in stems}
    if key == f"{one}_id" or key in _GENERIC:
        ways |= {f"{stem}_id" for stem in stems} | {f"{stem}id" for stem in stems}
        # The last word of a number may be what it measures: a `gender_rate` is no growth rate.
        ways |= whole if column.kind == "integer" else stems
    if name in ways:
        return 2.5
    if any(name.endswith(f"_{way}") for way in ways if len(way) > 3):
        return 2.0
    if key not in _GENERIC and name.endswith(f"_{key}"):
        return 1.5
    return 0.0


def _by_own_name(name: str, key: str, one: str, *, speaks: bool) -> float:
    """The same within a table: `parent_id`, or `evolves_from_species_id` of species.

    Args:
        speaks: whether the key's values are not found in just any column of numbers.
    """
    if name == key:
        return 0.0
    stem = name.removesuffix(f"_{key}").removesuffix("_id")
    alike = stem.endswith((f"_{one}", f"_{one.rpartition('_')[2]}"))
    said = _OWN_KIND.search(stem) or (alike and stem != name)
    return 1.0 if said or (speaks and key == "id" and name.endswith("_id")) else 0.0


def _comparable(
    child: TableProfile, column: ColumnProfile, parent: _Parent, strength: float
) -> bool:
    key = parent.column
    if column.kind not in ("integer", "code", "text", "email") or column.given == 0:
        return False
    if child.entity == parent.table.entity and (column.name == key.name or not strength):
        return False
    if strength:
        of_key = any(one.columns == (column.name,) for one in child.keys[:1])
        mutual = child.entity != parent.table.entity and of_key and key.unique
        return not mutual or column.distinct < key.distinct or (
            column.distinct == key.distinct and child.rows <= parent.table.rows
            and (child.rows < parent.table.rows or child.entity > parent.table.entity)
        )  # fmt: skip
    if column.kind == key.kind == "integer":
        return (
            keys.NAMELESS.fullmatch(column.name) is not None
            and not column.unique
            and column.distinct >= FEWEST_UNIQUE
        )
    return (
        column.kind == key.kind == "code"
        and (not column.unique or _is_subset(child, column, parent))
        and column.distinct >= FEWEST_CODES
        and key.shapes[:1] != ()
        and bool({shape.value for shape in column.shapes} & {shape.value for shape in key.shapes})
    )


def _is_subset(child: TableProfile, column: ColumnProfile, parent: _Parent) -> bool:
    """Whether a column without repeats can be one that points into a larger table."""
    return column.distinct >= FEWEST_UNIQUE and parent.table.rows > 2 * child.rows


def _measure(
    connection: psycopg.Connection[Any],
    child: TableProfile,
    column: ColumnProfile,
    parent: _Parent,
) -> Link:
    """Count the child's rows whose value the parent's key lacks, over all rows."""
    text = Field(column.name, column.path, None).expression("landed")
    given = sql.SQL(project_macros()("is_given", "given.value"))
    row = connection.execute(
        sql.SQL(
            """
            with child as (
                select given.value, sum(given.times) as times
                from (
                    select {value} as value, ({text})::text as written, count(*) as times
                    from {child} as landed group by 1, 2
                ) as given
                where given.value is not null and {is_given}
                group by 1
            ),
            parent as (select distinct {key} as value from raw.{parent} as landed),
            orphans as (
                select child.value, child.times from child
                where not exists (select 1 from parent where parent.value = child.value)
            )
            select
                (select coalesce(sum(times), 0) from child),
                (select coalesce(sum(times), 0) from orphans),
                (select jsonb_agg(jsonb_build_array(value, times)) from (
                    select value, times from orphans order by times desc, value limit 5
                ) as few)
            """
        ).format(
            value=keys.value(column, "landed"),
            text=text,
            is_given=given,
            child=relation(child.entity, is_list=child.list_in is not None),
            key=keys.value(parent.column, "landed"),
            parent=sql.Identifier(parent.table.entity),
        )
    ).fetchone()
    given_rows, orphans, examples = row or (0, 0, None)
    return Link(
        entity=child.entity,
        column=column.name,
        parent=parent.table.entity,
        parent_column=parent.column.name,
        given=int(given_rows),
        orphans=int(orphans),
        examples=tuple(Count(str(value), int(times)) for value, times in examples or ()),
    )
