"""Where a model's columns come from, read out of its compiled SQL.

A column that is handed on as it is (at most renamed, cast, rounded, filled up) has one origin, any
other has an expression. Only the SQL is read; what it means is for others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

Relation = tuple[str, str]


@dataclass(frozen=True)
class Origin:
    """What a column is made of.

    Attributes:
        column: (relation, column) that it is handed on from; None if it is computed.
        expression: its SQL in the query that makes it, without table names; "" if handed on.
        inputs: the columns that the expression uses, as far as they lead to relations.
    """

    column: tuple[Relation, str] | None
    expression: str = ""
    inputs: tuple[tuple[Relation, str], ...] = ()


def origins(sql: str, columns: Mapping[Relation, Sequence[str]]) -> dict[str, Origin]:
    """Column -> its origin; empty for SQL that cannot be read.

    Args:
        sql: a model's compiled SQL, in Postgres' dialect.
        columns: the columns of every relation it may read.
    """
    schema: dict[str, Any] = {}
    for (database_schema, name), names in columns.items():
        schema.setdefault(database_schema, {})[name] = dict.fromkeys(names, "text")
    try:
        tree = parse_one(sql, dialect="postgres")
        for table in tree.find_all(exp.Table):
            table.set("catalog", None)
        qualified = qualify(
            tree, dialect="postgres", schema=schema, validate_qualify_columns=False,
            identify=False, quote_identifiers=False,
        )  # fmt: skip
        scope = build_scope(qualified)
        if scope is None:
            return {}
        selects = _selects(_outer(scope))
        return {
            one.alias_or_name: _origin(scope, one.alias_or_name, 0)
            for one in selects
            if one.alias_or_name != "*"
        }
    except (SqlglotError, RecursionError, AttributeError, KeyError, TypeError):
        # Unusual SQL: no lineage is better than none of the rest.
        return {}


def _outer(scope: Scope) -> Scope:
    while isinstance(scope.expression, exp.SetOperation):
        scope = _parts(scope)[0]
    return scope


def _parts(scope: Scope) -> list[Scope]:
    parts: list[Scope] = scope.set_operation_scopes
    return parts


def _selects(scope: Scope) -> list[exp.Expr]:
    found: list[exp.Expr] = list(getattr(scope.expression, "selects", ()))
    return found


def _origin(scope: Scope, name: str, depth: int) -> Origin:
    if depth > 50:
        return Origin(None)
    if isinstance(scope.expression, exp.SetOperation):
        position = [one.alias_or_name for one in _selects(_outer(scope))].index(name)
        found = []
        for part in _parts(scope):
            part_name = _selects(_outer(part))[position].alias_or_name
            found.append(_origin(part, part_name, depth + 1))
        if len({one.column for one in found}) == 1:
            return found[0]
        return Origin(None, "", tuple(dict.fromkeys(i for one in found for i in _leaves(one))))
    projection = next((one for one in _selects(scope) if one.alias_or_name == name), None)
    if projection is None:
        return Origin(None)
    inner = _bare(projection.unalias())
    if isinstance(inner, exp.Column):
        return _source_of(scope, inner, depth)
    inputs: list[tuple[Relation, str]] = []
    shown = inner.copy()
    for column in inner.find_all(exp.Column):
        inputs += _leaves(_source_of(scope, column, depth))
    for column in shown.find_all(exp.Column):
        column.set("table", None)
    return Origin(None, shown.sql(dialect="postgres", comments=False), tuple(dict.fromkeys(inputs)))


def _bare(inner: exp.Expr) -> exp.Expr:
    """Without what leaves the meaning alone: casts, rounding, a constant in place of nothing."""
    while True:
        constants = isinstance(inner, exp.Coalesce) and all(
            isinstance(one, exp.Literal | exp.Boolean) for one in inner.expressions
        )
        if not (constants or isinstance(inner, exp.Paren | exp.Cast | exp.Round)):
            return inner
        inner = inner.this


def _leaves(origin: Origin) -> tuple[tuple[Relation, str], ...]:
    return (origin.column,) if origin.column else origin.inputs


def _source_of(scope: Scope, column: exp.Column, depth: int) -> Origin:
    source = scope.sources.get(column.table)
    if isinstance(source, exp.Table):
        return Origin(((source.db, source.name), column.name))
    if isinstance(source, Scope):
        return _origin(source, column.name, depth + 1)
    return Origin(None)
