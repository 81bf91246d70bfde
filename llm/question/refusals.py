"""When a question is not answered: refusals that name the nearest, questions back with options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llm.dates import MONTHS
from llm.definitions import MetricInfo
from llm.question.cues import EDGES, FORESEEING, OF
from llm.question.marks import inside
from llm.question.parsed import Parsed
from llm.question.timephrase import TimePhrase
from llm.question.timewords import MONTH_NUMBERS
from llm.words import Token, tokens, word_set

# Words that are frequent in a language and are no English ones.
LANGUAGES = {
    "German": word_set(
        "der die das und ist wie viel viele wir nach im letzten letztes letzter umsatz hoch welche "
        "welcher pro jahr monat quartal fur zeige mir bestellungen kunden land hatten gab es den"
    ),
    "French": word_set(
        "le la les des du et est quel quelle combien nous par dernier derniere mois annee pays "
        "chiffre commandes clients pour avons dans sur montre moi affaires d'affaires"
    ),
    "Spanish": word_set(
        "el los las del y es cual cuanto cuantos cuantas por ultimo mes pais pedidos clientes "
        "ingresos tuvimos en para ventas muestra fue ano"
    ),
    "Italian": word_set("il gli della di e quanto quanti per mese ordini clienti ricavi paese"),
    "Dutch": word_set("het een van hoeveel per maand omzet bestellingen klanten land vorig jaar"),
}


@dataclass(frozen=True)
class Clarify:
    """A question back, with the readings to choose from."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Decline:
    """Why it cannot be answered, and what comes nearest."""

    reason: str
    nearest: tuple[str, ...] = ()


class NotThisWayError(Exception):
    """Ends a reading early with a question back or a refusal; never leaves `reading`."""

    def __init__(self, reading: Clarify | Decline) -> None:
        super().__init__()
        self.reading = reading


def unclear(question: str, *options: str) -> NotThisWayError:
    """The end of a reading by a question back, to be raised."""
    return NotThisWayError(Clarify(question, options))


def declined(reason: str, *nearest: str) -> NotThisWayError:
    """The end of a reading by a refusal, to be raised."""
    return NotThisWayError(Decline(reason, nearest))


def future(q: Parsed) -> None:
    """Times after the data: nothing is forecast."""
    window = q.catalog.window
    said = next((t for t in q.marks.words if t.word in FORESEEING), None)
    polite = said and said.word == "will" and q.marks.has("you")
    if said and not polite:
        raise declined(
            f"The data end on {window.last}; nothing is forecast.",
            f"The data cover {window.first} to {window.last}.",
        )
    for time in q.marks.times:
        period = time.period
        if period.last is not None and period.last < window.first:
            raise declined(
                f'"{time.text}" lies before the data, which begin on {window.first}.',
                f"The data cover {window.first} to {window.last}.",
            )
        if time.future:
            raise declined(
                f'"{time.text}" lies after the data, which end on {window.last}; '
                "nothing is forecast.",
                f"The data cover {window.first} to {window.last}.",
            )


def vague(q: Parsed) -> None:
    """ "at the end of March", "early 2026": which days these are is not ours to say."""
    for time in q.marks.times:
        i = q.marks.skip(time.start - 1, ("the", "of", "in", "-"), -1)
        _day_or_year(q, time)
        if q.marks.word(i) in EDGES and i not in inside(*q.marks.spans):
            whole = time.text.removeprefix("of ").removeprefix("in ")
            raise unclear(
                f'Which days are "{q.marks.words[i].text} {time.text}"?',
                f"the first 10 days of {whole}",
                f"the last 10 days of {whole}",
                whole,
            )


def _day_or_year(q: Parsed, time: TimePhrase) -> None:
    """ "Aug 26": a day, or the month of a year."""
    words = [token.word for token in q.marks.words[time.start : time.end]]
    years = range(q.catalog.window.first.year, q.catalog.window.last.year + 1)
    month, number = words[-2:] if len(words) > 1 else ("", "")
    year = next((one for one in years if str(one)[2:] == number), None)
    if month in MONTH_NUMBERS and year and time.period.first == time.period.last:
        name = MONTHS[MONTH_NUMBERS[month] - 1].capitalize()
        raise unclear(
            f'Is "{time.text}" a day or a month?',
            f"{int(number)} {name} {q.catalog.window.last.year}",
            f"{name} {year}",
        )


def unexplained(q: Parsed) -> list[str]:
    """A word that nothing explains is never ignored. Returns what was taken for what."""
    marks = q.marks
    owners = {metric.owner for _, names in q.parts.metrics for metric in map(q.metric, names)}
    # "satisfaction with support": who answers for a measure narrows nothing.
    marks.unexplained = [i for i in marks.unexplained if marks.word(i) not in owners]
    if not marks.unexplained:
        return []
    _foreign(q)
    words = [marks.words[i] for i in marks.unexplained]
    owned = [name for name in q.catalog.main if q.metric(name).owner == words[0].word]
    if owned and not q.parts.metrics and len(words) == 1:
        # "the busiest weekday for support": what support is mainly measured by.
        q.take(marks.unexplained.pop(), owned[0])
        return []
    said = " ".join(token.text for token in words)
    meant = _half_named(q, words, said)
    if meant is not None:
        q.parts.metrics.clear()
        q.take(marks.unexplained[0], meant.name)
        return [f'I took "{said}" for {meant.label.lower()}.']
    _personal(q, {token.stem for token in words})
    nearest = []
    if q.parts.metrics:
        name = q.parts.metrics[0][1][0]
        keys = listed(q.dimension_labels((name,))[:8])
        nearest.append(f"{q.label(name)} can be broken down by: {keys}.")
    hits = [h for h in q.catalog.search(said, 4) if h.kind != "value"]
    if hits:
        nearest.append("Nearest in the catalogue: " + listed([h.name for h in hits]) + ".")
    elif not q.parts.metrics:
        nearest.append(f"I can tell you about: {listed(q.main_labels())}.")
    called = listed([f'"{token.text}"' for token in words])
    raise declined(f"The data hold nothing called {called}.", *nearest)


