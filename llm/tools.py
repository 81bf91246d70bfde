"""What the agent can do: look up, measure, run SQL, quote what people wrote, ask back, decline.

The same tools for both drivers. Arguments are short and forgiving; whatever is wrong comes back as
text that says how to do better. Results travel beside the text (`Outcome`), so the answer is built
from what the database said and never from what a model wrote about it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, ValidationError

from dbt_project.artifacts import Artifacts
from dbt_project.artifacts import load as load_artifacts
from llm import compose, retrieval, rows
from llm.catalog import Catalog, Hit
from llm.database import Door, QueryResult
from llm.dates import end_of, start_of
from llm.errors import EmbeddingError, IndexMissingError, RequestError
from llm.model.schemas import (
    SHORT_SEARCH,
    AskBack,
    Choices,
    DeclineAnswer,
    ExplainRow,
    FilterArgument,
    LookupValues,
    QueryMetrics,
    RunSql,
    SearchCatalog,
    SearchText,
    json_schema,
    short_query,
)
from llm.printing import render
from llm.request import (
    COMPARED,
    SHARE,
    Comparison,
    Filter,
    Grain,
    MetricRequest,
    Operator,
    Ratio,
    Scalar,
    Summary,
    TimeRange,
)
from llm.search import text_search
from llm.search.text_search import TextSearch
from llm.words import normalised

TOLD_ROWS = 50


class ToolName(StrEnum):
    """The tools' names, as models call them."""

    SEARCH_CATALOG = "search_catalog"
    LOOKUP_VALUES = "lookup_values"
    QUERY_METRICS = "query_metrics"
    RUN_SQL = "run_sql"
    SEARCH_TEXT = "search_text"
    EXPLAIN_ROW = "explain_row"
    ASK_BACK = "ask_back"
    DECLINE = "decline"


@dataclass(frozen=True)
class Outcome:
    """A query that ran: its result, and the metric request or text search that it came from.

    Attributes:
        cut: rows that are not shown share the last place of a ranking.
    """

    result: QueryResult
    request: MetricRequest | None
    search: TextSearch | None = None
    cut: bool = False


@dataclass(frozen=True)
class Reply:
    """A question back or a refusal (`kind` clarify or decline), with options or the nearest."""

    kind: str
    text: str
    options: tuple[str, ...]


