"""Rankings and shares: what is ordered, how many are shown, and within which groups they count."""

from __future__ import annotations

from dataclasses import replace

from llm.definitions import MetricInfo
from llm.money import is_money
from llm.question.cues import DESCENDING, DURATIONS, FALLS, JUDGING, OF, SPEEDS
from llm.question.marks import Ranking
from llm.question.parsed import Parsed
from llm.question.refusals import listed, unclear
from llm.question.roles import follows_ranking
from llm.question.summaries import counting, entity_of, kinds
from llm.request import DAY_KIND, SHARE, WEEKDAY, Filter, MetricRequest, Operator, Ratio, Summary
from llm.words import stem

DEFAULT_TOP = 10
SIZES = frozenset({"biggest", "largest", "smallest"})
PREDICATES = frozenset(
    {"are", "were", "is", "was", "have", "had", "has", "used", "use", "came", "come", "comes"}
)
FALLING = DESCENDING | {"descending"}


def shared(q: Parsed, request: MetricRequest) -> MetricRequest:
    """The request as shares, if the question asks for them."""
    if q.marks.share is None:
        return request
    if any(not one.percent for one in q.marks.thresholds):
        members = _members_within(q, request)
        if members is not None:
            return members
    rate = _rate(q, request) or _part_of(q, request)
    if rate is not None:
        return replace(rate, filters=_bounds_of(rate))
    metric = request.metrics[0]
    had = q.previous.filters if q.previous else ()  # "and as a share of the total?"
    filters = [f for f in request.filters if f.name in q.places or f in had]
    filters = [f for f in filters if f.name in q.catalog.dimensions]
    if not request.keys and not filters:
        options = tuple(
            f"{q.label(metric)} by {d}" for d in q.dimension_labels(request.metrics)[:4]
        )
        raise unclear(f"A share of {q.label(metric).lower()} by what?", *options)
    # "share of german orders placed via app, by month": what stands behind the measure is the
    # part; before it, or behind the break-down, it says of what.
    start = max((span.start for span, _ in q.parts.metrics), default=-1)
    end = min((s.start for s, _ in q.parts.groups if s.start > start), default=len(q.marks.words))
    places = {f.name: max(q.places.get(f.name, (-1,))) for f in filters}
    parts = [name for name, place in places.items() if start < place < end]
    parts = [name for name in parts if name not in request.dimensions]
    # "of the orders in France, how many used a coupon": the predicate says what the part is.
    told = [i for i in range(start + 1, end) if q.marks.word(i) in PREDICATES]
    behind = [name for name in parts if told and places[name] > told[0]]
    if behind and len(behind) < len(parts):
        parts = behind
    elif len(parts) > 1:
        label = q.label(metric).lower()
        said = [q.called(name) for name in parts]
        options = (f"Of all {label}: those with this {listed(said)}",)
        options += tuple(f"Of the {label} with this {one}" for one in said)
        raise unclear("A share of what?", *options)
    _one_part(q, request, [f for f in filters if f.name not in parts], parts)
    if request.keys and not parts and (request.dimensions or not filters):
        return replace(request, share=True)
    parts = parts or [f.name for f in filters]
    return replace(
        request,
        share=True,
        dimensions=(*request.dimensions, *parts),
        summary=Summary("sum", tuple(parts)),
    )


def _members_within(q: Parsed, request: MetricRequest) -> MetricRequest | None:
    """ "what part of the tickets took more than 2 days": of all there are, those within a bound."""
    named = [name for _, names in (*q.parts.counted, *q.parts.groups) for name in names]
    members = [
        name
        for name in q.reachable(named, request.measured)
        if q.catalog.dimensions[name].kind == "entity"
    ]
    if not members:
        return None
    member = members[0]
    whole = next(iter(kinds(q, request)), counting(q, member)) or request.measured[0]
    q.notes.append(f"The whole are those with any {q.label(whole).lower()}.")
    return replace(
        request,
        metrics=tuple(dict.fromkeys((*request.metrics, whole))),
        dimensions=tuple(dict.fromkeys((*request.dimensions, member))),
        filters=(*request.filters, Filter(whole, Operator.MORE, (0,))),
        share=True,
        summary=Summary("count", (member,)),
    )


