"""Other ways to say a thing, put into the words that the catalogue knows, before names are found.

"how quickly were they solved" asks for the resolution time, "how many people bought" for customers.
A rule each, over the words of `spoken`; whatever the catalogue does not hold afterwards is refused
as any other unknown word. Knows no question and no time.
"""

from __future__ import annotations

from collections.abc import Sequence

from llm.question import absence, spoken
from llm.question.bounds import DURATIONS
from llm.question.cues import DO, SPEEDS, VERBS
from llm.question.lexicon import Lexicon
from llm.question.marks import small_number
from llm.words import Token, tokens


def rephrased(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """The words, with what is said otherwise put as the catalogue says it."""
    out = _how_many_first(_replaced(_spelt_out(words, lexicon), lexicon))
    rules = (
        _ones,
        _ratios,
        _within,
        _longest_to,
        _manners,
        _superlatives,
        _degrees,
        _doers,
        absence.rephrased,
        _holders,
        _negated,
        _gained,
        _deeds,
        _done,
    )
    for rule in rules:
        out = rule(out, lexicon)
    return tuple(base(token, lexicon) for token in out)


def _spelt_out(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "rev by dept" -> "revenue by department", unless the short word is the catalogue's own."""
    out: list[Token] = []
    for i, token in enumerate(words):
        known = token.word in spoken.SHORT_FOR and not lexicon.senses(token.word)
        if token.word == "/" and 0 < i < len(words) - 1 and _one_member(words[i + 1], lexicon):
            out += tokens("per")  # "revenue/customer"
            continue
        if token.stem == "volume" and out and _counts(out[-1], lexicon):
            out[-1:] = [*tokens("number of"), out[-1]]  # "ticket volume"
            continue
        out += tokens(spoken.SHORT_FOR[token.word]) if known else (token,)
    return tuple(out)


def _counts(token: Token, lexicon: Lexicon) -> bool:
    plain = not lexicon.senses(f"{token.text} volume")
    return plain and bool(lexicon.senses(token.word, "metric"))


def _one_member(token: Token, lexicon: Lexicon) -> bool:
    single = token.single
    return single and bool(lexicon.senses(token.word, "entity"))


def _replaced(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """With what people say put as catalogues have it, unless this one has it as they say."""
    out: list[Token] = []
    i = 0
    while i < len(words):
        for said, meant in spoken.SAID.items():
            end = _said(words, i, said)
            if end and not lexicon.senses(" ".join(said)):
                out += tokens(meant)
                i = end
                break
        else:
            out.append(words[i])
            i += 1
    return tuple(out)


def _said(words: tuple[Token, ...], i: int, phrase: tuple[str, ...]) -> int:
    """Where the phrase that begins at `i` ends, whatever articles stand in it; 0 if none does."""
    for word in phrase:
        while i < len(words) and words[i].word in ("a", "the") and words[i].word != word:
            if word == phrase[0]:
                return 0
            i += 1
        if i >= len(words) or words[i].word != word:
            return 0
        i += 1
    return i


def _ratios(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "ratio of failed payments to all payments" -> "failed payments divided by payments"."""
    said = [token.word for token in words]
    divided = [i for i in range(1, len(said)) if said[i - 1 : i + 1] == ["divided", "by"]]
    for i in divided:
        end = i + 1
        while said[end : end + 1] and said[end] in ("all", "the", "our", "total", "everything"):
            end += 1
        measured = {s.name for s in lexicon.senses(" ".join(said[end : end + 1]), "metric")}
        before = {s.name for k in range(i) for s in lexicon.senses(words[k].text)}
        if end > i + 1 and (
            end == len(said) or said[end] == "?" or measured & before or not before
        ):
            # "Google's traffic as a share of all traffic": of itself, which is a share.
            return (*words[: i - 1], *tokens("share"), *words[end + bool(measured) :])
    for i in range(1, len(said) - 2):
        # "cart to purchase rate": of the carts, how many led to a purchase.
        sides = [lexicon.senses(words[k].text, "metric") for k in (i - 1, i + 1)]
        end = i + 2
        while said[end : end + 1] and said[end] in ("conversion", "rate", "ratio", "conversions"):
            end += 1
        if said[i] == "to" and all(sides) and end > i + 2:
            part = (words[i + 1], *tokens("divided by"), words[i - 1])
            return (*words[: i - 1], *part, *words[end:])
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
            if not one.single and lexicon.senses(one.text, "entity")
        ]  # fmt: skip
        if named:
            out[i] = named[-1]
    return tuple(out)


def _doers(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "list five customers who spent the most" -> "top five customers by revenue"."""
    said = [token.word for token in words]
    for end in range(3, len(said)):
        if said[end - 1 : end + 1] not in (["the", "most"], ["the", "least"]):
            continue
        verb = end - 2
        noun = verb - 1 - (said[verb - 1] in ("who", "that"))
        asks = any(word in DO for word in said[:noun])  # what ranks is the hour
        if said[verb] not in VERBS or noun < 0 or asks or said[end + 1 : end + 2] == ["of"]:
            continue
        # "which products sold the most" is read as it stands: products do not count themselves.
        kinds = {one.kind for one in lexicon.senses(words[noun].text)}
        if not {"entity", "metric"} <= kinds:
            continue
        number = noun - 1 if noun and small_number(said[noun - 1]) else noun
        before = words[:number]
        if before and before[-1].word in ("the", "which", "what"):
            before = before[:-1]
        if number == noun:
            return (*before, *tokens("which"), words[noun], *words[verb:])
        rank = "top" if said[end] == "most" else "bottom"
        by = tokens(f"by {VERBS[said[verb]]}")
        return (*before, *tokens(rank), *words[number : noun + 1], *by, *words[end + 1 :])
    return words


def _how_many_first(words: tuple[Token, ...]) -> tuple[Token, ...]:
    """ "customers with two orders: how many?" -> "how many customers with two orders"."""
    said = [token for token in words if token.word.isalnum()]
    asks = [token.word for token in said[-2:]] == ["how", "many"] and len(said) > 2
    return (*said[-2:], *said[:-2]) if asks else words


def _longest_to(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "which topic takes the longest to resolve" -> "... the longest resolution time"."""
    for i in range(len(words) - 1):
        metric = spoken.MANNER_OF.get(words[i + 1].word) if words[i].word == "to" else None
        ranked = any(token.word in SPEEDS for token in words[max(0, i - 3) : i])
        if metric and ranked and lexicon.senses(metric):
            rest = words[i + 2 :]
            if rest and rest[0].word == "to":  # "the slowest country to deliver to"
                rest = rest[1:]
            return (*words[:i], *tokens(metric), *rest)
    return words


def _within(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "took longer than 48 hours to resolve" -> "with resolution time more than 48 hours"."""
    said = [token.word for token in words]
    for unit in range(2, len(said)):
        if said[unit] not in DURATIONS or not said[unit - 1].isalnum():
            continue
        start = unit - 1
        while start and said[start - 1] in spoken.BOUNDING:
            start -= 1
        bound = next(
            (spoken.BOUNDING[word] for word in said[start : unit - 1] if spoken.BOUNDING[word]), ""
        )
        behind = said[unit + 1 : unit + 2] == ["to"]
        verb = unit + 2 if behind else start - 1
        noun = start - 1
        while noun > 0 and said[noun] in spoken.TAKING:
            noun -= 1
        if bound and not behind and noun < start - 1 and said[noun] in spoken.MANNER_OF:
            metric = spoken.MANNER_OF[said[noun]]  # "deliveries that took more than 7 days"
            middle = tokens(f"with {metric} {bound}") if lexicon.senses(metric) else ()
            if middle:
                return (*words[: noun + 1], *middle, *words[unit - 1 :])
        metric = spoken.MANNER_OF.get(said[verb], "") if bound and verb < len(said) else ""
        if not lexicon.senses(metric):
            continue
        start -= not behind
        while start and said[start - 1] in spoken.TAKING:
            start -= 1
        number = words[unit - 1 : unit + 1]
        rest = words[unit + 1 + 2 * behind :]
        return (*words[:start], *tokens(f"with {metric} {bound}"), *number, *rest)
    return words


def _manners(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "how long does it take to answer high priority tickets" -> "first answer time of ..."."""
    for i in range(len(words) - 2):
        counts = words[i + 1].word == "many" and words[i + 2].word in ("days", "hours", "minutes")
        if words[i].word != "how" or not (words[i + 1].word in spoken.MANNERS or counts):
            continue
        for j in range(i + 2 + counts, len(words)):
            metric = spoken.MANNER_OF.get(words[j].word)
            if metric is None or not lexicon.senses(metric):
                continue
            stays = spoken.WHO_STAYS if metric == "session duration" else frozenset()
            whose = [
                one for one in words[i + 2 + counts : j] if one.word not in spoken.BETWEEN | stays
            ]
            rest = words[j + 1 :]
            if [one.word for one in rest if one.word.isalpha()][-3:] == ["the", "first", "time"]:
                rest = rest[: [one.word for one in rest].index("first") - 1]
            while rest and rest[0].word in spoken.ANSWERING:  # "wait for a first answer"
                rest = rest[1:]
            named = (
                rest[:1] and rest[0].word not in spoken.BETWEEN and lexicon.senses(rest[0].text)
            ) or whose
            of = tokens("of") if named else ()
            return (*words[:i], *tokens(metric), *of, *whose, *rest)
    return words


def _superlatives(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "the 5 heaviest products" -> "5 products with the highest weight", if weight is measured."""
    for i, token in enumerate(words):
        compared = i > 0 and words[i - 1].word in ("most", "least")
        extreme, _, measure = spoken.MOST_OF.get(token.word, "").partition(" ")
        names = [
            one for one in spoken.INSTEAD.get(measure, (measure,)) if _is_measured(one, lexicon)
        ]
        if not names or compared == token.word.endswith("est"):
            continue
        start, end = i - compared, i + 1
        extreme = "lowest" if compared and words[i - 1].word == "least" else extreme
        said = tokens(f"the {extreme} {names[0]}")
        things = (n for n in (3, 2, 1) if _is_thing(words[end : end + n], n, lexicon))
        if not (thing := next(things, 0)):
            return (
                *words[:start],
                *said[start > 0 and words[start - 1].word == "the" :],
                *words[end:],
            )
        first = start
        while first and (
            words[first - 1].word in ("top", "the") or small_number(words[first - 1].word)
        ):
            first -= 1
        count = [one for one in words[first:start] if small_number(one.word)]
        named, rest = words[end : end + thing], words[end + thing :]
        return (*words[:first], *count, *named, *tokens("with"), *said, *rest)
    return words


def _is_measured(name: str, lexicon: Lexicon) -> bool:
    """Whether a column of that name is: what goods cost in all makes no product expensive."""
    measured = [one.name for one in lexicon.senses(name, "metric")]
    return any(one.rpartition("_")[2] == name for one in measured)


def _is_thing(words: tuple[Token, ...], count: int, lexicon: Lexicon) -> bool:
    said = [one.word for one in words]
    named = len(said) == count and said[-1].isalnum()  # A comma behind it is not part of it.
    return named and bool(lexicon.senses(" ".join(said), "entity"))


def _degrees(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "how satisfied are customers with support" -> "satisfaction of customers with support"."""
    for i in range(len(words) - 1):
        metric = spoken.DEGREES.get(words[i + 1].word, "")
        if not lexicon.senses(metric):
            continue
        if words[i].word in spoken.DEGREE:  # "which is more profitable"
            said = tokens(f"{spoken.DEGREE[words[i].word]} {metric}")
            return (*words[:i], *said, *words[i + 2 :])
        if words[i].word == "how":
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
        flag = any(one.value is True for one in lexicon.senses(rest, "value"))
        if rest != token.word and flag and not lexicon.says(token):
            out += tokens(f"not {rest}")
        else:
            out.append(token)
    return tuple(out)


def _gained(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "how many customers did we win" -> "how many new customers did we"."""
    if not any(token.word in spoken.GAINING for token in words):
        return words
    for i, token in enumerate(words):
        named = {one.kind for one in lexicon.senses(token.text)}
        new = bool(lexicon.senses(f"new {token.text}", "metric"))
        if {"metric", "entity"} <= named and new and (i == 0 or words[i - 1].word != "new"):
            kept = [one for one in words[i + 1 :] if one.word not in spoken.GAINING]
            return (*words[:i], *tokens("new"), token, *kept)
    return words


def _holders(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "how many customers have reviews" -> "how many customers with at least 1 reviews"."""
    for i in range(1, len(words)):
        if words[i].word not in absence.HAVING:
            continue
        who = i - 1
        while who and words[who].word in absence.BETWEEN:
            who -= 1
        thing = i + 1
        while thing < len(words) and words[thing].word in ("any", "some"):
            thing += 1
        end = next((n for n in (2, 1) if _many(words[thing : thing + n], "metric", lexicon)), 0)
        behind = {one.word for one in words[thing + end : thing + end + 2]}
        counted = {one.word for one in words[:who]} <= spoken.COUNTED
        members = counted and _many(words[who : who + 1], "entity", lexicon)
        if end and members and not behind & spoken.COMPARING:
            return (*words[: who + 1], *tokens("with at least 1"), *words[thing:])
    return words


def _many(words: Sequence[Token], kind: str, lexicon: Lexicon) -> bool:
    """Whether the words name several of a kind, and no stored value but by the way."""
    if not words or words[-1].word == words[-1].stem:
        return False
    kinds = {one.kind for one in lexicon.senses(" ".join(one.text for one in words))}
    return kind in kinds and ("value" not in kinds or {"entity", "metric"} <= kinds)


def _deeds(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "how many people bought something" -> "how many customers"."""
    ranked = {"most", "least"} & {token.word for token in words}
    for i, token in enumerate(words):
        # "when do people buy the most": what they do is measured, not how many they are.
        if ranked or (token.word not in spoken.PEOPLE and token.word not in ("customers", "users")):
            continue
        for j in range(i + 1, min(i + 5, len(words))):
            metric = spoken.DEEDS.get(words[j].word)
            between = {one.word for one in words[i + 1 : j]}
            if not between <= {"who", "that", "have", "has", "had", "actually"}:
                break
            people = token.word in spoken.PEOPLE
            if metric and lexicon.senses(metric) and (people or metric == "registrations"):
                rest = words[j + 1 :]
                if rest and rest[0].word in ("something", "anything", "stuff"):
                    rest = rest[1:]
                return (*words[:i], *tokens(metric), *rest)
    return words


def _done(words: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """ "how do our customers pay", where the catalogue has "how customers pay" for a break-down."""
    if len(words) < 4 or words[0].word not in ("how", "where", "what"):
        return words
    rest = [one for one in words[1:] if one.word not in ("do", "does", "did", "our", "most", "?")]
    for end in range(len(rest), 1, -1):
        phrase = " ".join(one.text for one in (words[0], *rest[:end]))
        if lexicon.senses(phrase, "dimension"):
            return (*tokens(f"used {phrase}"), *rest[end:])
    return words


def base(token: Token, lexicon: Lexicon) -> Token:
    """ "converting" -> "convert", where only the latter is known."""
    if len(token.word) < 6 or not token.word.isalpha() or lexicon.says(token):
        return token
    if token.word in spoken.DAYTIMES:
        return token
    for ending in spoken.ENDINGS:
        if token.word.endswith(ending):
            short = token.word.removesuffix(ending)
            doubled = short[:-1] if short[-1:] == short[-2:-1] else short
            for base in (short, f"{short}e", doubled):
                # "best sellers" are no filler, as "selling" is.
                thing = ending in ("er", "ers", "ly") and lexicon.is_silent(base)
                if len(base) >= 4 and lexicon.names(base) and not thing:
                    return Token(token.text, base, base)
    return token
