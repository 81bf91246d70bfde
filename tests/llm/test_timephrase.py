"""Time expressions, counted from Saturday, 31 October 2026."""

from __future__ import annotations

from datetime import date

import pytest

from llm.dates import Period, before, described, shifted, whole
from llm.question.timephrase import find
from llm.request import Grain, TimeRange
from llm.words import tokens

TODAY = date(2026, 10, 31)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "2026-10-31"),
        ("yesterday", "2026-10-30"),
        ("last quarter", "2026-07-01..2026-09-30"),
        ("the previous month", "2026-09-01..2026-09-30"),
        ("last week", "2026-10-19..2026-10-25"),
        ("this year", "2026-01-01..2026-10-31"),
        ("this week so far", "2026-10-26..2026-10-31"),
        ("year to date", "2026-01-01..2026-10-31"),
        ("ytd", "2026-01-01..2026-10-31"),
        ("qtd last year", "2025-10-01..2025-10-31"),
        ("2025 ytd", "2025-01-01..2025-10-31"),
        ("last week to date", "2026-10-19..2026-10-24"),
        ("in the last 30 days", "2026-10-02..2026-10-31"),
        ("over the past two weeks", "2026-10-12..2026-10-25"),
        ("last 3 months", "2026-07-01..2026-09-30"),
        ("3 months ago", "2026-07-01..2026-07-31"),
        ("in March 2026", "2026-03-01..2026-03-31"),
        ("in March", "2026-03-01..2026-03-31"),
        ("in November", "2025-11-01..2025-11-30"),
        ("sept 2025", "2025-09-01..2025-09-30"),
        ("2026-03", "2026-03-01..2026-03-31"),
        ("december last year", "2025-12-01..2025-12-31"),
        ("since June", "2026-06-01..2026-10-31"),
        ("since 2025-06-15", "2025-06-15..2026-10-31"),
        ("from 2025 onwards", "2025-01-01..2026-10-31"),
        ("before March 2026", "until 2026-02-28"),
        ("until the end of March 2026", "until 2026-03-31"),
        ("after June 2026", "from 2026-07-01"),
        ("Q1 2026", "2026-01-01..2026-03-31"),
        ("2026-Q1", "2026-01-01..2026-03-31"),
        ("first quarter of 2026", "2026-01-01..2026-03-31"),
        ("Q3", "2026-07-01..2026-09-30"),
        ("second half of 2025", "2025-07-01..2025-12-31"),
        ("2025", "2025-01-01..2025-12-31"),
        ("between January and March 2026", "2026-01-01..2026-03-31"),
        ("from November to January 2026", "2025-11-01..2026-01-31"),
        ("between 2026-01-05 and 2026-01-10", "2026-01-05..2026-01-10"),
        ("on 5 March 2026", "2026-03-05"),
        ("March 5th, 2026", "2026-03-05"),
        ("05.03.2026", "2026-03-05"),
        ("the week of 5 March 2026", "2026-03-02..2026-03-08"),
        ("week 10 of 2026", "2026-03-02..2026-03-08"),
        ("week 50", "2025-12-08..2025-12-14"),
        ("on Black Friday 2025", "2025-11-28"),
        ("last friday", "2026-10-30"),
        ("in may", "2026-05-01..2026-05-31"),
        ("in 1871", "1871-01-01..1871-12-31"),
    ],
)
def test_one_expression(text: str, expected: str) -> None:
    found = find(tokens(text), TODAY)
    assert [str(one.period.range) for one in found] == [expected]


@pytest.mark.parametrize("text", ["may I see it", "the quarter", "by month", "a second look", "5"])
def test_no_expression(text: str) -> None:
    assert find(tokens(text), TODAY) == []


def test_the_future_is_marked() -> None:
    assert [one.future for one in find(tokens("next month"), TODAY)] == [True]
    assert [one.future for one in find(tokens("in 2026"), TODAY)] == [False]


def test_several_expressions_in_order() -> None:
    found = find(tokens("Q1 2026 against Q1 2025"), TODAY)
    assert [str(one.period.range) for one in found] == [
        "2026-01-01..2026-03-31",
        "2025-01-01..2025-03-31",
    ]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (whole(Grain.QUARTER, date(2026, 7, 1)), "2026-04-01..2026-06-30"),
        (whole(Grain.MONTH, date(2026, 3, 1)), "2026-02-01..2026-02-28"),
        (whole(Grain.YEAR, date(2025, 1, 1)), "2024-01-01..2024-12-31"),
        (whole(Grain.MONTH, date(2026, 1, 1), 3), "2025-10-01..2025-12-31"),
        (Period(date(2026, 10, 2), date(2026, 10, 31), Grain.DAY), "2026-09-02..2026-10-01"),
    ],
)
def test_the_period_before(period: Period, expected: str) -> None:
    assert str(before(period)[0].range) == expected


def test_whole_months_stay_whole() -> None:
    february = whole(Grain.MONTH, date(2025, 2, 1))
    assert str(shifted(february, Grain.YEAR, -1).range) == "2024-02-01..2024-02-29"


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (TimeRange(date(2026, 3, 1), date(2026, 3, 31)), "March 2026"),
        (TimeRange(date(2026, 7, 1), date(2026, 9, 30)), "Q3 2026"),
        (TimeRange(date(2025, 1, 1), date(2025, 12, 31)), "2025"),
        (TimeRange(date(2026, 3, 5), date(2026, 3, 5)), "5 March 2026"),
        (TimeRange(date(2026, 3, 5), date(2026, 3, 6)), "2026-03-05 to 2026-03-06"),
        (TimeRange(date(2026, 3, 5), None), "since 5 March 2026"),
        (TimeRange(), "all time"),
    ],
)
def test_what_a_range_is_called(time: TimeRange, expected: str) -> None:
    assert described(time) == expected
