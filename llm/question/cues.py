"""The words that questions are built with: fillers, cues, superlatives, comparisons.

Data only, English. Which of them stands where in a question is marked by `marking`.
"""

from __future__ import annotations

import re

from llm.request import Operator
from llm.words import by_word, word_set

Phrase = tuple[str, ...]


def phrases(text: str) -> tuple[Phrase, ...]:
    """The phrases of a text that separates them by bars, the longest first."""
    found = [tuple(phrase.split()) for phrase in text.split("|")]
    return tuple(sorted(found, key=len, reverse=True))


# A stored value that is one of these ("ARE", "The") is meant only where it stands in capitals.
GRAMMATICAL = word_set(
    """
    a about all also am an and any are as at be been being both but by can could did do does for
    from had has have how i if in into is it its many me mine much my of off on only onto or our
    out over per so some than that the their them then there these they this those through to too us
    was we were what when where which while who whose will with within would you your
    """
)
# They name nothing: a question means the same without them.
STOP_WORDS = GRAMMATICAL | word_set(
    """
    came come comes coming data doing done during each ever far figure figures find gave get gets
    getting give given go goes going got happen happened having just know let like list made make
    makes need now ok okay overall overview please placed put query quickly report result results s
    see sell sells selling show shows statistic statistics table tell time times total totals up use
    used using value values via want wanted way amount bring brought
    buy bought paid pay spend spent order ordered purchase purchased earn earned number count
    company business shop store ours respectively looking look looks hello hi hey thanks thank
    kindly breakdown broken down split grouped group across every average mean display return
    calculate compute people ones  customer's sum together combined percent percentage eur
    euro euros euro's € kind sort higher lower larger smaller better worse bigger more less
    fewer take takes took sold avg opened raised filed wrote written started money hours minutes
    ship shipped deliver serve serves different distinct unique worth place places once stand
    stands median typical frequent frequently common popular often same rather instead website
    site webshop receive received receives actually currently still  roughly
    approximately around usually normally generally typically really simply basically yet
    already even else maybe perhaps curious wonder wondering interested help understand cause
    causes caused because contribute contributes contributed produce produces produced achieve
    achieved reach reached record recorded handle handled create created submit submitted
    amongst among arrive arrives arrived break breaks breaking cut slice sliced
    goods things altogether respect regard terms hold holds held pick picked picks prefer
    prefers preferred choose chooses chose chosen sign dear everything entire course away
    collect collected ended ends name rank ranks ranked ranking sorted numbers kpi kpis win won gain
    gained acquire acquired attract attracted generate generates generated brings between
    anything something number's quick quickly begin begins began start starts i'd i'll i'm we'd
    we've we're spread distributed provide stem stems ascending descending let's giving gives
    needed needs divided percentages pull pulled gimme plus funnel charged
    billed invoiced issued issue
    """
)
# Short words that are known with two letters swapped: "hwo", "teh", "adn".
SHORT = ("how", "the", "and", "for", "was", "did", "all", "who", "are", "our", "out")
STOP_SIGNS = frozenset("?,;/&+-=%")
# Stored values that are also everyday words: they count only beside their dimension's name.
WEAK_VALUES = frozenset({"other", "none"})

VERY = frozenset({"so", "too", "very", "unusually", "unexpectedly", "surprisingly", "suspiciously"})

DESCENDING = word_set(
    """
    longest slowest top main peak best highest largest biggest most greatest strongest leading
    maximum max
    commonest busiest
    """
)
ASCENDING = word_set(
    """
    shortest fastest quickest bottom worst lowest least fewest smallest weakest poorest minimum
    min quietest
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
    broken down by | split by | split up by | split over | split across | spread over |
    spread across | distributed over | distributed across | distribute over | grouped by |
    down by | for each | for every | in each | in every | on each | breakdown by |
    segmented by |
    according to | by | per | each | every | across
    """
)
NEGATIONS = phrases(
    """
    everywhere but | everything but | everyone but | anywhere but | all but | all countries but |
    everywhere except | everywhere outside | everyone except | all except | everything except |
    exclude | leave out | omit | ignoring | ignore | other than | apart from | except for |
    leaving out | not from | not in | excluding | except | without | not | outside | excl |
    minus | non | neither | nor
    """
)
# Between "not" and what is left out: "not from the app or on the web".
AFTER_NOT = word_set("from in the for of to with via about by any a an our on at")
SHARES = phrases(
    """
    how much of | share of | percentage of | percent of | proportion of | fraction of | % of |
    part of | portion of | distribution of | mix of | share | distribution | mix
    """
)
COMPARES = phrases(
    """
    compared with | compared to | in comparison to | in comparison with | relative to |
    as against | beat | beats | versus | vs | v | against | compared | compare | comparing |
    comparison | than
    """
)
CHANGES = phrases(
    """
    growth | grow | grew | grown | growing | change | changed | changes | changing | increase |
    increased | decrease | decreased | rise | rose | risen | fall | fell | fallen | drop |
    dropped | lose | loses | lost | difference | differ | improve | improved | worsen |
    worsened | decline | declined | go up | goes up | went up | gone up | going up | go down |
    goes down | went down | gone down | going down
    """
)
OVER_TIME = phrases(
    """
    over time | develop | developed | developing | evolve | evolved | evolving | trend | trends |
    trending | time series | timeline | history | development | evolution
    """
)

