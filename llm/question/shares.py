"""Shares: "what share of the orders used a coupon": the part of the whole, or a rate that is it."""

from __future__ import annotations

from dataclasses import replace

from llm.question.cues import JOINTS
from llm.question.parsed import Parsed
from llm.question.refusals import listed, unclear
from llm.question.summaries import counting, kinds
from llm.request import SHARE, Filter, MetricRequest, Operator, Ratio, Summary
from llm.words import stem

PREDICATES = frozenset(
    {"are", "were", "is", "was", "have", "had", "has", "used", "use", "came", "come", "comes"}
)


def shared(q: Parsed, request: MetricRequest) -> MetricRequest:
    """The request as shares, if the question asks for them."""
    if q.marks.share is None:
        return request
    if any(not one.percent for one in q.marks.thresholds):
        members = _members_within(q, request)
        if members is not None:
            return members
    rate = _rate(q, request) or _part_of(q, request)
    if rate is not None:
        return replace(rate, filters=_bounds_of(rate))
    metric = request.metrics[0]
    had = q.previous.filters if q.previous else ()  # "and as a share of the total?"
    filters = [f for f in request.filters if f.name in q.places or f in had]
    filters = [f for f in filters if f.name in q.catalog.dimensions]
    if not request.keys and not filters:
        options = tuple(
            f"{q.label(metric)} by {d}" for d in q.dimension_labels(request.metrics)[:4]
        )
        raise unclear(f"A share of {q.label(metric).lower()} by what?", *options)
    # "share of german orders placed via app, by month": what stands behind the measure is the
    # part; before it, or behind the break-down, it says of what.
    start = max((span.start for span, _ in q.parts.metrics), default=-1)
    end = min((s.start for s, _ in q.parts.groups if s.start > start), default=len(q.marks.words))
    places = {f.name: max(q.places.get(f.name, (-1,))) for f in filters}
    parts = [name for name, place in places.items() if start < place < end]
    parts = [name for name in parts if name not in request.dimensions]
    # "of the orders in France, how many used a coupon": the predicate says what the part is.
    told = [i for i in range(start + 1, end) if q.marks.word(i) in PREDICATES]
    behind = [name for name in parts if told and places[name] > told[0]]
    if behind and len(behind) < len(parts):
        parts = behind
    elif len(parts) > 1:
        label = q.label(metric).lower()
        said = [q.called(name) for name in parts]
        options = (f"Of all {label}: those with this {listed(said)}",)
        options += tuple(f"Of the {label} with this {one}" for one in said)
        raise unclear("A share of what?", *options)
    _one_part(q, request, [f for f in filters if f.name not in parts], parts)
    if request.keys and not parts and (request.dimensions or not filters):
        return replace(request, share=True)
    parts = parts or [f.name for f in filters]
    return replace(
        request,
        share=True,
        dimensions=(*request.dimensions, *parts),
        summary=Summary("sum", tuple(parts)),
    )


def _members_within(q: Parsed, request: MetricRequest) -> MetricRequest | None:
    """ "what part of the tickets took more than 2 days": of all there are, those within a bound."""
    named = [name for _, names in (*q.parts.counted, *q.parts.groups) for name in names]
    members = [
        name
        for name in q.reachable(named, request.measured)
        if q.catalog.dimensions[name].kind == "entity"
    ]
    if not members:
        return None
    member = members[0]
    whole = next(iter(kinds(q, request)), counting(q, member)) or request.measured[0]
    q.notes.append(f"The whole are those with any {q.label(whole).lower()}.")
    return replace(
        request,
        metrics=tuple(dict.fromkeys((*request.metrics, whole))),
        dimensions=tuple(dict.fromkeys((*request.dimensions, member))),
        filters=(*request.filters, Filter(whole, Operator.MORE, (0,))),
        share=True,
        summary=Summary("count", (member,)),
    )


def _one_part(
    q: Parsed,
    request: MetricRequest,
    others: list[Filter],
    parts: list[str],
) -> None:
    """ "share of web orders in the UK": of the web orders, or of those in the UK?"""
    if len(parts) != 1 or len(others) != 1 or request.keys:
        return
    place = q.places[parts[0]][-1]
    before = next(
        (q.marks.word(i) for i in range(place - 1, 0, -1) if q.marks.word(i) not in ("the", "our")),
        "",
    )
    if before != "in":
        return  # "german orders placed via app": what was done is the part
    part = next(f for f in request.filters if f.name == parts[0])
    label = q.label(request.metrics[0]).lower()
    one, two = (", ".join(str(value) for value in f.values) for f in (others[0], part))
    options = (f"Of the {label} with {a}: how many with {b}" for a, b in ((one, two), (two, one)))
    raise unclear("A share of what?", *options)


