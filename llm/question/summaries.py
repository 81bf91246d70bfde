"""One figure out of many: members counted, averages over periods, medians."""

from __future__ import annotations

from dataclasses import replace

from llm.dates import end_of, start_of
from llm.question.conditions import reached
from llm.question.parsed import Parsed
from llm.question.refusals import declined, unclear
from llm.request import (
    DAY_KIND,
    WEEKDAY,
    Filter,
    Grain,
    MetricRequest,
    Operator,
    Ratio,
    Summary,
    TimeRange,
)


def entity_of(q: Parsed, metric: str) -> str | None:
    """The entity that a counting metric counts: order for orders."""
    senses = q.lexicon.senses(metric.replace("_", " "))
    return next((one.name for one in senses if one.kind == "entity"), None)


def counted(q: Parsed, request: MetricRequest) -> MetricRequest:
    """ "how many customers have more than 5 orders": the members that the result has."""
    if request.parted or not (q.parts.counted or q.parts.counts_periods):
        return request
    over = [f"metric_time__{request.grain}"] if q.parts.counts_periods else []
    for span, names in q.parts.counted:
        found = [name for name in names if q.reach(request.metrics[0], (name,))]
        over.append((found or reached(q, span, names, request.metrics))[0])
    filters = request.filters
    whole = counting(q, over[-1]) if filters and not q.parts.counts_periods else None
    bounds = [f for f in filters if f.name in q.catalog.metrics]
    if bounds and whole and not kinds(q, request) and q.reach(whole, request.dimensions):
        # An order that was cancelled is none of those below 20 euros.
        request = replace(request, metrics=tuple(dict.fromkeys((*request.metrics, whole))))
        filters = (*filters, Filter(whole, Operator.MORE, (0,)))
    if not any(f.name in q.catalog.metrics for f in filters):
        metric = request.metrics[0]
        filters = (*filters, Filter(metric, Operator.MORE, (0,)))
        if q.parts.lacking is None:
            q.notes.append(f"Counted are those with any {q.label(metric).lower()}.")
    filters = (*filters, *(Filter(name, Operator.MORE, (0,)) for name in kinds(q, request)))
    members = [name for name in over if name in q.catalog.dimensions]
    dimensions = tuple(dict.fromkeys((*request.dimensions, *members)))
    return replace(
        request,
        dimensions=dimensions,
        filters=filters,
        order=(),
        limit=None,
        within=(),
        summary=Summary("count", tuple(over)),
    )


def counting(q: Parsed, member: str) -> str | None:
    """The measure that counts an entity's members: orders for order."""
    found = [one for one in (*q.catalog.main, *q.catalog.metrics) if entity_of(q, one) == member]
    found = [one for one in found if q.metric(one).unit == "count" and not q.metric(one).needs_time]
    return found[0] if found else None


def kinds(q: Parsed, request: MetricRequest) -> list[str]:
    """The measures that say which members count: "late deliveries that took more than 5 days"."""
    spans = [span for span, _ in q.parts.counted]
    said = {sense.name for span in spans for sense in span.of("metric")}
    bounded = {f.name for f in request.filters}
    return [name for name in request.metrics if name in said and name not in bounded]


def known_members(q: Parsed, request: MetricRequest) -> MetricRequest:
    """Without the unknown customer, product, ...: it is no member, nor are its properties any."""
    over = request.summary.over if request.summary and request.summary.function == "count" else ()
    known = q.catalog.dimensions
    owners = [known[name].entity.split("__")[-1] for name in over if name in known]
    owners = q.reachable([one for one in owners if one in known], request.measured)
    filters = tuple(
        Filter(name, Operator.IS_NOT, (known[name].unknown,))
        for name in dict.fromkeys((*request.dimensions, *owners))
        if name in known
        and known[name].unknown
        and not any(f.name == name for f in request.filters)
    )
    return replace(request, filters=(*request.filters, *filters))


def named_members(q: Parsed, request: MetricRequest) -> MetricRequest:
    """Beside each member's key its name, of which it has one."""
    names = [q.catalog.names[key] for key in request.shown_keys if key in q.catalog.names]
    found = q.reachable(names, request.measured)
    return replace(request, dimensions=tuple(dict.fromkeys((*request.dimensions, *found))))


