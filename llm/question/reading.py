"""What a question asks for: a metric request, a question back, or a refusal with the nearest.

The last step of the planner's parser. `marking` marked the words, `roles` said what each
named thing is for; here names are resolved against what the measures can be broken down by, times
become ranges (`spans_of_time`), and the request is put together: conditions, shares, rankings
and summaries each in a module of its own, what the question before said in `followup`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from llm.catalog import Catalog
from llm.question import absence, followup, ranking, summaries, thresholds, unusual, years
from llm.question.conditions import Conditions, unreachable
from llm.question.cues import COUNTS, JOINTS, PERCENTS, USED
from llm.question.heeding import Heeding
from llm.question.lexicon import Lexicon, Sense, Span
from llm.question.marking import mark
from llm.question.marks import match
from llm.question.parsed import Parsed
from llm.question.refusals import Clarify, Decline, NotThisWayError, Refusals, unclear
from llm.question.roles import assign, bounded
from llm.question.spans_of_time import Times, read_times
from llm.question.summaries import own_entity
from llm.request import Comparison, Filter, Grain, MetricRequest, Operator, Ratio


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
    parsed = Parsed(marks, assign(marks), catalog, lexicon, Refusals(marks, catalog))
    _count_events(parsed)
    if before is not None:
        parsed.previous = before
        fewer = followup.resized(parsed)
        if fewer is not None:
            return Ask(fewer)
        if leaning or followup.leans(parsed):
            parsed.parts = assign(marks, leaning=True)
        else:
            parsed.previous = None
    parsed.notes = [f'I took it that you meant "{word}".' for word in marks.corrections]
    try:
        return _Reader(parsed).read()
    except NotThisWayError as end:
        return end.reading


def _count_events(parsed: Parsed) -> None:
    """ "tickets answered within an hour": events within a bound are counted, customers listed."""
    parts, marks = parsed.parts, parsed.marks
    if marks.ranking is not None:
        return
    asked = any(match(marks.words, span.start, COUNTS) for span, _ in parts.metrics)
    for span in list(parts.denominators) if asked and not marks.average else ():
        # "number of locations per region": regions have names to be told by, customers have not.
        named = tuple(name for name in span.names("entity") if name in parsed.catalog.names)
        if named:
            parts.denominators.remove(span)
            parts.groups.append((span, named))
    if len(parts.metrics) == 2 and not marks.thresholds:
        # "how many customers opened a ticket": of the customers, those with any ticket.
        (whose, _), (what, _) = parts.metrics
        single = marks.word(what.start - 1) in ("a", "an", "any")
        between = set(marks.between(whose, what))
        if whose.start in marks.counted and whose.of("entity") and single and not between & JOINTS:
            parts.metrics.pop(0)
            parts.counted.append((whose, whose.names("entity")))
    bounds = [bounded(marks, one) for one in marks.thresholds]
    for span, names in list(parts.metrics) if marks.thresholds else ():
        # "deliveries that took more than 5 days": what is delivered, by how long each took.
        one = parsed.metric(names[0])
        about = [parsed.metric(b.names("metric")[0]) for b in bounds if b and b is not span]
        means = [other for other in about if other.models == one.models and not other.additive]
        member = own_entity(parsed, one.name)
        if means and member and one.additive and one.unit == "count" and span not in bounds:
            parts.counted.append((span, (member,)))
    if marks.share is not None:
        return
    for span, names in list(parts.groups) if marks.thresholds else ():
        counts = [s.name for s in span.of("metric") if parsed.metric(s.name).additive]
        if counts and span.of("entity") and span.start not in marks.groupers:
            parts.groups.remove((span, names))
            parts.counted.append((span, span.names("entity")))


class _Reader:
    def __init__(self, parsed: Parsed) -> None:
        self.q = parsed
        self.marks = parsed.marks
        self.parts = parsed.parts
        self.catalog = parsed.catalog
        self.lexicon = parsed.lexicon
        self.refusals = parsed.refusals
        self.conditions = Conditions(parsed)

    def read(self) -> Reading:
        """The steps, in order; any of them may end the reading."""
        q, marks, parts = self.q, self.marks, self.parts
        self.refusals.future()
        self.refusals.vague()
        absence.marked(q)
        followup.rated(q)
        self._named_in_part()
        q.notes += self.refusals.unexplained(parts)
        self.refusals.dangling_negation(parts)
        if marks.odd:
            times = self._times(None, ())
            days = " ".join(time.text for time in marks.times)
            return Unusual(unusual.query(q, times.main), days, tuple(q.notes))
        metrics = summaries.as_amounts(q, self._as_rates(self._asked_of(self._metrics())))
        self._by_calendar(metrics)
        filters = (*self.conditions.rows(metrics), *self.conditions.presence(metrics))
        dimensions = self._dimensions(metrics)
        present = (n for n in dimensions if n in q.present or marks.named_only)
        filters = (*filters, *(Filter(name, Operator.PRESENT, ()) for name in present))
        metrics, dimensions, filters = self._substituted(metrics, dimensions, filters)
        dimensions = self.conditions.compared(dimensions, filters)
        filters = tuple(f for f in filters if f.name not in self.conditions.both)
        metrics, ratios = self._ratios(metrics)
        times = self._times(parts.grain, filters)
        q.notes += times.notes
        bounds = thresholds.results(q, metrics, ratios, compared=times.other is not None)
        if times.other is not None and dimensions and not ratios:
            bounds = (*bounds, *thresholds.than(q, metrics[0]))
        request = MetricRequest(
            metrics=tuple(m for m in metrics if not ratios or m != metrics[0]),
            dimensions=dimensions,
            grain=self._grain(times, metrics),
            filters=(*filters, *bounds),
            time=times.main,
            compare=self._comparison(times),
            ratios=ratios,
        )
        request = followup.merged(q, followup.beside(q, request))
        request = summaries.running(q, years.by_own_year(q, request))
        whole = replace(request, metrics=metrics, ratios=())
        shares = ranking.shared(q, whole, self.conditions)
        if shares is not whole:
            request = replace(shares, ratios=ratios or shares.ratios)
        request = summaries.averaged(q, ranking.ranked(q, request))
        request = absence.kept(q, summaries.counted(q, request))
        request = summaries.named_members(q, summaries.known_members(q, request))
        Heeding(q, request).check()
        if marks.source:
            q.notes += self._definitions(request)
        return Ask(request, tuple(dict.fromkeys(q.notes)))

    def _named_in_part(self) -> None:
        """ "items returned by reason": the one break-down with that word in its name."""
        marks, parts = self.marks, self.parts
        for span in parts.values:
            # "the currency EUR", a value of the currency code.
            elements = [self.catalog.dimensions[s.name].element for s in span.of("value")]
            for i in [i for i in (span.start - 1, span.end) if i in marks.unexplained]:
                if any(one.startswith(marks.words[i].stem) for one in elements):
                    marks.unexplained.remove(i)
        if len(parts.metrics) != 1:
            return
        metrics = parts.metrics[0][1][:1]
        for i in [i for i in marks.unexplained if i in marks.groupers]:
            found = [
                name
                for name in self.refusals.reachable(list(self.catalog.dimensions), metrics)
                if marks.words[i].stem in self.catalog.dimensions[name].element.split("_")
                and self.catalog.dimensions[name].model in self.q.metric(metrics[0]).models
            ]
            if len(found) == 1:
                text = marks.words[i].text
                sense = Sense("dimension", found[0])
                parts.groups.append((Span(i, i + 1, text, (sense,)), (found[0],)))
                marks.unexplained.remove(i)

    def _ratios(self, metrics: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Ratio, ...]]:
        """ "tickets per customer"; where the catalogue has it as a measure, that measure."""
        found = tuple(Ratio(metrics[0], s.names("metric")[0]) for s in self.parts.denominators)
        if len(found) == 1 and self.marks.average != "median":
            parts = (found[0].numerator, found[0].denominator)
            for one in self.q.metrics:
                divides = one.kind == "ratio" or "/" in one.definition
                if one.inputs == parts and divides and not one.needs_time:
                    return (one.name, *metrics[1:]), ()
        return metrics, found

    # -- measures -------------------------------------------------------------------------------

    def _metrics(self) -> tuple[str, ...]:
        """Names of the measures: said, implied, or those of the question before."""
        q, chosen = self.q, list[str]()
        wanted = [names for _, names in (*self.parts.groups, *self.parts.counted)]
        self._no_compound()
        for span, names in self.parts.metrics:
            fitting = [
                n for n in names if all(self.refusals.reach(n, options) for options in wanted)
            ]
            candidates = fitting or list(names)
            candidates = self._of_its_own(candidates) or candidates
            if len(candidates) > 1:
                labels = tuple(q.label(name) for name in candidates)
                raise unclear(f'What do you mean by "{span.text}"?', *labels)
            if candidates[0] not in chosen:
                chosen.append(candidates[0])
        if not chosen and q.previous is not None and not self.parts.counted:
            return q.previous.measured
        if q.previous is not None and self.marks.has(*followup.POINTING):
            # "only those with more than 10 reviews": what was measured, within that bound.
            chosen = list(dict.fromkeys((*q.previous.measured, *chosen)))
        chosen = chosen or list(summaries.implied_metrics(q))
        if not chosen:
            self.refusals.no_metric(self.parts)
        return tuple(chosen)

    def _of_its_own(self, candidates: list[str]) -> list[str]:
        """ "top 10 countries by population": the countries' own, not that of their cities."""
        known = self.catalog.dimensions
        owners = {
            (known[one.name].model,)
            for span, _ in (*self.parts.groups, *self.parts.counted)
            for one in span.of("entity")
        }
        return [name for name in candidates if self.q.metric(name).models in owners]

    def _no_compound(self) -> None:
        """ "delivery cost": two measures side by side are neither of them, nor both."""
        for (left, names), (right, others) in list(pairwise(self.parts.metrics)):
            single = self.marks.words[left.end - 1]
            same = left.of("metric") == right.of("metric")
            if left.end == right.start and single.word == single.stem and not same:
                whose, what = self.q.metric(names[0]), self.q.metric(others[0])
                if left.of("entity") and whose.models == what.models and not what.additive:
                    self.parts.metrics.remove((left, names))  # "ticket satisfaction"
                    continue
                said = f"{left.text} {right.text}"
                labels = tuple(self.q.label(one.names("metric")[0]) for one in (left, right))
                raise unclear(f'What do you mean by "{said}"?', *labels)

    def _asked_of(self, metrics: tuple[str, ...]) -> tuple[str, ...]:
        """ "which payment methods do customers use": customers do it, payments are counted."""
        q, groups = self.q, self.parts.groups
        if len(metrics) != 1 or not groups or not self.marks.has(*USED, "among"):
            return metrics
        span, names = groups[0]
        if self.refusals.reachable(names, metrics):
            return metrics
        counted = summaries.frequency_metric(q, names[0])
        if counted is None:
            return metrics
        q.notes.append(f'"{span.text}" is counted by {q.label(counted).lower()}.')
        return (counted,)

    def _as_rates(self, metrics: tuple[str, ...]) -> tuple[str, ...]:
        """ "margin percent": the rate that is made of the measure, where exactly one is."""
        marks = self.marks
        inside = {i for s in marks.spans for i in range(s.start, s.end)}
        inside |= {i for t in marks.thresholds for i in range(t.start, t.end)}
        q = self.q
        said = any(t.word in PERCENTS for i, t in enumerate(marks.words) if i not in inside)
        if (
            not said
            or marks.share is not None
            or marks.change is not None
            or marks.compare is not None
            or marks.source
        ):
            return metrics
        rates = []
        for metric in metrics:
            if "rate" in self.q.metric(metric).unit:
                rates.append(metric)
                continue
            made = [m for m in self.q.metrics if m.kind == "ratio" and m.inputs[0] == metric]
            found = [m.name for m in made if m.unit == "rate"]
            if (
                len(found) != 1
                and (self.parts.groups or self.parts.values or (q.previous and q.previous.keys))
                and self.q.metric(metric).additive
            ):
                marks.share = 0  # "revenue percent by country" is each country's share
                return metrics
            if len(found) != 1:
                label = self.q.label(metric)
                options = tuple(self.q.label(name) for name in found) or tuple(
                    f"{label} by {one.lower()}, each as a share of all"
                    for one in self.refusals.dimension_labels(metrics)[:3]
                )
                raise unclear(f"{label} as a percentage of what?", *options)
            rates.append(found[0])
        return tuple(rates)

    def _dimensions(self, metrics: tuple[str, ...]) -> tuple[str, ...]:
        dimensions: list[str] = []
        for span, names in self.parts.groups:
            found = self.refusals.reachable(names, metrics)
            name = found[0] if found else unreachable(self.q, span, names, metrics)
            if name not in dimensions:
                dimensions.append(name)
        return tuple(dimensions)

    def _substituted(
        self, metrics: tuple[str, ...], dimensions: tuple[str, ...], filters: tuple[Filter, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Filter, ...]]:
        needed = (*dimensions, *(f.name for f in filters))
        if len(metrics) != 1 or all(self.refusals.reach(metrics[0], (name,)) for name in needed):
            return metrics, dimensions, filters
        for other in self.lexicon.substitutes.get(metrics[0], ()):
            if all(self.refusals.reach(other, (name,)) for name in needed):
                was, now = (self.q.label(name) for name in (metrics[0], other))
                self.q.notes.append(f'Here "{was}" is counted as "{now}".')
                return (other,), dimensions, filters
        return metrics, dimensions, filters

    # -- time, --------------------------------------------------------------------

    def _grain(self, times: Times, metrics: tuple[str, ...]) -> Grain | None:
        grain = times.grain or self.parts.grain
        goes_on = (self.marks.over_time or self.marks.running) and times.other is None
        if grain is None and (goes_on or any(self.q.metric(m).needs_time for m in metrics)):
            grain = Grain.MONTH
            if times.days is not None and times.days <= 45:
                grain = Grain.DAY
        return grain

    def _by_calendar(self, metrics: tuple[str, ...]) -> None:
        """ "by month", where there is a column of months too: what has a day goes by its day."""
        for pair in list(self.parts.groups):
            grains = pair[0].of("grain")
            if grains and not any(self.q.metric(name).load_day for name in metrics):
                self.parts.groups.remove(pair)
                self.parts.grain = self.parts.grain or Grain(grains[0].name)

    def _comparison(self, times: Times) -> Comparison | None:
        if times.other is None:
            return None
        return Comparison(times.other, times.shift_count, times.shift_unit)

    def _times(self, grain: Grain | None, filters: tuple[Filter, ...]) -> Times:
        several = len(self.parts.metrics) > 1 or any(f.operator is Operator.IN for f in filters)
        several = several or bool(followup.against(self.q, filters)) or bool(self.conditions.both)
        times = read_times(
            self.marks,
            grain,
            self.catalog.window,
            several=several,
            before=followup.period_before(self.q),
        )
        if isinstance(times, str):
            raise unclear(times)
        return times

    def _definitions(self, request: MetricRequest) -> list[str]:
        """ "how is X calculated": the definition in words, beside the figure and its proof."""
        found = []
        for name in request.figures:
            if name in self.catalog.metrics:
                one = self.q.metric(name)
                found.append(f"{one.label} is {one.definition}. {one.description}".strip())
        return [*found, "The models, files and rows left out are listed in the proof."]
