"""What only Postgres understands stands in macros that another engine can have its own of.

A macro that dispatches is a name; how Postgres says it is the macro `postgres__` that name, or
`default__` where standard SQL says it so. docs/scaling.md says what a second engine still lacks.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ONLY_POSTGRES = {
    "distinct on": r"\bdistinct\s+on\b",
    "JSON operators and functions": r"\bjsonb\w*\b|->>?|#>>?|@>|<@",
    "regular expressions by operator": r"(?<![\w!<>=~])!?~\*?(?=\s)",
    "regexp functions": r"\bregexp_\w+\b",
    "series of rows": r"\bgenerate_series\b",
    "arrays": r"\bunnest\b|\barray\[|\w\[\]|\barray_\w+|\bcardinality\b|= any\b",
    "medians by `within group`": r"within group",
    "system functions": r"\bpg_\w+",
    "object names as types": r"::reg\w+",
    "full text": r"\bto_ts(vector|query)\b|@@",
}
"""Construct -> what finds it."""
BUSINESS = ("cleaning", "context", "engine", "judging", "text")
"""Folders of macros/ with what the models mean; the others say how a build works on Postgres."""
MACRO = re.compile(r"\{%-? macro (\w+)\(.*?\) -?%\}(.*?)\{%-? endmacro", re.DOTALL)


@pytest.mark.parametrize("construct", ONLY_POSTGRES)
def test_no_model_says_what_only_postgres_understands(root: Path, construct: str) -> None:
    found = [
        f"{path.relative_to(root)}: {match[0]}"
        for path in sorted((root / "models").rglob("*.sql"))
        for match in re.finditer(ONLY_POSTGRES[construct], sql_of(path.read_text()), re.IGNORECASE)
    ]
    assert not found, f"put it into a macro that dispatches: {found}"


@pytest.mark.parametrize("construct", ONLY_POSTGRES)
def test_no_macro_says_what_only_postgres_understands_but_an_implementation(
    root: Path, construct: str
) -> None:
    found = [
        f"{path.relative_to(root)}: {macro[1]}"
        for folder in BUSINESS
        for path in sorted((root / "macros" / folder).glob("*.sql"))
        for macro in MACRO.finditer(path.read_text())
        if not re.match("(postgres|default)__", macro[1])
        and re.search(ONLY_POSTGRES[construct], sql_of(macro[2]), re.IGNORECASE)
    ]
    assert not found, f"have it dispatch, as those in macros/engine do: {found}"


def sql_of(text: str) -> str:
    """The SQL, what stands as text in its Jinja too, without comments and Jinja's own `~`."""
    jinja = r"\{#.*?#\}|(?<!')--[^\n]*|\s~\s(?=[^{}]*[%}]\})|(?<=')\n\s+~(?= ')"
    return re.sub(jinja, " ", text, flags=re.DOTALL)
