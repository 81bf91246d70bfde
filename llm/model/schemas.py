"""What the tools' arguments are, as checked here and as told to a model.

Small models get fewer properties and names to choose from: servers that force a call into its
schema (llama.cpp, vLLM, Ollama) then cannot produce a name that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from langchain_core.utils.json_schema import dereference_refs
from pydantic import BaseModel, Field, field_validator, model_validator

from llm.model.arguments import forgiving
from llm.request import Scalar


class SearchCatalog(BaseModel):
    """Find metrics, dimensions and stored values by words."""

    text: str = Field(description="words to look for")


class LookupValues(BaseModel):
    """List the stored values of a dimension. Never guess a value: look it up."""

    dimension: str = Field(description="such as order__country")
    text: str = Field("", description="part of the value; empty lists all")


class FilterArgument(BaseModel):
    """One condition on a dimension, or on a metric of the query."""

    dimension: str
    operator: Literal[
        "=", "!=", "in", "not in", ">", ">=", "<", "<=", "contains", "is set", "is missing"
    ] = "="
    value: Scalar | list[Scalar] | None = None


class QueryMetrics(BaseModel):
    """Measure metrics, broken down and filtered. The way to get every figure."""

    metrics: list[str] = Field(description="metric names", default_factory=list)
    dimensions: list[str] = Field(description="break down by these", default_factory=list)
    grain: Literal["day", "week", "month", "quarter", "year"] | None = None
    filters: list[FilterArgument] = Field(default_factory=list)
    start_date: date | None = Field(None, description="first day, included")
    end_date: date | None = Field(None, description="last day, included")
    order_by: list[str] = Field(
        description='columns; "-revenue" is descending', default_factory=list
    )
    limit: int | None = None
    offset: int = Field(0, description="leave out the first rows: 2 for the third best")
    compare_start: date | None = Field(None, description="compare with the days from here ...")
    compare_end: date | None = Field(None, description="... to here")
    ratios: list[str] = Field(description='such as "revenue / customers"', default_factory=list)
    share: bool = Field(default=False, description="each row's part of the total")
    within: list[str] = Field(
        default_factory=list, description="limit counts within each of these: top n per group"
    )
    summary: Literal["count", "average", "median", "sum"] | None = Field(
        None,
        description="one figure over the rows; count or sum with share: the part picked",
    )
    running: bool = Field(default=False, description="add up from period to period: cumulative")
    over: list[str] = Field(default_factory=list, description="the keys that a summary goes over")

    @field_validator("metrics", "dimensions", "order_by", "ratios", "within", "over", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if value is None:
            return []
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @model_validator(mode="before")
    @classmethod
    def _forgiving(cls, value: object) -> object:
        return forgiving(value) if isinstance(value, dict) else value


class RunSql(BaseModel):
    """Run one SELECT over the marts, for what query_metrics cannot say."""

    sql: str


class SearchText(BaseModel):
    """Find what customers wrote (reviews, tickets): quotes and counts. For "what do people say"."""

    text: str = Field(description="the topic in a few words, such as: battery life")
    filters: dict[str, Scalar | list[Scalar]] = Field(
        default_factory=dict,
        description="facet to value: product, category, country, language, rating, source, ...",
    )
    start_date: date | None = None
    end_date: date | None = None
    limit: int = 8

    @field_validator("filters", mode="before")
    @classmethod
    def _filters(cls, value: object) -> object:
        """Also the list of conditions that `query_metrics` takes."""
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            return {str(one.get("dimension")): one.get("value") for one in value}
        return value or {}


class ExplainRow(BaseModel):
    """Where one row comes from: its values, file, line, and what was wrong with it."""

    key: str = Field(description="such as O-0000014")
    model: str = Field("", description="the mart, such as fct_orders; empty finds it")


class AskBack(BaseModel):
    """Ask the user one question back when two readings are equally likely."""

    question: str
    options: list[str] = Field(default_factory=list)


class DeclineAnswer(BaseModel):
    """Say that the data cannot answer this, and what comes nearest."""

    reason: str
    nearest: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class Choices:
    """The names that a small model may choose from."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]


SHORT_SEARCH: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string", "description": "the topic in a few words"}},
    "required": ["text"],
}


def short_query(choices: Choices) -> dict[str, Any]:
    """`query_metrics` with what simple questions need."""
    dimension = {"type": "string", "enum": list(choices.dimensions)}
    day = {"type": "string", "description": "YYYY-MM-DD"}
    return {
        "type": "object",
        "properties": {
            "metrics": {
                "type": "array",
                "items": {"type": "string", "enum": list(choices.metrics)},
            },
            "dimensions": {"type": "array", "items": dimension},
            "grain": {"type": "string", "enum": ["day", "week", "month", "quarter", "year"]},
            "filters": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"dimension": dimension, "value": {"type": "string"}},
                    "required": ["dimension", "value"],
                },
            },
            "start_date": day,
            "end_date": day,
            "order_by": {"type": "array", "items": {"type": "string"}},
            "limit": {"type": "integer"},
        },
        "required": ["metrics"],
    }


@cache
def json_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """Without titles, references and empty choices: shorter, and read by every server.

    Worked out once, since it would be a seventh of the time of a question: not to be changed.
    """
    whole = dereference_refs(schema.model_json_schema())
    whole.pop("$defs", None)
    short: dict[str, Any] = _shortened(whole)
    return short


def _shortened(value: Any) -> Any:
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {k: _shortened(v) for k, v in value.items() if k != "title" or isinstance(v, dict)}
    options = [one for one in kept.get("anyOf", []) if one != {"type": "null"}]
    if "anyOf" in kept and len(options) == 1:
        kept = {**options[0], **{k: v for k, v in kept.items() if k != "anyOf"}}
    if kept.get("default", "") is None:
        kept.pop("default")
    return kept
