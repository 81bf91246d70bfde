"""Rankings: what is ordered, how many are shown, and within which groups they count."""

from __future__ import annotations

from dataclasses import replace

from llm.money import is_money
from llm.question.cues import DESCENDING, DURATIONS, FALLS, JUDGING, OF, SPEEDS
from llm.question.marks import Ranking
from llm.question.parsed import Parsed
from llm.question.refusals import unclear
from llm.question.roles import follows_ranking
from llm.question.summaries import entity_of
from llm.request import DAY_KIND, SHARE, WEEKDAY, Filter, MetricRequest, Operator

DEFAULT_TOP = 10
SIZES = frozenset({"biggest", "largest", "smallest"})
# In front of a thing they do not say by what it is ranked.
UNSAID = frozenset({"top", "best", "biggest", "largest", "worst"})
FALLING = DESCENDING | {"descending"}


def ranked(q: Parsed, request: MetricRequest) -> MetricRequest:
    """The request with its order and limit, if the question ranks."""
    ranking, sort = q.marks.ranking, q.marks.sort
    if ranking is None and request.shown_keys and sort:
        figure = request.told[0]
        flipped = sort in JUDGING and _less_is_better(q, request, figure)
        return replace(request, order=((figure, (sort in FALLING) is not flipped),))
    if ranking is None:
        return request
    request = _keyed(q, request, ranking)
    if not request.shown_keys:
        return request
    if ranking.word in SPEEDS and request.compare is None:
        request = _timed(q, request, ranking)
    metric = request.ratios[0].name if request.ratios else _ranked_metric(q, request.metrics)
    descending = ranking.descending
    key = _ranked_key(q, request)
    within = tuple(one for one in request.shown_keys if one != key) if key else ()
    count = ranking.count or _implied_count(q, key)
    _no_stray_group(q, ranking, key, count)
    if request.compare is not None and q.marks.change is not None:
        word = q.marks.word(q.marks.change)
        descending = ranking.word not in ("slowest", "least", "lowest", "worst", "weakest")
        # "lost the most revenue" is an amount, "grew the most" and "fell fastest" are rates.
        rate = word.startswith(("gr", "increase", "decrease")) or ranking.word in SPEEDS
        amount = not rate and ranking.word in ("most", "biggest", "largest", "least", "highest")
        if request.share:
            metric, amount = f"{metric}{SHARE}", True  # of a share the change is in points
        column = f"{metric}_change" if amount else f"{metric}_change_rate"
        q.notes.append(f"Ranked by the {'change' if amount else 'rate of change'}.")
        order = ((column, descending is not (word in FALLS)),)
        return replace(request, order=order, limit=count, within=within)
    flipped = ranking.word in JUDGING and _less_is_better(q, request, metric)
    by = f"{metric}{SHARE}" if request.parted else metric
    return replace(
        request,
        filters=(*request.filters, *_known(q, request, key)),
        order=((by, descending is not flipped),),
        limit=count,
        offset=ranking.nth - 1,
        within=within,
    )


def _keyed(q: Parsed, request: MetricRequest, ranking: Ranking) -> MetricRequest:
    """The request with something to rank; "the biggest order" is that by the main amount."""
    metrics, spans = request.metrics, [span for span, _ in q.parts.metrics]
    things = [span for span in spans if follows_ranking(q.marks, span) and span.of("entity")]
    if request.shown_keys:
        if things and len(q.parts.metrics) == 1 and ranking.word in UNSAID:
            # "the top customer in each country": customers are ranked, not countries by customers.
            raise unclear("Ranked by what?", *q.main_labels())
        return request
    if q.parts.entities or not metrics or not q.metric(metrics[0]).unit:
        return request
    main, member = q.catalog.main[0], entity_of(q, metrics[0])
    amount = ranking.word in SIZES and is_money(q.metric(main).unit)
    if things and amount and member and q.reach(main, (member,)):
        q.notes.append(f"Ranked by {q.label(main).lower()}.")
        q.parts.groups.append((things[0], (member,)))
        return replace(request, metrics=(main,), dimensions=(member,))
    if things:
        raise unclear("Ranked by what?", *q.main_labels())
    label = q.label(metrics[0]).lower()
    keys = ("Month", *q.dimension_labels(metrics)[:3])
    options = (f"{one} with the {ranking.word} {label}" for one in keys)
    raise unclear(f"The {ranking.word} {label} by what?", *options)


