"""Operates the dbt project at the repository's root.

dbt imports every installed package whose name starts with `dbt_` and asks it for plugins. Ours
starts the embedded Postgres and points libpq at it: a bare `dbt build` works in a fresh checkout.
"""

from __future__ import annotations

from typing import Any

__all__ = ["plugins"]


def __getattr__(name: str) -> Any:
    # Imported late: `assay --help` must not pay for importing dbt.
    if name == "plugins":
        from dbt_project.plugin import AssayPlugin

        return [AssayPlugin]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
