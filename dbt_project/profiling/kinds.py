"""What a column holds, decided by its evidence; what the evidence leaves open becomes a question.

A kind is taken when nearly all values fit it. Names only break ties between kinds that fit alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from dbt_project.profiling.currencies import DOUBTFUL, currency
from dbt_project.profiling.evidence import CENTURY, Evidence, Field
from dbt_project.profiling.personal import kind_by_name
from dbt_project.profiling.values import ColumnProfile, Kind
from dbt_project.profiling.words import joined

FITS = 0.95
"""Share of the values read that must fit; below it a column stays text."""
WORTH_ASKING = 0.6
"""Share from which a kind that was not taken is asked about."""
LONGEST_UNIT = 12
LONG_TEXT = 6
"""Words from which a text may be prose."""

_CODE_NAME = re.compile(
    r"(^|_)(id|ids|code|codes|key|no|nr|num|number|zip|zipcode|postcode|postal_code|plz|isbn|issn|ean|"
    r"gtin|sku|iata|icao|fips|phone|fax|ssn|uuid|guid|hash|barcode|accession_number)$"
)
_CLASS_NAME = re.compile(r"(^|_)(id|code|type|kind|class|category|status|group|key)$")
_NAMES = re.compile(r"(^|_)(name|title|label)$")
_NEVER_A_NUMBER = re.compile(
    r"(^|_)(zip|zip_?code|postal_?code|postcode|plz|phone|fax|isbn|ean|gtin|fips|ssn|iban)(_|$)"
)
_FLAG_NAME = re.compile(
    r"^(is|has|was|can|did|does|should)_|_(flag|yn|ind|indicator)$|^active$|[a-z]{3,}(ed|able|ible)$|"
    r"^(mon|tues|wednes|thurs|fri|satur|sun)day$"
)
_DURATION_NAME = re.compile(
    r"(^|_)(duration|elapsed|dauer|duree|duracion|length|took|run_?time)(_|$)"
)


@dataclass(frozen=True)
class _Choice:
    kind: Kind
    fits: int
    order: str = ""
    decimal: str = ""
    unit: str = ""
    bounds: dict[str, Any] | None = None
    doubt: str = ""


def _like_nothing(evidence: Evidence) -> str:
    words = [f"`{one.value}`" for one in evidence.codes_like_nothing[:3]]
    if not words:
        return ""
    taken = "is taken for a value" if len(words) == 1 else "are taken for values"
    return f"{joined(words)} {taken}, being written like the others. Right?"


def _odd(evidence: Evidence) -> str:
    shown = [f"`{one.value}` ({one.rows:,} rows)" for one in evidence.odd_ones]
    return f"{joined(shown)}: read as nothing, being unlike the others. Right?" if shown else ""


def decide(field: Field, evidence: Evidence, rows: int) -> ColumnProfile:
    """The profile of one column.

    Args:
        rows: how many were looked at.
    """
    choice = _choose(field, evidence)
    bounds = choice.bounds or {}
    personal = kind_by_name(field.name)
    if choice.kind == "email":
        personal = "email"
    elif evidence.read and evidence.fits["ip"] > FITS * evidence.read:
        personal = "ip"
    return ColumnProfile(
        name=field.name,
        path=field.path,
        label=field.label,
        rows=rows,
        nulls=evidence.nulls,
        given=evidence.given,
        distinct=evidence.distinct,
        exact=True,
        kind=choice.kind,
        fits=choice.fits / evidence.read if evidence.read else 1.0,
        words_for_nothing=evidence.words_for_nothing,
        codes_like_nothing=evidence.codes_like_nothing,
        odd_ones=evidence.odd_ones,
        order=choice.order,
        decimal=choice.decimal,
        unit=choice.unit,
        low=str(bounds.get("low") or ""),
        high=str(bounds.get("high") or ""),
        mean=str(bounds.get("mean") or ""),
        median=str(bounds.get("median") or ""),
        spread=tuple(int(count) for count in bounds.get("spread") or ()),
        decimals=int(bounds.get("decimals") or 0),
        shortest=evidence.shortest,
        longest=evidence.longest,
        words=round(evidence.words, 1),
        leading_zero=bool(evidence.fits.get("leading_zero")),
        top=() if personal else evidence.top,
        shapes=evidence.shapes,
        personal=personal,
        doubt=" ".join(
            doubt for doubt in (choice.doubt or _like_nothing(evidence), _odd(evidence)) if doubt
        ),
        stored_as_json=field.stored_as_json,
    )


def _choose(field: Field, evidence: Evidence) -> _Choice:
    if field.stored_as_json:
        return _Choice("json", evidence.read)
    if not evidence.read:
        return _Choice("empty", 0)
    for chooser in (_boolean, _date, _clock, _number, _measure, _duration, _mark):
        choice = chooser(field, evidence)
        if choice is not None:
            return choice
    text = _text(evidence)
    return _Choice(text, evidence.read, doubt=_near_miss(evidence))


def _enough(fits: int, evidence: Evidence) -> bool:
    return fits >= FITS * evidence.read


def _boolean(field: Field, evidence: Evidence) -> _Choice | None:
    values = {count.value.strip().lower() for count in evidence.top}
    if len(values) != 2 or evidence.distinct > 4 or evidence.fits["boolean"] < evidence.read:
        return None
    if values <= {"0", "1", "0.0", "1.0"} and not _FLAG_NAME.search(field.name):
        return None  # `_number` asks.
    if not 0 < evidence.fits["true"] < evidence.fits["boolean"]:
        return None
    return _Choice("boolean", evidence.read)


def _date(field: Field, evidence: Evidence) -> _Choice | None:
    fits = evidence.fits
    clock = fits["clock"] > 0
    first = fits["time"] if clock else fits["date"]
    # Eight digits are a date only if nearly every one of them is; other numbers fit by chance.
    needed = 0.999 if fits["digits"] > 0.5 * evidence.read else FITS
    if first >= needed * evidence.read:
        name = "time" if clock and _has_hours(evidence) else "date"
        kind: Kind = "timestamp" if name == "time" else "date"
        return _Choice(kind, first, bounds=_span(evidence, name))
    for reading in ("month", "date_named", "date_historic"):
        # Eight digits of any four-digit year: nearly every number is one.
        if fits[reading] < FITS * evidence.read or fits["digits"] > 0.05 * evidence.read:
            continue
        if reading == "month":
            return _Choice("month", fits[reading], bounds=_span(evidence, reading))
        return _Choice(
            "date", fits[reading], order=reading.removeprefix("date_"),
            bounds=_span(evidence, reading),
        )  # fmt: skip
    if max(fits["date_dmy"], fits["date_mdy"]) >= FITS * evidence.read:
        return _in_order(evidence, clock)
    if max(fits["short_dmy"], fits["short_mdy"]) >= FITS * evidence.read:
        return _of_short_years(evidence, clock)
    epoch_name = re.search(r"(time|date|_at$|_ts$|epoch|created|modified|updated)", field.name)
    epochs: tuple[Kind, ...] = ("epoch", "epoch_millis")
    for epoch in epochs:
        if epoch_name and _enough(fits[epoch], evidence):
            return _Choice(epoch, fits[epoch])
    return None


def _has_hours(evidence: Evidence) -> bool:
    return any(
        re.search(r"[T ](?!00:00(:00)?(\.0+)?)[0-9]{1,2}:[0-9]{2}", count.value)
        for count in evidence.top
    ) or not all(re.search(r"[T ]00:00", count.value) for count in evidence.top)


def _of_short_years(evidence: Evidence, clock: bool) -> _Choice | None:
    """Years of two digits, if all lie in the past as years of this century: that is asked."""
    choice = _in_order(evidence, clock, short=True)
    if choice.kind == "text":
        return choice
    low, high = (str((choice.bounds or {})[one]) for one in ("low", "high"))
    if high > str(date.today() + timedelta(days=366)):
        return None
    question = f"years of two digits: read as {low[:4]} to {high[:4]}. Right?"
    return replace(
        choice, order=f"{choice.order} {CENTURY}yy", doubt=f"{question} {choice.doubt}".strip()
    )


def _in_order(evidence: Evidence, clock: bool, *, short: bool = False) -> _Choice:
    """Days and months in one of two orders: the values above twelve decide."""
    day, both_orders = ("short", "both_short") if short else ("date", "both_orders")
    dmy, mdy = evidence.fits[f"{day}_dmy"], evidence.fits[f"{day}_mdy"]
    both = evidence.fits[both_orders]
    only_dmy, only_mdy = dmy - both, mdy - both
    order = "dmy" if dmy >= mdy else "mdy"
    decided, against = max(only_dmy, only_mdy), min(only_dmy, only_mdy)
    name = f"time_{order}" if clock and not short else f"{day}_{order}"
    fits = evidence.fits[name]
    kind: Kind = "timestamp" if clock else "date"
    example = next((c.value for c in evidence.top if re.match(r"[0-9]{1,2}[./-]", c.value)), "")
    said = "day first" if order == "dmy" else "month first"
    total = evidence.read or 1
    if not decided:
        return _Choice(
            "text", evidence.read,
            doubt=f"`{example}`: day first or month first? No value decides, so it stays text.",
        )  # fmt: skip
    doubt = ""
    if against or decided < 0.2 * total:
        shown = f"{against / total:.1%} against" if against else "none against"
        doubt = f"`{example}`: {said}? {decided / total:.0%} of values decide for it, {shown}."
    return _Choice(kind, fits, order=order, bounds=_span(evidence, name), doubt=doubt)


def _span(evidence: Evidence, reading: str) -> dict[str, Any]:
    low, high = evidence.times[reading]
    return {"low": low, "high": high}


def _clock(field: Field, evidence: Evidence) -> _Choice | None:
    """Times of day, if all are: `25:10:00` of a timetable is none, and a song's `0:03:21` lasts."""
    if evidence.fits["time_of_day"] < evidence.read or (
        _DURATION_NAME.search(field.name) and evidence.fits["duration"] == evidence.read
    ):
        return None
    return _Choice("time_of_day", evidence.read)