RUNNING_TOTALS = phrases(
    """
    running total of | running totals of | running total | running sum of | running sum |
    cumulative total of | cumulative sum of | cumulative number of | cumulative | cumulatively |
    cumulated | accumulated | accumulating
    """
)

EACH_OTHER = {
    "yoy": "year",
    "qoq": "quarter",
    "mom": "month",
    "wow": "week",
    "dod": "day",
    "weekend": "week",
}
DO = frozenset({"do", "does", "did"})
ASKING = frozenset({"which", "what"})
RELATIVES = frozenset({"that", "which", "who", "whose"})
# "how many countries": what follows is counted, if it is no measure itself.
COUNTS = phrases("how many | number of | count of | count | amount of")
AVERAGES = frozenset({"average", "mean", "avg", "averaged", "median", "typical"})
# What context_ marts know: which of their rows stand out, and why.
UNUSUAL = phrases(
    """
    out of the ordinary | more than usual | less than usual | than usual |
    more often than usual | suddenly | sudden | out of line | stand out | stands out |
    stood out | unusual | unusually | odd | oddly | strange | weird | abnormal | anomaly |
    anomalies | anomalous | outlier | outliers | unexpected | unexpectedly | remarkable | spike |
    spikes | spiked | dip | dips | dipped | suspicious | why | how come
    """
)
# "how is the margin rate calculated", "where does this number come from".
SOURCES = phrases(
    """
    calculated | calculate | computed | compute | defined | define | definition of | definition |
    derived | derive | based on | files behind | made up of | composed of | source of |
    sources of | meaning of | prove | proof | provenance | formula for | formula | backed by
    """
)
# A question that begins so leans on the one before.
LEANS = phrases(
    """
    and | what about | how about | only | just | same for | same | the same for | now | instead |
    but | then | also | ok and | okay and | rather | without | excluding | prove | sort by |
    sorted by | rank by | order by
    """
)
# What follows one of these, behind a measure, says whose it is.
OF = frozenset({"of", "for", "from", "among", "with", "in"})
# "conversion rate of visitors from Instagram": whose, no second measure.
PEOPLE_OF = frozenset({"visitor", "user"})
# "ranked by orders": what is behind "by" did not do it.
SORTED = frozenset({"ranked", "sorted", "grouped", "measured", "judged", "divided", "counted"})
# Before what there is any of.
ANY = frozenset({"a", "an", "any", "some"})
# Between two of a kind.
JOINTS = frozenset(
    {"and", "plus", ",", "or", "&", "/", "vs", "versus", "v", "against", "than", "to"}
)
# What was spoken of before: "how many of them", "how much of that", "what did it bring".
POINTED = re.compile(
    r"\b(?:of )?(?:them|those|these|they)\b|(?<=\bof )(?:that|this|it)\b"
    r"|(?<=\bdid )it(?= (?:make|bring|earn|sell)\b)",
    re.IGNORECASE,
)
# One figure of all, not one of each.
ADDED_UP = word_set("sum together combined altogether")
# "at least twice".
TIMES = {"once": 1, "twice": 2}
ALSO = frozenset({"also", "too", "additionally", "further"})
# What the kinds of day are called: five days, and two.
KINDS_OF_DAY = (
    ("on weekdays", "during weekdays", "during the week"),
    ("weekend", "at the weekend", "on the weekend"),
)

