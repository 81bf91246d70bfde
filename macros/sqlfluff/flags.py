"""dbt's `flags` for the SQL linter: it reads models as a build does."""

from __future__ import annotations

WHICH = "build"
