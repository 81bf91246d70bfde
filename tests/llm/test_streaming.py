"""What is shown while a model still writes, what it cost, and how fresh the answer is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import llm
from dbt_project import postgres
from llm import freshness
from llm.errors import SettingsError
from llm.model.streaming import CheckedText
from llm.request import MetricRequest, TimeRange
from llm.settings import model_settings
from tests.built import Built
from tests.llm.openai_server import Turn, call, serve

MARCH = call("query_metrics", metrics=["revenue"], start_date="2026-03-01", end_date="2026-03-31")
MIND = "! Mind this.\n"
QUESTION = "What was our revenue in March 2026?"


def shown(pieces: list[tuple[str, str]], whole: str, wrong: str = "999") -> str:
    out: list[str] = []
    text = CheckedText(out.append, lambda s: [wrong] if wrong in s else [], lambda: ["Mind this."])
    for piece, message in pieces:
        text.feed(piece, message)
    text.end(whole)
    return "".join(out)


@pytest.mark.parametrize(
    ("pieces", "whole", "expected"),
    [
        ([("It w", "a"), ("as 5. U", "a"), ("p.", "a")], "It was 5. Up.", f"{MIND}It was 5. Up."),
        ([("It was 5. 99", "a"), ("9 too.", "a")], "It was 5. 999 too.", f"{MIND}It was 5. "),
        ([("It was 999. Fine.", "a")], "It was 999. Fine.", ""),
        ([('{"name": "query_metrics"}. ', "a")], "x", ""),
        ([("<tool_call>. x", "a")], "x", ""),
        ([("Let me look", "a"), ("It was 5.", "b")], "It was 5.", f"{MIND}It was 5."),
        ([("Some. text", "a"), ("Other. text", "b")], "Other. text", f"{MIND}Some. "),
    ],
)  # fmt: skip
def test_only_checked_sentences_are_shown(
    pieces: list[tuple[str, str]], whole: str, expected: str
) -> None:
    assert shown(pieces, whole) == expected


def streamed(monkeypatch: pytest.MonkeyPatch, *texts: str) -> tuple[str, Any]:
    out: list[str] = []
    script = [Turn(calls=(MARCH,)), *(Turn(text=text) for text in texts)]
    with serve(script) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        answer = llm.ask(QUESTION, model="test-model", stream=True, on_text=out.append)
    return "".join(out), answer


def test_a_model_s_text_is_shown_as_it_comes(
    monkeypatch: pytest.MonkeyPatch, built_database: Built
) -> None:
    figure = f"{llm.ask(QUESTION).rows[0][0]:,.2f}"
    out, answer = streamed(monkeypatch, f"Revenue was {figure} EUR. That was March.")
    assert out.rstrip().endswith(answer.text)
    assert answer.text == f"Revenue was {figure} EUR. That was March."


def test_an_invented_number_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, built_database: Built
) -> None:
    out, answer = streamed(monkeypatch, "Here it is. It was 77,777 EUR.")
    assert "77,777" not in out + answer.text


def test_a_failed_test_is_said_before_the_first_word(
    monkeypatch: pytest.MonkeyPatch, built_database: Built
) -> None:
    proof = llm.ask(QUESTION).proof
    assert proof is not None
    with postgres.connect(autocommit=True) as connection:
        fail = "update quality.run_results set status = %s where node_id = %s"
        node, was = connection.execute(
            "select node_id, status from quality.node_status where name like %s limit 1",
            [f"unique_{proof.models[0].name}%"],
        ).fetchone() or ("", "")
        try:
            connection.execute(fail, ["fail", node])
            out, answer = streamed(monkeypatch, "Here it is.")
        finally:
            connection.execute(fail, [was, node])
    assert "did not pass" in answer.warnings[0]
    assert out.startswith(f"! {answer.warnings[0]}")
    assert out.rstrip().endswith("Here it is.")


def test_what_an_answer_costs(monkeypatch: pytest.MonkeyPatch, built_database: Built) -> None:
    monkeypatch.setenv("ASSAY_MODEL_PRICE", "0.5/2")
    _, answer = streamed(monkeypatch, "Here it is.")
    assert answer.model_calls == 2
    assert (answer.input_tokens, answer.output_tokens) == (200, 20)
    assert answer.cost == pytest.approx((200 * 0.5 + 20 * 2) / 1e6)
    assert llm.ask(QUESTION).cost is None


def test_a_price_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    monkeypatch.setenv("ASSAY_MODEL_PRICE", "cheap")
    with pytest.raises(SettingsError, match="no price"):
        model_settings("m")


NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CATALOG: Any = SimpleNamespace(window=SimpleNamespace(last=date(2026, 10, 31)))


def test_ages_are_said() -> None:
    said = freshness.told(CATALOG, [NOW - timedelta(days=3)], [NOW - timedelta(hours=2), None], NOW)
    assert said == (
        "The data end on 2026-10-31.",
        "The newest source file was loaded 2 hours ago.",
        "The oldest model behind this was built 3 days ago.",
    )


@pytest.mark.parametrize(
    ("end", "built", "loaded", "warning"),
    [
        (date(2026, 12, 31), NOW, NOW - timedelta(1), "before the end of the time asked for"),
        (date(2026, 10, 31), NOW, NOW + timedelta(1), "loaded after the last build"),
        (date(2026, 10, 31), NOW, NOW - timedelta(1), ""),
    ],
)
def test_what_makes_an_answer_older_than_it_looks(
    end: date, built: datetime, loaded: datetime, warning: str
) -> None:
    request = MetricRequest(metrics=("revenue",), time=TimeRange(None, end))
    said = " ".join(freshness.warnings(CATALOG, request, [built], [loaded]))
    assert warning in said if warning else not said


def test_an_index_older_than_its_texts_is_told(built_database: Built) -> None:
    llm.index()
    with postgres.connect(autocommit=True) as connection:
        connection.execute("update knowledge.index_runs set ended_at = '2000-01-01'")
        try:
            answer = llm.ask("what do customers say about the zip?")
        finally:
            connection.execute("update knowledge.index_runs set ended_at = now()")
    assert any("assay index" in one for one in answer.warnings)
