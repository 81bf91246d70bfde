"""`query_metrics`' arguments as models write them, made into those that it takes.

Other names for the same thing, one where a list is meant, half dates, conditions as text. Nothing
is made up: what cannot be read is left as it is, and refused with a reason further on.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from typing import Any

ALIASES = {
    "metrics": ("metric", "measures", "measure", "metric_names", "select"),
    "dimensions": ("dimension", "group_by", "groupby", "group", "by", "breakdown", "break_down_by"),
    "grain": ("time_grain", "granularity", "time_granularity", "interval", "period"),
    "filters": ("filter", "where", "conditions", "condition"),
    "start_date": ("start", "from", "date_from", "from_date", "since", "start_time", "begin"),
    "end_date": ("end", "to", "date_to", "to_date", "until", "end_time"),
    "order_by": ("order", "sort", "sort_by", "orderby"),
    "limit": ("top", "n", "top_n", "max_rows", "count"),
}
FILTER_ALIASES = {
    "dimension": ("field", "column", "name", "key", "metric"),
    "operator": ("op", "comparison", "comparator"),
    "value": ("values", "val", "equals"),
}
OPERATORS = {
    "==": "=", "eq": "=", "is": "=", "equals": "=", "equal": "=", "<>": "!=", "ne": "!=",
    "neq": "!=", "is not": "!=", "not equals": "!=", "gt": ">", "gte": ">=", "ge": ">=",
    "lt": "<", "lte": "<=", "le": "<=", "like": "contains", "ilike": "contains", "not_in": "not in",
}  # fmt: skip
GRAINS = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    "yearly": "year", "annual": "year", "annually": "year",
}  # fmt: skip
DATES = ("start_date", "end_date", "compare_start", "compare_end")
NOTHING = ("", "null", "none", "n/a", "undefined")

_CONDITION = re.compile(
    r"^\s*(?P<dimension>[\w.]+)\s*(?P<operator>==|=|!=|<>|>=|<=|>|<|\bnot in\b|\bin\b|\bcontains\b|"
    r"\blike\b|\bis\b)\s*(?P<value>.+?)\s*$",
    re.IGNORECASE,
)
_DAY = re.compile(r"^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:[T ].*)?$")


def forgiving(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments under the names and in the forms that the tool takes."""
    found = _renamed(given, ALIASES)
    found = {key: value for key, value in found.items() if not _is_nothing(value)}
    for name in ("metrics", "dimensions"):
        if isinstance(found.get(name), list):
            found[name] = [_name_of(one) for one in found[name]]
    if isinstance(found.get("grain"), str):
        grain = found["grain"].strip().lower()
        found["grain"] = GRAINS.get(grain, grain.removesuffix("s"))
    if isinstance(found.get("order_by"), list):
        found["order_by"] = [_order(one) for one in found["order_by"]]
    if "filters" in found:
        found["filters"] = _filters(found["filters"])
    for name in DATES:
        if name in found:
            found[name] = _day(found[name], last=name.endswith("end") or name == "end_date")
    return found


def _renamed(given: Mapping[str, Any], aliases: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    found = dict(given)
    for name, others in aliases.items():
        for other in others:
            if other in found and name not in found:
                found[name] = found.pop(other)
    return found


def _is_nothing(value: object) -> bool:
    return value is None or (isinstance(value, str) and value.strip().lower() in NOTHING)


def _name_of(one: object) -> object:
    if isinstance(one, dict):
        return next((one[key] for key in ("name", "metric", "dimension") if key in one), one)
    return one


def _order(one: object) -> object:
    if not isinstance(one, dict):
        return one
    name = next((one[key] for key in ("column", "name", "field", "by", "metric") if key in one), "")
    direction = str(one.get("direction", one.get("order", one.get("descending", "")))).lower()
    return f"-{name}" if direction.startswith("desc") or direction == "true" else str(name)


def _filters(given: object) -> object:
    if isinstance(given, str):
        parts = re.split(r"\s+and\s+|;", given, flags=re.IGNORECASE)
        return [_filter(part) for part in parts if part.strip()]
    if isinstance(given, list):
        return [_filter(one) for one in given]
    if isinstance(given, dict) and not given.keys() & {"dimension", *FILTER_ALIASES["dimension"]}:
        return [
            {
                "dimension": name,
                "operator": "in" if isinstance(value, list) else "=",
                "value": value,
            }
            for name, value in given.items()
        ]
    return [_filter(given)] if isinstance(given, dict) else given


def _filter(one: object) -> object:
    if isinstance(one, str):
        match = _CONDITION.match(one)
        if match is None:
            return one
        one = {**match.groupdict(), "value": _values(match["value"])}
    if not isinstance(one, dict):
        return one
    if len(one) == 1 and not one.keys() & {"dimension", "value"}:
        name, value = next(iter(one.items()))
        one = {"dimension": name, "value": value}
    found = _renamed(one, FILTER_ALIASES)
    operator = str(found.get("operator", "=")).strip().lower().replace("_", " ")
    found["operator"] = OPERATORS.get(operator, OPERATORS.get(operator.replace(" ", "_"), operator))
    if isinstance(found.get("value"), list) and found["operator"] in ("=", "!="):
        found["operator"] = "in" if found["operator"] == "=" else "not in"
    return {key: found[key] for key in ("dimension", "operator", "value") if key in found}


def _values(text: str) -> str | list[str]:
    if text.startswith(("(", "[")) and text.endswith((")", "]")):
        return [part.strip().strip("'\"") for part in text[1:-1].split(",")]
    return text.strip("'\"")


def _day(value: object, *, last: bool) -> object:
    """`2026-03` and `2026` are their first or their last day; a time of day is left out."""
    match = _DAY.match(str(value).strip())
    if match is None:
        return value
    year, month, day = (int(part) if part else None for part in match.groups())
    if year is None or not 1 <= (month or 1) <= 12:
        return value
    month = month or (12 if last else 1)
    day = day or (calendar.monthrange(year, month)[1] if last else 1)
    return f"{year:04}-{month:02}-{day:02}"
