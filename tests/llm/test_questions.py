"""The planner answers the development sets: every result set equals the hand-written SQL's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

import llm
from dbt_project import postgres
from llm import evaluate
from llm.database import Door
from llm.evaluate import Question
from tests.built import Built

QUESTIONS = [one for name in ("dev", "business", "fresh") for one in evaluate.load(name)[1]]


def test_the_sets_are_what_they_say() -> None:
    # Only counts and truths are asserted: what fails here is printed, and the locked set is locked.
    locked = evaluate.load("test")[1]
    known = {one.question.lower() for one in QUESTIONS}
    names = [one.id for one in (*QUESTIONS, *locked)]
    enough, distinct = len(locked) >= 100, len(set(names)) == len(names)
    shared = sum(one.question.lower() in known for one in locked)
    del locked, known, names
    assert enough
    assert distinct
    assert shared == 0


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    """One for all questions, as the evaluation of a set has it."""
    with Door() as opened:
        yield opened


@pytest.mark.parametrize("one", QUESTIONS, ids=lambda one: one.id)
def test_question(one: Question, built_database: Built, door: Door) -> None:
    verdict = evaluate.judge(one, door)
    assert verdict.right, f"{one.question}: {verdict.got}: {verdict.note}"


def test_relative_times_count_from_the_last_order(built_database: Built) -> None:
    answer = llm.ask("revenue last month")
    assert answer.proof is not None
    assert any("2026-09-01..2026-09-30" in said for said in answer.proof.assumptions)
    with postgres.connect() as connection:
        last = connection.execute("select max(order_date) from marts.fct_orders").fetchone()
    assert last == (date(2026, 10, 31),)


def test_a_refusal_names_what_is_near(built_database: Built) -> None:
    for question in ("revenue by warehouse", "top 10 products"):
        answer = llm.ask(question)
        assert answer.options
        assert answer.proof is None


def test_a_rate_is_told_in_per_cent_whatever_it_is_called(built_database: Built) -> None:
    for question in ("cart abandonment rate", "share of open tickets"):
        text = llm.ask(question).text
        assert re.search(r": \d+\.\d %\.", text), text


def test_a_shared_first_place_is_told_as_shared(built_database: Built) -> None:
    answer = llm.ask("hour with the fewest failed payments")
    assert len(answer.rows) > 1
    assert len({failed for _, failed in answer.rows}) == 1
    assert f"shared by {len(answer.rows)}." in answer.text
    assert answer.proof is not None
    assert any("those that share its place" in said for said in answer.proof.assumptions)


def test_who_lacks_something_is_told_by_what(built_database: Built) -> None:
    answer = llm.ask("how many customers have never ordered?")
    assert answer.text.startswith("Number of customers (orders: 0): ")


def test_a_tie_at_the_last_place_is_told(built_database: Built) -> None:
    answer = llm.ask("the three customers who returned the least")
    assert [returned for _, returned in answer.rows] == [0, 0, 0]
    assert "The last place is shared" in answer.text
    reviews = [count for _, count in llm.ask("reviews by product").rows]
    # A tie that the limit cuts in two, with no other in front of it.
    cut = next(n for n in range(2, 20) if reviews[n - 2] > reviews[n - 1] == reviews[n])
    assert "The last place is shared" in llm.ask(f"top {cut} products by reviews").text
    assert "is shared" not in llm.ask("top 3 countries by revenue").text


def test_a_day_is_told_whether_it_stands_out_or_not(built_database: Built) -> None:
    quiet = llm.ask("why was revenue so high on 28 November 2025?")
    assert quiet.text.startswith("Nothing stands out on 28 November 2025; ")
    expected = quiet.columns.index("expected_eur")
    assert any(row[expected] is not None for row in quiet.rows)
    weeks = llm.ask("were there any unusual weeks for support tickets this year?")
    assert weeks.text.startswith(f"{len(weeks.rows)} rows stand out this year. First: ")


def test_a_share_is_told_beside_what_it_was(built_database: Built) -> None:
    answer = llm.ask("share of revenue by country in 2026 vs 2025")
    assert re.search(r"\(\d+\.\d % of the total, before \d+\.\d %\)", answer.text), answer.text
    units = {heading.label: heading.unit for heading in answer.headings}
    assert units["Share of revenue, 2025"] == "rate"
    assert units["Share of revenue, change"] == "points"


def test_personal_data_are_said_to_be_that(built_database: Built) -> None:
    answer = llm.ask("customers by last name")
    assert answer.kind == "declined"
    assert "personal data" in answer.text
    assert "personal" not in llm.ask("customers by warehouse").text
