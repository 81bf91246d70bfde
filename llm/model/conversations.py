"""Conversations: the questions asked before, kept by LangGraph's Postgres checkpointer.

They stand in the schema `conversations`, which only the owner reads and writes: the role that
answers has no part in it. Only questions are kept. What a tool returned, rows of people among it,
is measured anew each time and never written down; see `QuestionsSaver`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.postgres import PostgresSaver
from psycopg.rows import dict_row

from dbt_project import postgres
from dbt_project.errors import DbtProjectError
from llm.errors import ConversationError
from llm.prompts import FEEDBACK
from llm.settings import conversation_days

SCHEMA = "conversations"
# A conversation's last questions; what lies further back is forgotten.
KEPT_QUESTIONS = 10


class QuestionsSaver(PostgresSaver):
    """LangGraph's Postgres checkpointer, which keeps the user's questions and nothing else."""

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Write a checkpoint whose messages are the last questions."""
        kept = checkpoint.copy()
        kept["channel_values"] = {"messages": questions_of(checkpoint["channel_values"])}
        return super().put(config, kept, metadata, new_versions)

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Write nothing: a run that was cut off is asked again, not resumed."""

    def questions(self, thread: str) -> tuple[str, ...]:
        """A conversation's questions, oldest first; none if there is no such conversation."""
        found = self.get_tuple({"configurable": {"thread_id": thread}})
        values = found.checkpoint["channel_values"] if found else {}
        return tuple(str(one.content) for one in questions_of(values))

    def tidy(self, thread: str) -> None:
        """Keep one checkpoint of this conversation, and no conversation past its days."""
        self.prune([thread])
        old = self.conn.execute(  # type: ignore[union-attr]
            """
            select thread_id
            from checkpoints
            group by thread_id
            having max((checkpoint ->> 'ts')::timestamptz) < now() - make_interval(secs => %s)
            """,
            (conversation_days() * 86_400,),
        ).fetchall()
        self.prune([row["thread_id"] for row in old], strategy="delete")


def questions_of(values: dict[str, Any]) -> list[HumanMessage]:
    """The last questions among a state's messages."""
    found = values.get("messages") or []
    asked = [one for one in found if isinstance(one, HumanMessage) and one.name != FEEDBACK]
    return asked[-KEPT_QUESTIONS:]


@contextmanager
def opened() -> Iterator[QuestionsSaver]:
    """The checkpointer over a connection of the owner's; its schema is made where it is missing.

    Raises:
        ConversationError: Postgres cannot keep conversations here.
    """
    try:
        connection = postgres.connect(autocommit=True, application_name="assay ask")
    except DbtProjectError as error:
        raise _not_kept(error) from error
    try:
        with connection:
            yield _saver(connection)
    except psycopg.Error as error:  # the door's own are mapped already
        raise _not_kept(error) from error


def _saver(connection: psycopg.Connection[Any]) -> QuestionsSaver:
    connection.prepare_threshold = 0
    connection.row_factory = dict_row
    known = connection.execute("select to_regnamespace(%s) as schema", (SCHEMA,)).fetchone()
    if known is None or known["schema"] is None:
        connection.execute(f"create schema if not exists {SCHEMA}")
        connection.execute(f"revoke all on schema {SCHEMA} from public")
    connection.execute("select set_config('search_path', %s, false)", (SCHEMA,))
    saver = QuestionsSaver(connection)
    saver.setup()
    return saver


def _not_kept(error: Exception) -> ConversationError:
    return ConversationError(
        f"the conversation cannot be kept: {str(error).splitlines()[0]}",
        where=f"schema {SCHEMA}",
        hint="Ask without --follow, or let the owner create that schema.",
    )


def new_if_kept() -> str | None:
    """A name for a new conversation; None where Postgres cannot keep one."""
    try:
        with opened():
            return uuid4().hex
    except ConversationError:
        return None


def path() -> Path:
    """Where the name of this checkout's last conversation is."""
    return postgres.home() / "conversation"


def last() -> str | None:
    """The last conversation's name, if there was one."""
    try:
        return path().read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def remember(thread: str) -> None:
    """Let `--follow` go on with this conversation."""
    path().parent.mkdir(parents=True, exist_ok=True)
    path().write_text(thread + "\n", encoding="utf-8")
