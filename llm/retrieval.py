"""Hybrid search of the index: full text and vectors, fused by reciprocal rank in one statement.

Filters (facets, language, days) are pushed into both halves. Everything goes through the read-only
door. Filling the index is `llm.search.knowledge`'s.
"""

# ruff: noqa: S608 - the statements are put together from constants; every value is a parameter
from __future__ import annotations

import json
import re
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from langchain_core.embeddings import Embeddings

from llm import embeddings
from llm.database import Door
from llm.embeddings import EmbeddingSettings
from llm.errors import IndexMissingError
from llm.request import TimeRange
from llm.search.index_tables import LANGUAGES
from llm.search.knowledge import as_literal

Half = Literal["both", "meaning", "words"]

# How many of each half are fused, and how slowly a lower rank counts less: 20 found more than the
# usual 60 on the labelled queries of tests/benchmarks/retrieval.py.
CANDIDATES = 100
RANK_CONSTANT = 20
MAX_QUOTES = 10
ASKED_IN = ("en", "de", "fr", "es")
MAX_COUNTED_WORDS = 6
# Among the values of a facet: texts that have none count, too.
NO_VALUE = ""
BUILD = "Run `assay index`."

_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\n+")
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class TextFilter:
    """Which passages count.

    Attributes:
        facets: facet -> the values of which one must match; NO_VALUE for texts that lack it.
        sources: marts to search; empty for all.
        languages: ISO 639 codes; empty for all.
        time: days on which it was written.
    """

    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    time: TimeRange = field(default_factory=TimeRange)


@dataclass(frozen=True)
class Passage:
    """A passage found.

    Attributes:
        source, key: the mart and the row that it stands in.
        similarity: cosine to the query; None if only its words matched.
        by_words: whether its words matched.
        quote: the sentence of it that is nearest to the query.
    """

    source: str
    things: str
    key: str
    said_on: date | None
    language: str
    similarity: float | None
    by_words: bool
    text: str
    facets: dict[str, str]
    quote: str


@dataclass(frozen=True)
class Tally:
    """How many rows of a mart hold the words of a query: exact, but blind to other words for it.

    Attributes:
        things: what they are, in the plural.
        texts: how many are searched, after the filters.
        all_words: how many hold all the words, stop words aside, in any inflection.
        words: for each word, how many hold it.
    """

    source: str
    things: str
    texts: int
    all_words: int
    words: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Found:
    """What a search brought back. `sql` is the search as it ran, the vector left out."""

    passages: tuple[Passage, ...]
    tallies: tuple[Tally, ...]
    sql: str
    seconds: float


def search(
    door: Door,
    text: str,
    *,
    where: TextFilter | None = None,
    limit: int = 8,
    half: Half = "both",
    wanted: EmbeddingSettings | None = None,
) -> Found:
    """Passages about a text, best first, and how many there are.

    Args:
        half: one half alone, to compare.
        wanted: the embedding model; default by the environment. It must be the index's.

    Raises:
        IndexMissingError: there is no index, or another model made it.
        EmbeddingError: the embedding model is missing or did not answer.
        QueryError: the search failed.
    """
    started = time.perf_counter()
    settings = wanted or embeddings.settings()
    _check(door, settings, "passages")
    model = embeddings.model(settings)
    asked = model.embed_query(text)
    vector = as_literal(asked)
    conditions, parameters = _conditions(where or TextFilter())
    schema = _vector_schema(door)
    given = {"vector": vector, "text": text, "limit": limit, **parameters}
    sql = _hybrid("passages", conditions, schema, half)
    hybrid = f"""
        {sql}
        select p.source, p.things, p.key, p.said_on, p.language, fused.similarity, fused.by_words,
            p.text, p.facets
        from fused
        join knowledge.passages as p using (id)
        order by fused.score desc, p.id
    """
    rows = door.fetch(hybrid, given)
    quotes = _quotes([row[7] for row in rows], asked, model if settings.is_built_in else None)
    passages = tuple(
        Passage(
            source=row[0],
            things=row[1],
            key=row[2],
            said_on=row[3],
            language=row[4],
            similarity=None if row[5] is None else round(row[5], 3),
            by_words=row[6],
            text=row[7],
            facets=row[8],
            quote=quote,
        )
        for row, quote in zip(rows, quotes, strict=True)
    )
    return Found(
        passages=passages,
        tallies=_tallies(door, text, conditions, parameters),
        sql=_shown(hybrid, given),
        seconds=time.perf_counter() - started,
    )


