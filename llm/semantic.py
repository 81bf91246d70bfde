"""The one module that imports MetricFlow: the semantic layer's names, and a typed request -> SQL.

MetricFlow's `where` is a Jinja template of raw SQL. Only names that the manifest holds and
placeholders made here are ever put into it; values replace the placeholders in the syntax tree of
what comes out (`llm.compose`), so no text of a user or a model meets the template.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
from metricflow_semantic_interfaces.implementations.semantic_manifest import (
    PydanticSemanticManifest,
)
from metricflow_semantic_interfaces.transformations.semantic_manifest_transformer import (
    PydanticSemanticManifestTransformer,
)
from metricflow_semantic_interfaces.type_enums.date_part import DatePart
from metricflow_semantics.errors.error_classes import MetricFlowException
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
from metricflow_semantics.specs.query_param_implementations import (
    DimensionOrEntityParameter,
    TimeDimensionParameter,
)

from llm.definitions import (
    DimensionInfo,
    MetricInfo,
    inputs,
    is_additive,
    leaves,
    needs_time,
    of_days,
    span_text,
    word_list,
)
from llm.errors import NotBuiltError, RequestError
from llm.request import DAY_KIND, DAY_KINDS, WEEKDAY, Filter, Grain, Operator, TimeRange

REBUILD = "Run `assay build` (or `dbt build`)."


class _Client:
    """What the engine asks of a SQL client when it only compiles."""

    sql_engine_type = SqlEngine.POSTGRES
    sql_plan_renderer = PostgresSQLSqlPlanRenderer()

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        return f"%({bind_parameter_key})s"


class SemanticLayer:
    """A parsed semantic manifest, ready to compile."""

    def __init__(self, manifest: Any, path: Path) -> None:
        with _mapped(str(path)):
            self._manifest = PydanticSemanticManifestTransformer.transform(manifest)
            lookup = SemanticManifestLookup(self._manifest)
            self._engine = MetricFlowEngine(lookup, _Client())
        self.path = path
        self._models = {model.name: model for model in self._manifest.semantic_models}
        self._paths: dict[str, dict[str, str]] = {}

    @cached_property
    def metrics(self) -> dict[str, MetricInfo]:
        """Every public metric by name."""
        by_name = {metric.name: metric for metric in self._manifest.metrics}
        return {
            name: self._metric_info(metric, by_name)
            for name, metric in by_name.items()
            if not metric.type_params.is_private
        }

    @cached_property
    def dimensions(self) -> dict[str, DimensionInfo]:
        """Every dimension that some metric can be broken down by, by its shortest name."""
        found: dict[str, DimensionInfo] = {}
        for metric in self.metrics:
            self.paths(metric)
        for key, name in sorted(self._shortest.items()):
            model_name, element = key.split(".", 1)
            found[name] = self._dimension_info(name, self._models[model_name], element)
        found |= {one.name: one for one in of_days()}
        return found

    @cached_property
    def _shortest(self) -> dict[str, str]:
        shortest: dict[str, str] = {}
        for metric in self.metrics:
            for key, name in self.paths(metric).items():
                if key not in shortest or _rank(name) < _rank(shortest[key]):
                    shortest[key] = name
        return shortest

    def paths(self, metric: str) -> dict[str, str]:
        """`model.element` -> the shortest qualified name by which `metric` reaches it."""
        if metric not in self._paths:
            found: dict[str, str] = {}
            with _mapped(metric):
                items = self._engine.list_group_bys([metric])
            for item in items:
                reference = item.semantic_model_reference
                if reference is None:
                    continue  # metric_time
                name = getattr(item, "granularity_free_dunder_name", item.name)
                model, element = reference.semantic_model_name, item.name
                if not hasattr(item, "dunder_name"):
                    model = self._home_of_entity(element, model)
                key = f"{model}.{element}"
                if key not in found or _rank(name) < _rank(found[key]):
                    found[key] = name
            self._paths[metric] = found
        return self._paths[metric]

    def dimensions_of(self, metrics: tuple[str, ...]) -> tuple[str, ...]:
        """Shortest names of the dimensions that all of `metrics` share, sorted."""
        shared = set.intersection(*(set(self.paths(metric)) for metric in metrics))
        names = {self._shortest[key] for key in shared}
        if not any(self.metrics[metric].needs_time for metric in metrics):
            names |= {WEEKDAY, DAY_KIND}
        return tuple(sorted(names))

    def adds_up(self, metric: str, dimensions: tuple[str, ...]) -> bool:
        """Whether the metric's parts by these dimensions make up its total.

        Sums and counts always; distinct customers only by what each customer has one of.
        """
        info = self.metrics[metric]
        if info.additive:
            return True
        own = {
            one.model: one.expression
            for one in self.dimensions.values()
            if one.kind == "entity" and info.definition.startswith("count_distinct(")
        }
        return bool(dimensions) and all(
            name in self.dimensions
            and own.get(self.dimensions[name].model, "?") in info.definition
            and name not in (WEEKDAY, DAY_KIND)
            for name in dimensions
        )

    def resolve(self, dimension: str, metrics: tuple[str, ...]) -> str:
        """The qualified name by which these metrics reach `dimension`.

        Raises:
            RequestError: one of them cannot be broken down by it.
        """
        if dimension in (WEEKDAY, DAY_KIND):
            return f"metric_time__extract_{DatePart.DOW.value}"
        key = next((key for key, name in self._shortest.items() if name == dimension), None)
        names = {self.paths(metric).get(key or "") for metric in metrics}
        for metric in metrics:
            if key is None or key not in self.paths(metric):
                known = ", ".join(self.dimensions_of((metric,)))
                raise RequestError(
                    f"{metric} cannot be broken down or filtered by {dimension}",
                    hint=f"{metric} has: {known}.",
                )
        if len(names) == 1:
            return str(names.pop())
        common = [name for name in names if all(self._reaches(metric, name) for metric in metrics)]
        if common:
            return sorted(str(name) for name in common)[0]
        return max((str(name) for name in names), key=_rank)

    def _reaches(self, metric: str, name: str | None) -> bool:
        with _mapped(metric):
            items = self._engine.list_group_bys([metric])
        return any(getattr(i, "granularity_free_dunder_name", i.name) == name for i in items)

    def time_of(self, metric: str) -> tuple[tuple[str, str], str] | None:
        """The (schema, table) and expression behind `metric_time`, for the metric's first model."""
        for name in self.metrics[metric].models:
            dimension = _counted_by(self._models[name])
            if dimension is not None:
                return _relation(self._models[name]), dimension.expr or dimension.name
        return None

    def times(self) -> tuple[tuple[tuple[str, str], str], ...]:
        """The (schema, table) and expression of every time that a metric counts by, each once.

        Days of loading stand in where rows have no time of their own; they count only if all do.
        """
        found: dict[tuple[tuple[str, str], str], bool] = {}
        for metric in self.metrics.values():
            for name in metric.models[:1]:
                dimension = _counted_by(self._models[name])
                if dimension is not None:
                    place = (_relation(self._models[name]), dimension.expr or dimension.name)
                    found[place] = _is_load_day(dimension)
        own = [place for place, is_load_day in found.items() if not is_load_day]
        return tuple(own or found)

    def compile(
        self,
        metrics: tuple[str, ...],
        dimensions: tuple[str, ...],
        grain: Grain | None,
        filters: tuple[Filter, ...],
        time: TimeRange,
    ) -> tuple[str, tuple[str, ...]]:
        """MetricFlow's SQL, and its columns: the period, `dimensions` as resolved, the metrics.

        Each filter's values stand in the SQL as the placeholders of `placeholder(i, j)`.

        Raises:
            RequestError: a name is unknown, or the parts do not go together.
        """
        resolved = tuple(self.resolve(dimension, metrics) for dimension in dimensions)
        keys = ((f"metric_time__{grain}",) if grain else ()) + resolved
        conditions = [
            _where(self._template_name(f.name, metrics), f.operator, i, len(f.values))
            for i, f in enumerate(filters)
        ]
        # MetricFlow widens a time constraint to whole periods: "since 15 June" by month would
        # count all of June. A condition on the day does not; but it would cut off what
        # cumulative and offset metrics look back to, so those keep the constraint.
        looks_back = any(self.metrics[metric].needs_time for metric in metrics)
        if not looks_back:
            conditions += _days(time)
        request = MetricFlowQueryRequest.create(
            metric_names=list(metrics),
            group_by=[_group_by(key) for key in keys] or None,
            where_constraints=conditions or None,
            time_constraint_start=_midnight(time.start) if looks_back else None,
            time_constraint_end=_midnight(time.end) if looks_back else None,
        )
        with _mapped(", ".join(metrics)):
            sql = self._engine.explain(request).sql_statement.sql
        return sql, (*keys, *metrics)

    def _template_name(self, dimension: str, metrics: tuple[str, ...]) -> str:
        if dimension == WEEKDAY:
            return "to_char({{ TimeDimension('metric_time', 'day') }}, 'FMDay')"
        if dimension == DAY_KIND:
            number = "extract(isodow from {{ TimeDimension('metric_time', 'day') }})"
            return f"case when {number} > 5 then '{DAY_KINDS[1]}' else '{DAY_KINDS[0]}' end"
        resolved = self.resolve(dimension, metrics)
        kind = "Entity" if self.dimensions[dimension].kind == "entity" else "Dimension"
        return f"{{{{ {kind}('{resolved}') }}}}"

    def _home_of_entity(self, entity: str, model: str) -> str:
        for candidate in self._manifest.semantic_models:
            for found in candidate.entities:
                if found.name == entity and found.type.value == "primary":
                    return str(candidate.name)
        return model

    def _metric_info(self, metric: Any, by_name: dict[str, Any]) -> MetricInfo:
        parameters = metric.type_params
        found = inputs(metric)
        meta = (metric.config.meta if metric.config else None) or {}
        models = sorted(
            {
                leaf.type_params.metric_aggregation_params.semantic_model
                for leaf in leaves(metric, by_name)
                if leaf.type_params.metric_aggregation_params
            }
        )
        return MetricInfo(
            name=metric.name,
            label=metric.label or metric.name.replace("_", " ").capitalize(),
            description=" ".join((metric.description or "").split()),
            synonyms=word_list(meta.get("synonyms")),
            unit=str(meta.get("unit") or ""),
            owner=str(meta.get("owner") or ""),
            kind=metric.type.value,
            definition=self._definition(metric, parameters),
            needs_time=needs_time(metric, by_name),
            models=tuple(models),
            inputs=tuple(i.name for i in found),
            additive=is_additive(metric, by_name),
            better=str(meta.get("better") or ""),
            main=int(meta.get("main") or 0),
            today=str(meta.get("today") or ""),
            load_day=any(_is_load_day(_counted_by(self._models[name])) for name in models),
        )

    def _definition(self, metric: Any, parameters: Any) -> str:
        aggregation = parameters.metric_aggregation_params
        if aggregation:
            model = self._models[aggregation.semantic_model]
            text = f"{aggregation.agg.value}({parameters.expr or metric.name})"
            text += f" from {'.'.join(_relation(model))}"
        elif parameters.numerator:
            text = f"{parameters.numerator.name} / {parameters.denominator.name}"
        elif metric.type.value == "cumulative":
            cumulative = parameters.cumulative_type_params
            span = cumulative.window or cumulative.grain_to_date or "all time"
            text = f"running total of {inputs(metric)[0].name} over {span}"
        else:
            text = " ".join(str(parameters.expr or "").split())
            for one in inputs(metric):
                offset = one.offset_window or one.offset_to_grain
                if offset:
                    text += f"; {one.alias or one.name} is {one.name} {span_text(offset)} before"
        if metric.filter and metric.filter.where_filters:
            conditions = (w.where_sql_template.strip() for w in metric.filter.where_filters)
            text += " where " + " and ".join(conditions)
        return text

    def _dimension_info(self, name: str, model: Any, element: str) -> DimensionInfo:
        entity = name.rsplit("__", 1)[0] if "__" in name else ""
        for dimension in model.dimensions:
            if dimension.name == element:
                meta = (dimension.config.meta if dimension.config else None) or {}
                return DimensionInfo(
                    name=name,
                    element=element,
                    entity=entity,
                    label=dimension.label or element.replace("_", " ").capitalize(),
                    description=" ".join((dimension.description or "").split()),
                    synonyms=word_list(meta.get("synonyms")),
                    kind=dimension.type.value,
                    model=model.name,
                    relation=_relation(model),
                    expression=dimension.expr or element,
                    called=tuple(
                        (str(value), word_list(names))
                        for value, names in dict(meta.get("values") or {}).items()
                    ),
                    ordered=meta.get("ordered") is True,
                )
        found = next(entity for entity in model.entities if entity.name == element)
        meta = (found.config.meta if found.config else None) or {}
        return DimensionInfo(
            name=name,
            element=element,
            entity=element,
            label=found.label or f"{element.replace('_', ' ').capitalize()} key",
            description=" ".join((found.description or "").split()),
            synonyms=word_list(meta.get("synonyms")),
            kind="entity",
            model=model.name,
            relation=_relation(model),
            expression=found.expr or element,
            unknown=self._unknown_member(element),
        )

    def _unknown_member(self, entity: str) -> str:
        metas = (
            (one.config.meta if one.config else None) or {}
            for model in self._manifest.semantic_models
            for one in model.entities
            if one.name == entity
        )
        return next((str(meta["unknown"]) for meta in metas if "unknown" in meta), "")


