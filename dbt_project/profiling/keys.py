"""Key candidates: single columns, then combinations; a small sample rules out, all rows prove.

Many combinations tell the rows of a small table apart by chance. So columns are tried in the order
in which they look like parts of a key, and what looks like a measure is not tried at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import psycopg
from psycopg import sql

from dbt_project.profiling.evidence import Field
from dbt_project.profiling.macros import project_macros
from dbt_project.profiling.values import TIMES, ColumnProfile, Key, TableProfile
from dbt_project.profiling.words import singular

MOST_COLUMNS = 4
TRIED = {2: 10, 3: 9, 4: 7}
"""How many of the likeliest columns are combined, by the size of the combination."""
SAMPLE_ROWS = 4_000
PROOFS = 8
"""Combinations that are counted over all rows at most."""
MOST_REPEATED = 0.05
"""Share of repeated or missing keys up to which a column named like a key is still told as one."""

CHANCE = 3.0
"""Pairs of rows that would have the same key by chance at least, if it were none."""

MEMBER = "_key"
"""Label of the column that the keys of an object of records landed in."""
NAMELESS = re.compile(r"column_[0-9]+")
"""Names given to columns of files without a header."""

_WORDS = 20
_KEY_NAME = re.compile(
    r"(^|_)(id|code|no|nr|num|number|uuid|guid|sku|isbn|ref|symbol|index)$|_key$|[a-z]{4,}id$"
)
_PART_NAME = re.compile(
    r"(^|_)(year|month|day|week|hour|quarter|season|round|line|lineno|item|position|seq|sequence|"
    r"stint|order|ordering|ordinal|rank|version|part|page|row|game|inning|lap)(_|$)|^year"
)
_TIME_PART = re.compile(
    r"^(date|day|time|datetime|timestamp|dt|ts|month|week|hour|period|as_of|snapshot|effective|"
    r"start|from)(_?(on|at|utc|date|day|time|hour))?$|_(utc|hour)$|^(trade|trading|rate|price|report|"
    r"observation|snapshot|as_of|effective|valid|start|measurement|calendar)_(date|day|from|time|hour)$"
)
_MEASURE_NAME = re.compile(
    r"(^|_)(amount|price|cost|total|count|qty|quantity|rate|score|weight|height|width|length|"
    r"distance|delay|duration|speed|temp|temperature|pressure|humid|humidity|lat|lon|latitude|"
    r"longitude|percent|rating|stars|share|ratio|avg|mean|sum|salary|revenue|balance|points|age|size|population|"
    r"area|votes|coordinates|coords|geometry|description|comment|comments|note|notes|url)(_|$)"
)


def find(connection: psycopg.Connection[Any], profile: TableProfile) -> tuple[Key, ...]:
    """The single columns that are keys, best first: those that hold, then those that nearly do.

    Raises:
        psycopg.Error: the table cannot be read.
    """
    if not profile.rows:
        return ()
    ranked = _ranked(profile)
    singles = [
        _measure(connection, profile, (c.name,))
        for c in ranked
        if _may_be_unique(c) and not _is_unique_by_chance(c, profile)
    ]
    holding = [key for key in singles if key.holds]
    nearly = [
        key
        for key in singles
        if not key.holds
        and _names_a_key(key.columns[0], profile.entity)
        and key.repeated - key.copies + key.missing <= MOST_REPEATED * profile.rows
    ]
    return tuple(holding + nearly)


def in_full(connection: psycopg.Connection[Any], profile: TableProfile) -> TableProfile:
    """The profile with keys that are whole numbers but for some values as the codes that they are.

    A value of a key that cannot be read would be a row without a key.

    Raises:
        psycopg.Error: the table cannot be read.
    """
    named = {key.columns[0] for key in profile.keys if key.holds}
    numbers = [c for c in profile.columns if c.name in named and c.kind == "integer"]
    return replace(
        profile,
        columns=tuple(
            replace(
                column, kind="code", doubt=f"{unread:,} of its values are no numbers: text, then."
            )
            if column in numbers and (unread := _unreadable(connection, profile, column))
            else column
            for column in profile.columns
        ),
    )


def _unreadable(
    connection: psycopg.Connection[Any], profile: TableProfile, column: ColumnProfile
) -> int:
    text = sql.SQL("({})::text").format(Field(column.name, column.path, None).expression("landed"))
    row = connection.execute(
        sql.SQL(
            "select count(*) from raw.{} as landed cross join lateral (select {} as value) as given"
            " where {} is not null and {} is null"
        ).format(
            sql.Identifier(profile.entity),
            text,
            _value(column),
            sql.SQL(project_macros()("to_bigint", "given.value")),
        )
    ).fetchone()
    return row[0] if row else 0


def combined(connection: psycopg.Connection[Any], profile: TableProfile) -> tuple[Key, ...]:
    """The smallest combination of columns that is a key, if one is: of a table without another.

    Raises:
        psycopg.Error: the table cannot be read.
    """
    return tuple(_combined(connection, profile, _ranked(profile))) if profile.rows else ()


def _ranked(profile: TableProfile) -> list[ColumnProfile]:
    """The columns that may be keys or parts of one, the likeliest first."""
    return sorted(
        (c for c in profile.columns if likelihood(c, profile) > 0),
        key=lambda column: -likelihood(column, profile),
    )


def likelihood(column: ColumnProfile, profile: TableProfile) -> float:
    """How much a column looks like a key or a part of one; nought or less if it does not."""
    if column.kind in ("number", "amount", "share", "prose", "json", "boolean", "empty", "url"):
        return 0.0
    if column.label == MEMBER:
        return 0.5 if _stands_twice(column, profile) else 5.0
    if column.longest > 80 or column.words > 4 or column.nulls > 0.1 * column.rows:
        return 0.0
    score = {"code": 2.0, "integer": 1.0, "text": 0.5, "email": 1.0}.get(column.kind, 1.0)
    if column.personal in ("name", "address", "phone", "birth_date") and column.name != "name":
        return 0.0
    if _names_a_key(column.name, profile.entity):
        score += 3
    elif _MEASURE_NAME.search(column.name):
        return 0.0
    if column.low.startswith("-"):
        return 0.0
    if any(link.column == column.name for link in profile.links):
        score += 2
    own = singular(profile.entity)
    if column.name in ("id", own, f"{own}_id", f"{own}id", f"{own}_no", f"{own}_number"):
        score += 1.5
    if len(column.path) > 1:
        score -= 1  # Inside an object: that object's number.
    position = [one.name for one in profile.columns].index(column.name)
    if column.kind in TIMES:
        score += 0.5
    return score + 1.5 / (1 + position)


def _stands_twice(column: ColumnProfile, profile: TableProfile) -> bool:
    """Whether another column has the same values, as `iso` where countries stand by their codes."""
    return any(
        set(one.top) == set(column.top) and one.distinct == column.distinct
        for one in profile.columns
        if one is not column
    )


def _names_a_key(name: str, entity: str) -> bool:
    return bool(_KEY_NAME.search(name)) or name == singular(entity)


def _may_be_unique(column: ColumnProfile) -> bool:
    return column.given > 0 and column.distinct >= 0.9 * column.given and column.distinct > 1


def _is_unique_by_chance(column: ColumnProfile, profile: TableProfile) -> bool:
    """Whether a number that no name calls a key comes from so wide a range that few would repeat.

    The first column may be a key without being called one.
    """
    if column.kind != "integer" or column is profile.columns[0] or _is_named(column, profile):
        return False
    return differs_by_chance(column)


def differs_by_chance(column: ColumnProfile) -> bool:
    """Whether a whole number comes from so wide a range that hardly any would come twice."""
    width = float(column.high) - float(column.low) + 1
    return column.rows**2 / (2 * width) < CHANCE


def _combined(
    connection: psycopg.Connection[Any], profile: TableProfile, ranked: Sequence[ColumnProfile]
) -> Iterator[Key]:
    complete = [
        column
        for column in ranked
        if column.nulls == 0 and column.distinct > 1 and _is_part(column, profile)
    ]
    proofs = 0
    for size in range(2, MOST_COLUMNS + 1):
        tried = complete[: TRIED[size]]
        likely = sorted(
            combinations(tried, size),
            key=lambda chosen: -sum(likelihood(one, profile) for one in chosen),
        )
        likely = [chosen for chosen in likely if _is_no_chance(chosen, profile)]
        for names in _unique_in_sample(connection, profile, likely):
            proofs += 1
            key = _measure(connection, profile, names)
            if key.holds:
                yield key
                return
            if proofs == PROOFS:
                return


def _is_part(column: ColumnProfile, profile: TableProfile) -> bool:
    """Whether a column may be one of a key's: times must be named so, and numbers, or be links."""
    if column.kind in TIMES:
        return bool(_TIME_PART.search(column.name) or _PART_NAME.search(column.name))
    return column.kind != "integer" or _is_named(column, profile) or counts(column)


