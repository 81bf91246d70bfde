"""Nothing that a question says may go lost: what changed nothing in the request is asked about.

The last look before a request is answered. `Refusals` ends a reading for what cannot be named,
this for what was named and not used: a cue, a bound, a comparative, a unit that the figure lacks.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NoReturn

from llm.money import WORDS, is_money
from llm.question.cues import AMOUNT_WORDS, AVERAGES, COMPARATIVES, JOINTS, VERBS
from llm.question.parsed import Parsed
from llm.question.phrasing import DEEDS
from llm.question.refusals import Clarify, Decline, NotThisWayError
from llm.request import MetricRequest, Operator
from llm.words import word_set

ADVERBS = frozenset({"actually", "really", "have", "had", "has", "did", "only", "just"})
BESIDE_AVERAGE = frozenset({"over", "above", "below", "under", "than"})
# What customers do with products.
BUYING = word_set("buy bought order ordered purchase purchased return returned review reviewed")


class Heeding:
    """Ends a reading whose request leaves something of the question out."""

    def __init__(self, parsed: Parsed) -> None:
        self.q = parsed
        self.marks = parsed.marks

    def check(self, request: MetricRequest) -> None:
        """All of it."""
        self._threshold_without_rows(request)
        self._outside(request)
        self._set_logic(request)
        self._caused()
        self._manner(request)
        self._uncounted(request)
        self._comparison(request)
        self._comparative(request)
        self._beside_average()
        self._lost(request)
        self._members_bound()
        self._subset()
        self._doing(request)
        self._average(request)
        self._amount(request)
        self._count(request)

    def _ask(self, question: str, options: tuple[str, ...]) -> NoReturn:
        raise NotThisWayError(Clarify(question, options))

    def _threshold_without_rows(self, request: MetricRequest) -> None:
        """ "revenue above 100": a bound keeps results, so there must be several."""
        if self.marks.thresholds and not request.keys:
            metrics = request.measured
            label = self.q.catalog.metrics[metrics[-1]].label
            labels = self.q.refusals.dimension_labels(metrics)[:4]
            nearest = tuple(f"{label} by {name}, with a bound." for name in labels)
            raise NotThisWayError(
                Decline("A bound needs a break-down: which results should it keep?", nearest)
            )

    def _outside(self, request: MetricRequest) -> None:
        """Days that begin after the data."""
        window = self.q.catalog.window
        if request.time.start is not None and request.time.start > max(window.last, window.today):
            self._ask("Which days do you mean?", (f"The data end on {window.last}.",))

    def _comparison(self, request: MetricRequest) -> None:
        """ "compared", "grew": there must be something to compare with."""
        marks = self.marks
        label = self.q.label(request.measured[0])
        several = len(request.figures) > 1 or any(len(f.values) > 1 for f in request.filters)
        if marks.compare is not None and not (request.compare or request.keys or several):
            self._ask(
                f"What should {label.lower()} be compared with?",
                (f"{label} this month and last month", f"{label} by country"),
            )
        moves = request.compare is not None or request.grain is not None
        rises = any("growth" in name for name in request.measured)
        if marks.change is not None and not (moves or rises or request.keys):
            self._ask(
                f"{label}: the change from when to when?",
                (f"{label} this year against last year", f"{label} by month"),
            )

    def _comparative(self, request: MetricRequest) -> None:
        """ "orders with higher discounts": than what?"""
        found = next((word for _, word in self._free() if word in COMPARATIVES), None)
        rows = request.keys or request.compare or request.order
        if found and not rows:
            label = self.q.label(request.measured[0])
            self._ask(
                f'"{found}" than what?',
                (f"{label} this year against last year", f"{label} by month"),
            )

    def _beside_average(self) -> None:
        """ "products above average": what stands above one is not measured in one go."""
        said = [word for _, word in self._free()]
        words = [token.word for token in self.marks.words]
        for i, word in enumerate(words[:-1]):
            following = words[i + 1] if words[i + 1] != "the" else "".join(words[i + 2 : i + 3])
            if word in BESIDE_AVERAGE and word in said and following in AVERAGES:
                raise NotThisWayError(
                    Decline(
                        f"What is {word} the average is not measured in one go.",
                        ("Ask for the figures of each, or with a bound in numbers.",),
                    )
                )

    def _lost(self, request: MetricRequest) -> None:
        """ "customers that we lost": who did not come back is no fall in their number."""
        marks = self.marks
        change = marks.word(marks.change) if marks.change is not None else ""
        if change not in ("lost", "lose", "loses") or len(marks.times) > 1:
            return
        spans = [s for s in marks.spans if s.of("metric") and s.of("entity")]
        if spans and request.measured[0] in {one.name for s in spans for one in s.of("metric")}:
            label = self.q.label(request.measured[0])
            raise NotThisWayError(
                Decline(
                    f"Which {label.lower()} were lost is not measured.",
                    (f"{label} this year against last year", f"{label} by month"),
                )
            )

    def _members_bound(self) -> None:
        """ "orders with more than one product": a bound on how many members, of no measure."""
        marks = self.marks
        for one in marks.thresholds:
            span = next((s for s in marks.spans if s.start == one.end), None)
            named = span is not None and (span.of("dimension") or span.of("entity"))
            if span is not None and named and not (span.of("metric") or span.of("value")):
                raise NotThisWayError(
                    Decline(
                        f"A bound on the number of {span.text} is not measured.",
                        ("A bound can be on a figure, such as: more than 100 orders.",),
                    )
                )

    def _subset(self) -> None:
        """ "sessions that ended in a checkout": two measures, of which one says which are meant."""
        marks = self.marks
        spans = [s for i, s in enumerate(marks.spans) if self.q.parts.roles.get(i) == "metric"]
        for left, right in pairwise(spans):
            between = [marks.word(k) for k in range(left.end, right.start)]
            relative = bool({"that", "which", "who", "whose"} & set(between))
            relative = relative or (bool(left.of("entity")) and between == ["with"])
            if relative and not set(between) & JOINTS:
                labels = tuple(self.q.label(s.of("metric")[0].name) for s in (left, right))
                self._ask(f'What do you mean by "{left.text} {" ".join(between)} ..."?', labels)

    def _doing(self, request: MetricRequest) -> None:
        """ "visitors that actually buy": what they do narrows whom, and no condition says so."""
        marks = self.marks
        free = {i for i, _ in self._free()}
        for i, token in enumerate(marks.words):
            k = i + 1
            while marks.word(k) in ADVERBS:
                k += 1
            relative = i > 0 and token.word in ("that", "who", "which")
            if not (relative and k in free and marks.word(k) in VERBS):
                continue
            said = DEEDS.get(marks.word(k), "")
            if said in request.measured or request.filters or request.ratios:
                continue
            label = self.q.label(request.measured[0])
            raise NotThisWayError(
                Decline(
                    f'{label} are not told apart by "{token.text} {marks.words[k].text}".',
                    (f"{label}, all of them.",),
                )
            )

    def _average(self, request: MetricRequest) -> None:
        """An average that averages nothing."""
        definition = self.q.metric(request.measured[0]).definition
        plain = request.summary is None and not request.ratios and len(request.measured) == 1
        if self.marks.average and definition.startswith("count_distinct(") and plain:
            label = self.q.label(request.measured[0])
            self._ask(
                f"The average of {label.lower()} over what?",
                (f"Average {label.lower()} per month", f"{label} in total"),
            )

    def _free(self) -> list[tuple[int, str]]:
        """The words that name nothing, and where they stand."""
        marks = self.marks
        inside = {i for one in marks.spans for i in range(one.start, one.end)}
        inside |= {i for one in marks.thresholds for i in range(one.start, one.end)}
        inside |= {i for one in marks.times for i in range(one.start, one.end)}
        return [(i, token.word) for i, token in enumerate(marks.words) if i not in inside]

    def _amount(self, request: MetricRequest) -> None:
        """ "how much are the returns worth", "late orders in euros": an amount is wanted."""
        marks = self.marks
        inside = {i for one in marks.thresholds for i in range(one.start, one.end)}
        said = [
            token.word
            for i, token in enumerate(marks.words)
            if i not in inside and marks.word(i - 1) in ("in", "as")
        ]
        said += [word for _, word in self._free()]
        reported = {one.unit for one in self.q.catalog.metrics.values()}
        known = {word for word in WORDS if WORDS[word] in reported} | AMOUNT_WORDS
        wanted = next((word for word in said if word in known), None)
        money = [is_money(self.q.metric(name).unit) for name in request.measured]
        if wanted is None or any(money):
            return
        models = set(self.q.metric(request.measured[0]).models)
        amounts = [
            one.label
            for one in self.q.catalog.metrics.values()
            if is_money(one.unit) and models & set(one.models)
        ]
        if not amounts:
            amounts = [
                self.q.label(n) for n in self.q.catalog.main if is_money(self.q.metric(n).unit)
            ]
        label = self.q.label(request.measured[0]).lower()
        self._ask(f"Which amount? {label.capitalize()} is none.", tuple(amounts[:5]))

    def _count(self, request: MetricRequest) -> None:
        """ "how many refunds": a number is wanted, and the measure is an amount."""
        marks = self.marks
        for place in marks.counted:
            span = next((s for s in marks.spans if s.start == place and s.of("metric")), None)
            names = [s.name for s in span.of("metric")] if span else []
            used = [name for name in request.measured if name in names]
            if not used or request.summary is not None:
                continue
            unit = self.q.metric(used[0]).unit
            if is_money(unit) and not marks.has(*WORDS, *AMOUNT_WORDS):
                label = self.q.label(used[0])
                counts = [
                    one.label
                    for one in self.q.catalog.metrics.values()
                    if one.unit == "count" and set(one.models) & set(self.q.metric(used[0]).models)
                ]
                self._ask(
                    f"{label} is an amount of money; how many there were is not measured.",
                    (label, *counts[:4]),
                )

    def _set_logic(self, request: MetricRequest) -> None:
        """ "who bought audio but not furniture": conditions on several rows of one member."""
        negative = {
            f.name for f in request.filters if f.operator in (Operator.IS_NOT, Operator.NOT_IN)
        }
        positive = {f.name for f in request.filters if f.operator in (Operator.IS, Operator.IN)}
        several = {f.name for f in request.filters if f.operator is Operator.IN}
        counted = {
            name
            for name in request.measured
            if self.q.catalog.metrics[name].unit == "count"
            and any(
                model not in self.q.catalog.metrics[name].models
                for f in request.filters
                if f.name in self.q.catalog.dimensions
                for model in (self.q.catalog.dimensions[f.name].model,)
            )
        }
        distinct = any(
            self.q.metric(name).definition.startswith("count_distinct(")
            for name in request.measured
        )
        times = len(self.marks.times) > 1 and distinct
        both = self.marks.has("both") and ((several and counted) or times)
        if negative & positive or both or self._of_others(request):
            raise NotThisWayError(
                Decline(
                    "Who did one thing and not (or also) another cannot be measured in one go.",
                    ("Ask for each by itself, or use `assay query` with SQL.",),
                )
            )

    def _of_others(self, request: MetricRequest) -> bool:
        """ "revenue from customers who bought shoes", "registered in 2025 who ordered in 2026"."""
        marks = self.marks
        whose = [i for i, token in enumerate(marks.words) if token.word in ("who", "that", "which")]
        for i in whose:
            doing = {marks.word(k) for k in range(i + 1, i + 4)} & BUYING
            if not doing or i == 0:
                continue
            beyond = [
                f
                for f in request.filters
                if f.name in self.q.catalog.dimensions
                and self.q.catalog.dimensions[f.name].entity.split("__")[-1] == "product"
            ]
            times = (
                [one for one in marks.times if one.end <= i],
                [t for t in marks.times if t.start > i],
            )
            if beyond or (all(times) and request.compare is None):
                return True
        return False

    def _manner(self, request: MetricRequest) -> None:
        """ "how do customers pay", "where do they come from": no question for a plain total."""
        marks = self.marks
        entity = any(span.of("entity") and not span.of("metric") for span in marks.spans)
        doers = entity or any(
            marks.word(span.start - 1) in ("do", "does", "did")
            for span in marks.spans
            if span.of("entity")
        )
        words = [token.word for token in marks.words]
        more = any(a in ("more", "less") and b == "often" for a, b in pairwise(words))
        people = any(span.of("entity") and span.of("value") == () for span in marks.spans)
        if more and people and not request.ratios:
            label = self.q.label(request.measured[0])
            per = [
                one.label
                for one in self.q.catalog.metrics.values()
                if one.inputs[:1] == request.measured[:1] and len(one.inputs) == 2
            ]
            self._ask('"More often" by which figure?', (*per, label))
        asks = marks.word(0) == "where" or (
            marks.word(0) == "how"
            and (
                marks.word(1) in ("do", "does", "did")
                or (doers and [marks.word(1), marks.word(2)] == ["often", "do"])
            )
        )
        if asks and not (request.keys or request.compare or marks.source or marks.over_time):
            label = self.q.catalog.metrics[request.measured[0]].label
            labels = self.q.refusals.dimension_labels(request.measured)
            raise NotThisWayError(
                Clarify(
                    f"{label} by what?",
                    (f"{label} over time", *(f"{label} by {one.lower()}" for one in labels[:5])),
                )
            )

    def _uncounted(self, request: MetricRequest) -> None:
        """ "how many days does it last": units that are asked for and not counted."""
        marks = self.marks
        for span in marks.spans:
            if span.of("grain") and span.start in marks.counted and request.summary is None:
                label = self.q.catalog.metrics[request.measured[0]].label
                raise NotThisWayError(
                    Clarify(
                        f"Which {span.text} should be counted?",
                        (f"How many {span.text} had more than so many {label.lower()}",),
                    )
                )

    def _caused(self) -> None:
        """ "did the discount increase orders": one measure moving another is not measured."""
        marks = self.marks
        spans = [span for span in marks.spans if span.of("metric")]
        for left, right in pairwise(spans):
            between = [marks.word(k) for k in range(left.end, right.start)]
            moved = marks.change is not None and left.end <= marks.change < right.start
            if moved and not {"and", ",", "in", "of", "by", "&", "for"}.intersection(between):
                raise NotThisWayError(
                    Decline(
                        "Whether one figure moves another is not measured.",
                        ("Ask for both over time, such as: discount and orders by month.",),
                    )
                )