class Tools:
    """The tools, over one catalogue and one door."""

    def __init__(self, catalog: Catalog, door: Door, artifacts: Artifacts | None = None) -> None:
        self.catalog = catalog
        self.door = door
        self.artifacts = artifacts

    def as_langchain(self, short: Choices | None = None) -> list[BaseTool]:
        """As LangChain wants them; their artifact is an `Outcome` or a `Reply`.

        Args:
            short: for a small model: three tools only, names to choose from in their schemas.
        """
        query = short_query(short) if short else None
        measure = _tool(ToolName.QUERY_METRICS, QueryMetrics, self.query_metrics, told=query)
        search = _tool(
            ToolName.SEARCH_TEXT,
            SearchText,
            self.search_text,
            told=SHORT_SEARCH if short else None,
        )
        decline = _tool(ToolName.DECLINE, DeclineAnswer, self.decline, ends=True)
        if short is not None:
            return [measure, search, decline]
        return [
            _tool(ToolName.SEARCH_CATALOG, SearchCatalog, self.search_catalog),
            _tool(ToolName.LOOKUP_VALUES, LookupValues, self.lookup_values),
            measure,
            _tool(ToolName.RUN_SQL, RunSql, self.run_sql),
            search,
            _tool(ToolName.EXPLAIN_ROW, ExplainRow, self.explain_row),
            _tool(ToolName.ASK_BACK, AskBack, self.ask_back, ends=True),
            decline,
        ]

    def search_catalog(self, text: str) -> tuple[str, None]:
        """Catalogue entries that look like `text`, a line each."""
        hits = self._found(text)
        if not hits:
            return f"Nothing looks like {text!r}. Metrics: {', '.join(self.catalog.metrics)}.", None
        return "\n".join(f"{hit.kind} {hit.name}: {hit.text}" for hit in hits), None

    def lookup_values(self, dimension: str, text: str = "") -> tuple[str, None]:
        """Stored values of a dimension, a line each."""
        name = self._dimension(dimension)
        found = self.catalog.lookup(name, text, self.door)
        if not found:
            some = ", ".join(self.catalog.values.get(name, ())[:20])
            return f"{name} has no value like {text!r}. It has: {some}.", None
        return "\n".join(found), None

    def query_metrics(self, **arguments: Any) -> tuple[str, Outcome]:
        """Measure; the text is the result as CSV, the artifact an `Outcome`."""
        request = self.request(_checked(QueryMetrics, arguments))
        sql = compose.compose(request, self.catalog.layer)
        result = self.door.query(sql)
        cut = self._cut(request, result)
        more = "\nThe last place is shared with rows that are not shown." if cut else ""
        return f"{_told(result)}{more}", Outcome(result, request, cut=cut)

    def _cut(self, request: MetricRequest, result: QueryResult) -> bool:
        """Whether the first row behind the limit has the figure of the last one before it."""
        full = request.limit is not None and 1 < request.limit == len(result.rows)
        if not full or request.within or not request.order:
            return False
        behind = replace(request, limit=1, offset=request.offset + len(result.rows))
        following = self.door.query(compose.compose(behind, self.catalog.layer))
        place = result.columns.index(request.order[0][0])
        return any(row[place] == result.rows[-1][place] for row in following.rows)

    def run_sql(self, sql: str) -> tuple[str, Outcome]:
        """Run guarded SQL; as `query_metrics`."""
        outcome = Outcome(self.door.query(sql), None)
        return _told(outcome.result), outcome

    def search_text(self, **arguments: Any) -> tuple[str, Outcome]:
        """Search what people wrote; the text is counts and quotes, the artifact an `Outcome`."""
        asked = _checked(SearchText, arguments)
        time = TimeRange(asked.start_date, asked.end_date)
        search, result = text_search.run(self.door, asked.text, asked.filters, time, asked.limit)
        return text_search.told(search), Outcome(result, None, search)

    def explain_row(self, key: str, model: str = "") -> tuple[str, Outcome]:
        """A row, its file and line, and its issues; as `query_metrics`."""
        result = rows.explain(self.door, self.artifacts or load_artifacts(), key, model)
        return _told(result), Outcome(result, None)

    def _found(self, text: str) -> list[Hit]:
        """By meaning and words where the catalogue is indexed, else by words alone."""
        exact = self.catalog.search(text)
        try:
            near = retrieval.entries(self.door, text)
        except (IndexMissingError, EmbeddingError):
            return exact
        hits = [Hit(one.kind, one.name, one.text) for one in near]
        names = {(hit.kind, hit.name) for hit in exact}
        return [*exact[:4], *(hit for hit in hits if (hit.kind, hit.name) not in names)][:8]

    def ask_back(self, question: str, options: list[str] | None = None) -> tuple[str, Reply]:
        """End with a question."""
        return question, Reply("clarify", question, tuple(options or ()))

    def decline(self, reason: str, nearest: list[str] | None = None) -> tuple[str, Reply]:
        """End without an answer."""
        return reason, Reply("decline", reason, tuple(nearest or ()))

    def request(self, arguments: QueryMetrics) -> MetricRequest:
        """The typed request, every name and value checked against the catalogue.

        Raises:
            RequestError: a name or a value is not in the catalogue; says which are.
        """
        ratios = tuple(self._ratio(text) for text in arguments.ratios)
        metrics = tuple(self._metric(name) for name in arguments.metrics)
        order = []
        for column in arguments.order_by:
            descending = column.startswith("-") or column.lower().endswith(" desc")
            order.append((column.lstrip("-").split(" ")[0], descending))
        dimensions = [d for d in arguments.dimensions if not d.startswith("metric_time")]
        grain = Grain(arguments.grain) if arguments.grain else None
        for name in arguments.dimensions:
            if name.startswith("metric_time") and grain is None:
                grain = Grain(name.partition("__")[2] or "month")
        time = TimeRange(arguments.start_date, arguments.end_date)
        self._check_whole_periods(metrics, grain, time)
        return MetricRequest(
            metrics=metrics,
            dimensions=tuple(self._dimension(name, metrics) for name in dimensions),
            grain=grain,
            filters=tuple(self._filter(one, metrics, ratios) for one in arguments.filters),
            time=time,
            order=tuple(order),
            limit=arguments.limit,
            offset=arguments.offset,
            compare=_comparison(arguments),
            ratios=ratios,
            share=arguments.share,
            within=tuple(self._key(name, grain) for name in arguments.within),
            summary=self._summary(arguments, grain),
            running=arguments.running,
        )

    def _summary(self, arguments: QueryMetrics, grain: Grain | None) -> Summary | None:
        if arguments.summary is None:
            return None
        keys = [*(["metric_time"] if grain else []), *arguments.dimensions]
        return Summary(
            arguments.summary,
            tuple(self._key(name, grain) for name in arguments.over or keys),
        )

    def _key(self, name: str, grain: Grain | None) -> str:
        """A key of the result: a dimension, or the period by its grain."""
        if grain and (name == grain.value or name.startswith("metric_time")):
            return f"metric_time__{grain}"
        return self._dimension(name)

    def _check_whole_periods(
        self, metrics: tuple[str, ...], grain: Grain | None, time: TimeRange
    ) -> None:
        """Running totals and offsets are measured over whole periods only; see `llm.semantic`."""
        if grain is None or not any(self.catalog.metrics[m].needs_time for m in metrics):
            return
        start_fits = time.start is None or time.start == start_of(grain, time.start)
        open_end = time.end is None or time.end >= self.catalog.window.last
        if not start_fits or not (open_end or (time.end and time.end == end_of(grain, time.end))):
            raise RequestError(
                f"{', '.join(metrics)} by {grain} needs whole {grain}s",
                where=str(time),
                hint=f"Start and end on the bounds of a {grain}, or use a finer grain.",
            )

    def _metric(self, name: str) -> str:
        if name in self.catalog.metrics:
            return name
        by_words = {normalised(m.name): m.name for m in self.catalog.metrics.values()}
        by_words |= {normalised(m.label): m.name for m in self.catalog.metrics.values()}
        found = by_words.get(normalised(name))
        if found is None:
            close = difflib.get_close_matches(name, self.catalog.metrics, n=4, cutoff=0.4)
            raise RequestError(
                f"there is no metric {name!r}",
                hint=f"Near it: {', '.join(close) or ', '.join(self.catalog.metrics)}.",
            )
        return found

    def _dimension(self, name: str, metrics: tuple[str, ...] = ()) -> str:
        dimensions = self.catalog.dimensions
        if name in dimensions:
            return name
        # order_item__order__country, Country: the last part or the label says enough if unique.
        last = name.rsplit("__", 1)[-1]
        pair = "__".join(name.split("__")[-2:])
        found = [d for d in dimensions if d == pair] or [
            d.name
            for d in dimensions.values()
            if last == d.element or name.lower() == d.label.lower()
        ]
        if len(found) > 1 and metrics:
            # "country" of orders, tickets and sessions: the one that these metrics have.
            reached = self.catalog.layer.dimensions_of(metrics)
            found = [one for one in found if one in reached] or found
        if len(found) != 1:
            close = found or difflib.get_close_matches(name, dimensions, n=5, cutoff=0.4)
            raise RequestError(
                f"there is no dimension {name!r}",
                hint=f"Near it: {', '.join(close) or ', '.join(dimensions)}.",
            )
        return found[0]

    def _ratio(self, text: str) -> Ratio:
        parts = text.replace(" per ", "/").split("/")
        if len(parts) != 2:
            raise RequestError(f"{text!r} is no ratio", hint='Write "revenue / customers".')
        return Ratio(self._metric(parts[0].strip()), self._metric(parts[1].strip()))

    def _filter(
        self, one: FilterArgument, metrics: tuple[str, ...], ratios: tuple[Ratio, ...]
    ) -> Filter:
        operator = Operator(one.operator)
        if not operator.takes_value:
            return Filter(self._dimension(one.dimension, metrics), operator, ())
        if one.value is None:
            raise RequestError(f"the filter on {one.dimension} needs a value")
        values = tuple(one.value) if isinstance(one.value, list) else (one.value,)
        if len(values) > 1 and operator in (Operator.IS, Operator.IS_NOT):
            operator = Operator.IN if operator is Operator.IS else Operator.NOT_IN
        figures = (*metrics, *(ratio.name for ratio in ratios))
        parts = [f"{name}{ending}" for name in figures for ending in ("", SHARE)]
        columns = {f"{name}{ending}" for name in parts for ending in ("", *COMPARED)}
        columns |= set(self.catalog.metrics)
        if one.dimension in columns and one.dimension not in self.catalog.dimensions:
            return Filter(one.dimension, operator, values)
        name = self._dimension(one.dimension, metrics)
        if operator in (Operator.IS, Operator.IS_NOT, Operator.IN, Operator.NOT_IN):
            values = tuple(self._stored(name, value) for value in values)
        return Filter(name, operator, values)

    def _stored(self, dimension: str, value: Scalar) -> Scalar:
        """The stored value that is meant; a value that is not stored is an error, not a guess."""
        known = self.catalog.values.get(dimension)
        if known is None:
            return value
        if set(known) <= {"true", "false"} and known:
            if str(value).lower() in ("true", "yes", "1"):
                return True
            if str(value).lower() in ("false", "no", "0"):
                return False
        text = str(value)
        if text in known:
            return value if isinstance(value, str) else text
        same = [one for one in known if normalised(one) == normalised(text)]
        if same:
            return same[0]
        near = self.catalog.lookup(dimension, text, self.door, limit=8) or list(known[:20])
        raise RequestError(
            f"{dimension} holds no value {text!r}",
            hint=f"It holds, among others: {', '.join(near)}.",
        )