def _known(q: Parsed, request: MetricRequest, key: str | None) -> tuple[Filter, ...]:
    """What is ranked has a name: those of whom it is missing are no winner."""
    name = key or request.shown_keys[0]
    one = q.catalog.dimensions.get(name)
    calendar = name in (WEEKDAY, DAY_KIND, request.time_column)
    said = any(f.name == name for f in request.filters)
    if one is None or one.unknown or calendar or said:
        return ()
    return (Filter(name, Operator.PRESENT, ()),)


def _no_stray_group(q: Parsed, ranking: Ranking, key: str | None, count: int) -> None:
    """ "which country has the most foo products": nothing says that products are a break-down."""
    for span, names in q.parts.groups if key is not None and count == 1 else ():
        beside = q.marks.before(span) in ("and", ",", "&")
        if key in names or span.start in q.marks.groupers or beside:
            continue
        label = q.label(q.parts.metrics[0][1][0]).lower() if q.parts.metrics else "it"
        options = (
            f"The {ranking.word} {label}, whatever the {span.text}",
            f"The {ranking.word} {label} for each {span.text}",
        )
        raise unclear(f'What is "{span.text}" for?', *options)


def _less_is_better(q: Parsed, request: MetricRequest, metric: str) -> bool:
    """Whether "best" means the least: as the measure says, or what it is divided into."""
    name = request.ratios[0].numerator if request.ratios else metric
    one = q.catalog.metrics.get(name)
    return one is not None and one.better == "down"


def _timed(q: Parsed, request: MetricRequest, ranking: Ranking) -> MetricRequest:
    """ "slowest country for deliveries": how long they took, not how many there were."""
    measured = [q.metric(name) for name in request.measured]
    if any(one.unit in DURATIONS for one in measured):
        return request
    found = [
        one.name
        for one in q.metrics
        if one.unit in DURATIONS
        and {*measured[0].models} & {*one.models}
        and len(q.reach(one.name, request.dimensions)) == len(request.dimensions)
    ]
    if len(found) != 1 or request.ratios:
        options = [q.label(name) for name in found] or [measured[0].label]
        raise unclear(f'"{ranking.word}" by which time?', *options)
    q.notes.append(f"Ranked by {q.label(found[0]).lower()}.")
    return replace(request, metrics=(found[0],))


def _ranked_metric(q: Parsed, metrics: tuple[str, ...]) -> str:
    for i, span in enumerate(q.marks.spans):
        names = [name for name in span.names("metric") if name in metrics]
        after = follows_ranking(q.marks, span) or q.marks.before(span) == "by"
        if names and after and q.parts.roles.get(i) == "metric":
            return names[0]
    return metrics[0]


def _ranked_key(q: Parsed, request: MetricRequest) -> str | None:
    """Of several keys the one that is ranked: "top 3 products per country" ranks products."""
    if len(request.shown_keys) < 2:
        return None
    marks = q.marks
    rest = marks.words[marks.ranking.end :] if marks.ranking else ()
    ends = not any(token.word.isalnum() for token in rest)
    found: list[tuple[int, str]] = []
    for i, span in enumerate(marks.spans):
        role = q.parts.roles.get(i)
        keys = (*span.names("dimension"), *span.names("entity"))
        name = next((key for key in keys if key in request.shown_keys), None)
        if role == "grain":
            name = request.time_column
        if role not in ("group", "grain") or name is None or span.start in marks.groupers:
            continue
        before = marks.before(span)
        listed = i and marks.spans[i - 1].start in marks.groupers and before in ("and", ",", "&")
        if listed and ends:
            continue  # "per channel and country, top 5"
        strength = 2 if before in ("which", "what") or follows_ranking(marks, span) else 1
        found.append((-strength, name))
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _implied_count(q: Parsed, key: str | None) -> int:
    """ "which country has the highest": one; "top products": the first ten."""
    spans = [s for s, names in q.parts.groups if key is None or key in names]
    if not spans:
        spans = [s for i, s in enumerate(q.marks.spans) if q.parts.roles.get(i) == "grain"]
    if spans:
        named = q.marks.words[spans[0].start : spans[0].end]
        # "reason for returns" is one reason: the noun stands before what it is of.
        heads = [i for i, word in enumerate(named) if word.word in OF and i] or [len(named)]
        noun = named[heads[0] - 1]
        if noun.single:
            return 1
    elif q.marks.has("is", "was", "has", "had", "one"):
        return 1  # "which one is the highest?", of what was shown before
    q.notes.append("I show the first ten.")
    return DEFAULT_TOP
