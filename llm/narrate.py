"""A metric result as a sentence or two: what the offline planner says. Every number is a cell's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from llm import rows
from llm.catalog import Catalog
from llm.dates import described, unit_text
from llm.money import is_money
from llm.request import RUNNING, SHARE, WEEKDAY, Filter, Grain, MetricRequest, Operator, Ratio
from llm.search import text_search
from llm.tools import Outcome
from llm.words import stem

UNITS = {
    "days": " days",
    "hours": " hours",
    "minutes": " minutes",
    "stars": " stars",
}
# Columns beside a figure, as a bound on them is told.
BESIDE = {"_change_rate": "change", "_change": "change", "_share": "share"}
# With more groups than this the sentence would only repeat the table.
TOLD_GROUPS = 3
OPERATORS = {
    Operator.IS_NOT: "not ",
    Operator.NOT_IN: "not ",
    Operator.MORE: "above ",
    Operator.AT_LEAST: "at least ",
    Operator.LESS: "below ",
    Operator.AT_MOST: "at most ",
    Operator.PRESENT: "any",
    Operator.MISSING: "none",
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
    if number == int(number) and unit not in UNITS and not is_money(unit):
        return f"{number:,.0f}"
    said = f" {unit.upper()}" if is_money(unit) else UNITS.get(unit, "")
    return f"{number:,.2f}{said}"


class _Teller:
    def __init__(self, outcome: Outcome, request: MetricRequest, catalog: Catalog) -> None:
        self.request = request
        self.catalog = catalog
        self.columns = outcome.result.columns
        self.rows = outcome.result.rows
        self.cut = outcome.cut

    def text(self) -> str:
        request = self.request
        where = self._where()
        names = [self._label(name) for name in request.told]
        window, time = self.catalog.window, request.time
        if (time.end and time.end < window.first) or (time.start and time.start > window.last):
            return (
                f"There is nothing to report: the data cover {window.first} to {window.last}, "
                f"not {described(time)}."
            )
        if not self.rows or all(v is None for row in self.rows for v in self._figures(row)):
            return f"There is nothing to report: no data for {_and(names).lower()}{where}."
        if not request.shown_keys:
            return " ".join(self._one(name, where) for name in request.told)
        if request.within and request.limit:
            return self._within(where)
        calendar = {request.time_column, WEEKDAY, *self._own_order()}.intersection(
            request.shown_keys
        )
        if calendar and not request.order:
            return self._series(where)
        return self._ranking(where)

    def _own_order(self) -> list[str]:
        """Keys whose values come in an order of their own: hours."""
        return [one.name for one in self.catalog.dimensions.values() if one.ordered]

    def _one(self, name: str, where: str) -> str:
        row = self.rows[0]
        return f"{self._label(name)}{where}: {self._said(row, name)}."

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
        if compare.range.start == compare.range.end:
            return f"on {said}"
        return f"({said})" if " to " in said else f"in {said}"

    def _series(self, where: str) -> str:
        name = self.request.told[0]
        rows = [row for row in self._named() if self._value(row, name) is not None]
        subject = f"{self._label(name)} by {self._by()}{where}"
        if len(rows) == 1:
            return f"{subject}: {self._amount(rows[0], name)} {self._at(rows[0])}."
        if self.request.running and self.request.shown_keys == (self.request.time_column,):
            until = f"by the end of {self._key(rows[-1])}"
            return f"{subject}: {self._amount(rows[-1], name)} {until}."
        high = max(rows, key=lambda row: self._value(row, name))
        low = min(rows, key=lambda row: self._value(row, name))
        return (
            f"{subject}: highest {self._at(high)} with {self._said(high, name)}, "
            f"lowest {self._at(low)} with {self._amount(low, name)}.{self._unnamed(name)}"
        )

    def _ranking(self, where: str) -> str:
        request = self.request
        first, descending = request.order[0] if request.order else (request.told[0], True)
        changed = first.removesuffix("_change_rate")
        name = next((n for n in (first, changed) if n in request.told), request.told[0])
        named = self._named()
        top, last = named[0], named[-1]
        label = self._label(name)
        if len(named) == 1:
            place = f" (place {request.offset + 1})" if request.offset else ""
            return f"{self._key(top)}{where}: {label.lower()} {self._said(top, name)}{place}."
        ends = ("highest", "lowest")
        if first == f"{name}_change_rate":
            ends = ("largest rise", "largest fall")
        place, other = ends if descending else ends[::-1]
        text = (
            f"{label} by {self._by()}{where}: {place} {self._at(top)} with {self._said(top, name)}"
        )
        alike = self._value(top, name) == self._value(last, name)
        if request.limit is None and alike and not request.compare and not request.share:
            said = self._amount(top, name)
            return f"{label} by {self._by()}{where}: {said} for each of {len(named)}."
        if request.limit == 1 and not request.offset:
            tied = [self._key(row) for row in named[:TOLD_GROUPS]]
            more = ["others"] if len(named) > TOLD_GROUPS else []
            of = "" if request.grain and not request.dimensions else " for"
            return (
                f"{label} by {self._by()}{where}: {place}{of} {_and([*tied, *more])} with "
                f"{self._said(top, name)}. That place is shared by {len(named)}."
            )
        if request.limit is not None and len(named) == request.limit:
            # Nothing is known of those behind the limit.
            then = f"{self._at(named[1])} with {self._said(named[1], name)}"
            cut = " The last place is shared with others that are not shown." if self.cut else ""
            return f"{text}, then {then}.{cut}"
        if self._value(last, name) is None:
            return f"{text}.{self._unnamed(name)}"
        return (
            f"{text}, {other} {self._at(last)} with {self._said(last, name)}.{self._unnamed(name)}"
        )

    def _named(self) -> Sequence[Sequence[Any]]:
        """The rows of which every key is known: only they are the highest or lowest."""
        keys = self.request.shown_keys
        found = [r for r in self.rows if all(self._value(r, key) is not None for key in keys)]
        return found or self.rows

    def _unnamed(self, name: str) -> str:
        """What belongs to none of the named, told apart."""
        keys = self.request.shown_keys
        rest = [row for row in self.rows if all(self._value(row, key) is None for key in keys)]
        said = [self._said(row, name) for row in rest if self._value(row, name)]
        if not said or len(rest) == len(self.rows):
            return ""
        return f" Without {self._by()}: {said[0]}."

    def _within(self, where: str) -> str:
        """The first of each group, for the first groups."""
        request = self.request
        name = request.order[0][0] if request.order else request.told[0]
        name = name if name in request.told else request.told[0]
        firsts: dict[tuple[Any, ...], list[Sequence[Any]]] = {}
        for row in self.rows:
            key = tuple(self._value(row, key) for key in request.within)
            firsts.setdefault(key, []).append(row)
        ranked = [key for key in request.shown_keys if key not in request.within]
        # Where one row of each group is asked for, several share its place.
        shown = None if request.limit == 1 else 1
        said = [
            f"{self._key(group[0], request.within)}: "
            f"{_and([self._key(row, ranked) for row in group[:shown]])} "
            f"with {self._amount(group[0], name)}"
            for group in list(firsts.values())[:TOLD_GROUPS]
        ]
        place = "highest" if not request.order or request.order[0][1] else "lowest"
        more = "; more in the table" if len(firsts) > TOLD_GROUPS else ""
        label = self._label(name)
        return f"{label} by {self._by()}{where}, {place} of each: {'; '.join(said)}{more}."

    def _by(self) -> str:
        keys = [
            str(self.request.grain) if key == self.request.time_column
            else self.catalog.dimensions[key].element.replace("_", " ") if self._name_of(key)
            else self._dimension_label(key)
            for key in self._told_keys(self.request.shown_keys)
        ]  # fmt: skip
        return _and(keys).lower()

    def _at(self, row: Sequence[Any]) -> str:
        """ "in March 2026", "for Germany"."""
        keys = self.request.shown_keys
        if keys != (self.request.time_column,):
            return f"for {self._key(row)}"
        return f"{'on' if self.request.grain is Grain.DAY else 'in'} {self._key(row)}"

    def _said(self, row: Sequence[Any], name: str) -> str:
        text = self._amount(row, name)
        share = self._value(row, f"{name}{SHARE}")
        before = self._value(row, f"{name}{SHARE}_previous")
        if share is not None:
            whole = _and([self._dimension_label(k).lower() for k in self.request.within])
            whole = f"the same {whole}" if whole and not self.request.grain else "the total"
            then = f", before {amount(before, 'rate')}" if before is not None else ""
            text += f" ({amount(share, 'rate')} of {whole}{then})"
        return text + self._change(row, name)

    def _where(self) -> str:
        # That something counts only if there is any of it goes without saying.
        known = self.catalog.dimensions
        parts = [
            self._condition(one)
            for one in self.request.filters
            if ((one.operator, one.values) != (Operator.MORE, (0,)) or one.name.endswith("_change"))
            and not (one.name in known and known[one.name].kind == "entity")
        ]
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
            unit = self._unit(one.name)
            for ending, said in BESIDE.items():
                figure = one.name.removesuffix(ending)
                if figure != one.name and figure in self.request.figure_columns:
                    label = f"{said} of {self._label(figure).lower()}"
                    unit = self._unit(figure) if ending == "_change" else "rate"
            values = re.sub(r"\.0+(?= |$)", "", amount(one.values[0], unit))
        return f"{label.lower()}: {OPERATORS.get(one.operator, '')}{values}"

    def _name_of(self, key: str) -> str:
        """The column of names beside a key, or nothing."""
        name = self.catalog.names.get(key, "")
        return name if name in self.request.shown_keys else ""

    def _told_keys(self, keys: Sequence[str]) -> list[str]:
        """The keys without the names that are told beside one."""
        names = [self._name_of(key) for key in keys]
        return [key for key in keys if key not in names]

    def _key(self, row: Sequence[Any], keys: Sequence[str] = ()) -> str:
        parts = []
        for name in self._told_keys(keys or self.request.shown_keys):
            value = self._value(row, name)
            called = self._value(row, self._name_of(name))
            if called is not None:
                value = f"{called} ({value})"
            if name == self.request.time_column and isinstance(value, date) and self.request.grain:
                parts.append(unit_text(Grain(self.request.grain), value))
            elif isinstance(value, bool):
                parts.append(f"{self._dimension_label(name).lower()}: {'yes' if value else 'no'}")
            else:
                parts.append("(none)" if value is None else str(value))
        return ", ".join(parts)

    def _figures(self, row: Sequence[Any]) -> list[Any]:
        return [self._value(row, name) for name in self.request.told]

    def _value(self, row: Sequence[Any], column: str) -> Any:
        return row[self.columns.index(column)] if column in self.columns else None

    def _amount(self, row: Sequence[Any], name: str) -> str:
        unit = self._unit(name)
        # "days to deliver: 5.43"; a rate is told in per cent whatever it is called.
        said = unit in UNITS and unit in self._label(name).lower().split()
        return amount(self._value(row, name), "" if said else unit)

    def _unit(self, name: str) -> str:
        return unit_of(name, self.request, self.catalog)

    def _label(self, name: str) -> str:
        return label_of(name, self.request, self.catalog)

    def _dimension_label(self, name: str) -> str:
        one = self.catalog.dimensions.get(name)
        return one.label if one else name


def _and(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def unit_of(name: str, request: MetricRequest | None, catalog: Catalog) -> str:
    """The unit of a figure column: eur, count, rate, ...; number if it has none."""
    name = name.removesuffix(RUNNING) if request and request.running else name
    if name in catalog.metrics:
        return catalog.metrics[name].unit
    if request is None:
        return "number"
    if name.removesuffix(SHARE) in request.figures and name.endswith(SHARE):
        return "rate"
    if name == request.summary_column and request.summary is not None:
        if request.summary.function == "count":
            return "count"
        return unit_of((*(r.name for r in request.ratios), *request.metrics)[0], request, catalog)
    ratio = next((r for r in request.ratios if r.name == name), None)
    parts = [catalog.metrics[n].unit for n in (ratio.numerator, ratio.denominator)] if ratio else []
    if parts and is_money(parts[0]):
        return "rate" if parts[1] == parts[0] else parts[0]
    if ratio is not None and _is_part(ratio, catalog):
        return "rate"
    return "number"


def _is_part(ratio: Ratio, catalog: Catalog) -> bool:
    """Whether it is divided by more of its kind: open tickets by tickets, new by all customers."""
    part, whole = (catalog.metrics[name] for name in (ratio.numerator, ratio.denominator))
    kind = part.label.lower().endswith(f" {whole.label.lower()}")
    return part.models == whole.models and (kind or (part.counts_rows and whole.counts_rows))


def label_of(name: str, request: MetricRequest | None, catalog: Catalog) -> str:
    """What a figure column is called."""
    if name in catalog.metrics:
        return catalog.metrics[name].label
    if request is not None and request.running and name.endswith(RUNNING):
        return f"Cumulative {label_of(name.removesuffix(RUNNING), request, catalog).lower()}"
    ratio = next((r for r in request.ratios if r.name == name), None) if request else None
    if ratio is not None:
        divisor = catalog.metrics[ratio.denominator]
        amounts = is_money(divisor.unit) and divisor.unit == catalog.metrics[ratio.numerator].unit
        if amounts or _is_part(ratio, catalog):
            return f"{catalog.metrics[ratio.numerator].label} as a share of {divisor.label.lower()}"
        first, *rest = divisor.label.lower().split()
        single = stem(first)
        per = " ".join((single, *rest) if single != first else (first, *map(stem, rest)))
        return f"{catalog.metrics[ratio.numerator].label} per {per}"
    if request is not None and name.endswith(SHARE):
        return f"Share of {label_of(name.removesuffix(SHARE), request, catalog).lower()}"
    if request is not None and request.summary is not None and name == request.summary_column:
        return _summary_label(request, catalog)
    return name.replace("_", " ")


def _summary_label(request: MetricRequest, catalog: Catalog) -> str:
    summary = request.summary
    assert summary is not None  # noqa: S101 - the caller checked
    over = summary.over[-1]
    if over == request.time_column:
        each = str(request.grain)
    elif catalog.dimensions[over].kind == "entity":
        each = catalog.dimensions[over].element.replace("_", " ")
    else:
        each = catalog.dimensions[over].label.lower()
    if summary.function == "count":
        many = re.sub(r"(?<![aeo])y$", "ie", re.sub(r"(?<=[^aeiou])o$", "oe", each))
        return f"Number of {many}s"
    if request.ratios:
        return f"Median {label_of(request.ratios[0].name, request, catalog).lower()}"
    label = catalog.metrics[request.metrics[0]].label.lower()
    return f"{summary.function.capitalize()} {label} per {each}"
