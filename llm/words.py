"""Words as the planner compares them: lower case, no accents, singular, and near enough.

English only, and small on purpose: it compares a question with a catalogue, nothing more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"""
    \d{4}-\d{2}(?:-\d{2})?\b      # 2026-03-05, 2026-03
  | \d{1,2}\.\d{1,2}\.\d{4}      # 05.03.2026
  | \d{1,2}/\d{1,2}/\d{4}\b      # 05/03/2026
  | \d{4}-?[qh][1-4]\b           # 2026-Q1
  | [qh][1-4]\b                  # Q1
  | \d{1,2}:\d{2}\b               # 09:30
  | \d{1,2}[ap]m\b               # 9am
  | \d+(?:,\d{3})+(?:\.\d+)?     # 10,000
  | \d+(?:\.\d+)?[km]\b          # 10k
  | \d+(?:\.\d+)?(?:st|nd|rd|th)?\b
  | [^\W\d_]+(?:['’][^\W\d_]+)*[\w]*
  | \w+                           # "90s": no word may go lost
  | [<>]=?|=|%|&|\+|,|;|/|\?|-|[€$£¥@]
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Token:
    """A word of the question.

    Attributes:
        text: as it was written.
        word: lower case, no accents, no possessive.
        stem: its singular.
    """

    text: str
    word: str
    stem: str

    @property
    def single(self) -> bool:
        """Whether it is no plural."""
        return self.word == self.stem


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a set: how this package writes its word lists."""
    return frozenset(text.split())


def by_word(words_of: Mapping[str, str]) -> dict[str, str]:
    """What each word stands for, from the words that stand for each thing."""
    return {word: name for name, words in words_of.items() for word in words.split()}


def tokens(text: str) -> tuple[Token, ...]:
    """The question's words, numbers, dates and telling signs, in order."""
    return tuple(_token(match.group()) for match in _TOKEN.finditer(text.replace("_", " ")))


def _token(text: str) -> Token:
    word = plain(text)
    for ending in ("'s", "’s", "'", "’"):
        word = word.removesuffix(ending)
    return Token(text, word, stem(word))


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """Lower case without accents: `Österreich` -> `osterreich`."""
    lowered = text.lower().replace("ß", "ss")
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=20_000)
def normalised(text: str) -> str:
    """Plain words with single blanks between them: what two names are compared by."""
    return " ".join(token.word for token in tokens(text) if token.word not in "-/,&")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The singular, roughly: `countries` -> `country`, `boxes` -> `box`, `returns` -> `return`."""
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "iases")):
        return word[:-2]
    if word.endswith("oes") and len(word) > 5:
        return word[:-2]  # heroes, not shoes
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=50_000)
def distance(left: str, right: str) -> int:
    """How many typing errors apart two words are; 9 if one is no likely error of the other.

    One edit (a swap of neighbours counts as one) for words of 5 to 6 letters, two for longer ones,
    never more than `most`; shorter words, two of four letters, and words that start differently are
    never taken for each other.
    """
    if left == right:
        return 0
    shortest, longest = sorted((len(left), len(right)))
    allowed = 0 if shortest < 4 or longest < 5 else 1 if longest < 7 else 2
    if shortest == longest == 4 and sorted(left) == sorted(right):
        allowed = 1  # "mnay"
    if abs(len(left) - len(right)) > allowed or left[:1] != right[:1] or not allowed:
        return 9
    found = _distance(left, right, allowed)
    return found if found <= allowed else 9


def is_slip(word: str, other: str) -> bool:
    """Whether one typing error makes one of the other, however short both are."""
    return word[:1] == other[:1] and len(word) > 2 and _distance(word, other, 1) == 1


def _distance(left: str, right: str, allowed: int) -> int:
    """Damerau-Levenshtein distance; anything above `allowed` once it is that."""
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        current = [i]
        for j, b in enumerate(right, 1):
            cost = min(previous[j] + 1, current[-1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > allowed:
            return allowed + 1
        before, previous = previous, current
    return previous[-1]
