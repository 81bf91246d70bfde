"""Tool calls as small models write them, made into calls that can be run.

Calls written into the text, JSON with slips, names that are nearly right, arguments under another
name. Only the form is mended; what is asked for stays the model's, and every name and value is
still checked against the catalogue.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import hook_config
from langchain_core.messages import AIMessage, BaseMessage, ToolCall, ToolMessage
from langgraph.runtime import Runtime

from llm import prompts
from llm.model.spelled import loads, spelled


def calls_in(text: str, tools: Sequence[str]) -> list[ToolCall]:
    """The tool calls that a text spells out, if it is nothing but calls and their wrapping."""
    found = []
    for name, given in spelled(text):
        known = tool_name(name, tools)
        if known is not None:
            found.append(_made(known, given))
    return found


def tool_name(name: str, tools: Sequence[str]) -> str | None:
    """The tool that is meant: `functions.query_metric` is `query_metrics`."""
    plain = re.sub(r"[^a-z]+", "_", name.lower().rpartition(".")[2]).strip("_")
    if plain in tools:
        return plain
    close = difflib.get_close_matches(plain, tools, n=1, cutoff=0.75)
    return close[0] if close else None


class RepairCalls(AgentMiddleware[AgentState[Any], None, Any]):
    """Mends calls; those that cannot be mended are told to the model instead of ending the run."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)

    @hook_config(can_jump_to=["model", "tools"])
    def after_model(
        self,
        state: AgentState[Any],
        runtime: Runtime[None],  # noqa: ARG002 - the interface's
    ) -> dict[str, Any] | None:
        """Replace the model's message by one with calls that run, or go back to the model."""
        last = state["messages"][-1]
        if not isinstance(last, AIMessage):
            return None
        told: list[BaseMessage] = []
        calls = [self._named(call) for call in last.tool_calls]
        for invalid in last.invalid_tool_calls:
            arguments = loads(invalid["args"] or "{}")
            name = tool_name(invalid["name"] or "", self.names)
            if arguments is not None and name:
                calls.append(_made(name, arguments, invalid["id"]))
            else:
                told.append(_complaint(invalid))
        if not calls and not told and not last.invalid_tool_calls:
            calls = calls_in(str(last.text), self.names)
        if calls == last.tool_calls and not told:
            return None
        mended = last.model_copy(
            update={
                "tool_calls": calls,
                "invalid_tool_calls": [] if calls else last.invalid_tool_calls,
            }
        )
        if calls:
            # The same id replaces the message; a call without a result would be refused.
            if mended.id is None:
                mended.id = f"run-{uuid4()}"
            return {"messages": [mended], "jump_to": "tools"}
        return {"messages": told, "jump_to": "model"}

    def _named(self, call: ToolCall) -> ToolCall:
        name = tool_name(call["name"], self.names) or call["name"]
        return call if name == call["name"] else ToolCall(**{**call, "name": name})


def _made(name: str, arguments: dict[str, Any], id_: str | None = None) -> ToolCall:
    return ToolCall(name=name, args=arguments, id=id_ or f"call_{uuid4().hex[:12]}")


def _complaint(call: Any) -> ToolMessage:
    text = prompts.text("bad_arguments", tool=call["name"], error=call["error"] or "unreadable")
    return ToolMessage(text, tool_call_id=call["id"] or "", name=call["name"] or "", status="error")
