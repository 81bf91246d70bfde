"""A question while it is being read: its marks, its parts, what is known, and what was assumed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from llm.catalog import Catalog
from llm.definitions import MetricInfo
from llm.question.lexicon import Lexicon, Span
from llm.question.marks import Marks
from llm.question.roles import Parts
from llm.request import MetricRequest


@dataclass
class Parsed:
    """What the steps of the reader share.

    Attributes:
        previous: the request that the question leans on; None if it stands alone.
        notes: what was assumed on the way, in words, for the answer.
        present: dimensions whose empty values are none of those asked for.
        places: dimension -> where the values stand that are its conditions.
        both: flags of which both sides are named, so that each is a row.
    """

    marks: Marks
    parts: Parts
    catalog: Catalog
    lexicon: Lexicon
    previous: MetricRequest | None = None
    notes: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=dict)
    both: list[str] = field(default_factory=list)

    @property
    def metrics(self) -> Collection[MetricInfo]:
        """Every metric there is."""
        return self.catalog.metrics.values()

    def metric(self, name: str) -> MetricInfo:
        """The metric of that name."""
        return self.catalog.metrics[name]

    def label(self, name: str) -> str:
        """What a metric is called."""
        return self.catalog.metrics[name].label

    def called(self, name: str) -> str:
        """What a dimension is called, within a sentence."""
        return self.catalog.dimensions[name].label.lower()

    @property
    def wanted(self) -> list[tuple[str, ...]]:
        """What is counted or broken down by: for each the names that it may mean."""
        return [names for _, names in (*self.parts.counted, *self.parts.groups)]

    def take(self, place: int, metric: str) -> None:
        """Let a word name a measure."""
        text = self.marks.words[place].text
        self.parts.metrics.append((Span(place, place + 1, text, ()), (metric,)))

    def fitting(
        self, metrics: Iterable[str], wanted: Iterable[tuple[str, ...]] | None = None
    ) -> list[str]:
        """Those measures that can be broken down by one name of each that is wanted."""
        keys = list(self.wanted if wanted is None else wanted)
        return [name for name in metrics if all(self.reach(name, one) for one in keys)]

    def rates(self, part: str = "", whole: str = "") -> list[MetricInfo]:
        """The rates that are this part of something, or something of this whole."""
        return [
            one
            for one in self.metrics
            if one.kind == "ratio" and one.unit == "rate"
            and part in ("", one.inputs[0]) and whole in ("", one.inputs[1])
        ]  # fmt: skip

    def counts(self, models: tuple[str, ...]) -> list[MetricInfo]:
        """The measures that count what is in these models, the main ones first."""
        main = [self.metric(name) for name in self.catalog.main]
        return [
            one
            for one in dict.fromkeys((*main, *self.metrics))
            if one.models == models and one.unit == "count" and one.kind == "simple"
            and one.additive
        ]  # fmt: skip

    def reach(self, metric: str, names: Sequence[str]) -> list[str]:
        """Those of `names` that one metric can be broken down by."""
        have = self.catalog.layer.dimensions_of((metric,))
        return [name for name in names if name in have]

    def reachable(self, names: Sequence[str], metrics: tuple[str, ...]) -> list[str]:
        """Those of `names` that all metrics have, the most natural first."""
        have = set(self.catalog.layer.dimensions_of(metrics))
        models = {model for metric in metrics for model in self.metric(metric).models}

        def rank(name: str) -> tuple[bool, int, int, str]:
            one = self.catalog.dimensions[name]
            return one.model not in models, name.count("__"), len(one.element), name

        return sorted((name for name in dict.fromkeys(names) if name in have), key=rank)

    def dimension_labels(self, metrics: tuple[str, ...]) -> list[str]:
        """Labels of the dimensions that the metrics share, the most natural first."""
        known = self.catalog.dimensions
        shared = [known[name] for name in self.reachable(list(known), metrics)]
        return list(dict.fromkeys(one.label for one in shared if one.kind == "categorical"))

    def main_labels(self) -> list[str]:
        """Labels of what most questions are about."""
        return [self.label(name) for name in self.catalog.main]
