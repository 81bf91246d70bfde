"""The YAML beside the models: sources, descriptions, contracts, tests."""

from __future__ import annotations

from typing import Any

from dbt_project.profiling.words import joined
from dbt_project.scaffold.plan import Column, Entity, Project, Test, day_of
from dbt_project.scaffold.yaml_text import Inline, Row

_FILE = {
    "name": "_file_id",
    "description": "{{ doc('_file_id') }}",
    "data_tests": Row(["not_null"]),
}
_LINE = {"name": "_line", "description": "{{ doc('_line') }}", "data_tests": Row(["not_null"])}


def sources(project: Project) -> dict[str, Any]:
    """The source's YAML: its raw tables and what stands in their columns."""
    return {
        "version": 2,
        "sources": [
            {
                "name": project.source,
                "description": f"Files of {project.source}, as they were loaded.",
                "schema": "raw",
                "config": {"freshness": {"warn_after": Inline(count=40, period="day")}},
                "tables": [_table(entity) for entity in project.tables],
            }
        ],
    }


def _table(entity: Entity) -> dict[str, Any]:
    raw: dict[str, dict[str, Any]] = {}
    for column in entity.columns:
        name = column.path[0]
        inside = len(column.path) > 1
        meaning = "JSON; its fields are columns in staging." if inside else column.meaning
        one: dict[str, Any] = {"name": name, "description": meaning}
        if column.personal:
            one["config"] = {"meta": Inline(pii=column.personal)}
        raw.setdefault(name, one)
    return {
        "name": entity.name,
        "description": f"{entity.rows:,} rows when it was profiled, as they stand in the files.",
        "config": {"loaded_at_query": f"{{{{ loaded_at('{entity.name}') }}}}"},
        "columns": [*raw.values(), dict(_FILE), dict(_LINE)],
    }


def staging(entity: Entity) -> dict[str, Any]:
    """YAML of the staging model."""
    columns = []
    for column in entity.columns:
        one: dict[str, Any] = {"name": column.name, "description": column.meaning}
        meta: dict[str, Any] = {"read_from": column.raw} if column.raw != column.name else {}
        if column.nothing:
            meta["nulls"] = Row(column.nothing)
        if meta:
            one["config"] = {"meta": Inline(meta)}
        columns.append(one)
    return _model(
        entity.staging,
        f"One row per record of the {entity.name} files, typed. Nothing is left out: what is wrong "
        "with a row stands in `_issues`.",
        [
            *columns,
            {
                "name": "_issues",
                "description": "{{ doc('_issues') }}",
                "data_tests": Row(["not_null"]),
            },
            dict(_FILE),
            dict(_LINE),
        ],
        tests=[{"unique_together": {"arguments": {"columns": Row(["_file_id", "_line"])}}}],
    )


def judged(entity: Entity) -> dict[str, Any]:
    """YAML of the rows as they are judged."""
    columns = [{"name": c.name, "description": c.meaning} for c in entity.columns_kept]
    if not entity.time:
        columns.append({"name": "loaded_on", "description": _LOADED_ON})
    return _model(
        entity.judged,
        f"One row per record of the {entity.name} files, and whether it is kept.",
        [
            *columns,
            {"name": "_issues", "description": "{{ doc('_issues') }}"},
            {
                "name": "is_excluded",
                "description": "{{ doc('is_excluded') }}",
                "data_tests": Row(["not_null"]),
            },
            {"name": "kept_instead", "description": "{{ doc('kept_instead') }}"},
            dict(_FILE),
            dict(_LINE),
        ],
        tests=[{"unique_together": {"arguments": {"columns": Row(["_file_id", "_line"])}}}],
    )


def listed(entity: Entity) -> dict[str, Any]:
    """YAML of the elements of a list."""
    columns = [{"name": c.name, "description": c.meaning} for c in entity.columns]
    if not entity.time:
        columns.append({"name": "loaded_on", "description": _LOADED_ON})
    places = entity.list_of.places if entity.list_of else ()
    return _model(
        entity.judged,
        f"One row per {entity.one.replace('_', ' ')}: an element of a list, typed.",
        [
            *columns,
            {"name": "_issues", "description": "{{ doc('_issues') }}"},
            dict(_FILE),
            dict(_LINE),
        ],
        tests=[
            {"unique_together": {"arguments": {"columns": Row(["_file_id", "_line", *places])}}}
        ],
    )


def mart(entity: Entity) -> dict[str, Any]:
    """YAML of the mart, with its contract and tests; without its semantic model."""
    columns = []
    if not entity.is_natural:
        columns.append(
            {
                "name": entity.key_column,
                "description": _key_meaning(entity),
                "data_type": "text",
                "data_tests": Row(["unique", "not_null"]),
            }
        )
    for column in entity.columns_kept:
        columns.append(_mart_column(entity, column))
        if column.is_time and day_of(column) != column.name:
            columns.append(
                {
                    "name": day_of(column),
                    "description": f"The day of {column.label.lower()}, in UTC.",
                    "data_type": "date",
                }
            )
    if not entity.time:
        columns.append({"name": "loaded_on", "description": _LOADED_ON, "data_type": "date"})
    grain = f"One row per {entity.one.replace('_', ' ')}"
    if entity.key:
        grain += f", told apart by {joined(list(entity.key))}."
    else:
        grain += f" record. {entity.key_doubt}"
    ranges = {column.name: Row(column.usual) for column in entity.columns if column.usual}
    tests = [{"within_ranges": {"arguments": {"ranges": ranges}}}] if ranges else None
    return _model(
        entity.mart,
        grain,
        [
            *columns,
            {
                "name": "issues",
                "description": "{{ doc('issues') }}",
                "data_type": "text[]",
                "data_tests": Row(["not_null"]),
            },
            {**_FILE, "data_type": "bigint"},
            {**_LINE, "data_type": "bigint"},
        ],
        tests=tests,
    )


_LOADED_ON = "The day on which the row's file was loaded, in UTC."


def _key_meaning(entity: Entity) -> str:
    if entity.key:
        return f"Key of the row: {joined(list(entity.key))}, with `|` between them."
    return "Key of the row: the number of its file and its line there."


def _mart_column(entity: Entity, column: Column) -> dict[str, Any]:
    one: dict[str, Any] = {
        "name": column.name,
        "description": column.meaning,
        "data_type": column.data_type,
    }
    if column.personal:
        one["config"] = {"meta": Inline(pii=column.personal)}
    tests: list[Any] = []
    if entity.is_natural and column.name == entity.key_column:
        tests += ["unique", "not_null"]
    tests += [_test(test) for test in column.tests]
    if tests:
        plain = all(isinstance(test, str) for test in tests)
        one["data_tests"] = Row(tests) if plain else tests
    return one


def _test(test: Test) -> Any:
    body: dict[str, Any] = {}
    if test.arguments:
        body["arguments"] = Inline(
            {
                name: Row(value) if isinstance(value, tuple) else value
                for name, value in test.arguments
            }
        )
    if test.warns:
        body["config"] = Inline(severity="warn")
    return {test.name: body} if body else test.name


def _model(
    name: str, description: str, columns: list[dict[str, Any]], tests: list[Any] | None = None
) -> dict[str, Any]:
    one: dict[str, Any] = {"name": name, "description": description}
    if tests:
        one["data_tests"] = tests
    one["columns"] = columns
    return {"version": 2, "models": [one]}
