"""Conversations: kept in a schema of their own, questions only, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

import llm
from dbt_project import postgres
from llm.database import Door
from llm.errors import ConversationError, SqlRefusedError
from llm.model import conversations
from tests.built import Built
from tests.llm.openai_server import Turn, serve


@pytest.fixture(autouse=True)
def _own_schema(built_database: Built) -> Iterator[None]:
    yield
    with postgres.connect(autocommit=True) as connection:
        connection.execute(f"drop schema if exists {conversations.SCHEMA} cascade")


def kept(sql: str) -> list[tuple[object, ...]]:
    with postgres.connect() as connection:
        return connection.execute(sql).fetchall()


def test_a_conversation_goes_on_in_another_process() -> None:
    llm.ask("orders in 2026 by channel", thread="one")
    llm.ask("revenue by department", thread="other")
    answer = llm.ask("only Germany", thread="one")
    assert answer.columns == ("order__channel", "orders")
    assert answer.proof is not None
    assert "Germany" in answer.proof.sql
    with conversations.opened() as saver:
        assert saver.questions("one") == ("orders in 2026 by channel", "only Germany")
        assert saver.questions("nobody's") == ()


def test_only_questions_are_written() -> None:
    answer = llm.ask("top 3 customers by revenue in 2026", thread="one")
    names = [str(row[0]) for row in answer.rows]
    assert names
    blobs = kept("select channel, convert_from(blob, 'latin1') from conversations.checkpoint_blobs")
    assert [channel for channel, _ in blobs] == ["messages"]
    assert "top 3 customers by revenue" in str(blobs[0][1])
    everything = str(blobs) + str(
        kept("select checkpoint, metadata from conversations.checkpoints")
    )
    assert not [name for name in names if name in everything]
    assert kept("select count(*) from conversations.checkpoint_writes") == [(0,)]


def test_one_checkpoint_a_conversation_and_ten_questions() -> None:
    for day in range(1, 13):
        llm.ask(f"orders on {day} October 2026", thread="one")
    assert kept("select count(*) from conversations.checkpoints") == [(1,)]
    assert kept("select count(*) from conversations.checkpoint_blobs") == [(1,)]
    with conversations.opened() as saver:
        assert saver.questions("one")[0] == "orders on 3 October 2026"


def test_old_conversations_go(monkeypatch: pytest.MonkeyPatch) -> None:
    llm.ask("orders in 2026", thread="old")
    with postgres.connect(autocommit=True) as connection:
        connection.execute(
            "update conversations.checkpoints set checkpoint = "
            "jsonb_set(checkpoint, '{ts}', to_jsonb((now() - interval '3 days')::text))"
        )
    llm.ask("orders in 2025", thread="new")
    assert len(kept("select thread_id from conversations.checkpoints")) == 2
    monkeypatch.setenv("ASSAY_CONVERSATION_DAYS", "2")
    llm.ask("orders in 2025", thread="new")
    assert kept("select thread_id from conversations.checkpoints") == [("new",)]


def test_who_answers_cannot_read_them() -> None:
    llm.ask("orders in 2026", thread="one")
    with Door() as door:
        with pytest.raises(SqlRefusedError):
            door.query("select * from conversations.checkpoints")
        allowed = door.fetch("select has_schema_privilege('conversations', 'usage')")
    assert allowed == [(False,)]


def test_a_model_sees_the_questions_before(monkeypatch: pytest.MonkeyPatch) -> None:
    llm.ask("orders in 2026 by channel", thread="one")
    with serve([Turn("Which country do you mean?")]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "test")
        llm.ask("only one country", thread="one", model="scripted")
        said = [m["content"] for m in server.requests[0]["messages"] if m["role"] == "user"]
    assert said == ["orders in 2026 by channel", "only one country"]


def test_without_the_right_it_says_so_and_asking_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> psycopg.Connection[object]:
        raise psycopg.errors.InsufficientPrivilege("permission denied for database")

    monkeypatch.setattr(conversations, "_saver", refused)
    with pytest.raises(ConversationError, match="permission denied"):
        llm.ask("orders in 2026", thread="one")
    assert conversations.new_if_kept() is None
    assert llm.ask("orders in 2026").kind == "answered"
