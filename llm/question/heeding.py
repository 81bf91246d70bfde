"""Nothing that a question says may go lost: what changed nothing in the request is asked about.

The last look before a request is answered. `Refusals` ends a reading for what cannot be named, this
for what was named and not used (a cue, a bound, a unit that the figure lacks) and for what takes
more than one request.
"""

from __future__ import annotations

from itertools import pairwise

from llm.money import WORDS, is_money
from llm.question.cues import (
    ADDED_UP,
    AMOUNT_WORDS,
    ANY,
    AVERAGES,
    COMPARATIVES,
    COUNTS,
    DO,
    JOINTS,
    RELATIVES,
    VERBS,
)
from llm.question.marks import match
from llm.question.measures import amounts_wanted
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
# Between a measure and another that it does not move: "the growth of orders in revenue".
MOVING = word_set("and , in of by & for")
# "cancelled orders with a discount": it is not measured, but says which they are.
WITH_ANY = [["with", one] for one in sorted(ANY)]
# What each of them may be, and no number of them.
SIZES = word_set("bigger larger smaller")
SPENDING = word_set("spend spent pay paid")


def check(q: Parsed, request: MetricRequest) -> None:
    """End a reading whose request leaves something of the question out."""
    _in_one_go(q, request)
    _vacuous(q, request)
    _two_measures(q)
    _unheeded(q, request)
    _sizes(q, request)
    _states(q)
    _stray_group(q)
    _doing(q, request)
    _amount(q, request)
    _count(q, request)
    _total(q, request)


def _label(q: Parsed, request: MetricRequest) -> str:
    return q.label(request.measured[0])


def _unheeded(q: Parsed, request: MetricRequest) -> None:
    """Every cue has changed something, or what it is for is asked back."""
    marks, words = q.marks, [one.word for one in q.marks.words]
    measured = [q.metric(name) for name in request.measured]
    pairs = list(pairwise(words))
    moves = bool(request.keys or request.compare)
    several = len(request.figures) > 1 or any(len(f.values) > 1 for f in request.filters)
    grows = any("growth" in name for name in request.measured)
    divides = bool(request.ratios) or any(one.inputs for one in measured)
    of_itself = any(ratio.numerator == ratio.denominator for ratio in request.ratios)
    often = {("more", "often"), ("less", "often")}.intersection(pairs)
    people = any(span.of("entity") and not span.of("value") for span in marks.spans)
    than = next((word for _, word in q.marks.free() if word in COMPARATIVES), "")
    told = moves or request.order or marks.thresholds
    alone = request.summary is None and not request.ratios and len(measured) == 1
    distinct = measured[0].is_distinct
    periods = [s.text for s in marks.spans if s.of("grain") and s.start in marks.counted]
    asks = words[:1] in (["where"], ["when"]) or (words[:1] == ["how"] and {*words[1:2]} & DO)
    asks = asks or (words[:3] == ["how", "often", "do"] and _names_doers(q))
    doers = {name for span, names in q.parts.metrics if span.of("entity") for name in names}
    does = words[:1] == ["what"] and {*words[1:2]} & DO  # "what do premium customers buy"
    asks = asks or (does and request.measured[0] in doers)
    for unheeded, what in (
        (often and people and not request.ratios, "how often, by which figure"),
        (asks and not (moves or marks.source or marks.over_time), "by what"),
        (periods and request.summary is None, f"which {', '.join(periods)}"),
        (marks.compare is not None and not (moves or several), "compared with what"),
        (marks.change is not None and not (moves or grows), "the change from when to when"),
        (than and not told, f'"{than}" than what'),
        (of_itself or (("divided", "by") in pairs and not divides), "divided by which figure"),
        (marks.unit and marks.unit not in [m.unit for m in measured], f"in {marks.unit}"),
        (marks.average and distinct and alone, "the average over what"),
    ):
        if unheeded:
            labels = q.dimension_labels(request.measured)[:5]
            options = [f"{_label(q, request)} by {one.lower()}" for one in labels]
            raise unclear(
                f"{_label(q, request)}: {what}?",
                f"{_label(q, request)} over time",
                *options,
            )


