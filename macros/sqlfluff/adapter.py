"""dbt's `adapter` for the SQL linter, which reads macros without dbt: no more than `dispatch`."""

from __future__ import annotations

from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context


@pass_context
def dispatch(context: Context, name: str, _package: str | None = None) -> Any:
    """How Postgres says what a macro is called, or else what standard SQL has for it."""
    found = context.get(f"postgres__{name}")
    return context[f"default__{name}"] if found is None else found
