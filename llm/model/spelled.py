"""Tool calls that a model spelled out in its text, in the forms that chat templates teach.

Hermes and Qwen tags, Llama's tags and Python calls, Mistral's `[TOOL_CALLS]`, DeepSeek's and
Granite's marks, ReAct's "Action". Form only: names and arguments are judged elsewhere.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

Spelled = tuple[str, dict[str, Any]]

_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"```(?:json|tool_call|tool_code|python)?\s*(.*?)```", re.DOTALL)
_TAG = re.compile(r"<(tool_call|function_call|tool)\b[^>]*>(.*?)(?:</\1>|$)", re.DOTALL)
_NAMED_TAG = re.compile(
    r"<(function|tool_call)(?:=|\s+name=)[\"']?([\w.]+)[\"']?\s*>(.*?)(?:</\1>|$)", re.DOTALL
)
_PARAMETER = re.compile(r"<parameter=(\w+)>\s*(.*?)\s*</parameter>", re.DOTALL)
# A mark, the tool's name, perhaps another mark, the arguments.
_MARKED = re.compile(
    r"(?:\[TOOL_CALLS\]|<｜tool▁sep｜>|✿FUNCTION✿:|\bAction:)\s*([A-Za-z_][\w.]*)\s*"
    r"(?:\[ARGS\]|✿ARGS✿:|Action Input:|```(?:json)?)?\s*(\{.*?\})"
    r"\s*(?=$|```|✿|\[TOOL_CALLS\]|<｜|\n)",
    re.DOTALL,
)
_MARKS = re.compile(r"<\|[a-z_/]+\|>|\[TOOL_CALLS\]|</?s>")
_CALLED = re.compile(
    r"^\s*\[?\s*(?:print\()?([A-Za-z_.]+?)(?:\.call)?\s*\((.*?)\)+\s*\]?;?\s*$", re.DOTALL
)
_LAST_OBJECT = re.compile(r"\{\s*[\"'](?:name|tool)[\"'].*\}\s*$", re.DOTALL)
_NAMES = ("name", "tool", "function", "tool_name", "action")
_ARGUMENTS = ("arguments", "args", "parameters", "input", "action_input", "params")


def loads(text: str) -> dict[str, Any] | None:
    """A JSON object, read with the slips of small models; None if it is none.

    Takes single or curly quotes, bare keys, Python's True and None, trailing commas, comments, and
    words around the object. What is cut off is not filled up: the condition that is missing would
    widen the answer.
    """
    found = _value(text[text.find("{") : text.rfind("}") + 1]) if "{" in text else None
    return found if isinstance(found, dict) and all(isinstance(k, str) for k in found) else None


def spelled(text: str) -> list[Spelled]:
    """(tool, arguments) pairs, if the text is nothing but calls, or ends with one as JSON."""
    text = _THOUGHT.sub("", text).strip()
    tagged = [(m.group(2), _tagged(m.group(3))) for m in _NAMED_TAG.finditer(text)]
    if tagged:
        return [(name, given) for name, given in tagged if given is not None]
    marked = [(m.group(1), loads(m.group(2))) for m in _MARKED.finditer(text)]
    if marked:
        return [(name, given) for name, given in marked if given is not None]
    text = _MARKS.sub("", text).strip()
    pieces = [m.group(2) for m in _TAG.finditer(text)] or _FENCE.findall(text) or [text]
    return [one for piece in pieces for one in _calls(piece.strip())]


def _tagged(body: str) -> dict[str, Any] | None:
    parameters = _PARAMETER.findall(body)
    if not parameters:
        return loads(body)
    return {name: _literal(value) for name, value in parameters}


def _literal(text: str) -> object:
    try:
        return json.loads(text) if text[:1] in '[{"' else text
    except json.JSONDecodeError:
        return text


def _calls(piece: str) -> Iterator[Spelled]:
    called = _CALLED.match(piece)
    if called and not piece.startswith(("{", '"')):
        given = loads(called.group(2)) if called.group(2).strip().startswith("{") else None
        given = given if given is not None else _keywords(called.group(2))
        if given is not None:
            yield called.group(1), given
        return
    if not piece.startswith(("{", "[", '"')):
        last = _LAST_OBJECT.search(piece)
        piece = last.group() if last else ""
    yield from _named(_value(piece))


def _named(value: object) -> Iterator[Spelled]:
    """The calls in a value: one, a list of them, or one under `tool_calls`."""
    if isinstance(value, list):
        for one in value:
            yield from _named(one)
    found = loads(value) if isinstance(value, str) else value
    if not isinstance(found, dict):
        return
    if isinstance(found.get("tool_calls"), list):
        yield from _named(found["tool_calls"])
        return
    if isinstance(found.get("function"), dict):
        found = found["function"]
    name = next((found[key] for key in _NAMES if isinstance(found.get(key), str)), None)
    given: Any = next((found[key] for key in _ARGUMENTS if key in found), {})
    if name is None and len(found) == 1:
        name, given = next(iter(found.items()))  # {"query_metrics": {...}}
    if isinstance(given, str):
        given = loads(given)
    if isinstance(name, str) and isinstance(given, dict):
        yield name, given


def _value(text: str) -> object:
    """What JSON, or nearly JSON, says; None if it says nothing."""
    for mended in _mended(text) if text else ():
        for read in (json.loads, ast.literal_eval):
            try:
                found: object = read(mended)
            except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
                continue
            return found
    return None


def _mended(text: str) -> Iterator[str]:
    yield text
    if text.startswith("{{") and text.endswith("}}"):
        text = text[1:-1]
        yield text
    text = text.translate(str.maketrans("“”‘’", "\"\"''"))
    text = re.sub(r"(?m)(^|\s)//[^\n\"]*$", "", text)
    text = re.sub(r",(\s*[}\]])", r"\1", text)
    yield text
    yield re.sub(r"([{,]\s*)([A-Za-z_]\w*)(\s*:)", r'\1"\2"\3', text)


def _keywords(text: str) -> dict[str, Any] | None:
    """`metrics=["revenue"], grain="month"`."""
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            return None
        return {str(k.arg): ast.literal_eval(k.value) for k in call.keywords if k.arg}
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