def _is_named(column: ColumnProfile, profile: TableProfile) -> bool:
    """Whether name or link say that it is part of a key, or no name can say anything."""
    return bool(
        _names_a_key(column.name, profile.entity)
        or column.name == "name"
        or _PART_NAME.search(column.name)
        or NAMELESS.fullmatch(column.name)
        or any(link.column == column.name for link in profile.links)
    )


def counts(column: ColumnProfile) -> bool:
    """Whether its values are 1, 2, 3 and so on without a gap, as places in a list are."""
    if column.kind != "integer" or column.low not in ("0", "1"):
        return False
    return int(float(column.high)) - int(column.low) + 1 == column.distinct


def _is_no_chance(chosen: Sequence[ColumnProfile], profile: TableProfile) -> bool:
    """Whether there are values enough, but not so many that rows would differ by chance.

    Of columns that are all named like keys or parts of keys, or links, chance is not asked after.
    """
    product = 1
    for column in chosen:
        product *= column.distinct
    if product < profile.looked_at:
        return False
    named = all(_is_named(column, profile) or column.kind in TIMES for column in chosen)
    return named or profile.looked_at**2 / (2 * product) >= CHANCE


def _unique_in_sample(
    connection: psycopg.Connection[Any],
    profile: TableProfile,
    candidates: Sequence[Sequence[ColumnProfile]],
) -> list[tuple[str, ...]]:
    """Of the candidates, in their order, those that no two rows of a small sample share."""
    if not candidates:
        return []
    parts = [
        sql.SQL("count(distinct ({}))").format(
            sql.SQL(", ").join(sql.SQL("({})").format(_value(column)) for column in chosen)
        )
        for chosen in candidates
    ]
    row = connection.execute(
        sql.SQL(
            "select count(distinct {}), {} from (select * from raw.{} limit {}) as landed"
        ).format(
            _contents(profile),
            sql.SQL(", ").join(parts),
            sql.Identifier(profile.entity),
            sql.Literal(SAMPLE_ROWS),
        )
    ).fetchone()
    if row is None:
        return []
    return [
        tuple(column.name for column in profile.columns if column in chosen)
        for chosen, distinct in zip(candidates, row[1:], strict=True)
        if distinct == row[0]
    ]


