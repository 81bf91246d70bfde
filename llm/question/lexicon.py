"""The words that name things: phrases -> metrics, dimensions, values, calendar units.

Built from the catalogue; the only words of its own are calendar units and what people call
countries. It finds every phrase in a question and leaves what they mean together to `reading`.
"""

from __future__ import annotations

import operator as operators
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from llm import money
from llm.catalog import Catalog
from llm.definitions import DimensionInfo
from llm.question import cues, timephrase, timewords
from llm.request import DAY_KIND, DAY_KINDS, Grain, Operator, Scalar
from llm.words import Token, distance, is_slip, normalised, stem, tokens

MAX_PHRASE_WORDS = 7
ISO_LENGTH = 2

GRAINS = {
    Grain.DAY: ("day", "daily", "date", "days"),
    Grain.WEEK: ("week", "weekly", "wk"),
    Grain.MONTH: ("month", "monthly", "mth"),
    Grain.QUARTER: ("quarter", "quarterly", "qtr"),
    Grain.YEAR: ("year", "yearly", "annual", "annually", "yr"),
}

# What else a stored value is called. Used only where the value on the left is in the data.
ALSO_CALLED = {
    "germany": ("german", "germans", "DE", "deutschland"),
    "france": ("french", "FR"),
    "united kingdom": ("UK", "GB", "U.K.", "britain", "great britain", "british", "england"),
    "netherlands": ("NL", "holland", "dutch", "the netherlands"),
    "spain": ("ES", "spanish", "spaniards"),
    "austria": ("AT", "austrian", "austrians", "österreich"),
    "switzerland": ("CH", "swiss", "schweiz"),
    "united states": ("US", "USA", "U.S.", "america", "american", "americans"),
    "italy": ("IT", "italian", "italians"),
    "belgium": ("BE", "belgian"),
    "poland": ("PL", "polish"),
    "sweden": ("SE", "swedish"),
    "denmark": ("DK", "danish"),
    "portugal": ("PT", "portuguese"),
    "ireland": ("IE", "irish"),
    "de": ("german",),
    "fr": ("french",),
    "en": ("english",),
    "es": ("spanish",),
    "chf": ("swiss francs",),
    "usd": ("us dollars",),
} | {
    city: (called,)
    for city, called in {
        "wien": "vienna", "munchen": "munich", "koln": "cologne", "nurnberg": "nuremberg",
        "geneve": "geneva", "sevilla": "seville", "milano": "milan", "roma": "rome",
        "bruxelles": "brussels", "lisboa": "lisbon", "praha": "prague", "warszawa": "warsaw",
        "kobenhavn": "copenhagen",
    }.items()
}  # fmt: skip

# Codes that are no other word.
WRITTEN_SMALL = frozenset({"uk", "gb", "nl"})

HOLDS = {
    Operator.MORE: operators.gt,
    Operator.AT_LEAST: operators.ge,
    Operator.LESS: operators.lt,
    Operator.AT_MOST: operators.le,
}


# What a flag for purchases says of what has it: "visits that bought something".
BOUGHT = (
    "bought", "bought something", "bought anything", "purchased", "ordered", "ordered something",
)  # fmt: skip


@dataclass(frozen=True)
class Sense:
    """One thing that a phrase may name.

    Attributes:
        kind: metric, dimension, value, grain, or entity: a thing that can be ranked or broken down
            by its key ("top 10 customers") and is otherwise counted by a metric.
        name: the metric's, the dimension's, or the grain's.
        value: for a value: what is stored.
    """

    kind: str
    name: str
    value: Scalar | None = None


@dataclass(frozen=True)
class Span:
    """A phrase found in the words [start, end)."""

    start: int
    end: int
    text: str
    senses: tuple[Sense, ...]

    def of(self, kind: str) -> tuple[Sense, ...]:
        """Its senses of one kind."""
        return tuple(sense for sense in self.senses if sense.kind == kind)

    def names(self, kind: str) -> tuple[str, ...]:
        """What it names of one kind."""
        return tuple(sense.name for sense in self.of(kind))

    @property
    def owners(self) -> set[str]:
        """The things that its values are properties of."""
        return {name.split("__")[0] for name in self.names("value")}


