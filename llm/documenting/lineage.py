"""Where a model's columns and rows come from, read out of its compiled SQL.

A column that is handed on as it is (at most renamed, cast, rounded, filled up) has one origin, any
other has an expression. Only the SQL is read; what it means is for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

Relation = tuple[str, str]
# Of SQL that is too unusual to be read, no lineage is better than none of the rest.
UNUSUAL = (SqlglotError, RecursionError, AttributeError, KeyError, TypeError)


@dataclass(frozen=True)
class Origin:
    """What a column is made of.

    Attributes:
        column: (relation, column) that it is handed on from; None if it is computed.
        expression: its SQL in the query that makes it, without table names; "" if handed on.
        inputs: the columns that the expression uses, as far as they lead to relations.
        parts: name in the expression -> its origin; without names that two tables share.
        counted: what the query that computes it reads, by the names in its `from`.
    """

    column: tuple[Relation, str] | None
    expression: str = ""
    inputs: tuple[tuple[Relation, str], ...] = ()
    parts: Mapping[str, Origin] = field(default_factory=dict, compare=False)
    counted: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Rows:
    """What the rows of a model are.

    Attributes:
        by: the columns that it is grouped by, without those made of the others; empty if it is not.
        of: the relation whose rows they are, or are counted; None if there are several.
        where: conditions that these rows meet, as SQL without table names.
    """

    by: tuple[str, ...] = ()
    of: Relation | None = None
    where: tuple[str, ...] = ()


def origins(sql: str, columns: Mapping[Relation, Iterable[str]]) -> dict[str, Origin]:
    """Column -> its origin; empty for SQL that cannot be read.

    Args:
        sql: a model's compiled SQL, in Postgres' dialect.
        columns: the columns of every relation it may read.
    """
    scope = _scope(sql, columns)
    if scope is None:
        return {}
    try:
        return {
            one.alias_or_name: _origin(scope, one.alias_or_name, 0)
            for one in _selects(_outer(scope))
            if one.alias_or_name != "*"
        }
    except UNUSUAL:
        return {}


def rows(sql: str, columns: Mapping[Relation, Iterable[str]]) -> Rows:
    """What the rows are; nothing is said of SQL that cannot be read, and of joined-up rows.

    Args:
        sql: a model's compiled SQL, in Postgres' dialect.
        columns: the columns of every relation it may read.
    """
    scope = _scope(sql, columns)
    try:
        return _rows(scope) if scope is not None else Rows()
    except UNUSUAL:
        return Rows()


def _scope(sql: str, columns: Mapping[Relation, Iterable[str]]) -> Scope | None:
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
        return build_scope(qualified)
    except UNUSUAL:
        return None


def _rows(scope: Scope) -> Rows:
    """Follow the first relation of `from`, as long as each of its rows makes at most one."""
    select = scope.expression
    if not isinstance(select, exp.Select):
        return Rows()
    joined = bool(select.args.get("joins") or select.args.get("laterals"))
    keys = _keys(select)
    by = _named(select, keys)
    if (keys and not by) or (joined and not keys) or "from_" not in select.args:
        return Rows()
    source = scope.sources.get(select.args["from_"].this.alias_or_name)
    inner = Rows()
    if isinstance(source, exp.Table):
        inner = Rows(of=(source.db, source.name))
    elif isinstance(source, Scope):
        inner = _rows(source)
    if inner.by and keys:
        # Groups of groups: the conditions below are of other rows.
        return Rows(by)
    by = by or _handed_on(select, inner.by)
    if inner.by and not by:
        return Rows()
    condition = select.args.get("where")
    where = [_shown(part) for part in _conditions(condition.this)] if condition else []
    return Rows(by, inner.of, (*inner.where, *where))


def _keys(select: exp.Select) -> list[exp.Expr]:
    """What each row of a query is the only one of: by `group by`, `distinct`, `distinct on`."""
    group, distinct = select.args.get("group"), select.args.get("distinct")
    if distinct is not None:
        on = distinct.args.get("on")
        return list(on.expressions) if on else [one.unalias() for one in select.selects]
    return list(group.expressions) if group else []


def _named(select: exp.Select, keys: Sequence[exp.Expr]) -> tuple[str, ...]:
    """The output columns that are these keys; none unless there is one for each."""
    outputs = {one.alias_or_name: one.unalias() for one in select.selects}
    names: dict[str, exp.Expr] = {}
    for key in keys:
        name = next((name for name, made in outputs.items() if _same(key, made)), "")
        if not name:
            return ()
        names[name] = key
    plain = {key for key in keys if isinstance(key, exp.Column)}
    # A hash of the other keys tells no rows apart.
    return tuple(
        name
        for name, key in names.items()
        if key in plain or not set(key.find_all(exp.Column)) <= plain
    )


def _same(key: exp.Expr, made: exp.Expr) -> bool:
    if isinstance(key, exp.Column) and isinstance(made, exp.Column) and not key.table:
        return key.name == made.name
    return key == made


def _handed_on(select: exp.Select, names: Sequence[str]) -> tuple[str, ...]:
    """What the columns of the relation in `from` are called here; none unless all are there."""
    called = {
        one.unalias().name: one.alias_or_name
        for one in select.selects
        if isinstance(one.unalias(), exp.Column)
    }
    return tuple(called[name] for name in names) if called.keys() >= set(names) else ()


def _conditions(node: exp.Expr) -> list[exp.Expr]:
    return list(node.flatten()) if isinstance(node, exp.And) else [node]


def _shown(node: exp.Expr) -> str:
    """SQL without table names."""
    node = node.copy()
    for column in node.find_all(exp.Column):
        column.set("table", None)
    return node.sql(dialect="postgres", comments=False)


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
    parts: dict[str, Origin] = {}
    tables: dict[str, set[str]] = {}
    for column in inner.find_all(exp.Column):
        parts[column.name] = _source_of(scope, column, depth)
        inputs += _leaves(parts[column.name])
        tables.setdefault(column.name, set()).add(column.table)
    told_apart = {name: one for name, one in parts.items() if len(tables[name]) == 1}
    counted = tuple(
        source.name if isinstance(source, exp.Table) else name
        for name, (_, source) in scope.selected_sources.items()
    )
    return Origin(None, _shown(inner), tuple(dict.fromkeys(inputs)), told_apart, counted)


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