_BOUNDS = {
    Operator.AT_MOST: "no more than | not more than | at most | max | maximum | maximum of | <=",
    Operator.AT_LEAST: "no less than | no fewer than | at least | min | minimum | minimum of | >=",
    Operator.MORE: "more than | greater than | higher than | larger than | over | above "
    "| exceeding | exceeds | exceed | >",
    Operator.LESS: "less than | fewer than | lower than | smaller than | under | below | <",
}
# Longest first: "no more than" before "more than".
MORE = sorted(
    ((phrase, operator) for operator, text in _BOUNDS.items() for phrase in phrases(text)),
    key=lambda pair: -len(pair[0]),
)
# "3 or more orders": behind the number.
BEHIND = {
    phrase: operator
    for text, operator in (
        ("or more | and more | or over | plus | +", Operator.AT_LEAST),
        ("or fewer | or less | or under", Operator.AT_MOST),
    )
    for phrase in phrases(text)
}
# What stands behind a company's name.
LEGAL_FORMS = word_set(
    "gmbh ag kg ug ohg aps a/s as ab oy ltd ltd. limited plc llc inc inc. corp corp. co co. sarl "
    "sa s.a. sas s.l. sl s.r.l. srl spa s.p.a. b.v. bv n.v. nv uab lda lda. a.ş. a.s. o.o. z sp."
)
# Units at the end of a measure's name.
UNIT_WORDS = word_set(
    "min mins minutes sec secs seconds ms h hr hrs hours days eur usd gbp chf euro euros kg g mg "
    "lb km m cm mm mi l ml pct percent c f kwh mb gb"
)
# Of a change, these look for the largest loss.
FALLS = word_set(
    """
    drop dropped lose loses lost fall fell fallen decrease decreased decline declined
    """
)
# "orders without a coupon", "orders with any coupon": whether a dimension holds anything.
WITH = frozenset({"with", "using", "used", "use", "have", "had", "having", "carrying"})
WITHOUT = frozenset({"without", "no"})
# "orders paid in francs", "placed by phone": no state, but how it was done.
DONE_HOW = frozenset({"in", "with", "by", "via", "through", "using", "on", "to", "from"})
# "did we sell more in the app or on the web": a comparison, no union.
WHICH_IS_MORE = frozenset(
    {"more", "less", "better", "worse", "higher", "lower", "bigger", "smaller", "faster", "slower"}
)
COMPARATIVES = frozenset(
    {"higher", "lower", "larger", "smaller", "better", "worse", "bigger", "more", "less", "fewer"}
)
# They ask for an amount of money.
AMOUNT_WORDS = word_set(
    "worth cost costs money spend spends spent spending earn earns earned earning"
)
# What people do with the thing that is asked about.
USED = frozenset(
    {"use", "used", "choose", "chose", "chosen", "prefer", "preferred", "pick", "picked"}
)
# Beside a question about what is unusual, or where a figure comes from, they add nothing.
WHEREABOUTS = frozenset({"end", "beginning", "start", "usual", "high", "low", "so", "behind"})
EVIDENCE = frozenset({"file", "files", "row", "rows", "line", "lines", "behind", "data", "tables"})
# Where somebody or something is: beside a place this says nothing more.
BEING = word_set("live lives lived living based located reside resides residing situated stay")
PLACES = word_set("country city town region state county province market location place address")
# Superlatives of durations only.
SPEEDS = frozenset({"fastest", "quickest", "slowest", "longest", "shortest"})
DURATIONS = frozenset({"days", "hours", "minutes"})
# Nothing is foretold.
FORESEEING = frozenset(
    {"will", "forecast", "forecasts", "predict", "prediction", "predicted", "expect", "expected"}
)
# Parts of a time that have no bounds.
EDGES = frozenset({"beginning", "start", "end", "middle", "early", "late", "mid", "around", "near"})
# Which is done, or found, most often.
OFTEN = frozenset(
    {"main", "common", "commonest", "frequent", "frequently", "often", "popular", "commonly"}
)
# "tickets about refunds": what follows narrows, it is no second measure.
ABOUT = frozenset({"about", "regarding", "concerning", "mentioning"})
PERCENTS = frozenset({"percent", "percentage", "percentages", "pct", "%"})
# Verbs that name a measure when the question names none.
VERBS = by_word(
    {
        "products launched": "launch launched",
        "items sold": "sold sell sells selling pieces",
        "failed payments": "fail fails failing",
        "revenue": "earn earned made make spend spent bring brings brought generate generates "
        "generated",
        "refunds": "refunded",
        "registrations": "registered",
        "cancelled orders": "cancelled",
        "delivered orders": "delivered",
        "reviews": "reviewed",
        "tickets": "complained",
        "rating": "rated",
        "visits": "visited",
        "conversion rate": "converted converts convert",
        "items returned": "returned",
        "orders": "ordered bought purchased buy buys",
    }
)

# Every word of these lists that a typing error may hide; see `Lexicon.corrected`.
WORDS = frozenset(
    word
    for words in (
        STOP_WORDS, DESCENDING, ASCENDING, AVERAGES, PERCENTS, FALLS, VERBS,
        *(phrase for group in (
            GROUPERS, NEGATIONS, SHARES, COMPARES, CHANGES, OVER_TIME, COUNTS, UNUSUAL, SOURCES,
            RUNNING_TOTALS, LEANS, BEHIND, [phrase for phrase, _ in MORE],
        ) for phrase in group),
    )
    for word in words
    if len(word) >= 4 and word.isalpha()
)  # fmt: skip
