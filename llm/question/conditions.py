"""The conditions of a question on rows: stored values, kept or left out."""

from __future__ import annotations

from collections.abc import Sequence

from llm import money
from llm.question.cues import ADDED_UP, COMPARATIVES, RELATIVES, WHICH_IS_MORE
from llm.question.lexicon import Sense, Span
from llm.question.parsed import Parsed
from llm.question.refusals import declined, listed, unclear
from llm.question.roles import listed_with
from llm.request import DAY_KIND, Filter, Operator, Scalar
from llm.words import stem

# "orders paid in francs": the order's currency, no unit to tell the figure in.
CHARGED = frozenset({"paid", "placed", "ordered", "charged", "billed", "invoiced"})


def rows(q: Parsed, metrics: tuple[str, ...]) -> tuple[Filter, ...]:
    """Conditions on dimensions, from the stored values that are named."""
    wanted: dict[tuple[str, bool], list[Scalar]] = {}
    for span in q.parts.values:
        senses = _qualified(q, span)
        if _is_mere_relative(q, span, senses, metrics) or _is_said(q, span, metrics):
            continue
        if _is_reporting_currency(q, span, senses, metrics):
            continue
        found = _likeliest(q, reached(q, span, [s.name for s in senses], metrics), metrics)
        listed = listed_with(q.marks, q.parts, q.marks.spans.index(span))
        # "premium customers in Germany vs France": both are the customer's country.
        beside = [name for name in found if listed and listed.start in q.places.get(name, ())]
        name = (beside or found)[0]
        values = [s.value for s in senses if s.name == name and s.value is not None]
        wanted.setdefault((name, _is_negated(q, span)), []).extend(values)
        q.places.setdefault(name, []).append(span.start)
    filters = []
    for name in [name for name, negated in wanted if negated and (name, False) in wanted]:
        if {*wanted[name, True], *wanted[name, False]} == {True}:
            wanted[name, False].append(False)  # "verified vs not verified"
            del wanted[name, True]
    for (name, negated), values in wanted.items():
        unique = tuple(dict.fromkeys(values))
        if set(unique) == {True, False}:
            q.both.append(name)  # a row for each
            continue
        if isinstance(unique[0], bool):
            filters.append(Filter(name, Operator.IS, (unique[0] is not negated,)))
        elif len(unique) == 1:
            filters.append(Filter(name, Operator.IS_NOT if negated else Operator.IS, unique))
        else:
            filters.append(Filter(name, Operator.NOT_IN if negated else Operator.IN, unique))
    return tuple(filters)


def _likeliest(q: Parsed, names: list[str], metrics: tuple[str, ...]) -> list[str]:
    """ "late": a flag, before a return reason of that name, unless returns are measured."""
    known = q.catalog.dimensions
    said = {stem(part) for name in metrics for part in name.split("_")}

    def rank(name: str) -> bool:
        about = bool(said & {stem(part) for part in known[name].element.split("_")})
        flag = set(q.catalog.values.get(name, ())) <= {"true", "false"}
        return not (about or flag)

    flags = any(set(q.catalog.values.get(n, ())) <= {"true", "false"} for n in names)
    return sorted(names, key=rank) if flags else names


def presence(q: Parsed, metrics: tuple[str, ...]) -> tuple[Filter, ...]:
    """ "orders without a coupon", "orders that used a voucher"."""
    wanted: dict[str, set[bool | None]] = {}
    for span in q.marks.spans:
        if span.start not in q.marks.held:
            continue
        name = reached(q, span, span.names("dimension"), metrics)[0]
        q.places.setdefault(name, []).append(span.start)
        wanted.setdefault(name, set()).add(q.marks.held[span.start])
    filters = []
    for name, held in wanted.items():
        if len(held) == 1 and None not in held:
            filters.append(Filter(name, Operator.PRESENT if True in held else Operator.MISSING, ()))
        else:
            q.both.append(_whether(q, name, metrics))
    return tuple(filters)


def _whether(q: Parsed, name: str, metrics: tuple[str, ...]) -> str:
    """The flag that says whether a dimension holds anything: "with and without a coupon"."""
    element = q.catalog.dimensions[name].element
    flags = [
        one.name
        for one in q.catalog.dimensions.values()
        if one.expression == f"{element} is not null"
    ]
    found = q.reachable(flags, metrics)
    if not found:
        label = q.label(metrics[0])
        raise declined(
            "What has something beside what has none: that is not measured in one go.",
            f"{label} of each, one after the other.",
        )
    return found[0]


def _is_mere_relative(
    q: Parsed, span: Span, senses: Sequence[Sense], metrics: tuple[str, ...]
) -> bool:
    """ "customers that bought": a flag of sessions, which says nothing of customers."""
    relative = q.marks.word(span.start) in RELATIVES
    return relative and not q.reach(metrics[0], [one.name for one in senses])


