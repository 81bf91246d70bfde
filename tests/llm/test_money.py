"""Currencies come from the metrics' units: nothing is in euros by itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from llm.money import is_money
from llm.narrate import amount
from llm.printing.render import figure
from llm.question import bounds
from llm.words import tokens


@pytest.mark.parametrize("unit", ["eur", "usd", "chf"])
def test_amounts_are_told_in_their_own_currency(unit: str) -> None:
    assert is_money(unit)
    assert amount(Decimal("1234.5"), unit) == f"1,234.50 {unit.upper()}"
    assert figure(Decimal("1234.5"), unit) == "1,234.50"


@pytest.mark.parametrize("unit", ["count", "rate", "days", "number", ""])
def test_other_units_are_no_money(unit: str) -> None:
    assert not is_money(unit)


@pytest.mark.parametrize(
    ("said", "unit", "value"),
    [
        ("orders over $500", "usd", 500),
        ("orders over 500 pounds", "gbp", 500),
        ("orders above 1,000 euros", "eur", 1_000),
        ("orders with more than 5 days", "days", 5),
        ("more than 2 weeks", "weeks", 2),
        ("at least 3 orders", "", 3),
    ],
)
def test_a_bound_knows_its_unit(said: str, unit: str, value: float) -> None:
    (found,) = bounds.find(tokens(said), set())
    assert (found.unit, found.value) == (unit, value)


@pytest.mark.parametrize("unit", ["count", "number", ""])
def test_a_whole_number_of_anything_else_is_told_whole(unit: str) -> None:
    assert amount(Decimal("1725"), unit) == "1,725"
    assert amount(Decimal("3.25"), unit) == "3.25"
