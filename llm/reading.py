"""What a marked question asks for: a metric request, a question back, or a refusal with the nearest.

The second half of the planner's parser: it decides what each named thing is for (measure, break-down,
filter), resolves it against what the measures can be broken down by, and reads times as ranges and
comparisons (`llm.spans_of_time`). A word that nothing explains is never ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from llm.catalog import Catalog
from llm.lexicon import Lexicon, Sense, Span
from llm.marking import JUDGING, Marks, mark
from llm.request import (
    Comparison,
    Filter,
    Grain,
    MetricRequest,
    Operator,
    Ratio,
    Scalar,
)
from llm.spans_of_time import Times, read_times
from llm.words import tokens, word_set

DEFAULT_TOP = 10
# Of these, less is better; "worst" means most.
LESS_IS_BETTER = word_set(
    """
    return returned cancellation cancelled failed late refunded bounce bounces abandoned
    abandonment negative hours days tickets discount cost
    """
)
AVERAGES = frozenset({"average", "mean", "avg", "median", "typical"})
MAIN_METRICS = ("revenue", "orders", "customers", "conversion_rate", "support_tickets")


@dataclass(frozen=True)
class Clarify:
    """A question back, with the readings to choose from."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Decline:
    """Why it cannot be answered, and what comes nearest."""

    reason: str
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ask:
    """A request, and what was assumed on the way (in words, for the answer)."""

    request: MetricRequest
    notes: tuple[str, ...] = ()


Reading = Ask | Clarify | Decline


class _NotThisWayError(Exception):
    """Ends the reading early with a clarification or a refusal."""

    def __init__(self, reading: Clarify | Decline) -> None:
        super().__init__()
        self.reading = reading


@dataclass
class _Parts:
    """What each span turned out to be for."""

    metrics: list[tuple[Span, tuple[str, ...]]] = field(default_factory=list)
    groups: list[tuple[Span, tuple[str, ...]]] = field(default_factory=list)
    values: list[Span] = field(default_factory=list)
    denominators: list[Span] = field(default_factory=list)
    grain: Grain | None = None
    entities: list[Span] = field(default_factory=list)


def read(question: str, catalog: Catalog, lexicon: Lexicon) -> Reading:
    """Read a question against a catalogue. Never raises for what it cannot read: it declines."""
    marks = mark(question, lexicon, catalog.window.today)
    try:
        return _Reader(marks, catalog, lexicon).read()
    except _NotThisWayError as end:
        return end.reading


