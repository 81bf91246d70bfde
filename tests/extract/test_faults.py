"""Killed loaders, lost connections, a full disk, missing rights: nothing half landed, ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

import extract
from dbt_project.errors import DbtProjectError
from extract import isolate, landing, ledger
from extract.errors import (
    DatabaseError,
    DatabaseFull,
    DatabaseRefused,
    DatabaseUnavailable,
    RowRefused,
    SourceChanged,
    WorkerDied,
)
from extract.report import LoadReport

Write = Callable[..., Path]
Load = Callable[..., LoadReport]
Rows = Callable[..., list[tuple[Any, ...]]]


def start_loader(folder: Path, workers: int) -> subprocess.Popen[bytes]:
    script = f"import extract; extract.load([{str(folder)!r}], workers={workers})"
    return subprocess.Popen([sys.executable, "-c", script], start_new_session=True)


def await_copy(connection: psycopg.Connection, rows: int) -> int:
    """Wait until a COPY has got that far; gives its backend's pid."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = connection.execute(
            "select pid from pg_stat_progress_copy where tuples_processed >= %s"
            " and datname = current_database()",
            [rows],
        ).fetchone()
        if found:
            return int(found[0])
    raise AssertionError("no COPY was seen")


def await_quiet(connection: psycopg.Connection) -> None:
    """Wait until the server has noticed that the loaders are gone."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = connection.execute(
            "select count(*) from pg_stat_activity where application_name = 'assay load'"
            " and datname = current_database()"
        ).fetchone()
        if found == (0,):
            return
        time.sleep(0.02)
    raise AssertionError("a loader's backend did not end")


@pytest.fixture
def big(write: Write) -> int:
    """Four files, together large enough to be caught in the middle; gives their rows."""
    count = 150_000
    for number in range(4):
        text = "".join(f"{number},{row},some text to make it long\n" for row in range(count))
        write(f"t/{number}.csv", f"file,row,text\n{text}")
    return 4 * count


def check_once(fetch: Rows, expected: int) -> None:
    assert fetch("select count(*), count(distinct (_file_id, _line)) from raw.t") == [
        (expected, expected)
    ]
    assert fetch(
        "select count(*), sum(rows_landed), count(distinct uri) from raw._files"
        " where status = 'loaded'"
    ) == [(4, expected, 4)]
    assert fetch("select count(*) from raw._files where status <> 'loaded'") == [(0,)]


@pytest.mark.parametrize(("workers", "after"), [(1, 20_000), (1, 140_000), (2, 50_000)])
def test_a_killed_loader_is_run_again(
    load: Load, big: int, folder: Path, connection: psycopg.Connection, fetch: Rows, workers: int,
    after: int,
) -> None:  # fmt: skip
    loader = start_loader(folder, workers)
    await_copy(connection, after)
    os.killpg(loader.pid, signal.SIGKILL)
    loader.wait()
    await_quiet(connection)
    if fetch("select to_regclass('raw.t') is not null") == [(True,)]:
        landed = fetch("select count(*) from raw.t")[0][0]
        assert landed % 150_000 == 0
    assert load().ok
    check_once(fetch, big)


def test_a_loader_killed_while_another_runs(
    load: Load, big: int, folder: Path, connection: psycopg.Connection, fetch: Rows
) -> None:
    loader = start_loader(folder, 1)
    await_copy(connection, 20_000)
    threading.Timer(0.1, lambda: os.killpg(loader.pid, signal.SIGKILL)).start()
    assert load(workers=2).ok
    loader.wait()
    check_once(fetch, big)


def test_a_killed_worker_fails_its_file_alone(
    load: Load, big: int, connection: psycopg.Connection, fetch: Rows
) -> None:
    def kill_one() -> None:
        backend = await_copy(connection, 20_000)
        assert backend
        children = subprocess.run(
            ["pgrep", "-P", str(os.getpid()), "-f", "extract.pool"], capture_output=True, text=True
        ).stdout.split()
        os.kill(int(children[0]), signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    report = load(workers=2)
    killer.join()
    failed = [file for file in report.files if file.outcome == "failed"]
    assert len(failed) == 1
    assert isinstance(failed[0].error, WorkerDied)
    assert failed[0].error.retryable
    assert load().ok
    assert fetch("select count(*) from raw.t") == [(big,)]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_server_goes_away_in_mid_load(
    load: Load, big: int, connection: psycopg.Connection, fetch: Rows, workers: int
) -> None:
    def terminate() -> None:
        connection.execute("select pg_terminate_backend(%s)", [await_copy(connection, 20_000)])

    killer = threading.Thread(target=terminate)
    killer.start()
    report = load(workers=workers)
    killer.join()
    assert isinstance(report.stopped, DatabaseUnavailable)
    assert report.stopped.retryable
    assert report.stopped.hint
    assert not report.ok
    assert len(report.files) < 4
    assert load().ok
    assert fetch("select count(*), count(distinct (_file_id, _line)) from raw.t") == [(big, big)]


def test_no_server(load: Load, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.csv", "a,b\n1,2\n")
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "1")
    with pytest.raises(DbtProjectError):
        load()


def test_a_login_that_is_refused(load: Load, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.csv", "a,b\n1,2\n")
    monkeypatch.setenv("PGUSER", "nobody_we_know")
    with pytest.raises(DbtProjectError, match="nobody_we_know"):
        load()


def test_no_right_to_make_tables(
    load: Load, write: Write, connection: psycopg.Connection, fetch: Rows
) -> None:
    write("a.csv", "a,b\n1,2\n")
    connection.execute("revoke create on schema raw from current_user, public")
    with pytest.raises(DatabaseRefused, match="permission denied for schema raw") as caught:
        load()
    assert "CREATE on schema raw" in caught.value.hint
    connection.execute("grant create on schema raw to current_user")
    write("b.csv", "a,b\n3,4\n")
    assert load().ok
    connection.execute("revoke create on schema raw from current_user, public")
    write("c.csv", "a,b\n5,6\n")
    report = load()
    assert isinstance(report.stopped, DatabaseRefused)
    assert fetch("select count(*) from raw.b") == [(1,)]


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (psycopg.errors.DiskFull("could not extend file"), DatabaseFull),
        (psycopg.errors.OutOfMemory("out of memory"), DatabaseFull),
        (psycopg.errors.AdminShutdown("terminating connection"), DatabaseUnavailable),
    ],
)
def test_what_the_next_file_would_meet_too_stops_the_run(
    load: Load, write: Write, rows: Rows, monkeypatch: pytest.MonkeyPatch,
    failure: psycopg.Error, error: type[DatabaseError],
) -> None:  # fmt: skip
    def fail(*arguments: object) -> None:
        raise failure

    write("t/a.csv", "a,b\n1,2\n")
    write("t/b.csv", "a,b\n3,4\n")
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "finish", fail)
        report = load()
    assert isinstance(report.stopped, error)
    assert rows("t") == []
    assert load().ok
    assert len(rows("t")) == 2


def test_a_file_that_is_written_to_while_it_is_read(
    load: Load, write: Write, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("t.csv", "a,b\n1,2\n")
    original = landing.ledger.write_rejects
    with path.open("a") as appended:
        appended.write("3\n")

    def write_rejects(*arguments: Any) -> None:
        with path.open("a") as late:
            late.write("4,5\n")
        original(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(landing.ledger, "write_rejects", write_rejects)
        report = load()
    assert isinstance(report.files[0].error, SourceChanged)
    assert rows("t") == []
    assert load().ok
    assert len(rows("t")) == 2


def test_rows_that_postgres_refuses_are_set_aside_alone(
    load: Load, write: Write, rows: Rows, fetch: Rows
) -> None:
    lines = [f'{{"id": {number}, "n": {{"a": {number}}}}}' for number in range(5000)]
    lines[1234] = '{"id": 1234, "n": {"a": 1e999999}}'
    lines[4000] = '{"id": 4000, "n": {"a": [-2e777777]}}'
    write("p.jsonl", "\n".join(lines))
    report = load()
    assert report.ok
    assert (report.files[0].rows_landed, report.files[0].rows_rejected) == (4998, 2)
    assert len(rows("p")) == 4998
    found = fetch("select line, reason, raw, detail from raw._rejects order by line")
    assert [row[:3] for row in found] == [
        (1235, "refused_by_database", lines[1234].encode()),
        (4001, "refused_by_database", lines[4000].encode()),
    ]
    assert "overflows" in found[0][3]


def test_a_constraint_of_the_user_rejects_rows_with_their_own_bytes(
    load: Load, write: Write, rows: Rows, connection: psycopg.Connection, fetch: Rows
) -> None:
    write("t/1.csv", "id,name\n1,a\n")
    load()
    connection.execute("alter table raw.t add check (name <> 'für, x')")
    text = 'id;name\r\n2;grün\r\n3;"für, x"\r\n4;"mehrere\r\nZeilen"\r\n'
    write("t/2.csv", text.encode("cp1252"))
    assert load().ok
    assert rows("t", "id, name, _line") == [
        ("1", "a", 2), ("2", "grün", 2), ("4", "mehrere\r\nZeilen", 4),
    ]  # fmt: skip
    assert fetch("select line, raw from raw._rejects") == [(3, '3;"für, x"'.encode("cp1252"))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolate, "refuses_row", lambda _: False)
        write("t/3.csv", 'id,name\n5,"für, x"\n')
        assert isinstance(load().files[2].error, RowRefused)


def test_the_library_works_from_a_script_without_a_main_guard(
    load: Load, big: int, folder: Path, tmp_path: Path, fetch: Rows
) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"import extract\nprint(extract.load([{str(folder)!r}], workers=2).ok)\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.stdout == "True\n"
    assert done.stderr == ""
    check_once(fetch, big)


def test_errors_survive_the_way_between_processes() -> None:
    import pickle

    error = SourceChanged("what", uri="u", line=3, column="c", hint="h")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.hint, copy.line, copy.column) == (
        "u, line 3, column c: what",
        "h",
        3,
        "c",
    )
    assert copy.retryable
    assert extract.load is not None


TOO_LITTLE_ROOM = """
import resource, sys
import extract
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
report = extract.load(sys.argv[1:], workers=1)
print(*sorted(f"{file.outcome} {type(file.error).__name__}" for file in report.files), sep=",")
"""


def test_a_local_disk_without_room_fails_the_file_that_needs_it(
    database: str, write: Write, folder: Path, rows: Rows
) -> None:
    big = b'1,"' + b"x\n" * 2_000_000 + b'",3\n'
    write("giant.csv", b"a,b,c\n" + b"1,2,3\n" * 3 + big)
    write("rejects.csv", b"a,b,c\n" + b"1,2,3\n" * 300_000 + b"1,2\n" * 250_000)
    write("small.csv", b"a,b,c\n1,2,3\n")
    done = subprocess.run(
        [sys.executable, "-c", TOO_LITTLE_ROOM, str(folder)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "failed NoRoom,failed NoRoom,loaded NoneType\n"
    assert rows("small") == [(2, "1", "2", "3")]
