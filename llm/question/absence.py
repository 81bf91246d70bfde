"""What is not there: "customers who never ordered", "products without any returns".

Who has none of something stands in no row of it. So the members are taken from their own table, and
those are kept that have nought of the measure. `rephrased` puts the ways to say it into one:
"customers without any orders"; `marked` finds what has none of what.
"""

from __future__ import annotations

from dataclasses import replace

from llm.question.cues import COUNTS, VERBS
from llm.question.lexicon import Lexicon, Span
from llm.question.marks import match, skip
from llm.question.parsed import Parsed
from llm.question.refusals import declined
from llm.request import Filter, MetricRequest, Operator
from llm.words import Token, tokens, word_set

HAVING = word_set("with have has having had got get")
NONE = word_set("no zero 0")
NEVER = word_set("never not")
# Between who it is and that they did not: "customers who have never yet ...".
BETWEEN = word_set("that who which have has had did do does was were are is been be ever yet still")
# What is done with a thing that is named behind it: "never placed an order".
DOING = word_set(
    "placed place made make left leave wrote write written opened open raised filed submitted had "
    "have got get received receive given gave"
)
ARTICLES = word_set("a an any single one the")
# Nothing more is said behind what was not done.
CLOSING = word_set("anything something yet ever once at all so far before us support")
# What a flag of purchases is called, by what people say that was not done.
BUYING = {"buy": "bought", "purchase": "purchased", "order": "ordered"}


def rephrased(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "customers who have never ordered" -> "customers without any orders"."""
    said = [token.word for token in words]
    for i, word in enumerate(said):
        none = word in NONE and i > 0 and said[i - 1] in HAVING
        if none and _measures(words[i + 1 : i + 3], lexicon):
            return _without(words[: skip(words, i - 2, BETWEEN, -1) + 1], words[i + 1 :])
        start, verb = skip(words, i - 1, BETWEEN, -1) + 1, skip(words, i + 1, BETWEEN)
        if word not in NEVER or verb == len(said) or not start:
            continue
        done, thing = said[verb], skip(words, verb + 1, ARTICLES)
        kinds = ("metric", "dimension") if done == "have" else ("metric",)
        if done in DOING and _measures(words[thing : thing + 2], lexicon, kinds):
            return _without(words[:start], words[thing:])
        rest = words[skip(words, verb + 1, CLOSING) :]
        if rest and rest[0].word.isalpha() and rest[0].word not in ("in", "since", "by", "per"):
            continue  # "who did not buy audio": not all that they did
        owners = {s.name for one in words[:start] for s in lexicon.senses(one.text, "entity")}
        flag = f"that {BUYING.get(done, done)}"
        if done in (*BUYING, *BUYING.values()) and owners & _owners(flag, lexicon):
            return (*words[:start], *tokens(f"not {flag}"), *rest)  # "visits that did not buy"
        measure = _measure_of(words[verb], lexicon)
        if measure and not owners & _owners(done, lexicon):
            return _without(words[:start], (*tokens(measure), *rest))
    return words


def _without(before: tuple[Token, ...], behind: tuple[Token, ...]) -> tuple[Token, ...]:
    closing = [
        i for i, one in enumerate(behind) if [t.word for t in behind[i : i + 2]] == ["at", "all"]
    ]
    kept = [one for i, one in enumerate(behind) if not {i, i - 1} & set(closing)]
    return (*before, *tokens("without any"), *kept)


def _measures(
    words: tuple[Token, ...], lexicon: Lexicon, kinds: tuple[str, ...] = ("metric",)
) -> bool:
    texts = (" ".join(one.text for one in words[:n]) for n in (1, 2))
    return any(one.kind in kinds for text in texts for one in lexicon.senses(text))


def _owners(phrase: str, lexicon: Lexicon) -> set[str]:
    """Whose states the phrase names: "cancelled" is one of orders."""
    return {one.name.split("__")[0] for one in lexicon.senses(phrase, "value")}


def _measure_of(verb: Token, lexicon: Lexicon) -> str:
    """What is counted when it is done: orders for "bought", contacts for "contacted"."""
    if verb.word in VERBS:
        return VERBS[verb.word]
    bases = {verb.word, verb.word.removesuffix("ed"), verb.word.removesuffix("d")} - {""}
    for base in sorted(bases, key=len):
        if lexicon.senses(base, "metric"):
            return base
    return ""


def marked(q: Parsed) -> None:
    """Take "customers without any orders" apart: who is counted or listed, and what they lack."""
    marks, parts = q.marks, q.parts
    lacking = [s for s in marks.spans if s.start in marks.negations and s.of("metric")]
    if len(lacking) != 1 or lacking[0].of("value"):
        return
    what = lacking[0]
    k = marks.spans.index(what)
    who = next((s for s in reversed(marks.spans[:k]) if _names_members(s)), None)
    others = [s for s, _ in parts.metrics if s not in (who, what)]
    said_else = marks.ranking or marks.thresholds or marks.average or marks.compare is not None
    if who is None or others or said_else or marks.share is not None:
        return
    # "orders without any returns" are counted, as events are; customers are listed.
    events = any(q.metric(s.name).additive for s in who.of("metric"))
    asked = who.start in marks.counted or match(marks.words, who.start, COUNTS)
    listed = not (asked or events)
    kinds = ("dimension", "entity") if listed else ("entity", "dimension")
    members = [s.name for kind in kinds for s in who.of(kind)]
    # Of what is averaged, none is not nought.
    measures = [name for name in what.names("metric") if q.metric(name).additive]
    found = next(
        ((m, whole, n) for m in members for n in measures if (whole := _whole(q, m, n))), None
    )
    if found is None:
        return
    member, whole, measure = found
    later = [s for s in marks.spans[k + 1 :] if s.of("value")]
    if marks.times or later:
        raise declined(
            f"Who has no {q.label(measure).lower()} is known over all the data, not in a part.",
            f"{who.text.capitalize()} without any {what.text}, of all days.",
        )
    parts.metrics = [pair for pair in parts.metrics if pair[0] not in (who, what)]
    for one in (parts.groups, parts.counted):
        one[:] = [pair for pair in one if pair[0] not in (who, what)]
    (parts.groups if listed else parts.counted).append((who, (member,)))
    marks.negations.discard(what.start)
    parts.lacking = (whole, measure)
    parts.metrics[:0] = [(who, (whole,)), (what, (measure,))]


def _names_members(span: Span) -> bool:
    return bool(span.of("entity") or span.of("dimension")) and not span.of("value")


def _whole(q: Parsed, member: str, measure: str) -> str | None:
    """The measure that counts all members in their own table, if the other is known of each."""
    model = q.catalog.dimensions[member].model
    if not model or not q.reach(measure, (member,)):
        return None
    counts = [
        one.name
        for one in q.counts((model,))
        if one.name != measure and q.reach(one.name, (member,))
    ]
    return counts[0] if counts else None


def kept(q: Parsed, request: MetricRequest) -> MetricRequest:
    """The request with the members that have none."""
    if q.parts.lacking is None:
        return request
    whole, measure = q.parts.lacking
    none = (Filter(whole, Operator.MORE, (0,)), Filter(measure, Operator.IS, (0,)))
    told = [one for one in none if one not in request.filters]
    return replace(request, filters=(*request.filters, *told))
