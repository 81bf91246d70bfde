"""When a question is not answered: refusals that name the nearest, questions back with options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from llm.catalog import Catalog
from llm.definitions import MetricInfo
from llm.question.cues import FORESEEING
from llm.question.marks import Marks
from llm.question.roles import Parts
from llm.request import MetricRequest, Operator
from llm.words import tokens, word_set

# What customers do with products.
BUYING = word_set("buy bought order ordered purchase purchased return returned review reviewed")
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


class Refusals:
    """Checks that end a reading early, and the words for it."""

    def __init__(self, marks: Marks, catalog: Catalog) -> None:
        self.marks = marks
        self.catalog = catalog

    def future(self) -> None:
        """Times after the data: nothing is forecast."""
        window = self.catalog.window
        said = next((t for t in self.marks.words if t.word in FORESEEING), None)
        polite = said and said.word == "will" and self.marks.has("you")
        if said and not polite:
            raise NotThisWayError(
                Decline(
                    f"The data end on {window.last}; nothing is forecast.",
                    (f"The data cover {window.first} to {window.last}.",),
                )
            )
        for time in self.marks.times:
            period = time.period
            if period.last is not None and period.last < window.first:
                raise NotThisWayError(
                    Decline(
                        f'"{time.text}" lies before the data, which begin on {window.first}.',
                        (f"The data cover {window.first} to {window.last}.",),
                    )
                )
            if time.future:
                raise NotThisWayError(
                    Decline(
                        f'"{time.text}" lies after the data, which end on {window.last}; '
                        "nothing is forecast.",
                        (f"The data cover {window.first} to {window.last}.",),
                    )
                )

    def unexplained(self, parts: Parts) -> None:
        """A word that nothing explains is never ignored."""
        marks = self.marks
        owners = {metric.owner for _, names in parts.metrics for metric in self._named(names)}
        # "satisfaction with support": who answers for a measure narrows nothing.
        marks.unexplained = [i for i in marks.unexplained if marks.word(i) not in owners]
        if not marks.unexplained:
            return
        self._foreign()
        words = [marks.words[i].text for i in marks.unexplained]
        stems = {marks.words[i].stem for i in marks.unexplained}
        partly = [
            metric.label
            for metric in self.catalog.metrics.values()
            if stems & set(_stems(metric.label, metric.name))
        ]
        if partly and not parts.metrics:
            raise NotThisWayError(
                Clarify(f'What do you mean by "{" ".join(words)}"?', tuple(partly[:6]))
            )
        said = listed([f'"{word}"' for word in words])
        nearest = []
        if parts.metrics:
            label = self.catalog.metrics[parts.metrics[0][1][0]].label
            names = (parts.metrics[0][1][0],)
            nearest.append(
                f"{label} can be broken down by: {listed(self.dimension_labels(names)[:8])}."
            )
        hits = [h for h in self.catalog.search(" ".join(words), 4) if h.kind != "value"]
        if hits:
            nearest.append("Nearest in the catalogue: " + listed([h.name for h in hits]) + ".")
        elif not parts.metrics:
            nearest.append(f"I can tell you about: {listed(self.main_labels())}.")
        raise NotThisWayError(Decline(f"The data hold nothing called {said}.", tuple(nearest)))

    def _named(self, names: Sequence[str]) -> list[MetricInfo]:
        return [self.catalog.metrics[name] for name in names]

    def _foreign(self) -> None:
        """A question in another language is told so, not that its words are unknown."""
        said = {self.marks.word(i) for i in range(len(self.marks.words))}
        unknown = {self.marks.word(i) for i in self.marks.unexplained}
        for language, words in LANGUAGES.items():
            if len(said & words) >= 2 and len(unknown) >= 2:
                raise NotThisWayError(
                    Decline(
                        f"This looks like {language}; without a model I read English only.",
                        (
                            "Ask in English, such as: revenue by country last quarter.",
                            "With ASSAY_MODEL set, any language that the model knows will do.",
                        ),
                    )
                )

    def dangling_negation(self, parts: Parts) -> None:
        """ "excluding returns": only stored values can be left out."""
        starts = {span.start for span in parts.values}
        for place in sorted(self.marks.negations - starts):
            if place < len(self.marks.words):
                word = self.marks.words[place].text
                hits = [h.name for h in self.catalog.search(word, 3) if h.kind == "metric"]
                nearest = (f"Nearest in the catalogue: {listed(hits)}.",) if hits else ()
                raise NotThisWayError(
                    Decline(f'"{word}" cannot be left out: it is no stored value.', nearest)
                )

    def threshold_without_rows(self, request: MetricRequest) -> None:
        """ "revenue above 100": a bound keeps results, so there must be several."""
        if self.marks.thresholds and not request.keys:
            metrics = request.measured
            label = self.catalog.metrics[metrics[-1]].label
            labels = self.dimension_labels(metrics)[:4]
            nearest = tuple(f"{label} by {name}, with a bound." for name in labels)
            raise NotThisWayError(
                Decline("A bound needs a break-down: which results should it keep?", nearest)
            )

    def unheeded(self, request: MetricRequest) -> None:
        """Nothing that the question says may go lost: a cue that changed nothing is asked about."""
        marks = self.marks
        window = self.catalog.window
        if request.time.start is not None and request.time.start > max(window.last, window.today):
            raise NotThisWayError(
                Clarify("Which days do you mean?", (f"The data end on {window.last}.",))
            )
        self._set_logic(request)
        self._caused()
        self._manner(request)
        self._uncounted(request)
        label = self.catalog.metrics[request.measured[0]].label
        several = len(request.figures) > 1 or any(len(f.values) > 1 for f in request.filters)
        if marks.compare is not None and not (request.compare or request.keys or several):
            raise NotThisWayError(
                Clarify(
                    f"What should {label.lower()} be compared with?",
                    (f"{label} this month and last month", f"{label} by country"),
                )
            )
        moves = request.compare is not None or request.grain is not None
        rises = any("growth" in name for name in request.measured)
        if marks.change is not None and not (moves or rises or request.keys):
            raise NotThisWayError(
                Clarify(
                    f"{label}: the change from when to when?",
                    (f"{label} this year against last year", f"{label} by month"),
                )
            )
        distinct = self.catalog.metrics[request.measured[0]].definition.startswith(
            "count_distinct("
        )
        plain = request.summary is None and not request.ratios and len(request.measured) == 1
        if marks.average and distinct and plain:
            raise NotThisWayError(
                Clarify(
                    f"The average of {label.lower()} over what?",
                    (f"Average {label.lower()} per month", f"{label} in total"),
                )
            )

    def _set_logic(self, request: MetricRequest) -> None:
        """ "who bought audio but not furniture": conditions on several rows of one member."""
        negative = {
            f.name for f in request.filters if f.operator in (Operator.IS_NOT, Operator.NOT_IN)
        }
        positive = {f.name for f in request.filters if f.operator in (Operator.IS, Operator.IN)}
        several = {f.name for f in request.filters if f.operator is Operator.IN}
        counted = {
            name
            for name in request.measured
            if self.catalog.metrics[name].unit == "count"
            and any(
                model not in self.catalog.metrics[name].models
                for f in request.filters
                if f.name in self.catalog.dimensions
                for model in (self.catalog.dimensions[f.name].model,)
            )
        }
        both = self.marks.has("both") and several and counted
        if negative & positive or both or self._of_others(request):
            raise NotThisWayError(
                Decline(
                    "Who did one thing and not (or also) another cannot be measured in one go.",
                    ("Ask for each by itself, or use `assay query` with SQL.",),
                )
            )

    def _of_others(self, request: MetricRequest) -> bool:
        """ "revenue from customers who bought shoes", "registered in 2025 who ordered in 2026"."""
        marks = self.marks
        whose = [i for i, token in enumerate(marks.words) if token.word in ("who", "that", "which")]
        for i in whose:
            doing = {marks.word(k) for k in range(i + 1, i + 4)} & BUYING
            if not doing or i == 0:
                continue
            beyond = [
                f
                for f in request.filters
                if f.name in self.catalog.dimensions
                and self.catalog.dimensions[f.name].entity.split("__")[-1] == "product"
            ]
            times = (
                [one for one in marks.times if one.end <= i],
                [t for t in marks.times if t.start > i],
            )
            if beyond or (all(times) and request.compare is None):
                return True
        return False

    def _manner(self, request: MetricRequest) -> None:
        """ "how do customers pay", "where do they come from": no question for a plain total."""
        marks = self.marks
        asks = marks.word(0) == "where" or (
            marks.word(0) == "how" and marks.word(1) in ("do", "does", "did")
        )
        if asks and not (request.keys or request.compare or marks.source or marks.over_time):
            label = self.catalog.metrics[request.measured[0]].label
            labels = self.dimension_labels(request.measured)
            raise NotThisWayError(
                Clarify(
                    f"{label} by what?",
                    (f"{label} over time", *(f"{label} by {one.lower()}" for one in labels[:5])),
                )
            )

    def _uncounted(self, request: MetricRequest) -> None:
        """ "how many days does it last": units that are asked for and not counted."""
        marks = self.marks
        for span in marks.spans:
            if span.of("grain") and span.start in marks.counted and request.summary is None:
                label = self.catalog.metrics[request.measured[0]].label
                raise NotThisWayError(
                    Clarify(
                        f"Which {span.text} should be counted?",
                        (f"How many {span.text} had more than so many {label.lower()}",),
                    )
                )

    def _caused(self) -> None:
        """ "did the discount increase orders": one measure moving another is not measured."""
        marks = self.marks
        spans = [span for span in marks.spans if span.of("metric")]
        for left, right in pairwise(spans):
            between = [marks.word(k) for k in range(left.end, right.start)]
            moved = marks.change is not None and left.end <= marks.change < right.start
            if moved and not {"and", ",", "in", "of", "by", "&", "for"}.intersection(between):
                raise NotThisWayError(
                    Decline(
                        "Whether one figure moves another is not measured.",
                        ("Ask for both over time, such as: discount and orders by month.",),
                    )
                )

    def no_metric(self, parts: Parts) -> None:
        """Nothing to measure is named: ask which figure."""
        about = [names for _, names in parts.groups]
        named = parts.values or self.marks.times or parts.entities or parts.grain
        if not about and not named and self.marks.ranking is None:
            raise NotThisWayError(
                Decline(
                    "I find nothing in the question that the data could answer.",
                    (f"I can tell you about: {listed(self.main_labels())}.",),
                )
            )
        fitting = [
            self.catalog.metrics[name].label
            for name in self.catalog.main
            if all(self.reach(name, one) for one in about)
        ]
        fitting += [
            m.label
            for m in self.catalog.metrics.values()
            if all(self.reach(m.name, one) for one in about) and not m.needs_time
        ]
        fitting = list(dict.fromkeys(fitting))[:5]
        what = "Ranked by what?" if self.marks.ranking else "Which figure would you like?"
        raise NotThisWayError(Clarify(what, tuple(fitting)))

    def reach(self, metric: str, names: Sequence[str]) -> list[str]:
        """Those of `names` that one metric can be broken down by."""
        have = self.catalog.layer.dimensions_of((metric,))
        return [name for name in names if name in have]

    def reachable(self, names: Sequence[str], metrics: tuple[str, ...]) -> list[str]:
        """Those of `names` that all metrics have, the most natural first."""
        have = set(self.catalog.layer.dimensions_of(metrics))
        models = {model for metric in metrics for model in self.catalog.metrics[metric].models}

        def rank(name: str) -> tuple[bool, int, int, str]:
            one = self.catalog.dimensions[name]
            return one.model not in models, name.count("__"), len(one.element), name

        return sorted((name for name in dict.fromkeys(names) if name in have), key=rank)

    def dimension_labels(self, metrics: tuple[str, ...]) -> list[str]:
        """Labels of the dimensions that the metrics share, the most natural first."""
        names = [
            n for n in self.catalog.layer.dimensions_of(metrics) if n in self.catalog.dimensions
        ]
        natural = self.reachable(names, metrics)
        labels = [
            self.catalog.dimensions[n].label
            for n in natural
            if self.catalog.dimensions[n].kind == "categorical"
        ]
        return list(dict.fromkeys(labels))

    def main_labels(self) -> list[str]:
        """Labels of what most questions are about."""
        return [self.catalog.metrics[name].label for name in self.catalog.main]


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _stems(*names: str) -> list[str]:
    return [token.stem for name in names for token in tokens(name)]
