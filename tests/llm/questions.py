"""Question sets and how an answer is judged: right only if the result set is the expected one.

Plain functions without pytest, so that `assay evaluate questions` can use the same judgement.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

RELATIVE = 1e-6
Row = Sequence[Any]


@dataclass(frozen=True)
class Question:
    """One question of a set; `sql` is empty unless it is to be answered."""

    id: str
    question: str
    kind: str
    category: str
    ordered: bool
    sql: str


def load(path: Path) -> list[Question]:
    """The questions of a YAML file."""
    return [
        Question(
            one["id"],
            one["question"],
            one["kind"],
            one["category"],
            bool(one.get("ordered")),
            one.get("sql", ""),
        )
        for one in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def same_result(expected: Sequence[Row], got: Sequence[Row], *, ordered: bool) -> bool:
    """Whether two result sets are equal, columns in any order, numbers within 1e-6 of each other.

    Args:
        ordered: rows are compared in sequence; otherwise as a multiset.
    """
    if len(expected) != len(got):
        return False
    if not expected:
        return True
    width = len(expected[0])
    if len(got[0]) != width:
        return False
    wanted = [_plain(row) for row in expected]
    have = [_plain(row) for row in got]
    return any(
        _equal(wanted, [tuple(row[i] for i in order) for row in have], ordered=ordered)
        for order in itertools.permutations(range(width))
    )


def _plain(row: Row) -> tuple[Any, ...]:
    return tuple(_value(value) for value in row)


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return float(value)
    return value


def _equal(left: list[tuple[Any, ...]], right: list[tuple[Any, ...]], *, ordered: bool) -> bool:
    if not ordered:
        left, right = sorted(left, key=_order), sorted(right, key=_order)
    return all(
        all(_close(a, b) for a, b in zip(one, two, strict=True))
        for one, two in zip(left, right, strict=True)
    )


def _order(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        (0, "", 0.0)
        if v is None
        else (1, "", round(v, 4))
        if isinstance(v, float)
        else (2, str(v), 0.0)
        for v in row
    )


def _close(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= RELATIVE * max(abs(a), abs(b), 1e-9)
    return bool(a == b)
