"""Profiles of raw tables: what each column holds, which columns are keys, which tables they lead to.

Everything is measured in SQL by the project's own cleaning macros, so that a share of values that
fit is the share that a staging model will read. Nothing here decides what a model looks like:
that is `dbt_project.scaffold`.
"""

from dbt_project.profiling.run import profile, profile_all
from dbt_project.profiling.values import ColumnProfile, Link, TableProfile

__all__ = ["ColumnProfile", "Link", "TableProfile", "profile", "profile_all"]
