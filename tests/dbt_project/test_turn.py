"""Two builds of one database: the second waits, and gets its turn when the first ends or dies."""

from __future__ import annotations

import threading

from dbt_project import postgres, turn


def test_a_second_build_waits_for_the_first(database: str) -> None:
    told: list[str] = []
    waiting, begun = threading.Event(), threading.Event()

    def second() -> None:
        with turn.of_a_build(lambda text: (told.append(text), waiting.set())):
            begun.set()

    thread = threading.Thread(target=second)
    with turn.of_a_build(told.append):
        assert told == []
        thread.start()
        assert waiting.wait(20)
        assert not begun.wait(0.3)
    assert begun.wait(20)
    thread.join(20)
    assert len(told) == 1
    assert "another build is running" in told[0]


def test_a_build_that_died_holds_nobody_up(database: str) -> None:
    with turn.of_a_build(lambda _: None), postgres.connect(autocommit=True) as other:
        ended = other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'assay build: turn' and datname = current_database()"
        ).fetchall()
        assert ended == [(True,)]
        with turn.of_a_build(lambda _: None):
            pass
