"""Small local models: what they are told, and the mistakes they make, against a real client."""

from __future__ import annotations

import json
from typing import Any

import pytest

import llm
from llm.answer import Answer
from llm.errors import ModelAnswerError
from llm.model import arguments, repair
from llm.settings import model_settings
from tests.built import Built
from tests.llm.openai_server import Scripted, Turn, call, serve

SMALL = "qwen2.5-1.5b-instruct"
QUESTION = "What was our revenue in March 2026?"
TOOLS = ("query_metrics", "search_text", "decline", "run_sql", "lookup_values")
MARCH = {"metrics": ["revenue"], "start_date": "2026-03-01", "end_date": "2026-03-31"}


@pytest.fixture
def revenue(built_database: Built) -> float:
    """The true figure, from the planner's own way."""
    return float(llm.ask(QUESTION).rows[0][0])


def ask(
    server: Scripted, monkeypatch: pytest.MonkeyPatch, question: str = QUESTION, model: str = SMALL
) -> Answer:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    return llm.ask(question, model=model)


WRITTEN = [
    json.dumps({"name": "query_metrics", "arguments": MARCH}),
    f"<tool_call>\n{json.dumps({'name': 'query_metrics', 'arguments': MARCH})}\n</tool_call>",
    f"Sure!\n```json\n{json.dumps({'tool': 'query_metric', 'parameters': MARCH})}\n```",
    "query_metrics(metrics=['revenue'], start_date='2026-03-01', end_date='2026-03-31')",
    json.dumps({"function": {"name": "query_metrics", "arguments": json.dumps(MARCH)}}),
    "{'name': 'query_metrics', 'arguments': {'metrics': ['revenue'], 'start_date': '2026-03',"
    " 'end_date': '2026-03',}}",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_call_written_as_text_is_made(
    monkeypatch: pytest.MonkeyPatch, revenue: float, text: str
) -> None:
    with serve([Turn(text=text), Turn(text="That was the revenue.")]) as server:
        answer = ask(server, monkeypatch)
    assert float(answer.rows[0][0]) == revenue
    assert len(server.requests) == 2, "it was not asked again"


J = json.dumps(MARCH)
PYTHON = 'query_metrics(metrics=["revenue"], start_date="2026-03-01", end_date="2026-03-31")'
# What chat templates teach models to write; each is one call, or two that are the same.
SPELLED = {
    "mistral": f'[TOOL_CALLS] [{{"name": "query_metrics", "arguments": {J}}}]',
    "mistral, new": f"[TOOL_CALLS]query_metrics{J}",
    "mistral, marked": f"[TOOL_CALLS]query_metrics[ARGS]{J}",
    "llama": f'<|python_tag|>{{"name": "query_metrics", "parameters": {J}}}',
    "llama, call": f"<|python_tag|>{PYTHON.replace('(', '.call(', 1)}",
    "llama, tag": f"<function=query_metrics>{J}</function>",
    "llama, list": f"[{PYTHON}]",
    "deepseek": f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>query_metrics\n"
    f"```json\n{J}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "qwen, old": f"✿FUNCTION✿: query_metrics\n✿ARGS✿: {J}\n",
    "qwen coder": '<tool_call>\n<function=query_metrics>\n<parameter=metrics>\n["revenue"]\n'
    "</parameter>\n<parameter=start_date>\n2026-03-01\n</parameter>\n<parameter=end_date>\n"
    "2026-03-31\n</parameter>\n</function>\n</tool_call>",
    "react": f"Thought: revenue.\nAction: query_metrics\nAction Input: {J}",
    "gemma": f"```tool_code\nprint({PYTHON})\n```",
    "granite": f'<|tool_call|>[{{"name": "query_metrics", "arguments": {J}}}]',
    "phi": '<|tool_call|>[{"function": {"name": "query_metrics", "arguments": '
    f"{J}}}}}]<|/tool_call|>",
    "wrapped": f'{{"tool_calls": [{{"name": "query_metrics", "arguments": {J}}}]}}',
    "thought": "<think>\nThe {March} figure.\n</think>\n"
    f'{{"name": "query_metrics", "arguments": {J}}}',
    "hermes, twice": f'<tool_call>{{"name": "query_metrics", "arguments": {J}}}</tool_call>\n' * 2,
    "hermes, open": f'<tool_call>\n{{"name": "query_metrics", "arguments": {J}}}',
    "prose first": f'I will look: {{"name": "query_metrics", "arguments": {J}}}',
    "name as key": f'{{"query_metrics": {J}}}',
    "curly quotes": f"{{“name”: “query_metrics”, “arguments”: {J.replace(chr(34), '”')}}}",
    "bare keys": "{name: 'query_metrics', arguments: {metrics: ['revenue'], "
    "start_date: '2026-03-01', end_date: '2026-03-31'}}",
    "double braces": f'{{{{"name": "query_metrics", "arguments": {J}}}}}',
    "a string": json.dumps(f'{{"name": "query_metrics", "arguments": {J}}}'),
    "named tag": f'<tool_call name="query_metrics">{J}</tool_call>',
}


@pytest.mark.parametrize("form", SPELLED)
def test_every_template_s_way_to_write_a_call_is_read(form: str) -> None:
    calls = repair.calls_in(SPELLED[form], TOOLS)
    assert calls
    assert all((one["name"], one["args"]) == ("query_metrics", MARCH) for one in calls)


@pytest.mark.parametrize(
    "text",
    [
        "Revenue in March was 12,345 EUR.",
        'You could use query_metrics(metrics=["revenue"]), but the data end in 2024.',
        '{"revenue": 123.4}',
        '{"name": "query_metrics", "arguments": {"metrics": ["revenue"], "start_date": "2026-03',
        "[TOOL_CALLS]",
        "<tool_call></tool_call>",
        "{{{{",
    ],
)
def test_what_is_no_whole_call_is_none(text: str) -> None:
    assert repair.calls_in(text, TOOLS) == []


MEANT = [
    '{"metrics": ["revenue"], "start_date": "2026-03-01", "end_date": "2026-03-31",}',
    "{'metrics': 'revenue', 'start_date': '2026-03', 'end_date': '2026-03'}",
    '{"metric": "Revenue", "start": "2026-03-01T00:00:00", "end": "2026-03-31T23:59:59"}',
    '{"metrics": [{"name": "revenue"}], "from": "2026-03-01", "to": "2026-03-31", "grain": null}',
    '{"measures": "revenue", "start_date": "2026-03-01", "end_date": "2026-03-31", "limit": "5"}',
    '{"metrics": ["revenue"], "start_date": "2026-03", "end_date": "2026-03", "filters": {}}',
    '{"metrics": ["revenue"], "start_date": "2026-03", "end_date": "2026-03", "filters": "",'
    ' "dimensions": "None", "order_by": []}',
]


@pytest.mark.parametrize("given", MEANT)
def test_arguments_are_taken_as_they_are_meant(
    monkeypatch: pytest.MonkeyPatch, revenue: float, given: str
) -> None:
    script = [Turn(calls=(("functions.query_metric", given),)), Turn(text="Here it is.")]
    with serve(script) as server:
        answer = ask(server, monkeypatch)
    assert float(answer.rows[0][0]) == revenue
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "filters",
    [
        {"order__country": "Germany"},
        "order__country = 'Germany'",
        [{"field": "country", "op": "==", "value": "germany"}],
        [{"dimension": "order__country", "operator": "eq", "values": ["Germany"]}],
        ["order__country = Germany"],
        [{"order__country": "Germany"}],
        "order__country in ('Germany')",
    ],
)
def test_filters_are_taken_as_they_are_meant(
    monkeypatch: pytest.MonkeyPatch, built_database: Built, filters: Any
) -> None:
    wanted = llm.ask("revenue in Germany in March 2026").rows[0][0]
    script = [
        Turn(calls=(call("query_metrics", **{**MARCH, "filters": filters}),)),
        Turn(text="Here."),
    ]
    with serve(script) as server:
        answer = ask(server, monkeypatch, "revenue in Germany in March 2026")
    assert answer.rows[0][0] == wanted


