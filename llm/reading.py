"""What a question asks for: a metric request, a question back, or a refusal with the nearest.

The last step of the planner's parser. `llm.marking` marked the words, `llm.roles` said what each
named thing is for; here names are resolved against what the measures can be broken down by, times
become ranges (`llm.spans_of_time`), and the request is put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llm.catalog import Catalog
from llm.cues import FALLS, JUDGING, PERCENTS
from llm.lexicon import Lexicon, Sense, Span
from llm.marking import Marks, mark
from llm.refusals import Clarify, Decline, NotThisWayError, Refusals, listed
from llm.request import (
    Comparison,
    Filter,
    Grain,
    MetricRequest,
    Operator,
    Ratio,
    Scalar,
)
from llm.roles import Parts, assign, follows_ranking
from llm.spans_of_time import Times, read_times
from llm.words import word_set

DEFAULT_TOP = 10
# Of these, less is better; "worst" means most.
LESS_IS_BETTER = word_set(
    """
    return returned cancellation cancelled failed late refunded bounce bounces abandoned
    abandonment negative hours days tickets discount cost
    """
)


@dataclass(frozen=True)
class Ask:
    """A request, and what was assumed on the way (in words, for the answer)."""

    request: MetricRequest
    notes: tuple[str, ...] = ()


Reading = Ask | Clarify | Decline


def read(question: str, catalog: Catalog, lexicon: Lexicon) -> Reading:
    """Read a question against a catalogue. Never raises for what it cannot read: it declines."""
    marks = mark(question, lexicon, catalog.window.today)
    try:
        return _Reader(marks, catalog, lexicon).read()
    except NotThisWayError as end:
        return end.reading


class _Reader:
    def __init__(self, marks: Marks, catalog: Catalog, lexicon: Lexicon) -> None:
        self.marks = marks
        self.catalog = catalog
        self.lexicon = lexicon
        self.refusals = Refusals(marks, catalog)
        self.parts = assign(marks)
        self.notes = [f'I took it that you meant "{text}".' for text in self.parts.typos]

    def read(self) -> Reading:
        marks = self.marks
        parts = self.parts
        self.refusals.future()
        self.refusals.unexplained(parts)
        self.refusals.dangling_negation(parts)
        if not parts.metrics:
            self.refusals.no_metric(parts)
        metrics = self._metrics(parts)
        metrics = self._as_rates(metrics)
        filters = self._filters(parts, metrics)
        dimensions = self._dimensions(parts, metrics)
        metrics, dimensions, filters = self._substituted(metrics, dimensions, filters)
        dimensions = self._with_compared_values(dimensions, filters)
        ratios = tuple(Ratio(metrics[0], span.of("metric")[0].name) for span in parts.denominators)
        times = read_times(
            marks, parts.grain, self.catalog.window, several=self._compares_things(parts, filters)
        )
        if isinstance(times, str):
            raise NotThisWayError(Clarify(times, ()))
        self.notes += times.notes
        grain = self._grain(parts, times, metrics)
        share = self._share(metrics, dimensions, filters)
        metrics, share = share if isinstance(share, tuple) else (metrics, share)
        if share:
            dimensions = dimensions or tuple(dict.fromkeys(f.name for f in filters))
        self.refusals.average(metrics, parts)
        self.refusals.threshold_without_rows((*dimensions, *([grain] if grain else ())), metrics)
        order, limit = self._order(
            metrics, dimensions, grain, ratios, parts, compares=times.other is not None
        )
        return Ask(
            MetricRequest(
                metrics=tuple(m for m in metrics if not ratios or m != metrics[0]),
                dimensions=dimensions,
                grain=grain,
                filters=(*filters, *self._thresholds(metrics)),
                time=times.main,
                order=order,
                limit=limit,
                compare=self._comparison(times),
                ratios=ratios,
                share=bool(share),
            ),
            tuple(dict.fromkeys(self.notes)),
        )

    # -- measures -------------------------------------------------------------------------------

    def _metrics(self, parts: Parts) -> tuple[str, ...]:
        chosen: list[str] = []
        wanted = [names for _, names in parts.groups]
        for span, names in parts.metrics:
            fitting = [
                n for n in names if all(self.refusals.reach(n, options) for options in wanted)
            ]
            candidates = fitting or list(names)
            if len(candidates) > 1:
                labels = tuple(self.catalog.metrics[name].label for name in candidates)
                raise NotThisWayError(Clarify(f'What do you mean by "{span.text}"?', labels))
            if candidates[0] not in chosen:
                chosen.append(candidates[0])
        return tuple(chosen)

    def _as_rates(self, metrics: tuple[str, ...]) -> tuple[str, ...]:
        """ "margin percent": the rate that is made of the measure, where exactly one is."""
        marks = self.marks
        inside = {i for s in marks.spans for i in range(s.start, s.end)}
        inside |= {i for t in marks.thresholds for i in range(t.start, t.end)}
        said = any(t.word in PERCENTS for i, t in enumerate(marks.words) if i not in inside)
        if (
            not said
            or marks.share is not None
            or marks.change is not None
            or marks.compare is not None
        ):
            return metrics
        rates = []
        for metric in metrics:
            if "rate" in self.catalog.metrics[metric].unit:
                rates.append(metric)
                continue
            made = [
                m
                for m in self.catalog.metrics.values()
                if m.kind == "ratio" and m.inputs[0] == metric
            ]
            found = [m.name for m in made if m.unit == "rate"]
            if len(found) != 1 and self.parts.groups and self.catalog.metrics[metric].additive:
                marks.share = 0  # "revenue percent by country" is each country's share
                return metrics
            if len(found) != 1:
                options = tuple(self.catalog.metrics[name].label for name in found)
                label = self.catalog.metrics[metric].label
                raise NotThisWayError(
                    Clarify(f"{label} as a percentage of what?", options or (label,))
                )
            rates.append(found[0])
        return tuple(rates)

    def _dimensions(self, parts: Parts, metrics: tuple[str, ...]) -> tuple[str, ...]:
        dimensions: list[str] = []
        for span, names in parts.groups:
            found = self.refusals.reachable(names, metrics)
            name = found[0] if found else self._unreachable(span, names, metrics)
            if name not in dimensions:
                dimensions.append(name)
        return tuple(dimensions)

    def _unreachable(self, span: Span, names: Sequence[str], metrics: tuple[str, ...]) -> str:
        """A dimension that a substitute reaches, else a refusal that names who has it."""
        for metric in metrics:
            for other in self.lexicon.substitutes.get(metric, ()):
                found = self.refusals.reachable(names, (other,))
                if found and len(metrics) == 1:
                    return found[0]
        others = listed(self.refusals.dimension_labels(metrics)[:8])
        values = [
            f'{h.name} = "{h.text}"' for h in self.catalog.search(span.text) if h.kind == "value"
        ]
        labels = [self.catalog.metrics[m].label for m in metrics]
        having = [
            m.label for m in self.catalog.metrics.values() if self.refusals.reach(m.name, names)
        ]
        raise NotThisWayError(
            Decline(
                f'{listed(labels)} cannot be broken down or filtered by "{span.text}".',
                (
                    *([f"With {span.text} there is: {listed(having[:6])}."] if having else []),
                    *([f"Stored values like it: {listed(values[:4])}."] if values else []),
                    f"{labels[0]} can be broken down by: {others}.",
                ),
            )
        )

    def _substituted(
        self, metrics: tuple[str, ...], dimensions: tuple[str, ...], filters: tuple[Filter, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Filter, ...]]:
        needed = (*dimensions, *(f.name for f in filters))
        if len(metrics) != 1 or all(self.refusals.reach(metrics[0], (name,)) for name in needed):
            return metrics, dimensions, filters
        for other in self.lexicon.substitutes.get(metrics[0], ()):
            if all(self.refusals.reach(other, (name,)) for name in needed):
                was, now = (self.catalog.metrics[name].label for name in (metrics[0], other))
                self.notes.append(f'Here "{was}" is counted as "{now}".')
                return (other,), dimensions, filters
        return metrics, dimensions, filters

    # -- filters --------------------------------------------------------------------------------

    def _filters(self, parts: Parts, metrics: tuple[str, ...]) -> tuple[Filter, ...]:
        wanted: dict[tuple[str, bool], list[Scalar]] = {}
        for span in parts.values:
            senses = self._qualified(span)
            if self._is_reporting_currency(span, senses, metrics):
                continue
            found = self.refusals.reachable([sense.name for sense in senses], metrics)
            name = found[0] if found else self._unreachable(span, [s.name for s in senses], metrics)
            value = next(s.value for s in senses if s.name == name)
            assert value is not None  # noqa: S101 - a value sense has one
            wanted.setdefault((name, self._is_negated(span)), []).append(value)
        filters = []
        for (name, negated), values in wanted.items():
            unique = tuple(dict.fromkeys(values))
            if isinstance(unique[0], bool):
                filters.append(Filter(name, Operator.IS, (unique[0] is not negated,)))
            elif len(unique) == 1:
                filters.append(Filter(name, Operator.IS_NOT if negated else Operator.IS, unique))
            else:
                filters.append(Filter(name, Operator.NOT_IN if negated else Operator.IN, unique))
        return tuple(filters)

    def _qualified(self, span: Span) -> tuple[Sense, ...]:
        """The value's senses, narrowed by a dimension's name beside it."""
        senses = span.of("value")
        i = self.marks.spans.index(span)
        for j in (i - 1, i + 1):
            if self.parts.roles.get(j) == "qualifier":
                beside = self.marks.spans[j]
                names = {sense.name for sense in beside.of("dimension")}
                owners = {sense.name for sense in beside.of("entity")}
                narrowed = tuple(
                    s for s in senses if s.name in names or s.name.split("__")[0] in owners
                )
                senses = narrowed or senses
        return senses

    def _is_negated(self, span: Span) -> bool:
        if span.start in self.marks.negations:
            return True
        i = self.marks.spans.index(span)
        if i and self.parts.roles.get(i - 1) == "value":
            previous = self.marks.spans[i - 1]
            between = {self.marks.word(k) for k in range(previous.end, span.start)}
            return bool(between) and between <= {"and", ",", "or"} and self._is_negated(previous)
        return False

    def _is_reporting_currency(
        self, span: Span, senses: Sequence[Sense], metrics: tuple[str, ...]
    ) -> bool:
        """ "revenue in euros" asks for the unit, not for orders that were paid in euros."""
        if not all(sense.name.endswith("currency") for sense in senses):
            return False
        if (
            self.marks.word(span.start - 1) != "in"
            or self.catalog.metrics[metrics[0]].unit != "eur"
        ):
            return False
        value = str(senses[0].value)
        if value.upper() == "EUR":
            return True
        label = self.catalog.metrics[metrics[0]].label
        raise NotThisWayError(
            Clarify(
                f"Amounts are reported in EUR. Do you mean orders that were paid in {value}?",
                (f"{label} of orders paid in {value}, shown in EUR", f"{label} in EUR"),
            )
        )

    def _with_compared_values(
        self, dimensions: tuple[str, ...], filters: tuple[Filter, ...]
    ) -> tuple[str, ...]:
        """ "Germany vs France", "in Germany and France": a row for each."""
        if self.marks.has("together", "combined", "total", "sum", "or"):
            return dimensions
        several = [f.name for f in filters if f.operator is Operator.IN]
        return tuple(dict.fromkeys((*dimensions, *several)))

    def _compares_things(self, parts: Parts, filters: tuple[Filter, ...]) -> bool:
        return len(parts.metrics) > 1 or any(f.operator is Operator.IN for f in filters)

    def _thresholds(self, metrics: tuple[str, ...]) -> tuple[Filter, ...]:
        filters = []
        for one in self.marks.thresholds:
            name = self._metric_beside(one.start, one.end, metrics)
            value = one.value / 100 if one.percent else one.value
            filters.append(
                Filter(name, one.operator, (int(value) if value == int(value) else value,))
            )
        return tuple(filters)

    def _metric_beside(self, start: int, end: int, metrics: tuple[str, ...]) -> str:
        spans = [s for i, s in enumerate(self.marks.spans) if self.parts.roles.get(i) == "metric"]
        right = next((s for s in spans if 0 <= s.start - end <= 1), None)
        left = next((s for s in reversed(spans) if s.end <= start), None)
        for span in (right, left):
            for sense in span.of("metric") if span else ():
                if sense.name in metrics:
                    return sense.name
        return metrics[0]

    # -- time, order, shares --------------------------------------------------------------------

    def _grain(self, parts: Parts, times: Times, metrics: tuple[str, ...]) -> Grain | None:
        grain = times.grain or parts.grain
        goes_on = self.marks.over_time and times.other is None
        if grain is None and (goes_on or any(self.catalog.metrics[m].needs_time for m in metrics)):
            grain = Grain.MONTH
            if times.days is not None and times.days <= 45:
                grain = Grain.DAY
        return grain

    def _comparison(self, times: Times) -> Comparison | None:
        if times.other is None:
            return None
        return Comparison(times.other, times.shift_count, times.shift_unit)

    def _share(
        self, metrics: tuple[str, ...], dimensions: tuple[str, ...], filters: tuple[Filter, ...]
    ) -> bool | tuple[tuple[str, ...], bool]:
        if self.marks.share is None:
            return False
        if not dimensions:
            for rate in self.catalog.metrics.values():
                if rate.kind == "ratio" and rate.inputs[0] == metrics[0] and not filters:
                    return (rate.name,), False
        if not dimensions and not filters:
            label = self.catalog.metrics[metrics[0]].label
            options = tuple(f"{label} by {d}" for d in self.refusals.dimension_labels(metrics)[:4])
            raise NotThisWayError(Clarify(f"A share of {label.lower()} by what?", options))
        for metric in metrics:
            if not self.catalog.metrics[metric].additive:
                label = self.catalog.metrics[metric].label
                others = listed(self.refusals.dimension_labels(metrics)[:6])
                raise NotThisWayError(
                    Decline(
                        f"{label} does not add up to a total, so it has no shares.",
                        (f"{label} itself can be broken down by: {others}.",),
                    )
                )
        return True

    def _order(
        self,
        metrics: tuple[str, ...],
        dimensions: tuple[str, ...],
        grain: Grain | None,
        ratios: tuple[Ratio, ...],
        parts: Parts,
        *,
        compares: bool,
    ) -> tuple[tuple[tuple[str, bool], ...], int | None]:
        ranking = self.marks.ranking
        if ranking is None:
            return (), None
        if not dimensions and grain is None:
            if parts.entities or not self.catalog.metrics[metrics[0]].unit:
                return (), None
            label = self.catalog.metrics[metrics[0]].label
            options = tuple(
                f"{d} with the {ranking.word} {label.lower()}"
                for d in ("Month", *self.refusals.dimension_labels(metrics)[:3])
            )
            raise NotThisWayError(Clarify(f"The {ranking.word} {label.lower()} by what?", options))
        if len(dimensions) + (grain is not None) > 1:
            label = self.catalog.metrics[metrics[0]].label
            keys = [*dimensions, *([grain.value] if grain else [])]
            labels = [
                self.catalog.dimensions[k].label if k in self.catalog.dimensions else k
                for k in keys
            ]
            raise NotThisWayError(
                Decline(
                    f'I cannot rank within groups ("{ranking.word}" in each).',
                    (
                        f"{label} by {listed(labels)}, without a ranking.",
                        f"{label} by {labels[0]}, ranked.",
                    ),
                )
            )
        metric = ratios[0].name if ratios else self._ranked_metric(metrics)
        descending = ranking.descending
        if compares and self.marks.change is not None:
            falls = self.marks.word(self.marks.change) in FALLS
            self.notes.append("Ranked by the rate of change.")
            column = f"{metric}_change_rate"
            return ((column, descending is not falls),), ranking.count or self._implied_count(parts)
        name_parts = set(metric.split("_"))
        if ranking.word in JUDGING and name_parts & LESS_IS_BETTER:
            descending = not descending
        return ((metric, descending),), ranking.count or self._implied_count(parts)

    def _ranked_metric(self, metrics: tuple[str, ...]) -> str:
        ranking = self.marks.ranking
        for i, span in enumerate(self.marks.spans):
            if self.parts.roles.get(i) == "metric" and ranking is not None:
                names = [s.name for s in span.of("metric") if s.name in metrics]
                after = follows_ranking(self.marks, span) or self.marks.word(span.start - 1) == "by"
                if names and after:
                    return names[0]
        return metrics[0]

    def _implied_count(self, parts: Parts) -> int:
        """ "which country has the highest": one; "top products": the first ten."""
        spans = [span for span, _ in parts.groups]
        if not spans:
            spans = [
                s for i, s in enumerate(self.marks.spans) if self.parts.roles.get(i) == "grain"
            ]
        last = self.marks.words[spans[0].end - 1] if spans else None
        if last is not None and last.word == last.stem:
            return 1
        self.notes.append("I show the first ten.")
        return DEFAULT_TOP