def _duration(_field: Field, evidence: Evidence) -> _Choice | None:
    """How long something took: hours, minutes and seconds between colons, or with units."""
    if not _enough(evidence.fits["duration"], evidence):
        return None
    return _Choice("duration", evidence.fits["duration"], bounds=_span(evidence, "duration"))


def _number(field: Field, evidence: Evidence) -> _Choice | None:
    fits = evidence.fits
    if fits["percent"] and _enough(fits["percent"] + fits["number"], evidence):
        return _Choice("share", fits["percent"] + fits["number"])
    if fits["leading_zero"] > 0.01 * evidence.read and not fits["fraction"]:
        return None
    if not fits["fraction"] and _NEVER_A_NUMBER.search(field.name):
        return None
    numbers = evidence.numbers
    if _enough(fits["number"], evidence):
        if fits["grouped"] and fits["comma"] > fits["number"]:
            pass
        else:
            whole = not numbers.get("decimals")
            if whole and _enough(fits["integer"], evidence):
                few = {count.value.strip() for count in evidence.top} == {"0", "1"}
                few = few and not _CLASS_NAME.search(field.name)
                doubt = "only 0 and 1: read as numbers; are they no and yes?" if few else ""
                return _Choice("integer", fits["integer"], bounds=numbers, doubt=doubt)
            if whole and re.search(_CODE_NAME, field.name):
                return None
            if whole and evidence.longest <= 18:
                return _Choice("integer", fits["number"], bounds=numbers)
            return _Choice("number", fits["number"], bounds=numbers)
    if max(fits["point"], fits["comma"]) >= FITS * evidence.read:
        decimal = "comma" if fits["comma"] > fits["point"] else "point"
        bounds = evidence.commas if decimal == "comma" else evidence.points
        mark = evidence.mark if evidence.mark_rows >= FITS * evidence.read else ""
        taken = DOUBTFUL.get(mark)
        return _Choice(
            "amount", fits[decimal], decimal=decimal, unit=currency(mark), bounds=bounds,
            doubt=f"amounts in `{mark}`: taken as {taken}. Right?" if taken else "",
        )  # fmt: skip
    return None


