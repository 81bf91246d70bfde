"""What people say for what the catalogue knows by another name. Data only, English.

Which of it stands where in a question is found by `phrasing`.
"""

from __future__ import annotations

from llm.words import by_word, word_set

# One phrase for another, wherever it stands.
SAID = {
    tuple(said.split()): meant
    for said, meant in {
        # Longer ones first where one begins another.
        "a week ago": "1 week ago",
        "a month ago": "1 month ago",
        "a week earlier": "the week before",
        "a week before": "the week before",
        "a month earlier": "the month before",
        "a month before": "the month before",
        "up or down on": "compared with",
        "up or down from": "compared with",
        "up or down against": "compared with",
        "make it": "and",
        "make that": "and",
        "turn over": "earn",
        "turned over": "earned",
        "take in": "earn",
        "took in": "earned",
        "side by side": "",
        "right now": "",
        "and how long is it": "",
        "no of": "number of",
        "next to each other": "",
        "next to": "versus",
        "bestselling": "best-selling",
        "within a": "within 1",
        "than a": "than 1",
        "less than a": "less than 1",
        "what time do": "which hour of day do",
        "handed out": "given",
        "hand out": "given",
        "went through": "via",
        "go through": "via",
        "on time": "not late",
        "in time": "not late",
        "as percent of total": "share",
        "social media": "social",
        "that contained": "containing",
        "that contain": "containing",
        "which contained": "containing",
        "living in": "from",
        "who live in": "from",
        "that live in": "from",
        "bestsellers": "best-selling products",
        "bestseller": "best-selling product",
        "best sellers": "best-selling products",
        "best seller": "best-selling product",
        "high to low": "descending",
        "highest to lowest": "descending",
        "low to high": "ascending",
        "lowest to highest": "ascending",
        "big spenders": "top customers by revenue",
        "biggest spenders": "top customers by revenue",
        "top spenders": "top customers by revenue",
        "spenders": "customers by revenue",
        "on sale": "for sale",
        "as share of total": "share",
        "as percentage of total": "share",
        "as % of total": "share",
        "in percent of total": "share",
        "as a rate": "in percent",
        "growth rate": "growth",
        "growth rates": "growth",
        "time to first reply": "first answer time",
        "time to reply": "first answer time",
        "as share of": "divided by",
        "as percentage of": "divided by",
        "as percent of": "divided by",
        "as % of": "divided by",
        "in percent of": "divided by",
        "in % of": "divided by",
        "in relation to": "divided by",
        "first or second half": "first half or second half",
        "first and second half": "first half and second half",
        "first vs second half": "first half vs second half",
        "first versus second half": "first half vs second half",
        "time of year": "month",
        "how big": "what",
        "how large": "what",
        "how high": "what",
        "how low": "what",
        "worked out": "calculated",
        "work out": "calculate",
        "arrived at": "calculated",
        "up or down": "changed",
        "better or worse": "changed",
        "higher or lower": "changed",
        "up on last": "compared with last",
        "down on last": "compared with last",
        "more or fewer": "changed",
        "going up or down": "changed",
        "getting better": "improved",
        "getting worse": "declined",
        "sign up": "registered",
        "signed up": "registered",
        "sent back": "returned",
        "send back": "returned",
        "send things back": "returned",
        "brought back": "returned",
        "came back": "returned",
        "come back": "returned",
        "swiss franc": "swiss francs",
        "when during the day": "by hour of day",
        "at what time of day": "which hour of day",
        "at what hour": "which hour",
        "at which hour": "which hour",
        "time of day": "hour of day",
        "how did we do on": "what were",
        "how did we do with": "what were",
        "number one": "top",
        "number 1": "top",
        "higher as": "higher than",
        "lower as": "lower than",
        "more as": "more than",
        "less as": "less than",
        "due to": "for",
        "how long is a visit": "session duration",
        "how long are visits": "session duration",
        "how long is a session": "session duration",
        "working days": "weekdays",
        "business days": "weekdays",
        "a day": "per day on average",
        "a week": "per week on average",
        "a month": "per month on average",
        "a head": "per customer",
        "the ones": "those",
        "ones with": "those with",
        "by frequency": "most frequent first",
        "by how often": "most frequent first",
        "account for": "bring",
        "accounts for": "brings",
        "accounted for": "brought",
    }.items()
}
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
COMPARING = word_set("over above under below more less fewer least most than worth between")
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
WHO_STAYS = word_set("visit visits visitor visitors session sessions users user")
# "how satisfied are customers", "how profitable is ...": the measure that the adjective judges.
DEGREES = by_word(
    {
        "satisfaction": "satisfied happy content pleased dissatisfied unhappy",
        "margin rate": "profitable",
        "repeat rate": "loyal",
    }
)
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
SHORT_FOR = {
    "rev": "revenue",
    "revs": "revenue",
    "cust": "customers",
    "custs": "customers",
    "cr": "conversion rate",
    "cvr": "conversion rate",
    "gm": "gross margin",
    "dept": "department",
    "depts": "department",
    "cat": "category",
    "cats": "category",
    "prod": "product",
    "prods": "products",
    "ctry": "country",
    "mkt": "market",
    "qty": "items sold",
    "pcs": "items sold",
    "sess": "sessions",
    "avg": "average",
    "med": "median",
    "ltm": "last 12 months",
    "ttm": "last 12 months",
    "qtd": "this quarter",
    "ly": "last year",
    "py": "last year",
    "lm": "last month",
    "whats": "what is",
    "hows": "how is",
    "wheres": "where is",
    "#": "number of",
    "nr": "number of",
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "excl": "excluding",
    "incl": "including",
    "vs.": "vs",
} | {
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