def _is_said(q: Parsed, span: Span, metrics: tuple[str, ...]) -> bool:
    """ "parcels delivered": delivered orders are counted anyway."""
    words = {token.word for token in q.marks.words[span.start : span.end]}
    negated = _is_negated(q, span)
    return not negated and len(metrics) == 1 and words <= set(metrics[0].split("_"))


def _qualified(q: Parsed, span: Span) -> tuple[Sense, ...]:
    """The value's senses, narrowed by a dimension's name, or by what it is compared with."""
    senses = span.of("value")
    i = q.marks.spans.index(span)
    for other in q.parts.values if q.marks.compare is not None else ():
        # "repeat vs new customers": both are kinds of buyers, "repeat" is a flag besides.
        alike = tuple(s for s in senses if other is not span and s.name in other.names("value"))
        senses = alike or senses
    for j in (i - 1, i + 1):
        if q.parts.roles.get(j) == "qualifier":
            beside = q.marks.spans[j]
            names = set(beside.names("dimension"))
            owners = set(beside.names("entity"))
            narrowed = tuple(
                s for s in senses if s.name in names or s.name.split("__")[0] in owners
            )
            senses = narrowed or senses
    return senses


def _is_negated(q: Parsed, span: Span) -> bool:
    if span.start in q.marks.negations:
        return True
    previous = listed_with(q.marks, q.parts, q.marks.spans.index(span))
    return previous is not None and _is_negated(q, previous)


def _is_reporting_currency(
    q: Parsed, span: Span, senses: Sequence[Sense], metrics: tuple[str, ...]
) -> bool:
    """ "revenue in euros" asks for the unit, not for orders that were paid in euros."""
    if not all(_holds_currencies(q, sense.name) for sense in senses):
        return False
    i = q.marks.spans.index(span)
    listed = i > 0 and q.marks.before(span) in ("and", ",", "or")
    first = q.marks.spans[i - 1] if listed else span
    unit = q.metric(metrics[0]).unit
    if q.marks.before(first) != "in" or q.marks.word(first.start - 2) in CHARGED:
        return False
    if not money.is_money(unit):
        # "returns in euros": of what counts something, an amount is wanted.
        return money.WORDS.get(span.text.lower()) in {one.unit for one in q.metrics}
    value = str(senses[0].value)
    if value.lower() == unit:
        return True
    label = q.label(metrics[0])
    named = q.called(senses[0].name)
    raise unclear(
        f"{label} is reported in {unit.upper()}. Do you mean only where the {named} is {value}?",
        f"{label} with {named} {value}",
        f"{label} in {unit.upper()}",
    )


def _holds_currencies(q: Parsed, name: str) -> bool:
    values = q.catalog.values.get(name, ())
    return bool(values) and all(value.lower() in money.CALLED for value in values)


def _against_others(q: Parsed, one: Filter) -> bool:
    """ "do we get more complaints at weekends": than on the other days."""
    told = q.marks.has(*COMPARATIVES) and q.marks.compare is None
    return told and one.name == DAY_KIND and not q.marks.thresholds


def compared(
    q: Parsed, dimensions: tuple[str, ...], filters: tuple[Filter, ...]
) -> tuple[str, ...]:
    """The keys, and for "Germany vs France", "in Germany and France" a row for each."""
    q.both += [f.name for f in filters if _against_others(q, f)]
    dimensions = tuple(dict.fromkeys((*dimensions, *q.both)))
    if {word for _, word in q.marks.free()} & {"total", "plus", *ADDED_UP}:
        return dimensions
    if q.marks.has("or") and not q.marks.has(*WHICH_IS_MORE):
        return dimensions
    several = [
        f.name for f in filters if f.operator is Operator.IN and len(q.places.get(f.name, ())) > 1
    ]
    return tuple(dict.fromkeys((*dimensions, *several)))


def reached(q: Parsed, span: Span, names: Sequence[str], metrics: tuple[str, ...]) -> list[str]:
    """Those of `names` that the measures have, or else a substitute of theirs.

    Raises:
        NotThisWayError: none has any; who has is named.
    """
    substitutes = q.lexicon.substitutes.get(metrics[0], ()) if len(metrics) == 1 else ()
    for measured in (metrics, *((other,) for other in substitutes)):
        if found := q.reachable(names, measured):
            return found
    others = listed(q.dimension_labels(metrics)[:8])
    values = [f'{h.name} = "{h.text}"' for h in q.catalog.search(span.text) if h.kind == "value"]
    labels = [q.label(m) for m in metrics]
    having = [m.label for m in q.metrics if q.reach(m.name, names)]
    raise declined(
        f'{listed(labels)} cannot be broken down or filtered by "{span.text}".',
        *([f"With {span.text} there is: {listed(having[:6])}."] if having else []),
        *([f"Stored values like it: {listed(values[:4])}."] if values else []),
        f"{labels[0]} can be broken down by: {others}.",
    )
