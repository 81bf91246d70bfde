"""A question while it is being read: its marks, its parts, what is known, and what was assumed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from llm.catalog import Catalog
from llm.definitions import MetricInfo
from llm.question.lexicon import Lexicon
from llm.question.marks import Marks
from llm.question.refusals import Refusals
from llm.question.roles import Parts
from llm.request import MetricRequest


@dataclass
class Parsed:
    """What the steps of the reader share.

    Attributes:
        notes: what was assumed on the way, in words, for the answer.
        present: dimensions whose empty values are none of those asked for.
        previous: the request that the question leans on; None if it stands alone.
    """

    marks: Marks
    parts: Parts
    catalog: Catalog
    lexicon: Lexicon
    refusals: Refusals
    previous: MetricRequest | None = None
    present: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

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
