"""Other ways to say a thing, put into the words that the catalogue knows, before names are found.

"how quickly were they solved" asks for the resolution time, "how many people bought" for customers.
A rule each, over the words of `spoken`; whatever the catalogue does not hold afterwards is refused
as any other unknown word. Knows no question and no time.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from llm.question import absence, spoken
from llm.question.bounds import DURATIONS
from llm.question.cues import ANY, DO, SPEEDS, VERBS
from llm.question.lexicon import Lexicon
from llm.question.marks import skip
from llm.words import Token, tokens

Words = tuple[Token, ...]


def rephrased(words: Words, lexicon: Lexicon) -> Words:
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
        _with_any,
        _negated,
        _deeds,
        _gained,
        _done,
    )
    for rule in rules:
        out = rule(out, lexicon)
    return tuple(base(token, lexicon) for token in out)


def _spelt_out(words: Words, lexicon: Lexicon) -> Words:
    """ "rev by dept" -> "revenue by department", unless the short word is the catalogue's own."""
    out: list[Token] = []
    for i, token in enumerate(words):
        known = token.word in spoken.SHORT_FOR and not lexicon.senses(token.word)
        last = out[-1].text if out else ""
        if token.word == "/" and out and _is_thing(words[i + 1 : i + 2], lexicon):
            out += tokens("per")  # "revenue/customer"
        elif (
            token.stem == "volume"
            and lexicon.senses(last, "metric")
            and not lexicon.senses(f"{last} volume")
        ):
            out[-1:] = [*tokens("number of"), out[-1]]  # "ticket volume"
        else:
            out += tokens(spoken.SHORT_FOR[token.word]) if known else (token,)
    return tuple(out)


def _is_thing(words: Words, lexicon: Lexicon) -> bool:
    """Whether the words name one thing that can be counted."""
    return bool(words) and words[-1].single and bool(lexicon.senses(_text(words), "entity"))


def _text(words: Sequence[Token]) -> str:
    return " ".join(one.text for one in words)


def _replaced(words: Words, lexicon: Lexicon) -> Words:
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


def _said(words: Words, i: int, phrase: tuple[str, ...]) -> int:
    """Where the phrase that begins at `i` ends, whatever articles stand in it; 0 if none does."""
    for word in phrase:
        i = skip(words, i, {"a", "the"} - {word})
        if i >= len(words) or words[i].word != word:
            return 0
        i += 1
    return i


def _ratios(words: Words, lexicon: Lexicon) -> Words:
    """ "ratio of failed payments to all payments" -> "failed payments divided by payments"."""
    said = [token.word for token in words]
    for i in range(1, len(said)):
        end = skip(words, i + 1, ("all", "the", "our", "total", "everything"))
        if said[i - 1 : i + 1] != ["divided", "by"] or end == i + 1:
            continue
        measured = {s.name for s in lexicon.senses(_text(words[end : end + 1]), "metric")}
        before = {s.name for one in words[:i] for s in lexicon.senses(one.text)}
        if said[end : end + 1] in ([], ["?"]) or measured & before or not before:
            # "Google's traffic as a share of all traffic": of itself, which is a share.
            return (*words[: i - 1], *tokens("share"), *words[end + bool(measured) :])
    for i in range(1, len(said) - 2):
        # "cart to purchase rate": of the carts, how many led to a purchase.
        sides = [lexicon.senses(words[k].text, "metric") for k in (i - 1, i + 1)]
        end = skip(words, i + 2, ("conversion", "rate", "ratio", "conversions"))
        if said[i] == "to" and all(sides) and end > i + 2:
            part = (words[i + 1], *tokens("divided by"), words[i - 1])
            return (*words[: i - 1], *part, *words[end:])
    for i, of in enumerate(said[1:]):
        joint = {"of": "to", "between": "and"}.get(of, "") if said[i] == "ratio" else ""
        if joint in said[i + 2 :]:
            k = said.index(joint, i + 2)
            return (*words[:i], *words[i + 2 : k], *tokens("divided by"), *words[k + 1 :])
    return words


def _ones(words: Words, lexicon: Lexicon) -> Words:
    """ "do returning customers spend more than new ones" -> "... than new customers"."""
    things = [t for t in words if not t.single and lexicon.senses(t.text, "entity")]
    return tuple(things[0] if t.word == "ones" and things else t for t in words)


