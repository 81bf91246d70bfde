"""What a result's columns are called and measured in: the table's headings, and JSON's."""

from __future__ import annotations

from llm.catalog import Catalog
from llm.dates import described
from llm.narrate import label_of, unit_of
from llm.printing.render import Heading
from llm.request import Grain, MetricRequest
from llm.tools import Outcome

# A comparison's heading names its period only if that is this short.
SHORT = 14
ENDINGS = ("_previous", "_change_rate", "_change", "_share")


def headings(outcome: Outcome | None, catalog: Catalog) -> tuple[Heading, ...]:
    """The headings of a result, one for each column."""
    if outcome is None:
        return ()
    return tuple(_heading(name, outcome.request, catalog) for name in outcome.result.columns)


def _heading(name: str, request: MetricRequest | None, catalog: Catalog) -> Heading:
    if request is not None and name == request.time_column:
        grain = request.grain or Grain.DAY
        return Heading(name, grain.value.capitalize(), grain.value)
    # Where the plural is as the singular, a table's rows and their number have one name.
    figures = request.figure_columns if request is not None else ()
    if name in catalog.dimensions and name not in figures:
        return Heading(name, catalog.dimensions[name].label)
    if request is None:
        return Heading(name, name.replace("_", " "), unit_of(name, None, catalog))
    for ending in ENDINGS:
        figure = name.removesuffix(ending)
        known = (*request.figure_columns, request.summary_column)
        if figure != name and figure in known:
            return _beside(name, figure, ending, request, catalog)
    label = label_of(name, request, catalog)
    return Heading(name, label[:1].upper() + label[1:], unit_of(name, request, catalog))


def _beside(
    name: str, figure: str, ending: str, request: MetricRequest, catalog: Catalog
) -> Heading:
    unit = unit_of(figure, request, catalog)
    said = {"_previous": "before", "_change": "change", "_change_rate": "change %",
            "_share": "share"}[ending]  # fmt: skip
    if ending in ("_change_rate", "_share"):
        unit = "rate"
    elif ending == "_change" and unit == "rate":
        unit = "points"
    period = described(request.compare.range) if request.compare else ""
    if ending == "_previous" and not request.grain and len(period) <= SHORT:
        said = period
    alone = len(request.figures) == 1 and figure in request.figures
    label = said.capitalize() if alone else f"{label_of(figure, request, catalog)}, {said}"
    return Heading(name, label, unit)
