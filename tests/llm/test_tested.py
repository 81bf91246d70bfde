"""What tests found: errors are loud, warnings that say nothing new are calm."""

from __future__ import annotations

import pytest

from dbt_project.artifacts import ColumnTest, Model
from llm import tested
from llm.tested import Status


def a_model(*tests: ColumnTest) -> Model:
    return Model(
        unique_id="model.a.orders", name="orders", schema="marts", relation="", description="",
        columns=(), parents=(), tests=(*(one.unique_id for one in tests), "test.a.single"), keys=(),
        path="", column_tests=tests,
    )  # fmt: skip


ORPHANS = ColumnTest("relationships", "product_id", {"to": "ref('products')"}, "test.a.orphans")


@pytest.mark.parametrize(
    ("status", "loud"),
    [
        (Status("orphans", "fail", 12, 12), "orphans (fail)"),
        (Status("orphans", "error", None, None), "orphans (error)"),
        (Status("orphans", "warn", 13, 12), "orphans (warn: 13 rows, 12 the time before)"),
    ],
)
def test_what_failed_or_grew_is_loud(status: Status, loud: str) -> None:
    statuses = {ORPHANS.unique_id: status}
    assert tested.failing([a_model(ORPHANS)], statuses) == (loud,)
    assert tested.known([a_model(ORPHANS)], statuses) == ()


@pytest.mark.parametrize("before", [None, 12, 20])
def test_a_warning_that_says_nothing_new_is_calm(before: int | None) -> None:
    statuses = {
        ORPHANS.unique_id: Status("orphans", "warn", 12, before),
        "test.a.single": Status("single", "pass", 0, 0),
    }
    assert tested.failing([a_model(ORPHANS)], statuses) == ()
    assert tested.known([a_model(ORPHANS)], statuses) == (
        "12 rows of orders have a product_id that products does not have",
    )


def test_each_kind_of_test_is_told_in_its_words() -> None:
    tests = (
        ColumnTest("not_null", "day", {}, "1"),
        ColumnTest("accepted_values", "channel", {}, "2"),
        ColumnTest("positive", "amount", {}, "3"),
    )
    statuses = {one.unique_id: Status(one.name, "warn", 1, None) for one in tests}
    statuses["test.a.single"] = Status("single", "warn", 2, None)
    assert tested.known([a_model(*tests)], statuses) == (
        "1 row of orders found by the test positive of amount",
        "1 row of orders has no day",
        "1 unexpected value of channel in orders",
        "2 rows found by the test single",
    )
