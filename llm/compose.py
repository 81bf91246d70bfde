"""The SQL of a metric request: MetricFlow's part, then what it has no words for, as syntax trees.

Filter values, ratios, comparison with another range, shares, thresholds, order and limit are put in
structurally; no text is pasted into SQL.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from llm import guard
from llm.dates import starts
from llm.errors import RequestError
from llm.fitting import measured_columns, result_columns, row_filters, validate
from llm.request import (
    DAY_KIND,
    DAY_KINDS,
    RUNNING,
    SHARE,
    WEEKDAY,
    WEEKDAYS,
    Filter,
    MetricRequest,
    Operator,
    Scalar,
    TimeRange,
)

if TYPE_CHECKING:
    from llm.semantic import SemanticLayer


def compose(request: MetricRequest, layer: SemanticLayer) -> str:
    """The request as one SELECT. Columns: period, dimensions, figures (each with its comparison).

    Raises:
        RequestError: a name is unknown, or the parts do not go together.
    """
    validate(request, layer)
    query = _measured(request, layer, request.time)
    if request.share and request.summary is None:
        query = _with_shares(request, query)
    if request.compare is not None:
        other = _measured(request, layer, request.compare.range)
        other = _with_shares(request, other) if request.share else other
        query = _compared(request, query, other)
    if request.share and request.summary is not None:
        query = _part_of_whole(request, query)
    if request.running:
        query = _with_totals(request, query)
    query = _kept(request, query)
    if request.summary is not None and not request.share:
        query = _summarised(request, query)
    if _picks_rows(request):
        query = _ranked(request, query)
    return guard.render(_ordered(_in_own_order(request, layer), query))


def _picks_rows(request: MetricRequest) -> bool:
    """Whether rows are picked by their place: within groups, or the first with all that share it.

    One first row out of several would be a winner by its name.
    """
    first = request.limit == 1 and not request.offset and bool(request.shown_keys)
    grouped = bool(request.within) and request.limit is not None and request.summary is None
    return first or grouped


def _in_own_order(request: MetricRequest, layer: SemanticLayer) -> MetricRequest:
    """Hours come in their own order, not by the figure, unless asked otherwise."""
    keys = request.shown_keys
    own = keys and keys[0] in layer.dimensions and layer.dimensions[keys[0]].ordered
    return replace(request, order=((keys[0], False),)) if own and not request.order else request


def _measured(request: MetricRequest, layer: SemanticLayer, time: TimeRange) -> exp.Select:
    """Keys and figures over `time`."""
    filters = row_filters(request, layer)
    folded = DAY_KIND in request.dimensions  # measured by weekday, then added up
    parts = {name: _summed(name, layer) if folded else (name,) for name in request.measured}
    needed = tuple(dict.fromkeys(part for found in parts.values() for part in found))
    sql, columns = layer.compile(needed, request.dimensions, request.grain, filters, time)
    compiled = _filled(sqlglot.parse_one(sql, dialect="postgres"), filters)
    keys: list[exp.Expr] = []
    for wanted, name in zip(request.keys, columns, strict=False):
        column: exp.Expr = exp.column(name)
        if wanted == request.time_column:
            column = exp.cast(column, "date", dialect="postgres")
        elif wanted == WEEKDAY:
            column = _day_name(column)
        elif wanted == DAY_KIND:
            column = _kind_of_day(column)
        keys.append(column)

    def figure(name: str) -> exp.Expr:
        columns = [exp.column(part) for part in parts[name]]
        found = [exp.Sum(this=one) for one in columns] if folded else columns
        return found[0] if len(found) == 1 else _divided(*found)

    selected = [exp.alias_(one, wanted) for one, wanted in zip(keys, request.keys, strict=True)]
    selected += [exp.alias_(figure(name), name) for name in request.measured]
    selected += [
        exp.alias_(_divided(figure(r.numerator), figure(r.denominator)), r.name)
        for r in request.ratios
    ]
    query = exp.select(*selected).from_(_subquery(compiled, "measured"))
    return query.group_by(*(one.copy() for one in keys)) if folded else query


def _summed(name: str, layer: SemanticLayer) -> tuple[str, ...]:
    """The sums that a metric is, or is the ratio of: what can be added up from day to day."""
    one = layer.metrics[name]
    parts = one.inputs if one.kind == "ratio" else (name,)
    if not all(part in layer.metrics and layer.metrics[part].additive for part in parts):
        raise RequestError(
            f"{one.label} does not add up from day to day",
            hint="Ask for weekends and for weekdays one after the other.",
        )
    return parts


def _filled(tree: exp.Expr, filters: tuple[Filter, ...]) -> exp.Expr:
    """Put the filters' values where their placeholders stand."""
    from llm.semantic import placeholder

    values = {
        placeholder(i, j): _literal(value, one.operator)
        for i, one in enumerate(filters)
        for j, value in enumerate(one.values)
    }

    def fill(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Literal) and node.is_string and node.name in values:
            return values[node.name].copy()
        return node

    return tree.transform(fill)


