"""Numbers in prose must be in the result."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from llm.figures import unsupported

ROWS = [
    ("Germany", Decimal("1234567.891"), 0.12289, 412),
    ("France", Decimal("-98765.4"), None, 7),
    (date(2026, 3, 1), Decimal("0.5"), 1.0, 3),
]


@pytest.mark.parametrize(
    "text",
    [
        "Germany made 1,234,567.89 EUR.",
        "Germany made 1,234,568 EUR.",
        "Germany made about 1.2 million EUR, 1.23M to be finer.",
        "That is 12.3 % of the total, or 12 percent.",
        "France lost -98,765.40 EUR, that is 99k.",
        "There were 412 orders and 7 returns.",
        "In March 2026 there were 3.",
        "On 2026-03-01 it was half: 50 %.",
        "1. Germany\n2. France\n3. the rest",
        "Top 10 products, as asked.",
        "Q3 was best; P-0001 sold well.",
        "No number at all.",
        "All 3 rows.",
    ],
)
def test_supported(text: str) -> None:
    assert unsupported(text, ROWS, ["show the top 10"], [date(2026, 3, 31)]) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Germany made 1,234,999 EUR.", ["1,234,999"]),
        ("Revenue was 5 EUR.", ["5"]),
        ("It rose by 17.3 %.", ["17.3 %"]),
        ("About 2.4 million.", ["2.4 million"]),
        ("412 orders and 13 returns.", ["13"]),
        ("Since 1999.", ["1999"]),
        ("On 2026-04-01.", ["2026-04-01"]),
        ("It is 12.4 %.", ["12.4 %"]),
        ("412,000 orders.", ["412,000"]),
    ],
)
def test_unsupported(text: str, wrong: list[str]) -> None:
    assert unsupported(text, ROWS, [], [date(2026, 3, 31)]) == wrong
