"""The questions asked last, so that `assay ask --follow` knows what "and by country?" leans on.

Kept in `$ASSAY_HOME`, one conversation for a checkout; questions only, no answers.
"""

from __future__ import annotations

import json
from pathlib import Path

from dbt_project import postgres

KEPT = 10


def path() -> Path:
    """Where they are kept."""
    return postgres.home() / "last_questions.json"


def load() -> tuple[str, ...]:
    """The questions of the last conversation, oldest first; none if there was none."""
    try:
        kept = json.loads(path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(str(one) for one in kept) if isinstance(kept, list) else ()


def keep(questions: tuple[str, ...]) -> None:
    """Remember a conversation; only its end, if it is long."""
    path().parent.mkdir(parents=True, exist_ok=True)
    path().write_text(json.dumps(questions[-KEPT:], ensure_ascii=False), encoding="utf-8")