def _quotes(passages: list[str], asked: list[float], model: Embeddings | None) -> list[str]:
    """Of each passage the sentence nearest to the query; without a local model the whole of it."""
    if model is None:
        return passages
    split = [
        [one for one in _SENTENCES.split(text) if len(one.split()) > 2] or [text]
        for text in passages[:MAX_QUOTES]
    ]
    vectors = iter(model.embed_documents([one for sentences in split for one in sentences]))
    found = []
    for sentences in split:
        nearness = [
            sum(a * b for a, b in zip(asked, next(vectors), strict=True)) for _ in sentences
        ]
        found.append(sentences[nearness.index(max(nearness))])
    return found + passages[MAX_QUOTES:]


def _tallies(
    door: Door, text: str, conditions: str, parameters: Mapping[str, Any]
) -> tuple[Tally, ...]:
    words = list(dict.fromkeys(_WORD.findall(text.lower())))[:MAX_COUNTED_WORDS]
    given = {**parameters, "text": text, **{f"word_{i}": word for i, word in enumerate(words)}}
    single = "".join(
        f", count(distinct p.key) filter (where p.words @@ ({_parsed(f'word_{i}')}))"
        for i in range(len(words))
    )
    rows = door.fetch(
        f"""
        select p.source, p.things, count(distinct p.key),
            count(distinct p.key) filter (where p.words @@ ({_parsed("text")})) {single}
        from knowledge.passages as p
        where {conditions}
        group by 1, 2
        order by 1
        """,
        given,
    )
    return tuple(
        Tally(
            row[0],
            row[1],
            row[2],
            row[3],
            tuple((word, n) for word, n in zip(words, row[4:], strict=True) if n),
        )
        for row in rows
    )


@dataclass(frozen=True)
class EntryFound:
    """A catalogue entry found. `kind` is metric, dimension, value, model or column."""

    kind: str
    name: str
    text: str


def entries(
    door: Door, text: str, *, limit: int = 8, kinds: Sequence[str] = ()
) -> tuple[EntryFound, ...]:
    """Catalogue entries about a text, best first.

    Raises:
        IndexMissingError: there is no index, or another model made it.
        EmbeddingError: the embedding model is missing or did not answer.
        QueryError: the search failed.
    """
    settings = embeddings.settings()
    _check(door, settings, "entries")
    condition = "p.kind = any(%(kinds)s)" if kinds else "true"
    rows = door.fetch(
        f"""
        {_hybrid("entries", condition, _vector_schema(door), "both")}
        select p.kind, p.name, p.text
        from fused
        join knowledge.entries as p using (id)
        order by fused.score desc, p.id
        """,
        {
            "vector": as_literal(embeddings.model(settings).embed_query(text)),
            "text": text,
            "limit": limit,
            "kinds": list(kinds),
        },
    )
    return tuple(EntryFound(*row) for row in rows)


def facet_values(door: Door, facet: str) -> tuple[str, ...]:
    """The values of a facet in the index, sorted; empty if it has no such facet."""
    rows = door.fetch(
        "select distinct p.facets ->> %(facet)s as value from knowledge.passages as p "
        "where p.facets ? %(facet)s order by 1 limit 5000",
        {"facet": facet},
    )
    return tuple(row[0] for row in rows)


def facets(door: Door) -> tuple[str, ...]:
    """The facets of the index, sorted."""
    rows = door.fetch(
        "select distinct name from knowledge.passages as p, jsonb_object_keys(p.facets) as name "
        "order by 1",
        {},
    )
    return tuple(row[0] for row in rows)


def sources(door: Door) -> dict[str, str]:
    """The marts that hold texts, each with what its rows are called."""
    rows = door.fetch("select distinct source, things from knowledge.passages order by 1", {})
    return {row[0]: row[1] for row in rows}


