"""Puts descriptions into a dbt YAML file and leaves every other byte as it is.

Places are found in the parsed tree's marks; the text is spliced there. Nothing is dumped anew. A
description that says anything is never replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from llm.errors import DocumentError

_OPENS_JINJA = re.compile(r"\{[{%#]")


@dataclass(frozen=True)
class Text:
    """A description to be put in.

    Attributes:
        model: the model's name.
        column: the column's name; empty for the model itself.
        text: as it stands in the file: Jinja in it is meant.
        data_type: of a column that the file does not list yet, if it is to say so.
    """

    model: str
    column: str
    text: str
    data_type: str = ""


def escaped(text: str) -> str:
    """A text that dbt's Jinja renders to exactly this text."""
    if not _OPENS_JINJA.search(text):
        return text
    return text.replace("{", "{{ '{' }}")


def described(source: str, where: str) -> dict[tuple[str, str], str]:
    """(model, column) -> its description as it stands in the file; column "" is the model.

    Raises:
        DocumentError: the file is no YAML.
    """
    found = {}
    for model, node in _models(_tree(source, where)):
        found[model, ""] = _description(node)
        for column, inner in _columns(node):
            found[model, column] = _description(inner)
    return found


def with_descriptions(source: str, texts: Iterable[Text], where: str) -> str:
    """The file with these descriptions put in.

    A column that is not listed is added behind the model's last one. What already says something is
    left alone.

    Args:
        source: the file's text.
        where: its name, for errors.

    Raises:
        DocumentError: the file is no YAML, has no such model, or is written so that no description
            can be put in.
    """
    tree = _tree(source, where)
    models = dict(_models(tree))
    splices: list[tuple[int, int, str]] = []
    for one in texts:
        if one.model not in models:
            raise DocumentError(f"there is no model {one.model}", where=where)
        node = models[one.model]
        if one.column:
            inner = dict(_columns(node)).get(one.column)
            if inner is None:
                splices.append(_added(source, node, one, where))
                continue
            node = inner
        splice = _spliced(source, node, one, where)
        if splice is not None:
            splices.append(splice)
    for start, end, text in sorted(_merged(splices), reverse=True):
        source = source[:start] + text + source[end:]
    return source


def new_file(model: str, texts: Iterable[Text]) -> str:
    """A file for a model that has none."""
    texts = list(texts)
    lines = ["version: 2", "", "models:", f"  - name: {_scalar(model)}"]
    lines += [f"    description: {_quoted(one.text)}" for one in texts if not one.column]
    columns = [one for one in texts if one.column]
    lines += ["    columns:"] if columns else []
    for one in columns:
        first, *rest = _column(one)
        lines += [f"      - {first}", *(f"        {line}" for line in rest)]
    return "\n".join(lines) + "\n"


def _tree(source: str, where: str) -> yaml.Node | None:
    try:
        return yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise DocumentError(
            f"cannot be read as YAML: {str(error).splitlines()[0]}", where=where
        ) from error


def _models(tree: yaml.Node | None) -> list[tuple[str, yaml.MappingNode]]:
    found = []
    for _, value in _pairs(tree, "models"):
        if isinstance(value, yaml.SequenceNode):
            for item in value.value:
                for _, name in _pairs(item, "name"):
                    if isinstance(item, yaml.MappingNode):
                        found.append((str(name.value), item))
    return found


def _columns(node: yaml.MappingNode) -> list[tuple[str, yaml.MappingNode]]:
    found = []
    for _, value in _pairs(node, "columns"):
        if isinstance(value, yaml.SequenceNode):
            for item in value.value:
                for _, name in _pairs(item, "name"):
                    if isinstance(item, yaml.MappingNode):
                        found.append((str(name.value), item))
    return found


def _pairs(node: yaml.Node | None, key: str) -> list[tuple[yaml.Node, Any]]:
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(k, v) for k, v in node.value if getattr(k, "value", None) == key]


def _description(node: yaml.MappingNode) -> str:
    for _, value in _pairs(node, "description"):
        return str(value.value).strip() if value.tag != "tag:yaml.org,2002:null" else ""
    return ""


