"""What a model is told before the question: the rules, the catalogue within a budget, a hint.

The whole catalogue stands in the prompt while it fits; of a larger one, what is likeliest to be
needed for the question, and how to find the rest. The budget is in tokens, estimated at one for
every 3.5 characters: every model counts its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import HumanMessage

from llm import prompts, retrieval
from llm.catalog import Catalog
from llm.database import Door
from llm.errors import LlmError
from llm.planner import Planner
from llm.settings import ModelSettings
from llm.tools import ToolName

CHARACTERS_PER_TOKEN = 3.5
# A dimension's values are named when there are no more than this.
NAMED_VALUES = 12
SMALL_METRICS = 12
SMALL_DIMENSIONS = 14
HINTED = (ToolName.QUERY_METRICS, ToolName.SEARCH_TEXT, ToolName.EXPLAIN_ROW)


@dataclass(frozen=True)
class Hint:
    """The tool call that the offline planner would make."""

    tool: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.tool} {json.dumps(self.arguments, ensure_ascii=False)}"


@dataclass(frozen=True)
class Briefing:
    """What a model is told.

    Attributes:
        prompt: the system prompt.
        metrics, dimensions: the names in it, the likeliest first.
        whole: whether that is the whole catalogue.
    """

    prompt: str
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    whole: bool


def hint(question: str, previous: Sequence[str], planner: Planner) -> Hint | None:
    """The planner's reading, where it is sure of one; None where it asks back or declines."""
    try:
        said = planner.invoke([HumanMessage(one) for one in (*previous, question)])
    except LlmError:
        return None
    for call in said.tool_calls:
        if call["name"] in HINTED:
            return Hint(call["name"], dict(call["args"]))
    return None


def brief(
    question: str,
    catalog: Catalog,
    door: Door,
    settings: ModelSettings,
    suggested: Hint | None = None,
) -> Briefing:
    """The system prompt for one question."""
    metrics, dimensions = _likeliest(question, catalog, door, suggested)
    budget = int(settings.catalog_tokens * CHARACTERS_PER_TOKEN)
    if settings.small:
        metrics, dimensions = metrics[:SMALL_METRICS], dimensions[:SMALL_DIMENSIONS]
    metric_lines = _within((_metric(catalog, name) for name in metrics), budget * 6 // 10)
    used = sum(len(line) + 1 for line in metric_lines)
    dimension_lines = _within((_dimension(catalog, name) for name in dimensions), budget - used)
    metrics, dimensions = metrics[: len(metric_lines)], dimensions[: len(dimension_lines)]
    whole = len(metrics) == len(catalog.metrics) and len(dimensions) == len(catalog.dimensions)
    window = catalog.window
    prompt = prompts.text(
        "system_small" if settings.small else "system",
        today=window.today,
        today_is=window.today_is,
        first=window.first,
        last=window.last,
        metrics="\n".join(sorted(metric_lines) if whole else metric_lines),
        dimensions="\n".join(sorted(dimension_lines) if whole else dimension_lines),
        more="" if whole else prompts.text(
            "more",
            metrics=len(catalog.metrics) - len(metrics),
            dimensions=len(catalog.dimensions) - len(dimensions),
        ),
        hint=prompts.text("hint", call=suggested) if suggested else "",
    )  # fmt: skip
    return Briefing(prompt, tuple(metrics), tuple(dimensions), whole)


def _likeliest(
    question: str, catalog: Catalog, door: Door, suggested: Hint | None
) -> tuple[list[str], list[str]]:
    """All names, those first that the hint uses, then those that look or mean like the question."""
    named = _names(suggested.arguments) if suggested else []
    found = [
        hit.name for hit in catalog.search(question, 30) if hit.kind in ("metric", "dimension")
    ]
    try:
        near = retrieval.entries(door, question, limit=30, kinds=("metric", "dimension"))
        found += [one.name for one in near]
    except LlmError:
        pass  # Not indexed: the words decide.
    ranked = list(dict.fromkeys([*named, *found]))
    metrics = [name for name in ranked if name in catalog.metrics]
    dimensions = [name for name in ranked if name in catalog.dimensions]
    reachable = {name for metric in metrics[:3] for name in catalog.layer.dimensions_of((metric,))}
    dimensions += sorted(reachable & catalog.dimensions.keys(), key=lambda name: (len(name), name))
    return (
        list(dict.fromkeys([*metrics, *catalog.metrics])),
        list(dict.fromkeys([*dimensions, *catalog.dimensions])),
    )


def _names(value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split("/")]
    if isinstance(value, dict):
        return [name for one in value.values() for name in _names(one)]
    return [name for one in value for name in _names(one)] if isinstance(value, list) else []


def _metric(catalog: Catalog, name: str) -> str:
    one = catalog.metrics[name]
    return f"- {one.name}: {one.label}, {one.unit}"


def _dimension(catalog: Catalog, name: str) -> str:
    values = catalog.values.get(name, ())
    few = f" ({', '.join(values)})" if 0 < len(values) <= NAMED_VALUES else ""
    return f"- {name}{few}"


def _within(lines: Iterable[str], characters: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        characters -= len(line) + 1
        if characters < 0 and kept:
            break
        kept.append(line)
    return kept