def _sizes(q: Parsed, request: MetricRequest) -> None:
    """ "are weekend orders bigger": what each of them is worth, not how many there are."""
    marks, name = q.marks, request.measured[0]
    said = next((word for _, word in marks.free() if word in SIZES), "")
    spans = [span for span, names in q.parts.metrics if name in names and span.of("entity")]
    counts = any(match(marks.words, span.start, COUNTS) for span in spans)
    each = [one.label for one in q.metrics if one.inputs[1:] == (name,) and is_money(one.unit)]
    if said and spans and each and not counts and len(request.figures) == 1:
        raise unclear(
            f'{_label(q, request)}: "{said}" by what?',
            *each,
            f"Number of {_label(q, request)}",
        )


def _names_doers(q: Parsed) -> bool:
    """ "how often do customers buy": somebody does it."""
    members = [span for span in q.marks.spans if span.of("entity")]
    return any(not span.of("metric") or q.marks.does(span) for span in members)


def _in_one_go(q: Parsed, request: MetricRequest) -> None:
    """What takes two requests is declined: they are to be asked one after the other."""
    ranking, limit = q.marks.ranking, request.limit or 0
    first = f"The {ranking.word if ranking else ''} {limit} added up"
    for said, what in (
        (
            q.marks.thresholds and not request.keys,
            "A bound keeps results, and there is no break-down",
        ),
        (_set_logic(q, request), "Who did one thing and not (or also) another"),
        (_beside_counted(q, request), "A figure of those within a bound"),
        (_against_all(q), "A part beside the whole"),
        (limit > 1 and _part_of_ranked(q, request), first),
        (limit > 1 and _divided_ranked(q, request), f"{first[:-9]} broken down by more"),
        (_beside_average(q), "What is above or below the average"),
        (_lost(q, request), "Who was lost"),
        (_members_bound(q), "A bound on the number of members"),
    ):
        if said:
            raise declined(
                f"{what}: that is not measured in one go.",
                f"{_label(q, request)} of each, one after the other, or a bound on a figure.",
                "`assay query` with SQL.",
            )


def _vacuous(q: Parsed, request: MetricRequest) -> None:
    """A bound on how many tickets each ticket is: it holds for all of them, or for none."""
    known = q.catalog.dimensions
    over = request.summary.over if request.summary else ()
    entities = [name for name in over if name in known and known[name].kind == "entity"]
    for one in request.filters:
        if one.name not in request.measured or one.values == (0,):
            continue
        info = q.metric(one.name)
        member = own_entity(q, one.name)
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


def _beside_counted(q: Parsed, request: MetricRequest) -> bool:
    """ "satisfaction of tickets resolved within a day": a measure of those within a bound."""
    if request.summary is None or request.summary.function != "count":
        return False
    bounds = {f.name for f in request.filters}
    counted = [span.start for span, _ in q.parts.counted]
    return any(
        span.start not in counted and not bounds.intersection(names)
        for span, names in q.parts.metrics
    )


def _states(q: Parsed) -> None:
    """ "orders not delivered yet", "failed with ...": a stored state, or what happened?"""
    marks = q.marks
    for span in q.parts.values:
        word = marks.word(span.start)
        state = span.end - span.start == 1 and word.endswith(("ed", "aid", "ent"))
        flag = any(isinstance(s.value, bool) for s in span.senses)
        if not state or span.of("metric") or flag or span.start not in marks.negations:
            continue
        names = set(span.names("value"))
        if not any(names & set(other.names("dimension")) for other in marks.spans):
            label = q.called(span.names("value")[0])
            raise unclear(f'Is "{word}" the {label}?', f"{label} other than {word}")