_Arguments = TypeVar("_Arguments", bound=BaseModel)


def _checked(schema: type[_Arguments], arguments: dict[str, Any]) -> _Arguments:
    """The arguments as the schema takes them.

    Raises:
        RequestError: they do not fit; says which.
    """
    try:
        return schema.model_validate(arguments)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RequestError(
            f"{where or 'the arguments'}: {first['msg']}",
            hint=f"The arguments are: {', '.join(schema.model_fields)}.",
        ) from error


def _comparison(arguments: QueryMetrics) -> Comparison | None:
    if arguments.compare_start is None and arguments.compare_end is None:
        return None
    start, other = arguments.start_date, arguments.compare_start
    if start is None or other is None:
        raise RequestError(
            "a comparison needs all its days",
            hint="Give start_date, end_date, compare_start, compare_end.",
        )
    count, unit = (start - other).days, Grain.DAY
    months = (start.year - other.year) * 12 + start.month - other.month
    if start.day == other.day:
        count, unit = (months // 12, Grain.YEAR) if months % 12 == 0 else (months, Grain.MONTH)
    return Comparison(TimeRange(other, arguments.compare_end), count, unit)


def _told(result: QueryResult) -> str:
    if not result.rows:
        return "No rows: nothing in the data matches. Say so; do not guess."
    shown = QueryResult(
        result.sql, result.columns, result.rows[:TOLD_ROWS], False, 0.0, result.relations
    )
    text = render.as_csv(shown)
    if len(result.rows) > TOLD_ROWS or result.truncated:
        text += f"({len(result.rows)} rows, the first {TOLD_ROWS} are told)\n"
    return text


def _tool(
    name: ToolName,
    schema: type[BaseModel],
    run: Callable[..., Any],
    *,
    ends: bool = False,
    told: dict[str, Any] | None = None,
) -> BaseTool:
    """A tool whose arguments are checked here and not by LangChain, which drops what it renames.

    Args:
        told: the JSON schema that the model sees; default that of `schema`.
    """

    def checked(**given: Any) -> Any:
        arguments = _checked(schema, given)
        return run(**{key: getattr(arguments, key) for key in arguments.model_fields_set})

    return StructuredTool.from_function(
        checked,
        name=name.value,
        description=(schema.__doc__ or "").strip(),
        args_schema=told or json_schema(schema),
        infer_schema=False,
        response_format="content_and_artifact",
        return_direct=ends,
    )
