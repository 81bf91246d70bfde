"""The embedded server: one start for many callers, and healing after what laptops do."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest

from dbt_project import postgres
from dbt_project.embedded import ROOT_STAND_IN, EmbeddedServer
from dbt_project.errors import EmbeddedServerError
from tests.conftest import in_memory


@pytest.fixture
def own_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An ASSAY_HOME of this test's own; its server is stopped at the end."""
    with TemporaryDirectory(prefix="assay-home-", dir=in_memory()) as folder:
        home = Path(folder) / ".assay"
        monkeypatch.setenv("ASSAY_HOME", str(home))
        yield home
        postgres.embedded_server().stop()


def one() -> int:
    with postgres.connect() as connection:
        return connection.execute("select 1").fetchone()[0]


def test_starts_by_itself_and_listens_on_a_private_socket_only(own_home: Path) -> None:
    assert one() == 1
    server = postgres.embedded_server()
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.socket_dir / ".s.PGSQL.5432").stat().st_mode) == 0o700
    assert psutil.Process(server.pid()).net_connections("tcp") == []


def test_other_roles_and_schemas_are_there(own_home: Path) -> None:
    with postgres.connect() as connection:
        schemas = {row[0] for row in connection.execute("select nspname from pg_namespace")}
        extensions = {row[0] for row in connection.execute("select extname from pg_extension")}
    assert {"raw", "staging", "intermediate", "marts", "quality", "knowledge"} <= schemas
    assert "vector" in extensions


def test_survives_kill_9_of_the_server(own_home: Path) -> None:
    with postgres.connect() as connection:
        connection.execute("create table raw.kept as select 42 as answer")
    pid = postgres.embedded_server().pid()
    os.kill(pid, signal.SIGKILL)
    psutil.Process(pid).wait(10) if psutil.pid_exists(pid) else None
    with postgres.connect() as connection:
        assert connection.execute("select answer from raw.kept").fetchone() == (42,)