def _doers(words: Words, lexicon: Lexicon) -> Words:
    """ "five customers who spent the most" -> "five customers with the most revenue"."""
    said = [token.word for token in words]
    for verb in range(1, len(said) - 2):
        noun = verb - 1 - (said[verb - 1] in ("who", "that"))
        asks = DO.intersection(said[: max(noun, 0)])  # what ranks is the hour
        most = said[verb + 1] == "the" and said[verb + 2] in ("most", "least")
        if not most or said[verb] not in VERBS or noun < 0 or asks:
            continue
        # "which products sold the most" is read as it stands: products do not count themselves.
        kinds = {one.kind for one in lexicon.senses(words[noun].text)}
        if {"entity", "metric"} <= kinds and said[verb + 3 : verb + 4] != ["of"]:
            measure = tokens(f"with the {said[verb + 2]} {VERBS[said[verb]]}")
            return (*words[: noun + 1], *measure, *words[verb + 3 :])
    return words


def _how_many_first(words: Words) -> Words:
    """ "customers with two orders: how many?" -> "how many customers with two orders"."""
    said = [token for token in words if token.word.isalnum()]
    asks = [token.word for token in said[-2:]] == ["how", "many"] and len(said) > 2
    return (*said[-2:], *said[:-2]) if asks else words


def _longest_to(words: Words, lexicon: Lexicon) -> Words:
    """ "which topic takes the longest to resolve" -> "... the longest resolution time"."""
    for i, (token, verb) in enumerate(pairwise(words)):
        metric = spoken.MANNER_OF.get(verb.word, "") if token.word == "to" else ""
        ranked = any(one.word in SPEEDS for one in words[max(0, i - 3) : i])
        if ranked and lexicon.senses(metric):
            return (*words[:i], *tokens(metric), *words[i + 2 :])
    return words


def _within(words: Words, lexicon: Lexicon) -> Words:
    """ "took longer than 48 hours to resolve" -> "with resolution time more than 48 hours"."""
    for unit in range(2, len(words)):
        if words[unit].word not in DURATIONS or not words[unit - 1].word.isalnum():
            continue
        start = skip(words, unit - 2, spoken.BOUNDING, -1) + 1
        said = [spoken.BOUNDING[token.word] for token in words[start : unit - 1]]
        bound = next(filter(None, said), "")
        behind = [token.word for token in words[unit + 1 : unit + 2]] == ["to"]
        verb = unit + 2 if behind else skip(words, start - 1, spoken.TAKING, -1)
        done = words[verb].word if 0 <= verb < len(words) else ""
        metric = spoken.MANNER_OF.get(done, "") if bound else ""
        if not lexicon.senses(metric):
            continue
        who = skip(words, (start if behind else verb) - 1, spoken.TAKING, -1)
        if not behind and verb < start - 1:
            who = verb  # "deliveries that took more than 7 days"
        number, rest = words[unit - 1 : unit + 1], words[unit + 1 + 2 * behind :]
        return (*words[: who + 1], *tokens(f"with {metric} {bound}"), *number, *rest)
    return words


def _manners(words: Words, lexicon: Lexicon) -> Words:
    """ "how long does it take to answer high priority tickets" -> "first answer time of ..."."""
    for i in range(len(words) - 2):
        counts = words[i + 1].word == "many" and words[i + 2].word in DURATIONS
        if words[i].word != "how" or not (words[i + 1].word in spoken.MANNERS or counts):
            continue
        begin = i + 2 + counts
        for j in range(begin, len(words)):
            metric = spoken.MANNER_OF.get(words[j].word, "")
            if not lexicon.senses(metric):
                continue
            whose = [one for one in words[begin:j] if one.word not in spoken.BETWEEN]
            rest = words[skip(words, j + 1, spoken.ANSWERING) :]  # "wait for a first answer"
            if [one.word for one in rest if one.word.isalpha()][-3:] == ["the", "first", "time"]:
                rest = rest[: [one.word for one in rest].index("first") - 1]
            named = rest and rest[0].word not in spoken.BETWEEN and lexicon.senses(rest[0].text)
            of = tokens("of") if named or whose else ()
            return (*words[:i], *tokens(metric), *of, *whose, *rest)
    return words


def _superlatives(words: Words, lexicon: Lexicon) -> Words:
    """ "the 5 heaviest products" -> "the 5 highest weight products", if weight is measured."""
    for i, token in enumerate(words):
        compared = i > 0 and words[i - 1].word in ("most", "least")
        extreme, _, measure = spoken.MOST_OF.get(token.word, "").partition(" ")
        names = [
            one for one in spoken.INSTEAD.get(measure, (measure,)) if _is_measured(one, lexicon)
        ]
        if names and compared is not token.word.endswith("est"):
            extreme = "lowest" if compared and words[i - 1].word == "least" else extreme
            return (*words[: i - compared], *tokens(f"{extreme} {names[0]}"), *words[i + 1 :])
    return words


def _is_measured(name: str, lexicon: Lexicon) -> bool:
    """Whether a column of that name is: what goods cost in all makes no product expensive."""
    measured = [one.name for one in lexicon.senses(name, "metric")]
    return any(one.rpartition("_")[2] == name for one in measured)


