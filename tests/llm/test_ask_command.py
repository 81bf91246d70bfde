"""The commands of `llm` as a person meets them: follow, explain, no-run, tables by unit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from llm import evaluate
from llm.cli import app, evaluate_app
from llm.model import conversations
from tests.built import Built

runner = CliRunner(env={"COLUMNS": "80"})


@pytest.fixture(autouse=True)
def _own_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "path", lambda: tmp_path / "conversation")
    monkeypatch.setattr(evaluate, "history_path", lambda: tmp_path / "evaluations.jsonl")


@pytest.mark.usefixtures("built_database")
class TestAsk:
    def test_follow_leans_on_the_question_before(self) -> None:
        assert runner.invoke(app, ["ask", "orders in 2026 by channel", "--no-proof"]).exit_code == 0
        followed = runner.invoke(app, ["ask", "--follow", "only Germany", "--json"])
        answer = json.loads(followed.stdout)
        assert answer["columns"] == ["order__channel", "orders"]
        assert "Germany" in answer["proof"]["sql"]
        alone = runner.invoke(app, ["ask", "only Germany"])
        assert alone.exit_code == 1, "without --follow it stands alone"

    def test_no_run_shows_the_sql_and_runs_nothing(self) -> None:
        shown = runner.invoke(app, ["ask", "--no-run", "--sql", "revenue by country"])
        assert shown.exit_code == 0
        ran = runner.invoke(app, ["query", shown.stdout])
        assert "Germany" in ran.stdout
        assert conversations.last() is None
        found = json.loads(runner.invoke(app, ["ask", "--no-run", "--json", "top 5 x"]).stdout)
        assert (found["kind"], found["sql"]) == ("decline", "")

    def test_explain_names_what_each_word_was_taken_for(self) -> None:
        shown = runner.invoke(app, ["ask", "--explain", "revenue in Germany in Q1 2026"])
        assert "order__country = Germany" in shown.stdout
        assert "2026-01-01..2026-03-31" in shown.stdout
        assert "Proof" in shown.stdout

    def test_tables_show_units_and_json_keeps_the_numbers(self) -> None:
        question = "return rate by department in Q3 2026 compared with the previous quarter"
        table = runner.invoke(app, ["ask", question, "--no-proof"]).stdout
        header = next(line for line in table.splitlines() if line.startswith("Department"))
        assert header.split("  ")[-1].strip() == "Change %"
        assert "Q2 2026" in header
        assert max(map(len, table.splitlines())) <= 80
        assert " points" in table
        answer = json.loads(runner.invoke(app, ["ask", question, "--json"]).stdout)
        assert [one["unit"] for one in answer["headings"]] == ["", "rate", "rate", "points", "rate"]
        assert 0 < answer["rows"][0][1] < 1

    def test_the_previous_quarter_is_the_one_compared_with(self) -> None:
        question = "revenue last quarter, compared with the previous quarter"
        said = json.loads(runner.invoke(app, ["ask", question, "--json"]).stdout)
        assert '"last quarter" is 2026-07-01..2026-09-30.' in said["proof"]["assumptions"]
        assert '"the previous quarter" is 2026-04-01..2026-06-30.' in said["proof"]["assumptions"]


def test_evaluate_prints_and_compares(built_database: Built, tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text("- {id: a, category: outside, question: who is the CEO, kind: decline}\n")
    first = runner.invoke(evaluate_app, ["--set", str(path), "--compare"])
    assert first.exit_code == 0, first.output
    assert "1 questions, 100.0 % as expected" in first.stdout
    assert "no earlier run" in first.stdout
    path.write_text("- {id: a, category: outside, question: revenue, kind: decline}\n")
    second = runner.invoke(evaluate_app, ["--set", str(path)])
    assert second.exit_code == 1
    assert "answered wrongly 1" in second.stdout
