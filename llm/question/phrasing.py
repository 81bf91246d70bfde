"""Other ways to say a thing, put into the words that the catalogue knows, before names are found.

"how quickly were they solved" asks for the resolution time, "how many people bought" for customers.
Data and three small rules; whatever the catalogue does not hold afterwards is refused as any other
unknown word. Knows no question and no time.
"""

from __future__ import annotations

from llm.question.cues import SPEEDS
from llm.question.lexicon import Lexicon
from llm.words import Token, by_word, tokens, word_set

# One phrase for another, wherever it stands.
SAID = {
    tuple(said.split()): meant
    for said, meant in {
        # Longer ones first where one begins another.
        "up or down on": "compared with",
        "up or down from": "compared with",
        "up or down against": "compared with",
        "turn over": "earn",
        "turned over": "earned",
        "take in": "earn",
        "took in": "earned",
        "what time do": "which hour of day do",
        "handed out": "given",
        "hand out": "given",
        "went through": "via",
        "go through": "via",
        "on time": "not late",
        "in time": "not late",
        "slowest first": "descending",
        "longest first": "descending",
        "fastest first": "ascending",
        "quickest first": "ascending",
        "shortest first": "ascending",
        "as percent of the total": "share",
        "as percent of total": "share",
        "as percentage of the total": "share",
        "as share of the total": "share",
        "in percent of the total": "share",
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
        "biggest first": "descending",
        "largest first": "descending",
        "highest first": "descending",
        "most first": "descending",
        "smallest first": "ascending",
        "lowest first": "ascending",
        "fewest first": "ascending",
        "big spenders": "top customers by revenue",
        "biggest spenders": "top customers by revenue",
        "top spenders": "top customers by revenue",
        "spenders": "customers by revenue",
        "on sale": "for sale",
        "as a share of the total": "share",
        "as a share of total": "share",
        "as share of total": "share",
        "as a percentage of the total": "share",
        "as a percentage of total": "share",
        "as percentage of total": "share",
        "as % of total": "share",
        "as a % of total": "share",
        "as a % of the total": "share",
        "growth rate": "growth",
        "growth rates": "growth",
        "time to first reply": "first answer time",
        "time to reply": "first answer time",
        "as a share of": "divided by",
        "as share of": "divided by",
        "as a percentage of": "divided by",
        "as percentage of": "divided by",
        "as a percent of": "divided by",
        "as percent of": "divided by",
        "as % of": "divided by",
        "as a % of": "divided by",
        "in percent of": "divided by",
        "in % of": "divided by",
        "in relation to": "divided by",
        "first or second half": "first half or second half",
        "first and second half": "first half and second half",
        "first vs second half": "first half vs second half",
        "first versus second half": "first half vs second half",
        "time of year": "month",
        "time of the year": "month",
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
        "at what time of the day": "which hour of day",
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
        "a day": "per day",
        "a week": "per week",
        "a month": "per month",
        "a head": "per customer",
        "account for": "bring",
        "accounts for": "brings",
        "accounted for": "brought",
    }.items()
}
# "how long", "how quickly": which measure is meant depends on what is done.
MANNERS = word_set("long quickly quick fast soon slow slowly speedily promptly swiftly")
MANNER_OF = by_word(
    {
        "first answer time": "answer answered answers reply replied respond responded react",
        "resolution time": "solve solved solves resolve resolved close closed closing fix fixed",
        "delivery time": "deliver delivered delivery deliveries arrive arrived arrives ship "
        "shipped reach",
        "session duration": "stay stays stayed browse browsed last lasted",
    }
)
WHO_STAYS = word_set("visit visits visitor visitors session sessions users user")
# "how satisfied are customers", "how profitable is ...": the measure that the adjective judges.
DEGREES = by_word(
    {
        "satisfaction": "satisfied happy content pleased dissatisfied unhappy",
        "margin rate": "profitable",
        "repeat rate": "loyal",
    }
)
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
    "#": "number of",
    "nr": "number of",
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "excl": "excluding",
    "incl": "including",
    "vs.": "vs",
}
# Words of these rules, which are no typing errors of others.
VOCABULARY = frozenset(
    word
    for words in (KNOWN, MANNERS, MANNER_OF, DEGREES, PEOPLE, DEEDS, DAYTIMES, SHORT_FOR, *SAID)
    for word in words
    if word.isalpha()
)
# Endings that a known verb may carry.
ENDINGS = ("ing", "ed", "er", "ers", "d", "ly")


