"""What can be asked: metrics, dimensions and the values that stand in the data.

Names and words come from the semantic manifest, values from the marts through the read-only door.
Both drivers look things up here instead of guessing them.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import date
from typing import Any

from llm import settings
from llm.database import Door
from llm.definitions import DimensionInfo, MetricInfo
from llm.errors import LlmError, NotBuiltError
from llm.request import DAY_KIND, DAY_KINDS, WEEKDAY, WEEKDAYS
from llm.semantic import SemanticLayer
from llm.words import normalised, stem

# Dimensions with more values than this are not read as a whole; they are searched when asked for.
MAX_VALUES = 3_000
# Longer values are nothing that a question names: pictures as text, whole documents.
MAX_LENGTH = 200
MAIN_METRICS = 5
"""Named as what can be asked about, where no metric says that it is a main one."""
# A column that holds what the members of a table are called.
NAMES = ("name", "title", "label", "identifier", "slug")


@dataclass(frozen=True)
class DataWindow:
    """First and last day of the data, and the day that relative dates count from.

    Attributes:
        today_is: why it is that day, in words.
    """

    first: date
    last: date
    today: date
    today_is: str


@dataclass(frozen=True)
class Context:
    """A mart that says which of its rows stand out, and why.

    Attributes:
        relation: schema and name.
        columns: name -> type, in order.
        flag: the boolean column that marks such rows.
    """

    relation: tuple[str, str]
    columns: dict[str, str]
    flag: str


@dataclass(frozen=True)
class Hit:
    """A catalogue entry that a search found. `kind` is metric, dimension or value."""

    kind: str
    name: str
    text: str


class Catalog:
    """Everything that can be named in a question, read once per build.

    Attributes:
        values: dimension -> its distinct values as text, most of them; see MAX_VALUES.
        open_dimensions: dimensions with too many values to list.
        main: metrics that most questions are about, the first first.
        names: entity -> the dimension that holds its members' names.
        personal: columns of the marts that hold personal data, which are not offered.
    """

    def __init__(
        self, layer: SemanticLayer, door: Door, personal: frozenset[str] = frozenset()
    ) -> None:
        self.personal = personal
        self.layer = layer
        self.metrics: dict[str, MetricInfo] = layer.metrics
        self.dimensions: dict[str, DimensionInfo] = {
            name: one for name, one in layer.dimensions.items() if one.kind != "time"
        }
        self.values, self.open_dimensions = _values(self.dimensions, door)
        self.values |= {WEEKDAY: WEEKDAYS, DAY_KIND: DAY_KINDS}
        self.main = _main(self.metrics)
        self.names = _names(self.dimensions)
        self.window = _window(layer, door)
        self.contexts = _contexts(door)

    def search(self, text: str, limit: int = 8) -> list[Hit]:
        """Metrics, dimensions and values that look like `text`, best first."""
        wanted = {stem(word) for word in normalised(text).split()}
        scored: list[tuple[float, Hit]] = []
        for metric in self.metrics.values():
            words = f"{metric.name} {metric.label} {' '.join(metric.synonyms)}"
            score = _score(wanted, words, metric.description)
            dimensions = ", ".join(
                d for d in self.layer.dimensions_of((metric.name,)) if d in self.dimensions
            )
            text_ = f"{metric.label} [{metric.unit}]: {metric.description} Dimensions: {dimensions}"
            scored.append((score, Hit("metric", metric.name, text_)))
        for dimension in self.dimensions.values():
            words = f"{dimension.name} {dimension.label} {' '.join(dimension.synonyms)}"
            score = _score(wanted, words, dimension.description)
            few = ", ".join(self.values.get(dimension.name, ())[:12])
            text_ = f"{dimension.label}: {dimension.description} Values: {few or '(not listed)'}"
            scored.append((score, Hit("dimension", dimension.name, text_)))
        for dimension_name, values in self.values.items():
            for value in values:
                score = _score(wanted, value, "")
                if score >= 1:
                    scored.append((score, Hit("value", dimension_name, value)))
        scored.sort(key=lambda pair: (-pair[0], pair[1].kind, pair[1].name))
        return [hit for score, hit in scored[:limit] if score > 0]

    def lookup(self, dimension: str, text: str, door: Door, limit: int = 20) -> list[str]:
        """Stored values of a dimension that look like `text`; all of them if `text` is empty.

        Raises:
            KeyError: there is no such dimension.
        """
        info = self.dimensions[dimension]
        if dimension in self.open_dimensions:
            schema, table = info.relation
            sql = f"select distinct ({info.expression})::text as value from {schema}.{table}"  # noqa: S608
            sql = f"select value from ({sql}) as found where value ilike %s order by 1 limit %s"  # noqa: S608
            like = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            return [row[0] for row in door.fetch(sql, (f"%{like}%", limit))]
        values = self.values.get(dimension, ())
        if not text.strip():
            return list(values[:limit])
        wanted = normalised(text)
        containing = [value for value in values if wanted in normalised(value)]
        by_norm = {normalised(value): value for value in values}
        close = difflib.get_close_matches(wanted, list(by_norm), n=limit, cutoff=0.6)
        return list(dict.fromkeys([*containing, *(by_norm[one] for one in close)]))[:limit]


_kept: dict[tuple[Any, ...], Catalog] = {}


def load(layer: SemanticLayer, door: Door, personal: frozenset[str] = frozenset()) -> Catalog:
    """The catalogue of this layer and this build, kept in memory until either changes.

    Args:
        personal: see `Catalog`.

    Raises:
        NotBuiltError: the marts are not there.
    """
    override = settings.today_override()
    key = (layer.path, id(layer), _build_id(door), override, personal)
    if key not in _kept:
        _kept.clear()
        _kept[key] = Catalog(layer, door, personal)
    return _kept[key]


def _build_id(door: Door) -> tuple[Any, ...]:
    relations = door.relations()
    if relations.find("run_results", "quality") is None:
        return (relations.database,)
    rows = door.fetch("select max(executed_at)::text from quality.run_results")
    return relations.database, rows[0][0]


def _values(
    dimensions: dict[str, DimensionInfo], door: Door
) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """Distinct values of every categorical dimension, one query a table."""
    values: dict[str, tuple[str, ...]] = {}
    many: set[str] = set()
    by_relation: dict[tuple[str, str], list[DimensionInfo]] = {}
    known = door.relations().tables
    for dimension in dimensions.values():
        if dimension.kind == "categorical" and dimension.relation in known:
            by_relation.setdefault(dimension.relation, []).append(dimension)
    for (schema, table), members in by_relation.items():
        parts = [
            f"(select {index} as number, value from "  # noqa: S608 - names of the manifest
            f"(select distinct ({one.expression})::text as value from {schema}.{table}) as found "
            f"where length(value) <= {MAX_LENGTH} limit {MAX_VALUES + 1})"
            for index, one in enumerate(members)
        ]
        found: dict[int, list[str]] = {}
        sql = f"select * from ({' union all '.join(parts)}) as every order by 1, 2"  # noqa: S608
        for number, value in door.fetch(sql):
            found.setdefault(number, []).append(value)
        for index, one in enumerate(members):
            if len(found.get(index, ())) > MAX_VALUES:
                many.add(one.name)
            else:
                values[one.name] = tuple(found.get(index, ()))
    return values, frozenset(many)


def _names(dimensions: dict[str, DimensionInfo]) -> dict[str, str]:
    """Of each entity the column of its own table that is called name, or is alone in being one.

    Of several names in one object (`name.common`, `name.official`) it is the first.
    """
    found = {}
    columns: dict[tuple[str, str], list[DimensionInfo]] = {}
    for one in dimensions.values():
        if one.kind == "categorical":
            columns.setdefault((one.model, one.entity), []).append(one)
    for one in dimensions.values():
        if one.kind != "entity":
            continue
        own = columns.get((one.model, one.name), [])
        own = [d for d in own if d.expression != one.expression]
        plain = [d.name for d in own if d.element in NAMES or d.element == f"{one.element}_name"]
        ending = [d.name for d in own if d.element.endswith("_name")]
        within = [d.name for d in own if d.element.startswith("name_")]
        chosen = plain or (ending if len(ending) == 1 else []) or within
        if chosen:
            found[one.name] = chosen[0]
    return found


def _contexts(door: Door) -> tuple[Context, ...]:
    """The context_ marts that have a flag, a reason and a date."""
    columns: dict[tuple[str, str], dict[str, str]] = {}
    rows = door.fetch(
        """
        select n.nspname, c.relname, a.attname, pg_catalog.format_type(a.atttypid, null)
        from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        join pg_catalog.pg_attribute as a on a.attrelid = c.oid
        where n.nspname = 'marts' and c.relname like 'context@_%%' escape '@'
            and a.attnum > 0 and not a.attisdropped
        order by c.relname, a.attnum
        """,
        (),
    )
    for schema, table, column, kind in rows:
        columns.setdefault((schema, table), {})[column] = kind
    found = []
    for relation, each in columns.items():
        flags = [name for name, kind in each.items() if kind == "boolean"]
        flags = [name for name in flags if name == "is_unusual" or name.endswith("_outlier")]
        if flags and "why" in each and "date" in each.values():
            found.append(Context(relation, each, flags[0]))
    return tuple(found)


def _main(metrics: dict[str, MetricInfo]) -> tuple[str, ...]:
    """By their `meta: {main: 1}`; where none has that, whatever counts something, then the rest."""
    named = sorted((one for one in metrics.values() if one.main), key=lambda one: one.main)
    if named:
        return tuple(one.name for one in named)
    counts = [one.name for one in metrics.values() if one.unit == "count"]
    return tuple(dict.fromkeys((*counts, *metrics)))[:MAIN_METRICS]


def _window(layer: SemanticLayer, door: Door) -> DataWindow:
    """The days of the data, and today: by the metric whose `meta` says so, or by all of them."""
    leading = next((one for one in layer.metrics.values() if one.today), None)
    time = layer.time_of(leading.name) if leading else None
    times = (time,) if time else layer.times()
    if not times:
        raise NotBuiltError(
            "the semantic layer has no metric with a time dimension",
            where=str(layer.path),
            hint="Add one in the marts' YAML, then run `assay build`.",
        )
    where = ", ".join(dict.fromkeys(f"{schema}.{table}" for (schema, table), _ in times))
    days = " union all ".join(
        f"select min({expression})::date as first, max({expression})::date as last "  # noqa: S608
        f"from {schema}.{table}"
        for (schema, table), expression in times
    )
    try:
        rows = door.fetch(f"select min(first), max(last) from ({days}) as days")  # noqa: S608
    except LlmError as error:
        raise NotBuiltError(
            f"the marts cannot be read: {error}",
            where=where,
            hint="Run `assay build`: the semantic manifest and the tables do not match.",
        ) from error
    first, last = rows[0]
    override = settings.today_override()
    if last is None:
        if override is None:
            raise NotBuiltError(
                "the marts are empty",
                where=where,
                hint="Load files (`assay load`), then run `assay build`.",
            )
        first = last = override
    if override is not None:
        return DataWindow(first, last, override, "from ASSAY_TODAY")
    named = leading.today if leading else "the last day"
    return DataWindow(first, last, last, f"{named} in the data")


def _score(wanted: set[str], words: str, description: str) -> float:
    have = {stem(word) for word in normalised(words).split()}
    also = {stem(word) for word in normalised(description).split()}
    if not wanted or not have:
        return 0.0
    exact = len(wanted & have)
    return exact + exact / len(have) + 0.3 * len((wanted & also) - have)