def _rate(q: Parsed, request: MetricRequest) -> MetricRequest | None:
    """The metric that is this share: "share of sessions that convert" is the conversion rate."""
    metric = request.metrics[0]
    for part in request.filters:
        if part.operator is not Operator.IS:
            continue
        if part.values == (True,):
            one = q.catalog.dimensions[part.name]
            fitting = [
                rate
                for rate in q.rates(whole=metric)
                if one.model in q.metric(rate.inputs[0]).models
                and one.expression in q.metric(rate.inputs[0]).definition
            ]
            fitting.sort(key=lambda rate: len(q.metric(rate.inputs[0]).definition))
        else:
            # "what part of the items sold was returned": there is a rate of the returned ones.
            said = {stem(word) for v in part.values for word in str(v).lower().split()}
            fitting = [
                rate
                for rate in q.rates(whole=metric)
                if said <= {stem(word) for word in rate.inputs[0].split("_")}
            ]
            fitting = fitting if len(fitting) == 1 else []
        if fitting:
            kept = tuple(f for f in request.filters if f is not part)
            return replace(request, metrics=(fitting[0].name,), filters=kept)
    figures = {f"{metric}{SHARE}", *q.catalog.metrics}
    if any(f.name not in figures for f in request.filters):
        return _conditioned(q, request)
    found = q.rates(part=metric)
    if found and (q.metric(metric).is_part or not request.keys):
        return replace(request, metrics=(found[0].name,))
    return _of_its_kind(q, request)


def _of_its_kind(q: Parsed, request: MetricRequest) -> MetricRequest | None:
    """ "share of closed tickets by channel": of each channel's tickets, the closed ones."""
    one = q.metric(request.metrics[0])
    if one.name in q.catalog.main or not one.is_part or not one.additive:
        return None
    wholes = [other.name for other in q.counts(one.models) if not other.is_part]
    wholes = wholes if one.unit == "count" else []
    # "new customers" are a part of the customers, though they are counted among orders.
    named = q.lexicon.senses(one.label.lower().partition(" ")[2], "metric")
    wholes = [s.name for s in named if q.metric(s.name).models == one.models] or wholes
    if len(wholes) != 1:
        return None
    return replace(request, metrics=(), ratios=(Ratio(one.name, wholes[0]),))


def _conditioned(q: Parsed, request: MetricRequest) -> MetricRequest | None:
    """ "% of orders cancelled on weekends" is a rate; "of late parcels in Austria" may be two."""
    metric = request.metrics[0]
    found = q.rates(part=metric)
    said = [f for f in request.filters if f.name in q.catalog.dimensions]
    values = ", ".join(str(value) for f in said for value in f.values)
    # "share of defective returns": a reason for returning is none of what did not come back.
    elements = {f.name: q.catalog.dimensions[f.name].element.split("_")[0] for f in said}
    others = [name for name, one in elements.items() if not metric.startswith(one)]
    told = [i for name in others for i in q.places.get(name, ())]
    if len(found) == 1 and q.marks.share is not None and q.marks.share + 1 in told:
        return replace(request, metrics=(found[0].name,))  # "percent of shoes that come back"
    kind = None if found or request.keys else _of_its_kind(q, request)
    if kind is not None:
        # "share of tickets about late delivery in Germany": of the tickets there, or of all late?
        part, whole = (q.label(name).lower() for name in kind.measured)
        raise unclear(
            "A share of what?",
            f"Of the {whole} with {values}: how many are {part}",
            f"Of all {part}: how many with {values}",
        )
    if len(found) != 1 or not q.metric(metric).is_part or request.keys:
        return None
    first = q.marks.words[q.parts.metrics[0][0].start].stem
    if first in {stem(part) for part in found[0].inputs[1].split("_")}:
        return replace(request, metrics=(found[0].name,))
    label = q.label(metric)
    raise unclear(
        f"{label}: as a share of what?",
        f"{found[0].label} where {values}",
        f"Share of all {label.lower()} by {q.called(said[0].name)}",
    )


def _bounds_of(rate: MetricRequest) -> tuple[Filter, ...]:
    """ "more than 10 % of deliveries were late": the bound is about the rate."""
    return tuple(
        replace(one, name=rate.metrics[0]) if one.name.endswith(SHARE) else one
        for one in rate.filters
    )


def _part_of(q: Parsed, request: MetricRequest) -> MetricRequest | None:
    """ "% of visits that bounce": the rate that divides the second measure by the first."""
    if len(request.metrics) != 2 or len(q.parts.metrics) != 2:
        return None
    whole, part = request.metrics
    between = q.marks.between(q.parts.metrics[0][0], q.parts.metrics[1][0])
    if JOINTS.intersection(between):
        return None
    rates = [one for one in q.metrics if one.inputs == (part, whole)]
    kind = _of_its_kind(q, replace(request, metrics=(part,)))
    if not rates and kind is not None and kind.ratios[0].denominator == whole:
        return kind
    if len(rates) != 1:
        labels = tuple(f"{q.label(name)} as a share of their total" for name in request.metrics)
        raise unclear("A share of what?", *labels)
    return replace(request, metrics=(rates[0].name,))