def _degrees(words: Words, lexicon: Lexicon) -> Words:
    """ "how satisfied are customers with support" -> "satisfaction of customers with support"."""
    for i, (token, adjective) in enumerate(pairwise(words)):
        metric = spoken.DEGREES.get(adjective.word, "")
        rest = words[i + 2 :]
        if lexicon.senses(metric) and token.word in spoken.DEGREE:  # "which is more profitable"
            return (*words[:i], *tokens(f"{spoken.DEGREE[token.word]} {metric}"), *rest)
        if lexicon.senses(metric) and token.word == "how":
            # Whose satisfaction is said by the measure itself: only customers are asked.
            kept = [one for one in rest if one.word not in spoken.JUDGES]
            return (*words[:i], *tokens(metric), *kept)
    return words


def _negated(words: Words, lexicon: Lexicon) -> Words:
    """ "unverified", "inactive" -> "not verified", "not active", where only the latter is known."""
    out: list[Token] = []
    for token in words:
        rest = token.word[2 * token.word.startswith(("un", "in")) :]
        flag = any(one.value is True for one in lexicon.senses(rest, "value"))
        if rest != token.word and flag and not lexicon.says(token):
            out += tokens(f"not {rest}")
        else:
            out.append(token)
    return tuple(out)


def _gained(words: Words, lexicon: Lexicon) -> Words:
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


def _holders(words: Words, lexicon: Lexicon) -> Words:
    """ "how many customers have reviews" -> "how many customers with at least 1 reviews"."""
    for i in range(1, len(words)):
        if words[i].word not in absence.HAVING:
            continue
        who = max(skip(words, i - 1, absence.BETWEEN, -1), 0)
        thing = skip(words, i + 1, ("any", "some"))
        end = next((n for n in (2, 1) if _many(words[thing : thing + n], "metric", lexicon)), 0)
        behind = {one.word for one in words[thing + end : thing + end + 2]}
        counted = {one.word for one in words[:who]} <= spoken.COUNTED
        members = counted and _many(words[who : who + 1], "entity", lexicon)
        if end and members and not behind & spoken.COMPARING:
            return (*words[: who + 1], *tokens("with at least 1"), *words[thing:])
    return words


def _with_any(words: Words, lexicon: Lexicon) -> Words:
    """ "orders with a discount by country" -> "how many orders had a discount by country"."""
    for i in range(1, len(words) - 2):
        if words[i].word != "with" or words[i + 1].word not in ANY:
            continue
        counted = {one.word for one in words[: i - 1]} <= spoken.COUNTED
        ends = (n for n in range(i + 4, i + 2, -1) if lexicon.senses(_text(words[i + 2 : n])))
        end = next(ends, 0)
        kinds = {one.kind for one in lexicon.senses(_text(words[i + 2 : end]))}
        bound = {one.word for one in words[end : end + 2]} & spoken.COMPARING
        held = "metric" in kinds and kinds <= {"metric", "entity"} and not bound
        if counted and held and _many(words[i - 1 : i], "entity", lexicon):
            return (*tokens("how many"), words[i - 1], *tokens("had"), *words[i + 1 :])
    return words


def _many(words: Sequence[Token], kind: str, lexicon: Lexicon) -> bool:
    """Whether the words name several of a kind, and no stored value but by the way."""
    if not words or words[-1].word == words[-1].stem:
        return False
    kinds = {one.kind for one in lexicon.senses(_text(words))}
    return kind in kinds and ("value" not in kinds or {"entity", "metric"} <= kinds)


def _deeds(words: Words, lexicon: Lexicon) -> Words:
    """ "how many people bought something" -> "how many customers"."""
    if {"most", "least"} & {token.word for token in words}:
        return words  # "when do people buy the most": what they do is measured
    for i, token in enumerate(words):
        verb = skip(words, i + 1, ("who", "that", "have", "has", "had", "actually"))
        metric = spoken.DEEDS.get(words[verb].word, "") if verb < len(words) else ""
        joined = metric == "registrations" and token.word in ("customers", "users")
        if (token.word in spoken.PEOPLE or joined) and lexicon.senses(metric):
            rest = words[skip(words, verb + 1, ("something", "anything", "stuff")) :]
            return (*words[:i], *tokens(metric), *rest)
    return words


def _done(words: Words, lexicon: Lexicon) -> Words:
    """ "how do our customers pay", where the catalogue has "how customers pay" for a break-down."""
    if len(words) < 4 or words[0].word not in ("how", "where", "what", "why"):
        return words
    rest = [one for one in words[1:] if one.word not in ("do", "does", "did", "our", "most", "?")]
    for end in range(len(rest), 1, -1):
        said = _text((words[0], *rest[:end]))
        for phrase in (said, said.removesuffix("ed")):  # "send back" is "returned" by now
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