def _spliced(
    source: str, node: yaml.MappingNode, one: Text, where: str
) -> tuple[int, int, str] | None:
    if _description(node):
        return None
    text = _quoted(one.text)
    for key, value in _pairs(node, "description"):
        # It is there and says nothing: `description:`, `description: ""`, `description: ~`.
        start, end = value.start_mark.index, value.end_mark.index
        if start == end:
            start = end = key.end_mark.index + source[key.end_mark.index :].index(":") + 1
            return start, end, f" {text}"
        return start, end, text
    _, name = _pairs(node, "name")[0]
    end = name.end_mark.index
    if node.flow_style:
        return end, end, f", description: {text}"
    key, _ = _pairs(node, "name")[0]
    line_end = source.find("\n", end)
    line_end = len(source) if line_end < 0 else line_end
    rest = source[end:line_end].strip()
    if rest and not rest.startswith("#"):
        raise DocumentError(
            f"{one.model}.{one.column}: something stands behind its name on the same line",
            where=f"{where}:{name.start_mark.line + 1}",
            hint="Put it on a line of its own.",
        )
    newline = _newline(source, line_end)
    at = line_end - 1 if newline == "\r\n" else line_end
    return at, at, f"{newline}{' ' * key.start_mark.column}description: {text}"


def _added(source: str, node: yaml.MappingNode, one: Text, where: str) -> tuple[int, int, str]:
    """A new column behind the last one, or a new list of columns behind the model's name."""
    columns = _columns(node)
    if columns and not columns[-1][1].flow_style:
        last = columns[-1][1]
        at = _end_of(source, last)
        indent = last.start_mark.column
        dash = source.rfind("-", 0, last.start_mark.index)
        outer = dash - (source.rfind("\n", 0, dash) + 1)
        prefix = " " * outer + "-" + " " * (indent - outer - 1)
        newline = _newline(source, source.find("\n", at))
        first, *rest = _column(one)
        lines = [prefix + first, *(" " * indent + line for line in rest)]
        return at, at, "".join(newline + line for line in lines)
    if columns or node.flow_style:
        raise DocumentError(
            f"{one.model}.{one.column} is not listed, and its list of columns is written inline",
            where=f"{where}:{node.start_mark.line + 1}",
            hint="Write the columns as a block, or add the column yourself.",
        )
    if _pairs(node, "columns"):
        raise DocumentError(
            f"the columns of {one.model} are empty or no list",
            where=where,
            hint="Remove the empty `columns:`.",
        )
    at = _end_of(source, node)
    indent = " " * node.start_mark.column
    newline = _newline(source, source.find("\n", at))
    head = f"{newline}{indent}columns:"
    first, *rest = _column(one)
    lines = [f"{indent}  - {first}", *(f"{indent}    {line}" for line in rest)]
    return at, at, head + "".join(newline + line for line in lines)


def _column(one: Text) -> list[str]:
    """The lines of a column that was not listed."""
    lines = [f"name: {_scalar(one.column)}", f"description: {_quoted(one.text)}"]
    return [*lines, f"data_type: {one.data_type}"] if one.data_type else lines


def _merged(splices: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Splices at one place become one, in order; a list of columns is opened once."""
    merged: dict[tuple[int, int], str] = {}
    for start, end, text in splices:
        before = merged.get((start, end), "")
        head, mark, rest = text.partition("columns:")
        if before and mark and not head.strip() and f"{head}{mark}" in before:
            text = rest
        merged[start, end] = before + text
    return [(start, end, text) for (start, end), text in merged.items()]


def _end_of(source: str, node: yaml.Node) -> int:
    """Behind the last character that belongs to the node: its end mark lies after blank lines."""
    end = node.end_mark.index
    lines = source[:end].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        end -= len(lines.pop())
    return len(source[:end].rstrip())


def _newline(source: str, at: int) -> str:
    return "\r\n" if at > 0 and source[at - 1 : at + 1] == "\r\n" else "\n"


def _quoted(text: str) -> str:
    # A JSON string is a double-quoted YAML scalar; YAML wants these two escaped besides.
    quoted = json.dumps(text, ensure_ascii=False)
    for code in ("\x7f", "\x85", "\u2028", "\u2029", "\ufeff"):
        quoted = quoted.replace(code, f"\\u{ord(code):04x}")
    return quoted


def _scalar(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and name.lower() not in {
        "y", "n", "yes", "no", "on", "off", "true", "false", "null",
    } else _quoted(name)  # fmt: skip
