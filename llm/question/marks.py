"""A question's words with what each of them does: what `marking` finds and the reader uses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from llm.question.bounds import Threshold
from llm.question.cues import DO
from llm.question.lexicon import Span
from llm.question.timephrase import TimePhrase
from llm.question.timewords import NUMBERS
from llm.request import Grain
from llm.words import Token


@dataclass(frozen=True)
class Ranking:
    """ "top 5", "the lowest". `count` is None if no number was said; `nth`: "third best" is 3."""

    start: int
    end: int
    word: str
    descending: bool
    count: int | None
    nth: int = 1


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
    points: bool = False
    corrections: list[str] = field(default_factory=list)
    negations: set[int] = field(default_factory=set)
    held: dict[int, bool | None] = field(default_factory=dict)
    share: int | None = None
    sort: str = ""
    unit: str = ""
    named_only: bool = False
    compare: int | None = None
    change: int | None = None
    over_time: bool = False
    running: bool = False
    unexplained: list[int] = field(default_factory=list)

    def word(self, i: int) -> str:
        """The word at `i`, or nothing."""
        return self.words[i].word if 0 <= i < len(self.words) else ""

    def before(self, span: Span) -> str:
        """The word in front of a phrase, or nothing."""
        return self.word(span.start - 1)

    def single(self, span: Span) -> bool:
        """Whether a phrase ends with no plural."""
        return self.words[span.end - 1].single

    def skip(self, i: int, known: Collection[str], step: int = 1) -> int:
        """The first place from `i` on, or back, whose word is none of these."""
        return skip(self.words, i, known, step)

    def between(self, left: Span | Ranking, right: Span) -> list[str]:
        """The words between two phrases."""
        return [self.word(i) for i in range(left.end, right.start)]

    def phrase(self, start: int, end: int) -> str:
        """The words [start, end) as they were written."""
        return " ".join(token.text for token in self.words[start:end])

    def free(self) -> list[tuple[int, str]]:
        """The words that name nothing, and where they stand."""
        taken = inside(*self.spans, *self.thresholds, *self.times)
        return [(i, token.word) for i, token in enumerate(self.words) if i not in taken]

    def does(self, span: Span) -> bool:
        """Whether it says who does what follows: "which hour do our customers buy the most"."""
        return self.word(self.skip(span.start - 1, ("the", "our", "most"), -1)) in DO

    def has(self, *words: str) -> bool:
        """Whether one of these words is in the question."""
        return any(token.word in words for token in self.words)


def inside(*phrases: Span | Threshold | TimePhrase) -> set[int]:
    """The places of all their words."""
    return {i for one in phrases for i in range(one.start, one.end)}


def skip(words: Sequence[Token], i: int, known: Collection[str], step: int = 1) -> int:
    """The first place from `i` on, or back, whose word is none of these; -1 or the end at last."""
    while 0 <= i < len(words) and words[i].word in known:
        i += step
    return i


def match(words: Sequence[Token], i: int, phrases: Sequence[tuple[str, ...]]) -> int:
    """How many words one of the phrases takes at `i`; the phrases stand longest first."""
    for phrase in phrases:
        part = words[i : i + len(phrase)]
        if len(part) == len(phrase) and all(t.word == w for t, w in zip(part, phrase, strict=True)):
            return len(phrase)
    return 0


def places(
    words: Sequence[Token], phrases: Sequence[tuple[str, ...]], taken: set[int]
) -> list[int]:
    """Where one of the phrases ends in the free words; their words are taken."""
    found: list[int] = []
    for i in range(len(words)):
        length = match(words, i, phrases)
        if length and not taken.intersection(range(i, i + length)):
            taken.update(range(i, i + length))
            found.append(i + length)
    return found


def first(
    words: Sequence[Token], phrases: Sequence[tuple[str, ...]], taken: set[int]
) -> int | None:
    """The last word of the first of the phrases in the free words; all of them are taken."""
    return next((end - 1 for end in places(words, phrases, taken)), None)


def small_number(word: str) -> int | None:
    """How many rows a word asks for, if it is a number of them."""
    if word.isdigit() and 0 < int(word) <= 1_000:
        return int(word)
    number = NUMBERS.get(word)
    return number if number and word not in ("a", "an") else None