def test_a_start_that_takes_its_time_is_not_given_up_for_old_words(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert one() == 1
    server = postgres.embedded_server()
    server.stop()
    log = max((server.data / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
    with log.open("a") as file:
        file.write("FATAL:  the database system is in recovery mode\n")
    run = EmbeddedServer._run
    timers: list[threading.Timer] = []

    def late(self: EmbeddedServer, program: str, *arguments: str) -> None:
        timers.append(threading.Timer(0.5, run, (self, program, *arguments)))
        timers[-1].start()

    monkeypatch.setattr(EmbeddedServer, "_run", late)
    assert server.ensure()
    assert len(timers) == 1
    timers[0].join()
    monkeypatch.undo()
    server.stop()


def test_a_dead_server_that_nobody_has_buried_is_in_nobodys_way(own_home: Path) -> None:
    assert one() == 1
    server = postgres.embedded_server()
    server.stop()
    user = {"user": ROOT_STAND_IN} if os.geteuid() == 0 else {}
    dead = subprocess.Popen(["true"], **user)
    while psutil.Process(dead.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    lines = f"{dead.pid}\n{server.data}\n1700000000\n5432\n{server.socket_dir}\n"
    for lock in (server.data / "postmaster.pid", server.socket_dir / ".s.PGSQL.5432.lock"):
        lock.write_text(lines)
    assert one() == 1
    dead.wait()


def test_a_process_left_over_by_a_dead_server_is_in_nobodys_way(own_home: Path) -> None:
    with postgres.connect() as connection:
        connection.execute("create table raw.kept as select 42 as answer")
    server = postgres.embedded_server()
    connection = postgres.connect()
    busy = connection.info.backend_pid
    # It works on without a look at whether its server still lives.
    connection.pgconn.send_query(b"select count(*) from generate_series(1, 4000000000) as n")
    time.sleep(0.3)
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
    assert psutil.pid_exists(busy)
    with postgres.connect() as fresh:
        assert fresh.execute("select answer from raw.kept").fetchone() == (42,)
    assert not psutil.pid_exists(busy)
    connection.close()


def test_a_pid_file_that_names_a_stranger_is_stale(own_home: Path) -> None:
    assert one() == 1
    server = postgres.embedded_server()
    server.stop()
    (server.data / "postmaster.pid").write_text(
        f"{os.getpid()}\n{server.data}\n1700000000\n5432\n{server.socket_dir}\n\n 1 1\nready\n"
    )
    assert server.pid() is None
    assert one() == 1


def test_a_reaped_socket_heals(own_home: Path) -> None:
    assert one() == 1
    server = postgres.embedded_server()
    (server.socket_dir / ".s.PGSQL.5432").unlink()
    assert one() == 1


def test_a_half_made_data_folder_is_not_used(own_home: Path) -> None:
    leftover = own_home / "pg.new-killed"
    leftover.mkdir(parents=True)
    (leftover / "PG_VERSION").write_text("18\n")
    assert one() == 1
    assert not leftover.exists()


def test_a_path_too_long_for_a_socket_falls_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / ("deep" * 20) / ("deeper" * 10) / ".assay"
    monkeypatch.setenv("ASSAY_HOME", str(home))
    try:
        assert one() == 1
        server = postgres.embedded_server()
        assert server.socket_dir != server.data
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
    finally:
        postgres.embedded_server().stop()


def test_a_folder_name_with_spaces_and_quotes_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "it's a home" / ".assay"))
    try:
        assert one() == 1
    finally:
        postgres.embedded_server().stop()


def test_processes_that_start_it_at_once_get_one_server(own_home: Path) -> None:
    program = (
        "from dbt_project import postgres\n"
        "with postgres.connect() as c:\n"
        "    print(c.execute('select pg_postmaster_start_time()').fetchone()[0])\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = {process.communicate(timeout=120)[0] for process in started}
    assert len(answers) == 1
    assert answers != {""}


def test_two_homes_have_two_servers(own_home: Path, tmp_path: Path) -> None:
    other = EmbeddedServer.at(tmp_path / "other" / "pg")
    assert one() == 1
    try:
        assert other.ensure() is True
        assert other.pid() != postgres.embedded_server().pid()
    finally:
        assert other.stop() is True
    assert other.stop() is False


def test_an_unusable_home_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    monkeypatch.setenv("ASSAY_HOME", str(blocker / ".assay"))
    with pytest.raises(EmbeddedServerError, match="cannot be used") as caught:
        one()
    assert "ASSAY_HOME" in caught.value.hint


def test_a_broken_configuration_says_the_servers_words(own_home: Path) -> None:
    assert one() == 1
    server = postgres.embedded_server()
    server.stop()
    with (server.data / "postgresql.conf").open("a") as configuration:
        configuration.write("\nshared_buffers = 'much'\n")
    started = time.monotonic()
    with pytest.raises(EmbeddedServerError) as caught:
        one()
    assert "shared_buffers" in f"{caught.value} {caught.value.hint}"
    assert time.monotonic() - started < 20


def test_the_reader_may_read_marts_and_nothing_else(database: str) -> None:
    with postgres.connect(autocommit=True) as owner:
        owner.execute("create table marts.open as select 1 as n")
        owner.execute("create table raw.closed as select 1 as n")
    with postgres.connect("reader", autocommit=True) as reader:
        assert reader.execute("select n from marts.open").fetchone() == (1,)
        for forbidden in (
            "select n from raw.closed",
            "create table marts.mine (n int)",
            "create temporary table mine (n int)",
            "insert into marts.open values (2)",
            "select pg_sleep(1)",
            "select set_config('work_mem', '1GB', false)",
            "select pg_read_file('/etc/passwd')",
            "select lo_from_bytea(0, 'x')",
            "select pg_advisory_lock(1)",
        ):
            with pytest.raises(
                (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
            ):
                reader.execute(forbidden)
