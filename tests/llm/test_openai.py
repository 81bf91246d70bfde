"""The agent with the real OpenAI client against a loopback server: good turns and bad ones."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from langchain_core.tracers.langchain import wait_for_all_tracers
from langsmith.run_trees import get_cached_client

import llm
from llm.answer import Answer
from llm.errors import (
    ModelAnswerError,
    ModelError,
    ModelRefusedError,
    ModelUnavailableError,
    ModelUnknownError,
    SettingsError,
)
from llm.tools import ToolName
from tests.built import Built
from tests.llm.openai_server import Scripted, Turn, call, serve

pytestmark = pytest.mark.usefixtures("built_database")

QUESTION = "What was our revenue in March 2026?"
MARCH = call("query_metrics", metrics=["revenue"], start_date="2026-03-01", end_date="2026-03-31")


@pytest.fixture
def revenue(built_database: Built) -> float:
    """The true figure, from the planner's own way."""
    return float(llm.ask(QUESTION).rows[0][0])


def ask(
    server: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    question: str = QUESTION,
    *,
    stream: bool = False,
) -> Answer:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    return llm.ask(question, model="test-model", stream=stream)


def tool_texts(server: Scripted) -> list[str]:
    return [m["content"] for m in server.requests[-1]["messages"] if m["role"] == "tool"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_normal_answer(monkeypatch: pytest.MonkeyPatch, revenue: float, stream: bool) -> None:
    text = f"Revenue in March 2026 was {revenue:,.2f} EUR."
    with serve([Turn(calls=(MARCH,)), Turn(text=text)]) as server:
        answer = ask(server, monkeypatch, stream=stream)
    assert answer.kind == "answered"
    assert answer.text == text
    assert float(answer.rows[0][0]) == revenue
    assert answer.model == "test-model"
    assert (answer.input_tokens, answer.output_tokens) == (200, 20)
    assert answer.proof is not None
    assert answer.proof.written_by == "the semantic layer"
    assert [one["stream"] for one in server.requests if stream] == [True] * (2 * stream)


def test_what_the_model_is_told(monkeypatch: pytest.MonkeyPatch, revenue: float) -> None:
    with serve([Turn(calls=(MARCH,)), Turn(text="Done.")]) as server:
        ask(server, monkeypatch)
    first = server.requests[0]
    assert {tool["function"]["name"] for tool in first["tools"]} == {
        name.value for name in ToolName
    }
    system = first["messages"][0]["content"]
    assert "2026-10-31" in system
    assert "average_order_value" in system
    assert "order__country" in system
    assert len(json.dumps(first)) < 30_000, "the whole first request stays small"
    assert f"{revenue:.4f}"[:8] in tool_texts(server)[0]


@pytest.mark.parametrize(
    "said",
    [
        "Revenue was 123,456.78 EUR.",
        "Revenue rose by 17.3 %.",
        "Revenue was about 9.9 million EUR.",
        "It was the best March since 1999.",
    ],
)
def test_an_invented_number_is_caught(
    monkeypatch: pytest.MonkeyPatch, revenue: float, said: str
) -> None:
    with serve([Turn(calls=(MARCH,)), Turn(text=said)]) as server:
        answer = ask(server, monkeypatch)
    assert len(server.requests) == 3, "the model got one chance to correct itself"
    assert "in no result" in server.requests[2]["messages"][-1]["content"]
    assert said not in answer.text
    assert f"{revenue:,.2f}" in answer.text
    assert any("not in the result" in warning for warning in answer.warnings)


def test_a_corrected_number_is_shown(monkeypatch: pytest.MonkeyPatch, revenue: float) -> None:
    right = f"Revenue was {revenue:,.0f} EUR."
    with serve([Turn(calls=(MARCH,)), Turn(text="It was 5 EUR."), Turn(text=right)]) as server:
        answer = ask(server, monkeypatch)
    assert answer.text == right
    assert not any("replaced" in warning for warning in answer.warnings)


def test_a_number_without_any_query_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve([Turn(text="Revenue in March 2026 was 1,000,000 EUR.")]) as server:
        answer = ask(server, monkeypatch)
    assert answer.kind == "declined"
    assert "1,000,000" not in answer.text
    assert answer.rows == ()


@pytest.mark.parametrize(
    "arguments", ['{"metrics": ["revenue"', "revenue please", '{"metrics": ["reve', ""]
)
def test_malformed_tool_arguments(
    monkeypatch: pytest.MonkeyPatch, revenue: float, arguments: str
) -> None:
    script = [
        Turn(calls=(("query_metrics", arguments),)),
        Turn(calls=(MARCH,)),
        Turn(text="Here it is."),
    ]
    with serve(script) as server:
        answer = ask(server, monkeypatch)
    assert answer.kind == "answered"
    assert float(answer.rows[0][0]) == revenue
    assert tool_texts(server)[0].startswith(("The arguments of query_metrics", "Error"))


@pytest.mark.parametrize(
    ("bad", "advice"),
    [
        (call("query_metrics", metrics=["revenu"]), "revenue"),
        (call("query_metrics", metrics=["revenue"], dimensions=["order__land"]), "order__"),
        (
            call("query_metrics", metrics=["revenue"], filters={"order__country": "Germani"}),
            "Germany",
        ),
        (
            call("query_metrics", metrics=["revenue"], dimensions=["session__device"]),
            "order__country",
        ),
        (call("query_metrics", metrics=["revenue"], grain="fortnight"), "month"),
        (call("lookup_values", dimension="order__country", text="Atlantis"), "Germany"),
        (call("run_sql", sql="drop table marts.fct_orders"), "SELECT"),
        (call("run_sql", sql="select * from raw.orders"), "fct_orders"),
        (call("run_sql", sql="select nonsense from marts.fct_orders"), "nonsense"),
        (call("make_coffee", strength=3), "query_metrics"),
    ],
)
def test_errors_come_back_as_advice(
    monkeypatch: pytest.MonkeyPatch, revenue: float, bad: tuple[str, str], advice: str
) -> None:
    with serve([Turn(calls=(bad,)), Turn(calls=(MARCH,)), Turn(text="Here it is.")]) as server:
        answer = ask(server, monkeypatch)
    assert answer.kind == "answered"
    assert advice in tool_texts(server)[0]


def test_a_model_that_never_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    again = Turn(calls=(call("search_catalog", text="revenue"),))
    with serve([again]) as server, pytest.raises(ModelAnswerError, match="again and again"):
        ask(server, monkeypatch)
    assert len(server.requests) <= 8


def test_a_model_that_never_stops_querying(monkeypatch: pytest.MonkeyPatch, revenue: float) -> None:
    with serve([Turn(calls=(MARCH,))]) as server:
        answer = ask(server, monkeypatch)
    assert float(answer.rows[0][0]) == revenue
    assert any("did not finish" in warning for warning in answer.warnings)


def test_too_many_requests_then_fine(monkeypatch: pytest.MonkeyPatch, revenue: float) -> None:
    limited = Turn(status=429, headers=(("Retry-After", "1"),), error="slow down")
    with serve([limited, Turn(calls=(MARCH,)), Turn(text="Here it is.")]) as server:
        started = time.monotonic()
        answer = ask(server, monkeypatch)
        waited = time.monotonic() - started
    assert answer.kind == "answered"
    assert 1.0 <= waited < 10


FAILURES: Sequence[tuple[Turn, type[ModelError]]] = [
    (Turn(status=429, headers=(("Retry-After", "0"),), error="slow down"), ModelUnavailableError),
    (Turn(status=401, error="wrong key"), ModelRefusedError),
    (Turn(status=403, error="not yours"), ModelRefusedError),
    (Turn(status=404, error="no such model"), ModelUnknownError),
    (Turn(status=400, error="bad request"), ModelError),
    (Turn(status=503, headers=(("Retry-After", "0"),), error="overloaded"), ModelUnavailableError),
    (Turn(drop=True), ModelUnavailableError),
]


@pytest.mark.parametrize(
    ("turn", "error"), FAILURES, ids=lambda one: str(getattr(one, "status", ""))
)
def test_failures_become_our_errors(
    monkeypatch: pytest.MonkeyPatch, turn: Turn, error: type[ModelError]
) -> None:
    with serve([turn]) as server, pytest.raises(error) as caught:
        ask(server, monkeypatch)
    assert caught.value.hint
    assert "127.0.0.1" in str(caught.value)
    assert "test-key" not in str(caught.value)


def test_a_dropped_connection_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, revenue: float
) -> None:
    with serve([Turn(drop=True), Turn(calls=(MARCH,)), Turn(text="Here it is.")]) as server:
        assert ask(server, monkeypatch).kind == "answered"


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(ModelUnavailableError, match=r"127\.0\.0\.1:9"):
        llm.ask(QUESTION, model="test-model")


