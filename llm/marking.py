"""What each word of a question does: names something, is a time, a cue, or goes unexplained.

The first half of the planner's parser. It marks; `llm.reading` decides what the marks ask for.
Nothing here knows a single question, only the words that questions are built with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from llm import timephrase
from llm.lexicon import Lexicon, Sense, Span
from llm.request import Grain, Operator
from llm.timephrase import TimePhrase
from llm.words import Token, tokens, word_set

STOP_WORDS = word_set(
    """
    a about again all also am an and any are as at be been being both but by came can come
    comes coming could data did do does doing done during each ever far figure figures find
    for from gave get gets getting give given go goes going got had happen happened has have
    having how i if in into is it its just know let like list made make makes many me mine
    much my need now of off ok okay on only onto or our out over overall overview per please
    placed put query quickly report result results s see sell sells selling show shows so some
    statistic statistics still table tell than that the their them then there these they this
    those through time times to too total totals up us use used using value values via want
    wanted was way we were what when where which while who whose will with within would you
    your amount bring brought buy bought paid pay spend spent order ordered purchase purchased
    earn earned number count company business shop store ours respectively looking look looks
    hello hi hey thanks thank kindly breakdown broken down split grouped group across every
    average mean show me display return calculate compute people one ones customer's total sum
    together combined percent percentage eur euro euros euro's kind sort higher
    lower larger smaller better worse bigger more less fewer take takes took sold
    """
)
STOP_SIGNS = word_set(
    """
    ? , ; / & + - = %
    """
)

DESCENDING = word_set(
    """
    longest slowest top best highest largest biggest most greatest strongest leading maximum max
    """
)
ASCENDING = word_set(
    """
    shortest fastest quickest bottom worst lowest least fewest smallest weakest poorest minimum min
    """
)
JUDGING = frozenset({"best", "worst", "strongest", "weakest", "poorest", "leading"})

GROUPERS = (
    ("broken", "down", "by"), ("split", "by"), ("split", "up", "by"), ("grouped", "by"),
    ("for", "each"), ("for", "every"), ("in", "each"), ("in", "every"), ("on", "each"),
    ("breakdown", "by"), ("segmented", "by"), ("according", "to"),
    ("by",), ("per",), ("each",), ("every",), ("across",),
)  # fmt: skip
NEGATIONS = (
    ("other", "than"), ("apart", "from"), ("except", "for"), ("leaving", "out"), ("not", "from"), ("not", "in"),
    ("excluding",), ("except",), ("without",), ("not",), ("outside",), ("excl",), ("minus",), ("non",),
)  # fmt: skip
SHARES = (
    ("share", "of"), ("percentage", "of"), ("percent", "of"), ("proportion", "of"), ("fraction", "of"),
    ("%", "of"), ("part", "of"), ("distribution", "of"), ("mix", "of"), ("share",), ("distribution",), ("mix",),
)  # fmt: skip
COMPARES = (
    ("compared", "with"), ("compared", "to"), ("in", "comparison", "to"), ("in", "comparison", "with"),
    ("relative", "to"), ("as", "against"), ("versus",), ("vs",), ("v",), ("against",), ("compared",),
    ("compare",), ("comparing",), ("comparison",), ("than",),
)  # fmt: skip
CHANGES = tuple(
    (word,)
    for word in [
        "growth",
        "grow",
        "grew",
        "grown",
        "growing",
        "change",
        "changed",
        "changes",
        "changing",
        "increase",
        "increased",
        "decrease",
        "decreased",
        "rise",
        "rose",
        "risen",
        "fall",
        "fell",
        "fallen",
        "drop",
        "dropped",
        "develop",
        "developed",
        "difference",
        "differ",
        "evolve",
        "evolved",
        "improve",
        "improved",
        "decline",
        "declined",
    ]
)
OVER_TIME = (
    ("over", "time"), ("trend",), ("trends",), ("trending",), ("time", "series"), ("timeline",), ("history",),
    ("development",), ("evolution",),
)  # fmt: skip
EACH_OTHER = {
    Grain.YEAR: ("year", "yoy"),
    Grain.QUARTER: ("quarter", "qoq"),
    Grain.MONTH: ("month", "mom"),
    Grain.WEEK: ("week", "wow"),
    Grain.DAY: ("day", "dod"),
}
MORE = (
    (("no", "more", "than"), Operator.AT_MOST), (("not", "more", "than"), Operator.AT_MOST),
    (("no", "less", "than"), Operator.AT_LEAST), (("no", "fewer", "than"), Operator.AT_LEAST),
    (("more", "than"), Operator.MORE), (("greater", "than"), Operator.MORE), (("higher", "than"), Operator.MORE),
    (("larger", "than"), Operator.MORE), (("less", "than"), Operator.LESS), (("fewer", "than"), Operator.LESS),
    (("lower", "than"), Operator.LESS), (("smaller", "than"), Operator.LESS), (("at", "least"), Operator.AT_LEAST),
    (("at", "most"), Operator.AT_MOST), (("or", "more"), Operator.AT_LEAST), (("over",), Operator.MORE),
    (("above",), Operator.MORE), (("exceeding",), Operator.MORE), (("exceeds",), Operator.MORE), (("exceed",), Operator.MORE),
    (("under",), Operator.LESS), (("below",), Operator.LESS), ((">=",), Operator.AT_LEAST), (("<=",), Operator.AT_MOST),
    ((">",), Operator.MORE), (("<",), Operator.LESS),
)  # fmt: skip
# Verbs that name a measure when the question names none.
VERBS = {"sold": "items sold", "sell": "items sold", "earn": "revenue", "earned": "revenue", "made": "revenue",
         "make": "revenue", "spend": "revenue", "spent": "revenue", "rated": "rating", "visited": "visits",
         "converted": "conversion rate", "converts": "conversion rate", "convert": "conversion rate",
         "returned": "items returned"}  # fmt: skip
AUXILIARIES = word_set(
    """
    was were is are been being be have has had that which who got get did do it they so of
    """
)


@dataclass(frozen=True)
class Threshold:
    """ "more than 100", "over 10,000 euros": keeps results, not rows."""

    start: int
    end: int
    operator: Operator
    value: float
    percent: bool


@dataclass(frozen=True)
class Ranking:
    """ "top 5", "the lowest". `count` is None if no number was said."""

    start: int
    end: int
    word: str
    descending: bool
    count: int | None


@dataclass(frozen=True)
class Baseline:
    """ "the previous month", "year over year", "the year before": what to compare with, relatively."""

    start: int
    unit: Grain | None


@dataclass
class Marks:
    """A question, marked. Positions are word indexes."""

    words: tuple[Token, ...]
    times: list[TimePhrase] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    thresholds: list[Threshold] = field(default_factory=list)
    ranking: Ranking | None = None
    baseline: Baseline | None = None
    groupers: set[int] = field(default_factory=set)
    negations: set[int] = field(default_factory=set)
    share: int | None = None
    compare: int | None = None
    change: int | None = None
    over_time: bool = False
    unexplained: list[int] = field(default_factory=list)

    def word(self, i: int) -> str:
        """The word at `i`, or nothing."""
        return self.words[i].word if 0 <= i < len(self.words) else ""

    def has(self, *words: str) -> bool:
        """Whether one of these words is in the question."""
        return any(token.word in words for token in self.words)


def mark(question: str, lexicon: Lexicon, today: date) -> Marks:
    """Mark every word of a question."""
    words = _shares_said_alike(tokens(question))
    marks = Marks(words)
    taken: set[int] = set()
    _mark_baselines(marks, taken)
    _mark_thresholds(marks, taken)
    for time in _times(words, taken, today):
        marks.times.append(time)
        taken.update(range(time.start, time.end))
    marks.spans = lexicon.find(words, taken)
    _join(marks, lexicon)
    _mark_numbered(marks, lexicon, taken)
    for span in marks.spans:
        taken.update(range(span.start, span.end))
    marks.compare = _first(words, COMPARES, taken)
    marks.change = _first(words, CHANGES, taken)
    marks.share = _first(words, SHARES, taken)
    marks.over_time = _first(words, OVER_TIME, taken) is not None
    _mark_ranking(marks, taken)
    _mark_typos(marks, lexicon, taken)
    _mark_ellipsis(marks, lexicon, taken)
    _mark_verbs(marks, lexicon, taken)
    for phrases, places in ((GROUPERS, marks.groupers), (NEGATIONS, marks.negations)):
        for i in range(len(words)):
            length = _match(words, i, phrases)
            if length:
                places.add(i + length)
                if phrases is NEGATIONS:
                    taken.update(range(i, i + length))
    marks.unexplained = [
        i
        for i, token in enumerate(words)
        if i not in taken and not _says_nothing(token.word, after_by=i in marks.groupers)
    ]
    return marks


def _says_nothing(word: str, *, after_by: bool) -> bool:
    if after_by:  # "by store" names something, even if "store" elsewhere does not
        return word in STOP_SIGNS or word in ("the", "a", "how", "each", "every", "our", "all")
    return word in STOP_WORDS or word in STOP_SIGNS


def _shares_said_alike(words: tuple[Token, ...]) -> tuple[Token, ...]:
    """ "percentage of", "proportion of" -> "share of": synonyms in the catalogue say it so."""
    out = list(words)
    for i, token in enumerate(words[:-1]):
        follows = words[i + 1].word == "of"
        if follows and token.word in ("percentage", "percent", "proportion", "fraction", "%"):
            out[i] = replace(token, text="share", word="share", stem="share")
    return tuple(out)


def _match(words: Sequence[Token], i: int, phrases: Sequence[tuple[str, ...]]) -> int:
    for phrase in phrases:
        part = words[i : i + len(phrase)]
        if len(part) == len(phrase) and all(t.word == w for t, w in zip(part, phrase, strict=True)):
            return len(phrase)
    return 0


def _first(
    words: Sequence[Token], phrases: Sequence[tuple[str, ...]], taken: set[int]
) -> int | None:
    """Where the first of the phrases stands in the free words; all of them are taken."""
    found: int | None = None
    for i in range(len(words)):
        length = _match(words, i, phrases)
        if length and not taken.intersection(range(i, i + length)):
            taken.update(range(i, i + length))
            found = i if found is None else found
    return found


def _times(words: tuple[Token, ...], taken: set[int], today: date) -> list[TimePhrase]:
    blanked = [Token("", "\x00", "\x00") if i in taken else token for i, token in enumerate(words)]
    found = timephrase.find(blanked, today)
    return [replace(t, text=" ".join(w.text for w in words[t.start : t.end])) for t in found]


def _mark_baselines(marks: Marks, taken: set[int]) -> None:
    words = marks.words
    for i in range(len(words)):
        for unit, (word, short) in EACH_OTHER.items():
            plain = [w.word for w in words[i : i + 5] if w.word != "-"]
            if plain[:1] == [short] or (
                plain[:1] == [word]
                and plain[1:2] in (["over"], ["on"], ["to"])
                and plain[2:3] == [word]
            ):
                length = (
                    1 if plain[0] == short else 3 + [w.word for w in words[i : i + 5]].count("-")
                )
                marks.baseline = Baseline(i, unit)
                taken.update(range(i, i + length))
        found = _baseline_at(marks, i)
        if found is not None and marks.baseline is None and i not in taken:
            marks.baseline = Baseline(i, found[0])
            taken.update(range(i, i + found[1]))


def _baseline_at(marks: Marks, i: int) -> tuple[Grain | None, int] | None:
    """ "the year before", "a month earlier", "the same period last year", "the previous period"."""
    j = i
    while marks.word(j) in ("the", "a", "one", "its"):
        j += 1
    if marks.word(j) == "same":
        if marks.word(j + 1) in (
            "period",
            "time",
            "month",
            "quarter",
            "week",
            "day",
            "days",
            "dates",
        ):
            k = j + 2
            while marks.word(k) in ("of", "in", "the", "a"):
                k += 1
            if marks.word(k) in ("last", "previous", "prior") and marks.word(k + 1) in (
                "year",
                "month",
                "quarter",
                "week",
            ):
                return Grain(marks.word(k + 1)), k + 2 - i
            if marks.word(k) == "year" and marks.word(k + 1) in ("before", "earlier", "ago"):
                return Grain.YEAR, k + 2 - i
        return None
    unit, after = marks.word(j), marks.word(j + 1)
    said_before = after in ("before", "earlier", "prior", "previously")
    if unit == "period" and said_before:
        return None, j + 2 - i
    if unit in set(Grain) and said_before and marks.word(j + 2) not in ("last",):
        return Grain(unit), j + 2 - i
    if unit in ("previous", "prior", "preceding") and after in ("period", "one"):
        return None, j + 2 - i
    return None


def _mark_thresholds(marks: Marks, taken: set[int]) -> None:
    words = marks.words
    for i in range(len(words)):
        for phrase, operator in MORE:
            if not _match(words, i, (phrase,)) or taken.intersection(range(i, i + len(phrase))):
                continue
            j = i + len(phrase)
            while marks.word(j) in ("a", "the", "eur", "of"):
                j += 1
            value = _number(marks.word(j))
            if value is None:
                continue
            if (
                marks.word(j + 1) in timephrase.UNITS
                and operator in (Operator.MORE,)
                and phrase == ("over",)
            ):
                continue
            end = j + 1
            percent = marks.word(end) in ("%", "percent")
            while marks.word(end) in ("%", "percent", "eur", "euro", "euros"):
                end += 1
            marks.thresholds.append(Threshold(i, end, operator, value, percent))
            taken.update(range(i, end))
            break


def _number(word: str) -> float | None:
    match = re.fullmatch(r"(\d[\d,]*(?:\.\d+)?)([km]?)", word)
    if match is None:
        return None
    factor = {"": 1, "k": 1_000, "m": 1_000_000}[match.group(2)]
    return float(match.group(1).replace(",", "")) * factor


def _join(marks: Marks, lexicon: Lexicon) -> None:
    """ "orders that were cancelled" is what "orders cancelled" or "cancelled orders" names."""
    i = 0
    while i + 1 < len(marks.spans):
        left, right = marks.spans[i], marks.spans[i + 1]
        between = [marks.word(k) for k in range(left.end, right.start)]
        joined: tuple[Sense, ...] = ()
        if all(word in AUXILIARIES for word in between):
            for phrase in (f"{left.text} {right.text}", f"{right.text} {left.text}"):
                joined = joined or tuple(s for s in lexicon.senses(phrase) if s.kind == "metric")
        if joined and (left.of("metric") or right.of("metric")):
            text = " ".join(token.text for token in marks.words[left.start : right.end])
            marks.spans[i : i + 2] = [Span(left.start, right.end, text, joined)]
        else:
            i += 1


def _mark_numbered(marks: Marks, lexicon: Lexicon, taken: set[int]) -> None:
    """ "5 stars", "5-star reviews": a number beside a dimension that has it among its values."""
    for k, span in enumerate(marks.spans):
        for i in (span.start - 1, span.start - 2, span.end):
            skipped = marks.word(span.start - 1) == "-" if i == span.start - 2 else True
            if i in taken or not skipped or not marks.word(i).isdigit():
                continue
            senses = lexicon.numbered(span.of("dimension"), marks.word(i))
            if senses:
                start, end = min(span.start, i), max(span.end, i + 1)
                text = " ".join(token.text for token in marks.words[start:end])
                marks.spans[k] = Span(start, end, text, senses)
                taken.update(range(start, end))
                break


def _mark_ranking(marks: Marks, taken: set[int]) -> None:
    for i, token in enumerate(marks.words):
        if i in taken or token.word not in DESCENDING | ASCENDING or marks.ranking:
            continue
        start, end, count = i, i + 1, None
        if marks.word(end) == "-":
            end += 1
        for place in (end, i - 1):
            said = _small_number(marks.word(place))
            if said and place not in taken:
                count = said
                start, end = min(start, place), max(end, place + 1)
                break
        marks.ranking = Ranking(start, end, token.word, token.word in DESCENDING, count)
        taken.update(range(start, end))
    if marks.ranking is None:
        for span in marks.spans:
            # A measure called "best-selling" ranks by itself.
            first = marks.word(span.start)
            if span.of("metric") and first in DESCENDING:
                said = _small_number(marks.word(span.start - 1))
                if said:
                    taken.add(span.start - 1)
                marks.ranking = Ranking(span.start, span.end, "top", descending=True, count=said)
                break


def _small_number(word: str) -> int | None:
    if word.isdigit() and 0 < int(word) <= 1_000:
        return int(word)
    number = timephrase.NUMBERS.get(word)
    return number if number and word not in ("a", "an") else None


def _mark_typos(marks: Marks, lexicon: Lexicon, taken: set[int]) -> None:
    for i, token in enumerate(marks.words):
        known = token.word in STOP_WORDS or token.word in AUXILIARIES or not token.word.isalpha()
        if i in taken or known:
            continue
        span = lexicon.near(marks.words, i)
        if span is not None and not taken.intersection(range(span.start, span.end)):
            marks.spans.append(span)
            taken.update(range(span.start, span.end))
    marks.spans.sort(key=lambda span: span.start)


def _mark_ellipsis(marks: Marks, lexicon: Lexicon, taken: set[int]) -> None:
    """ "new and repeat customers": "new" borrows the last word of what follows."""
    for i, token in enumerate(marks.words):
        if i in taken or token.word in STOP_WORDS or token.word in STOP_SIGNS:
            continue
        for span in marks.spans:
            if span.start > i and span.of("metric"):
                head = marks.words[span.end - 1].text
                senses = tuple(
                    s for s in lexicon.senses(f"{token.text} {head}") if s.kind == "metric"
                )
                if senses:
                    marks.spans.append(Span(i, i + 1, f"{token.text} {head}", senses))
                    taken.add(i)
                break
    marks.spans.sort(key=lambda span: span.start)


def _mark_verbs(marks: Marks, lexicon: Lexicon, taken: set[int]) -> None:
    if any(span.of("metric") for span in marks.spans):
        return
    for i, token in enumerate(marks.words):
        if i in taken or token.word not in VERBS:
            continue
        phrase = VERBS[token.word]
        if token.word in ("sold", "sell") and marks.has("much"):
            phrase = "revenue"
        senses = tuple(s for s in lexicon.senses(phrase) if s.kind == "metric")
        if senses:
            marks.spans.append(Span(i, i + 1, phrase, senses))
            taken.add(i)
            marks.spans.sort(key=lambda span: span.start)
            return
