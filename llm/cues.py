"""The words that questions are built with: fillers, cues, superlatives, comparisons.

Data only, English. Which of them stands where in a question is marked by `llm.marking`.
"""

from __future__ import annotations

from llm.request import Grain, Operator
from llm.words import word_set

Phrase = tuple[str, ...]


def phrases(text: str) -> tuple[Phrase, ...]:
    """The phrases of a text that separates them by bars, the longest first."""
    found = [tuple(phrase.split()) for phrase in text.split("|")]
    return tuple(sorted(found, key=len, reverse=True))


# They name nothing: a question means the same without them.
STOP_WORDS = word_set(
    """
    a about all also am an and any are as at be been being both but by came can come comes
    coming could data did do does doing done during each ever far figure figures find for from
    gave get gets getting give given go goes going got had happen happened has have having how i
    if in into is it its just know let like list made make makes many me mine much my need now
    of off ok okay on only onto or our out over overall overview per please placed put query
    quickly report result results s see sell sells selling show shows so some statistic
    statistics table tell than that the their them then there these they this those
    through time times to too total totals up us use used using value values via want wanted was
    way we were what when where which while who whose will with within would you your amount
    bring brought buy bought paid pay spend spent order ordered purchase purchased earn earned
    number count company business shop store ours respectively looking look looks hello hi hey
    thanks thank kindly breakdown broken down split grouped group across every average mean show
    me display return calculate compute people one ones customer's total sum together combined
    percent percentage eur euro euros euro's kind sort higher lower larger smaller better worse
    bigger more less fewer take takes took sold avg opened raised filed wrote written started money
    hours minutes
    """
)
STOP_SIGNS = frozenset("?,;/&+-=%")
# Stored values that are also everyday words: they count only beside their dimension's name.
WEAK_VALUES = frozenset({"other", "none"})

DESCENDING = word_set(
    """
    longest slowest top best highest largest biggest most greatest strongest leading maximum max
    """
)
ASCENDING = word_set(
    """
    shortest fastest quickest bottom worst lowest least fewest smallest weakest poorest minimum
    min
    """
)
# These judge: whether most or least is meant depends on the measure.
JUDGING = frozenset({"best", "worst", "strongest", "weakest", "poorest", "leading"})
AUXILIARIES = word_set(
    """
    are be been being did do get got had has have is it of so that they was were which who
    """
)

GROUPERS = phrases(
    """
    broken down by | split by | split up by | grouped by | for each | for every | in each | in
    every | on each | breakdown by | segmented by | according to | by | per | each | every |
    across
    """
)
NEGATIONS = phrases(
    """
    other than | apart from | except for | leaving out | not from | not in | excluding | except
    | without | not | outside | excl | minus | non
    """
)
SHARES = phrases(
    """
    share of | percentage of | percent of | proportion of | fraction of | % of | part of |
    distribution of | mix of | share | distribution | mix
    """
)
COMPARES = phrases(
    """
    compared with | compared to | in comparison to | in comparison with | relative to | as
    against | versus | vs | v | against | compared | compare | comparing | comparison | than
    """
)
CHANGES = phrases(
    """
    growth | grow | grew | grown | growing | change | changed | changes | changing | increase |
    increased | decrease | decreased | rise | rose | risen | fall | fell | fallen | drop |
    dropped | difference | differ | improve | improved | decline | declined | go up | goes up |
    went up | gone up | going up | go down | goes down | went down | gone down | going down
    """
)
OVER_TIME = phrases(
    """
    over time | develop | developed | developing | evolve | evolved | evolving | trend | trends
    | trending | time series | timeline | history | development | evolution
    """
)

EACH_OTHER = {
    Grain.YEAR: ("year", "yoy"),
    Grain.QUARTER: ("quarter", "qoq"),
    Grain.MONTH: ("month", "mom"),
    Grain.WEEK: ("week", "wow"),
    Grain.DAY: ("day", "dod"),
}
_BOUNDS = {
    Operator.AT_MOST: "no more than | not more than | at most | <=",
    Operator.AT_LEAST: "no less than | no fewer than | at least | or more | >=",
    Operator.MORE: "more than | greater than | higher than | larger than | over | above "
    "| exceeding | exceeds | exceed | >",
    Operator.LESS: "less than | fewer than | lower than | smaller than | under | below | <",
}
# Longest first: "no more than" before "more than".
MORE = sorted(
    ((phrase, operator) for operator, text in _BOUNDS.items() for phrase in phrases(text)),
    key=lambda pair: -len(pair[0]),
)
# Of a change, these look for the largest loss.
FALLS = word_set(
    """
    drop dropped fall fell fallen decrease decreased decline declined
    """
)
# "tickets about refunds": what follows narrows, it is no second measure.
ABOUT = frozenset({"about", "regarding", "concerning", "mentioning"})
PERCENTS = frozenset({"percent", "percentage", "pct", "%"})
# Verbs that name a measure when the question names none.
VERBS = {
    "sold": "items sold",
    "sell": "items sold",
    "earn": "revenue",
    "earned": "revenue",
    "made": "revenue",
    "make": "revenue",
    "spend": "revenue",
    "spent": "revenue",
    "rated": "rating",
    "visited": "visits",
    "converted": "conversion rate",
    "converts": "conversion rate",
    "convert": "conversion rate",
    "returned": "items returned",
}