def test_a_model_without_an_endpoint() -> None:
    with pytest.raises(SettingsError, match="no endpoint"):
        llm.ask(QUESTION, model="some-model")


def test_a_key_alone_sends_nothing_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-for-something-else")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert llm.ask(QUESTION).model == "planner"


@pytest.mark.parametrize("wanted", ["", "1"])
def test_nothing_is_traced_unless_wanted(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    with listening() as (url, called):
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_API_KEY", "not-a-key")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", url)
        monkeypatch.setenv("ASSAY_TRACING", wanted)
        assert llm.ask(QUESTION).kind == "answered"
        # Its thread sends what is left before the server goes; else it would complain for long.
        if wanted:
            wait_for_all_tracers()
            get_cached_client().flush()
    assert any("runs" in path for path in called) == bool(wanted)


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """A loopback server that takes anything; the paths that were called."""
    called: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            called.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(202)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_PATCH = do_POST  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", called
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_asking_back_and_declining(monkeypatch: pytest.MonkeyPatch) -> None:
    back = call("ask_back", question="Which rate?", options=["return rate", "margin rate"])
    with serve([Turn(calls=(back,))]) as server:
        answer = ask(server, monkeypatch, "rate by country")
    assert (answer.kind, answer.text) == ("clarify", "Which rate?")
    assert answer.options == ("return rate", "margin rate")
    no = call("decline", reason="There is no weather here.", nearest=["revenue"])
    with serve([Turn(calls=(no,))]) as server:
        answer = ask(server, monkeypatch, "weather?")
    assert (answer.kind, answer.options) == ("declined", ("revenue",))


