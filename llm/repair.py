"""Tool calls as small models write them, made into calls that can be run.

Calls written into the text, JSON with slips, names that are nearly right, arguments under another
name. Only the form is mended; what is asked for stays the model's, and every name and value is
still checked against the catalogue.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import hook_config
from langchain_core.messages import AIMessage, BaseMessage, ToolCall, ToolMessage
from langgraph.runtime import Runtime

from llm import prompts

_FENCE = re.compile(r"```(?:json|tool_call|python)?\s*(.*?)```", re.DOTALL)
_TAG = re.compile(r"<(tool_call|function_call|tool|function)[^>]*>(.*?)(?:</\1>|$)", re.DOTALL)
_CALLED = re.compile(r"^\s*([a-z_]+)\s*\((.*)\)\s*;?\s*$", re.DOTALL)
_NAMES = ("name", "tool", "function", "tool_name", "action")
_ARGUMENTS = ("arguments", "args", "parameters", "input", "action_input", "params")


def loads(text: str) -> dict[str, Any] | None:
    """A JSON object, read with the slips of small models; None if it is none.

    Takes single quotes, Python's True and None, trailing commas, comments, and words around the
    object. What is cut off is not filled up: the condition that is missing would widen the answer.
    """
    start = text.find("{")
    if start < 0:
        return None
    candidate = text[start : text.rfind("}") + 1]
    for mended in _mended(candidate):
        try:
            found = json.loads(mended)
        except json.JSONDecodeError:
            try:
                found = ast.literal_eval(mended)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
        if isinstance(found, dict) and all(isinstance(key, str) for key in found):
            return found
    return None


def calls_in(text: str, tools: Sequence[str]) -> list[ToolCall]:
    """The tool calls that a text spells out, if it is nothing but calls and their wrapping."""
    pieces = [match.group(2) for match in _TAG.finditer(text)] or _FENCE.findall(text) or [text]
    found = []
    for piece in pieces:
        call = _call(piece.strip(), tools)
        if call is not None:
            found.append(call)
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


def _call(piece: str, tools: Sequence[str]) -> ToolCall | None:
    spelled = _CALLED.match(piece)
    if spelled and (name := tool_name(spelled.group(1), tools)):
        arguments = loads(spelled.group(2)) or _keywords(spelled.group(2))
        return _made(name, arguments) if arguments is not None else None
    found = loads(piece) if piece.startswith(("{", "[")) else None
    if found is None:
        return None
    wanted = next((found[key] for key in _NAMES if isinstance(found.get(key), str)), None)
    if wanted is None and isinstance(found.get("function"), dict):
        found = found["function"]
        wanted = found.get("name")
    name = tool_name(wanted, tools) if isinstance(wanted, str) else None
    if name is None:
        return None
    arguments = next((found[key] for key in _ARGUMENTS if key in found), {})
    if isinstance(arguments, str):
        arguments = loads(arguments)
    return _made(name, arguments) if isinstance(arguments, dict) else None


def _keywords(text: str) -> dict[str, Any] | None:
    """`metrics=["revenue"], grain="month"`."""
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            return None
        return {str(k.arg): ast.literal_eval(k.value) for k in call.keywords if k.arg}
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _mended(text: str) -> Iterator[str]:
    yield text
    text = re.sub(r"(?m)(^|\s)//[^\n\"]*$", "", text)
    text = re.sub(r",(\s*[}\]])", r"\1", text)
    yield text


def _made(name: str, arguments: dict[str, Any], id_: str | None = None) -> ToolCall:
    return ToolCall(name=name, args=arguments, id=id_ or f"call_{uuid4().hex[:12]}")


def _complaint(call: Any) -> ToolMessage:
    text = prompts.text("bad_arguments", tool=call["name"], error=call["error"] or "unreadable")
    return ToolMessage(text, tool_call_id=call["id"] or "", name=call["name"] or "", status="error")
