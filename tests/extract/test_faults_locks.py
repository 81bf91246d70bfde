"""Other sessions: who locks a table, who reads it meanwhile, who loads the same files."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dbt_project import postgres
from extract import waiting
from extract.errors import SourceChanged, TableLocked
from extract.report import LoadReport, Progress

Write = Callable[..., Path]
Load = Callable[..., LoadReport]
Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "QUIET", 0.3)
    monkeypatch.setattr(waiting, "_PAUSE", 0.01)


@contextmanager
def session(*statements: str) -> Iterator[psycopg.Connection]:
    """Another session with an open transaction."""
    with postgres.connect(application_name="somebody") as other:
        for statement in statements:
            other.execute(statement)
        yield other
        other.rollback()


def test_a_locked_table_is_waited_for_with_a_word_and_then_given_up(
    load: Load, write: Write, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    write("t/1.csv", "a\n1\n")
    load()
    write("t/2.csv", "a\n2\n")
    write("u.csv", "b\n3\n")
    with session("lock table raw.t in share mode"):
        started = time.monotonic()
        with caplog.at_level(logging.WARNING, "assay.load"):
            report = load(lock_timeout=1.0)
        assert 1 <= time.monotonic() - started < 10
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("waiting for raw.t: locked by process ")
    assert "somebody" in caplog.messages[0]
    assert "lock table raw.t in share mode" in caplog.messages[0]
    assert [file.outcome for file in report.files] == ["unchanged", "failed", "loaded"]
    error = report.files[1].error
    assert isinstance(error, TableLocked)
    assert error.retryable
    assert "raw.t was locked for 1 s by process" in str(error)
    assert "--lock-timeout" in error.hint
    assert load().ok
    assert len(rows("t")) == 2


def test_a_lock_that_goes_in_time(load: Load, write: Write, rows: Rows) -> None:
    write("t/1.csv", "a\n1\n")
    load()
    write("t/2.csv", "a\n2\n")
    with session("lock table raw.t in access exclusive mode") as other:
        threading.Timer(1.0, other.rollback).start()
        assert load(lock_timeout=20.0).ok
    assert len(rows("t")) == 2


def test_a_new_column_waits_for_readers_without_keeping_others_behind(
    load: Load, write: Write, fetch: Rows
) -> None:
    write("t/1.csv", "a\n1\n")
    load()
    write("t/2.csv", "a,b\n2,3\n")
    slowest = 0.0
    with session("select count(*) from raw.t"):
        reports: list[LoadReport] = []
        loader = threading.Thread(target=lambda: reports.append(load(lock_timeout=2.0)))
        loader.start()
        while loader.is_alive():
            asked = time.monotonic()
            assert fetch("select count(*) from raw.t") == [(1,)]
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(0.02)
        loader.join()
    assert isinstance(reports[0].files[1].error, TableLocked)
    assert slowest < 1.5
    assert load().ok
    assert fetch("select a, b from raw.t order by a") == [("1", None), ("2", "3")]


def test_a_file_is_superseded_while_others_query_it(load: Load, write: Write, fetch: Rows) -> None:
    write("t.csv", "a\n" + "1\n" * 5000)
    load()
    write("t.csv", "a\n" + "2\n" * 7000)
    query = "select count(*), min(a), max(a) from raw.t"
    with (
        session("set transaction isolation level repeatable read", query) as snapshot,
        session(query) as reader,
    ):
        with reader.cursor("open") as cursor:
            cursor.execute("select a from raw.t")
            assert cursor.fetchmany(10) == [("1",)] * 10
            assert load(lock_timeout=1.0).ok
            assert set(cursor.fetchall()) == {("1",)}
        assert snapshot.execute(query).fetchone() == (5000, "1", "1")
        assert reader.execute(query).fetchone() == (7000, "2", "2")


def test_another_load_is_waited_for_however_long_it_takes(
    load: Load, write: Write, folder: Path, fetch: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    path = write("t.csv", "a\n1\n")
    load()
    write("t.csv", "a\n1\n2\n")
    with session(
        f"select pg_advisory_xact_lock(hashtextextended('assay:file:{path}', 0))"
    ) as other:
        threading.Timer(1.5, other.rollback).start()
        with caplog.at_level(logging.WARNING, "assay.load"):
            assert load(lock_timeout=0.5).ok
    assert any("waiting for file" in message for message in caplog.messages)
    assert fetch("select count(*) from raw.t") == [(2,)]


def test_two_loaders_on_the_same_folder(
    load: Load, write: Write, folder: Path, fetch: Rows
) -> None:
    for number in range(12):
        write(f"t/{number}.csv", "a,b\n" + f"{number},x\n" * 3000)
    script = f"import extract, sys; sys.exit(not extract.load([{str(folder)!r}], workers=2).ok)"
    loaders = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    assert [loader.wait() for loader in loaders] == [0, 0]
    assert fetch("select count(*), count(distinct (_file_id, _line)) from raw.t") == [
        (36_000, 36_000)
    ]
    assert fetch("select count(*) from raw._files") == [(12,)]


@pytest.mark.parametrize("how", ["replaced", "cut", "removed"])
def test_a_file_that_goes_from_under_the_reader(
    load: Load, write: Write, folder: Path, rows: Rows, how: str
) -> None:
    path = write("t.csv", "a,b\n" + "1,some text that makes it long\n" * 200_000)

    def meddle(now: Progress) -> None:
        if now.size_bytes < 3_000_000 or done:
            return
        done.append(True)
        if how == "replaced":
            fresh = folder / "_fresh.csv"
            fresh.write_bytes(b"a,b\n5,6\n")
            fresh.rename(path)
        elif how == "cut":
            with path.open("r+b") as file:
                file.truncate(3_500_000)
        else:
            path.unlink()

    done: list[bool] = []
    report = load(progress=meddle, workers=1)
    assert done
    assert report.files[0].outcome == "failed"
    if how != "removed":
        assert isinstance(report.files[0].error, SourceChanged)
    assert rows("t") == []
    if how != "removed":
        assert load().ok
        assert len(rows("t")) == (1 if how == "replaced" else 112_904)