class _Reader:
    def __init__(self, marks: Marks, catalog: Catalog, lexicon: Lexicon) -> None:
        self.marks = marks
        self.catalog = catalog
        self.lexicon = lexicon
        self.notes: list[str] = []
        self.roles: dict[int, str] = {}

    def read(self) -> Reading:
        marks = self.marks
        self._refuse_future()
        parts = self._parts()
        self._refuse_unexplained(parts)
        if not parts.metrics:
            self._refuse_no_metric(parts)
        metrics = self._metrics(parts)
        filters = self._filters(parts, metrics)
        dimensions = self._dimensions(parts, metrics)
        metrics, dimensions, filters = self._substituted(metrics, dimensions, filters)
        dimensions = self._with_compared_values(parts, dimensions, filters)
        ratios = tuple(Ratio(metrics[0], span.of("metric")[0].name) for span in parts.denominators)
        times = read_times(
            marks, parts.grain, self.catalog.window, several=self._compares_things(parts, filters)
        )
        if isinstance(times, str):
            raise _NotThisWayError(Clarify(times, ()))
        self.notes += times.notes
        grain = self._grain(parts, times, metrics)
        share = self._share(metrics, dimensions, filters)
        metrics, share = share if isinstance(share, tuple) else (metrics, share)
        if share:
            dimensions = dimensions or tuple(dict.fromkeys(f.name for f in filters))
        self._refuse_average(metrics, parts)
        order, limit = self._order(metrics, dimensions, grain, ratios, parts)
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

    # -- what each span is for ------------------------------------------------------------------

    def _parts(self) -> _Parts:
        parts = _Parts()
        spans = self.marks.spans
        for i, span in enumerate(spans):
            if span.typo:
                self.notes.append(f'I took it that you meant "{span.text}".')
            role = self._role(i, span)
            self.roles[i] = role
            if role == "metric":
                parts.metrics.append((span, tuple(s.name for s in span.of("metric"))))
            elif role == "denominator":
                parts.denominators.append(span)
            elif role == "group":
                names = span.of("dimension") or span.of("entity")
                parts.groups.append((span, tuple(s.name for s in names)))
            elif role == "entity":
                parts.entities.append(span)
            elif role == "value":
                parts.values.append(span)
            elif role == "grain":
                parts.grain = parts.grain or Grain(span.of("grain")[0].name)
        return parts

    def _role(self, i: int, span: Span) -> str:
        marks = self.marks
        before = marks.word(span.start - 1)
        grouped = span.start in marks.groupers or self._continues_group(i, span)
        asked_for = before in ("which", "what") or (
            before == "the" and marks.word(span.start - 2) in ("which", "what")
        )
        ranked = self._after_ranking(span)
        others = any(other.of("metric") for j, other in enumerate(marks.spans) if j != i)
        if grouped:
            if (
                before in ("per", "every", "each")
                and span.of("metric")
                and others
                and not span.of("dimension")
            ):
                return "denominator" if before == "per" else "group"
            if span.of("dimension") and not (span.of("metric") and not others):
                return "group"
            if span.of("grain"):
                return "grain"
            if span.of("entity") and others and marks.ranking is None:
                return "group"
        if (asked_for or ranked) and before not in ("most", "least", "fewest", "highest", "lowest"):
            if span.of("dimension") and (others or not span.of("metric")):
                return "group"
            if span.of("grain"):
                return "grain"
            if span.of("entity") and others:
                return "group"
        if span.of("metric") and span.of("value") and others and before not in ("and", ","):
            return "value"  # "tickets about late deliveries" names a topic, not a second measure
        for kind in ("metric", "value"):
            if span.of(kind):
                return kind
        if span.of("dimension"):
            return "qualifier" if self._qualifies_value(i, span) else "group"
        return "grain" if span.of("grain") else "entity"

    def _continues_group(self, i: int, span: Span) -> bool:
        """ "by country and channel": the second belongs to the same "by"."""
        if i == 0 or self.roles.get(i - 1) not in ("group", "grain"):
            return False
        previous = self.marks.spans[i - 1]
        between = {self.marks.word(k) for k in range(previous.end, span.start)}
        return bool(between) and between <= {"and", ",", "&", "by", "then", "plus", "the"}

    def _after_ranking(self, span: Span) -> bool:
        ranking = self.marks.ranking
        if ranking is None:
            return False
        skipped = {self.marks.word(k) for k in range(ranking.end, span.start)}
        return ranking.end <= span.start and skipped <= {
            "of",
            "the",
            "our",
            "performing",
            "selling",
            "-",
        }

    def _qualifies_value(self, i: int, span: Span) -> bool:
        """ "the Audio category", "channel app": the dimension's name beside one of its values."""
        names = {sense.name for sense in span.of("dimension")}
        for j in (i - 1, i + 1):
            if 0 <= j < len(self.marks.spans):
                other = self.marks.spans[j]
                near = max(span.start, other.start) - min(span.end, other.end) <= 1
                if near and names & {sense.name for sense in other.of("value")}:
                    return span.start not in self.marks.groupers
        return False

    # -- measures -------------------------------------------------------------------------------

    def _metrics(self, parts: _Parts) -> tuple[str, ...]:
        chosen: list[str] = []
        wanted = [names for _, names in parts.groups]
        for span, names in parts.metrics:
            fitting = [n for n in names if all(self._reach(n, options) for options in wanted)]
            candidates = fitting or list(names)
            if len(candidates) > 1:
                labels = tuple(self.catalog.metrics[name].label for name in candidates)
                raise _NotThisWayError(Clarify(f'What do you mean by "{span.text}"?', labels))
            if candidates[0] not in chosen:
                chosen.append(candidates[0])
        return tuple(chosen)

    def _reach(self, metric: str, names: Sequence[str]) -> list[str]:
        have = self.catalog.layer.dimensions_of((metric,))
        return [name for name in names if name in have]

    def _reachable(self, names: Sequence[str], metrics: tuple[str, ...]) -> list[str]:
        """Those of `names` that all metrics have, the most natural first."""
        have = set(self.catalog.layer.dimensions_of(metrics))
        models = {model for metric in metrics for model in self.catalog.metrics[metric].models}

        def rank(name: str) -> tuple[bool, int, int, str]:
            one = self.catalog.dimensions[name]
            return one.model not in models, name.count("__"), len(one.element), name

        return sorted((name for name in dict.fromkeys(names) if name in have), key=rank)

    def _dimensions(self, parts: _Parts, metrics: tuple[str, ...]) -> tuple[str, ...]:
        dimensions: list[str] = []
        for span, names in parts.groups:
            found = self._reachable(names, metrics)
            name = found[0] if found else self._unreachable(span, names, metrics)
            if name not in dimensions:
                dimensions.append(name)
        return tuple(dimensions)

    def _unreachable(self, span: Span, names: Sequence[str], metrics: tuple[str, ...]) -> str:
        """A dimension that a substitute reaches, else a refusal that names who has it."""
        for metric in metrics:
            for other in self.lexicon.substitutes.get(metric, ()):
                found = self._reachable(names, (other,))
                if found and len(metrics) == 1:
                    return found[0]
        labels = [self.catalog.metrics[m].label for m in metrics]
        having = [m.label for m in self.catalog.metrics.values() if self._reach(m.name, names)]
        raise _NotThisWayError(
            Decline(
                f'{_listed(labels)} cannot be broken down or filtered by "{span.text}" in these data.',
                (
                    *([f"With {span.text} there is: {_listed(having[:6])}."] if having else []),
                    f"{labels[0]} can be broken down by: {_listed(self._dimension_labels(metrics)[:8])}.",
                ),
            )
        )

    def _substituted(
        self, metrics: tuple[str, ...], dimensions: tuple[str, ...], filters: tuple[Filter, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Filter, ...]]:
        needed = (*dimensions, *(f.name for f in filters))
        if len(metrics) != 1 or all(self._reach(metrics[0], (name,)) for name in needed):
            return metrics, dimensions, filters
        for other in self.lexicon.substitutes.get(metrics[0], ()):
            if all(self._reach(other, (name,)) for name in needed):
                was, now = (self.catalog.metrics[name].label for name in (metrics[0], other))
                self.notes.append(f'Here "{was}" is counted as "{now}".')
                return (other,), dimensions, filters
        return metrics, dimensions, filters

    # -- filters --------------------------------------------------------------------------------

    def _filters(self, parts: _Parts, metrics: tuple[str, ...]) -> tuple[Filter, ...]:
        wanted: dict[tuple[str, bool], list[Scalar]] = {}
        for span in parts.values:
            senses = self._qualified(span)
            if self._is_reporting_currency(span, senses, metrics):
                continue
            found = self._reachable([sense.name for sense in senses], metrics)
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
            if self.roles.get(j) == "qualifier":
                names = {sense.name for sense in self.marks.spans[j].of("dimension")}
                narrowed = tuple(sense for sense in senses if sense.name in names)
                senses = narrowed or senses
        return senses

    def _is_negated(self, span: Span) -> bool:
        starts = (
            {span.start, span.start - 1}
            if self.marks.word(span.start - 1) in ("the", "in", "from")
            else {span.start}
        )
        if starts & self.marks.negations:
            return True
        i = self.marks.spans.index(span)
        if i and self.roles.get(i - 1) == "value":
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
        raise _NotThisWayError(
            Clarify(
                f"Amounts are reported in EUR. Do you mean orders that were paid in {value}?",
                (f"{label} of orders paid in {value}, shown in EUR", f"{label} in EUR"),
            )
        )

    def _with_compared_values(
        self, parts: _Parts, dimensions: tuple[str, ...], filters: tuple[Filter, ...]
    ) -> tuple[str, ...]:
        """ "Germany vs France", "in Germany and France": a row for each."""
        if self.marks.has("together", "combined", "total", "sum", "or"):
            return dimensions
        several = [f.name for f in filters if f.operator is Operator.IN]
        return tuple(dict.fromkeys((*dimensions, *several)))

    def _compares_things(self, parts: _Parts, filters: tuple[Filter, ...]) -> bool:
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
        spans = [s for i, s in enumerate(self.marks.spans) if self.roles.get(i) == "metric"]
        right = next((s for s in spans if 0 <= s.start - end <= 1), None)
        left = next((s for s in reversed(spans) if s.end <= start), None)
        for span in (right, left):
            for sense in span.of("metric") if span else ():
                if sense.name in metrics:
                    return sense.name
        return metrics[0]

    # -- time, order, shares --------------------------------------------------------------------

    def _grain(self, parts: _Parts, times: Times, metrics: tuple[str, ...]) -> Grain | None:
        grain = times.grain or parts.grain
        if grain is None and (
            self.marks.over_time or any(self.catalog.metrics[m].needs_time for m in metrics)
        ):
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
            options = tuple(f"{label} by {d}" for d in self._dimension_labels(metrics)[:4])
            raise _NotThisWayError(Clarify(f"A share of {label.lower()} by what?", options))
        for metric in metrics:
            if not self.catalog.metrics[metric].additive:
                label = self.catalog.metrics[metric].label
                raise _NotThisWayError(
                    Decline(
                        f"{label} does not add up to a total, so it has no shares.",
                        (
                            f"{label} itself can be broken down by: {_listed(self._dimension_labels(metrics)[:6])}.",
                        ),
                    )
                )
        return True

    def _order(
        self,
        metrics: tuple[str, ...],
        dimensions: tuple[str, ...],
        grain: Grain | None,
        ratios: tuple[Ratio, ...],
        parts: _Parts,
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
                for d in ("Month", *self._dimension_labels(metrics)[:3])
            )
            raise _NotThisWayError(Clarify(f"The {ranking.word} {label.lower()} by what?", options))
        metric = ratios[0].name if ratios else self._ranked_metric(metrics)
        descending = ranking.descending
        name_parts = set(metric.split("_"))
        if ranking.word in JUDGING and name_parts & LESS_IS_BETTER:
            descending = not descending
        return ((metric, descending),), ranking.count or self._implied_count(parts)

    def _ranked_metric(self, metrics: tuple[str, ...]) -> str:
        ranking = self.marks.ranking
        for i, span in enumerate(self.marks.spans):
            if self.roles.get(i) == "metric" and ranking is not None:
                names = [s.name for s in span.of("metric") if s.name in metrics]
                after = self._after_ranking(span) or self.marks.word(span.start - 1) == "by"
                if names and after:
                    return names[0]
        return metrics[0]

    def _implied_count(self, parts: _Parts) -> int:
        """ "which country has the highest": one; "top products": the first ten."""
        spans = [span for span, _ in parts.groups]
        if not spans:
            spans = [s for i, s in enumerate(self.marks.spans) if self.roles.get(i) == "grain"]
        last = self.marks.words[spans[0].end - 1] if spans else None
        if last is not None and last.word == last.stem:
            return 1
        self.notes.append("I show the first ten.")
        return DEFAULT_TOP

    # -- what cannot be answered ----------------------------------------------------------------

    def _refuse_future(self) -> None:
        window = self.catalog.window
        for time in self.marks.times:
            if time.future:
                raise _NotThisWayError(
                    Decline(
                        f'"{time.text}" lies after the data, which end on {window.last}; nothing is forecast.',
                        (f"The data cover {window.first} to {window.last}.",),
                    )
                )

    def _refuse_unexplained(self, parts: _Parts) -> None:
        marks = self.marks
        if not marks.unexplained:
            return
        words = [marks.words[i].text for i in marks.unexplained]
        stems = {marks.words[i].stem for i in marks.unexplained}
        partly = [
            metric.label
            for metric in self.catalog.metrics.values()
            if stems & set(self._stems(metric.label, metric.name))
        ]
        if partly and not parts.metrics:
            raise _NotThisWayError(
                Clarify(f'What do you mean by "{" ".join(words)}"?', tuple(partly[:6]))
            )
        said = _listed([f'"{word}"' for word in words])
        nearest = []
        if parts.metrics:
            label = self.catalog.metrics[parts.metrics[0][1][0]].label
            names = (parts.metrics[0][1][0],)
            nearest.append(
                f"{label} can be broken down by: {_listed(self._dimension_labels(names)[:8])}."
            )
        hits = [h for h in self.catalog.search(" ".join(words), 4) if h.kind != "value"]
        if hits:
            nearest.append("Nearest in the catalogue: " + _listed([h.name for h in hits]) + ".")
        elif not parts.metrics:
            nearest.append(f"I can tell you about: {_listed(self._main_labels())}.")
        raise _NotThisWayError(Decline(f"The data hold nothing called {said}.", tuple(nearest)))

    def _stems(self, *names: str) -> list[str]:
        return [token for name in names for token in _stemmed(name)]

    def _refuse_no_metric(self, parts: _Parts) -> None:
        about = [names for _, names in parts.groups]
        if not about and not parts.values and not self.marks.times and not parts.entities:
            raise _NotThisWayError(
                Decline(
                    "I find nothing in the question that the data could answer.",
                    (f"I can tell you about: {_listed(self._main_labels())}.",),
                )
            )
        fitting = [
            self.catalog.metrics[name].label
            for name in MAIN_METRICS
            if name in self.catalog.metrics and all(self._reach(name, one) for one in about)
        ]
        fitting += [
            m.label
            for m in self.catalog.metrics.values()
            if all(self._reach(m.name, one) for one in about) and not m.needs_time
        ]
        fitting = list(dict.fromkeys(fitting))[:5]
        what = "Ranked by what?" if self.marks.ranking else "Which figure would you like?"
        raise _NotThisWayError(Clarify(what, tuple(fitting)))

    def _refuse_average(self, metrics: tuple[str, ...], parts: _Parts) -> None:
        inside = {i for s in self.marks.spans for i in range(s.start, s.end)}
        said = [
            t.word for i, t in enumerate(self.marks.words) if t.word in AVERAGES and i not in inside
        ]
        additive = [m for m in metrics if self.catalog.metrics[m].unit in ("eur", "count")]
        if said and additive and not parts.denominators:
            label = self.catalog.metrics[additive[0]].label
            options = [f"{label} in total", f"{label} by month"]
            options += [
                m.label
                for m in self.catalog.metrics.values()
                if m.kind == "ratio" and m.inputs[0] == additive[0]
            ]
            raise _NotThisWayError(
                Clarify(f"The {said[0]} {label.lower()} of what?", tuple(options[:5]))
            )

    def _dimension_labels(self, metrics: tuple[str, ...]) -> list[str]:
        names = [
            n for n in self.catalog.layer.dimensions_of(metrics) if n in self.catalog.dimensions
        ]
        natural = self._reachable(names, metrics)
        labels = [
            self.catalog.dimensions[n].label
            for n in natural
            if self.catalog.dimensions[n].kind == "categorical"
        ]
        return list(dict.fromkeys(labels))

    def _main_labels(self) -> list[str]:
        names = [name for name in MAIN_METRICS if name in self.catalog.metrics]
        return [self.catalog.metrics[n].label for n in names or list(self.catalog.metrics)[:5]]


def _stemmed(name: str) -> list[str]:
    return [token.stem for token in tokens(name)]


def _listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
