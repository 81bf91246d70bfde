"""Questions that lean on the one before: "and by country?", "only Germany", "what about 2025?"."""

from __future__ import annotations

from dataclasses import replace

from llm.cues import ALSO
from llm.dates import Period, end_of, shifted, start_of
from llm.parsed import Parsed
from llm.request import Comparison, Grain, MetricRequest, TimeRange


def leans(q: Parsed) -> bool:
    """Whether a question needs the one before to be understood."""
    return q.marks.leans or q.parts.names_nothing


def merged(q: Parsed, fresh: MetricRequest) -> MetricRequest:
    """What the question says, over what the question before said.

    `fresh` holds the measures already (its own or the previous ones); what it names replaces its
    like: break-downs, times, conditions on the same dimension.
    """
    before = q.previous
    if before is None:
        return fresh
    same_metrics = not q.parts.metrics
    named = bool(q.parts.groups or q.parts.counted or fresh.grain)
    dimensions, grain = (
        (fresh.dimensions, fresh.grain) if named else (before.dimensions, before.grain)
    )
    if named and any(token.word in ALSO for token in q.marks.words):
        dimensions = tuple(dict.fromkeys((*before.dimensions, *dimensions)))
        grain = grain or before.grain
    said = {f.name for f in fresh.filters}
    kept = tuple(
        f
        for f in before.filters
        if f.name not in said
        and (f.name not in q.catalog.metrics or (same_metrics and not named))
        and not (named and f.name in fresh.dimensions)
    )
    time = fresh.time if q.marks.times and fresh.time != TimeRange() else before.time
    keeps_keys = not named and before.within == fresh.within
    result = replace(
        fresh,
        dimensions=dimensions,
        grain=grain,
        filters=(*kept, *fresh.filters),
        time=time,
        compare=fresh.compare or _again(before, time),
        share=fresh.share or (before.share and keeps_keys and same_metrics),
    )
    if keeps_keys and same_metrics:
        result = replace(
            result,
            order=before.order,
            limit=before.limit,
            within=before.within,
            summary=before.summary,
        )
    return result


def period_before(q: Parsed) -> Period | None:
    """The previous question's days, as what they are: a month, a quarter, days."""
    time = q.previous.time if q.previous else TimeRange()
    if time.start is None or time.end is None:
        return None
    today = q.catalog.window.today
    for unit in (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        if time.start == start_of(unit, time.start):
            if time.end == end_of(unit, time.start):
                return Period(time.start, time.end, unit)
            if time.end == today and end_of(unit, time.start) > today and unit is not Grain.DAY:
                return Period(time.start, time.end, unit, complete=False)
    return Period(time.start, time.end, Grain.DAY)


def _again(before: MetricRequest, time: TimeRange) -> Comparison | None:
    """The previous comparison, the same way apart from the new days."""
    compare = before.compare
    if compare is None or time == before.time:
        return compare
    moved = shifted(
        Period(time.start, time.end, Grain.DAY), compare.shift_unit, -compare.shift_count
    )
    return replace(compare, range=moved.range)
