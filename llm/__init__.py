"""Answers with proof: questions in plain words, answered from the marts.

`ask(question)` and `query(sql)` are the two calls; everything heavy is imported when they run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llm.answer import Answer
    from llm.database import QueryResult

__all__ = ["ask", "query"]


def ask(question: str, *, model: str | None = None, **options: Any) -> Answer:
    """Answer a question from the marts; see `llm.answer.ask`."""
    from llm.answer import ask as run

    return run(question, model=model, **options)


def query(sql: str, *, max_rows: int | None = None) -> QueryResult:
    """Run one SELECT through the read-only door; see `llm.database.Door.query`."""
    from llm.database import Door

    with Door() as door:
        return door.query(sql, max_rows=max_rows)
