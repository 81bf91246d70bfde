"""Questions about what people write ("what do customers say about ...?") and about single rows.

Read before the metrics' parser: such a question names a topic, which is no metric. What is left of
it after times and stored values is the topic itself, in the asker's own words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from llm.question import bounds, timephrase
from llm.question.lexicon import Lexicon, Sense, Span
from llm.request import Operator, TimeRange
from llm.retrieval import NO_VALUE
from llm.search.text_search import SOURCE
from llm.search.texts import facet_name
from llm.words import Token, tokens, word_set

WHO = word_set(
    "customer client people buyer shopper user reviewer consumer anyone anybody everybody everyone "
    "review ticket complaint comment feedback message opinion they"
)
SAY = word_set(
    "say said says saying think thinks thought write writes wrote written writing complain "
    "complains complained complaining mention mentions mentioned mentioning tell told feel felt "
    "comment commented report reported talk talking praise praised criticise criticised criticize"
)
# Before "about" or "with" they ask what was written.
LIKE = word_set(
    "like likes liked love loved hate hated dislike disliked enjoy enjoyed happy unhappy pleased "
    "satisfied dissatisfied annoyed frustrated disappointed"
)
UNHAPPY = word_set(
    "complain complaint complained complaining criticise criticize unhappy dissatisfied annoyed "
    "frustrated disappointed dislike hate hated"
)
HAPPY = word_set("praise praised like likes love loved enjoy enjoyed happy pleased satisfied")
TEXTS = word_set(
    "review ticket complaint comment feedback message opinion quote passage voice praise criticism"
)
THINGS = word_set("product item article customer order")
OPINIONS = word_set("complaint comment feedback opinion quote passage voice praise criticism")
ABOUT = word_set("about on regarding concerning mention mentions mentioning mentioned of with")
WHERE = word_set("where saying that for")
ASKING = word_set("what how which who")
SHOWING = word_set("show find give list quote search read see get display anything something any")
# Words after which nothing is a topic any more: they ask for a figure.
COUNTING = word_set(
    "many number count average mean avg median rate rating share percentage total top most fewest "
    "more less trend"
)
BREAKING_DOWN = word_set("by per each versus vs compared")
NEGATING = word_set("not without excluding except")
FILLER = word_set("the a an our my your their its this that these those me us some any all please")
# What reviews are that people call so, by the stars that they gave.
MOODS: dict[str, tuple[Operator, int]] = {
    **dict.fromkeys(word_set("bad negative poor critical unhappy angry"), (Operator.AT_MOST, 2)),
    **dict.fromkeys(word_set("good positive great glowing happy"), (Operator.AT_LEAST, 4)),
}
PREPOSITIONS = word_set("in from for of by at on within during since")
# Facets that a stored value in the question can stand for, the likeliest first.
FACETS = (
    "product", "country", "category", "department", "city", "supplier", "segment", "language",
)  # fmt: skip
ROW_CUES = word_set("explain trace come comes came source origin whence row record")
KEY = re.compile(r"\b[A-Z]{1,4}-?\d{2,}\b")


@dataclass(frozen=True)
class Saying:
    """A search for what was written: the topic, facet -> values, and the days."""

    text: str
    filters: tuple[tuple[str, tuple[str, ...]], ...]
    time: TimeRange


@dataclass(frozen=True)
class RowQuestion:
    """A question about one row, by its key."""

    key: str


def read(question: str, lexicon: Lexicon, today: date) -> Saying | RowQuestion | None:
    """What the question asks of the texts or of one row; None if it asks neither."""
    words = tokens(question)
    key = KEY.search(question)
    if key and any(word.stem in ROW_CUES or word.word in ROW_CUES for word in words):
        return RowQuestion(key.group())
    start = _topic_start(words)
    if bounds.find(words, set()):
        return None  # "tickets that took more than 2 days": a figure
    if start is None or _asks_for_group(words, lexicon):
        return None
    times = timephrase.find(words, today)
    taken = {i for one in times for i in range(one.start, one.end)}
    spans = [one for one in lexicon.find(words, taken) if one.of("value")]
    filters: dict[str, list[str]] = {}
    named: list[str] = []
    for span in spans:
        beside = [one.stem for one in words[span.end : span.end + 1]]
        beside += [one.word for one in words[max(span.start - 1, 0) : span.start]]
        written = {"in", *TEXTS} & set(beside)  # "German reviews", "reviews in German"
        sense = _facet(span.of("value"), ("language", *FACETS) if written else FACETS)
        if sense is None:
            continue
        name = facet_name(sense.name)
        if (
            name != "product"
            and span.start >= start
            and not _follows_preposition(words, span, start)
        ):
            continue  # the topic itself: "about refunds"
        filters.setdefault(name, []).append(str(sense.value))
        taken |= set(range(span.start, span.end))
        if name == "product":
            named.append(str(sense.value))
    filters |= _kinds(words, lexicon)
    topic = _topic(words, start, taken)
    mood = words[0].word if words[0].word in MOODS else ""
    opening = words[bool(mood)].stem
    counted = bool(lexicon.senses(f"{mood} {opening}", "metric"))
    plain = opening in TEXTS and opening not in OPINIONS and counted
    topics = re.split(r"\s+(?:or|and)\s+", topic)
    stored = all(lexicon.senses(one, "value") for one in topics)
    if plain and (not topic or stored):
        return None  # "tickets about late delivery": a stored topic, which the metrics count
    text = topic or " ".join(named) or _fallback(words)
    ranges = [one.period.range for one in times]
    return Saying(
        text,
        tuple((name, tuple(values)) for name, values in filters.items()),
        ranges[0] if len(ranges) == 1 else TimeRange(),
    )


def _kinds(words: Sequence[Token], lexicon: Lexicon) -> dict[str, list[str]]:
    """ "bad reviews", "1 star reviews", "in their tickets": which texts are asked for."""
    found: dict[str, list[str]] = {}
    named = {word.stem: word for word in words if word.stem in TEXTS}
    for name in named:
        if any(one.name == name for one in lexicon.senses(name, "entity")):
            found.setdefault(SOURCE, []).append(name)
    stars = lexicon.senses("stars", "dimension")
    for word, following in pairwise(words):
        given: tuple[Sense, ...] = ()
        if word.word in MOODS and following.stem in TEXTS:
            given = lexicon.bounded(stars, *MOODS[word.word])
        elif following.stem == "star":
            given = lexicon.numbered(stars, word.word)
        if given:
            found[facet_name(given[0].name)] = [str(one.value) for one in given]
    said = {form for word in words for form in (word.stem, word.word)}
    mood = "unhappy" if said & UNHAPPY else "happy" if said & HAPPY and "would" not in said else ""
    given = lexicon.bounded(stars, *MOODS[mood]) if mood else ()
    if given:
        # Who praises does not complain; what has no stars, as tickets, may.
        unrated = [NO_VALUE] if mood == "unhappy" else []
        found.setdefault(facet_name(given[0].name), [*(str(one.value) for one in given), *unrated])
    return found


def _asks_for_group(words: Sequence[Token], lexicon: Lexicon) -> bool:
    """ "what languages are our reviews written in": a break-down, which the metrics know."""
    if words[0].word not in ("what", "which"):
        return False
    named = next((one for one in lexicon.find(words, set()) if one.start == 1), None)
    return named is not None and bool(named.of("dimension")) and not named.of("value")


def _topic_start(words: Sequence[Token]) -> int | None:
    """Where the topic begins, if somebody's saying it is asked for."""
    stems = [{word.word, word.stem} for word in words]
    asked = [one.word for one in words[:2]] == ["how", "many"] and len(words) > 4
    if asked and stems[2] & TEXTS and stems[3] & SAY:
        # "how many reviews mention scratches", and nothing more
        more = any(one & (COUNTING | BREAKING_DOWN | NEGATING | {"and"}) for one in stems[4:])
        return None if more else 4 + bool(stems[4] & ABOUT)
    if any(one & (COUNTING | BREAKING_DOWN | NEGATING) for one in stems):
        return None
    who = next((i for i, one in enumerate(stems) if one & WHO), None)
    said = [word.word for word in words]
    say = next(
        (
            i
            for i, one in enumerate(stems)
            if (one & SAY and said[i : i + 2] not in (["tell", "me"], ["tell", "us"]))
            or (one & LIKE and said[i + 1 : i + 2] in (["about"], ["with"]))
        ),
        None,
    )
    if (
        who is not None
        and say is not None
        and stems
        and (stems[0] & ASKING or stems[0] & SHOWING or who == 0 or say > who)
    ):
        about = next((i for i in range(max(who, say), len(words)) if stems[i] & ABOUT), None)
        while about is not None and about + 1 < len(words) and stems[about + 1] & ABOUT:
            about += 1  # "complain about regarding headphones"
        return len(words) if about is None else about + 1
    texts = next((i for i in range(min(4, len(stems) - 1), -1, -1) if stems[i] & TEXTS), None)
    if (
        texts is None
        or texts > 4
        or not (stems[0] & SHOWING or stems[texts] & OPINIONS or set(said[:texts]) <= set(MOODS))
    ):
        return None
    behind = range(texts + 1, min(texts + 6, len(words)))
    near = [i for i in behind[:2] if stems[i] & ((ABOUT | WHERE) - {"of", "with"})]
    near += [i for i in behind[2:] if stems[i] & (ABOUT - {"of", "with", "on"})]
    return near[0] + 1 if near else None