def test_a_small_model_is_told_little_and_chooses_from_names(
    monkeypatch: pytest.MonkeyPatch, revenue: float
) -> None:
    with serve([Turn(calls=(call("query_metrics", **MARCH),)), Turn(text="Here.")]) as server:
        ask(server, monkeypatch)
    first = server.requests[0]
    tools = {tool["function"]["name"]: tool["function"] for tool in first["tools"]}
    assert set(tools) == {"query_metrics", "search_text", "decline"}
    names = tools["query_metrics"]["parameters"]["properties"]["metrics"]["items"]["enum"]
    assert "revenue" in names
    assert len(names) <= 12
    assert len(json.dumps(first)) < 7_000, "about 2,000 tokens with everything"
    assert json.dumps(MARCH["start_date"]) in first["messages"][0]["content"], "the planner's hint"


def test_a_large_model_is_told_the_whole_catalogue(
    monkeypatch: pytest.MonkeyPatch, revenue: float
) -> None:
    with serve([Turn(calls=(call("query_metrics", **MARCH),)), Turn(text="Here.")]) as server:
        ask(server, monkeypatch, model="some-large-model")
    system = server.requests[0]["messages"][0]["content"]
    assert "not listed" not in system
    assert "- negative_review_rate:" in system
    assert "Make it if it says what is asked" in system


