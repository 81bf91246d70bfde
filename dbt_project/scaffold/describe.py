"""Profiles in plain English: what a column holds, as a description of a sentence or two.

Values of columns that may hold personal data are never told. Braces would be read as Jinja by dbt,
so that values with braces are left out.
"""

from __future__ import annotations

from dbt_project.profiling.languages import NAMES
from dbt_project.profiling.values import NUMBERS, TIMES, ColumnProfile, Count
from dbt_project.profiling.words import joined, label

FEW = 8
"""Values that are told one by one at most."""
LONGEST = 40

_KINDS = {
    "boolean": "Yes or no", "integer": "Whole number", "number": "Number", "amount": "Number",
    "share": "Share", "measure": "Number", "date": "Date", "month": "Month", "timestamp": "Time",
    "time_of_day": "Time of day", "duration": "Duration", "epoch": "Time",
    "epoch_millis": "Time", "email": "E-mail address", "url": "Web address", "code": "Code",
    "text": "Text", "prose": "Free text", "json": "JSON", "empty": "Empty in every row",
}  # fmt: skip


def column(profile: ColumnProfile) -> str:
    """What a column holds."""
    name = (profile.label or "").strip()
    written = f"`{name}` in the files. " if name and name != profile.name and _safe(name) else ""
    if profile.kind == "empty":
        return f"{written}{label(profile.name)}. Empty in every row."
    parts = [f"{label(profile.name)}. {written}{_KINDS[profile.kind]}{_details(profile)}"]
    parts.append(_gaps(profile))
    return ". ".join(part for part in parts if part) + "."


def _details(profile: ColumnProfile) -> str:
    if profile.personal:
        return f", personal data ({profile.personal.replace('_', ' ')})"
    if profile.kind in (*NUMBERS, *TIMES, "duration") and profile.low:
        low, high = _short(profile.low), _short(profile.high)
        between = f", always {low}" if low == high else f" from {low} to {high}"
        typical = f" {profile.unit}" if profile.unit else ""
        if profile.kind in NUMBERS and profile.median and profile.distinct > FEW:
            typical += f", half of them up to {_short(profile.median)}"
        return between + typical + ("" if profile.exact else " in the rows looked at")
    values = [one for one in profile.top if _safe(one.value) and len(one.value) <= LONGEST]
    if profile.kind == "boolean":
        return f", written {joined([f'`{one.value}`' for one in values], 'or')}"
    if profile.kind in ("prose", "json", "url"):
        if profile.kind != "prose":
            return ""
        spoken = [NAMES[one.value] for one in profile.languages if one.value in NAMES]
        mostly = f", mostly in {spoken[0]}" if spoken[1:] else f", in {spoken[0]}" if spoken else ""
        return f", {profile.words:g} words on average{mostly}"
    if profile.unique:
        example = f", such as `{values[0].value}`" if values else ""
        return f", different in every row{example}"
    if profile.distinct <= FEW and len(values) == profile.distinct:
        return f": {joined([f'`{one.value}`' for one in values])}"
    return f", {profile.distinct:,} different values{_most_frequent(profile, values)}"


def _most_frequent(profile: ColumnProfile, values: list[Count]) -> str:
    if not values:
        return ""
    shown = [f"`{one.value}` ({share(one.rows, profile.given)})" for one in values[:3]]
    return f", most often {joined(shown)}"


def _gaps(profile: ColumnProfile) -> str:
    if not profile.nulls:
        return "Never empty"
    words = [f"`{one.value}`" for one in profile.words_for_nothing if one.value.strip()][:3]
    said = f", written {joined(words, 'or')}" if words else ""
    return f"Empty in {share(profile.nulls, profile.rows)} of the rows{said}"


def share(part: int, whole: int) -> str:
    """A share in words: never `0 %` of what is there, never `100 %` of what is not all."""
    if not whole or not part:
        return "0 %"
    value = 100 * part / whole
    if value < 0.1:
        return "less than 0.1 %"
    if value > 99.9 and part < whole:
        return "more than 99.9 %"
    return f"{value:.1f} %" if value < 10 else f"{value:.0f} %"


def _short(value: str) -> str:
    if "T" in value and value[:4].isdigit():
        return value[:10]
    if "." in value:
        return value.rstrip("0").rstrip(".")
    return value


def _safe(value: str) -> bool:
    return not any(mark in value for mark in "{}`\n\r")
