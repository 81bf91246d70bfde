"""Which measures a question is about: those it names, or what its other words imply."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from llm.definitions import MetricInfo
from llm.money import WORDS, is_money
from llm.question import refusals
from llm.question.bounds import AMOUNT
from llm.question.cues import AMOUNT_WORDS, JUDGING, OFTEN, PERCENTS, USED
from llm.question.marks import inside
from llm.question.parsed import Parsed
from llm.question.refusals import unclear
from llm.question.roles import bounded
from llm.request import Ratio
from llm.words import stem


def chosen(q: Parsed) -> tuple[str, ...]:
    """Names of the measures: said, implied, or those of the question before."""
    return _as_amounts(q, _as_rates(q, _asked_of(q, _flagged(q, _said(q)))))


def _said(q: Parsed) -> tuple[str, ...]:
    """Names of the measures: said, implied, or those of the question before."""
    chosen: list[str] = []
    _no_compound(q)
    for span, names in q.parts.metrics:
        candidates = q.fitting(names) or list(names)
        candidates = _of_its_own(q, candidates) or candidates
        if len(candidates) > 1:
            labels = tuple(q.label(name) for name in candidates)
            raise unclear(f'What do you mean by "{span.text}"?', *labels)
        if candidates[0] not in chosen:
            chosen.append(candidates[0])
    if not chosen and q.previous is not None and not q.parts.counted:
        return q.previous.measured
    if q.previous is not None and q.marks.points:
        # "only those with more than 10 reviews": what was measured, within that bound.
        chosen = list(dict.fromkeys((*q.previous.measured, *chosen)))
    chosen = chosen or list(_implied(q))
    chosen += _amount_beside(q, chosen) if q.wanted else ()
    if not chosen:
        refusals.no_metric(q)
    return tuple(chosen)


def _of_its_own(q: Parsed, candidates: list[str]) -> list[str]:
    """ "top 10 countries by population": the countries' own, not that of their cities."""
    known = q.catalog.dimensions
    owners = {
        (known[one.name].model,)
        for span, _ in (*q.parts.groups, *q.parts.counted)
        for one in span.of("entity")
    }
    return [name for name in candidates if q.metric(name).models in owners]


def _no_compound(q: Parsed) -> None:
    """ "delivery cost": two measures side by side are neither of them, nor both."""
    for (left, names), (right, others) in list(pairwise(q.parts.metrics)):
        same = left.of("metric") == right.of("metric")
        if left.end == right.start and q.marks.single(left) and not same:
            whose, what = q.metric(names[0]), q.metric(others[0])
            if left.of("entity") and whose.models == what.models and not what.additive:
                q.parts.metrics.remove((left, names))  # "ticket satisfaction"
                continue
            said = f"{left.text} {right.text}"
            labels = tuple(q.label(one.names("metric")[0]) for one in (left, right))
            raise unclear(f'What do you mean by "{said}"?', *labels)


def _implied(q: Parsed) -> tuple[str, ...]:
    """The measure by which something counts, where the question names none.

    Bounds in money are about the main amount; "topic of the tickets" counts tickets; members are
    counted where the main measure that reaches them is above nought.
    """
    if any(is_money(one.unit) or one.unit == AMOUNT for one in q.marks.thresholds):
        return _amount(q)
    plain = [one.name for one in q.metrics if not one.needs_time]
    if q.parts.counted:
        counts = [name for name in q.catalog.main if q.metric(name).unit == "count"][:1]
        return tuple(q.fitting((*counts, *q.catalog.main, *plain))[:1])
    for span in q.parts.values:
        # "first orders": a flag that says whose it is.
        senses = q.lexicon.senses(q.marks.words[span.end - 1].stem)
        named = [one.name for one in senses if one.kind == "metric"]
        entities = {one.name for one in senses if one.kind == "entity"}
        if named and entities & span.owners and span.end - span.start > 1:
            return (named[0],)
    if q.marks.ranking is not None and q.marks.ranking.word in JUDGING:
        return ()  # "the best traffic source" need not have the most traffic
    for span, _ in q.parts.groups:
        for sense in span.of("dimension"):
            if q.marks.has(*OFTEN, *USED):
                often = frequency_metric(q, sense.name)
                q.present.append(sense.name)
                return (often,) if often else ()
            owner = q.catalog.dimensions[sense.name].entity.split("__")[-1]
            said = q.marks.words[span.start].stem
            named = [one.name for one in q.lexicon.senses(said, "metric")]
            named = [one for one in named if q.metric(one).unit == "count"]
            if named and span.end - span.start > 1 and q.reach(named[0], (sense.name,)):
                if said != owner:
                    q.present.append(sense.name)
                return (named[0],)
    return ()


def _amount(q: Parsed) -> tuple[str, ...]:
    """What a bound in money is about: the main amount, or the only one that has the member."""
    plain = [one.name for one in q.metrics if is_money(one.unit) and not one.needs_time]
    main = [name for name in q.catalog.main if name in plain]
    amounts = q.fitting((*main, *plain))
    if amounts and amounts[0] not in q.catalog.main and len(amounts) > 1:
        raise unclear("A bound on which amount?", *map(q.label, amounts[:5]))
    return tuple(amounts[:1])


def _amount_beside(q: Parsed, metrics: Sequence[str]) -> tuple[str, ...]:
    """ "customers with 5 orders and over 500 euros": what the bound in money is about."""
    bounds = any(is_money(one.unit) for one in q.marks.thresholds)
    told = any(is_money(q.metric(name).unit) for name in metrics)
    return _amount(q) if bounds and metrics and not told else ()


