"""Which languages the free texts of a table are in, by the project's stop words."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

import psycopg
from psycopg import sql

from dbt_project import postgres
from dbt_project.profiling import evidence
from dbt_project.profiling.values import ColumnProfile, Count

MOST_TEXTS = 2_000
"""Different texts of a column that are looked at."""
NAMES = {"de": "German", "en": "English", "es": "Spanish", "fr": "French"}

_LANGUAGES = """
with stop_words as (
    select * from unnest({languages}::text[], {words}::text[], {counts}::int[])
        as listed (language, word, counts)
),
words as (
    select text.place, text.times, word.word
    from (
        select row_number() over () as place, value, times
        from {table} where number = {number} limit {most}
    ) as text
    cross join lateral
        regexp_split_to_table(lower(replace(text.value, '''', '')), '[^[:alpha:]]+') as word (word)
),
told as (
    select distinct on (words.place) words.times, stop_words.language
    from words inner join stop_words on words.word = stop_words.word
    group by words.place, words.times, stop_words.language
    order by words.place, sum(stop_words.counts) desc, stop_words.language = 'en' desc, 2
)
select language, sum(times)::bigint from told group by 1 order by 2 desc, 1
"""


def told(
    connection: psycopg.Connection[Any], entity: str, columns: Iterable[ColumnProfile]
) -> tuple[ColumnProfile, ...]:
    """The columns, those of free text with their languages; right after `evidence.gather`.

    A word that several languages have counts half, as in `languages_of` of the project's macros.

    Raises:
        psycopg.Error: the values cannot be read.
    """
    return tuple(
        replace(column, languages=_of(connection, entity, number))
        if column.kind == "prose"
        else column
        for number, column in enumerate(columns)
    )


def _of(connection: psycopg.Connection[Any], entity: str, number: int) -> tuple[Count, ...]:
    pairs = _stop_words()
    times = Counter(word for _, word in pairs)
    rows = connection.execute(
        sql.SQL(_LANGUAGES).format(
            languages=sql.Literal([language for language, _ in pairs]),
            words=sql.Literal([word for _, word in pairs]),
            counts=sql.Literal([2 if times[word] == 1 else 1 for _, word in pairs]),
            table=sql.Identifier("pg_temp", evidence.values_table(entity)),
            number=sql.Literal(number),
            most=sql.Literal(MOST_TEXTS),
        )
    )
    return tuple(Count(language, count) for language, count in rows)


@cache
def _stop_words() -> tuple[tuple[str, str], ...]:
    """(language, word), each once."""
    path = postgres.project_root() / "seeds" / "stop_words.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        listed = [(row["language"], row["words"].split()) for row in csv.DictReader(lines)]
    return tuple(dict.fromkeys((language, word) for language, words in listed for word in words))
