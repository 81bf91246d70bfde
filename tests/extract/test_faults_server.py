"""The server killed as by a power cut, its disk full for real, its connections cut."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import psycopg
import pytest
from psycopg import sql

import extract
from dbt_project import postgres
from dbt_project.embedded import PORT, ROOT_STAND_IN, SUPERUSER, EmbeddedServer
from extract.errors import DatabaseFull
from extract.report import LoadReport
from tests.conftest import in_memory

Write = Callable[..., Path]
Load = Callable[..., LoadReport]
Rows = Callable[..., list[tuple[Any, ...]]]

ROUNDS, FILES, ROWS = 4, 32, 30_000


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedServer]:
    """A server of its own, that may die."""
    with TemporaryDirectory(prefix="assay-mortal-", dir=in_memory()) as home:
        monkeypatch.setenv("ASSAY_HOME", str(Path(home) / ".assay"))
        server = postgres.embedded_server()
        postgres.settings()
        yield server
        server.stop()


def kill_server(server: EmbeddedServer) -> None:
    """SIGKILL to the postmaster and every process of its own, at once."""
    pid = server.pid()
    assert pid is not None
    postmaster = psutil.Process(pid)
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        with suppress(psutil.NoSuchProcess):  # Of a connection that has just ended.
            process.kill()
    psutil.wait_procs(family, timeout=10)


def test_each_row_lands_once_though_the_server_dies_again_and_again(
    mortal: EmbeddedServer, write: Write, folder: Path
) -> None:
    def more(numbers: range) -> None:
        for number in numbers:
            lines = "".join(f"{number},{row},some text that makes it long\n" for row in range(ROWS))
            write(f"t/{number}.csv", f"file,row,text\n{lines}broken\n")

    script = (
        "import extract, sys\n"
        "from dbt_project.errors import DbtProjectError\n"
        "from extract.errors import ExtractError\n"
        "try:\n"
        f"    report = extract.load([{str(folder)!r}], workers=3)\n"
        "except (DbtProjectError, ExtractError) as error:\n"
        "    sys.exit(str(error))\n"
        "sys.exit(str(report.stopped) if not report.ok else 0)"
    )
    interrupted = 0
    for turn in range(ROUNDS):
        # Each has files of its own to land, and what the one before left.
        more(range(turn * FILES // ROUNDS, (turn + 1) * FILES // ROUNDS))
        loader = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)
        await_load(mortal, loader)
        time.sleep(0.05 * turn)
        kill_server(mortal)
        said = loader.communicate(timeout=60)[1]
        if loader.returncode:
            interrupted += 1
            assert "Traceback" not in said
            assert said.strip()
            assert "error ignored" not in said
            assert "(     " not in said
            assert "before or while processing" not in said
    assert interrupted >= 2
    final = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert final.returncode == 0, final.stderr
    with postgres.connect() as connection:
        counts = connection.execute(
            "select count(*), count(distinct (file, row)), count(distinct (_file_id, _line))"
            " from raw.t"
        ).fetchone()
        assert counts == (FILES * ROWS,) * 3
        assert connection.execute(
            "select count(*), sum(rows_landed), sum(rows_rejected) from raw._files"
            " where status = 'loaded'"
        ).fetchone() == (FILES, FILES * ROWS, FILES)
        assert connection.execute("select count(*) from raw._rejects").fetchone() == (FILES,)
        orphans = connection.execute(
            "select count(*) from raw.t where _file_id not in"
            " (select file_id from raw._files where status = 'loaded')"
        ).fetchone()
        assert orphans == (0,)


@pytest.mark.parametrize("workers", [1, 3])
def test_what_a_load_says_has_landed_is_on_the_disk(
    mortal: EmbeddedServer, write: Write, folder: Path, workers: int
) -> None:
    for number in range(40):
        write(f"t/{number}.csv", f"a,b\n{number},x\n")
    assert extract.load([folder], workers=workers).ok
    kill_server(mortal)
    with postgres.connect() as connection:
        assert connection.execute("select count(*) from raw.t").fetchone() == (40,)


def await_load(server: EmbeddedServer, loader: subprocess.Popen[str]) -> None:
    """Wait until the loader works in the server (which it may have to start first)."""
    deadline = time.monotonic() + 60
    while loader.poll() is None and time.monotonic() < deadline:
        try:
            with psycopg.connect(
                host=str(server.socket_dir), port=PORT, user=SUPERUSER, dbname="postgres"
            ) as watcher:
                found = watcher.execute(
                    "select count(*) from pg_stat_activity where application_name = 'assay load'"
                ).fetchone()
                if found and found[0] > 1:
                    return
        except psycopg.OperationalError:
            pass
        time.sleep(0.02)


@pytest.fixture
def small_disk(postgres_server: EmbeddedServer, database: str) -> Iterator[Path]:
    """A disk of 16 MB on which the test's database keeps its new tables."""
    if os.geteuid() != 0:
        pytest.skip("a disk can be mounted by root only; a full one is injected in test_faults.py")
    with TemporaryDirectory(prefix="assay-disk-") as place:
        Path(place).chmod(0o755)
        disk = Path(place) / "disk"
        disk.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)], capture_output=True
        )
        if mounted.returncode:
            pytest.skip("no disk can be mounted here; a full one is injected in test_faults.py")
        try:
            space = disk / "space"
            space.mkdir(mode=0o700)
            shutil.chown(space, ROOT_STAND_IN)
            login = {"host": str(postgres_server.socket_dir), "port": PORT, "user": SUPERUSER}
            name = sql.Identifier(f"small_{database}")
            with psycopg.connect(dbname="postgres", autocommit=True, **login) as superuser:  # type: ignore[arg-type]
                superuser.execute(
                    sql.SQL("create tablespace {} location {}").format(
                        name, sql.Literal(str(space))
                    )
                )
                superuser.execute(sql.SQL("grant create on tablespace {} to public").format(name))
                superuser.execute(
                    sql.SQL("alter database {} set default_tablespace = {}").format(
                        sql.Identifier(database), name
                    )
                )
                yield disk
            with psycopg.connect(dbname=database, autocommit=True, **login) as superuser:  # type: ignore[arg-type]
                superuser.execute("drop schema raw cascade")
                superuser.execute(sql.SQL("drop tablespace {}").format(name))
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_disk_that_is_full(
    small_disk: Path, load: Load, write: Write, rows: Rows, fetch: Rows
) -> None:
    def table(count: int) -> str:
        return "id,text\n" + "".join(f"{n},{'x' * (n % 70)}\n" for n in range(count))

    write("a.csv", table(1000))
    write("b.csv", table(400_000))
    write("c.csv", table(10))
    report = load()
    assert isinstance(report.stopped, DatabaseFull)
    assert "No space left on device" in str(report.stopped)
    assert "free some space" in report.stopped.hint
    assert [(Path(file.uri).name, file.outcome, file.error) for file in report.files] == [
        ("a.csv", "loaded", None)
    ]
    assert fetch("select to_regclass('raw.b')") == [(None,)]
    assert len(rows("a")) == 1000
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    report = load()
    assert [file.outcome for file in report.files] == ["unchanged", "loaded", "loaded"]
    assert fetch("select count(*) from raw.b") == [(400_000,)]