def rephrased(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """The words, with what is said otherwise put as the catalogue says it."""
    out = _ratios(_ones(_replaced(_spelt_out(words, lexicon)), lexicon))
    out = _degrees(_manners(_longest_to(_how_many_first(out), lexicon), lexicon), lexicon)
    out = _negated(out, lexicon)
    out = _done(_deeds(_gained(out, lexicon), lexicon), lexicon)
    return tuple(base(token, lexicon) for token in out)


def _spelt_out(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "rev by dept" -> "revenue by department", unless the short word is the catalogue's own."""
    out: list[Token] = []
    for i, token in enumerate(words):
        known = token.word in SHORT_FOR and not lexicon.senses(token.word)
        if token.word == "/" and 0 < i < len(words) - 1 and _one_member(words[i + 1], lexicon):
            out += tokens("per")  # "revenue/customer"
            continue
        out += tokens(SHORT_FOR[token.word]) if known else (token,)
    return tuple(out)


def _one_member(token: Token, lexicon: Lexicon) -> bool:
    single = token.word == token.stem
    return single and any(one.kind == "entity" for one in lexicon.senses(token.word))


def _replaced(words: tuple[Token, ...]) -> tuple[Token, ...]:
    out: list[Token] = []
    i = 0
    while i < len(words):
        for said, meant in SAID.items():
            if tuple(token.word for token in words[i : i + len(said)]) == said:
                out += tokens(meant)
                i += len(said)
                break
        else:
            out.append(words[i])
            i += 1
    return tuple(out)


def _ratios(words: tuple[Token, ...]) -> tuple[Token, ...]:
    """ "ratio of failed payments to all payments" -> "failed payments divided by payments"."""
    said = [token.word for token in words]
    for i in range(len(said) - 1):
        if said[i] != "ratio" or said[i + 1] not in ("of", "between"):
            continue
        joint = {"of": "to", "between": "and"}[said[i + 1]]
        if joint in said[i + 2 :]:
            k = said.index(joint, i + 2)
            rest = words[k + 1 :]
            rest = rest[1:] if rest[:1] and rest[0].word in ("all", "the") else rest
            return (*words[:i], *words[i + 2 : k], *tokens("divided by"), *rest)
    return words


def _ones(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "do returning customers spend more than new ones" -> "... than new customers"."""
    out = list(words)
    for i, token in enumerate(words):
        if token.word != "ones":
            continue
        named = [
            one for one in words[:i]
            if one.word != one.stem and any(s.kind == "entity" for s in lexicon.senses(one.text))
        ]  # fmt: skip
        if named:
            out[i] = named[-1]
    return tuple(out)


def _how_many_first(words: tuple[Token, ...]) -> tuple[Token, ...]:
    """ "customers with two orders: how many?" -> "how many customers with two orders"."""
    said = [token for token in words if token.word.isalnum()]
    asks = [token.word for token in said[-2:]] == ["how", "many"] and len(said) > 2
    return (*said[-2:], *said[:-2]) if asks else words


def _longest_to(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "which topic takes the longest to resolve" -> "... the longest resolution time"."""
    for i in range(len(words) - 1):
        metric = MANNER_OF.get(words[i + 1].word) if words[i].word == "to" else None
        ranked = any(token.word in SPEEDS for token in words[max(0, i - 3) : i])
        if metric and ranked and lexicon.senses(metric):
            rest = words[i + 2 :]
            if rest and rest[0].word == "to":  # "the slowest country to deliver to"
                rest = rest[1:]
            return (*words[:i], *tokens(metric), *rest)
    return words


def _manners(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "how long does it take to answer high priority tickets" -> "first answer time of ..."."""
    for i in range(len(words) - 2):
        counts = words[i + 1].word == "many" and words[i + 2].word in ("days", "hours", "minutes")
        if words[i].word != "how" or not (words[i + 1].word in MANNERS or counts):
            continue
        for j in range(i + 2 + counts, len(words)):
            metric = MANNER_OF.get(words[j].word)
            if metric is None or not lexicon.senses(metric):
                continue
            stays = WHO_STAYS if metric == "session duration" else frozenset()
            whose = [one for one in words[i + 2 + counts : j] if one.word not in BETWEEN | stays]
            rest = words[j + 1 :]
            if [one.word for one in rest if one.word.isalpha()][-3:] == ["the", "first", "time"]:
                rest = rest[: [one.word for one in rest].index("first") - 1]
            if len(rest) > 1 and rest[0].word in ("a", "an", "the", "our"):
                rest = rest[1:]
            named = (
                rest[:1] and rest[0].word not in BETWEEN and lexicon.senses(rest[0].text)
            ) or whose
            of = tokens("of") if named else ()
            return (*words[:i], *tokens(metric), *of, *whose, *rest)
    return words


def _degrees(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "how satisfied are customers with support" -> "satisfaction of customers with support"."""
    for i in range(len(words) - 1):
        metric = DEGREES.get(words[i + 1].word) if words[i].word == "how" else None
        if metric and lexicon.senses(metric):
            rest = [one for one in words[i + 2 :] if one.word not in ("are", "is", "were", "was")]
            # Whose satisfaction is said by the measure itself: only customers are asked.
            rest = [one for one in rest if one.word not in ("customers", "people", "our")]
            return (*words[:i], *tokens(metric), *rest)
    return words


def _negated(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "unverified reviews" -> "not verified reviews", where only the latter is known."""
    out: list[Token] = []
    for token in words:
        rest = token.word.removeprefix("un")
        flag = any(one.kind == "value" and one.value is True for one in lexicon.senses(rest))
        if rest != token.word and flag and not lexicon.says(token):
            out += tokens(f"not {rest}")
        else:
            out.append(token)
    return tuple(out)


def _gained(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "how many customers did we win" -> "how many new customers did we"."""
    if not any(token.word in GAINING for token in words):
        return words
    for i, token in enumerate(words):
        named = {one.kind for one in lexicon.senses(token.text)}
        new = any(one.kind == "metric" for one in lexicon.senses(f"new {token.text}"))
        if {"metric", "entity"} <= named and new and (i == 0 or words[i - 1].word != "new"):
            kept = [one for one in words[i + 1 :] if one.word not in GAINING]
            return (*words[:i], *tokens("new"), token, *kept)
    return words


def _deeds(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "how many people bought something" -> "how many customers"."""
    for i, token in enumerate(words):
        if token.word not in PEOPLE and token.word not in ("customers", "users"):
            continue
        for j in range(i + 1, min(i + 5, len(words))):
            metric = DEEDS.get(words[j].word)
            between = {one.word for one in words[i + 1 : j]}
            if not between <= {"who", "that", "have", "has", "had", "actually"}:
                break
            people = token.word in PEOPLE
            if metric and lexicon.senses(metric) and (people or metric == "registrations"):
                rest = words[j + 1 :]
                if rest and rest[0].word in ("something", "anything", "stuff"):
                    rest = rest[1:]
                return (*words[:i], *tokens(metric), *rest)
    return words


def _done(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "how do our customers pay", where the catalogue has "how customers pay" for a break-down."""
    if len(words) < 4 or words[0].word not in ("how", "where"):
        return words
    rest = [one for one in words[1:] if one.word not in ("do", "does", "did", "our", "most", "?")]
    for end in range(len(rest), 1, -1):
        phrase = " ".join(one.text for one in (words[0], *rest[:end]))
        if any(sense.kind == "dimension" for sense in lexicon.senses(phrase)):
            return (*tokens(f"used {phrase}"), *rest[end:])
    return words


def base(token: Token, lexicon: Lexicon) -> Token:
    """ "converting" -> "convert", where only the latter is known."""
    if len(token.word) < 6 or not token.word.isalpha() or lexicon.says(token):
        return token
    if token.word in DAYTIMES:
        return token
    for ending in ENDINGS:
        if token.word.endswith(ending):
            short = token.word.removesuffix(ending)
            doubled = short[:-1] if short[-1:] == short[-2:-1] else short
            for base in (short, f"{short}e", doubled):
                # "best sellers" are no filler, as "selling" is.
                thing = ending in ("er", "ers", "ly") and lexicon.is_silent(base)
                if len(base) >= 4 and lexicon.names(base) and not thing:
                    return Token(token.text, base, base)
    return token
