"""Which table gets a `context_` model over its free texts, and the model's YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbt_project.profiling.values import TableProfile
from dbt_project.scaffold.plan import Entity, Texts
from dbt_project.scaffold.yaml_text import Row

FEWEST = 20
"""Texts that are worth comparing."""


def of(entity: Entity, table: TableProfile, names: Mapping[str, str]) -> Texts | None:
    """The table's free texts: of its longest column of sentences; None if it has none.

    Args:
        names: of the profile's columns in the models.
    """
    found = [
        (column.words, names[column.name])
        for column in table.columns
        if column.kind == "prose" and column.given >= FEWEST and not column.personal
    ]
    return Texts(named(entity), max(found)[1]) if found else None


def named(entity: Entity) -> str:
    """The model's name, if the entity has one."""
    return f"context_{entity.mart.partition('_')[2]}_texts"


def properties(entity: Entity, texts: Texts) -> dict[str, Any]:
    """YAML of the model, with its contract and tests."""
    key = entity.column(entity.key_column) if entity.is_natural else None
    columns: list[dict[str, Any]] = [
        {
            "name": entity.key_column,
            "description": f"The row of {entity.mart} that has the text.",
            "data_type": key.data_type if key else "text",
            "data_tests": [
                "unique",
                "not_null",
                {
                    "relationships": {
                        "arguments": {"to": f"ref('{entity.mart}')", "field": entity.key_column}
                    }
                },
            ],
        },
        {"name": entity.day, "description": "Its day.", "data_type": "date"},
        {
            "name": "language",
            "description": "By its stop words: de, en, es or fr; `unknown` without one.",
            "data_type": "text",
            "data_tests": Row(["not_null"]),
        },
        {
            "name": "words_count",
            "description": "Words and sentence marks.",
            "data_type": "integer",
        },
        {
            "name": "sentiment",
            "description": "From -1 (complaint) to 1 (praise), by the project's lexicon; 0 where "
            "no word of it is found, or the language is unknown.",
            "data_type": "double precision",
            "data_tests": Row(["not_null"]),
        },
        {
            "name": "same_wording_count",
            "description": "How many texts have the same words, this one among them.",
            "data_type": "bigint",
        },
        {
            "name": "share_as_critical",
            "description": "Share of all texts whose sentiment is as low or lower.",
            "data_type": "double precision",
        },
        {
            "name": "is_unusual",
            "description": "Whether it is critical or kind (0.3 or more either way), and among the "
            "twentieth of the texts that are most so.",
            "data_type": "boolean",
            "data_tests": Row(["not_null"]),
        },
        {
            "name": "why",
            "description": "What is unusual, in words; empty where nothing is.",
            "data_type": "text",
        },
    ]
    one = {
        "name": texts.name,
        "description": f"One row per row of {entity.mart} with a text in {texts.column}: its "
        "language, how it sounds, and whether that stands out among the others.",
        "data_tests": [{"within_ranges": {"arguments": {"ranges": {"sentiment": Row([-1, 1])}}}}],
        "columns": columns,
    }
    return {"version": 2, "models": [one]}