class Lexicon:
    """Phrases of a catalogue, by their stems.

    Attributes:
        substitutes: metric -> metrics that stand in for it where it lacks a dimension; from
            synonyms of the form "<metric> by <dimension>".
        theirs: dimension of country codes -> country -> its code, where a country that is named
            alone is another's: only "Italian suppliers" are from Italy.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._senses: dict[tuple[str, ...], list[Sense]] = defaultdict(list)
        self._capitals: dict[tuple[str, ...], list[Sense]] = defaultdict(list)
        self._exact: dict[str, set[Sense]] = defaultdict(set)
        self._values = catalog.values
        self.substitutes: dict[str, list[str]] = defaultdict(list)
        self.theirs: dict[str, dict[str, Sense]] = {}
        self._add_metrics(catalog)
        for dimension in catalog.dimensions.values():
            self._add_dimension(catalog, dimension.name)
        self._add_lists(catalog)
        for grain, words in GRAINS.items():
            for word in words:
                self._add(word, Sense("grain", grain.value))
        # Stem -> the stems that stand beside it in a phrase.
        self._beside: dict[str, set[str]] = defaultdict(set)
        for phrase in self._senses:
            for left, right in pairwise(phrase):
                self._beside[left].add(right)
                self._beside[right].add(left)
        self._named = {word for phrase in self._senses for word in phrase}
        # First letter -> word -> whether it names no measure or dimension.
        self._words: dict[str, dict[str, bool]] = defaultdict(dict)
        for phrase, senses in self._senses.items():
            for word in phrase:
                is_value = {sense.kind for sense in senses} == {"value"}
                known = self._words[word[0]].get(word, True)
                self._words[word[0]][word] = known and is_value
        for word in (*timewords.WORDS, *cues.WORDS):
            self._words[word[0]].setdefault(word, True)

    def find(self, words: Sequence[Token], taken: set[int]) -> list[Span]:
        """Phrases in the free words, the longest at each place, left to right."""
        spans: list[Span] = []
        i = 0
        while i < len(words):
            span = None if i in taken else self._longest(words, i, taken)
            if span is None:
                i += 1
            else:
                spans.append(span)
                i = span.end
        return spans

    def _longest(self, words: Sequence[Token], i: int, taken: set[int]) -> Span | None:
        """The phrase that begins here, with what one that begins inside it adds."""
        span = self._at(words, i, taken)
        for k in range(i + 1, span.end if span else i):
            other = self._at(words, k, taken)
            if span is None or other is None or other.end <= span.end:
                continue
            same = tuple(one for one in other.of("metric") if one in span.senses)
            if same:  # "customer satisfaction score", of which a part is a name as well
                span = Span(i, other.end, f"{words[i].text} {other.text}", same)
            elif words[i].word in cues.AVERAGES and span.end - i == 2:
                span = other  # "average cart abandonment" is no "average cart"
        return span

    def senses(self, phrase: str, kind: str = "") -> tuple[Sense, ...]:
        """What exactly this phrase names; of one kind, if one is given."""
        found = self._senses.get(_key(phrase), ())
        return tuple(one for one in found if kind in ("", one.kind))

    def numbered(self, dimensions: Iterable[Sense], number: str) -> tuple[Sense, ...]:
        """The dimensions of these that hold this number, as values."""
        return tuple(
            Sense("value", one.name, number)
            for one in dimensions
            if number in self._values.get(one.name, ())
        )

    def bounded(
        self, dimensions: Iterable[Sense], operator: Operator, bound: float
    ) -> tuple[Sense, ...]:
        """The stored numbers of these dimensions that a bound holds for, as values."""
        return tuple(
            Sense("value", one.name, value)
            for one in dimensions
            for value in self._values.get(one.name, ())
            if value.replace(".", "", 1).isdigit() and HOLDS[operator](float(value), bound)
        )

    def corrected(self, word: str, near: Iterable[str] = ()) -> str | None:
        """The known word that this one is a typing error of, if there is one.

        Beside the stems in `near` it may be a short one that makes a known phrase with them:
        "delivery tme".
        Names of measures and dimensions may be two errors away. Values and cues only one, and come
        second: Atlantis is not Atlanta, "again" is not "against".
        """
        beside = {other for one in near for other in self._beside.get(one, ())}
        slips = sorted(other for other in beside if is_slip(word, other))
        if slips:
            return slips[0]
        if len(word) == 3:
            return next((one for one in cues.SHORT if _swapped(word, one)), None)
        best = (9, True, "")
        for candidate, strictly in self._words.get(word[:1], {}).items():
            errors = min(distance(word, candidate), distance(stem(word), candidate))
            if errors > (1 if strictly else 2) or (strictly and _inflected(word, candidate)):
                continue
            short = strictly and min(len(word), len(candidate)) < 5
            if errors and short and sorted(word) != sorted(candidate):
                continue  # "churn" is no typing error of Chur, nor "left" of Lefty
            if errors == 2 and _ends_otherwise(word, candidate):
                continue
            best = min(best, (errors, strictly, candidate))
        return best[2] or None

    def knows(self, token: Token) -> bool:
        """Whether a phrase of the catalogue, a time or a cue has this word."""
        return token.stem in self._words.get(token.word[:1], ())

    def says(self, token: Token) -> bool:
        """Whether the word is known at all: named, a time, a cue, or one that adds nothing."""
        known = token.word in cues.STOP_WORDS or token.word in cues.AUXILIARIES
        return known or self.knows(token)

    def names(self, word: str) -> bool:
        """Whether a phrase of the catalogue, a time or a cue has exactly this stem."""
        return word in self._words.get(word[:1], ())

    def is_silent(self, word: str) -> bool:
        """Whether it is known only as a word that adds nothing."""
        return word in cues.STOP_WORDS and word not in cues.VERBS and word not in self._named

    def _at(self, words: Sequence[Token], i: int, taken: set[int]) -> Span | None:
        limit = next((j for j in range(i, len(words)) if j in taken), len(words))
        for j in range(min(limit, i + MAX_PHRASE_WORDS), i, -1):
            text = " ".join(token.text for token in words[i:j])
            key = tuple(token.stem for token in words[i:j] if token.word not in ("-", "&"))
            senses = self._as_written(list(self._senses.get(key, ())), words[i:j])
            if len(key) == 2 and key[0] in cues.AVERAGES and words[j - 1].word != key[1]:
                # "average orders" is the average of a count, "average order" a measure.
                alone = {one.name for one in self._senses.get(key[1:], ()) if one.kind == "metric"}
                senses = [] if alone - {one.name for one in senses} else senses
            if text.removesuffix("'s").removesuffix("’s").isupper() or "." in text:
                senses += self._capitals.get(key, ())
            if words[i].word == "for" and words[j - 1].word != words[j - 1].stem:
                senses = []  # "best day for sales" is about no product "for sale"
            if senses and not {words[i].word, words[j - 1].word} & {"-", "&"}:
                return Span(i, j, text, tuple(dict.fromkeys(senses)))
        return None

    def _as_written(self, senses: list[Sense], words: Sequence[Token]) -> list[Sense]:
        """ "conversion" is a rate, "conversions" are counted: the measures that are written so."""
        measures = [one for one in senses if one.kind == "metric"]
        if len(measures) < 2:
            return senses
        written = self._exact[" ".join(token.word for token in words if token.word != "-")]
        meant = [one for one in measures if one in written]
        return [one for one in senses if one.kind != "metric" or one in meant or not meant]

    def _add(self, phrase: str, sense: Sense) -> None:
        key = _key(phrase)
        if sense.kind == "metric":
            self._exact[normalised(phrase)].add(sense)
        if not key or len(key) > MAX_PHRASE_WORDS:
            return
        # Short codes are words too ("in", "it", "at"): they count only in capitals. So do values
        # that are longer words of the kind ("are", "the") or rank ("top").
        alone = key[0] if len(key) == 1 else None
        grammatical = sense.kind == "value" and alone in (
            cues.GRAMMATICAL | cues.DESCENDING | cues.ASCENDING
        )
        code = alone and len(alone) <= 2 and alone not in WRITTEN_SMALL
        target = self._capitals if grammatical or code else self._senses
        if sense not in target[key]:
            target[key].append(sense)

    def _add_metrics(self, catalog: Catalog) -> None:
        for metric in catalog.metrics.values():
            if metric.needs_time and metric.kind == "derived":
                continue  # "revenue last year", "revenue growth": read as a time and a comparison
            sense = Sense("metric", metric.name)
            phrases = (metric.name.replace("_", " "), metric.label, *metric.synonyms)
            # What counts an entity also names it: "visits" are sessions.
            keys = {_key(phrase) for phrase in phrases}
            counted = [d for d in catalog.dimensions.values() if d.kind == "entity"]
            entities = [Sense("entity", d.name) for d in counted if (d.element,) in keys]
            for phrase in phrases:
                head, by, _ = normalised(phrase).partition(" by ")
                if by:
                    for other in self._metric_named(catalog, head):
                        if metric.name not in self.substitutes[other]:
                            self.substitutes[other].append(metric.name)
                elif not _is_about_time(phrase):
                    for one in (sense, *entities):
                        self._add(phrase, one)
        self._add_alike(catalog)
        for metric in catalog.metrics.values():
            # "cart abandonment" for the "cart abandonment rate", where it names nothing else.
            for name in (metric.label.lower(), *metric.synonyms):
                short = name.removesuffix(" rate").removesuffix(" time")
                if short != name and " " in short and not self.senses(short):
                    self._add(short, Sense("metric", metric.name))
            # "dauer" for "Dauer min": a unit at the end is no part of the name.
            short, _, unit = normalised(metric.label).rpartition(" ")
            if unit in cues.UNIT_WORDS and short and not self.senses(short):
                self._add(short, Sense("metric", metric.name))

    def _add_alike(self, catalog: Catalog) -> None:
        """ "bounced visits", where the catalogue has "bounced sessions" and sessions are visits."""
        alike: dict[str, set[str]] = defaultdict(set)
        for metric in catalog.metrics.values():
            names = [normalised(name) for name in (metric.label, *metric.synonyms)]
            single = {name for name in names if " " not in name}
            counts = [one for name in single for one in self.senses(name, "entity")]
            for name in single if counts else ():
                alike[stem(name)] |= single - {name}
        for metric in catalog.metrics.values():
            for phrase in (metric.label, *metric.synonyms):
                *rest, last = normalised(phrase).split() or [""]
                for other in alike.get(stem(last), ()) if rest else ():
                    said = " ".join((*rest, other))
                    if not self.senses(said) and not _is_about_time(said) and "by" not in rest:
                        self._add(said, Sense("metric", metric.name))

    def _add_lists(self, catalog: Catalog) -> None:
        """What stands in lists has rows of its own: "movies by genre" counts those."""
        rows = [one for one in catalog.metrics.values() if one.counts_rows]
        owners = [one for one in catalog.dimensions.values() if one.kind == "entity"]
        for one in catalog.dimensions.values():
            owner, _, listed = one.model.rpartition("_")
            if not owner or stem(listed) != stem(one.element):
                continue
            models = [(each.model,) for each in owners if each.element == owner]
            for whole in (metric for metric in rows if metric.models in models):
                parts = [metric.name for metric in rows if metric.models == (one.model,)]
                self.substitutes[whole.name] += parts

    def _metric_named(self, catalog: Catalog, phrase: str) -> Iterable[str]:
        for metric in catalog.metrics.values():
            names = (metric.name.replace("_", " "), metric.label, *metric.synonyms)
            if any(_key(name) == _key(phrase) for name in names):
                yield metric.name

    def _add_dimension(self, catalog: Catalog, name: str) -> None:
        dimension = catalog.dimensions[name]
        element = dimension.element.replace("_", " ")
        owner = dimension.entity.split("__")[-1].replace("_", " ")
        values = catalog.values.get(name, ())
        phrases = {element, dimension.label, f"{owner} {element}", *dimension.synonyms}
        measured = bool(self.senses(element, "metric"))
        if owner and dimension.kind == "categorical" and not measured:
            phrases.add(f"{element.removeprefix(f'{owner} ')} of {owner}")
        self._add_called(dimension)
        if set(values) <= {"true", "false"} and values:
            self._add_flag(name, element, phrases)
            return
        if dimension.kind == "entity":
            phrases = {dimension.label, f"{element} id", *dimension.synonyms}
            self._add(element, Sense("entity", name))
        for phrase in phrases:
            self._add(phrase, Sense("dimension", name))
        if name == DAY_KIND:
            for value, words in zip(DAY_KINDS, cues.KINDS_OF_DAY, strict=True):
                for word in words:
                    self._add(word, Sense("value", name, value))
            return
        countries = _countries(dimension, values)
        if countries and _named_elsewhere(dimension, countries, catalog):
            self.theirs[name] = {
                stem(called.lower()): Sense("value", name, code)
                for code, country in countries.items()
                for called in (country, *ALSO_CALLED.get(country.lower(), ()))
            }
            countries = {}
        for value in values:
            if value.replace(".", "").isdigit():
                continue
            called = normalised(countries.get(value, value))
            company = value.split()
            while len(company) > 1 and company[-1].lower() in cues.LEGAL_FORMS:
                company.pop()
            either = [one for one in value.split(" or ") if not self.senses(one, "metric")]
            for phrase in (
                value, countries.get(value, ""), " ".join(company), *ALSO_CALLED.get(called, ()),
                *money.CALLED.get(called, ()), *either,
            ):  # fmt: skip
                self._add(phrase, Sense("value", name, value))

    def _add_called(self, dimension: DimensionInfo) -> None:
        """What the project says that people call single values."""
        values = self._values.get(dimension.name, ())
        for value, names in dimension.called:
            if value in values:
                flag = set(values) <= {"true", "false"}
                sense = Sense("value", dimension.name, value == "true" if flag else value)
                for phrase in names:
                    self._add(phrase, sense)

    def _add_flag(self, name: str, element: str, phrases: set[str]) -> None:
        # "sessions that convert" as well as "converted".
        verbs = {p.removesuffix("ed") for p in phrases if p.endswith("ed") and " " not in p}
        verbs = {v[:-1] if v[-1:] == v[-2:-1] else v for v in verbs}
        if "purchase" in element:
            phrases = phrases | {f"{w} {v}" for w in ("that", "which", "who") for v in BOUGHT}
        for phrase in {element.removeprefix("is ").removeprefix("has "), *phrases, *verbs}:
            self._add(phrase, Sense("value", name, True))
            self._add(phrase, Sense("dimension", name))


def _swapped(word: str, candidate: str) -> bool:
    """ "hwo", "teh": two neighbours of a short word have changed places."""
    return candidate in (word[0] + word[2] + word[1], word[1] + word[0] + word[2])


def _ends_otherwise(word: str, candidate: str) -> bool:
    """Whether only the endings differ: "urgent" is no typing error of "urgency"."""
    shorter = min(len(word), len(candidate)) - 1
    if shorter > 5:
        return False  # "categorie"
    return word[:shorter] == candidate[:shorter] and not word.startswith(candidate)


def _inflected(word: str, candidate: str) -> bool:
    """Whether only the last letter differs: "based" is no typing error of "Basel"."""
    return len(word) == len(candidate) and word[:-1] == candidate[:-1]


def _countries(dimension: DimensionInfo, values: Sequence[str]) -> dict[str, str]:
    """Code -> country, where countries are stored by their codes only: DE is Germany."""
    named = any(word in normalised(dimension.label) for word in ("country", "nation"))
    if not named or not all(len(value) == ISO_LENGTH and value.isupper() for value in values):
        return {}
    from babel import Locale

    territories = Locale("en").territories
    return {value: territories[value] for value in values if value in territories}


def _named_elsewhere(dimension: DimensionInfo, found: dict[str, str], catalog: Catalog) -> bool:
    """Whether another column that goes with the same measures holds the names: they mean that."""
    named_in = {n for n, other in catalog.values.items() if set(found.values()) & set(other)}
    reached = [set(catalog.layer.dimensions_of((metric,))) for metric in catalog.metrics]
    return any(dimension.name in one and named_in & one for one in reached)


def _key(phrase: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in normalised(phrase).split())


def _is_about_time(phrase: str) -> bool:
    return bool(timephrase.find(tokens(phrase), date(2000, 1, 1))) or "ytd" in phrase.lower()