def _one_part(
    q: Parsed,
    request: MetricRequest,
    others: list[Filter],
    parts: list[str],
) -> None:
    """ "share of web orders in the UK": of the web orders, or of those in the UK?"""
    if len(parts) != 1 or len(others) != 1 or request.keys:
        return
    place = q.places[parts[0]][-1]
    before = next(
        (q.marks.word(i) for i in range(place - 1, 0, -1) if q.marks.word(i) not in ("the", "our")),
        "",
    )
    if before != "in":
        return  # "german orders placed via app": what was done is the part
    part = next(f for f in request.filters if f.name == parts[0])
    label = q.label(request.metrics[0]).lower()
    one, two = (", ".join(str(value) for value in f.values) for f in (others[0], part))
    options = (f"Of the {label} with {a}: how many with {b}" for a, b in ((one, two), (two, one)))
    raise unclear("A share of what?", *options)


def _rate(q: Parsed, request: MetricRequest) -> MetricRequest | None:
    """The metric that is this share: "share of sessions that convert" is the conversion rate."""
    metric = request.metrics[0]
    flags = [f for f in request.filters if f.operator is Operator.IS and f.values == (True,)]
    rates = [m for m in q.metrics if m.kind == "ratio" and m.unit == "rate"]
    for flag in flags:
        one = q.catalog.dimensions[flag.name]
        fitting = [
            rate
            for rate in rates
            if rate.inputs[1] == metric
            and one.model in q.metric(rate.inputs[0]).models
            and one.expression in q.metric(rate.inputs[0]).definition
        ]
        if fitting:
            best = min(fitting, key=lambda rate: len(q.metric(rate.inputs[0]).definition))
            kept = tuple(f for f in request.filters if f is not flag)
            return replace(request, metrics=(best.name,), filters=kept)
    for part in request.filters:
        # "what part of the items sold was returned": there is a rate of the returned ones.
        said = {stem(word) for value in part.values for word in str(value).lower().split()}
        fitting = [
            rate
            for rate in rates
            if rate.inputs[1] == metric and said <= {stem(w) for w in rate.inputs[0].split("_")}
        ]
        if len(fitting) == 1 and part.operator is Operator.IS:
            kept = tuple(f for f in request.filters if f is not part)
            return replace(request, metrics=(fitting[0].name,), filters=kept)
    figures = {f"{metric}{SHARE}", *q.catalog.metrics}
    if any(f.name not in figures for f in request.filters):
        return _conditioned(q, request, rates)
    is_part = "case when" in q.metric(metric).definition
    found = [r for r in rates if r.inputs[0] == metric and (is_part or not request.keys)]
    if found:
        return replace(request, metrics=(found[0].name,))
    return _of_its_kind(q, request)


def _of_its_kind(q: Parsed, request: MetricRequest) -> MetricRequest | None:
    """ "share of closed tickets by channel": of each channel's tickets, the closed ones."""
    one = q.metric(request.metrics[0])
    if one.name in q.catalog.main or "case when" not in one.definition or not one.additive:
        return None
    wholes = [
        other.name
        for other in q.metrics
        if other.models == one.models and other.unit == one.unit == "count" and other.additive
        and "case when" not in other.definition and other.kind == "simple"
    ]  # fmt: skip
    # "new customers" are a part of the customers, though they are counted among orders.
    named = q.lexicon.senses(one.label.lower().partition(" ")[2], "metric")
    wholes = [s.name for s in named if q.metric(s.name).models == one.models] or wholes
    if len(wholes) != 1:
        return None
    return replace(request, metrics=(), ratios=(Ratio(one.name, wholes[0]),))