def _two_measures(q: Parsed) -> None:
    """ "sessions that ended in a checkout", "did the discount increase orders"."""
    marks = q.marks
    spans = [s for i, s in enumerate(marks.spans) if q.parts.roles.get(i) == "metric"]
    counted = {id(span) for span, _ in q.parts.counted}
    for left, right in pairwise(spans):
        between = marks.between(left, right)
        moved = marks.change is not None and left.end <= marks.change < right.start
        joined = (MOVING if moved else JOINTS).intersection(between)
        members = bool(left.of("entity"))
        whose = bool((RELATIVES | {"worth"}).intersection(between))
        bounded = any(right.end == bound.start for bound in marks.thresholds)
        held = between in WITH_ANY and not bounded
        whose = whose or held or (members and between == ["with"])
        did = members and left.start in marks.counted and id(left) not in counted
        others = any(left.end <= s.start < right.start for s in marks.spans)
        did = did and bool(between) and not (others or {"how", "with"}.intersection(between))
        # "revenue of registrations", "products launched and their revenue": no figure of theirs
        theirs = between in (["of"], ["from"]) or ("their" in between and not q.parts.groups)
        if ((moved or whose or did) and not joined) or theirs:
            labels = tuple(q.label(s.names("metric")[0]) for s in (left, right))
            raise unclear(
                f'What do "{left.text}" and "{right.text}" have to do with each other?', *labels
            )


def _stray_group(q: Parsed) -> None:
    """ "share of products sold per department": nothing says that products are a key."""
    marks, groups = q.marks, q.parts.groups
    by = [span for span, _ in groups if span.start in marks.groupers]
    for span, _ in groups if by and marks.share is not None else ():
        if span in by or span.start > by[0].start or marks.before(span) != "of":
            continue
        label = q.called(groups[-1][1][0])
        raise unclear(f'What is "{span.text}" for?', f"By {label}, whatever the {span.text}")


def _against_all(q: Parsed) -> bool:
    """ "return rate of shoes compared with all products": a part beside the whole."""
    marks = q.marks
    if marks.compare is None:
        return False
    return marks.word(marks.skip(marks.compare + 1, ("the", "our", "to", "with"))) in WHOLES


def _part_of_ranked(q: Parsed, request: MetricRequest) -> bool:
    """ "how much comes from the top 10 customers": the first ten are not added up."""
    marks = q.marks
    added = marks.has(*ADDED_UP)
    if marks.ranking is None or not (request.share or added):
        return False
    place = marks.skip(marks.ranking.start - 1, ("the", "our"), -1)
    return added or marks.word(place) in ("from", "by", "of", "through", "with")


def _divided_ranked(q: Parsed, request: MetricRequest) -> bool:
    """ "revenue by country and channel for the top 3 countries"."""
    names = [name for _, found in q.parts.groups for name in found[:1]]
    return bool(request.within) and len(set(names)) < len(names)


def _beside_average(q: Parsed) -> bool:
    """ "products above average"."""
    said = [word for _, word in q.marks.free()]
    words = [token.word for token in q.marks.words if token.word != "the"]
    return any(
        word in BESIDE_AVERAGE and word in said and following in AVERAGES
        for word, following in pairwise(words)
    )


def _lost(q: Parsed, request: MetricRequest) -> bool:
    """ "customers that we lost": who did not come back is no fall in their number."""
    marks = q.marks
    change = marks.word(marks.change) if marks.change is not None else ""
    named = {n for s in marks.spans if s.of("entity") for n in s.names("metric")}
    lost = change in ("lost", "lose", "loses") and len(marks.times) < 2
    return lost and request.measured[0] in named


def _members_bound(q: Parsed) -> bool:
    """ "orders with more than one product": a bound on how many members, of no measure."""
    ends = [one.end for one in q.marks.thresholds]
    return any(
        {sense.kind for sense in span.senses} <= {"dimension", "entity"}
        for span in q.marks.spans
        if span.start in ends
    )