def averaged(q: Parsed, request: MetricRequest) -> MetricRequest:
    """ "average monthly revenue", "median order value"."""
    if not q.marks.average:
        return request
    if q.marks.average == "median":
        return _median(q, request)
    metric = request.metrics[0] if request.metrics else ""
    distinct = metric and q.metric(metric).is_distinct
    means = [one for one in request.measured if not (q.metric(one).additive or distinct)]
    if request.ratios or means:
        return request  # there is an average already
    named = [f.name for f in request.filters if f.name in (WEEKDAY, DAY_KIND)]
    days = [name for name in (*request.dimensions, *named) if name in (WEEKDAY, DAY_KIND)]
    if days and request.grain is None:
        # "average orders per weekday": of all Mondays, of all Tuesdays, ...
        kinds = tuple(dict.fromkeys((*request.dimensions, WEEKDAY)))
        request = replace(request, grain=Grain.DAY, dimensions=kinds)
    if distinct and request.grain is None:
        return request
    each = _each(q, request)
    if each and request.grain is None:
        q.notes.append(f"The average of those that have any {q.label(metric).lower()}.")
        kept = (*request.filters, Filter(metric, Operator.IS_NOT, (0,)))
        return replace(request, filters=kept, summary=Summary("average", (each,)))
    if request.grain is None:
        made = [
            m.label
            for m in q.metrics
            if m.kind == "ratio" and m.inputs[0] == metric and m.unit == q.metric(metric).unit
        ]
        label = q.label(metric)
        options = (*made[:3], f"Average {label.lower()} per month", f"{label} in total")
        raise unclear(f"The average {label.lower()} of what?", *options)
    summary = Summary("average", (f"metric_time__{request.grain}",))
    return replace(
        request,
        metrics=(metric,),
        time=_covered(q, request.time, request.grain),
        summary=summary,
        order=tuple((f"average_{metric}" if n == metric else n, down) for n, down in request.order),
    )


def running(q: Parsed, request: MetricRequest) -> MetricRequest:
    """ "cumulative orders by month": each month's orders with those before it."""
    first = q.metric(request.metrics[0]) if request.metrics else None
    if first and first.kind == "cumulative" and request.time.start and len(request.measured) == 1:
        # The measure runs from the first day of the data on; here the first day is said.
        request = replace(request, metrics=first.inputs)
    elif not q.marks.running or any(q.metric(name).needs_time for name in request.measured):
        return request
    sums = all(q.metric(name).additive for name in request.metrics)
    beside = request.ratios or request.compare or q.marks.average or q.marks.share is not None
    if not sums or beside or q.marks.ranking is not None:
        label = q.label(request.measured[0])
        raise declined(
            f"{label} is not added up from period to period this way.",
            f"{label} by month, each for itself.",
        )
    start = request.time.start or q.catalog.window.first
    q.notes.append(f"Added up from {start} on.")
    return replace(request, running=True)


def _each(q: Parsed, request: MetricRequest) -> str:
    """The dimension of "average revenue per product": one figure, not one for each."""
    members = [one.start for one in q.marks.spans if one.of("entity")]  # "per coupon order"
    found = [
        name
        for span, names in q.parts.groups
        for name in names
        if name in request.dimensions
        and q.marks.before(span) in ("per", "a", "an")
        and span.end not in members
    ]
    return found[0] if len(found) == len(request.dimensions) == 1 else ""


def _median(q: Parsed, request: MetricRequest) -> MetricRequest:
    metric = request.measured[0]
    info = q.metric(metric)
    ratio = request.ratios[0] if request.ratios else None
    if ratio is None and info.kind == "ratio" and len(info.inputs) == 2:
        ratio = Ratio(info.inputs[0], info.inputs[1])
    entity = entity_of(q, ratio.denominator) if ratio else None
    if ratio is not None and entity is not None:
        # "median order value": the value of each order that counts as one.
        counts = Filter(ratio.denominator, Operator.MORE, (0,))
        return replace(
            request,
            metrics=(),
            ratios=(ratio,),
            dimensions=(*request.dimensions, entity),
            filters=(*request.filters, counts),
            summary=Summary("median", (entity,)),
        )
    if request.grain is not None and ratio is None and info.additive:
        key = f"metric_time__{request.grain}"
        time = _covered(q, request.time, request.grain)
        return replace(request, metrics=(metric,), time=time, summary=Summary("median", (key,)))
    entity = own_entity(q, metric)
    if entity is None or info.additive:
        options = (f"Median {info.label.lower()} per month", f"{info.label} in total")
        raise unclear(f"The median {info.label.lower()} of what?", *options)
    return replace(
        request,
        metrics=(metric,),
        dimensions=(*request.dimensions, entity),
        summary=Summary("median", (entity,)),
    )


def own_entity(q: Parsed, metric: str) -> str | None:
    """The entity whose rows a metric measures: ticket for the resolution time."""
    models = q.metric(metric).models
    return next(
        (
            d.name
            for d in q.catalog.dimensions.values()
            if d.kind == "entity" and d.model in models and q.reach(metric, (d.name,))
        ),
        None,
    )


def _covered(q: Parsed, time: TimeRange, grain: Grain) -> TimeRange:
    """The part of a range that the data cover, so that no empty period is averaged in."""
    window = q.catalog.window
    start = max(time.start or window.first, window.first)
    end = min(time.end or window.last, window.last)
    if start > start_of(grain, start) or end < end_of(grain, end):
        q.notes.append(f"The first or last {grain} is not a whole one.")
    return TimeRange(start, end)
