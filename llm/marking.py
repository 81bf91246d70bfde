"""What each word of a question does: names something, is a time, a cue, or goes unexplained.

The first half of the planner's parser. It marks; `llm.reading` decides what the marks ask for.
Nothing here knows a single question, only the words that questions are built with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from llm import bounds, timephrase
from llm.bounds import Threshold
from llm.cues import (
    ABOUT,
    ASCENDING,
    AUXILIARIES,
    AVERAGES,
    CHANGES,
    COMPARES,
    COUNTS,
    DESCENDING,
    EACH_OTHER,
    GROUPERS,
    LEANS,
    NEGATIONS,
    OF,
    OVER_TIME,
    SHARES,
    SOURCES,
    STOP_SIGNS,
    STOP_WORDS,
    UNUSUAL,
    VERBS,
    WEAK_VALUES,
)
from llm.lexicon import Lexicon, Sense, Span
from llm.request import Grain
from llm.timephrase import TimePhrase
from llm.words import Token, stem, tokens


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
    """ "the previous period", "year over year", "the year before": what to compare with."""

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
    counted: set[int] = field(default_factory=set)
    average: str = ""
    odd: bool = False
    source: bool = False
    leans: bool = False
    corrections: list[str] = field(default_factory=list)
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
    marks = Marks(_shares_said_alike(tokens(question)))
    _correct(marks, lexicon)
    words = marks.words
    marks.leans = bool(_match(words, 0, LEANS))
    taken: set[int] = set()
    _mark_baselines(marks, taken)
    marks.thresholds = bounds.find(words, taken)
    for time in _times(words, taken, today):
        marks.times.append(time)
        taken.update(range(time.start, time.end))
    for i in _places(words, NEGATIONS, taken):
        place = i
        while marks.word(place) in ("from", "in", "the", "for", "of", "to", "with", "via"):
            place += 1
        marks.negations.add(place)
    marks.spans = _without_weak(lexicon.find(words, taken))
    _uncount(marks, lexicon)
    _join(marks, lexicon)
    _split(marks, lexicon)
    _mark_numbered(marks, lexicon, taken)
    for span in marks.spans:
        taken.update(range(span.start, span.end))
    marks.counted = {
        next((k for k in range(i, len(words)) if words[k].word not in _BEFORE_COUNTED), i)
        for i in _places(words, COUNTS, set(taken))
    }
    marks.source = bool(_places(words, SOURCES, taken)) or _asks_where_from(words)
    marks.odd = not marks.source and bool(_places(words, UNUSUAL, taken))
    marks.compare = _first(words, COMPARES, taken)
    marks.change = _first(words, CHANGES, taken)
    marks.share = _first(words, SHARES, taken)
    marks.over_time = _first(words, OVER_TIME, taken) is not None
    if not marks.source:
        free = (token.word for i, token in enumerate(words) if i not in taken)
        marks.average = next((word for word in free if word in AVERAGES), "")
    _mark_ranking(marks, taken)
    _mark_ellipsis(marks, lexicon, taken)
    _mark_verbs(marks, lexicon, taken)
    marks.groupers = set(_places(words, GROUPERS, set()))
    marks.unexplained = [
        i
        for i, token in enumerate(words)
        if i not in taken
        and not (token.word == "open" and "did" in {w.word for w in words})
        and not _says_nothing(token.word, after_by=i in marks.groupers)
    ]
    return marks


def _uncount(marks: Marks, lexicon: Lexicon) -> None:
    """ "number of products sold" counts products by what is sold, whatever it is called alone."""
    for k, span in enumerate(marks.spans):
        length = _match(marks.words, span.start, COUNTS)
        rest = marks.words[span.start + length : span.end]
        if length and rest and marks.word(span.end) in VERBS:
            text = " ".join(token.text for token in rest)
            senses = lexicon.senses(text)
            if senses and not any(sense.kind == "metric" for sense in senses):
                marks.spans[k] = Span(span.start + length, span.end, text, senses)


_BEFORE_COUNTED = frozenset({"different", "distinct", "unique", "of", "our", "the"})


def _correct(marks: Marks, lexicon: Lexicon) -> None:
    """Put the known word where a typing error stands, and remember it."""
    out = list(marks.words)
    for i, token in enumerate(out):
        known = token.word in STOP_WORDS or token.word in AUXILIARIES or lexicon.knows(token)
        meant = None if known or not token.word.isalpha() else lexicon.corrected(token.word)
        if meant is not None and meant != token.stem:
            out[i] = Token(token.text, meant, stem(meant))
            marks.corrections.append(meant)
    marks.words = tuple(out)


def _asks_where_from(words: Sequence[Token]) -> bool:
    """ "where does this come from", "what does X mean"."""
    said = [token.word for token in words]
    does = {"do", "does", "did"}.intersection(said)
    return bool(does) and (
        (said[:1] == ["where"] and "come" in said) or (said[:1] == ["what"] and "mean" in said)
    )


def _without_weak(spans: list[Span]) -> list[Span]:
    """Drop values that are everyday words, unless a dimension's name stands right beside them."""
    beside = {place for span in spans if span.of("dimension") for place in (span.start, span.end)}
    return [
        span
        for span in spans
        if span.text.lower() not in WEAK_VALUES or {span.start, span.end} & beside
    ]


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


