"""Questions that lean on the one before: "and by country?", "only Germany", "what about 2025?"."""

from __future__ import annotations

from dataclasses import replace

from llm.catalog import Catalog
from llm.dates import Period, end_of, shifted, start_of
from llm.question.cues import ADDED_UP, ALSO, POINTED, STOP_WORDS
from llm.question.marks import small_number
from llm.question.parsed import Parsed
from llm.question.refusals import declined
from llm.request import Comparison, Filter, Grain, MetricRequest, Operator, TimeRange

IT = ("that", "this", "it")
# Around a number of rows: "only the first 5".
RESIZING = frozenset({"no", "first", "only", "instead", "rows", "top", "make", "it", "but", "then"})


def leans(q: Parsed) -> bool:
    """Whether a question needs the one before to be understood."""
    return q.marks.leans or q.parts.names_nothing or q.marks.points


def resized(q: Parsed) -> MetricRequest | None:
    """ "make it 5", "only the first three": as before, with so many rows."""
    if q.previous is None or q.previous.limit is None or q.marks.times or q.marks.thresholds:
        return None
    said = [token.word for token in q.marks.words if token.word.isalnum()]
    counts = [count for word in said if (count := small_number(word))]
    others = [word for word in said if not small_number(word)]
    if len(counts) != 1 or not set(others) <= STOP_WORDS | RESIZING:
        return None
    return replace(q.previous, limit=counts[0])


def rated(q: Parsed) -> None:
    """ "what's the rate?", after late deliveries: the one rate that is made of them."""
    before, unknown = q.previous, [q.marks.word(i) for i in q.marks.unexplained]
    if before is None or unknown != ["rate"] or q.parts.metrics or len(before.measured) != 1:
        return
    rates = q.rates(part=before.measured[0])
    if len(rates) == 1:
        q.take(q.marks.unexplained.pop(), rates[0].name)


def named(question: str, before: MetricRequest, catalog: Catalog) -> str | None:
    """ "how many of those are open": "those" stands for what the last question counted."""
    single = len(before.measured) == 1 and before.summary is None and not before.keys
    one = catalog.metrics[before.measured[0]]
    pointed = POINTED.search(question)
    if not single or pointed is None or not (one.unit == "count" or pointed[0] in IT):
        return None
    name = next((n for n in (one.label, *one.synonyms) if " " not in n), one.label)
    return POINTED.sub(name.lower(), question)


def against(q: Parsed, filters: tuple[Filter, ...]) -> tuple[Filter, ...]:
    """ "compare with Switzerland", after a question about Austria: the conditions that meet."""
    if q.previous is None or q.marks.compare is None or q.marks.times:
        return ()
    before = {f.name for f in q.previous.filters if f.operator in (Operator.IS, Operator.IN)}
    return tuple(f for f in filters if f.name in before and f.operator is Operator.IS)


def beside(q: Parsed, fresh: MetricRequest) -> MetricRequest:
    """The request with both values, a row for each."""
    for one in against(q, fresh.filters):
        assert q.previous is not None  # noqa: S101 - `against` looked
        had = next(f for f in q.previous.filters if f.name == one.name)
        both = Filter(one.name, Operator.IN, tuple(dict.fromkeys((*had.values, *one.values))))
        fresh = replace(
            fresh,
            filters=tuple(both if f is one else f for f in fresh.filters),
            dimensions=tuple(dict.fromkeys((*q.previous.dimensions, one.name))),
        )
    return fresh


def merged(q: Parsed, fresh: MetricRequest) -> MetricRequest:
    """What the question says, over what the question before said.

    `fresh` holds the measures already (its own or the previous ones); what it names replaces its
    like: break-downs, times, conditions on the same dimension.
    """
    before = q.previous
    if before is None:
        return fresh
    bounds = {f.name for f in fresh.filters if f.name in fresh.measured}
    only_bounds = set(fresh.measured) - bounds <= set(before.measured)
    same_metrics = not q.parts.metrics or (only_bounds and q.marks.points)
    named = bool(q.parts.groups or q.parts.counted or fresh.grain or fresh.dimensions)
    dimensions, grain = (
        (fresh.dimensions, fresh.grain) if named else (before.dimensions, before.grain)
    )
    added = same_metrics and not named and q.marks.share is None
    if added and q.marks.has("total", *ADDED_UP):
        if before.limit:
            raise declined("The first ones added up: that is not measured in one go.")
        named, dimensions, grain = True, (), None
    if named and any(token.word in ALSO for token in q.marks.words):
        dimensions = tuple(dict.fromkeys((*before.dimensions, *dimensions)))
        grain = grain or before.grain
    said = {f.name for f in fresh.filters}
    kept = tuple(
        f
        for f in before.filters
        if f.name not in said
        and (f.name not in before.figure_columns or (same_metrics and not named))
        and not (named and f.name in fresh.dimensions)
    )
    time = fresh.time if q.marks.times and fresh.time != TimeRange() else before.time
    if named and before.parted and same_metrics and before.summary and not fresh.share:
        # "and by country?", after a share: the same part of each country's.
        fresh = replace(fresh, share=True, summary=before.summary)
        dimensions = tuple(dict.fromkeys((*dimensions, *before.summary.over)))
    keeps_keys = not named and before.within == fresh.within
    # "top 5 products by revenue", "and by units sold?": the same ranking of another measure.
    anew = q.parts.metrics and keeps_keys and before.limit and not q.marks.ranking
    result = replace(
        fresh,
        dimensions=dimensions,
        grain=grain,
        filters=(*kept, *fresh.filters),
        time=time,
        compare=fresh.compare or _again(before, time),
        share=fresh.share or (before.share and keeps_keys and same_metrics),
    )
    if not anew and not (keeps_keys and same_metrics):
        return result
    first = fresh.ratios[0].name if fresh.ratios else fresh.measured[0]
    descending = before.order[0][1] if before.order else True
    return replace(
        result,
        order=((first, descending),) if anew else before.order,
        limit=before.limit,
        offset=before.offset,
        within=before.within,
        summary=None if anew else before.summary,
    )


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
