"""Whether the parts of a metric request go together, and which columns its result has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm.errors import RequestError
from llm.request import SHARE, Filter, MetricRequest, Operator

if TYPE_CHECKING:
    from llm.semantic import SemanticLayer

MAX_LIMIT = 1_000


def result_columns(request: MetricRequest) -> tuple[str, ...]:
    """Names of the columns that `compose` selects, in order."""
    if request.summary_column is not None:
        beside = (f"{request.summary_column}{SHARE}",) if request.share else ()
        return (*request.shown_keys, request.summary_column, *beside)
    return (*request.shown_keys, *request.figure_columns)


def measured_columns(request: MetricRequest) -> tuple[str, ...]:
    """Names of the columns before rows are summed up."""
    return (*request.keys, *request.figure_columns)


def validate(request: MetricRequest, layer: SemanticLayer) -> None:
    """End a request that cannot be compiled with what would do.

    Raises:
        RequestError: a name is unknown, or the parts do not go together.
    """
    if not request.metrics and not request.ratios:
        raise RequestError("no metric is named", hint="Name at least one; see search_catalog.")
    for name in request.measured:
        if name not in layer.metrics:
            raise RequestError(
                f"there is no metric {name!r}",
                hint=f"There are: {', '.join(sorted(layer.metrics))}.",
            )
        if layer.metrics[name].needs_time and request.grain is None:
            raise RequestError(
                f"{name} is measured per period only", hint="Give a grain, for example month."
            )
    for dimension in (*request.dimensions, *(f.name for f in row_filters(request, layer))):
        if dimension not in layer.dimensions:
            known = ", ".join(layer.dimensions_of(request.measured))
            raise RequestError(
                f"there is no dimension {dimension!r} for {', '.join(request.measured)}",
                hint=f"There are: {known}.",
            )
    for one in request.filters:
        many = one.operator in (Operator.IN, Operator.NOT_IN)
        if one.operator.takes_value and (not one.values or (len(one.values) > 1 and not many)):
            raise RequestError(
                f"the filter on {one.name} needs one value", hint="Use `in` for several values."
            )
    for one in request.filters:
        if one.name in layer.metrics and one.name not in request.figures:
            raise RequestError(
                f"a bound on {one.name}, which is not measured",
                hint=f"Measured are: {', '.join(request.figures)}.",
            )
    columns = result_columns(request)
    for name, _ in request.order:
        if name not in columns:
            raise RequestError(
                f"the result has no column {name!r} to order by",
                hint=f"It has: {', '.join(columns)}.",
            )
    if request.limit is not None and not 1 <= request.limit <= MAX_LIMIT:
        raise RequestError(f"a limit of {request.limit}", hint=f"Use 1 to {MAX_LIMIT}.")
    if request.offset and (request.limit is None or not 0 < request.offset <= MAX_LIMIT):
        raise RequestError(
            f"an offset of {request.offset}", hint=f"Use 1 to {MAX_LIMIT}, beside a limit."
        )
    keys = set(request.keys)
    if not keys.issuperset(request.within) or (request.within and keys == set(request.within)):
        raise RequestError(
            "ranking within groups needs a key to rank and others to rank within",
            hint=f"The keys are: {', '.join(request.keys) or 'none'}.",
        )
    if request.summary is not None:
        if not request.summary.over or not keys.issuperset(request.summary.over):
            raise RequestError(
                "a summary needs keys to go over", hint="Name them among the dimensions."
            )
        sums = request.summary.function == "sum"
        if (
            request.compare
            or (request.share and not request.parted)
            or (sums and not request.share)
        ):
            raise RequestError(
                "a summary goes with no comparison, and only counts and sums have shares",
                hint="Ask for one of them.",
            )
    if request.running:
        if request.grain is None:
            raise RequestError("a running total without periods", hint="Give a grain, say month.")
        sums = all(layer.metrics[name].additive for name in request.metrics)
        if not sums or request.compare or request.ratios or request.summary:
            raise RequestError(
                "a running total of what does not add up", hint="Ask for sums or counts, alone."
            )
    if request.share and request.summary_column is None:
        for name in request.metrics:
            if not layer.adds_up(name, request.dimensions):
                raise RequestError(
                    f"{name} does not add up to a total", hint="Ask for shares of sums and counts."
                )


def row_filters(request: MetricRequest, layer: SemanticLayer) -> tuple[Filter, ...]:
    """Conditions on rows. With shares, one on a key picks parts of the whole instead."""
    return tuple(
        one
        for one in request.filters
        if one.name not in (*layer.metrics, *measured_columns(request))
        or (one.name in request.keys and not request.share)
    )