def _conditioned(
    q: Parsed, request: MetricRequest, rates: list[MetricInfo]
) -> MetricRequest | None:
    """ "% of orders cancelled on weekends" is a rate; "of late parcels in Austria" may be two."""
    metric = request.metrics[0]
    found = [one for one in rates if one.inputs[0] == metric]
    kind = None if found or request.keys else _of_its_kind(q, request)
    if kind is not None:
        # "share of tickets about late delivery in Germany": of the tickets there, or of all late?
        said = [f for f in request.filters if f.name in q.catalog.dimensions]
        values = ", ".join(str(value) for f in said for value in f.values)
        part, whole = (q.label(name).lower() for name in kind.measured)
        options = (
            f"Of the {whole} with {values}: how many are {part}",
            f"Of all {part}: how many with {values}",
        )
        raise unclear("A share of what?", *options)
    if len(found) != 1 or "case when" not in q.metric(metric).definition or request.keys:
        return None
    first = q.marks.words[q.parts.metrics[0][0].start].stem
    if first in {stem(part) for part in found[0].inputs[1].split("_")}:
        return replace(request, metrics=(found[0].name,))
    said = [f for f in request.filters if f.name in q.catalog.dimensions]
    values = ", ".join(str(value) for f in said for value in f.values)
    label = q.label(metric)
    options = (
        f"{found[0].label} where {values}",
        f"Share of all {label.lower()} by {q.called(said[0].name)}",
    )
    raise unclear(f"{label}: as a share of what?", *options)


def _bounds_of(rate: MetricRequest) -> tuple[Filter, ...]:
    """ "more than 10 % of deliveries were late": the bound is about the rate."""
    return tuple(
        replace(one, name=rate.metrics[0]) if one.name.endswith(SHARE) else one
        for one in rate.filters
    )


def _part_of(q: Parsed, request: MetricRequest) -> MetricRequest | None:
    """ "% of visits that bounce": the rate that divides the second measure by the first."""
    spans = [span for span, _ in q.parts.metrics]
    if len(request.metrics) != 2 or len(spans) != 2:
        return None
    between = set(q.marks.between(spans[0], spans[1]))
    if between & {"and", ",", "&", "or"}:
        return None
    whole, part = request.metrics
    rates = [one for one in q.metrics if one.inputs == (part, whole)]
    kind = _of_its_kind(q, replace(request, metrics=(part,)))
    if not rates and kind is not None and kind.ratios[0].denominator == whole:
        return kind
    if len(rates) != 1:
        labels = tuple(f"{q.label(name)} as a share of their total" for name in request.metrics)
        raise unclear("A share of what?", *labels)
    return replace(request, metrics=(rates[0].name,))


def ranked(q: Parsed, request: MetricRequest) -> MetricRequest:
    """The request with its order and limit, if the question ranks."""
    ranking = q.marks.ranking
    if ranking is None and request.shown_keys and q.marks.sort:
        figure, word = request.told[0], q.marks.sort
        flipped = word in JUDGING and _less_is_better(q, request, figure)
        return replace(request, order=((figure, (word in FALLING) is not flipped),))
    if ranking is None:
        return request
    metrics = request.metrics
    headed = [one for one, _ in q.parts.metrics if follows_ranking(q.marks, one)]
    alone = len(q.parts.metrics) == 1 and headed and headed[0].of("entity")
    if request.keys and alone and ranking.word in ("top", "best", "biggest", "largest", "worst"):
        # "the top customer in each country": customers are ranked, not countries by customers.
        raise unclear("Ranked by what?", *map(q.label, q.catalog.main))
    if not request.shown_keys:
        if q.parts.entities or not metrics or not q.metric(metrics[0]).unit:
            return request
        if any(follows_ranking(q.marks, one) and one.of("entity") for one, _ in q.parts.metrics):
            largest = _largest(q, request)
            if largest is not None:
                return largest
            main = [q.label(name) for name in q.catalog.main]
            raise unclear("Ranked by what?", *main)
        label = q.label(metrics[0]).lower()
        options = tuple(
            f"{d} with the {ranking.word} {label}"
            for d in ("Month", *q.dimension_labels(metrics)[:3])
        )
        raise unclear(f"The {ranking.word} {label} by what?", *options)
    if ranking.word in SPEEDS and request.compare is None:
        request = _timed(q, request)
        metrics = request.metrics
    metric = request.ratios[0].name if request.ratios else _ranked_metric(q, metrics)
    descending = ranking.descending
    key = _ranked_key(q, request)
    within = tuple(one for one in request.shown_keys if one != key) if key else ()
    count = ranking.count or _implied_count(q, key)
    _no_stray_group(q, ranking, key, count)
    if request.compare is not None and q.marks.change is not None:
        falls = q.marks.word(q.marks.change) in FALLS
        descending = ranking.word not in ("slowest", "least", "lowest", "worst", "weakest")
        word = q.marks.word(q.marks.change)
        # "lost the most revenue" is an amount, "grew the most" and "fell fastest" are rates.
        rate = word.startswith(("gr", "increase", "decrease")) or ranking.word in SPEEDS
        amount = not rate and ranking.word in ("most", "biggest", "largest", "least", "highest")
        if request.share:
            metric, amount = f"{metric}{SHARE}", True  # of a share the change is in points
        column = f"{metric}_change" if amount else f"{metric}_change_rate"
        q.notes.append(f"Ranked by the {'change' if amount else 'rate of change'}.")
        order = ((column, descending is not falls),)
        return replace(request, order=order, limit=count, within=within)
    if ranking.word in JUDGING and _less_is_better(q, request, metric):
        descending = not descending
    offset = ranking.nth - 1
    by = f"{metric}{SHARE}" if request.parted else metric
    return replace(
        request,
        filters=(*request.filters, *_known(q, request, key)),
        order=((by, descending),),
        limit=count,
        offset=offset,
        within=within,
    )


