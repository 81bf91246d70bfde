"""What stands around the model in the agent's loop: limits, errors as text, checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from langchain.agents.middleware import (
    AgentMiddleware,
    AgentState,
    ModelCallLimitMiddleware,
    ToolErrorMiddleware,
)
from langchain.agents.middleware.types import ToolCallRequest, hook_config
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.runtime import Runtime

from llm import figures, prompts
from llm.catalog import Catalog
from llm.errors import DatabaseDownError, LlmError
from llm.model.repair import RepairCalls
from llm.search import text_search
from llm.tools import Outcome

Middleware = AgentMiddleware[AgentState[Any], None, Any]


def middleware(
    catalog: Catalog, question: str, max_model_calls: int, tools: Sequence[str]
) -> list[Any]:
    """The stack, outermost first: what a model said meets the last one first."""
    return [
        ModelCallLimitMiddleware(run_limit=max_model_calls, exit_behavior="end"),
        ToolErrorMiddleware(tool_error),
        CheckNumbers(catalog, question),
        RepairCalls(tools),
    ]


def tool_error(error: Exception, request: ToolCallRequest) -> str | None:  # noqa: ARG001
    """Our own errors go to the model as text with advice; a lost database ends the run."""
    if isinstance(error, DatabaseDownError) or not isinstance(error, LlmError):
        return None
    return f"Error: {error.advice}"


class CheckNumbers(Middleware):
    """A final text with numbers that were not measured goes back to the model, once."""

    def __init__(self, catalog: Catalog, question: str) -> None:
        super().__init__()
        self.supported: Callable[[str, Iterable[Outcome]], list[str]] = lambda text, outcomes: (
            unsupported_numbers(text, outcomes, catalog, question)
        )

    @hook_config(can_jump_to=["model"])
    def after_model(
        self,
        state: AgentState[Any],
        runtime: Runtime[None],  # noqa: ARG002 - the interface's
    ) -> dict[str, Any] | None:
        """Send the answer back if it says a number that no result holds."""
        messages = state["messages"]
        last = messages[-1]
        if not isinstance(last, AIMessage) or last.tool_calls or last.invalid_tool_calls:
            return None
        if any(m.name == prompts.FEEDBACK for m in messages):
            return None
        wrong = self.supported(str(last.text), outcomes(messages))
        if not wrong:
            return None
        feedback = prompts.text("check_numbers", numbers=", ".join(wrong))
        return {"messages": [HumanMessage(feedback, name=prompts.FEEDBACK)], "jump_to": "model"}


def outcomes(messages: Iterable[BaseMessage]) -> list[Outcome]:
    """Every query that ran, in order."""
    artifacts = (m.artifact for m in messages if isinstance(m, ToolMessage))
    return [one for one in artifacts if isinstance(one, Outcome)]


def unsupported_numbers(
    text: str, ran: Iterable[Outcome], catalog: Catalog, question: str
) -> list[str]:
    """The numbers of a text that no result, no date in play and no name supports."""
    rows: list[Any] = []
    dates = [catalog.window.first, catalog.window.last, catalog.window.today]
    allowed = [question, *(m.label for m in catalog.metrics.values())]
    for one in ran:
        rows += one.result.rows
        if one.search is not None:
            rows += text_search.numbers(one.search)
        if one.request is not None:
            ranges = [one.request.time]
            if one.request.compare:
                ranges.append(one.request.compare.range)
            dates += [day for r in ranges for day in (r.start, r.end) if day]
            said = [v for f in one.request.filters for v in f.values]
            allowed += [str(value) for value in said]
            # "above 10 %" by a bound of 0.1
            rows += [(value,) for value in said if isinstance(value, float)]
            allowed += [str(one.request.limit or "")]
    return figures.unsupported(text, rows, allowed, dates)
