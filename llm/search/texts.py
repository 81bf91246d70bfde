"""Which text columns of the marts hold prose, and the SQL that reads it as passages with facets.

A source is a semantic model with a key whose mart has a column of sentences. `meta: {search: true}`
or `false` on a column decides; else its text does. What a passage can be filtered by (its facets:
product, country, rating, ...) are the semantic model's dimensions and those one join away, so they
carry the names that the metrics use. Reads nothing by itself; see `knowledge`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

from dbt_project.artifacts import Artifacts, Model
from llm.errors import NotBuiltError

# A column whose texts have so many words on average and are seldom alike is prose.
PROSE_WORDS = 5.0
PROSE_DISTINCT = 0.3
SAMPLE_ROWS = 2_000
HEADINGS = ("title", "subject", "headline", "summary")
# Longer texts are cut into parts at the ends of sentences.
PART_CHARACTERS = 600
LONGEST_SENTENCE = 2_000
# PostgreSQL takes at most 100 arguments.
PAIRS_PER_OBJECT = 40


class _Node(msgspec.Struct):
    alias: str
    schema_name: str


class _Meta(msgspec.Struct):
    meta: dict[str, object] | None = None


class _Entity(msgspec.Struct):
    name: str
    type: str
    expr: str | None = None


class _Dimension(msgspec.Struct):
    name: str
    type: str
    expr: str | None = None
    config: _Meta | None = None


class _Defaults(msgspec.Struct):
    agg_time_dimension: str | None = None


class _SemanticModel(msgspec.Struct):
    name: str
    node_relation: _Node
    entities: list[_Entity] = []
    dimensions: list[_Dimension] = []
    defaults: _Defaults | None = None


class _Manifest(msgspec.Struct):
    semantic_models: list[_SemanticModel]


@dataclass(frozen=True)
class Facet:
    """Something that passages can be filtered by.

    Attributes:
        name: short, such as `country`; see `facet_name`.
        dimension: the semantic layer's name of it.
        table: alias of the table it stands in, in `select`.
        expression: its SQL there.
    """

    name: str
    dimension: str
    table: str
    expression: str


@dataclass(frozen=True)
class Join:
    """A mart one step away. `using` is the foreign key here, `key` the primary key there."""

    alias: str
    relation: tuple[str, str]
    using: str
    key: str


@dataclass(frozen=True)
class TextSource:
    """A mart with prose in it.

    Attributes:
        name: the mart, such as `fct_reviews`.
        things: what its rows are, in the plural: the semantic model's name, such as `reviews`.
        key: its primary key.
        columns: the text columns, headings first.
        said_on: SQL of the day it was written; None if the model has no time.
    """

    name: str
    things: str
    relation: tuple[str, str]
    key: str
    columns: tuple[str, ...]
    said_on: str | None
    joins: tuple[Join, ...]
    facets: tuple[Facet, ...]

    def select(self) -> sql.Composed:
        """One row per passage: key, part, text, said_on, language, facets."""
        facets = [
            sql.SQL("jsonb_build_object({})").format(
                sql.SQL(", ").join(
                    sql.SQL("{}, ({})::text").format(
                        sql.Literal(one.name), sql.SQL(_qualified(one.expression, one.table))
                    )
                    for one in self.facets[start : start + PAIRS_PER_OBJECT]
                )
            )
            for start in range(0, len(self.facets), PAIRS_PER_OBJECT)
        ] or [sql.SQL("jsonb_build_object()").format()]
        joins = [
            sql.SQL("left join {} as {} on {}.{} = {}").format(
                sql.Identifier(*join.relation),
                sql.Identifier(join.alias),
                sql.Identifier(join.alias),
                sql.Identifier(join.key),
                sql.SQL(_qualified(join.using, "here")),
            )
            for join in self.joins
        ]
        texts = [
            sql.SQL("nullif(btrim({}), '')").format(sql.Identifier("here", column))
            for column in self.columns
        ]
        return sql.SQL(
            """
            with written as (
                select
                    here.{key}::text as key,
                    concat_ws(E'\\n', {texts}) as text,
                    ({said_on})::date as said_on,
                    jsonb_strip_nulls({facets}) as facets
                from {relation} as here
                {joins}
                where here.{key} is not null
            ),

            sentences as (
                select
                    written.key,
                    split.ordinal,
                    left(split.sentence, {longest}) as sentence,
                    sum(least(length(split.sentence), {longest})) over (
                        partition by written.key order by split.ordinal
                    ) as reach
                from written
                cross join lateral regexp_split_to_table(written.text, '(?<=[.!?…])\\s+')
                    with ordinality as split (sentence, ordinal)
                where length(written.text) > {size}
            ),

            parts as (
                select
                    key,
                    dense_rank() over (partition by key order by (reach - 1) / {size}) - 1 as part,
                    string_agg(sentence, ' ' order by ordinal) as text
                from sentences
                group by key, (reach - 1) / {size}
            )

            select key, 0 as part, text, said_on, facets ->> 'language' as language, facets
            from written
            where length(text) between 1 and {size}
            union all
            select
                parts.key, parts.part::int, parts.text, written.said_on,
                written.facets ->> 'language', written.facets
            from parts
            join written on written.key = parts.key
            """
        ).format(
            key=sql.Identifier(self.key),
            texts=sql.SQL(", ").join(texts),
            said_on=sql.SQL(_qualified(self.said_on, "here") if self.said_on else "null"),
            facets=sql.SQL(" || ").join(facets),
            relation=sql.Identifier(*self.relation),
            joins=sql.SQL("\n").join(joins),
            size=sql.Literal(PART_CHARACTERS),
            longest=sql.Literal(LONGEST_SENTENCE),
        )


def sources(artifacts: Artifacts, connection: psycopg.Connection) -> tuple[TextSource, ...]:
    """The marts with prose, in the semantic manifest's order.

    Raises:
        NotBuiltError: there is no semantic manifest, or it cannot be read.
    """
    models = _semantic_models(artifacts.semantic_manifest_path)
    by_relation = {(m.schema, m.name): m for m in artifacts.models.values()}
    found = []
    for model in models:
        relation = (model.node_relation.schema_name, model.node_relation.alias)
        key = next((e.expr or e.name for e in model.entities if e.type == "primary"), "")
        mart = by_relation.get(relation)
        if mart is None or not key.isidentifier():
            continue
        columns = _prose(mart, relation, key, connection)
        if columns:
            joins, facets = _facets(model, models, frozenset(columns))
            found.append(
                TextSource(
                    name=relation[1],
                    things=model.name.replace("_", " "),
                    relation=relation,
                    key=key,
                    columns=columns,
                    said_on=_said_on(model),
                    joins=joins,
                    facets=facets,
                )
            )
    return tuple(found)


def facet_name(dimension: str) -> str:
    """The short name under which passages carry a dimension.

    `customer__customer_country` and `order__country` are both `country`, `product__product_name` is
    `product`, `product__supplier_country` stays `supplier_country`.
    """
    entity, _, element = dimension.rpartition("__")
    entity = entity.rpartition("__")[2]
    short = element.removeprefix(f"{entity}_") if entity else element
    return entity if short in ("name", "") else short


def _facets(
    model: _SemanticModel, models: list[_SemanticModel], prose: frozenset[str]
) -> tuple[tuple[Join, ...], tuple[Facet, ...]]:
    """The model's own dimensions win over those one join away; the first join over the next."""
    primary = {e.name: (m, e) for m in models for e in m.entities if e.type == "primary"}
    joins: list[Join] = []
    facets: dict[str, Facet] = {}

    def add(entity: str, table: str, dimensions: list[_Dimension]) -> None:
        for one in dimensions:
            name = facet_name(f"{entity}__{one.name}")
            hidden = ((one.config.meta if one.config else None) or {}).get("pii")
            if one.type == "categorical" and not hidden and (one.expr or one.name) not in prose:
                facets.setdefault(
                    name, Facet(name, f"{entity}__{one.name}", table, one.expr or one.name)
                )

    for entity in model.entities:
        if entity.type == "primary":
            add(entity.name, "here", model.dimensions)
    for entity in model.entities:
        other, key = primary.get(entity.name, (None, None))
        if entity.type != "foreign" or other is None or key is None or other is model:
            continue
        alias = f"joined_{len(joins)}"
        relation = (other.node_relation.schema_name, other.node_relation.alias)
        joins.append(Join(alias, relation, entity.expr or entity.name, key.expr or key.name))
        add(entity.name, alias, other.dimensions)
    return tuple(joins), tuple(facets.values())