def _measure(
    connection: psycopg.Connection[Any], profile: TableProfile, names: tuple[str, ...]
) -> Key:
    """Count over all rows: repeated and missing keys, and which of them are copies of rows."""
    columns = [profile.column(name) for name in names]
    values = sql.SQL(", ").join(
        sql.SQL("{} as {}").format(_value(column), sql.Identifier(f"key_{number}"))
        for number, column in enumerate(columns)
    )
    keys = sql.SQL(", ").join(sql.Identifier(f"key_{number}") for number in range(len(columns)))
    complete = sql.SQL(" and ").join(
        sql.SQL("{} is not null").format(sql.Identifier(f"key_{number}"))
        for number in range(len(columns))
    )
    row = connection.execute(
        sql.SQL(
            """
            with keyed as (select ctid as place, {values} from raw.{entity} as landed),
            repeated as (
                select {keys}, count(*) as times from keyed where {complete}
                group by {keys} having count(*) > 1
            )
            select
                (select count(*) from keyed where not ({complete})),
                (select coalesce(sum(times - 1), 0) from repeated),
                (select array_agg(shown) from (
                    select concat_ws(', ', {keys}) as shown from repeated
                    order by times desc, 1 limit 5
                ) as few)
            """
        ).format(values=values, keys=keys, complete=complete, entity=sql.Identifier(profile.entity))
    ).fetchone()
    missing, repeated, examples = row or (0, 0, None)
    key = Key(names, int(repeated), 0, missing, tuple(examples or ()))
    if not repeated or repeated > 0.5 * profile.rows:
        return key
    copies = connection.execute(
        sql.SQL(
            """
            with keyed as (
                select {values}, {contents} as contents
                from raw.{entity} as landed
            )
            select coalesce(sum(times - variants), 0) from (
                select count(*) as times, count(distinct contents) as variants
                from keyed where {complete} group by {keys} having count(*) > 1
            ) as repeated
            """
        ).format(
            values=values,
            keys=keys,
            complete=complete,
            contents=_contents(profile),
            entity=sql.Identifier(profile.entity),
        )
    ).fetchone()
    return Key(names, key.repeated, int(copies[0]) if copies else 0, missing, key.examples)


def _contents(profile: TableProfile) -> sql.Composable:
    """All that stands in a row, as a number."""
    landed = dict.fromkeys(column.path[0] for column in profile.columns)
    return sql.SQL("hash_record_extended(row({}), 0)").format(
        sql.SQL(", ").join(sql.Identifier("landed", name) for name in landed)
    )


def _value(column: ColumnProfile) -> sql.Composable:
    return value(column, "landed")


def value(column: ColumnProfile, relation: str) -> sql.Composable:
    """A column's value as keys are compared: trimmed, a whole number without its `.0`."""
    text = Field(column.name, column.path, None).expression(relation)
    trimmed: sql.Composable = sql.SQL("nullif(btrim(({})::text), '')").format(text)
    if nothing := [one.value for one in column.words_for_nothing if one.value.strip()]:
        trimmed = sql.SQL("case when {0} <> all({1}::text[]) then {0} end").format(
            trimmed, sql.Literal(nothing[:_WORDS])
        )
    if column.kind == "integer" or re.fullmatch(
        r"[0-9]+\.0", column.top[0].value if column.top else ""
    ):
        return sql.SQL("regexp_replace({}, '\\.0+$', '')").format(trimmed)
    return trimmed