def test_a_catalogue_above_the_budget_is_cut_to_what_is_likely(
    monkeypatch: pytest.MonkeyPatch, built_database: Built
) -> None:
    monkeypatch.setenv("ASSAY_CATALOG_TOKENS", "300")
    question = "average rating by category"
    script = [
        Turn(calls=(call("query_metrics", metrics=["average_rating"]),)),
        Turn(text="Here it is."),
    ]
    with serve(script) as server:
        assert ask(server, monkeypatch, question, "some-large-model").kind == "answered"
    system = server.requests[0]["messages"][0]["content"]
    listed = system.partition("Metrics (")[2]
    assert len(listed) < 300 * 3.5 + 700
    assert "- average_rating:" in listed
    assert "- product__category" in listed
    assert "search_catalog finds them" in listed


def test_no_hint_where_the_planner_is_not_sure(
    monkeypatch: pytest.MonkeyPatch, built_database: Built
) -> None:
    no = call("decline", reason="There is no weather here.")
    with serve([Turn(calls=(no,))]) as server:
        ask(server, monkeypatch, "how is the weather on Mars?", "some-large-model")
    assert "Make it if it says" not in server.requests[0]["messages"][0]["content"]


def test_a_call_that_is_cut_off_is_not_filled_up(
    monkeypatch: pytest.MonkeyPatch, revenue: float
) -> None:
    """The condition that is missing would have made the answer another one."""
    cut = '{"metrics": ["revenue"], "start_date": "2026-03-01", "end_'
    script = [
        Turn(calls=(("query_metrics", cut),)),
        Turn(calls=(call("query_metrics", **MARCH),)),
        Turn(text="Here."),
    ]
    with serve(script) as server:
        answer = ask(server, monkeypatch)
    assert float(answer.rows[0][0]) == revenue
    assert len(server.requests) == 3


def test_a_model_that_only_repeats_itself_ends(
    monkeypatch: pytest.MonkeyPatch, revenue: float
) -> None:
    nonsense = call("query_metrics", metrics=["nonsense"])
    with serve([Turn(calls=(nonsense,))]) as server, pytest.raises(ModelAnswerError):
        ask(server, monkeypatch)
    assert len(server.requests) <= 8


@pytest.mark.parametrize(
    "text", ["The revenue was 5 EUR.", '{"revenue": 5}', "```sql\nselect 1\n```", "", "{", "f(x)"]
)
def test_text_that_is_no_call_stays_text(text: str) -> None:
    assert repair.calls_in(text, TOOLS) == []


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("query_metrics", "query_metrics"),
        ("functions.query_metrics", "query_metrics"),
        ("QueryMetrics", "query_metrics"),
        ("search-text", "search_text"),
        ("delete_everything", None),
        ("", None),
    ],
)
def test_tool_names(name: str, tool: str | None) -> None:
    assert repair.tool_name(name, TOOLS) == tool


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"end_date": "2024-02"}, {"end_date": "2024-02-29"}),
        ({"start_date": "2026"}, {"start_date": "2026-01-01"}),
        ({"end_date": "2026"}, {"end_date": "2026-12-31"}),
        ({"start_date": "last month"}, {"start_date": "last month"}),
        ({"grain": "Monthly"}, {"grain": "month"}),
        ({"order_by": [{"column": "revenue", "direction": "DESC"}]}, {"order_by": ["-revenue"]}),
        ({"group_by": "country", "top": 3}, {"dimensions": "country", "limit": 3}),
    ],
)
def test_forms_that_are_mended(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert arguments.forgiving(given) == expected


@pytest.mark.parametrize(
    ("name", "small"),
    [
        ("qwen2.5-1.5b-instruct", True),
        ("llama3.2:3b", True),
        ("Qwen2.5-0.5B-Instruct-Q4_K_M.gguf", True),
        ("llama-3.1-70b", False),
        ("qwen2.5-14b", False),
        ("gpt-4o-mini", False),
    ],
)
def test_small_models_are_known_by_their_names(
    monkeypatch: pytest.MonkeyPatch, name: str, small: bool
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert model_settings(name).small is small
    monkeypatch.setenv("ASSAY_SMALL_MODEL", "1")
    assert model_settings(name).small
