"""The words that times are made of. Data only; `timephrase` reads them."""

from __future__ import annotations

from llm.dates import MONTHS
from llm.request import Grain

UNITS = {
    **{word: unit for unit in Grain for word in (unit.value, f"{unit.value}s")},
    "qtr": Grain.QUARTER,
    "qtrs": Grain.QUARTER,
    "yr": Grain.YEAR,
    "yrs": Grain.YEAR,
    "mth": Grain.MONTH,
    "wk": Grain.WEEK,
}
NUMBERS = {
    w: n
    for n, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
} | {"a": 1, "an": 1, "couple": 2, "thirty": 30, "ninety": 90, "twenty": 20}
ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
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
LISTING = {
    "and",
    "or",
    ",",
    "&",
    "/",
    "vs",
    "versus",
    "v",
    "with",
    "to",
    "against",
    "in",
    "than",
    "the",
}
# Month names that are other words too: taken as months only beside a preposition or a year.
DOUBTFUL = {"may", "march", "mar", "sun", "sat", "second"}
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
