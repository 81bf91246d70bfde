"""A metric result as a sentence or two: what the offline planner says. Every number is a cell's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from llm import rows, text_search
from llm.catalog import Catalog
from llm.dates import described, unit_text
from llm.request import Filter, Grain, MetricRequest, Operator
from llm.tools import Outcome

UNITS = {
    "eur": " EUR",
    "days": " days",
    "hours": " hours",
    "minutes": " minutes",
    "stars": " stars",
}
OPERATORS = {
    Operator.IS_NOT: "not ",
    Operator.NOT_IN: "not ",
    Operator.MORE: "above ",
    Operator.AT_LEAST: "at least ",
    Operator.LESS: "below ",
    Operator.AT_MOST: "at most ",
}


def narrate(outcome: Outcome, catalog: Catalog, notes: Sequence[str] = ()) -> str:
    """The answer in words."""
    request = outcome.request
    if outcome.search is not None:
        return text_search.narrate(outcome.search)
    if outcome.result.columns == rows.COLUMNS:
        return rows.narrate(outcome.result)
    if request is None:
        return f"The query returned {len(outcome.result.rows)} rows."
    teller = _Teller(outcome, request, catalog)
    return " ".join([teller.text(), *notes])


def amount(value: object, unit: str) -> str:
    """A figure with its unit, as prose shows it: `1,234.50 EUR`, `12.3 %`, `87`."""
    if value is None:
        return "nothing"
    number = float(value) if isinstance(value, int | float | Decimal) else 0.0
    if unit == "rate":
        return f"{100 * number:.1f} %"
    if unit == "count" or (unit == "" and number == int(number)):
        return f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"
    return f"{number:,.2f}{UNITS.get(unit, '')}"


class _Teller:
    def __init__(self, outcome: Outcome, request: MetricRequest, catalog: Catalog) -> None:
        self.request = request
        self.catalog = catalog
        self.columns = outcome.result.columns
        self.rows = outcome.result.rows

    def text(self) -> str:
        request = self.request
        where = self._where()
        names = [self._label(name) for name in self._told()]
        window, time = self.catalog.window, request.time
        if (time.end and time.end < window.first) or (time.start and time.start > window.last):
            return (
                f"There is nothing to report: the data cover {window.first} to {window.last}, "
                f"not {described(time)}."
            )
        if not self.rows or all(v is None for row in self.rows for v in self._figures(row)):
            return f"There is nothing to report: no data for {_and(names).lower()}{where}."
        if not request.keys:
            return " ".join(self._one(name, where) for name in self._told())
        if request.time_column is not None and not request.order:
            return self._series(where)
        return self._ranking(where)

    def _told(self) -> tuple[str, ...]:
        return tuple(r.name for r in self.request.ratios) or self.request.figures

    def _one(self, name: str, where: str) -> str:
        row = self.rows[0]
        text = f"{self._label(name)}{where}: {self._amount(row, name)}"
        return f"{text}{self._change(row, name)}."

    def _change(self, row: Sequence[Any], name: str) -> str:
        compare = self.request.compare
        if compare is None:
            return ""
        before = self._value(row, f"{name}_previous")
        change, rate = self._value(row, f"{name}_change"), self._value(row, f"{name}_change_rate")
        other = self._other_period()
        if before is None or change is None:
            return f" (nothing to compare with {other})"
        way = "up" if change > 0 else "down" if change < 0 else "unchanged"
        by = f" by {amount(abs(rate), 'rate')}" if rate is not None and change else ""
        return f", {way}{by} from {amount(before, self._unit(name))} {other}"

    def _other_period(self) -> str:
        compare = self.request.compare
        if compare is None:
            return ""
        if self.request.grain:
            count, unit = compare.shift_count, compare.shift_unit
            return f"a {unit} before" if count == 1 else f"{count} {unit}s before"
        said = described(compare.range)
        return f"({said})" if " to " in said else f"in {said}"

    def _series(self, where: str) -> str:
        name = self._told()[0]
        rows = [row for row in self.rows if self._value(row, name) is not None]
        by = _and(
            [self.request.grain or "period", *map(self._dimension_label, self.request.dimensions)]
        )
        if len(rows) == 1:
            said = f"{self._amount(rows[0], name)} in {self._key(rows[0])}"
            return f"{self._label(name)} by {by.lower()}{where}: {said}."
        high = max(rows, key=lambda row: self._value(row, name))
        low = min(rows, key=lambda row: self._value(row, name))
        return (
            f"{self._label(name)} by {by.lower()}{where}: highest in {self._key(high)} with "
            f"{self._amount(high, name)}{self._change(high, name)}, "
            f"lowest in {self._key(low)} with {self._amount(low, name)}."
        )

    def _ranking(self, where: str) -> str:
        request = self.request
        first, descending = request.order[0] if request.order else (self._told()[0], True)
        changed = first.removesuffix("_change_rate")
        name = next((n for n in (first, changed) if n in request.figures), self._told()[0])
        top = self.rows[0]
        label = self._label(name)
        if len(self.rows) == 1:
            return f"{self._key(top)}{where}: {label.lower()} {self._said(top, name)}."
        place = "highest" if descending else "lowest"
        if first != name and first == f"{name}_change_rate":
            place = "largest rise" if descending else "largest fall"
        last = self.rows[-1]
        keys = [request.grain] if request.time_column else []
        by = _and([*(str(k) for k in keys), *map(self._dimension_label, request.dimensions)])
        return (
            f"{label} by {by.lower()}{where}: {place} for {self._key(top)} "
            f"with {self._said(top, name)}, last of those shown is {self._key(last)} "
            f"with {self._said(last, name)}."
        )

    def _said(self, row: Sequence[Any], name: str) -> str:
        text = self._amount(row, name)
        share = self._value(row, f"{name}_share")
        if share is not None:
            text += f" ({amount(share, 'rate')} of the total)"
        return text + self._change(row, name)

    def _where(self) -> str:
        parts = [self._condition(one) for one in self.request.filters]
        text = f" ({'; '.join(parts)})" if parts else ""
        time = self.request.time
        if time.start is None and time.end is None:
            return text
        said = described(time)
        preposition = (
            "" if said.startswith(("since", "until")) else "from " if " to " in said else "in "
        )
        if time.start == time.end:
            preposition = "on "
        return f"{text} {preposition}{said}"

    def _condition(self, one: Filter) -> str:
        values = " or ".join(
            "yes" if v is True else "no" if v is False else str(v) for v in one.values
        )
        if one.name in self.catalog.dimensions:
            label = self._dimension_label(one.name)
        else:
            label = self._label(one.name)
            values = amount(one.values[0], self._unit(one.name))
        return f"{label.lower()}: {OPERATORS.get(one.operator, '')}{values}"

    def _key(self, row: Sequence[Any]) -> str:
        parts = []
        for name in self.request.keys:
            value = self._value(row, name)
            if name == self.request.time_column and isinstance(value, date) and self.request.grain:
                parts.append(unit_text(Grain(self.request.grain), value))
            elif isinstance(value, bool):
                parts.append(f"{self._dimension_label(name).lower()}: {'yes' if value else 'no'}")
            else:
                parts.append("(none)" if value is None else str(value))
        return ", ".join(parts)

    def _figures(self, row: Sequence[Any]) -> list[Any]:
        return [self._value(row, name) for name in self.request.figures]

    def _value(self, row: Sequence[Any], column: str) -> Any:
        return row[self.columns.index(column)] if column in self.columns else None

    def _amount(self, row: Sequence[Any], name: str) -> str:
        return amount(self._value(row, name), self._unit(name))

    def _unit(self, name: str) -> str:
        if name in self.catalog.metrics:
            return self.catalog.metrics[name].unit
        ratio = next((r for r in self.request.ratios if r.name == name), None)
        if ratio and self.catalog.metrics[ratio.numerator].unit == "eur":
            return "eur"
        return "number"

    def _label(self, name: str) -> str:
        if name in self.catalog.metrics:
            return self.catalog.metrics[name].label
        ratio = next((r for r in self.request.ratios if r.name == name), None)
        if ratio is None:
            return name.replace("_", " ")
        per = self._label(ratio.denominator).lower().removesuffix("s")
        return f"{self._label(ratio.numerator)} per {per}"

    def _dimension_label(self, name: str) -> str:
        one = self.catalog.dimensions.get(name)
        return one.label if one else name


def _and(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
