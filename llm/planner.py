"""The offline chat model: reads a question against the semantic layer, no key, no network.

A `BaseChatModel` that emits the same tool calls as a hosted model and then words the result. What a
question means is decided in `llm.question.reading`, how a result is worded in `llm.narrate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict

from llm.catalog import Catalog
from llm.narrate import narrate
from llm.prompts import FEEDBACK
from llm.question import sayings, unusual
from llm.question.lexicon import Lexicon
from llm.question.reading import Ask, Reading, Unusual, read
from llm.question.refusals import Clarify, Decline
from llm.request import MetricRequest, Scalar
from llm.settings import PLANNER
from llm.tools import Outcome, ToolName


class Planner(BaseChatModel):
    """Answers from a catalogue and its lexicon; keeps nothing between calls."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    catalog: Catalog
    lexicon: Lexicon

    @property
    def _llm_type(self) -> str:
        return PLANNER

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Planner:  # noqa: ARG002
        """It knows the tools already."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the interface's
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages))])

    def _next(self, messages: list[BaseMessage]) -> AIMessage:
        questions = [
            str(m.content) for m in messages if isinstance(m, HumanMessage) and m.name != FEEDBACK
        ] or [""]
        reading = read(questions[-1], self.catalog, self.lexicon, questions[:-1])
        last = messages[-1]
        if isinstance(last, ToolMessage):
            if isinstance(last.artifact, Outcome) and isinstance(reading, Unusual):
                text = unusual.told(last.artifact.result, reading.days)
                return AIMessage(" ".join([text, *reading.notes]))
            if isinstance(last.artifact, Outcome):
                notes = reading.notes if isinstance(reading, Ask) else ()
                return AIMessage(narrate(last.artifact, self.catalog, notes))
            reason = str(last.content).removeprefix("Error: ")
            reason = reason[:1].upper() + reason[1:]
            return _call(ToolName.DECLINE, {"reason": reason, "nearest": []})
        said = sayings.read(questions[-1], self.lexicon, self.catalog.window.today)
        if said is not None:
            return _call(*_said(said))
        return _call(*_tool_call(reading))


def arguments(request: MetricRequest) -> dict[str, Any]:
    """The request as `query_metrics` takes it."""
    found: dict[str, Any] = {"metrics": list(request.metrics)}
    if request.dimensions:
        found["dimensions"] = list(request.dimensions)
    if request.grain:
        found["grain"] = request.grain.value
    if request.filters:
        found["filters"] = [
            {
                "dimension": one.name,
                "operator": one.operator.value,
                **({"value": _value(one.values)} if one.values else {}),
            }
            for one in request.filters
        ]
    for name, day in (("start_date", request.time.start), ("end_date", request.time.end)):
        if day:
            found[name] = day.isoformat()
    if request.order:
        found["order_by"] = [f"-{name}" if down else name for name, down in request.order]
    if request.limit:
        found["limit"] = request.limit
    if request.offset:
        found["offset"] = request.offset
    if request.compare:
        start, end = request.compare.range.start, request.compare.range.end
        found["compare_start"] = start.isoformat() if start else None
        found["compare_end"] = end.isoformat() if end else None
    if request.ratios:
        found["ratios"] = [f"{ratio.numerator} / {ratio.denominator}" for ratio in request.ratios]
    if request.share:
        found["share"] = True
    if request.running:
        found["running"] = True
    if request.within:
        found["within"] = list(request.within)
    if request.summary:
        found["summary"] = request.summary.function
        found["over"] = list(request.summary.over)
    return found


def _value(values: tuple[Scalar, ...]) -> Scalar | list[Scalar]:
    return list(values) if len(values) > 1 else values[0]


def _tool_call(reading: Reading) -> tuple[ToolName, dict[str, Any]]:
    match reading:
        case Ask(request=request):
            return ToolName.QUERY_METRICS, arguments(request)
        case Unusual(sql=sql):
            return ToolName.RUN_SQL, {"sql": sql}
        case Clarify(question=question, options=options):
            return ToolName.ASK_BACK, {"question": question, "options": list(options)}
        case Decline(reason=reason, nearest=nearest):
            return ToolName.DECLINE, {"reason": reason, "nearest": list(nearest)}


def _said(asked: sayings.Saying | sayings.RowQuestion) -> tuple[ToolName, dict[str, Any]]:
    if isinstance(asked, sayings.RowQuestion):
        return ToolName.EXPLAIN_ROW, {"key": asked.key}
    found: dict[str, Any] = {"text": asked.text}
    if asked.filters:
        found["filters"] = {name: list(values) for name, values in asked.filters}
    for name, day in (("start_date", asked.time.start), ("end_date", asked.time.end)):
        if day:
            found[name] = day.isoformat()
    return ToolName.SEARCH_TEXT, found


def _call(name: ToolName, arguments: dict[str, Any]) -> AIMessage:
    call = ToolCall(name=name.value, args=arguments, id=f"call_{uuid4().hex[:12]}")
    return AIMessage("", tool_calls=[call])
