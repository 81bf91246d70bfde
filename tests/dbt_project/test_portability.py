"""What only Postgres understands belongs into macros, where another engine can have its own.

What is left in the models is counted here, and may only become less. docs/scaling.md says what it
means for a second engine.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

LEFT = {
    "distinct on": (r"\bdistinct\s+on\b", 3),
    "JSON operators and functions": (r"\bjsonb\w*\b|->>?|#>>?|@>|<@", 8),
    "regular expressions by operator": (r"(?<![\w!<>=~])!?~\*?(?=\s)", 4),
    "regexp functions": (r"\bregexp_\w+\b", 3),
    "series of rows": (r"\bgenerate_series\b", 4),
    "arrays": (r"\bunnest\b|\barray\[|\w\[\]|\barray_\w+|\bcardinality\b|= any\b", 45),
    "medians by `within group`": (r"within group", 9),
    "system functions": (r"\bpg_\w+", 0),
    "object names as types": (r"::reg\w+", 0),
    "full text": (r"\bto_ts(vector|query)\b|@@", 0),
}
"""Construct -> what finds it, and how often it may stand in models/."""


def own_sql(path: Path) -> str:
    """A model's SQL without comments and without what macros and dbt put in."""
    text = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", " ", path.read_text(), flags=re.DOTALL)
    return re.sub(r"--.*|'[^'\n]*'", " ", text)


@pytest.mark.parametrize("construct", LEFT)
def test_no_more_of_postgres_comes_into_the_models(root: Path, construct: str) -> None:
    pattern, most = LEFT[construct]
    found = [
        f"{path.relative_to(root)}: {match[0]}"
        for path in sorted((root / "models").rglob("*.sql"))
        for match in re.finditer(pattern, own_sql(path), re.IGNORECASE)
    ]
    assert len(found) <= most, "put it into a macro:\n" + "\n".join(found)
    assert len(found) >= most - 3, f"only {len(found)} are left: lower the number here"
