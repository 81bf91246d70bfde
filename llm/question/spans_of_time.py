"""What the times in a question are for: the range to measure, and the range to compare it with.

Reads time phrases, comparison cues and grains together; knows nothing of metrics.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from llm.catalog import DataWindow
from llm.dates import Period, add, before, end_of, shifted, start_of
from llm.question.cues import ADDED_UP
from llm.question.marks import Baseline, Marks
from llm.question.timephrase import TimePhrase
from llm.question.timewords import CURRENT, PREPOSITIONS, PREVIOUS, UNITS
from llm.request import Comparison, Grain, TimeRange

ORDER = list(Grain)


@dataclass(frozen=True)
class Times:
    """The ranges of a question.

    Attributes:
        main: days to measure.
        other: days to compare with.
        shift_count, shift_unit: how far apart the two are.
        grain: set when the times themselves ask for a break-down ("in 2025 and 2026").
        notes: what was assumed, in words.
    """

    main: TimeRange
    other: TimeRange | None = None
    shift_count: int = 0
    shift_unit: Grain = Grain.DAY
    grain: Grain | None = None
    notes: tuple[str, ...] = ()

    @property
    def comparison(self) -> Comparison | None:
        """The other range, as a request compares with it."""
        if self.other is None:
            return None
        return Comparison(self.other, self.shift_count, self.shift_unit)

    @property
    def days(self) -> int | None:
        """Length of the main range, if both ends are known."""
        if self.main.start is None or self.main.end is None:
            return None
        return (self.main.end - self.main.start).days + 1


def read_times(
    marks: Marks,
    grain: Grain | None,
    window: DataWindow,
    *,
    several: bool,
    before: Period | None = None,
) -> Times | str:
    """The ranges asked for, or a question back when they do not go together.

    Args:
        several: two measures or two values are compared, so "versus" need not mean two times.
        before: the days of the question before, which a comparison alone is about.
    """
    # "compare Q1 to Q2 for orders and revenue": what is compared are the two, not the measures.
    told = marks.times[0] if len(marks.times) == 1 else None
    two = told.ends is not None and told.start - 1 == marks.compare if told else bool(marks.times)
    compares = marks.compare is not None and (two or not several)
    differs = marks.change is not None and marks.word(marks.change).startswith("differ")
    if several and differs and len(marks.times) < 2:
        return _plain(marks, grain)  # "the difference between shoes and shirts"
    if not compares and marks.change is None and marks.baseline is None:
        return _plain(marks, grain)
    times = list(marks.times)
    if len(times) == 2 and _repeats(marks, *times):
        times.pop()
    if len(times) > 2:
        return "Which two periods should be compared?"
    if len(times) == 2:
        return _two(marks, times[0], times[1], grain, window)
    ends = times[0].ends if len(times) == 1 else None
    if ends and (marks.change is not None or marks.compare is not None):
        return _pair(ends[1], ends[0], window)
    if len(times) == 1 and before is not None:
        if _says_previous(marks, times[0]):
            return _like_for_like(before, times[0].period.unit, 1, window, grain)
        return _pair(before, times[0].period, window)
    if len(times) == 1 and _is_baseline(marks, times[0]) and not _runs(times[0], window):
        if grain is not None and _says_previous(marks, times[0]):
            # "by month, against the previous month": each with the one before it.
            marks.baseline = Baseline(times[0].start, times[0].period.unit)
            return _relative(marks, None, grain, window)
        return _against(times[0], window)
    return _relative(marks, times[0].period if times else before, grain, window)


def _plain(marks: Marks, grain: Grain | None) -> Times | str:
    times = marks.times
    if not times:
        return Times(TimeRange())
    if len(times) == 1:
        return Times(times[0].period.range)
    row = _in_a_row(times)
    if marks.has("total", *ADDED_UP):
        return Times(row, grain=grain) if row else "Which of these periods do you mean?"
    halves = len(times) == 2 and all(one.period.count > 1 for one in times)
    if row is not None and not halves:
        return Times(row, grain=grain or times[0].period.unit)
    first, second = sorted(
        (t.period for t in times[:2]), key=lambda p: (p.first is not None, p.first)
    )
    if len(times) > 2 or first.unit != second.unit or first.first is None or second.last is None:
        return _narrowed(times) or "Which of these periods do you mean?"
    return _apart(second, first)


def _in_a_row(times: list[TimePhrase]) -> TimeRange | None:
    """ "March, April and May": one range, if each begins where the one before ends."""
    days = sorted(
        (t.period.first, t.period.last) for t in times if t.period.first and t.period.last
    )
    if len(days) != len(times) or len({t.period.unit for t in times}) != 1:
        return None
    joined = all((right[0] - left[1]).days == 1 for left, right in pairwise(days))
    return TimeRange(days[0][0], days[-1][1]) if joined else None


def _narrowed(times: list[TimePhrase]) -> Times | None:
    """ "in March, between the 1st and ..." : one range inside the other means the inner one."""
    ranges = [t.period for t in times]
    for inner in ranges:
        if all(
            (o.first is None or (inner.first and o.first <= inner.first))
            and (o.last is None or (inner.last and o.last >= inner.last))
            for o in ranges
        ):
            return Times(inner.range)
    return None


def _is_baseline(marks: Marks, time: TimePhrase) -> bool:
    """Whether the only time stands after "compared with": it is what to compare with."""
    return (
        marks.compare is not None and time.start > marks.compare and time.start - marks.compare <= 4
    )


def _repeats(marks: Marks, first: TimePhrase, second: TimePhrase) -> bool:
    """ "Q4 last year vs Q4 the year before": the second is the first, so much earlier."""
    told = marks.baseline is not None and marks.baseline.start == second.end
    left, right = (
        [w for w in map(marks.word, range(one.start, one.end)) if w not in PREPOSITIONS]
        for one in (first, second)
    )
    return told and left[: len(right)] == right


def _runs(time: TimePhrase, window: DataWindow) -> bool:
    """ "app vs web orders this year": nothing follows it that it could be compared with."""
    return time.period.last is not None and time.period.last >= window.last


def _against(time: TimePhrase, window: DataWindow) -> Times:
    """ "compared with last year", "vs 2025": the following period, so far."""
    unit, count = time.period.unit, time.period.count
    if time.period.first is None:
        return Times(TimeRange())
    main = shifted(time.period, unit, count)
    if unit is not Grain.DAY:
        first = main.first
        main = replace(main, last=end_of(unit, add(first, unit, count - 1)) if first else None)
    return _like_for_like(main, unit, count, window)


def _two(
    marks: Marks, first: TimePhrase, second: TimePhrase, grain: Grain | None, window: DataWindow
) -> Times | str:
    unit = second.period.unit
    if first.period.range == second.period.range and _is_previous(marks, second):
        # "the last 7 days vs the previous 7 days"
        _, step, count = before(first.period)
        return _beside(first.period, step, count)
    if first.period.range == second.period.range:
        return "Which two periods should be compared?"
    if _says_previous(marks, second):
        if ORDER.index(unit) < ORDER.index(first.period.unit):
            # "by month in 2025, compared with the previous month": each with the one before it.
            return _like_for_like(first.period, unit, 1, window, grain or unit)
        if grain is not None or _said_relatively(marks, first):
            return _like_for_like(first.period, unit, 1, window, grain)
        return _beside(first.period, unit, 1)
    return _pair(first.period, second.period, window)


def _says_previous(marks: Marks, time: TimePhrase) -> bool:
    return _is_previous(marks, time) and time.period.count == 1


def _is_previous(marks: Marks, time: TimePhrase) -> bool:
    # "last October" and "Q3 last year" are named by themselves.
    first = marks.skip(time.start, PREPOSITIONS | {"the"})
    return marks.word(first) in PREVIOUS and any(
        marks.word(i) in PREVIOUS
        and any(marks.word(k) in UNITS for k in range(i + 1, min(i + 3, time.end)))
        for i in range(time.start, time.end)
    )


def _said_relatively(marks: Marks, time: TimePhrase) -> bool:
    return (
        any(marks.word(i) in CURRENT for i in range(time.start, time.end))
        or not time.period.complete
    )


def _pair(one: Period, two: Period, window: DataWindow) -> Times | str:
    if one.first is None or two.first is None or one.last is None or two.last is None:
        return "Which two periods should be compared?"
    later, earlier = (one, two) if one.first >= two.first else (two, one)
    notes: tuple[str, ...] = ()
    if later.last and later.last > window.last and earlier.last and earlier.last <= window.last:
        notes = (f"The later period is not complete: the data end on {window.last}.",)
    return _apart(later, earlier, notes)


def _relative(marks: Marks, main: Period | None, grain: Grain | None, window: DataWindow) -> Times:
    """Against the period before, or the one that a relative baseline names."""
    baseline = marks.baseline
    unit = baseline.unit if baseline else None
    grows = marks.change is not None and marks.word(marks.change).startswith("gr")
    alone = marks.compare is None and grain is None and not marks.groupers
    if main is None and baseline and unit and alone:
        grain = unit  # "revenue month over month"
    if main is None and grain is not None:
        whole_window = Period(start_of(grain, window.first), window.last, Grain.DAY)
        step = unit or (Grain.YEAR if grows else grain)
        other = shifted(whole_window, step, -1)
        begins = start_of(grain, window.first)
        if begins == window.first or add(begins, grain, 3) <= window.last or marks.groupers:
            notes = []
            if begins < window.first:
                notes = [f"The data begin on {window.first}: the first {grain} is not a whole one."]
            if window.last < end_of(grain, window.last):
                notes.append(f"The last {grain} is compared with the same days of the earlier one.")
            return Times(whole_window.range, other.range, 1, step, grain, tuple(notes))
        # The data only begin in the first of few periods: it is nothing to compare with.
        unit, grain = grain, None
    if main is None:
        current = unit or Grain.YEAR
        main = Period(
            start_of(current, window.today), window.today, current, 1,
            complete=end_of(current, window.today) == window.today,
        )  # fmt: skip
    if unit is not None:
        if grain is None and ORDER.index(unit) < ORDER.index(main.unit):
            grain = unit  # "month over month in 2026"
        return _like_for_like(main, unit, 1, window, grain)
    if grain is None and main.unit is Grain.DAY and main.count == 1 and main.first != main.last:
        # "how did it change since January": there is no period before; show how it went.
        return Times(main.range, grain=Grain.MONTH)
    if grain is not None:
        step = Grain.YEAR if grows else grain
        return _like_for_like(main, step, 1, window, grain)
    if grows:
        years = max(1, main.count) if main.unit is Grain.YEAR else 1
        return _like_for_like(main, Grain.YEAR, years, window)
    if not main.complete:
        return _like_for_like(main, main.unit, main.count, window)
    _, step, count = before(main)
    return _beside(main, step, count)


def _like_for_like(
    main: Period, unit: Grain, count: int, window: DataWindow, grain: Grain | None = None
) -> Times:
    """A period that is still running is compared with the same part of the other one."""
    notes: tuple[str, ...] = ()
    if main.last and main.last > window.last and main.first and main.first <= window.last:
        main = replace(main, last=window.last, complete=False)
    if not main.complete:
        notes = (
            "The period is still running; it is compared with the same days of the earlier one.",
        )
    return _beside(main, unit, count, grain, notes)


def _beside(
    main: Period, unit: Grain, count: int, grain: Grain | None = None, notes: tuple[str, ...] = ()
) -> Times:
    """A period and the one so many units earlier."""
    return Times(main.range, shifted(main, unit, -count).range, count, unit, grain, notes)


def _apart(later: Period, earlier: Period, notes: tuple[str, ...] = ()) -> Times:
    """Two periods that were both said, and how far apart they begin."""
    assert later.first is not None  # noqa: S101 - the callers checked
    assert earlier.first is not None  # noqa: S101
    months = (later.first.year - earlier.first.year) * 12 + later.first.month - earlier.first.month
    unit, count = Grain.DAY, (later.first - earlier.first).days
    if later.first.day == earlier.first.day:
        unit, count = (Grain.MONTH, months) if months % 12 else (Grain.YEAR, months // 12)
    return Times(later.range, earlier.range, count, unit, None, notes)
