"""Which fact gets a `context_` model, by which group and measure, and the model's YAML."""

from __future__ import annotations

from datetime import date
from typing import Any

from dbt_project.profiling.values import TableProfile
from dbt_project.scaffold.plan import Context, Entity
from dbt_project.scaffold.yaml_text import Inline, Row

FEWEST_DAYS = 70
"""Days from the first to the last: eight weeks to compare with, and some days to judge."""
FEWEST_A_DAY = 4
"""Rows a day and group on average."""
MOST_GROUPS = 30


def of(entity: Entity, table: TableProfile) -> Context | None:
    """The context of a fact's days; None if it has none that say something."""
    if not entity.mart.startswith("fct_") or not entity.time or entity.calendar:
        return None
    source = _profiled(entity, table, entity.time)
    low, high = table.column(source).low[:10], table.column(source).high[:10]
    if len(low) < 10 or len(high) < 10:
        return None
    days = (date.fromisoformat(high) - date.fromisoformat(low)).days + 1
    if days < FEWEST_DAYS or table.rows < FEWEST_A_DAY * days:
        return None
    taken = {"rows_on_day", "usual_rows", "surprise", "is_unusual", entity.day}
    groups = [
        (column.role != "link", found.distinct, column.name)
        for column in entity.columns
        if column.role in ("link", "category") and column.name not in taken and not column.personal
        for found in (table.column(_profiled(entity, table, column.name)),)
        if 2 <= found.distinct <= MOST_GROUPS
        and found.nulls == 0
        and table.rows >= FEWEST_A_DAY * days * found.distinct
    ]
    group = min(groups)[2] if groups else ""
    summed = [m.column for m in entity.measures if "sum" in m.aggregations]
    return Context(named(entity), group, summed[0] if summed else "")


def named(entity: Entity) -> str:
    """The context's name, if the entity has one."""
    return f"context_{entity.mart.partition('_')[2]}_by_day"


def _profiled(entity: Entity, table: TableProfile, name: str) -> str:
    """The name that a column has in the profile."""
    place = [column.name for column in entity.columns].index(name)
    return table.columns[place].name


def properties(entity: Entity, context: Context) -> dict[str, Any]:
    """YAML of the model, with its contract and tests."""
    many = entity.many.replace("_", " ")
    key = [context.group, entity.day] if context.group else [entity.day]
    of_group = f" of one {context.group}" if context.group else ""
    columns: list[dict[str, Any]] = []
    if context.group:
        group = entity.column(context.group)
        columns.append(
            {
                "name": group.name,
                "description": group.meaning,
                "data_type": group.data_type,
                "data_tests": Row(["not_null"]),
            }
        )
    columns.append(
        {
            "name": entity.day,
            "description": "The day.",
            "data_type": "date",
            "data_tests": Row(["not_null"] if context.group else ["unique", "not_null"]),
        }
    )
    columns.append(
        {"name": "rows_on_day", "description": f"How many {many}.", "data_type": "bigint"}
    )
    if context.measure:
        measure = entity.column(context.measure)
        columns.append(
            {
                "name": f"total_{measure.name}",
                "description": f"{measure.label}, in all.",
                "data_type": "numeric",
            }
        )
    columns += [
        {
            "name": "rows_on_day_before",
            "description": f"How many {many} on the last day before that has any.",
            "data_type": "bigint",
        },
        {
            "name": "days_compared",
            "description": "Days of the same weekday looked at, the last eight before; those "
            "without a row are not among them.",
            "data_type": "integer",
        },
        {
            "name": "usual_rows",
            "description": f"How many {many} there are on such a day: the mean of the middle half "
            "of the days compared.",
            "data_type": "double precision",
        },
        {
            "name": "surprise",
            "description": "How far the day is from the usual one, in standard deviations of pure "
            "chance; below it negative. Empty where less than four days can be compared.",
            "data_type": "double precision",
        },
        {
            "name": "is_unusual",
            "description": "Whether the surprise is above four either way, and more than a quarter "
            "of what is usual.",
            "data_type": "boolean",
            "data_tests": Row(["not_null"]),
        },
        {
            "name": "why",
            "description": "What is unusual, in words; empty where nothing is.",
            "data_type": "text",
        },
    ]
    one: dict[str, Any] = {
        "name": context.name,
        "description": f"One row per day{of_group} that has {many}: how many, beside the same "
        "weekday of the weeks before, and whether that stands out.",
    }
    if context.group:
        one["data_tests"] = [{"unique_together": {"arguments": Inline(columns=Row(key))}}]
    one["columns"] = columns
    return {"version": 2, "models": [one]}
