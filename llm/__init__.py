"""Answers with proof: questions in plain words, answered from the marts.

`ask`, `query`, `index` and `describe` are the calls; what is heavy is imported when they run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llm.answer import Answer
    from llm.database import QueryResult
    from llm.document import Documentation
    from llm.search.knowledge import IndexRun

__all__ = ["ask", "describe", "index", "query"]


def ask(question: str, *, model: str | None = None, **options: Any) -> Answer:
    """Answer a question from the marts; see `llm.answer.ask`."""
    from llm.answer import ask as run

    return run(question, model=model, **options)


def query(sql: str, *, max_rows: int | None = None) -> QueryResult:
    """Run one SELECT through the read-only door; see `llm.database.Door.query`."""
    from llm.database import Door

    with Door() as door:
        return door.query(sql, max_rows=max_rows)


def index(
    *, rebuild: bool = False, on_progress: Callable[[int, int], None] | None = None
) -> IndexRun:
    """Bring the search index up to date with the marts; see `llm.search.knowledge.refresh`."""
    from llm import catalog, semantic
    from llm.answer import project_artifacts
    from llm.database import Door
    from llm.search import knowledge

    project = project_artifacts()
    with Door() as door:
        known = catalog.load(semantic.load(project.semantic_manifest_path), door)
    return knowledge.refresh(known, project, rebuild=rebuild, on_progress=on_progress)


def describe(
    names: Sequence[str] = (),
    *,
    model: str | None = None,
    allow_values: bool = False,
    on_model: Callable[[str], None] | None = None,
) -> Documentation:
    """Draft descriptions for what has none; see `llm.document.plan`. Writes nothing."""
    from llm import document
    from llm.settings import model_settings

    return document.plan(
        document.project(),
        names,
        model_settings(model),
        allow_values=allow_values,
        on_model=on_model,
    )
