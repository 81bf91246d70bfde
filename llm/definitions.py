"""Metrics and dimensions as the manifest defines them, and what follows from their definitions.

Knows nothing of MetricFlow: its objects are read by their attributes only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from llm.request import DAY_KIND, WEEKDAY

COUNTS_ROWS = re.compile(r"sum\((?:1|case when .* then [01] else [01] end)\)")


@dataclass(frozen=True)
class MetricInfo:
    """A metric as the manifest defines it.

    Attributes:
        kind: simple, ratio, derived, cumulative or conversion.
        unit: eur, count, rate, days, hours, stars, ...; empty if not said.
        definition: how it is computed, in a line.
        needs_time: whether it can only be measured per period (cumulative, offset).
        models: semantic models it measures, sorted.
        additive: whether parts add up to the whole.
        better: which way is better, "up" or "down"; empty if not said.
        main: place among what most questions are about, from 1; 0 if it has none.
        today: what the last day of its own time is called, where that day counts as today.
        load_day: its only time is the day on which the row's file was loaded.
    """

    name: str
    label: str
    description: str
    synonyms: tuple[str, ...]
    unit: str
    owner: str
    kind: str
    definition: str
    needs_time: bool
    models: tuple[str, ...]
    inputs: tuple[str, ...]
    additive: bool
    better: str = ""
    main: int = 0
    today: str = ""
    load_day: bool = False

    @property
    def counts_rows(self) -> bool:
        """Whether it counts each row of its table once at most."""
        return COUNTS_ROWS.match(self.definition) is not None

    @property
    def is_part(self) -> bool:
        """Whether it measures only those of which something holds: the late deliveries."""
        return "case when" in self.definition

    @property
    def is_distinct(self) -> bool:
        """Whether it counts what may stand in several rows, each once."""
        return self.definition.startswith("count_distinct(")


@dataclass(frozen=True)
class DimensionInfo:
    """A dimension, or an entity's key, however many ways lead to it.

    Attributes:
        name: its shortest qualified name, such as `order__country`.
        element: the last part of the name.
        kind: categorical, time or entity.
        model: the semantic model that defines it.
        relation: schema and name of the table it stands in.
        expression: the SQL of its value in that table.
        called: what people call single values: (value, names) pairs.
        ordered: its values have an order of their own, such as hours.
        unknown: the key of the member that rows whose key leads nowhere are given, if there is one.
    """

    name: str
    element: str
    entity: str
    label: str
    description: str
    synonyms: tuple[str, ...]
    kind: str
    model: str
    relation: tuple[str, str]
    expression: str
    called: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ordered: bool = False
    unknown: str = ""


def of_days() -> tuple[DimensionInfo, ...]:
    """The dimensions that every metric has, by its own date."""
    weekday = DimensionInfo(
        name=WEEKDAY,
        element=WEEKDAY,
        entity="",
        label="Weekday",
        description="Day of the week, of the metric's own date.",
        synonyms=("day of the week", "day of week", "days of the week", "week day"),
        kind="categorical",
        model="",
        relation=("", ""),
        expression="",
    )
    return weekday, replace(
        weekday,
        name=DAY_KIND,
        element=DAY_KIND,
        label="Kind of day",
        description="Weekend (Saturday and Sunday) or weekday, of the metric's own date.",
        synonyms=("weekend or weekday", "weekday or weekend"),
    )


def inputs(metric: Any) -> list[Any]:
    """What a metric is made of: other metrics, by reference."""
    parameters = metric.type_params
    cumulative = parameters.cumulative_type_params
    found = [parameters.numerator, parameters.denominator, *(parameters.metrics or ())]
    if cumulative is not None:
        found.append(cumulative.metric)
    return [one for one in found if one is not None]


def leaves(metric: Any, by_name: dict[str, Any]) -> Iterator[Any]:
    """The simple metrics at the bottom of a metric."""
    found = inputs(metric)
    if not found:
        yield metric
    for one in found:
        yield from leaves(by_name[one.name], by_name)


def needs_time(metric: Any, by_name: dict[str, Any]) -> bool:
    """Whether it can only be measured per period (cumulative, offset)."""
    if metric.type.value == "cumulative":
        return True
    return any(
        one.offset_window or one.offset_to_grain or needs_time(by_name[one.name], by_name)
        for one in inputs(metric)
    )


def is_additive(metric: Any, by_name: dict[str, Any]) -> bool:
    """Whether its parts add up to the whole."""
    aggregation = metric.type_params.metric_aggregation_params
    if aggregation:
        return aggregation.agg.value in ("sum", "count", "sum_boolean")
    if metric.type.value != "derived" or needs_time(metric, by_name):
        return False
    expression = str(metric.type_params.expr or "")
    linear = not any(sign in expression for sign in "/*(")
    return linear and all(is_additive(by_name[one.name], by_name) for one in inputs(metric))


def word_list(value: object) -> tuple[str, ...]:
    """A text or a list of texts, as a tuple."""
    if isinstance(value, str):
        return (value,)
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()


def span_text(offset: Any) -> str:
    """ "1 year", "month"., as the manifest has it."""
    count = getattr(offset, "count", None)
    unit = getattr(offset, "granularity", offset)
    return f"{count} {unit}" if count else str(getattr(unit, "value", unit))