def _half_named(q: Parsed, words: Sequence[Token], said: str) -> MetricInfo | None:
    """The one measure of whose name these words are a part; of several one is asked for."""
    marks, metrics, stems = q.marks, q.parts.metrics, {token.stem for token in words}
    place = marks.unexplained[0]
    partly = [one for one in q.metrics if stems & set(_stems(one.label, one.name))]
    alone = partly[0] if len(partly) == 1 else None  # nothing is left to ask
    if alone and not any(stems <= set(_stems(n)) for n in (alone.label, alone.name)):
        alone = None
    if alone and marks.word(place + 1) != "ones" and _describes(q, words[0].text, alone.label):
        alone = None
    if not partly and not words[0].single:
        # "failures by provider", where only payments have a name that ends so.
        ending = [m for m in q.metrics if any(n.endswith(f" {said}") for n in m.synonyms)]
        alone = ending[0] if len(ending) == len(words) == 1 else None
    # "ticket resolution", "resolution of tickets": of the tickets, what is counted otherwise.
    whose = [
        (span, names)
        for span, names in metrics
        if span.of("entity")
        and (span.end == place or (marks.word(place + 1) in OF and span.start == place + 2))
    ]
    models = {m for _, names in whose for one in map(q.metric, names) for m in one.models}
    theirs = [
        one.label
        for one in q.metrics
        if models & set(one.models)
        and stems <= set(_stems(one.label, one.name, *one.synonyms)) and not one.additive
    ]  # fmt: skip
    if whose == metrics and len(theirs) > 1:
        text = marks.phrase(whose[0][0].start, whose[0][0].end)
        raise unclear(f'What do you mean by "{text} {words[0].text}"?', *theirs[:6])
    if alone and metrics == whose and (not whose or models & set(alone.models)):
        return alone
    if partly and not metrics:
        raise unclear(f'What do you mean by "{said}"?', *(one.label for one in partly[:6]))
    return None


def _personal(q: Parsed, unknown: set[str]) -> None:
    """ "orders by customer e-mail": a column that is there, and not for showing."""
    asked = {token.stem for token in q.marks.words}
    for column in sorted(q.catalog.personal):
        parts = set(_stems(column.replace("_", " ")))
        if parts & unknown and parts <= asked:
            name = column.replace("_", " ")
            raise declined(f'"{name}" is personal data: it is not shown, nor grouped by.')


def _describes(q: Parsed, word: str, label: str) -> bool:
    """ "what's new": of a name like "new customers" it only says which customers."""
    counts = [m.label.lower() for m in q.metrics if m.unit == "count"]
    return label.lower() in [f"{word.lower()} {counted}" for counted in counts]


def _foreign(q: Parsed) -> None:
    """A question in another language is told so, not that its words are unknown."""
    said = {q.marks.word(i) for i in range(len(q.marks.words))}
    unknown = {q.marks.word(i) for i in q.marks.unexplained}
    for language, words in LANGUAGES.items():
        if len(said & words) >= 2 and len(unknown) >= 2:
            raise declined(
                f"This looks like {language}; without a model I read English only.",
                "Ask in English, such as: revenue by country last quarter.",
                "With ASSAY_MODEL set, any language that the model knows will do.",
            )


def dangling_negation(q: Parsed) -> None:
    """ "excluding returns": only stored values can be left out."""
    starts = {span.start for span in q.parts.values}
    for place in sorted(q.marks.negations - starts):
        if not q.marks.word(place).isalnum():
            if q.marks.word(place - 2) == "or":
                continue  # "by first order or not"
            raise unclear(f'"{q.marks.word(place - 1)}" what?')
        if place < len(q.marks.words):
            word = q.marks.words[place].text
            hits = [h.name for h in q.catalog.search(word, 3) if h.kind == "metric"]
            nearest = (f"Nearest in the catalogue: {listed(hits)}.",) if hits else ()
            raise declined(f'"{word}" cannot be left out: it is no stored value.', *nearest)


def no_metric(q: Parsed) -> None:
    """Nothing to measure is named: ask which figure."""
    about = [names for _, names in q.parts.groups]
    named = q.parts.values or q.marks.times or q.parts.entities or q.parts.grain
    if not about and not named and q.marks.ranking is None:
        raise declined(
            "I find nothing in the question that the data could answer.",
            f"I can tell you about: {listed(q.main_labels())}.",
        )
    plain = [one.name for one in q.metrics if not one.needs_time]
    fitting = list(dict.fromkeys(map(q.label, q.fitting((*q.catalog.main, *plain), about))))[:5]
    what = "Ranked by what?" if q.marks.ranking else "Which figure would you like?"
    raise unclear(what, *fitting)


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _stems(*names: str) -> list[str]:
    return [token.stem for name in names for token in tokens(name)]
