"""The index's tables in `knowledge`: what they are, and in which language a text is taken.

Filled by `knowledge`, searched by `llm.retrieval`.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from llm.errors import QueryError

# ISO 639 code -> PostgreSQL's text search configuration. Others are indexed word by word.
LANGUAGES = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
    "da": "danish",
    "sv": "swedish",
    "no": "norwegian",
    "fi": "finnish",
    "ru": "russian",
}
# Told apart by their stop words where a text does not say its language; "simple" has none.
GUESSED = ("en", "de", "fr", "es", "it", "nl", "pt")

RUNS = """
create table if not exists knowledge.index_runs (
    run_id bigint generated always as identity primary key,
    model text not null,
    dimensions integer not null,
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    entries bigint,
    passages bigint,
    embedded bigint,
    removed bigint
);
comment on table knowledge.index_runs is
    'One row per run of `assay index`; a run without an end was interrupted.';
"""

_TABLES = """
create table knowledge.entries (
    id text primary key,
    kind text not null,
    name text not null,
    text text not null,
    content_hash text not null,
    words tsvector generated always as (
        to_tsvector('pg_catalog.english', name || ' ' || text)
    ) stored,
    embedding {halfvec}({dimensions}) not null
);
comment on table knowledge.entries is
    'One row per metric, dimension, stored value, model and column that can be searched for.';
create index entries_words on knowledge.entries using gin (words);
create table knowledge.passages (
    id text primary key,
    source text not null,
    things text not null,
    key text not null,
    part integer not null,
    text text not null,
    said_on date,
    language text not null,
    facets jsonb not null,
    content_hash text not null,
    words tsvector generated always as (to_tsvector({configuration}, text)) stored,
    embedding {halfvec}({dimensions}) not null
);
comment on table knowledge.passages is
    'One row per passage of a text column: the text, where it stands, what it can be filtered by.';
create index passages_words on knowledge.passages using gin (words);
create index passages_facets on knowledge.passages using gin (facets jsonb_path_ops);
create index passages_said_on on knowledge.passages (said_on);
"""

# Made after the first fill: building it at once is several times faster than growing it.
VECTOR_INDEXES = """
create index if not exists entries_embedding on knowledge.entries
    using hnsw (embedding {schema}.halfvec_cosine_ops);
create index if not exists passages_embedding on knowledge.passages
    using hnsw (embedding {schema}.halfvec_cosine_ops);
"""


def prepare(connection: psycopg.Connection, model: str, dimensions: int, *, rebuild: bool) -> bool:
    """Make the tables, anew if they belong to another model. True if there was an index before."""
    last = connection.execute(
        "select model, dimensions from knowledge.index_runs order by run_id desc limit 1"
    ).fetchone()
    there = connection.execute("select to_regclass('knowledge.passages') is not null").fetchone()
    if there == (True,) and not rebuild and last == (model, dimensions):
        return False
    configuration = " ".join(
        f"when '{code}' then 'pg_catalog.{name}'::regconfig" for code, name in LANGUAGES.items()
    )
    connection.execute("drop table if exists knowledge.entries, knowledge.passages")
    connection.execute(
        sql.SQL(_TABLES).format(
            halfvec=sql.Identifier(vector_schema(connection), "halfvec"),
            dimensions=sql.Literal(dimensions),
            configuration=sql.SQL(
                f"case language {configuration} else 'pg_catalog.simple'::regconfig end"
            ),
        )
    )
    return there == (True,)


def vector_schema(connection: psycopg.Connection) -> str:
    """The schema that pgvector's types live in.

    Raises:
        QueryError: the extension is missing.
    """
    found = connection.execute(
        "select n.nspname from pg_extension as e join pg_namespace as n on n.oid = e.extnamespace "
        "where e.extname = 'vector'",
    ).fetchone()
    if found is None:
        raise QueryError(
            "the extension vector is missing",
            hint="Run `assay init`, or `create extension vector`.",
        )
    return str(found[0])


def language(table: str) -> sql.Composed:
    """The language a passage says it is in, else the one whose stop words it has most of."""
    guesses = sql.SQL(", ").join(
        sql.SQL("({}, {}::regconfig)").format(
            sql.Literal(code), sql.Literal(f"pg_catalog.{LANGUAGES[code]}")
        )
        for code in GUESSED
    )
    return sql.SQL(
        """
        coalesce({table}.language, (
            select guess.code
            from (values {guesses}) as guess (code, configuration)
            order by length(to_tsvector(guess.configuration, {table}.text)), guess.code = 'en' desc
            limit 1
        ))
        """
    ).format(table=sql.Identifier(table), guesses=guesses)