def _largest(q: Parsed, request: MetricRequest) -> MetricRequest | None:
    """ "the biggest order": by the main amount of money."""
    ranking, main = q.marks.ranking, q.catalog.main[0]
    member = entity_of(q, request.measured[0])
    if ranking is None or ranking.word not in SIZES or not is_money(q.metric(main).unit):
        return None
    if member is None or request.shown_keys or not q.reach(main, (member,)):
        return None
    plural = q.marks.words[q.parts.metrics[0][0].end - 1]
    count = ranking.count or (1 if plural.single else DEFAULT_TOP)
    q.notes.append(f"Ranked by {q.label(main).lower()}.")
    return replace(
        request,
        metrics=(main,),
        dimensions=(member,),
        order=((main, ranking.descending),),
        limit=count,
        offset=ranking.nth - 1,
    )


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


def _timed(q: Parsed, request: MetricRequest) -> MetricRequest:
    """ "slowest country for deliveries": how long they took, not how many there were."""
    metric = request.measured[0]
    if any(q.metric(name).unit in DURATIONS for name in request.measured):
        return request
    models = set(q.metric(metric).models)
    found = [
        one.name
        for one in q.metrics
        if one.unit in DURATIONS
        and models & set(one.models)
        and all(q.reach(one.name, (name,)) for name in request.dimensions)
    ]
    if len(found) != 1 or request.ratios:
        options = tuple(q.label(name) for name in found) or (q.label(metric),)
        raise unclear(f'"{q.marks.ranking.word}" by which time?', *options)  # type: ignore[union-attr]
    q.notes.append(f"Ranked by {q.label(found[0]).lower()}.")
    return replace(request, metrics=(found[0],))


def _ranked_metric(q: Parsed, metrics: tuple[str, ...]) -> str:
    for i, span in enumerate(q.marks.spans):
        if q.parts.roles.get(i) == "metric":
            names = [s.name for s in span.of("metric") if s.name in metrics]
            after = follows_ranking(q.marks, span) or q.marks.before(span) == "by"
            if names and after:
                return names[0]
    return metrics[0]


def _stands_apart(q: Parsed) -> bool:
    """Whether "top 5" ends the question, in front of nothing that it could rank."""
    ranking = q.marks.ranking
    rest = [word for word in q.marks.words[ranking.end :] if word.word.isalnum()] if ranking else []
    return ranking is not None and not rest


def _ranked_key(q: Parsed, request: MetricRequest) -> str | None:
    """Of several keys the one that is ranked: "top 3 products per country" ranks products."""
    if len(request.shown_keys) < 2:
        return None
    marks = q.marks
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
        if listed and _stands_apart(q):
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
