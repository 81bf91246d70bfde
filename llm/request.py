"""A metric question as a value: what to measure, by what, filtered how, over which days.

Nothing here knows how it is compiled; every part is a name or a literal, never SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# A dimension that every metric has: the name of the day, from the metric's own date.
WEEKDAY = "weekday"
# Another: whether that day is one of a weekend.
DAY_KIND = "day_kind"
DAY_KINDS = ("Weekday", "Weekend")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Scalar = str | int | float | bool

# What stands beside a figure in a comparison, and beside one that is told as a share.
COMPARED = ("_previous", "_change", "_change_rate")
SHARE = "_share"
RUNNING = "_cumulative"


class Operator(StrEnum):
    """How a filter compares."""

    IS = "="
    IS_NOT = "!="
    IN = "in"
    NOT_IN = "not in"
    MORE = ">"
    AT_LEAST = ">="
    LESS = "<"
    AT_MOST = "<="
    CONTAINS = "contains"
    PRESENT = "is set"
    MISSING = "is missing"

    @property
    def takes_value(self) -> bool:
        """Whether it compares with anything."""
        return self not in (Operator.PRESENT, Operator.MISSING)


class Grain(StrEnum):
    """A calendar unit that time can be broken down by, finest first."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True)
class Filter:
    """Keep what matches.

    Attributes:
        name: a dimension (rows are kept), or a metric of the request (results are kept).
        values: one value, or several for IN and NOT_IN, or none for PRESENT and MISSING.
    """

    name: str
    operator: Operator
    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class TimeRange:
    """Calendar days, both ends included; None is open."""

    start: date | None = None
    end: date | None = None

    def __str__(self) -> str:
        if self.start and self.start == self.end:
            return self.start.isoformat()
        if self.start and self.end:
            return f"{self.start}..{self.end}"
        if self.start:
            return f"from {self.start}"
        return f"until {self.end}" if self.end else "all time"


@dataclass(frozen=True)
class Comparison:
    """Beside each figure, the same one over another range.

    Attributes:
        range: the days to compare with.
        shift_count: how many `shift_unit`s later the other range's periods lie on ours; matters
            only when the request has a grain.
    """

    range: TimeRange
    shift_count: int = 0
    shift_unit: Grain = Grain.DAY


@dataclass(frozen=True)
class Ratio:
    """One metric per another, such as revenue per customer."""

    numerator: str
    denominator: str

    @property
    def name(self) -> str:
        """The result column's name."""
        return f"{self.numerator}_per_{self.denominator}"


@dataclass(frozen=True)
class Summary:
    """One figure out of many: the result's rows, taken together over some of its keys.

    Attributes:
        function: count (how many members), average or median (of the first figure), or sum. With
            shares, count and sum take what the conditions pick as a part of the whole.
        over: the keys that disappear, at least one.
    """

    function: str
    over: tuple[str, ...]


@dataclass(frozen=True)
class MetricRequest:
    """What to measure.

    Attributes:
        metrics: names; with `ratios`, their parts are measured and shown too.
        dimensions: qualified names such as `order__country`.
        grain: break down by time as well.
        order: (result column, descending) pairs; sensible if empty.
        offset: so many of the first rows are left out, as for "the third best".
        share: each row's part of the total, for additive metrics.
        within: keys; order and limit, or shares, then count within each of their values.
        summary: reduces the rows over some keys to one figure.
        running: each period's figures are added up from the first period on.
    """

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    grain: Grain | None = None
    filters: tuple[Filter, ...] = ()
    time: TimeRange = TimeRange()
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    offset: int = 0
    compare: Comparison | None = None
    ratios: tuple[Ratio, ...] = ()
    share: bool = False
    within: tuple[str, ...] = ()
    summary: Summary | None = None
    running: bool = False

    @property
    def measured(self) -> tuple[str, ...]:
        """Every metric to compute: those asked for, then the ratios' parts."""
        parts = [part for ratio in self.ratios for part in (ratio.numerator, ratio.denominator)]
        return tuple(dict.fromkeys((*self.metrics, *parts)))

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the result's figure columns before comparison and shares."""
        return (*self.measured, *(ratio.name for ratio in self.ratios))

    @property
    def figure_columns(self) -> tuple[str, ...]:
        """The figures, each with its comparison, then the shares: what bounds may be about."""
        beside = ("", *COMPARED) if self.compare is not None else ("",)
        shares = [f"{name}{SHARE}" for name in self.metrics] if self.share else []
        found = [f"{name}{ending}" for name in (*self.figures, *shares) for ending in beside]
        if self.running:
            found += [f"{name}{RUNNING}" for name in self.metrics]
        return tuple(found)

    @property
    def time_column(self) -> str | None:
        """The result column that holds the period, if there is a grain."""
        return f"metric_time__{self.grain}" if self.grain else None

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the result's key columns: the period first, then the dimensions."""
        return ((self.time_column,) if self.time_column else ()) + self.dimensions

    @property
    def shown_keys(self) -> tuple[str, ...]:
        """The keys that the result still has after the summary."""
        over = self.summary.over if self.summary else ()
        return tuple(key for key in self.keys if key not in over)

    @property
    def told(self) -> tuple[str, ...]:
        """The figures that were asked for, without their parts and comparisons."""
        if self.summary_column is not None:
            return (self.summary_column,)
        if self.running:
            return tuple(f"{name}{RUNNING}" for name in self.metrics)
        return tuple(ratio.name for ratio in self.ratios) or self.figures

    @property
    def parted(self) -> bool:
        """Whether what the conditions pick is one part of the whole."""
        return self.share and self.summary is not None and self.summary.function in ("sum", "count")

    def picks(self, one: Filter) -> bool:
        """Whether a condition says what the part is, of a request that is `parted`."""
        if not self.parted or self.summary is None:
            return False
        if self.summary.function == "sum":
            return one.name in self.summary.over
        return one.name in self.figures and one.values != (0,)

    @property
    def summary_column(self) -> str | None:
        """The result column that holds the summary: `customers_count`, `median_revenue`."""
        if self.summary is None or self.summary.function == "sum":
            return None
        if self.summary.function == "count":
            return f"{self.summary.over[-1].rsplit('__', 1)[-1]}_count"
        ratio = self.ratios[0].numerator if self.ratios else self.metrics[0]
        return f"{self.summary.function}_{ratio}"
