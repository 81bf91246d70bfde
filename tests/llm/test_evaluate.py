"""Question sets, the judgement of result sets, and the history of runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llm import evaluate
from llm.errors import SettingsError
from llm.evaluate import same_result
from tests.built import Built


def test_judgement_can_say_no() -> None:
    assert same_result([("a", 1), ("b", 2)], [("b", 2.0), ("a", 1.0)], ordered=False)
    assert same_result([("a", 1)], [(1, "a")], ordered=False)
    assert not same_result([("a", 1), ("b", 2)], [("b", 2), ("a", 1)], ordered=True)
    assert not same_result([("a", 1)], [("a", 1.1)], ordered=False)
    assert not same_result([("a", 1)], [("a", 1), ("a", 1)], ordered=False)
    assert not same_result([("a", 1)], [("a", 1, 2)], ordered=False)
    assert not same_result([("a", None)], [("a", 0)], ordered=False)
    # Every column fits, but the rows do not go together.
    assert not same_result([("a", 1), ("b", 2)], [("a", 2), ("b", 1)], ordered=False)


def test_rows_are_paired_by_number_not_by_their_text() -> None:
    # As text "9.99..." would come behind "9.5", and "10.0" before it: the pairs would not meet.
    expected = [("x", 10.0), ("y", 9.5), ("z", None), (None, True)]
    got = [(None, True), ("z", None), ("y", 9.5), ("x", 9.999999999)]
    assert same_result([row[1:] for row in expected], [row[1:] for row in got], ordered=False)
    assert same_result(expected, got, ordered=False)
    assert not same_result(expected, [*got[:3], ("x", 9.4)], ordered=False)


def test_further_columns_only_where_they_are_allowed() -> None:
    assert same_result([(1,)], [("x", 1)], ordered=False, contains=True)
    assert not same_result([(1,)], [("x", 1)], ordered=False)
    assert not same_result([(1, 2)], [(1,)], ordered=False, contains=True)


SET = """
- id: one
  category: total
  ask: [revenue in 2025, 2025 revenue]
  kind: answer
  sql: select sum(revenue_eur) from marts.fct_order_items where extract(year from order_date) = 2025
- id: two
  category: outside
  question: who is the CEO?
  kind: decline
- id: three
  category: total
  question: revenue in 2025
  kind: answer
  sql: select 1
"""


def test_a_run_is_judged_kept_and_compared(
    built_database: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "history_path", lambda: tmp_path / "kept" / "evaluations.jsonl")
    path = tmp_path / "mine.yml"
    path.write_text(SET, encoding="utf-8")
    report = evaluate.run(str(path))
    assert [one.right for one in report.verdicts] == [True, True, True, False]
    assert report.categories == {"total": (2, 3), "outside": (1, 1)}
    assert report.summary["accuracy"] == 0.75
    assert report.summary["misled"] == 1
    assert report.summary["refusal_recall"] == 1
    assert 0 < report.summary["seconds_p50"] <= report.summary["seconds_p95"]
    assert evaluate.compare(report) is None

    (line,) = (tmp_path / "kept" / "evaluations.jsonl").read_text().splitlines()
    earlier = json.loads(line) | {"at": "2026-01-01T00:00:00+00:00", "wrong": ["one/1", "two"]}
    (tmp_path / "kept" / "evaluations.jsonl").write_text(json.dumps(earlier) + "\nbroken{\n")
    difference = evaluate.compare(report)
    assert difference is not None
    assert difference.better == ("one/1", "two")
    assert difference.worse == ("three",)
    assert json.loads(evaluate.as_json(report))["categories"]["total"] == {
        "right": 2,
        "questions": 3,
    }


@pytest.mark.parametrize(
    "text",
    ["", "- id: x", "- {id: x, ask: [a], kind: guess, category: c}", "[", "- {id: x, ask: [a], "
     "kind: answer, category: c}"],
)  # fmt: skip
def test_a_bad_set_is_an_error_that_says_where(tmp_path: Path, text: str) -> None:
    path = tmp_path / "set.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"set\.yml"):
        evaluate.load(str(path))
    with pytest.raises(SettingsError):
        evaluate.load("no-such-set")