def _literal(value: Scalar, operator: Operator) -> exp.Expr:
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int | float):
        return exp.convert(value)
    if operator is Operator.CONTAINS:
        escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return exp.Literal.string(f"%{escaped}%")
    return exp.Literal.string(value)


def _compared(request: MetricRequest, current: exp.Select, previous: exp.Select) -> exp.Select:
    compare = request.compare
    assert compare is not None  # noqa: S101 - the caller asked for it
    shifted: list[exp.Expr] = []
    for name in request.keys:
        column: exp.Expr = exp.column(name)
        if name == request.time_column and compare.shift_count:
            interval = exp.Interval(
                this=exp.Literal.string(f"{compare.shift_count} {compare.shift_unit}")
            )
            column = exp.cast(exp.Add(this=column, expression=interval), "date", dialect="postgres")
        shifted.append(exp.alias_(column, name))
    both = exp.union(
        _tagged("current", [exp.column(k) for k in request.keys], request, current),
        _tagged("previous", shifted, request, previous),
        distinct=False,
    )
    selected: list[exp.Expr] = [exp.column(key) for key in request.keys]
    for name in _each_period(request):
        now, before = _only(name, "current"), _only(name, "previous")
        change = exp.Paren(this=exp.Sub(this=now.copy(), expression=before.copy()))
        selected += [
            exp.alias_(now, name),
            exp.alias_(before, f"{name}_previous"),
            exp.alias_(change.copy().this, f"{name}_change"),
            exp.alias_(_divided(change, before.copy()), f"{name}_change_rate"),
        ]
    query = exp.select(*selected).from_(_subquery(both, "both_periods"))
    if request.keys:
        query = query.group_by(*(exp.column(key) for key in request.keys))
        # A period or member that only the other range has stays, with an empty present.
    return query


def _each_period(request: MetricRequest) -> tuple[str, ...]:
    """What each of two periods has of its own: the figures, and their shares in its total."""
    shares = [f"{name}{SHARE}" for name in request.metrics] if request.share else []
    return (*request.figures, *shares)


def _tagged(
    period: str, keys: list[exp.Expr], request: MetricRequest, query: exp.Select
) -> exp.Select:
    figures = [exp.column(name) for name in _each_period(request)]
    tag = exp.alias_(exp.Literal.string(period), "period")
    return exp.select(tag, *keys, *figures).from_(_subquery(query, f"{period}_period"))


def _only(name: str, period: str) -> exp.Expr:
    condition = exp.EQ(this=exp.column("period"), expression=exp.Literal.string(period))
    return exp.Filter(this=exp.Max(this=exp.column(name)), expression=exp.Where(this=condition))


def _with_shares(request: MetricRequest, query: exp.Select) -> exp.Select:
    shares = []
    for name in request.metrics:
        each = request.time_column if request.dimensions else None
        within = request.within or ((each,) if each else ())
        partition = [exp.column(key) for key in within]
        total = exp.Window(this=exp.Sum(this=exp.column(name)), partition_by=partition)
        shares.append(exp.alias_(_divided(exp.column(name), total), f"{name}_share"))
    return exp.select(exp.Star(), *shares).from_(_subquery(query, "parts"))