def load(path: Path) -> SemanticLayer:
    """The semantic layer in dbt's `semantic_manifest.json`, kept while the file stays the same.

    Raises:
        NotBuiltError: the file is missing or cannot be read.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise NotBuiltError(
            "there is no semantic manifest", where=str(path), hint=REBUILD
        ) from error
    return _load(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _load(path: Path, _modified: int, _size: int) -> SemanticLayer:
    try:
        manifest = PydanticSemanticManifest.parse_raw(path.read_bytes())
    except (OSError, ValueError) as error:
        raise NotBuiltError(
            "the semantic manifest cannot be read", where=str(path), hint=REBUILD
        ) from error
    return SemanticLayer(manifest, path)


def placeholder(filter_index: int, value_index: int) -> str:
    """The text that stands for a value until the SQL is a tree."""
    return f"assay:{filter_index}:{value_index}"


def _where(subject: str, operator: Operator, index: int, count: int) -> str:
    marks = [f"'{placeholder(index, i)}'" for i in range(count)]
    match operator:
        case Operator.IN:
            return f"{subject} in ({', '.join(marks)})"
        case Operator.NOT_IN:
            return f"({subject} is null or {subject} not in ({', '.join(marks)}))"
        case Operator.IS_NOT:
            return f"{subject} is distinct from {marks[0]}"
        case Operator.CONTAINS:
            return f"{subject} ilike {marks[0]}"
        case Operator.PRESENT:
            return f"{subject} is not null"
        case Operator.MISSING:
            return f"{subject} is null"
        case _:
            return f"{subject} {operator.value} {marks[0]}"


def _days(time: TimeRange) -> list[str]:
    day = "{{ TimeDimension('metric_time', 'day') }}"
    found = [f"{day} >= '{time.start.isoformat()}'"] if time.start else []
    return found + ([f"{day} <= '{time.end.isoformat()}'"] if time.end else [])


@contextmanager
def _mapped(where: str) -> Iterator[None]:
    try:
        yield
    except (
        MetricFlowException,
        AssertionError,
        LookupError,
        NotImplementedError,
        ValueError,
    ) as error:
        if isinstance(error, RequestError):
            raise
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        message = next(
            (
                line
                for line in lines
                if not line.lower().startswith(("got error", "error #", "message"))
            ),
            "",
        )
        raise RequestError(
            f"the semantic layer cannot compute this: {message or type(error).__name__}"[:400],
            where=where,
            hint="Look the names up with search_catalog and ask for fewer things at once.",
        ) from error


def _group_by(key: str) -> Any:
    name, _, part = key.partition("__extract_")
    if part:
        return TimeDimensionParameter(name, date_part=DatePart(part))
    name, _, grain = key.rpartition("__")
    if name == "metric_time":
        return TimeDimensionParameter(name, grain=grain)
    return DimensionOrEntityParameter(key)


def _rank(name: str) -> tuple[int, int, str]:
    """Few joins first; a table by its own name, not by the longer one that a link gives it."""
    return name.count("__"), len(name), name


def _counted_by(model: Any) -> Any:
    """The time dimension that a semantic model's metrics count by; None if it names none."""
    wanted = model.defaults.agg_time_dimension if model.defaults else None
    return next((one for one in model.dimensions if one.name == wanted), None)


def _is_load_day(dimension: Any) -> bool:
    meta = (dimension.config.meta if dimension is not None and dimension.config else None) or {}
    return bool(meta.get("is_load_day"))


def _relation(model: Any) -> tuple[str, str]:
    return str(model.node_relation.schema_name), str(model.node_relation.alias)


def _midnight(day: datetime.date | None) -> datetime.datetime | None:
    return datetime.datetime.combine(day, datetime.time()) if day else None
