"""The prompts: Markdown files beside this one, filled by name."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

# The name of a message of ours among the user's: it asks for a correction, it is no question.
FEEDBACK = "assay_check"


def text(name: str, **values: object) -> str:
    """The prompt `name`.md with its `{placeholders}` filled. Values are never read as templates."""
    filled = _read(name)
    pieces = []
    rest = filled
    while "{" in rest:
        head, _, tail = rest.partition("{")
        key, brace, after = tail.partition("}")
        pieces.append(head)
        pieces.append(str(values[key]) if brace and key in values else "{" + key + brace)
        rest = after
    return "".join([*pieces, rest]).strip()


@lru_cache(maxsize=16)
def _read(name: str) -> str:
    return (Path(__file__).parent / f"{name}.md").read_text(encoding="utf-8")
