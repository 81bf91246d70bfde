"""The planner answers the question set: every result set equals the hand-written SQL's."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import llm
from dbt_project import postgres
from tests.built import Built
from tests.llm.questions import Question, load, same_result

QUESTIONS = load(Path(__file__).parent.parent / "data" / "questions.yml")
KINDS = {"answer": "answered", "clarify": "clarify", "decline": "declined"}


def test_the_set_is_what_it_says() -> None:
    assert len(QUESTIONS) == 60
    assert len({one.id for one in QUESTIONS}) == 60
    assert sum(one.kind == "answer" for one in QUESTIONS) == 50
    assert all(bool(one.sql) == (one.kind == "answer") for one in QUESTIONS)


@pytest.mark.parametrize("one", QUESTIONS, ids=lambda one: one.id)
def test_question(one: Question, built_database: Built) -> None:
    answer = llm.ask(one.question)
    assert answer.kind == KINDS[one.kind], answer.text
    if one.kind != "answer":
        assert answer.options, "a refusal names the nearest, a question back its options"
        assert answer.proof is None
        return
    with postgres.connect(autocommit=True) as connection:
        connection.execute("set timezone = 'UTC'")
        expected = connection.execute(one.sql.encode()).fetchall()
    assert expected, "the expected SQL finds something"
    assert answer.proof is not None
    assert same_result(expected, answer.rows, ordered=one.ordered), (
        f"{one.question}\nexpected {expected[:5]}\ngot      {answer.rows[:5]}\n{answer.proof.sql}"
    )
    assert answer.proof.files
    assert answer.proof.models


def test_relative_times_count_from_the_last_order(built_database: Built) -> None:
    answer = llm.ask("revenue last month")
    assert answer.proof is not None
    assert any("2026-09-01..2026-09-30" in said for said in answer.proof.assumptions)
    with postgres.connect() as connection:
        last = connection.execute("select max(order_date) from marts.fct_orders").fetchone()
    assert last == (date(2026, 10, 31),)


def test_judgement_can_say_no() -> None:
    assert same_result([("a", 1), ("b", 2)], [("b", 2.0), ("a", 1.0)], ordered=False)
    assert same_result([("a", 1)], [(1, "a")], ordered=False)
    assert not same_result([("a", 1), ("b", 2)], [("b", 2), ("a", 1)], ordered=True)
    assert not same_result([("a", 1)], [("a", 1.1)], ordered=False)
    assert not same_result([("a", 1)], [("a", 1), ("a", 1)], ordered=False)
    assert not same_result([("a", 1)], [("a", 1, 2)], ordered=False)
    assert not same_result([("a", None)], [("a", 0)], ordered=False)