def _said_on(model: _SemanticModel) -> str | None:
    wanted = model.defaults.agg_time_dimension if model.defaults else None
    return next((d.expr or d.name for d in model.dimensions if d.name == wanted), None)


def _qualified(expression: str, table: str) -> str:
    """A plain column gets its table's name; anything longer must name its own."""
    return f'{table}."{expression}"' if expression.isidentifier() else expression


def _prose(
    mart: Model, relation: tuple[str, str], key: str, connection: psycopg.Connection
) -> tuple[str, ...]:
    candidates = [
        column
        for column in mart.columns
        if (column.data_type or "").startswith(("text", "character varying"))
        and not (column.data_type or "").endswith("[]")
        and column.name != key
        and column.meta.get("search") is not False
        and (column.meta.get("search") is True or not column.meta.get("pii"))
    ]
    if not candidates:
        return ()
    measured = connection.execute(
        sql.SQL("select {} from (select * from {} limit {}) as sample").format(
            sql.SQL(", ").join(
                sql.SQL(
                    "coalesce(avg(cardinality(regexp_split_to_array({0}, '\\s+'))), 0)::float8, "
                    "coalesce(count(distinct {0})::float8 / nullif(count({0}), 0), 0)"
                ).format(sql.Identifier(column.name))
                for column in candidates
            ),
            sql.Identifier(*relation),
            sql.Literal(SAMPLE_ROWS),
        )
    ).fetchone()
    values = list(measured or ())
    figures = dict(
        zip((c.name for c in candidates), zip(values[::2], values[1::2], strict=True), strict=True)
    )
    prose = [
        column.name
        for column in candidates
        if column.meta.get("search") is True
        or (figures[column.name][0] >= PROSE_WORDS and figures[column.name][1] >= PROSE_DISTINCT)
    ]
    if not prose:
        return ()
    headings = [c.name for c in candidates if c.name in HEADINGS and c.name not in prose]
    return (*headings, *prose)


def _semantic_models(path: Path) -> list[_SemanticModel]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Manifest).semantic_models
    except (OSError, msgspec.MsgspecError) as error:
        raise NotBuiltError(
            "the semantic manifest cannot be read", where=str(path), hint="Run `assay build`."
        ) from error
