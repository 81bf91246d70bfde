"""When a question is not answered: refusals that name the nearest, questions back with options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llm.catalog import Catalog
from llm.marking import Marks
from llm.request import MetricRequest
from llm.roles import Parts
from llm.words import tokens

MAIN_METRICS = ("revenue", "orders", "customers", "conversion_rate", "support_tickets")


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
    """Ends a reading early with a question back or a refusal; never leaves `llm.reading`."""

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
        for time in self.marks.times:
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
        if not marks.unexplained:
            return
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

    def no_metric(self, parts: Parts) -> None:
        """Nothing to measure is named: ask which figure."""
        about = [names for _, names in parts.groups]
        if not about and not parts.values and not self.marks.times and not parts.entities:
            raise NotThisWayError(
                Decline(
                    "I find nothing in the question that the data could answer.",
                    (f"I can tell you about: {listed(self.main_labels())}.",),
                )
            )
        fitting = [
            self.catalog.metrics[name].label
            for name in MAIN_METRICS
            if name in self.catalog.metrics and all(self.reach(name, one) for one in about)
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
        names = [name for name in MAIN_METRICS if name in self.catalog.metrics]
        return [self.catalog.metrics[n].label for n in names or list(self.catalog.metrics)[:5]]


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _stems(*names: str) -> list[str]:
    return [token.stem for name in names for token in tokens(name)]
