"""Times of day in a question: "between 9 and 12 o'clock", "after 6 pm", "before 08:00".

They are read as the stored hours that they cover. The end is not covered: until 12 o'clock is 9, 10
and 11.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from llm.question.lexicon import Lexicon, Span
from llm.words import Token

HOUR = re.compile(r"(\d{1,2})(?::00)?(am|pm)?")
SIGNS = frozenset({"o'clock", "o’clock", "oclock", "am", "pm", "h"})
NAMED = {"noon": 12, "midday": 12, "midnight": 24}
FROM = frozenset({"after", "from", "since", "past"})
UNTIL = frozenset({"before", "until", "till"})
RANGES = frozenset({"between", "from"})
JOINTS = frozenset({"and", "to", "until", "till", "-"})


def find(words: Sequence[Token], lexicon: Lexicon, taken: set[int]) -> list[Span]:
    """Every time of day, as the hours of whatever has an hour; their words are taken."""
    hours = lexicon.senses("hour", "dimension")
    spans = []
    for i in range(len(words) if hours else 0):
        read = None if i in taken else _range(words, i) or _half(words, i)
        if read is None or taken.intersection(range(i, read[2])):
            continue
        first, last, end = read
        covered = [*range(first, last)] if first < last else [*range(first, 24), *range(last)]
        senses = [one for hour in covered for one in lexicon.numbered(hours, str(hour % 24))]
        if senses:
            text = " ".join(token.text for token in words[i:end])
            spans.append(Span(i, end, text, tuple(senses)))
            taken.update(range(i, end))
    return spans


def _range(words: Sequence[Token], i: int) -> tuple[int, int, int] | None:
    begun = i + (words[i].word in RANGES)
    left = _hour(words, begun)
    if left is None or left[1] >= len(words) or words[left[1]].word not in JOINTS:
        return None
    right = _hour(words, left[1] + 1)
    if right is None or not (left[2] or right[2]):
        return None  # "between 9 and 12": of what is not said
    return left[0], right[0], right[1]


def _half(words: Sequence[Token], i: int) -> tuple[int, int, int] | None:
    read = _hour(words, i + 1)
    if read is None or not read[2]:
        return None
    hour, end, _ = read
    if words[i].word in FROM:
        return hour, 24, end
    if words[i].word in UNTIL:
        return 0, hour, end
    return (hour, hour + 1, end) if words[i].word == "at" else None


def _hour(words: Sequence[Token], i: int) -> tuple[int, int, bool] | None:
    """The hour, where its words end, and whether they say that it is one."""
    if i >= len(words):
        return None
    if words[i].word in NAMED:
        return NAMED[words[i].word], i + 1, True
    match = HOUR.fullmatch(words[i].word)
    if match is None:
        return None
    sign = words[i + 1].word if i + 1 < len(words) else ""
    half = match.group(2) or (sign if sign in ("am", "pm") else "")
    hour = int(match.group(1))
    if half:
        hour = hour % 12 + 12 * (half == "pm")
    told = sign in SIGNS or words[i].word != match.group(1)
    return (hour, i + 1 + (sign in SIGNS), told) if hour <= 24 else None
