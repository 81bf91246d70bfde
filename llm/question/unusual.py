"""What stands out, and why: questions that the context_ marts answer, as SQL over one of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlglot import exp

from llm import guard
from llm.catalog import Context
from llm.database import QueryResult
from llm.dates import start_of
from llm.question.cues import UNUSUAL
from llm.question.marks import match
from llm.question.parsed import Parsed
from llm.question.refusals import declined, listed
from llm.request import Grain, TimeRange
from llm.words import stem

MOST_ROWS = 100
NUMBERS = ("integer", "bigint", "numeric", "double precision", "real", "smallint")


def query(q: Parsed, time: TimeRange) -> str:
    """The rows that stand out, the earliest first.

    Raises:
        NotThisWayError: no context mart is about this, or it has no such column.
    """
    context = _about(q)
    schema, table = context.relation
    day = next(name for name, kind in context.columns.items() if kind == "date")
    keys, figures = _keys(context), _figures(context)
    # "why was revenue so high on 28 November": that day is told, whether it stands out or not.
    cues = [t.word for i, t in enumerate(q.marks.words) if match(q.marks.words, i, UNUSUAL)]
    one_day = time.start is not None and time.start == time.end
    told_anyway = cues == ["why"] and one_day and len(figures) > 1
    conditions: list[exp.Expr] = [] if told_anyway else [exp.column(context.flag)]
    for span in q.parts.values:
        sense = next((s for s in span.of("value") if _column(context, s.name)), None)
        if sense is None:
            raise declined(
                f'What is unusual is not known by "{span.text}".',
                f"It is known by: {listed(_words(_keys(context)))}.",
            )
        values = [exp.convert(s.value) for s in span.of("value") if s.name == sense.name]
        column = exp.column(_column(context, sense.name))
        inside: exp.Expr = exp.In(this=column, expressions=values)
        conditions.append(exp.Not(this=inside) if span.start in q.marks.negations else inside)
    if time.start is not None:
        # A week or month counts if it holds the first day.
        unit = next((g for g in Grain if day == f"{g.value}_start"), Grain.DAY)
        conditions.append(
            exp.GTE(this=exp.column(day), expression=_day(start_of(unit, time.start)))
        )
    if time.end is not None:
        conditions.append(exp.LTE(this=exp.column(day), expression=_day(time.end)))
    select = exp.select(*(exp.column(name) for name in (*keys, *figures, "why")))
    table_ = exp.Table(this=exp.to_identifier(table), db=exp.to_identifier(schema))
    order = [exp.Ordered(this=exp.column(n), nulls_first=False) for n in (day, *keys) if n]
    found = select.from_(table_).where(*conditions).order_by(*dict.fromkeys(order))
    return guard.render(found.limit(MOST_ROWS))


def told(result: QueryResult, days: str) -> str:
    """How many rows stand out, and the reason of the first ones, in the data's own words."""
    when = f" {days}" if days else ""
    if not result.rows:
        return f"Nothing stands out{when}."
    odd = [row for row in result.rows if row[-1]]
    if not odd:
        return f"Nothing stands out{when}; beside what happened stands what was expected."
    count = len(odd)
    text = f"{count} {'rows stand' if count != 1 else 'row stands'} out{when}."
    first: Any = odd[0]
    keys = [str(v) for v, name in zip(first, result.columns, strict=True) if _is_key(v, name)]
    return f"{text} First: {', '.join(keys)}: {first[-1]}"


def _is_key(value: object, name: str) -> bool:
    return name != "why" and isinstance(value, str | date)


def _about(q: Parsed) -> Context:
    """The context mart that the question's words fit best."""
    said = {token.stem for token in q.marks.words}
    for _, names in q.parts.metrics:
        said |= {stem(part) for name in names for part in name.split("_")}
    said |= {s.name.split("__")[0] for span, _ in q.parts.groups for s in span.of("dimension")}

    def fit(context: Context) -> float:
        name = {stem(part) for part in context.relation[1].split("_")[1:]}
        columns = {stem(part) for column in _figures(context) for part in column.split("_")}
        return 2 * len(said & name) + len(said & columns)

    best = max(q.catalog.contexts, key=fit, default=None)
    if best is None or fit(best) == 0:
        known = [" ".join(c.relation[1].split("_")[1:]) for c in q.catalog.contexts]
        about = f"I know what is unusual about: {listed(known)}." if known else ""
        raise declined(
            "The data do not say why; they only hold what happened.",
            *(one for one in (about, "Ask for the figure itself, or how it changed.") if one),
        )
    return best


def _keys(context: Context) -> list[str]:
    """Columns that say what a row is about: those before the first number, without codes."""
    found = []
    for name, kind in context.columns.items():
        if kind in NUMBERS or kind == "boolean":
            break
        if kind in ("text", "date") and name.removesuffix("_code") == name:
            found.append(name)
    # A first column that is no identifier is the row's own key, made of the others.
    made = len(found) > 2 and not found[0].endswith(("_id", "_key"))
    return found[1:] if made and "_" in found[0] else found


def _figures(context: Context) -> list[str]:
    """What happened and what was to be expected."""
    numbers = [name for name, kind in context.columns.items() if kind in NUMBERS]
    expected = [n for n in numbers if n.startswith(("expected_", "usual_"))]
    return [*numbers[:1], *expected]


def _column(context: Context, dimension: str) -> str:
    """The column that holds a dimension's values, or nothing."""
    element = dimension.rsplit("__", 1)[-1]
    # "customer_country" stands there as "country".
    fitting = [n for n in context.columns if n == element or element.endswith(f"_{n}")]
    return max(fitting, key=len, default="")


def _words(names: list[str]) -> list[str]:
    return [name.replace("_", " ") for name in names]


def _day(day: date) -> exp.Expr:
    return exp.cast(exp.Literal.string(day.isoformat()), "date", dialect="postgres")