def _hybrid(table: str, condition: str, schema: str, half: Half) -> str:
    """The CTEs up to `fused` (id, score, similarity, by_words), best `limit` of both halves."""
    halves = {
        "meaning": f"""
            select id, similarity, false as by_words,
                1.0 / ({RANK_CONSTANT} + row_number() over (order by similarity desc, id)) as score
            from (
                select p.id, 1 - (p.embedding operator({schema}.<=>)
                    %(vector)s::{schema}.halfvec) as similarity
                from knowledge.{table} as p
                where {condition}
                order by p.embedding operator({schema}.<=>) %(vector)s::{schema}.halfvec
                limit {CANDIDATES}
            ) as nearest
        """,
        "words": f"""
            select id, null::float8 as similarity, true as by_words,
                1.0 / ({RANK_CONSTANT} + row_number() over (order by strict desc, rank desc, id))
                    as score
            from (
                select p.id, p.words @@ asked.strict as strict,
                    ts_rank_cd(p.words, asked.loose, 1) as rank
                from knowledge.{table} as p
                cross join asked
                where p.words @@ asked.loose and {condition}
                order by 2 desc, 3 desc, 1
                limit {CANDIDATES}
            ) as matching
        """,
    }
    used = list(halves.values()) if half == "both" else [halves[half]]
    return f"""
        with {_words_query()},

        ranked as ({" union all ".join(used)}),

        fused as (
            select id, sum(score) as score, max(similarity) as similarity,
                bool_or(by_words) as by_words
            from ranked
            group by id
            order by 2 desc, 1
            limit %(limit)s
        )
    """


def _words_query() -> str:
    """`asked`: the text as a query, all its words or any of them."""
    loose = " || ".join(
        f"replace({one}::text, '&', '|')::tsquery" for one in _parsed("text").split(" || ")
    )
    return f"asked as (select {_parsed('text')} as strict, {loose} as loose)"


def _parsed(parameter: str) -> str:
    """The parameter as a query in every language at once."""
    return " || ".join(
        f"plainto_tsquery('pg_catalog.{LANGUAGES[code]}', %({parameter})s)" for code in ASKED_IN
    )


def _conditions(where: TextFilter) -> tuple[str, dict[str, Any]]:
    conditions = []
    parameters: dict[str, Any] = {}
    for number, (name, values) in enumerate(where.facets.items()):
        # One containment a value: that is what the index on facets can answer.
        tests = []
        for index, value in enumerate(values):
            none = value == NO_VALUE
            parameters[f"facet_{number}_{index}"] = name if none else _json({name: value})
            one = f"%(facet_{number}_{index})s"
            tests.append(f"not p.facets ? {one}" if none else f"p.facets @> {one}::jsonb")
        conditions.append(f"({' or '.join(tests) or 'false'})")
    if where.sources:
        conditions.append("p.source = any(%(sources)s)")
        parameters["sources"] = list(where.sources)
    if where.languages:
        conditions.append("p.language = any(%(languages)s)")
        parameters["languages"] = list(where.languages)
    if where.time.start:
        conditions.append("p.said_on >= %(start)s")
        parameters["start"] = where.time.start
    if where.time.end:
        conditions.append("p.said_on <= %(end)s")
        parameters["end"] = where.time.end
    return " and ".join(conditions) or "true", parameters


def _check(door: Door, settings: EmbeddingSettings, table: str) -> None:
    known = door.relations()
    if known.find(table, "knowledge") is None or known.find("index_runs", "knowledge") is None:
        raise IndexMissingError("the texts are not indexed yet", hint=BUILD)
    rows = door.fetch("select model from knowledge.index_runs order by run_id desc limit 1")
    if not rows or rows[0][0] != settings.name:
        made = rows[0][0] if rows else "nothing"
        raise IndexMissingError(
            f"the index was made with {made}, not with {settings.name}",
            where="knowledge.index_runs",
            hint=f"{BUILD} Or set ASSAY_EMBEDDING_MODEL to {made}.",
        )


def _vector_schema(door: Door) -> str:
    rows = door.fetch(
        "select quote_ident(n.nspname) from pg_extension as e "
        "join pg_namespace as n on n.oid = e.extnamespace where e.extname = 'vector'"
    )
    if not rows:
        raise IndexMissingError("the extension vector is missing", hint="Run `assay init`.")
    return str(rows[0][0])


def _shown(sql: str, parameters: Mapping[str, Any]) -> str:
    """The statement with its parameters written in, but for the vector, which nobody can read."""
    words = {"vector": "<embedding of the text>"}
    text = "\n".join(line for line in sql.splitlines() if line.strip())
    for name, value in parameters.items():
        if isinstance(value, list):
            written = "array[" + ", ".join(_quoted(one) for one in value) + "]"
        else:
            written = _quoted(words.get(name, value))
        text = text.replace(f"%({name})s", written)
    return textwrap.dedent(text).strip()


def _quoted(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
