"""Writes the index: catalogue entries and passages of the text columns into `knowledge.*`.

Incremental: what is wanted is compared with what is there by content hash, in SQL; only new or
changed texts are embedded, each distinct text once. Work is committed batch by batch, so that an
interrupted run is gone on with. Searching it is `llm.retrieval`'s.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from langchain_core.embeddings import Embeddings
from psycopg import sql

from dbt_project import postgres
from dbt_project.artifacts import Artifacts
from dbt_project.errors import ServerError
from llm import embeddings
from llm.catalog import Catalog
from llm.embeddings import EmbeddingSettings
from llm.errors import DatabaseDownError, QueryError
from llm.search import index_tables, texts

BATCH = 512
LOCK = "assay.index"


@dataclass(frozen=True)
class Entry:
    """Something of the catalogue: `kind` is metric, dimension, value, model or column."""

    kind: str
    name: str
    text: str


@dataclass(frozen=True)
class IndexRun:
    """What one run of the index did.

    Attributes:
        model, dimensions: the embedding model and the length of its vectors.
        entries, passages: how many are in the index now.
        embedded: how many texts were new or changed and had to be embedded.
        removed: how many entries and passages are gone.
        sources: text columns indexed, as mart.column.
        rebuilt: whether the index was made anew, being of another model or asked to.
    """

    model: str
    dimensions: int
    entries: int
    passages: int
    embedded: int
    removed: int
    sources: tuple[str, ...]
    rebuilt: bool
    seconds: float


def refresh(
    catalog: Catalog,
    artifacts: Artifacts,
    wanted: EmbeddingSettings | None = None,
    *,
    rebuild: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> IndexRun:
    """Bring the index up to date with the catalogue and the marts.

    Args:
        wanted: the embedding model; default by the environment.
        rebuild: drop what is there first.
        on_progress: told how many texts are embedded, and how many there are to embed.

    Raises:
        EmbeddingError: the embedding model is missing or did not answer.
        QueryError: Postgres refused a statement.
        DatabaseDownError: no connection.
    """
    started = time.perf_counter()
    settings = wanted or embeddings.settings()
    model = embeddings.model(settings)
    with _connection() as connection:
        with connection.transaction():
            connection.execute(index_tables.RUNS)
            dimensions = len(model.embed_query("dimensions"))
            rebuilt = index_tables.prepare(connection, settings.name, dimensions, rebuild=rebuild)
            run = _begin(connection, settings.name, dimensions)
        progress = _Progress(on_progress)
        with connection.transaction():
            _want_entries(connection, _entries(catalog, artifacts))
        removed = _bring_up(connection, "entries", model, progress)
        sources = texts.sources(artifacts, connection)
        with connection.transaction():
            _want_passages(connection, sources)
        removed += _bring_up(connection, "passages", model, progress)
        with connection.transaction():
            counts = _end(connection, run, progress.done, removed)
        connection.execute("analyze knowledge.entries, knowledge.passages")
    return IndexRun(
        model=settings.name,
        dimensions=dimensions,
        entries=counts[0],
        passages=counts[1],
        embedded=progress.done,
        removed=removed,
        sources=tuple(f"{one.name}.{column}" for one in sources for column in one.columns),
        rebuilt=rebuilt,
        seconds=time.perf_counter() - started,
    )


class _Progress:
    def __init__(self, told: Callable[[int, int], None] | None) -> None:
        self.done = self.total = 0
        self._told = told

    def more(self, count: int) -> None:
        self.total += count

    def advance(self, count: int) -> None:
        self.done += count
        if self._told:
            self._told(self.done, self.total)


def _begin(connection: psycopg.Connection, model: str, dimensions: int) -> int:
    return int(
        _value(
            connection,
            "insert into knowledge.index_runs (model, dimensions) values (%s, %s) returning run_id",
            model,
            dimensions,
        )
    )


def _end(connection: psycopg.Connection, run: int, embedded: int, removed: int) -> tuple[int, int]:
    schema = sql.Identifier(index_tables.vector_schema(connection))
    connection.execute(sql.SQL(index_tables.VECTOR_INDEXES).format(schema=schema))
    row = connection.execute(
        """
        update knowledge.index_runs
        set
            ended_at = clock_timestamp(),
            entries = (select count(*) from knowledge.entries),
            passages = (select count(*) from knowledge.passages),
            embedded = %s,
            removed = %s
        where run_id = %s
        returning entries, passages
        """,
        [embedded, removed, run],
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _entries(catalog: Catalog, artifacts: Artifacts) -> Iterable[Entry]:
    for metric in catalog.metrics.values():
        also = f" Also called: {', '.join(metric.synonyms)}." if metric.synonyms else ""
        yield Entry(
            "metric", metric.name, f"{metric.label} [{metric.unit}]: {metric.description}{also}"
        )
    values: dict[str, list[str]] = {}
    for dimension in catalog.dimensions.values():
        also = f" Also called: {', '.join(dimension.synonyms)}." if dimension.synonyms else ""
        yield Entry(
            "dimension", dimension.name, f"{dimension.label}: {dimension.description}{also}"
        )
        for value in catalog.values.get(dimension.name, ()):
            if any(c.isalpha() for c in value) and value not in ("true", "false"):
                values.setdefault(value, []).append(dimension.name)
    for value, names in values.items():
        yield Entry("value", value, f"{value}: stored in {', '.join(names)}")
    for model in artifacts.models.values():
        if model.schema in ("marts", "quality"):
            yield Entry("model", model.name, f"{model.schema}.{model.name}: {model.description}")
            for column in model.columns:
                if not column.name.startswith("_"):
                    name = f"{model.name}.{column.name}"
                    yield Entry("column", name, f"{name}: {column.description}")


def _want_entries(connection: psycopg.Connection, entries: Iterable[Entry]) -> None:
    connection.execute(
        """
        create temporary table wanted_entries (
            id text primary key, kind text, name text, text text, content_hash text
        )
        """
    )
    with connection.cursor().copy("copy wanted_entries (id, kind, name, text) from stdin") as copy:
        for one in entries:
            copy.write_row((f"{one.kind}:{one.name}", one.kind, one.name, one.text))
    connection.execute(
        "update wanted_entries set content_hash = encode(sha256(convert_to(text, 'UTF8')), 'hex')"
    )


def _want_passages(connection: psycopg.Connection, found: Iterable[texts.TextSource]) -> None:
    connection.execute(
        """
        create temporary table wanted_passages (
            id text primary key, source text, things text, key text, part integer, text text,
            said_on date, language text, facets jsonb, content_hash text
        )
        """
    )
    for source in found:
        connection.execute(
            sql.SQL(
                """
                insert into wanted_passages
                select
                    {name} || ':' || key || ':' || part, {name}, {things}, key, part, text,
                    said_on, language, facets, encode(sha256(convert_to(text, 'UTF8')), 'hex')
                from ({select}) as passages
                """
            ).format(
                name=sql.Literal(source.name),
                things=sql.Literal(source.things),
                select=source.select(),
            )
        )


def _bring_up(
    connection: psycopg.Connection, table: str, model: Embeddings, progress: _Progress
) -> int:
    """Remove what is gone, change what only moved, embed what is new; says how many are gone."""
    columns = {
        "entries": ("kind", "name"),
        "passages": ("source", "things", "key", "part", "said_on", "language", "facets"),
    }[table]
    names = {
        "there": sql.Identifier("knowledge", table),
        "wanted": sql.Identifier(f"wanted_{table}"),
        "halfvec": sql.Identifier(index_tables.vector_schema(connection), "halfvec"),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
        "wanted_columns": sql.SQL(", ").join(
            index_tables.language("wanted")
            if name == "language"
            else sql.Identifier("wanted", name)
            for name in columns
        ),
        "updates": sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
            for name in (*columns, "text", "content_hash", "embedding")
        ),
    }
    with connection.transaction():
        removed = connection.execute(
            sql.SQL(
                "delete from {there} as there "
                "where not exists (select 1 from {wanted} as wanted where wanted.id = there.id)"
            ).format(**names)
        ).rowcount
        if table == "passages":
            connection.execute(
                sql.SQL(
                    """
                    update {there} as there
                    set said_on = wanted.said_on, facets = wanted.facets,
                        language = coalesce(wanted.language, there.language)
                    from {wanted} as wanted
                    where wanted.id = there.id and wanted.content_hash = there.content_hash
                        and (wanted.said_on, wanted.facets,
                            coalesce(wanted.language, there.language))
                            is distinct from (there.said_on, there.facets, there.language)
                    """
                ).format(**names)
            )
        connection.execute(
            sql.SQL(
                """
                delete from {wanted} as wanted using {there} as there
                where there.id = wanted.id and there.content_hash = wanted.content_hash
                """
            ).format(**names)
        )
        connection.execute(sql.SQL("create index on {wanted} (content_hash)").format(**names))
        progress.more(
            int(
                _value(
                    connection,
                    sql.SQL("select count(distinct content_hash) from {wanted}").format(**names),
                )
            )
        )
    while batch := connection.execute(
        sql.SQL(
            "select content_hash, min(text) from {wanted} group by 1 "
            "order by length(min(text)), 1 limit {limit}"
        ).format(limit=sql.Literal(BATCH), **names)
    ).fetchall():
        vectors = model.embed_documents([text for _, text in batch])
        with connection.transaction():
            _store(connection, names, [row[0] for row in batch], vectors)
        progress.advance(len(batch))
    connection.execute(sql.SQL("drop table {wanted}").format(**names))
    return int(removed)


def _store(
    connection: psycopg.Connection,
    names: dict[str, Any],
    hashes: list[str],
    vectors: list[list[float]],
) -> None:
    connection.execute(
        "create temporary table embedded (content_hash text primary key, vector text) "
        "on commit drop"
    )
    with connection.cursor().copy("copy embedded from stdin") as copy:
        for content_hash, vector in zip(hashes, vectors, strict=True):
            copy.write_row((content_hash, as_literal(vector)))
    connection.execute(
        sql.SQL(
            """
            insert into {there} (id, {columns}, text, content_hash, embedding)
            select wanted.id, {wanted_columns}, wanted.text, wanted.content_hash,
                embedded.vector::{halfvec}
            from {wanted} as wanted
            join embedded on embedded.content_hash = wanted.content_hash
            on conflict (id) do update set {updates}
            """
        ).format(**names)
    )
    connection.execute(
        sql.SQL(
            "delete from {wanted} as wanted using embedded "
            "where embedded.content_hash = wanted.content_hash"
        ).format(**names)
    )


def as_literal(vector: list[float]) -> str:
    """A vector as pgvector reads it."""
    return "[" + ",".join(f"{x:.6g}" for x in vector) + "]"


def _value(connection: psycopg.Connection, query: Any, *parameters: object) -> Any:
    row = connection.execute(query, parameters or None).fetchone()
    return row[0] if row else None


@contextmanager
def _connection() -> Any:
    """The owner's connection, with nobody else indexing."""
    try:
        with postgres.connect(autocommit=True, application_name="assay index") as connection:
            if not _value(connection, "select pg_try_advisory_lock(hashtext(%s))", LOCK):
                raise QueryError(
                    "somebody else is indexing this database", hint="Wait until they are done."
                )
            yield connection
    except ServerError as error:
        raise DatabaseDownError(error.what, where=error.where, hint=error.hint) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise DatabaseDownError(
            str(error).partition("\n")[0] or "the connection went away",
            hint="Run `assay index` again: it goes on where it stopped.",
        ) from error
    except psycopg.Error as error:
        raise QueryError(
            error.diag.message_primary or str(error).partition("\n")[0],
            where="assay index",
            hint="May this user write to the schema knowledge?",
        ) from error