def _measure(field: Field, evidence: Evidence) -> _Choice | None:
    """Numbers with one unit behind them; in a column of names they are the names' own."""
    fits = evidence.fits
    if _NAMES.search(field.name):
        return None
    if evidence.unit_rows < FITS * evidence.read or len(evidence.unit.strip()) > LONGEST_UNIT:
        return None
    if fits["leading_zero"] > fits["fraction"]:
        return None
    decimal = "comma" if fits["measure_comma"] > fits["measure"] else "point"
    found = max(fits["measure"], fits["measure_comma"])
    if not _enough(found, evidence) or evidence.fits["duration"] > found:
        return None
    return _Choice(
        "measure", found, decimal=decimal, unit=evidence.unit.strip(), bounds=evidence.measures
    )


def _mark(_field: Field, evidence: Evidence) -> _Choice | None:
    kinds: tuple[Kind, ...] = ("email", "url")
    for kind in kinds:
        if _enough(evidence.fits[kind], evidence):
            return _Choice(kind, evidence.fits[kind])
    if evidence.fits["json"] >= 0.99 * evidence.read:
        return _Choice("json", evidence.fits["json"])
    return None


def _text(evidence: Evidence) -> Kind:
    if evidence.words >= LONG_TEXT and evidence.distinct > 0.3 * evidence.given:
        return "prose"
    if evidence.fits["one_word"] >= 0.98 * evidence.read and evidence.longest <= 40:
        return "code"
    return "text"


def _near_miss(evidence: Evidence) -> str:
    """What most values, but too few, could be read as."""
    best, share = "", 0.0
    for name, said in (
        ("number", "a number"), ("comma", "a number with a decimal comma"), ("date", "a date"),
        ("date_dmy", "a date, day first"), ("date_mdy", "a date, month first"),
    ):  # fmt: skip
        found = evidence.fits[name] / evidence.read
        if WORTH_ASKING <= found < FITS and found > share:
            best, share = said, found
    if best:
        return f"{share:.0%} of the values are {best}, the others are not: it stays text."
    if evidence.fits["short_year"] >= FITS * evidence.read:
        return "dates with a year of two digits: which century? It stays text."
    return ""