def _doing(q: Parsed, request: MetricRequest) -> None:
    """ "visitors that actually buy": what they do narrows whom, and no condition says so."""
    marks = q.marks
    free = {i for i, _ in q.marks.free()}
    for i, token in enumerate(marks.words):
        k = marks.skip(i + 1, ADVERBS)
        relative = i > 0 and token.word in RELATIVES
        if not (relative and k in free and marks.word(k) in VERBS):
            continue
        said = DEEDS.get(marks.word(k), "")
        if not (said in request.measured or request.filters or request.ratios):
            verb = f"{token.text} {marks.words[k].text}"
            raise declined(
                f'{_label(q, request)} are not told apart by "{verb}".',
                f"{_label(q, request)}, all of them.",
            )


def _amount(q: Parsed, request: MetricRequest) -> None:
    """ "how much are the tickets worth", "late orders in euros": an amount is wanted."""
    said = [token.word for token in q.marks.words]
    ours = any(one == "we" and verb in SPENDING for one, verb in pairwise(said))
    measured = [q.metric(name) for name in request.measured]
    if ours and all(is_money(one.unit) and one.better == "up" for one in measured):
        spent = [one.label for one in q.metrics if is_money(one.unit) and one.better == "down"]
        raise declined(
            f"What we spend is not in {_label(q, request).lower()}: that comes in.",
            *spent,
        )
    amounts = amounts_wanted(q, request.measured)
    if amounts:
        raise unclear(f"Which amount? {_label(q, request)} is none.", *map(q.label, amounts[:5]))


def _count(q: Parsed, request: MetricRequest) -> None:
    """ "how many refunds": a number is wanted, and the measure is an amount."""
    marks = q.marks
    if request.summary is not None or marks.has(*WORDS, *AMOUNT_WORDS, "amount"):
        return
    spans = [s for s in marks.spans if s.start in marks.counted]
    names = {name for span in spans for name in span.names("metric")}
    for one in (q.metric(name) for name in request.measured if name in names):
        if is_money(one.unit):
            beside = [m for m in q.metrics if m.unit == "count" and {*m.models} & {*one.models}]
            raise unclear(
                f"{one.label} is an amount of money; how many there were is not measured.",
                one.label,
                *(other.label for other in beside[:4]),
            )


def _total(q: Parsed, request: MetricRequest) -> None:
    """ "total humidity": of what is averaged only, no sum is told."""
    measured = [q.metric(name) for name in request.measured]
    averaged = [one for one in measured if one.definition.startswith("average(")]
    said = {token.word for token in q.marks.words}
    if averaged and said & {"total", *ADDED_UP} and not said & AVERAGES:
        label = averaged[0].label
        raise unclear(f"{label} is an average; its total is not measured.", label)


def _set_logic(q: Parsed, request: MetricRequest) -> bool:
    """ "who bought audio but not furniture": conditions on several rows of one member."""
    known = q.catalog.dimensions
    by = {
        operator: {f.name for f in request.filters if f.operator is operator}
        for operator in Operator
    }
    negative = by[Operator.IS_NOT] | by[Operator.NOT_IN]
    positive = by[Operator.IS] | by[Operator.IN]
    models = {known[f.name].model for f in request.filters if f.name in known}
    measured = [q.metric(name) for name in request.measured]
    counted = any(one.unit == "count" and models - set(one.models) for one in measured)
    distinct = any(one.is_distinct for one in measured)
    several = (by[Operator.IN] and counted) or (len(q.marks.times) > 1 and distinct)
    both = q.marks.has("both") and several
    return bool(negative & positive or both or _of_others(q, request))


def _of_others(q: Parsed, request: MetricRequest) -> bool:
    """ "revenue from customers who bought shoes", "registered in 2025 who ordered in 2026"."""
    marks, known = q.marks, q.catalog.dimensions
    owners = {known[f.name].entity for f in request.filters if f.name in known}
    beyond = any(owner.split("__")[-1] == "product" for owner in owners)
    for i in range(1, len(marks.words)):
        doing = {marks.word(k) for k in range(i + 1, i + 4)} & BUYING
        if marks.word(i) in RELATIVES and doing:
            ends = [one.end <= i for one in marks.times]
            if beyond or (len(set(ends)) > 1 and request.compare is None):
                return True
    return False