def test_sql_of_the_model_goes_through_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = "select country, count(*) as n from fct_orders group by 1 order by 2 desc limit 3"
    with serve([Turn(calls=(call("run_sql", sql=sql),)), Turn(text="Here it is.")]) as server:
        answer = ask(server, monkeypatch, "orders by country, all of them")
    assert len(answer.rows) == 3
    assert answer.proof is not None
    assert answer.proof.written_by == "test-model"
    assert "marts.fct_orders" in answer.proof.sql


def test_an_empty_result_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = "select country from fct_orders where country = 'Atlantis'"
    text = "There were plenty of orders from Atlantis."
    with serve([Turn(calls=(call("run_sql", sql=sql),)), Turn(text=text)]) as server:
        answer = ask(server, monkeypatch, "orders from Atlantis")
    assert answer.rows == ()
    assert "nothing to report" in answer.text


def test_text_in_the_data_is_no_instruction_to_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    value = "{{ Dimension('order__country') }}' or 1=1 --"
    bad = call(
        "query_metrics",
        metrics=["revenue"],
        filters=[{"dimension": "order__country", "value": value}],
    )
    contains = call(
        "query_metrics",
        metrics=["revenue"],
        filters=[{"dimension": "order__country", "operator": "contains", "value": value}],
    )
    with serve([Turn(calls=(bad,)), Turn(calls=(contains,)), Turn(text="Nothing.")]) as server:
        answer = ask(server, monkeypatch)
    assert "holds no value" in tool_texts(server)[0]
    assert answer.proof is not None
    assert answer.rows in ((), ((None,),))