def _follows_preposition(words: Sequence[Token], span: Span, start: int) -> bool:
    before = [words[i].word for i in range(max(start, span.start - 2), span.start)]
    return any(word in PREPOSITIONS for word in before)


def _facet(senses: Sequence[Sense], facets: Sequence[str]) -> Sense | None:
    ranked = [one for one in senses if facet_name(one.name) in facets]
    return min(ranked, key=lambda one: facets.index(facet_name(one.name)), default=None)


def _topic(words: Sequence[Token], start: int, taken: set[int]) -> str:
    # "in reviews of audio products": where it is written and whose value it was are no topic.
    named = {i for i in range(start, len(words)) if words[i].stem in THINGS and i - 1 in taken}
    named |= {
        i
        for i in range(start + 1, len(words))
        if words[i].stem in WHO and words[i - 1].word in PREPOSITIONS
    }
    taken = taken | named | {i for i in range(start, len(words)) if words[i].stem in TEXTS}
    kept = [i for i in range(start, len(words)) if i not in taken and words[i].text[0].isalnum()]
    # "in", "from" and "the" that stood before what was taken out say nothing any more.
    while kept and words[kept[-1]].word in PREPOSITIONS | FILLER:
        kept.pop()
    while kept and words[kept[0]].word in PREPOSITIONS | FILLER:
        kept.pop(0)
    dangling = {
        i
        for i in kept
        if words[i].word in PREPOSITIONS | FILLER
        and (i + 1 in taken or (i + 2 in taken and words[i + 1].word in FILLER))
    }
    return " ".join(words[i].text for i in kept if i not in dangling)


def _fallback(words: Sequence[Token]) -> str:
    """No topic is named: "what do customers complain about?" asks for complaints."""
    stems = {word.stem for word in words} | {word.word for word in words}
    if stems & UNHAPPY:
        return "disappointed, complaint, does not work, broken"
    if stems & HAPPY:
        return "very happy, highly recommended, great quality"
    return " ".join(word.text for word in words if word.text[0].isalnum())
