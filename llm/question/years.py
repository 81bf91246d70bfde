"""Times of measures that have none but the day on which their file was loaded.

That day answers no question. Where a table beside them holds a year as a number, questions for
years are about that; any other time is declined.
"""

from __future__ import annotations

from dataclasses import replace

from llm.dates import end_of, start_of
from llm.question.parsed import Parsed
from llm.question.refusals import declined, listed, unclear
from llm.request import Filter, Grain, MetricRequest, Operator, TimeRange


def by_own_year(q: Parsed, request: MetricRequest) -> MetricRequest:
    """The request over a column of years instead of the day of loading."""
    timed = request.grain is not None or request.time != TimeRange()
    if not timed or not any(q.metric(name).load_day for name in request.measured):
        return request
    label = q.label(request.measured[0])
    found = [one for one in q.catalog.layer.dimensions_of(request.measured) if _is_year(q, one)]
    time = request.time
    if time.end and time.end in (q.catalog.window.last, q.catalog.window.today):
        time = replace(time, end=None)  # "since 2020"
    coarse = request.grain in (None, Grain.YEAR) and not request.compare and _whole(time)
    if not found or not coarse:
        reason = f"{label} has no time of its own but the day of loading"
        years = [q.called(one) for one in found]
        known = f", and of each {listed(years)} only the year is known" if found else ""
        by = listed(q.dimension_labels(request.measured)[:6])
        raise declined(f"{reason}{known}.", f"{label} can be broken down by: {by}.")
    if len(found) > 1:
        options = tuple(f"{label} by {q.called(one)}" for one in found)
        raise unclear("Which year do you mean?", *options)
    name = found[0]
    q.notes.append(f"Years are those of {q.called(name)}.")
    first, last = request.time.start, request.time.end
    filters = request.filters
    if first or last:
        within = tuple(
            year
            for year in q.catalog.values[name]
            if (not first or int(year) >= first.year) and (not last or int(year) <= last.year)
        )
        if not within:
            raise declined(f"No {q.called(name)} is that.")
        filters = (*filters, Filter(name, Operator.IN, within))
    keys = (name, *request.dimensions) if request.grain else request.dimensions
    order = ((name, False),) if request.grain else ()
    return replace(
        request, dimensions=keys, grain=None, filters=filters, time=TimeRange(), order=order
    )


def _is_year(q: Parsed, name: str) -> bool:
    one = q.catalog.dimensions.get(name)
    values = q.catalog.values.get(name, ())
    named = one is not None and one.element.rsplit("_", 1)[-1] == "year"
    return named and bool(values) and all(len(v) == 4 and v.isdigit() for v in values)


def _whole(time: TimeRange) -> bool:
    begins = time.start is None or time.start == start_of(Grain.YEAR, time.start)
    return begins and (time.end is None or time.end == end_of(Grain.YEAR, time.end))
