"""What each named thing in a question is for: to measure, to break down by, to filter, to qualify.

Decided from where it stands: after "by", "per", "which", "top 5", beside a value, or alone.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field

from llm.question.bounds import Threshold
from llm.question.cues import (
    ABOUT,
    AFTER_NOT,
    ASKING,
    AVERAGES,
    COUNTS,
    JOINTS,
    OF,
    PEOPLE_OF,
    SORTED,
)
from llm.question.lexicon import Span
from llm.question.marks import Marks, match
from llm.request import Grain


@dataclass
class Parts:
    """The spans of a question by what they are for.

    Attributes:
        metrics, groups: with the names that each may mean.
        denominators: measures after "per".
        counted: whose members are counted: "how many countries", "how many customers with ...".
        counts_periods: "how many days had more than ..."
        lacking: the measure that counts all members, and the one of which those meant have none.
        roles: span index -> what it is for.
    """

    metrics: list[tuple[Span, tuple[str, ...]]] = field(default_factory=list)
    groups: list[tuple[Span, tuple[str, ...]]] = field(default_factory=list)
    values: list[Span] = field(default_factory=list)
    denominators: list[Span] = field(default_factory=list)
    counted: list[tuple[Span, tuple[str, ...]]] = field(default_factory=list)
    grain: Grain | None = None
    counts_periods: bool = False
    lacking: tuple[str, str] | None = None
    entities: list[Span] = field(default_factory=list)
    roles: dict[int, str] = field(default_factory=dict)

    @property
    def names_nothing(self) -> bool:
        """Whether the question names no measure and nothing to count."""
        return not self.metrics and not self.counted


def assign(marks: Marks, *, leaning: bool = False) -> Parts:
    """Give every span its role, left to right.

    Args:
        leaning: the measure may be the question's before.
    """
    assigner = _Assigner(marks, leaning=leaning)
    for i, span in enumerate(marks.spans):
        assigner.add(i, span)
    parts = assigner.parts
    if parts.names_nothing and not leaning:
        # "email tickets about payments": what the others only narrow is what is counted.
        for i, span in enumerate(marks.spans):
            if parts.roles[i] == "qualifier" and span.of("metric") and span.of("entity"):
                parts.roles[i] = "metric"
                parts.metrics.append((span, span.names("metric")))
                break
    return parts


def follows_ranking(marks: Marks, span: Span) -> bool:
    """Whether the span is what "top 5" or "the highest" stands in front of."""
    ranking = marks.ranking
    if ranking is None:
        return False
    skipped = set(marks.between(ranking, span))
    return ranking.end <= span.start and skipped <= {
        "of", "the", "our", "performing", "selling", "-",
    }  # fmt: skip


def listed_with(marks: Marks, parts: Parts, i: int) -> Span | None:
    """The value before it that is one of the same kind: "Germany and the UK"."""
    previous = marks.spans[i - 1] if i and parts.roles.get(i - 1) == "value" else None
    if previous is None or not {*previous.names("value")} & {*marks.spans[i].names("value")}:
        return None
    between = {*marks.between(previous, marks.spans[i])} - AFTER_NOT
    return previous if between and between <= JOINTS else None


def bounded(marks: Marks, threshold: Threshold, but: Span | None = None) -> Span | None:
    """The measure that a threshold is about: the one right behind it, else the nearest before."""
    spans = [span for span in marks.spans if span.of("metric") and span is not but]
    right = next((s for s in spans if 0 <= s.start - threshold.end <= 1), None)
    return right or next((s for s in reversed(spans) if s.end <= threshold.start), None)


class _Assigner:
    def __init__(self, marks: Marks, *, leaning: bool) -> None:
        self.marks = marks
        self.leaning = leaning
        self.parts = Parts()

    def add(self, i: int, span: Span) -> None:
        parts = self.parts
        role = parts.roles[i] = self._role(i, span)
        if role == "metric":
            parts.metrics.append((span, span.names("metric")))
        elif role == "denominator":
            parts.denominators.append(span)
        elif role == "group":
            names = span.of("dimension") or span.of("entity")
            parts.groups.append((span, tuple(s.name for s in names)))
        elif role == "counted" and span.of("grain"):
            parts.grain = Grain(span.names("grain")[0])
            parts.counts_periods = True
        elif role == "counted":
            names = span.of("entity") or span.of("dimension")
            parts.counted.append((span, tuple(s.name for s in names)))
        elif role == "entity":
            parts.entities.append(span)
        elif role == "value":
            parts.values.append(span)
        elif role == "grain":
            parts.grain = parts.grain or Grain(span.names("grain")[0])

    def _role(self, i: int, span: Span) -> str:
        marks = self.marks
        if span.start in marks.held:
            return "held"
        before = marks.before(span)
        grouped = span.start in marks.groupers or self._continues_group(i)
        asked_for = marks.word(marks.skip(span.start - 1, ("the",), -1)) in ASKING
        ranked = follows_ranking(marks, span)
        others = self.leaning or any(
            other.of("metric") and not (other.of("value") and other.start in marks.negations)
            for j, other in enumerate(marks.spans)
            if j != i
        )
        member = self._member(i, span)
        if member:
            return member
        owned = marks.words[span.start - 1].text.endswith(("'s", "’s")) if span.start else False
        if span.of("value") and self._whose(i):
            return "value"
        if self._population(span) or self._does(i, span):
            return "qualifier"
        if owned and span.of("entity") and not span.of("metric") and self.parts.groups:
            return "qualifier"  # "which supplier's products have ..."
        if before in OF and span.of("entity") and not span.of("metric") and self._narrowed(i, span):
            return "qualifier"
        typical = before in AVERAGES and marks.single(span)
        told = before in ("a", "an", "one") or (typical and span.of("metric"))
        if marks.average and others and span.of("entity") and told:
            return "denominator" if span.of("metric") else "entity"
        by = marks.skip(span.start - 1, ("all", "the", "our", "total"), -1)
        divided = [marks.word(by - 1), marks.word(by)] == ["divided", "by"]
        if divided and span.of("metric") and "metric" in self.parts.roles.values():
            return "denominator"
        if grouped and before == "by" and self._did_it(span):
            return "qualifier"
        listed = marks.ranking is not None and marks.ranking.start >= span.end
        if grouped:
            if (
                before in ("per", "every", "each")
                and span.of("metric")
                and others
                and not span.of("dimension")
            ):
                return "denominator" if before == "per" and not listed else "group"
            if span.of("dimension") and not (span.of("metric") and not others):
                return "group"
            if span.of("grain"):
                return "grain"
            one = marks.single(span)
            if span.of("entity") and others and (marks.ranking is None or (listed and one)):
                return "group"  # "visits by station, top 3"; in "by orders" these rank
            if span.of("metric") and self.parts.metrics and marks.ranking is None:
                return "group"  # "by new customers": no dimension, so it will be refused
        whats = marks.word(span.start - 2) in ("what", "how")  # "and what about revenue?"
        if (
            before in ABOUT
            and not whats
            and others
            and not span.of("value")
            and not span.of("dimension")
        ):
            return "group"
        if span.of("entity") and others and marks.word(span.end) in ("with", "having"):
            # "customers with the most tickets": they are ranked, tickets are measured.
            places = range(span.end + 1, span.end + 3)
            if marks.ranking is not None and marks.ranking.start in places:
                return "group"
        if others and span.of("entity") and i and self._ranked_by(marks.spans[i - 1], span):
            return "group"
        judged = ranked and span.of("metric") and "group" in self.parts.roles.values()
        if judged and not asked_for:
            return "metric"  # "which product has the worst rating"
        if (asked_for or ranked) and before not in ("most", "least", "fewest", "highest", "lowest"):
            if span.of("dimension") and (others or not span.of("metric")):
                return "group"
            if span.of("grain"):
                return "grain"
            if span.of("entity") and others:
                return "group"
        if others and self._names_whose_value(i, span):
            return "qualifier"  # "revenue from premium customers" measures revenue only
        if span.of("grain") and not self._beside_own_dimension(i, span):
            return "grain"  # "weekly" is a grain before it is a campaign of that name
        named = span.of("metric") and span.of("value") and others and before not in JOINTS
        if named and not self._measured_beside(i, span):
            return "value"  # "tickets about late deliveries" names a topic, no second measure
        if listed_with(marks, self.parts, i):
            return "value"  # "about refunds or payments"
        for kind in ("metric", "value"):
            if span.of(kind):
                return kind
        if span.of("dimension"):
            return "qualifier" if self._qualifies_value(i, span) else "group"
        return "grain" if span.of("grain") else "entity"

    def _ranked_by(self, metric: Span, span: Span) -> bool:
        """ "the highest revenue customers"."""
        beside = metric.end == span.start and metric.of("metric") and not metric.of("entity")
        return bool(beside) and follows_ranking(self.marks, metric)

    def _following(self, i: int, known: Set[str]) -> Span | None:
        """The phrase behind, if some of these words, and no others, stand between."""
        if i + 1 >= len(self.marks.spans):
            return None
        span, following = self.marks.spans[i], self.marks.spans[i + 1]
        between = self.marks.between(span, following)
        return following if between and set(between) <= known else None

    def _whose(self, i: int) -> bool:
        """ "returning customers' revenue", "new vs returning customers' revenue"."""
        span, *behind = self.marks.spans[i : i + 2]
        if behind and behind[0].start == span.end:
            return bool(span.of("metric") and behind[0].of("metric"))
        return self._following(i, JOINTS) is not None and self._whose(i + 1)

    def _measured_beside(self, i: int, span: Span) -> bool:
        """ "new customers and orders": measures in a row, where the first might be a population."""
        told = self.marks.before(span) in OF | ABOUT | {"between"}
        if told or span.start in self.marks.negations:
            return False
        plain = [s for s in self.marks.spans if s is not span and s.of("metric")]
        if all(s.of("value") for s in plain):
            return self.marks.before(span) not in OF | {"by"}
        divided = [self.marks.word(k) for k in (span.end, span.end + 1)] == ["divided", "by"]
        following = self._following(i, {"divided", "by"} if divided else JOINTS)
        return following is not None and bool(following.of("metric"))

    def _member(self, i: int, span: Span) -> str:
        """ "how many countries"; "customers with more than 5 orders": counted or listed."""
        marks = self.marks
        is_counted = span.start in marks.counted or marks.word(span.start) in ("number", "count")
        before = marks.spans[i - 1] if i else None
        periods = span.of("grain") and marks.word(span.start) != marks.words[span.start].stem
        if before and periods and before.end == span.start and before.of("metric"):
            # "number of weather days by city": days are counted on which there is any.
            asked = before.start in marks.counted or match(marks.words, before.start, COUNTS)
            return "counted" if asked else ""
        if not span.of("metric"):
            named = span.of("entity") or (span.of("dimension") and not span.of("value"))
            named = named or (span.of("grain") if marks.thresholds else ())
            return "counted" if is_counted and named else ""
        if not span.of("entity") or not marks.thresholds or span.start in marks.groupers:
            return ""
        behind = any(0 <= span.start - one.end <= 1 and not one.unit for one in marks.thresholds)
        if not behind and any(
            bounded(marks, one) is span and one.unit != "" for one in marks.thresholds
        ):
            # "orders over 500 euros", "customers who ordered 5 times"; but in "how many customers
            # contacted support twice" they did what is bounded, and are counted.
            did = any(one.unit == "times" for one in marks.thresholds) and self._subject(span)
            return "" if did else "counted"
        if all(bounded(marks, one, span) not in (None, span) for one in marks.thresholds):
            about = {bounded(marks, one) for one in marks.thresholds}
            if any(other and other.of("metric") == span.of("metric") for other in about):
                return ""  # "reviews per product, at least 10 reviews"
            # "orders delivered within 3 days, per month": they are counted, not listed by month.
            divided = any(o.start in marks.groupers for o in marks.spans if o is not span)
            return "" if span in about else "counted" if is_counted or divided else "group"
        return ""

    def _subject(self, span: Span) -> bool:
        """Whether somebody before it is who did it: another thing that is counted or listed."""
        mine = set(span.names("entity"))
        return any(
            one.end <= span.start and one.of("entity") and not mine & {s.name for s in one.senses}
            for one in self.marks.spans
        )

    def _does(self, i: int, span: Span) -> bool:
        """ "which hour do customers buy the most": they do what is measured."""
        following = self.marks.spans[i + 1 : i + 2]
        between = [word for s in following for word in self.marks.between(span, s)]
        near = not between or {"most", "least", "fewest"} & set(between[-1:])
        measured = any(s.of("metric") and near for s in following)
        return bool(self.marks.does(span) and measured and span.of("entity"))

    def _did_it(self, span: Span) -> bool:
        """ "orders cancelled by customers": who did it, no break-down."""
        marks = self.marks
        plural = not marks.single(span)
        done = marks.word(span.start - 2)
        if done in SORTED or span.end - span.start > 1:
            return False
        passive = done.endswith("ed") or done in ("bought", "made", "written", "sent", "given")
        return bool(plural and passive and span.of("entity"))

    def _population(self, span: Span) -> bool:
        """ "bounce rate of visits from google": "visits" says whose, it is no second measure."""
        before = self.marks.word(self.marks.skip(span.start - 1, ("the", "our", "all"), -1))
        earlier = any(role == "metric" for role in self.parts.roles.values())
        people = self.marks.words[span.start].stem in PEOPLE_OF
        given = before == "to" and self.marks.compare is None  # "sold to customers in London"
        return bool(
            earlier
            and (before in OF or given)
            and (span.of("entity") or people)
            and span.of("metric")
            and not any(t.end == span.start for t in self.marks.thresholds)
        )

    def _continues_group(self, i: int) -> bool:
        """ "by country and channel": the second belongs to the same "by"."""
        joints = {"and", ",", "&", "by", "then", "plus", "the"}
        grouped = i > 0 and self.parts.roles.get(i - 1) in ("group", "grain")
        return grouped and self._following(i - 1, joints) is not None

    def _qualifies_value(self, i: int, span: Span) -> bool:
        """ "the Audio category", "channel app": the dimension's name beside one of its values."""
        names = set(span.names("dimension"))
        for j in (i - 1, i + 1):
            if 0 <= j < len(self.marks.spans):
                other = self.marks.spans[j]
                near = max(span.start, other.start) - min(span.end, other.end) <= 1
                if near and names & set(other.names("value")):
                    return span.start not in self.marks.groupers
        # "the newsletter campaign", where newsletter is stored as a source of the same visits.
        before = self.marks.spans[i - 1] if i else None
        if not self.marks.single(span) or self.marks.ranking or self.marks.has(*ASKING):
            return False  # "which German cities ..."
        if before is None or before.end != span.start or self.parts.roles.get(i - 1) != "value":
            return False
        if before.start in self.marks.groupers:
            return False  # "by German supplier"
        return bool(before.owners & {name.split("__")[0] for name in names})

    def _names_whose_value(self, i: int, span: Span) -> bool:
        """ "premium customers": the thing that the value before it is a property of."""
        owners = set(span.names("entity"))
        following = self.marks.spans[i + 1 : i + 2]
        earlier = any(role == "metric" for role in self.parts.roles.values())
        if span.of("metric") and following and following[0].of("metric") and not earlier:
            between = self.marks.between(span, following[0])
            if between in ([","], ["and"]):
                return False  # "google vs newsletter: visits, purchases and conversion"
        j = i - 1
        if j > 0 and self.parts.roles.get(j) == "qualifier":
            j -= 1  # "high priority tickets"
        if j < 0 or not owners or self.marks.spans[i - 1].end != span.start:
            return False
        return bool(self.marks.spans[j].owners & owners)

    def _narrowed(self, i: int, span: Span) -> bool:
        """ "revenue of products from Nordhavn": whose revenue it is, no break-down."""
        following = self._following(i, {"from", "of", "by", "in"})
        return following is not None and bool(following.owners & {*span.names("entity")})

    def _beside_own_dimension(self, i: int, span: Span) -> bool:
        names = set(span.names("value"))
        beside = [j for j in (i - 1, i + 1) if 0 <= j < len(self.marks.spans)]
        return any(names & set(self.marks.spans[j].names("dimension")) for j in beside)