def _places(
    words: Sequence[Token], phrases: Sequence[tuple[str, ...]], taken: set[int]
) -> list[int]:
    """Where one of the phrases ends in the free words; their words are taken."""
    found: list[int] = []
    for i in range(len(words)):
        length = _match(words, i, phrases)
        if length and not taken.intersection(range(i, i + length)):
            taken.update(range(i, i + length))
            found.append(i + length)
    return found


def _first(
    words: Sequence[Token], phrases: Sequence[tuple[str, ...]], taken: set[int]
) -> int | None:
    """The last word of the first of the phrases in the free words; all of them are taken."""
    return next((end - 1 for end in _places(words, phrases, taken)), None)


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
    if marks.word(j).isdigit() and marks.word(j + 1) in timephrase.UNITS:
        # "the 7 days before": as many as are measured.
        return (None, j + 3 - i) if marks.word(j + 2) in ("before", "earlier", "prior") else None
    unit, after = marks.word(j), marks.word(j + 1)
    said_before = after in ("before", "earlier", "prior", "previously")
    if unit == "period" and said_before:
        return None, j + 2 - i
    if unit in set(Grain) and said_before and marks.word(j + 2) not in ("last",):
        return Grain(unit), j + 2 - i
    if unit in ("previous", "prior", "preceding") and after in ("period", "one"):
        return None, j + 2 - i
    return None


def _join(marks: Marks, lexicon: Lexicon) -> None:
    """ "orders that were cancelled" is what "orders cancelled" or "cancelled orders" names."""
    for k, span in enumerate(marks.spans):
        end = span.end
        while marks.word(end) in AUXILIARIES:
            end += 1
        free = end < len(marks.words) and all(not s.start <= end < s.end for s in marks.spans)
        if span.of("metric") and free and marks.word(end).isalpha():
            phrase = f"{span.text} {marks.word(end)}"
            senses = tuple(s for s in lexicon.senses(phrase) if s.kind == "metric")
            if senses:
                marks.spans[k] = Span(span.start, end + 1, phrase, senses)
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


def _split(marks: Marks, lexicon: Lexicon) -> None:
    """ "resolution time of late delivery tickets": no second measure, but whose it is."""
    for k, span in enumerate(marks.spans):
        earlier = any(other.of("metric") for other in marks.spans[:k])
        if not earlier or not span.of("metric") or marks.word(span.start - 1) not in OF:
            continue
        for middle in range(span.start + 1, span.end):
            skip = marks.word(middle) in ABOUT  # "tickets about late delivery"
            places = ((span.start, middle), (middle + skip, span.end))
            texts = [" ".join(t.text for t in marks.words[a:b]) for a, b in places]
            halves = [
                Span(a, b, text, lexicon.senses(text))
                for (a, b), text in zip(places, texts, strict=True)
            ]
            if {kind for kind in ("value", "entity") for one in halves if one.of(kind)} == {
                "value", "entity",
            } and all(one.senses for one in halves):  # fmt: skip
                marks.spans[k : k + 1] = halves
                return


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
    ranking = marks.ranking
    if ranking is not None and ranking.count is None:
        for span in marks.spans:
            # "the 5 countries with the lowest ..."
            said = _small_number(marks.word(span.start - 1))
            if said and span.start - 1 not in taken and (span.of("dimension") or span.of("entity")):
                marks.ranking = replace(ranking, count=said)
                taken.add(span.start - 1)
                break
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


def _mark_ellipsis(marks: Marks, lexicon: Lexicon, taken: set[int]) -> None:
    """ "new and repeat customers": "new" borrows the last word of what follows."""
    for i, token in enumerate(marks.words):
        if i in taken or token.word in STOP_WORDS or token.word in STOP_SIGNS:
            continue
        listed = marks.word(i + 1) in ("and", "or", ",", "&", "/", "vs", "versus", "than")
        for span in marks.spans if listed else ():
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
    # "which customers spent the most": customers are ranked, what they spent is measured.
    # Measures behind "per" or a bound leave the question's own measure to its verb.
    behind = {one.end for one in marks.thresholds} | set(_places(marks.words, GROUPERS, set()))
    spans = [s for s in marks.spans if s.of("metric") and s.start not in behind]
    if any(not span.of("entity") for span in spans):
        return
    counts_times = any(one.unit == "times" for one in marks.thresholds)
    if spans and not (counts_times or marks.has("spend", "spent")):
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
