"""The words that times are made of. Data only; `timephrase` reads them."""

from __future__ import annotations

from llm.dates import MONTHS
from llm.request import Grain
from llm.words import word_set

UNITS = {
    **{word: unit for unit in Grain for word in (unit.value, f"{unit.value}s")},
    **dict.fromkeys(("qtr", "qtrs"), Grain.QUARTER),
    **dict.fromkeys(("yr", "yrs"), Grain.YEAR),
    **{"mth": Grain.MONTH, "wk": Grain.WEEK},
}
_NUMERALS = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBERS = {word: number for number, word in enumerate(_NUMERALS.split())} | {
    "a": 1,
    "an": 1,
    "couple": 2,
    "thirty": 30,
    "ninety": 90,
    "twenty": 20,
}
ORDINALS = {
    word: number
    for number, words in enumerate(("first 1st", "second 2nd", "third 3rd", "fourth 4th"), 1)
    for word in words.split()
}
MONTH_NUMBERS = {name: i for i, name in enumerate(MONTHS, 1)} | {
    name[:3]: i for i, name in enumerate(MONTHS, 1)
}
MONTH_NUMBERS["sept"] = 9
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PREVIOUS = {"last", "previous", "past", "prior", "preceding"}
CURRENT = {"this", "current"}
NEXT = {"next", "coming", "upcoming", "following"}
PREPOSITIONS = {"in", "on", "during", "for", "of", "over", "within", "throughout", "from", "at"}
TO = {"to", "until", "till", "through", "thru", "-", "and"}
# What stands between periods that are listed.
LISTING = word_set("and or , & / vs versus v with to against in than the compared")
# Month names that are other words too: taken as months only beside a preposition or a year.
DOUBTFUL = {"may", "march", "mar", "sun", "sat"}
# Words that a typing error may hide; see `Lexicon.corrected`.
WORDS = frozenset(
    word
    for words in (
        MONTH_NUMBERS, WEEKDAYS, UNITS, NUMBERS, ORDINALS, PREVIOUS, CURRENT, NEXT, PREPOSITIONS,
        ("yesterday", "today", "since", "starting", "until", "before", "after", "between", "half",
         "earlier", "prior", "period", "lately", "recently", *SEASONS,
         "black", "cyber", "christmas", "date", "calendar", "beginning"),
    )
    for word in words
    if len(word) >= 4
)  # fmt: skip
