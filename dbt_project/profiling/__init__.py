"""Profiles of raw tables: what each column holds, which are keys, which tables they lead to.

Everything is measured in SQL by the project's own cleaning macros, so that a share of values that
fit is the share that a staging model will read. Nothing here decides what a model looks like:
that is `dbt_project.scaffold`.
"""
