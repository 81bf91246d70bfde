"""Bounds on results: "more than 100 orders", "grew by over 10 %", "at least a 20 % share".

Which column a bound is about, and whether its unit is that column's: a bound of another unit is
asked about, never compared as a mere number.
"""

from __future__ import annotations

from llm.money import is_money
from llm.question.bounds import AMOUNT, Threshold
from llm.question.cues import FALLS
from llm.question.parsed import Parsed
from llm.question.refusals import declined, unclear
from llm.question.roles import bounded
from llm.request import SHARE, Filter, Operator, Ratio
from llm.words import word_set

HOURS_OF = {"minutes": 1 / 60, "hours": 1.0, "days": 24.0, "weeks": 168.0}
# Ways a figure may have moved, and what asks for those of which it did.
RISES = word_set("more higher up grow grew grown increase increased rise rose risen")
LESSER = word_set("less fewer lower down")
IMPROVES, WORSENS = word_set("improve improved"), word_set("worsen worsened")
TELLING = word_set("which where whose that")
OPPOSITE = {Operator.MORE: Operator.LESS, Operator.AT_LEAST: Operator.AT_MOST}


def results(
    q: Parsed, metrics: tuple[str, ...], ratios: tuple[Ratio, ...], *, compared: bool
) -> tuple[Filter, ...]:
    """Conditions on the figures.

    Args:
        compared: the figures stand beside those of other days.
    """
    return tuple(_filter(q, one, metrics, ratios, compared=compared) for one in q.marks.thresholds)


def _filter(
    q: Parsed,
    one: Threshold,
    metrics: tuple[str, ...],
    ratios: tuple[Ratio, ...],
    *,
    compared: bool,
) -> Filter:
    span = bounded(q.marks, one)
    named = span.names("metric") if span else []
    name = next((name for name in named if name in metrics), metrics[0])
    if is_money(one.unit):  # "with 5 orders and over 500 euros"
        amounts = (other for other in metrics if is_money(q.metric(other).unit))
        name = name if is_money(q.metric(name).unit) else next(amounts, name)
    divided = next(
        (ratio for ratio in ratios if name in (ratio.numerator, ratio.denominator)), None
    )
    if divided is not None and not one.percent:
        return Filter(divided.name, one.operator, (_number(one.value),))
    changes = compared and _about_change(q, one)
    if changes:
        return _of_change(q, one, name)
    if one.percent and q.marks.share is not None:
        return Filter(f"{name}_share", one.operator, (_number(one.value / 100),))
    return Filter(name, one.operator, (_number(_in_unit(q, one, name)),))


def moved(q: Parsed, name: str, *, compared: bool) -> tuple[Filter, ...]:
    """ "which products have more returns than last year", "countries where revenue fell": those."""
    marks = q.marks
    if marks.ranking is not None or any(_about_change(q, one) for one in marks.thresholds):
        return ()
    if marks.compare is not None and marks.word(marks.compare) == "than":
        said = {marks.word(i) for i in range(marks.compare)}
        asked = {"which", "what"} & said
    else:
        said = {marks.word(marks.change)} if marks.change is not None else set()
        asked = {marks.word(i) for i in range(marks.change or 0)} & TELLING
        listed = [s.end for s, _ in q.parts.groups if s.start not in marks.groupers]
        asked |= {"with"} & {marks.word(i) for i in listed}  # "categories with falling revenue"
    down = q.metric(name).better == "down"
    rises = said & (RISES | (WORSENS if down else IMPROVES))
    falls = said & (FALLS | LESSER | (IMPROVES if down else WORSENS))
    if not asked or bool(rises) is bool(falls):
        return ()
    if not compared:
        raise unclear(f"{q.label(name)}: the change from when to when?")
    return (Filter(f"{name}_change", Operator.MORE if rises else Operator.LESS, (0,)),)


def _about_change(q: Parsed, one: Threshold) -> bool:
    """ "grew by more than 10 %", "a drop of over 100"."""
    change = q.marks.change
    if change is None:
        return False
    between = {q.marks.word(i) for i in range(change + 1, one.start)}
    return change < one.start and between <= {"by", "of", "was", "is", "were", "a", "an"}


def _of_change(q: Parsed, one: Threshold, name: str) -> Filter:
    of_share = q.marks.share is not None  # its change is in points
    column = f"{name}_change_rate" if one.percent else f"{name}_change"
    column = f"{name}{SHARE}_change" if of_share else column
    value, operator = one.value / 100 if one.percent else _in_unit(q, one, name), one.operator
    if q.marks.change is not None and q.marks.word(q.marks.change) in FALLS:
        if operator not in OPPOSITE:
            label = q.label(name)
            options = (f"{label} that fell at all", f"{label} that fell by more than so much")
            raise unclear(f"{label}: a fall by how much?", *options)
        value, operator = -value, OPPOSITE[operator]
    return Filter(column, operator, (_number(value),))


def _in_unit(q: Parsed, one: Threshold, name: str) -> float:
    """The bound's value in the metric's own unit."""
    unit, label = q.metric(name).unit, q.label(name)
    said = "%" if one.percent else one.unit
    if unit == "rate" and (said == "%" or (not said and one.value > 1)):
        if not said:
            q.notes.append(f"I took {one.value:g} for {one.value:g} %.")
        return one.value / 100
    if said in HOURS_OF and unit in HOURS_OF:
        return one.value * HOURS_OF[said] / HOURS_OF[unit]
    counts = said == "times" and unit == "count"
    if not said or said == unit or counts or (said == AMOUNT and is_money(unit)):
        return one.value
    if said == "%":
        raise unclear(f"{one.value:g} % of what?", f"Each share of {label.lower()} in the total")
    if is_money(said) and is_money(unit):
        options = (f"{label} with a bound in {unit.upper()}",)
        raise unclear(f"{label} is reported in {unit.upper()}.", *options)
    meant = said.upper() if is_money(said) else said
    fitting = [
        one.label
        for one in q.metrics
        if one.unit == said or (said in HOURS_OF and one.unit in HOURS_OF)
    ]
    if not fitting:
        raise declined(f"Nothing is measured in {meant}.", f"{label} with a bound on its number.")
    raise unclear(
        f"A bound in {meant}, but {label.lower()} is no such figure. Which one should it keep?",
        *fitting[:5],
    )


def _number(value: float) -> float | int:
    rounded = round(value, 9)
    return int(rounded) if rounded == int(rounded) else rounded