def _part_of_whole(request: MetricRequest, query: exp.Select) -> exp.Select:
    """What the conditions pick, and its share in all of it, for each of the keys that stay."""
    assert request.summary is not None  # noqa: S101 - the caller asked for it
    picked = [_condition(exp.column(f.name), f) for f in request.filters if request.picks(f)]
    wholes: dict[str, exp.Expr]
    if request.summary_column is not None:
        wholes = {request.summary_column: exp.Count(this=exp.Star())}
        inside = {*request.figures, *request.summary.over}
        known = [
            _condition(exp.column(f.name), f)
            for f in request.filters
            if f.name in inside and not request.picks(f)
        ]
        query = exp.select(exp.Star()).from_(_subquery(query, "members")).where(*known)
    else:
        wholes = {name: exp.Sum(this=exp.column(name)) for name in request.metrics}
    keys = [exp.column(key) for key in request.shown_keys]
    selected: list[exp.Expr] = []
    for name, whole in wholes.items():
        where = exp.Where(this=exp.and_(*(one.copy() for one in picked)))
        part = exp.Filter(this=whole.copy(), expression=where)
        none = exp.Coalesce(this=part, expressions=[exp.Literal.number(0)])
        shares = exp.alias_(_divided(none.copy(), whole), f"{name}{SHARE}")
        selected += [exp.alias_(none, name), shares]
    found = exp.select(*keys, *selected).from_(_subquery(query, "parts"))
    return found.group_by(*(key.copy() for key in keys)) if keys else found


def _with_totals(request: MetricRequest, query: exp.Select) -> exp.Select:
    """Each figure added up over the periods so far, for each member by itself."""
    totals = []
    for name in request.metrics:
        period = exp.Ordered(this=exp.column(str(request.time_column)), nulls_first=False)
        total = exp.Window(
            this=exp.Sum(this=exp.column(name)),
            partition_by=[exp.column(key) for key in request.dimensions],
            order=exp.Order(expressions=[period]),
        )
        totals.append(exp.alias_(total, f"{name}{RUNNING}"))
    return exp.select(exp.Star(), *totals).from_(_subquery(query, "periods"))


def _kept(request: MetricRequest, query: exp.Select) -> exp.Select:
    columns = result_columns(request) if request.parted else measured_columns(request)
    conditions: list[exp.Expr] = []
    for one in request.filters:
        is_key = one.name in request.keys
        if one.name not in columns or (is_key and not request.share):
            continue
        if not is_key and any(isinstance(value, str) for value in one.values):
            raise RequestError(f"{one.name} is a number", hint="Compare it with a number.")
        column: exp.Expr = exp.column(one.name)
        if not is_key and one.operator is Operator.IS and one.values == (0,):
            # Who has none stands in no row of it.
            column = exp.Coalesce(this=column, expressions=[exp.Literal.number(0)])
        conditions.append(_condition(column, one))
    if not conditions:
        return query
    return exp.select(exp.Star()).from_(_subquery(query, "answered")).where(*conditions)


def _condition(column: exp.Expr, one: Filter) -> exp.Expr:
    if not one.operator.takes_value:
        empty = exp.Is(this=column, expression=exp.Null())
        return exp.Not(this=empty) if one.operator is Operator.PRESENT else empty
    values = [_literal(value, one.operator) for value in one.values]
    simple = {
        Operator.IS: exp.EQ,
        Operator.IS_NOT: exp.NEQ,
        Operator.MORE: exp.GT,
        Operator.AT_LEAST: exp.GTE,
        Operator.LESS: exp.LT,
        Operator.AT_MOST: exp.LTE,
    }
    if one.operator in simple:
        return simple[one.operator](this=column, expression=values[0])
    if one.operator is Operator.CONTAINS:
        return exp.ILike(this=column, expression=values[0])
    inside = exp.In(this=column, expressions=values)
    return exp.Not(this=inside) if one.operator is Operator.NOT_IN else inside


def _summarised(request: MetricRequest, query: exp.Select) -> exp.Select:
    """Members counted, or the average or median of the first figure, over some keys."""
    summary, name = request.summary, request.summary_column
    assert summary is not None  # noqa: S101 - the caller asked for it
    assert name is not None  # noqa: S101
    figure = exp.column(request.ratios[0].name if request.ratios else request.metrics[0])
    reduced: exp.Expr
    if summary.function == "count":
        reduced = exp.Count(this=exp.Star())
    elif summary.function == "median":
        reduced = exp.WithinGroup(
            this=exp.PercentileCont(this=exp.Literal.number("0.5")),
            expression=exp.Order(expressions=[exp.Ordered(this=figure)]),
        )
    elif request.grain is not None and request.time.start and request.time.end:
        # A period without any row counts, as nought.
        periods = starts(request.grain, request.time.start, request.time.end)
        reduced = _divided(exp.Sum(this=figure), _counted(periods, request.shown_keys))
    else:
        reduced = exp.Avg(this=figure)
    keys = [exp.column(key) for key in request.shown_keys]
    found = exp.select(*keys, exp.alias_(reduced, name)).from_(_subquery(query, "each"))
    return found.group_by(*(key.copy() for key in keys)) if keys else found


