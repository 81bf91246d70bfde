"""YAML as the project writes it: lists indented below their key, no anchors, texts on one line."""

from __future__ import annotations

from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)


class Inline(dict[str, Any]):
    """A mapping that is written on one line."""


class Row(list[Any]):
    """A list that is written on one line."""


_Dumper.add_representer(
    Inline,
    lambda dumper, data: dumper.represent_mapping(
        "tag:yaml.org,2002:map", data.items(), flow_style=True
    ),
)
_Dumper.add_representer(
    Row,
    lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True),
)


def dump(content: dict[str, Any]) -> str:
    """The text of a YAML file."""
    text = yaml.dump(
        content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110,
        default_flow_style=False,
    )  # fmt: skip
    for section in ("models", "sources", "semantic_models", "metrics", "exposures"):
        text = text.replace(f"\n{section}:\n", f"\n\n{section}:\n")
    return text
