"""What people say for what the catalogue knows by another name. Data only, English.

Which of it stands where in a question is found by `phrasing`.
"""

from __future__ import annotations

from llm.words import by_word, word_set


def phrases_by_meaning(said: dict[str, str]) -> dict[tuple[str, ...], str]:
    """What each phrase means, the longest first; phrases are separated by bars."""
    found = [(tuple(one.split()), meant) for meant, all_ in said.items() for one in all_.split("|")]
    return dict(sorted(found, key=lambda pair: -len(pair[0])))


# What is meant, by the ways to say it. The longest of those that begin alike is found first.
SAID = phrases_by_meaning(
    {
        "1 week ago": "a week ago",
        "1 month ago": "a month ago",
        "the week before": "a week earlier | a week before",
        "the month before": "a month earlier | a month before",
        "compared with": "up or down on | up or down from | up or down against",
        "and": "make it | make that",
        "worth": "lose to | lost to | lose on | lost on | lose through | lost through | "
        "lose because of | lost because of | lose due to | lost due to | lose money on | "
        "lost money on",
        "best rated": "best reviewed",
        "worst rated": "worst reviewed",
        "gained": "for the first time | for the very first time",
        "earn": "turn over | take in",
        "earned": "turned over | took in",
        "": "side by side | right now | and how long is it | next to each other",
        "number of": "no of",
        "versus": "next to",
        "best-selling": "bestselling",
        "within 1": "within a",
        "than 1": "than a",
        "less than 1": "less than a",
        "which hour of day do": "what time do",
        "given": "handed out | hand out",
        "via": "went through | go through",
        "not late": "on time | in time",
        "share": "as percent of total | as share of total | as percentage of total | "
        "as % of total | in percent of total",
        "social": "social media",
        "containing": "that contained | that contain | which contained",
        "from": "living in | who live in | that live in",
        "best-selling products": "bestsellers | best sellers | top sellers",
        "best-selling product": "bestseller | best seller",
        "products": "sellers",
        "descending": "high to low | highest to lowest",
        "ascending": "low to high | lowest to highest",
        "top customers by revenue": "big spenders | biggest spenders | top spenders",
        "customers by revenue": "spenders",
        "for sale": "on sale",
        "not active": "not on sale | not for sale | out of sale | no longer for sale | "
        "discontinued",
        "in percent": "as a rate",
        "growth": "growth rate | growth rates",
        "first answer time": "time to first reply | time to reply",
        "divided by": "as share of | as percentage of | as percent of | as % of | "
        "in percent of | in % of | in relation to",
        "first half or second half": "first or second half",
        "first half and second half": "first and second half",
        "first half vs second half": "first vs second half | first versus second half",
        "month": "time of year",
        "what": "how big | how large | how high | how low",
        "calculated": "worked out | arrived at",
        "calculate": "work out",
        "changed": "up or down | better or worse | higher or lower | more or fewer | "
        "going up or down",
        "compared with last": "up on last | down on last",
        "improved": "getting better",
        "declined": "getting worse",
        "registered": "sign up | signed up",
        "refund": "hand back | give back | pay back",
        "refunded": "handed back | gave back | paid back",
        "returned": "sent back | send back | send things back | bring back | brought back | "
        "came back | come back",
        "swiss francs": "swiss franc",
        "by hour of day": "when during the day",
        "which hour of day": "at what time of day",
        "which hour": "at what hour | at which hour",
        "hour of day": "time of day",
        "what were": "how did we do on | how did we do with",
        "top": "number one | number 1",
        "higher than": "higher as",
        "lower than": "lower as",
        "more than": "more as",
        "less than": "less as",
        "for": "due to",
        "session duration": "how long is a visit | how long are visits | how long is a session",
        "weekdays": "working days | business days",
        "per day on average": "a day",
        "per week on average": "a week",
        "per month on average": "a month",
        "per customer": "a head",
        "those": "the ones",
        "those with": "ones with",
        "most frequent first": "by frequency | by how often",
        "bring": "account for",
        "brings": "accounts for",
        "brought": "accounted for",
    }
)
# "how long", "how quickly": which measure is meant depends on what is done.
MANNERS = word_set("long quickly quick fast soon slow slowly speedily promptly swiftly")
MANNER_OF = by_word(
    {
        "first answer time": "answer answered answers reply replied respond responded react wait "
        "waited waiting",
        "resolution time": "solve solved solves resolve resolved close closed closing fix fixed",
        "delivery time": "deliver delivered delivery deliveries arrive arrived arrives ship "
        "shipped reach",
        "session duration": "stay stays stayed browse browsed last lasted",
    }
)
# Around members that are counted or listed: "how many of the customers".
COUNTED = word_set("how many number of count the which what list show me us all our do we")
# Behind what they have: "orders over 100 euros" are bounded themselves.
COMPARING = word_set(
    "over above under below more less fewer least most than worth between > < >= <="
)
# "within 4 hours", "in under 2 days", "later than 3 days": what bounds a duration, and how.
BOUNDING = by_word(
    {
        "more than": "longer more over above later slower after exceeding",
        "at least": "least",
        "at most": "within most up",
        "less than": "less fewer under below shorter faster quicker sooner",
        "": "than in at the to",
    }
)
TAKING = word_set("took take takes taken were was are is been that which who have has had got get")
ANSWERING = word_set("for a an the first answer reply response")
# "how satisfied are customers", "how profitable is ...": the measure that the adjective judges.
DEGREES = by_word(
    {
        "satisfaction": "satisfied happy content pleased dissatisfied unhappy",
        "margin rate": "profitable",
        "repeat rate": "loyal",
    }
)
JUDGES = word_set("are is were was customers people our")
# "the heaviest products", "most expensive": what is measured, and which end of it.
MOST_OF = by_word(
    {
        "highest weight": "heaviest", "lowest weight": "lightest",
        "highest height": "tallest", "highest age": "oldest", "lowest age": "youngest",
        "highest temperature": "hottest warmest", "lowest temperature": "coldest coolest",
        "highest depth": "deepest", "highest width": "widest", "lowest width": "narrowest",
        "highest price": "dearest priciest expensive costly", "lowest price": "cheapest",
        "highest population": "populous",
    }
)  # fmt: skip
INSTEAD = {"price": ("price", "cost", "fare", "rent", "fee"), "weight": ("weight", "mass")}
DEGREE = {"more": "higher", "most": "highest", "less": "lower", "least": "lowest"}
# "how many people bought": who did what is counted.
PEOPLE = word_set("people persons person individuals folks")
# "customers that we won": new ones.
GAINING = word_set("gain gained win won acquire acquired attract attracted")
DEEDS = by_word(
    {
        "customers": "bought buy ordered order purchased purchase shopped shop",
        "visitors": "visited visit came come browsed",
        "registrations": "registered register joined join",
    }
)
BETWEEN = word_set(
    """
    a are at been by did do does for had has have is it its of on our average customer customers
    take takes took taken the they them these those time to us was we were will get gets got
    people normally usually typically generally you your have
    """
)
KNOWN = word_set("contain contains contained containing")
# Not built from a shorter word: "evening" is not "even".
DAYTIMES = word_set("morning mornings afternoon evening evenings night nights noon midnight")
# What people shorten.
SHORT_FOR = by_word(
    {
        "revenue": "rev revs",
        "customers": "cust custs",
        "conversion rate": "cr cvr",
        "gross margin": "gm",
        "department": "dept depts",
        "category": "cat cats",
        "priority": "prio",
        "product": "prod",
        "products": "prods",
        "country": "ctry",
        "market": "mkt",
        "items sold": "qty pcs",
        "sessions": "sess",
        "average": "avg",
        "median": "med",
        "last 12 months": "ltm ttm",
        "this quarter": "qtd",
        "last year": "ly py",
        "last month": "lm",
        "what is": "whats",
        "how is": "hows",
        "where is": "wheres",
        "number of": "# nr",
        "please": "pls plz",
        "thanks": "thx",
        "excluding": "excl",
        "including": "incl",
        "vs": "vs.",
    }
) | {
    f"{verb}n{sign}t": f"{verb} not"
    for verb in ("do", "does", "did", "is", "are", "was", "were", "has", "have", "had")
    for sign in ("'", "’", "")
}
# Words of these rules, which are no typing errors of others.
VOCABULARY = frozenset(
    word
    for words in (
        KNOWN,
        MANNERS,
        MANNER_OF,
        DEGREES,
        MOST_OF,
        PEOPLE,
        DEEDS,
        DAYTIMES,
        SHORT_FOR,
        *SAID,
    )
    for word in words
    if word.isalpha()
)
# Endings that a known verb may carry.
ENDINGS = ("ing", "ed", "er", "ers", "d", "ly")
