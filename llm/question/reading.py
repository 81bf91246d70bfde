"""What a question asks for: a metric request, a question back, or a refusal with the nearest.

The steps of a reading, in order; the package's docstring has the map. Each is a function over what
is parsed, in a module of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from llm.catalog import Catalog
from llm.question import (
    absence,
    conditions,
    followup,
    heeding,
    measures,
    ranking,
    refusals,
    shares,
    summaries,
    thresholds,
    unusual,
    years,
)
from llm.question.cues import COUNTS, JOINTS
from llm.question.lexicon import Lexicon, Sense, Span
from llm.question.marking import mark
from llm.question.marks import match
from llm.question.parsed import Parsed
from llm.question.refusals import Clarify, Decline, NotThisWayError, unclear
from llm.question.roles import assign, bounded
from llm.question.spans_of_time import Times, read_times
from llm.question.summaries import own_entity
from llm.request import Filter, Grain, MetricRequest, Operator


@dataclass(frozen=True)
class Ask:
    """A request, and what was assumed on the way (in words, for the answer)."""

    request: MetricRequest
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unusual:
    """SQL over a context mart: what stands out in these days (as they were said), and why."""

    sql: str
    days: str
    notes: tuple[str, ...] = ()


Reading = Ask | Unusual | Clarify | Decline


def read(
    question: str, catalog: Catalog, lexicon: Lexicon, previous: Sequence[str] = ()
) -> Reading:
    """Read a question against a catalogue. Never raises for what it cannot read: it declines.

    Args:
        previous: the questions before it, oldest first; it may lean on the last that was answered.
    """
    before: MetricRequest | None = None
    reading: Reading = Decline("There is no question.")
    for one in (*previous, question):
        reading = _read(one, catalog, lexicon, before)
        meant = followup.named(one, before, catalog) if before is not None else None
        if meant:
            again = _read(meant, catalog, lexicon, before, leaning=True)
            reading = again if isinstance(again, Ask) else reading
        if isinstance(reading, Ask):
            before = reading.request
    return reading


def _read(
    question: str,
    catalog: Catalog,
    lexicon: Lexicon,
    before: MetricRequest | None,
    *,
    leaning: bool = False,
) -> Reading:
    marks = mark(question, lexicon, catalog.window.today)
    q = Parsed(marks, assign(marks), catalog, lexicon)
    _count_events(q)
    if before is not None:
        q.previous = before
        fewer = followup.resized(q)
        if fewer is not None:
            return Ask(fewer)
        if leaning or followup.leans(q):
            q.parts = assign(marks, leaning=True)
        else:
            q.previous = None
    q.notes = [f'I took it that you meant "{word}".' for word in marks.corrections]
    try:
        return _asked(q)
    except NotThisWayError as end:
        return end.reading


def _count_events(q: Parsed) -> None:
    """ "tickets answered within an hour": events within a bound are counted, customers listed."""
    parts, marks = q.parts, q.marks
    if marks.ranking is not None:
        return
    asked = any(match(marks.words, span.start, COUNTS) for span, _ in parts.metrics)
    for span in list(parts.denominators) if asked and not marks.average else ():
        # "number of locations per region": regions have names to be told by, customers have not.
        named = tuple(name for name in span.names("entity") if name in q.catalog.names)
        if named:
            parts.denominators.remove(span)
            parts.groups.append((span, named))
    if len(parts.metrics) == 2 and not marks.thresholds:
        # "how many customers opened a ticket": of the customers, those with any ticket.
        (whose, _), (what, _) = parts.metrics
        single = marks.before(what) in ("a", "an", "any")
        between = set(marks.between(whose, what))
        if whose.start in marks.counted and whose.of("entity") and single and not between & JOINTS:
            parts.metrics.pop(0)
            parts.counted.append((whose, whose.names("entity")))
    bounds = [bounded(marks, one) for one in marks.thresholds]
    for span, names in list(parts.metrics) if marks.thresholds else ():
        # "deliveries that took more than 5 days": what is delivered, by how long each took.
        one = q.metric(names[0])
        about = [q.metric(b.names("metric")[0]) for b in bounds if b and b is not span]
        means = [other for other in about if other.models == one.models and not other.additive]
        member = own_entity(q, one.name)
        if means and member and one.additive and one.unit == "count" and span not in bounds:
            parts.counted.append((span, (member,)))
    if marks.share is not None:
        return
    for span, names in list(parts.groups) if marks.thresholds else ():
        counts = [s.name for s in span.of("metric") if q.metric(s.name).additive]
        if counts and span.of("entity") and span.start not in marks.groupers:
            parts.groups.remove((span, names))
            parts.counted.append((span, span.names("entity")))


def _asked(q: Parsed) -> Reading:
    """The steps, in order; any of them may end the reading."""
    marks, parts = q.marks, q.parts
    refusals.future(q)
    refusals.vague(q)
    absence.marked(q)
    followup.rated(q)
    _named_in_part(q)
    q.notes += refusals.unexplained(q)
    refusals.dangling_negation(q)
    if marks.odd:
        times = _times(q, None, ())
        days = " ".join(time.text for time in marks.times)
        return Unusual(unusual.query(q, times.main), days, tuple(q.notes))
    metrics = measures.chosen(q)
    _by_calendar(q, metrics)
    filters = (*conditions.rows(q, metrics), *conditions.presence(q, metrics))
    dimensions = tuple(
        dict.fromkeys(conditions.reached(q, *one, metrics)[0] for one in parts.groups)
    )
    present = (n for n in dimensions if n in q.present or marks.named_only)
    filters = (*filters, *(Filter(name, Operator.PRESENT, ()) for name in present))
    metrics = measures.substituted(q, metrics, (*dimensions, *(f.name for f in filters)))
    dimensions = conditions.compared(q, dimensions, filters)
    filters = tuple(f for f in filters if f.name not in q.both)
    metrics, ratios = measures.divided(q, metrics)
    times = _times(q, parts.grain, filters)
    q.notes += times.notes
    bounds = thresholds.results(q, metrics, ratios, compared=times.other is not None)
    if dimensions and not ratios:
        bounds += thresholds.moved(q, metrics[0], compared=times.other is not None)
    request = MetricRequest(
        metrics=tuple(m for m in metrics if not ratios or m != metrics[0]),
        dimensions=dimensions,
        grain=_grain(q, times, metrics),
        filters=(*filters, *bounds),
        time=times.main,
        compare=times.comparison,
        ratios=ratios,
    )
    request = followup.merged(q, followup.beside(q, request))
    request = summaries.running(q, years.by_own_year(q, request))
    whole = replace(request, metrics=metrics, ratios=())
    parted = shares.shared(q, whole)
    if parted is not whole:
        request = replace(parted, ratios=ratios or parted.ratios)
    request = summaries.averaged(q, ranking.ranked(q, request))
    request = absence.kept(q, summaries.counted(q, request))
    request = summaries.named_members(q, summaries.known_members(q, request))
    heeding.check(q, request)
    if marks.source:
        q.notes += _definitions(q, request)
    return Ask(request, tuple(dict.fromkeys(q.notes)))


def _named_in_part(q: Parsed) -> None:
    """ "items returned by reason": the one break-down with that word in its name."""
    marks, parts = q.marks, q.parts
    for span in parts.values:
        # "the currency EUR", a value of the currency code.
        elements = [q.catalog.dimensions[s.name].element for s in span.of("value")]
        for i in [i for i in (span.start - 1, span.end) if i in marks.unexplained]:
            if any(one.startswith(marks.words[i].stem) for one in elements):
                marks.unexplained.remove(i)
    if len(parts.metrics) != 1:
        return
    metrics = parts.metrics[0][1][:1]
    for i in [i for i in marks.unexplained if i in marks.groupers]:
        found = [
            name
            for name in q.reachable(list(q.catalog.dimensions), metrics)
            if marks.words[i].stem in q.catalog.dimensions[name].element.split("_")
            and q.catalog.dimensions[name].model in q.metric(metrics[0]).models
        ]
        if len(found) == 1:
            text = marks.words[i].text
            sense = Sense("dimension", found[0])
            parts.groups.append((Span(i, i + 1, text, (sense,)), (found[0],)))
            marks.unexplained.remove(i)


def _grain(q: Parsed, times: Times, metrics: tuple[str, ...]) -> Grain | None:
    grain = times.grain or q.parts.grain
    goes_on = (q.marks.over_time or q.marks.running) and times.other is None
    if grain is None and (goes_on or any(q.metric(m).needs_time for m in metrics)):
        grain = Grain.MONTH
        if times.days is not None and times.days <= 45:
            grain = Grain.DAY
    return grain


def _by_calendar(q: Parsed, metrics: tuple[str, ...]) -> None:
    """ "by month", where there is a column of months too: what has a day goes by its day."""
    for pair in list(q.parts.groups):
        grains = pair[0].of("grain")
        if grains and not any(q.metric(name).load_day for name in metrics):
            q.parts.groups.remove(pair)
            q.parts.grain = q.parts.grain or Grain(grains[0].name)


def _times(q: Parsed, grain: Grain | None, filters: tuple[Filter, ...]) -> Times:
    several = len(q.parts.metrics) > 1 or any(f.operator is Operator.IN for f in filters)
    several = several or bool(followup.against(q, filters)) or bool(q.both)
    before = followup.period_before(q)
    times = read_times(q.marks, grain, q.catalog.window, several=several, before=before)
    if isinstance(times, str):
        raise unclear(times)
    return times


def _definitions(q: Parsed, request: MetricRequest) -> list[str]:
    """ "how is X calculated": the definition in words, beside the figure and its proof."""
    found = []
    for name in request.figures:
        if name in q.catalog.metrics:
            one = q.metric(name)
            found.append(f"{one.label} is {one.definition}. {one.description}".strip())
    return [*found, "The models, files and rows left out are listed in the proof."]
