"""Nothing that a question says may go lost: what changed nothing in the request is asked about.

The last look before a request is answered. `Refusals` ends a reading for what cannot be named,
this for what was named and not used: a cue, a bound, a comparative, a unit that the figure lacks.
"""

from __future__ import annotations

from itertools import pairwise

from llm.dates import starts
from llm.money import WORDS, is_money
from llm.question.cues import AMOUNT_WORDS, AVERAGES, COMPARATIVES, JOINTS, VERBS
from llm.question.parsed import Parsed
from llm.question.refusals import declined, unclear
from llm.question.spoken import DEEDS
from llm.question.summaries import own_entity
from llm.request import MetricRequest, Operator
from llm.words import word_set

ADVERBS = frozenset({"actually", "really", "have", "had", "has", "did", "only", "just"})
BESIDE_AVERAGE = frozenset({"over", "above", "below", "under", "than"})
# What a part is compared with.
WHOLES = word_set("all overall rest others other everyone everything everybody")
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
        self._vacuous(request)
        self._outside(request)
        self._set_logic(request)
        self._caused()
        self._manner(request)
        self._uncounted(request)
        self._comparison(request)
        self._comparative(request)
        self._ratio(request)
        self._states()
        self._beside_counted(request)
        self._told_in(request)
        self._shares_of_periods(request)
        self._side_by_side()
        self._stray_group()
        self._against_all()
        self._part_of_ranked(request)
        self._beside_average()
        self._lost(request)
        self._members_bound()
        self._subset()
        self._doing(request)
        self._average(request)
        self._amount(request)
        self._count(request)

    def _threshold_without_rows(self, request: MetricRequest) -> None:
        """ "revenue above 100": a bound keeps results, so there must be several."""
        if self.marks.thresholds and not request.keys:
            metrics = request.measured
            label = self.q.catalog.metrics[metrics[-1]].label
            labels = self.q.refusals.dimension_labels(metrics)[:4]
            nearest = tuple(f"{label} by {name}, with a bound." for name in labels)
            raise declined("A bound needs a break-down: which results should it keep?", *nearest)

    def _vacuous(self, request: MetricRequest) -> None:
        """A bound on how many tickets each ticket is: it holds for all of them, or for none."""
        known = self.q.catalog.dimensions
        over = request.summary.over if request.summary else ()
        entities = [name for name in over if name in known and known[name].kind == "entity"]
        for one in request.filters:
            if one.name not in request.measured or one.values == (0,):
                continue
            info = self.q.metric(one.name)
            member = own_entity(self.q, one.name)
            if member in request.keys and info.counts_rows:
                label = info.label.lower()
                raise declined(
                    f"Each {known[str(member)].element} counts once among {label}, so a bound on "
                    f"their number says nothing.",
                    f"A bound on the {label} of each customer, product or the like.",
                )
        if len(entities) > 1:
            said = " and ".join(known[name].element for name in entities)
            raise declined(
                f"Members of one kind by a bound on another ({said}) are not counted in one go.",
                "A bound on their sum, such as: customers with revenue above 500 euros.",
            )

    def _outside(self, request: MetricRequest) -> None:
        """Days that begin after the data."""
        window = self.q.catalog.window
        if request.time.start is not None and request.time.start > max(window.last, window.today):
            raise unclear("Which days do you mean?", f"The data end on {window.last}.")

    def _comparison(self, request: MetricRequest) -> None:
        """ "compared", "grew": there must be something to compare with."""
        marks = self.marks
        label = self.q.label(request.measured[0])
        several = len(request.figures) > 1 or any(len(f.values) > 1 for f in request.filters)
        if marks.compare is not None and not (request.compare or request.keys or several):
            raise unclear(
                f"What should {label.lower()} be compared with?",
                f"{label} this month and last month",
                f"{label} by country",
            )
        moves = request.compare is not None or request.grain is not None
        time = request.time
        if request.grain and request.compare and time.start and time.end:
            within = starts(request.grain, time.start, time.end)
            if len(within) == 1 and self.q.parts.grain:
                raise unclear(
                    f"Every {request.grain}, or one compared with another?",
                    f"{label} by {request.grain}",
                    f"{label} this {request.grain} and last",
                )
        rises = any("growth" in name for name in request.measured)
        if marks.change is not None and not (moves or rises or request.keys):
            raise unclear(
                f"{label}: the change from when to when?",
                f"{label} this year against last year",
                f"{label} by month",
            )

    def _ratio(self, request: MetricRequest) -> None:
        """ "refunds divided by captured payments": both must be measures, side by side."""
        words = [token.word for token in self.marks.words]
        said = any(pair == ("divided", "by") for pair in pairwise(words))
        same = next((r for r in request.ratios if r.numerator == r.denominator), None)
        if same is not None:
            label = self.q.label(same.numerator)
            raise unclear(f"{label} per what?", label)
        rates = [name for name in request.measured if self.q.metric(name).inputs]
        if said and not (request.ratios or rates):
            label = self.q.label(request.measured[0])
            raise unclear(f"{label} divided by which figure?", label)

    def _beside_counted(self, request: MetricRequest) -> None:
        """ "satisfaction of tickets resolved within a day": a measure of those within a bound."""
        if request.summary is None or request.summary.function != "count":
            return
        bounds = {f.name for f in request.filters}
        counted = [span.start for span, _ in self.q.parts.counted]
        for span, names in self.q.parts.metrics:
            if span.start not in counted and not bounds.intersection(names):
                label = self.q.label(names[0])
                raise declined(
                    f"{label} of those within a bound is not measured in one go.",
                    f"{label}, of all of them.",
                    "How many are within the bound.",
                )

    def _states(self) -> None:
        """ "orders not delivered yet", "failed with ...": a stored state, or what happened?"""
        marks = self.marks
        for span in self.q.parts.values:
            word = marks.word(span.start)
            state = span.end - span.start == 1 and word.endswith(("ed", "aid", "ent"))
            if (
                not state
                or span.of("metric")
                or any(isinstance(s.value, bool) for s in span.senses)
            ):
                continue
            names = set(span.names("value"))
            beside = any(names & set(other.names("dimension")) for other in marks.spans)
            if span.start in marks.negations and not beside:
                label = self.q.called(span.names("value")[0])
                raise unclear(f'Is "{word}" the {label}?', f"{label} other than {word}")

    def _told_in(self, request: MetricRequest) -> None:
        """ "revenue in hours": the figure must have that unit."""
        units = [self.q.metric(name).unit for name in request.measured]
        if self.marks.unit and self.marks.unit not in units:
            label = self.q.label(request.measured[0])
            raise unclear(f"{label} is not told in {self.marks.unit}.", label)

    def _shares_of_periods(self, request: MetricRequest) -> None:
        """ "share by segment, 2026 vs 2025": the other days have shares of their own."""
        if request.share and request.compare:
            label = self.q.label(request.metrics[0])
            raise declined(
                "Shares of two periods are not compared in one go.",
                f"{label} as a share, for one period and then the other.",
            )

    def _side_by_side(self) -> None:
        """ "how many customers opened tickets": two measures, of which one says what they did."""
        marks = self.marks
        spans = [s for i, s in enumerate(marks.spans) if self.q.parts.roles.get(i) == "metric"]
        counted = {id(span) for span, _ in self.q.parts.counted}
        for left, right in pairwise(spans):
            between = set(marks.between(left, right))
            others = any(left.end <= s.start < right.start for s in marks.spans)
            people = left.of("entity") and left.start in marks.counted and id(left) not in counted
            if people and between and not (between & (JOINTS | {"how", "with"}) or others):
                labels = tuple(self.q.label(s.names("metric")[0]) for s in (left, right))
                raise unclear(f'What do "{left.text}" and "{right.text}" have to do?', *labels)

    def _stray_group(self) -> None:
        """ "share of products sold per department": nothing says that products are a key."""
        marks, groups = self.marks, self.q.parts.groups
        by = [span for span, _ in groups if span.start in marks.groupers]
        for span, _ in groups if by and marks.share is not None else ():
            if span in by or span.start > by[0].start or marks.word(span.start - 1) != "of":
                continue
            label = self.q.catalog.dimensions[groups[-1][1][0]].label.lower()
            raise unclear(f'What is "{span.text}" for?', f"By {label}, whatever the {span.text}")

    def _against_all(self) -> None:
        """ "return rate of shoes compared with all products": a part beside the whole."""
        marks = self.marks
        if marks.compare is None:
            return
        following = [marks.word(i) for i in range(marks.compare + 1, marks.compare + 4)]
        following = [word for word in following if word not in ("the", "our", "to", "with")]
        if following[:1] and following[0] in WHOLES:
            raise declined(
                f'A part beside "{following[0]}" is not measured in one go.',
                "Ask for the part and for the whole one after the other.",
            )

    def _part_of_ranked(self, request: MetricRequest) -> None:
        """ "how much comes from the top 10 customers": the first ten are not added up."""
        marks = self.marks
        added = marks.has("sum", "together", "combined", "altogether")
        if marks.ranking is None or not (request.share or added) or (request.limit or 0) < 2:
            return
        place = marks.ranking.start - 1
        while marks.word(place) in ("the", "our") or marks.word(place).isdigit():
            place -= 1
        if added or marks.word(place) in ("from", "by", "of", "through", "with"):
            label = self.q.label(request.metrics[0]).lower()
            raise declined(
                f"The {marks.ranking.word} {request.limit} are not added up.",
                f"Each one's share: the {marks.ranking.word} {request.limit} by {label}.",
            )

    def _comparative(self, request: MetricRequest) -> None:
        """ "orders with higher discounts", "do we sell more in Spain": than what?"""
        found = next((word for _, word in self._free() if word in COMPARATIVES), None)
        rows = request.keys or request.compare or request.order
        if found and not rows and not self.marks.thresholds:
            label = self.q.label(request.measured[0])
            raise unclear(
                f'"{found}" than what?', f"{label} this year against last year", f"{label} by month"
            )

    def _beside_average(self) -> None:
        """ "products above average": what stands above one is not measured in one go."""
        said = [word for _, word in self._free()]
        words = [token.word for token in self.marks.words]
        for i, word in enumerate(words[:-1]):
            following = words[i + 1] if words[i + 1] != "the" else "".join(words[i + 2 : i + 3])
            if word in BESIDE_AVERAGE and word in said and following in AVERAGES:
                raise declined(
                    f"What is {word} the average is not measured in one go.",
                    "Ask for the figures of each, or with a bound in numbers.",
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
            raise declined(
                f"Which {label.lower()} were lost is not measured.",
                f"{label} this year against last year",
                f"{label} by month",
            )

    def _members_bound(self) -> None:
        """ "orders with more than one product": a bound on how many members, of no measure."""
        marks = self.marks
        for one in marks.thresholds:
            span = next((s for s in marks.spans if s.start == one.end), None)
            named = span is not None and (span.of("dimension") or span.of("entity"))
            if span is not None and named and not (span.of("metric") or span.of("value")):
                raise declined(
                    f"A bound on the number of {span.text} is not measured.",
                    "A bound can be on a figure, such as: more than 100 orders.",
                )

    def _subset(self) -> None:
        """ "sessions that ended in a checkout": two measures, of which one says which are meant."""
        marks = self.marks
        spans = [s for i, s in enumerate(marks.spans) if self.q.parts.roles.get(i) == "metric"]
        for left, right in pairwise(spans):
            between = marks.between(left, right)
            relative = bool({"that", "which", "who", "whose"} & set(between))
            relative = relative or (bool(left.of("entity")) and between == ["with"])
            if relative and not set(between) & JOINTS:
                labels = tuple(self.q.label(s.names("metric")[0]) for s in (left, right))
                raise unclear(
                    f'What do you mean by "{left.text} {" ".join(between)} ..."?', *labels
                )

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
            raise declined(
                f'{label} are not told apart by "{token.text} {marks.words[k].text}".',
                f"{label}, all of them.",
            )

    def _average(self, request: MetricRequest) -> None:
        """An average that averages nothing."""
        definition = self.q.metric(request.measured[0]).definition
        plain = request.summary is None and not request.ratios and len(request.measured) == 1
        if self.marks.average and definition.startswith("count_distinct(") and plain:
            label = self.q.label(request.measured[0])
            raise unclear(
                f"The average of {label.lower()} over what?",
                f"Average {label.lower()} per month",
                f"{label} in total",
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
        reported = {one.unit for one in self.q.metrics}
        known = {word for word in WORDS if WORDS[word] in reported} | AMOUNT_WORDS
        wanted = next((word for word in said if word in known), None)
        money = [is_money(self.q.metric(name).unit) for name in request.measured]
        if wanted is None or any(money):
            return
        models = set(self.q.metric(request.measured[0]).models)
        amounts = [
            one.label for one in self.q.metrics if is_money(one.unit) and models & set(one.models)
        ]
        if not amounts:
            amounts = [
                self.q.label(n) for n in self.q.catalog.main if is_money(self.q.metric(n).unit)
            ]
        label = self.q.label(request.measured[0]).lower()
        raise unclear(f"Which amount? {label.capitalize()} is none.", *amounts[:5])

    def _count(self, request: MetricRequest) -> None:
        """ "how many refunds": a number is wanted, and the measure is an amount."""
        marks = self.marks
        for place in marks.counted:
            span = next((s for s in marks.spans if s.start == place and s.of("metric")), None)
            names = span.names("metric") if span else []
            used = [name for name in request.measured if name in names]
            if not used or request.summary is not None:
                continue
            unit = self.q.metric(used[0]).unit
            if is_money(unit) and not marks.has(*WORDS, *AMOUNT_WORDS):
                label = self.q.label(used[0])
                counts = [
                    one.label
                    for one in self.q.metrics
                    if one.unit == "count" and set(one.models) & set(self.q.metric(used[0]).models)
                ]
                raise unclear(
                    f"{label} is an amount of money; how many there were is not measured.",
                    label,
                    *counts[:4],
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
            if self.q.metric(name).unit == "count"
            and any(
                model not in self.q.metric(name).models
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
            raise declined(
                "Who did one thing and not (or also) another cannot be measured in one go.",
                "Ask for each by itself, or use `assay query` with SQL.",
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
                for one in self.q.metrics
                if one.inputs[:1] == request.measured[:1] and len(one.inputs) == 2
            ]
            raise unclear('"More often" by which figure?', *per, label)
        asks = marks.word(0) == "where" or (
            marks.word(0) == "how"
            and (
                marks.word(1) in ("do", "does", "did")
                or (doers and [marks.word(1), marks.word(2)] == ["often", "do"])
            )
        )
        if asks and not (request.keys or request.compare or marks.source or marks.over_time):
            label = self.q.label(request.measured[0])
            labels = self.q.refusals.dimension_labels(request.measured)
            raise unclear(
                f"{label} by what?",
                f"{label} over time",
                *(f"{label} by {one.lower()}" for one in labels[:5]),
            )

    def _uncounted(self, request: MetricRequest) -> None:
        """ "how many days does it last": units that are asked for and not counted."""
        marks = self.marks
        for span in marks.spans:
            if span.of("grain") and span.start in marks.counted and request.summary is None:
                label = self.q.label(request.measured[0])
                raise unclear(
                    f"Which {span.text} should be counted?",
                    f"How many {span.text} had more than so many {label.lower()}",
                )

    def _caused(self) -> None:
        """ "did the discount increase orders": one measure moving another is not measured."""
        marks = self.marks
        spans = [span for span in marks.spans if span.of("metric")]
        for left, right in pairwise(spans):
            between = marks.between(left, right)
            moved = marks.change is not None and left.end <= marks.change < right.start
            if moved and not {"and", ",", "in", "of", "by", "&", "for"}.intersection(between):
                raise declined(
                    "Whether one figure moves another is not measured.",
                    "Ask for both over time, such as: discount and orders by month.",
                )
