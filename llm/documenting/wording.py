"""What an expression of SQL computes, in words: `SUM(a) / NULLIF(COUNT(*), 0)` for those who read.

Only what can be said shortly and exactly is said; for the rest there is the SQL itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from llm.documenting.lineage import Origin

LONGEST = 200
LONGEST_CONDITION = 80
MAX_BRANCHES = 5
AGGREGATES: dict[type[exp.Expr], str] = {
    exp.Sum: "the sum of",
    exp.Avg: "the average of",
    exp.Min: "the least of",
    exp.Max: "the greatest of",
}
BETWEEN: dict[type[exp.Expr], str] = {
    exp.Add: "plus",
    exp.Sub: "less",
    exp.Mul: "times",
    exp.Div: "divided by",
}
PLACES = (exp.Rank, exp.DenseRank, exp.RowNumber)
NEIGHBOURS: dict[type[exp.Expr], str] = {exp.Lag: "before", exp.Lead: "behind"}


def in_words(origin: Origin) -> str:
    """A phrase for a computed column, without a full stop; "" if there is none short enough."""
    try:
        said = _said(parse_one(origin.expression, dialect="postgres"), origin)
    except (SqlglotError, RecursionError):
        return ""
    return said if len(said) <= LONGEST else ""


def _said(node: exp.Expr, origin: Origin) -> str:
    """The phrase; "" as soon as anything in it has none."""

    def say(inner: exp.Expr) -> str:
        return _said(inner, origin)

    match node:
        case exp.Paren() | exp.Cast() | exp.Round():
            return say(node.this)
        case exp.Column():
            return _column(node.name, origin.parts)
        case exp.Literal():
            return str(node.this)
        case exp.Coalesce(expressions=[exp.Literal() as otherwise]):
            return _joined("{}, {} where there is none", say(node.this), say(otherwise))
        case exp.Count():
            return _count(node, origin.counted, say)
        case exp.Sum() | exp.Avg() | exp.Min() | exp.Max():
            return _joined(f"{AGGREGATES[type(node)]} {{}}", say(node.this))
        case exp.Filter():
            return _joined("{} where {}", say(node.this), _condition(node.expression.this))
        case exp.TimestampTrunc() | exp.DateTrunc():
            unit = str(node.args["unit"].name).lower()
            start = "start" if unit in ("hour", "minute", "second") else "first day"
            return _joined(f"the {start} of the {unit} of {{}}", say(node.this))
        case exp.Extract():
            return _joined(f"the {str(node.this.name).lower()} of {{}}", say(node.expression))
        case exp.Window():
            return _window(node, say)
        case exp.Case():
            return _case(node)
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
            return _percentage(node, say) or _arithmetic(node, say)
        case _:
            return ""


Say = Callable[[exp.Expr], str]


def _joined(pattern: str, *phrases: str | bool) -> str:
    return pattern.format(*phrases) if all(phrases) else ""


def _column(name: str, parts: Mapping[str, Origin]) -> str:
    origin = parts.get(name)
    if origin is None:
        return ""
    if origin.column:
        (_, relation), column = origin.column
        return f"`{relation}.{column}`"
    return in_words(origin) if origin.expression else ""


def _count(node: exp.Count, counted: Sequence[str], say: Say) -> str:
    match node.this:
        case exp.Star():
            joined = "joined " if len(counted) > 1 else ""
            return f"the number of {joined}rows of {' and '.join(f'`{one}`' for one in counted)}"
        case exp.Distinct(expressions=[only]):
            return _joined("the number of different {}", say(only))
        case exp.Column():
            return _joined("the number of rows with {}", say(node.this))
        case _:
            return ""


def _window(node: exp.Window, say: Say) -> str:
    within = " and ".join(
        f"`{one.name}`" for one in node.args.get("partition_by") or () if one.name
    )
    within = f" within the same {within}" if within else ""
    if len(node.args.get("partition_by") or ()) != within.count("`") // 2 or node.args.get("spec"):
        return ""
    order = node.args.get("order")
    by = order.expressions[0] if order and len(order.expressions) == 1 else None
    ordered = "" if by is None else f"`{by.name}`" if by.name else say(by.this)
    if isinstance(node.this, PLACES):
        first = "greatest first" if by is not None and by.args.get("desc") else "least first"
        return _joined(f"the place by {{}}{within}, {first}", ordered)
    if type(node.this) in NEIGHBOURS and not node.this.args.get("offset"):
        where = NEIGHBOURS[type(node.this)]
        return _joined(f"{{}}, of the row {where} by {{}}{within}", say(node.this.this), ordered)
    if type(node.this) in AGGREGATES or isinstance(node.this, exp.Count):
        if order is None:
            return _joined(f"{{}}, over all rows{within}", say(node.this))
        return _joined(f"{{}} up to this row by {{}}{within}", say(node.this), ordered)
    return ""


def _case(node: exp.Case) -> str:
    branches = node.args["ifs"]
    if node.this is not None or len(branches) > MAX_BRANCHES:
        return ""
    said = [
        _joined("`{}` where {}", _constant(one.args["true"]), _condition(one.this))
        for one in branches
    ]
    default = node.args.get("default")
    said.append(_joined("else `{}`", _constant(default)) if default else "else nothing")
    return ", ".join(said) if all(said) else ""


def _constant(node: exp.Expr) -> str:
    if isinstance(node, exp.Boolean):
        return "true" if node.this else "false"
    return str(node.this) if isinstance(node, exp.Literal) else ""


def _condition(node: exp.Expr) -> str:
    text = node.sql(dialect="postgres", comments=False)
    return f"`{text}`" if len(text) <= LONGEST_CONDITION and "`" not in text else ""


def _percentage(node: exp.Expr, say: Say) -> str:
    """`100 * a / b`, in whatever order."""
    hundred = [
        one for one in node.find_all(exp.Literal) if not one.is_string and float(one.this) == 100
    ]
    ratios = [node] if isinstance(node, exp.Div) else list(node.find_all(exp.Div))
    if len(hundred) != 1 or len(ratios) != 1 or not isinstance(hundred[0].parent, exp.Mul):
        return ""
    part, whole = ratios[0].this, _divisor(ratios[0])
    product = hundred[0].parent
    other = product.expression if product.this is hundred[0] else product.this
    if product is part:
        return _joined("{}, as a percentage of {}", say(other), say(whole))
    if product is node and other.unnest() is ratios[0]:
        return _joined("{}, as a percentage of {}", say(part), say(whole))
    return ""


def _arithmetic(node: exp.Expr, say: Say) -> str:
    right = _divisor(node) if isinstance(node, exp.Div) else node.expression
    if any(isinstance(one.unnest(), tuple(BETWEEN)) for one in (node.this, right)):
        return ""
    left = say(node.this)
    pause = "," if " " in left else ""
    return _joined(f"{{}}{pause} {BETWEEN[type(node)]} {{}}", left, say(right))


def _divisor(node: exp.Expr) -> exp.Expr:
    """Without `nullif(…, 0)`, which only keeps the database from failing."""
    right: exp.Expr = node.expression.unnest()
    return right.this if isinstance(right, exp.Nullif) else right