def _counted(periods: list[date], keys: tuple[str, ...]) -> exp.Expr:
    """How many periods there are; beside weekdays or kinds of day, how many of each."""
    named = {WEEKDAY: lambda day: WEEKDAYS[day.weekday()],
             DAY_KIND: lambda day: DAY_KINDS[day.weekday() > 4]}  # fmt: skip
    key = next((key for key in keys if key in named), None)
    if key is None:
        return exp.Literal.number(len(periods))
    found = exp.Case(this=exp.column(key))
    for name, count in Counter(map(named[key], periods)).items():
        found = found.when(exp.Literal.string(name), exp.Literal.number(count))
    return exp.Max(this=found)


def _ranked(request: MetricRequest, query: exp.Select) -> exp.Select:
    """The first `limit` rows, within each group if there are any; a first place may be shared."""
    order = _order(request)
    shared = request.limit == 1 and not request.offset
    place = exp.Window(
        this=exp.Anonymous(this="rank" if shared else "row_number"),
        partition_by=[exp.column(key) for key in request.within],
        order=exp.Order(expressions=order[: len(request.order) or 1] if shared else order),
    )
    ranked = exp.select(exp.Star(), exp.alias_(place, "place")).from_(_subquery(query, "ranking"))
    columns = [exp.column(name) for name in result_columns(request)]
    last = exp.convert((request.limit or 0) + request.offset)
    conditions: list[exp.Expr] = [exp.LTE(this=exp.column("place"), expression=last)]
    if request.offset:
        first = exp.convert(request.offset)
        conditions.append(exp.GT(this=exp.column("place"), expression=first))
    return exp.select(*columns).from_(_subquery(ranked, "ranked")).where(*conditions)


def _order(request: MetricRequest) -> list[exp.Expr]:
    keys = request.shown_keys
    order = list(request.order)
    figure = request.summary_column or (
        request.ratios[0].name if request.ratios else request.figures[0]
    )
    if not order and keys and not {request.time_column, WEEKDAY}.intersection(keys):
        order.append((figure, True))
    # The keys last make ties, and so "top n", the same at every run.
    named = {name for name, _ in order}
    order += [(key, False) for key in keys if key not in named]
    return [
        exp.Ordered(
            this=_day_number(name) if name == WEEKDAY else exp.column(name),
            desc=descending,
            nulls_first=False,
        )
        for name, descending in order
    ]


def _ordered(request: MetricRequest, query: exp.Select) -> exp.Select:
    order = _order(request)
    if request.within:
        order = [exp.Ordered(this=exp.column(key), nulls_first=False) for key in request.within] + [
            one for one in order if one.this.name not in request.within
        ]
    if WEEKDAY in request.shown_keys:
        # Postgres orders by output columns, but by no expression over them.
        query = exp.select(exp.Star()).from_(_subquery(query, "days"))
    if order:
        query = query.order_by(*order)
    if request.limit is None or _picks_rows(request):
        return query
    query = query.limit(request.limit)
    return query.offset(request.offset) if request.offset else query


def _day_name(number: exp.Expr) -> exp.Expr:
    """Monday for 1 to Sunday for 7."""
    names = exp.Case(this=number)
    for i, name in enumerate(WEEKDAYS, 1):
        names = names.when(exp.Literal.number(i), exp.Literal.string(name))
    return names


def _kind_of_day(number: exp.Expr) -> exp.Expr:
    weekday, weekend = map(exp.Literal.string, DAY_KINDS)
    late = exp.GT(this=number, expression=exp.Literal.number(5))
    return exp.Case().when(late, weekend).else_(weekday)


def _day_number(column: str) -> exp.Expr:
    numbers = exp.Case(this=exp.column(column))
    for i, name in enumerate(WEEKDAYS, 1):
        numbers = numbers.when(exp.Literal.string(name), exp.Literal.number(i))
    return numbers


def _divided(numerator: exp.Expr, denominator: exp.Expr) -> exp.Expr:
    safe = exp.Nullif(this=denominator, expression=exp.Literal.number(0))
    return exp.Div(this=numerator, expression=exp.cast(safe, "numeric", dialect="postgres"))


def _subquery(query: exp.Expr, alias: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias)))