def _flagged(q: Parsed, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """ "cancelled app orders": a flag and what has it are one measure, if one is called so."""
    if len(q.parts.metrics) != 1 or q.marks.share is not None:
        return metrics
    thing = q.parts.metrics[0][0]
    for span in q.parts.values:
        flag = any(sense.value is True for sense in span.senses)
        found = q.lexicon.senses(f"{span.text} {thing.text}", "metric")
        if flag and found and span.start not in q.marks.negations:
            q.parts.values.remove(span)
            return (found[0].name,)
    return metrics


def _asked_of(q: Parsed, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """ "which payment methods do customers use": customers do it, payments are counted."""
    groups = q.parts.groups
    if len(metrics) != 1 or not groups or not q.marks.has(*USED, "among"):
        return metrics
    span, names = groups[0]
    if q.reachable(names, metrics):
        return metrics
    counted = frequency_metric(q, names[0])
    if counted is None:
        return metrics
    q.notes.append(f'"{span.text}" is counted by {q.label(counted).lower()}.')
    return (counted,)


def frequency_metric(q: Parsed, dimension: str) -> str | None:
    """The plain count of the rows that a dimension describes: payments for the payment method."""
    model = q.catalog.dimensions[dimension].model
    if sum(one.models == (model,) for one in q.metrics) < 2:
        return None  # a table of products or customers: what happens to them stands elsewhere
    said = [stem(part) for part in q.catalog.dimensions[dimension].element.split("_")]

    def rank(one: MetricInfo) -> tuple[bool, bool]:
        return not one.name.startswith(tuple(said)), one.is_part

    counts = sorted(q.counts((model,)), key=rank)
    return counts[0].name if counts else None


def _as_rates(q: Parsed, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """ "margin percent": the rate that is made of the measure, where exactly one is."""
    marks = q.marks
    named = inside(*marks.spans, *marks.thresholds)
    said = any(t.word in PERCENTS for i, t in enumerate(marks.words) if i not in named)
    # "with a margin below 30 %"
    spans = [bounded(marks, one) for one in marks.thresholds if one.percent]
    bounds = {name for span in spans if span for name in span.names("metric")}
    apart = (marks.share, marks.change, marks.compare) != (None, None, None)
    if not (said or bounds) or apart or marks.source:
        return metrics
    rates = []
    for metric in metrics:
        if "rate" in q.metric(metric).unit or not (said or metric in bounds):
            rates.append(metric)
            continue
        found = [one.name for one in q.rates(part=metric)]
        implied = not q.parts.metrics and q.previous is None  # "return reasons in percent"
        if (
            (implied or len(found) != 1)
            and (q.parts.groups or q.parts.values or (q.previous and q.previous.keys))
            and q.metric(metric).additive
        ):
            marks.share = 0  # "revenue percent by country" is each country's share
            return metrics
        if len(found) != 1:
            label = q.label(metric)
            options = tuple(q.label(name) for name in found) or tuple(
                f"{label} by {one.lower()}, each as a share of all"
                for one in q.dimension_labels(metrics)[:3]
            )
            raise unclear(f"{label} as a percentage of what?", *options)
        rates.append(found[0])
    return tuple(rates)


def _as_amounts(q: Parsed, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """ "how much were the returns worth": the one amount that is called by what is counted."""
    said = [q.marks.words[span.start].stem for span, _ in q.parts.metrics]
    named = [
        name
        for name in amounts_wanted(q, metrics)
        if len(said) == 1 and q.metric(name).additive
        and any(part.startswith(said[0]) for part in name.split("_"))
    ]  # fmt: skip
    if len(named) != 1:
        return metrics
    q.notes.append(f"What it is worth is told as {q.label(named[0]).lower()}.")
    return tuple(named)


def amounts_wanted(q: Parsed, metrics: tuple[str, ...]) -> list[str]:
    """The amounts of money beside measures that are none, where the words ask for an amount."""
    marks, measured = q.marks, [q.metric(name) for name in metrics]
    bounds = inside(*marks.thresholds)
    said = {word for i, word in marks.free() if i not in bounds}
    said |= {
        token.word
        for i, token in enumerate(marks.words)
        if i not in bounds and marks.word(i - 1) in ("in", "as")
    }
    reported = {one.unit for one in q.metrics}
    known = {word for word in WORDS if WORDS[word] in reported} | AMOUNT_WORDS
    if not known & said or any(is_money(one.unit) for one in measured):
        return []
    amounts = [one for one in q.metrics if is_money(one.unit)]
    beside = [one.name for one in amounts if set(one.models) & set(measured[0].models)]
    return beside or [name for name in q.catalog.main if is_money(q.metric(name).unit)]


def substituted(q: Parsed, metrics: tuple[str, ...], needed: Sequence[str]) -> tuple[str, ...]:
    """The measure, or the one that stands in for it where it lacks a dimension."""
    if len(metrics) != 1 or len(q.reach(metrics[0], needed)) == len(needed):
        return metrics
    for other in q.lexicon.substitutes.get(metrics[0], ()):
        if len(q.reach(other, needed)) == len(needed):
            was, now = (q.label(name) for name in (metrics[0], other))
            q.notes.append(f'Here "{was}" is counted as "{now}".')
            return (other,)
    return metrics


def divided(q: Parsed, metrics: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Ratio, ...]]:
    """ "tickets per customer"; where the catalogue has it as a measure, that measure."""
    found = tuple(Ratio(metrics[0], s.names("metric")[0]) for s in q.parts.denominators)
    if len(found) == 1 and q.marks.average != "median":
        parts = (found[0].numerator, found[0].denominator)
        for one in q.metrics:
            divides = one.kind == "ratio" or "/" in one.definition
            if one.inputs == parts and divides and not one.needs_time:
                return (one.name, *metrics[1:]), ()
    return metrics, found
