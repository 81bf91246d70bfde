"""From a mart's row back to the file and line it came from.

Every mart row that stands for one record keeps that record's `_file_id` and `_line`. This walks
them to the ledger, to the raw row, and - where it is still there - to the file's own words
(`original`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from dbt_project import artifacts, postgres
from dbt_project.errors import TraceError, mapped
from dbt_project.original import find


@dataclass(frozen=True)
class Trace:
    """One mart row and where it came from.

    Attributes:
        row: the mart's row.
        uri: the file.
        line: where in the file the record starts (a sheet's row; a record's ordinal).
        raw: the record as it stands in the raw table.
        text: what the file itself says at that place, a row of a workbook or of Parquet as JSON;
            None if it cannot be shown.
        note: why not, or what to know about the text; empty if there is nothing to say.
    """

    model: str
    key_column: str
    key: str
    row: dict[str, Any]
    uri: str
    entity: str
    line: int
    loaded_at: str
    raw: dict[str, Any]
    text: str | None
    note: str


def trace(model: str, key: str) -> Trace:
    """Find where a row came from.

    Args:
        model: a mart, such as `fct_orders`.
        key: the row's key, as text.

    Raises:
        TraceError: no such model or row, or the model's rows stand for no single record.
    """
    found = artifacts.load()
    if model not in found.models:
        known = ", ".join(sorted(name for name, m in found.models.items() if m.schema == "marts"))
        raise TraceError(f"no model is called {model}", hint=f"the marts are: {known}")
    columns = {column.name for column in found.models[model].columns}
    if not {"_file_id", "_line"} <= columns:
        raise TraceError(
            f"a row of {model} is made of many records, so it has no single file and line",
            hint="trace a row of the facts that it is made from",
        )
    if not found.models[model].keys:
        raise TraceError(
            f"{model} has no column that is tested unique", hint="add the test in its YAML"
        )
    settings = postgres.settings()
    with mapped(str(settings)), postgres.connect() as connection:
        connection.row_factory = dict_row  # type: ignore[assignment]
        return _walk(connection, found.models[model], key)


def _walk(connection: psycopg.Connection[Any], model: artifacts.Model, key: str) -> Trace:
    key_column = model.keys[0]
    row = connection.execute(
        sql.SQL("select * from {}.{} where {}::text = %s").format(
            sql.Identifier(model.schema), sql.Identifier(model.name), sql.Identifier(key_column)
        ),
        [key],
    ).fetchone()
    if row is None:
        raise TraceError(
            f"{model.name} has no row whose {key_column} is {key!r}",
            hint="was it excluded? quality.exclusions lists every excluded row by its key",
        )
    if row["_file_id"] is None:
        raise TraceError(
            f"the row {key!r} of {model.name} was made by the model, not read from a file"
        )
    file = connection.execute(
        "select uri, entity, loaded_at::text from raw._files where file_id = %s",
        [row["_file_id"]],
    ).fetchone()
    if file is None:
        raise TraceError(
            f"the ledger does not know file {row['_file_id']}", hint="run `assay build` again"
        )
    raw = connection.execute(
        sql.SQL("select * from raw.{} where _file_id = %s and _line = %s").format(
            sql.Identifier(file["entity"])
        ),
        [row["_file_id"], row["_line"]],
    ).fetchone()
    if raw is None:
        raise TraceError(
            f"raw.{file['entity']} no longer holds line {row['_line']} of {file['uri']}",
            hint="the file was replaced since the last build: run `assay build` again",
        )
    original = find(connection, row["_file_id"], row["_line"])
    return Trace(
        model=model.name,
        key_column=key_column,
        key=key,
        row=row,
        uri=file["uri"],
        entity=file["entity"],
        line=row["_line"],
        loaded_at=file["loaded_at"],
        raw={name: value for name, value in raw.items() if not name.startswith("_")},
        text=original.text,
        note=original.note,
    )
