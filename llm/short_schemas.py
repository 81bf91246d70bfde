"""Tool schemas for small models: few properties, and names to choose from.

Servers that force a call into its schema (llama.cpp, vLLM, Ollama) then cannot produce a name that
does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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
