"""The conditions of a question on rows: stored values, kept or left out."""

from __future__ import annotations

from collections.abc import Sequence

from llm import money
from llm.question.cues import AFTER_NOT, COMPARATIVES, JOINTS, WHICH_IS_MORE
from llm.question.lexicon import Sense, Span
from llm.question.parsed import Parsed
from llm.question.refusals import declined, listed, unclear
from llm.request import DAY_KIND, Filter, Operator, Scalar
from llm.words import stem


class Conditions:
    """Filters from the values and negations that were marked."""

    def __init__(self, parsed: Parsed) -> None:
        self.q = parsed
        self.marks = parsed.marks
        self.parts = parsed.parts
        self.places: dict[str, list[int]] = {}  # dimension -> where its values stand
        self.both: list[str] = []  # flags of which both sides are named

    def rows(self, metrics: tuple[str, ...]) -> tuple[Filter, ...]:
        """Conditions on dimensions, from the stored values that are named."""
        wanted: dict[tuple[str, bool], list[Scalar]] = {}
        for span in self.parts.values:
            senses = self._qualified(span)
            if self._is_mere_relative(span, senses, metrics) or self._is_said(span, metrics):
                continue
            if self._is_reporting_currency(span, senses, metrics):
                continue
            names = [sense.name for sense in senses]
            found = self._likeliest(self.q.refusals.reachable(names, metrics), metrics)
            listed = self._listed_with(span)
            # "premium customers in Germany vs France": both are the customer's country.
            beside = [
                name for name in found if listed and listed.start in self.places.get(name, ())
            ]
            found = beside or found
            name = found[0] if found else unreachable(self.q, span, names, metrics)
            values = [s.value for s in senses if s.name == name and s.value is not None]
            wanted.setdefault((name, self._is_negated(span)), []).extend(values)
            self.places.setdefault(name, []).append(span.start)
        filters = []
        for name in [name for name, negated in wanted if negated and (name, False) in wanted]:
            if {*wanted[name, True], *wanted[name, False]} == {True}:
                wanted[name, False].append(False)  # "verified vs not verified"
                del wanted[name, True]
        for (name, negated), values in wanted.items():
            unique = tuple(dict.fromkeys(values))
            if set(unique) == {True, False}:
                self.both.append(name)  # a row for each
                continue
            if isinstance(unique[0], bool):
                filters.append(Filter(name, Operator.IS, (unique[0] is not negated,)))
            elif len(unique) == 1:
                filters.append(Filter(name, Operator.IS_NOT if negated else Operator.IS, unique))
            else:
                filters.append(Filter(name, Operator.NOT_IN if negated else Operator.IN, unique))
        return tuple(filters)

    def _likeliest(self, names: list[str], metrics: tuple[str, ...]) -> list[str]:
        """ "late": a flag, before a return reason of that name, unless returns are measured."""
        known = self.q.catalog.dimensions
        said = {stem(part) for name in metrics for part in name.split("_")}

        def rank(name: str) -> bool:
            about = bool(said & {stem(part) for part in known[name].element.split("_")})
            flag = set(self.q.catalog.values.get(name, ())) <= {"true", "false"}
            return not (about or flag)

        flags = any(set(self.q.catalog.values.get(n, ())) <= {"true", "false"} for n in names)
        return sorted(names, key=rank) if flags else names

    def presence(self, metrics: tuple[str, ...]) -> tuple[Filter, ...]:
        """ "orders without a coupon", "orders that used a voucher"."""
        wanted: dict[str, set[bool | None]] = {}
        for span in self.marks.spans:
            if span.start not in self.marks.held:
                continue
            names = span.names("dimension")
            found = self.q.refusals.reachable(names, metrics)
            name = found[0] if found else unreachable(self.q, span, names, metrics)
            self.places.setdefault(name, []).append(span.start)
            wanted.setdefault(name, set()).add(self.marks.held[span.start])
        filters = []
        for name, held in wanted.items():
            if len(held) == 1 and None not in held:
                filters.append(
                    Filter(name, Operator.PRESENT if True in held else Operator.MISSING, ())
                )
            else:
                self.both.append(self._whether(name, metrics))
        return tuple(filters)

    def _whether(self, name: str, metrics: tuple[str, ...]) -> str:
        """The flag that says whether a dimension holds anything: "with and without a coupon"."""
        element = self.q.catalog.dimensions[name].element
        flags = [
            one.name
            for one in self.q.catalog.dimensions.values()
            if one.expression == f"{element} is not null"
        ]
        found = self.q.refusals.reachable(flags, metrics)
        if not found:
            label = self.q.label(metrics[0])
            raise declined(
                "What has something beside what has none: that is not measured in one go.",
                f"{label} of each, one after the other.",
            )
        return found[0]

    def _is_mere_relative(
        self, span: Span, senses: Sequence[Sense], metrics: tuple[str, ...]
    ) -> bool:
        """ "customers that bought": a flag of sessions, which says nothing of customers."""
        relative = self.marks.word(span.start) in ("that", "which", "who")
        return relative and not self.q.refusals.reach(metrics[0], [one.name for one in senses])

    def _is_said(self, span: Span, metrics: tuple[str, ...]) -> bool:
        """ "parcels delivered": delivered orders are counted anyway."""
        words = {token.word for token in self.marks.words[span.start : span.end]}
        negated = self._is_negated(span)
        return not negated and len(metrics) == 1 and words <= set(metrics[0].split("_"))

    def _qualified(self, span: Span) -> tuple[Sense, ...]:
        """The value's senses, narrowed by a dimension's name, or by what it is compared with."""
        senses = span.of("value")
        i = self.marks.spans.index(span)
        for other in self.parts.values if self.marks.compare is not None else ():
            # "repeat vs new customers": both are kinds of buyers, "repeat" is a flag besides.
            alike = tuple(s for s in senses if other is not span and s.name in other.names("value"))
            senses = alike or senses
        for j in (i - 1, i + 1):
            if self.parts.roles.get(j) == "qualifier":
                beside = self.marks.spans[j]
                names = set(beside.names("dimension"))
                owners = set(beside.names("entity"))
                narrowed = tuple(
                    s for s in senses if s.name in names or s.name.split("__")[0] in owners
                )
                senses = narrowed or senses
        return senses

    def _is_negated(self, span: Span) -> bool:
        if span.start in self.marks.negations:
            return True
        previous = self._listed_with(span)
        return previous is not None and self._is_negated(previous)

    def _listed_with(self, span: Span) -> Span | None:
        """The value before it that is one of the same kind: "Germany and the UK"."""
        i = self.marks.spans.index(span)
        if not i or self.parts.roles.get(i - 1) != "value":
            return None
        previous = self.marks.spans[i - 1]
        between = set(self.marks.between(previous, span)) - AFTER_NOT
        alike = set(previous.names("value")) & set(span.names("value"))
        return previous if between and between <= JOINTS and alike else None

    def _is_reporting_currency(
        self, span: Span, senses: Sequence[Sense], metrics: tuple[str, ...]
    ) -> bool:
        """ "revenue in euros" asks for the unit, not for orders that were paid in euros."""
        if not all(self._holds_currencies(sense.name) for sense in senses):
            return False
        i = self.marks.spans.index(span)
        listed = i > 0 and self.marks.word(span.start - 1) in ("and", ",", "or")
        first = self.marks.spans[i - 1] if listed else span
        unit = self.q.metric(metrics[0]).unit
        if self.marks.word(first.start - 1) != "in":
            return False
        if not money.is_money(unit):
            # "returns in euros": of what counts something, an amount is wanted.
            return money.WORDS.get(span.text.lower()) in self._reported()
        value = str(senses[0].value)
        if value.lower() == unit:
            return True
        label = self.q.label(metrics[0])
        named = self.q.called(senses[0].name)
        raise unclear(
            f"{label} is reported in {unit.upper()}. Do you mean only where the {named} is "
            f"{value}?",
            f"{label} with {named} {value}",
            f"{label} in {unit.upper()}",
        )

    def _reported(self) -> set[str]:
        """The currencies that amounts are reported in."""
        return {one.unit for one in self.q.metrics if money.is_money(one.unit)}

    def _holds_currencies(self, name: str) -> bool:
        values = self.q.catalog.values.get(name, ())
        return bool(values) and all(value.lower() in money.CALLED for value in values)

    def _against_others(self, one: Filter) -> bool:
        """ "do we get more complaints at weekends": than on the other days."""
        told = self.marks.has(*COMPARATIVES) and self.marks.compare is None
        return bool(told and one.name == DAY_KIND and not self.marks.thresholds)

    def compared(self, dimensions: tuple[str, ...], filters: tuple[Filter, ...]) -> tuple[str, ...]:
        """The keys, and for "Germany vs France", "in Germany and France" a row for each."""
        self.both += [f.name for f in filters if self._against_others(f)]
        dimensions = tuple(dict.fromkeys((*dimensions, *self.both)))
        if self.marks.has("together", "combined", "total", "sum"):
            return dimensions
        if self.marks.has("or") and not self.marks.has(*WHICH_IS_MORE):
            return dimensions
        several = [
            f.name
            for f in filters
            if f.operator is Operator.IN and len(self.places.get(f.name, ())) > 1
        ]
        return tuple(dict.fromkeys((*dimensions, *several)))


def unreachable(q: Parsed, span: Span, names: Sequence[str], metrics: tuple[str, ...]) -> str:
    """A dimension that a substitute reaches, else a refusal that names who has it."""
    for metric in metrics:
        for other in q.lexicon.substitutes.get(metric, ()):
            found = q.refusals.reachable(names, (other,))
            if found and len(metrics) == 1:
                return found[0]
    others = listed(q.refusals.dimension_labels(metrics)[:8])
    values = [f'{h.name} = "{h.text}"' for h in q.catalog.search(span.text) if h.kind == "value"]
    labels = [q.label(m) for m in metrics]
    having = [m.label for m in q.metrics if q.refusals.reach(m.name, names)]
    raise declined(
        f'{listed(labels)} cannot be broken down or filtered by "{span.text}".',
        *([f"With {span.text} there is: {listed(having[:6])}."] if having else []),
        *([f"Stored values like it: {listed(values[:4])}."] if values else []),
        f"{labels[0]} can be broken down by: {others}.",
    )
