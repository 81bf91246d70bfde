"""Any other Postgres, through libpq's variables: a separately started PostgreSQL 16 over TCP."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from dbt_project import postgres, roles, status
from dbt_project.embedded import ROOT_STAND_IN, binary
from dbt_project.errors import ConfigurationError, ServerRefused, ServerUnavailable
from extract import loader
from tests.conftest import OTHER, in_memory, point
from tests.kept import read_project

PASSWORD = "correct horse"


def _as_server_user() -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(ROOT_STAND_IN)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@pytest.fixture(scope="module")
def other_server(postgres_server: object) -> Iterator[dict[str, str]]:
    """A PostgreSQL 16 on loopback that asks for a password; yields libpq's variables for it."""
    # Not in pytest's folder, which the server's user may not pass.
    with TemporaryDirectory(prefix="assay-other-", dir=in_memory()) as name:
        yield from _served(Path(name))


def _served(folder: Path) -> Iterator[dict[str, str]]:
    data, password = folder / "pg", folder / "password"
    data.mkdir()
    password.write_text(PASSWORD)
    if os.geteuid() == 0:
        entry = pwd.getpwnam(ROOT_STAND_IN)
        for path in (data, password):
            os.chown(path, entry.pw_uid, entry.pw_gid)
        folder.chmod(0o711)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    bin16 = binary("postgres").parents[2] / "pginstall" / "bin"

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(bin16 / program), "-D", str(data), *arguments],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
            **_as_server_user(),
        )  # fmt: skip

    run("initdb", "--no-sync", "-U", "boss", "--auth=scram-sha-256", f"--pwfile={password}")
    options = f"-p {port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off"
    run("pg_ctl", "-w", "-o", options, "-l", str(data / "log.txt"), "start")
    try:
        yield {
            "PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "boss",
            "PGPASSWORD": PASSWORD, "PGDATABASE": "postgres",
        }  # fmt: skip
    finally:
        run("pg_ctl", "-m", "immediate", "stop")


@pytest.fixture
def configured(other_server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in other_server.items():
        monkeypatch.setenv(name, value)
    return other_server


def test_on_a_managed_server_nobody_is_superuser(
    configured: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on RDS and Aurora: the master may make roles and owns the database, no more."""
    with postgres.connect(autocommit=True) as boss:
        boss.execute("create role master login createrole createdb password 'master'")
        boss.execute("create database managed owner master")
        for role in (roles.OWNER, roles.READER):  # If another test has made them.
            if boss.execute("select from pg_roles where rolname = %s", [role]).rowcount:
                boss.execute(f"grant {role} to master with admin option")
    monkeypatch.setenv("PGDATABASE", "managed")
    with postgres.connect(autocommit=True) as boss:
        boss.execute("create extension vector")  # On RDS the master may.
    for name, value in {
        "PGUSER": "master", "PGPASSWORD": "master",
        "ASSAY_OWNER_PASSWORD": "owner's", "ASSAY_READER_PASSWORD": "reader's",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    for _ in range(2):
        *done, closed = postgres.initialise("assay_owner")
        assert len(done) == 4
        assert all(line.startswith("done: ") for line in done), done
        assert closed.startswith("not done: PUBLIC's dangerous functions closed")
    monkeypatch.setenv("PGUSER", "assay_owner")
    monkeypatch.setenv("PGPASSWORD", "owner's")
    with postgres.connect() as owner:
        loader.prepare(owner)
        owner.execute("create table marts.open as select 1 as n")
        owner.execute("create schema conversations")
    with postgres.connect("reader", autocommit=True) as reader:
        assert reader.execute("select n, current_user from marts.open").fetchone() == (
            1,
            "assay_reader",
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("select * from raw._files")
    monkeypatch.delenv("ASSAY_READER_PASSWORD")
    with postgres.connect("reader", autocommit=True) as reader:  # By the owner's login.
        assert reader.execute("select n, current_user from marts.open").fetchone() == (
            1,
            "assay_reader",
        )


def test_init_makes_another_server_ready(configured: dict[str, str]) -> None:
    assert all(line.startswith("done") for line in postgres.initialise())
    assert postgres.initialise(), "a second run is harmless"
    found = status.collect()
    assert found.version.startswith("16")
    assert set(found.schemas or {}) == set(roles.SCHEMAS)
    assert found.reader == ()
    with postgres.connect(autocommit=True) as owner:
        owner.execute("create table marts.open as select 1 as n")
    with postgres.connect("reader", autocommit=True) as reader:
        assert reader.execute("select n, current_user from marts.open").fetchone() == (
            1,
            "assay_reader",
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("select pg_sleep(0)")


def test_the_printed_sql_is_what_somebody_with_rights_can_run(
    configured: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.connect(autocommit=True) as owner:
        owner.execute("create database by_script")
    monkeypatch.setenv("PGDATABASE", "by_script")
    subprocess.run(
        [str(binary("psql")), "-v", "ON_ERROR_STOP=1", "-q"],
        input=roles.script("boss"), text=True, check=True, capture_output=True,
    )  # fmt: skip
    assert status.collect().reader == ()


def test_without_rights_init_says_what_is_left(
    configured: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.connect(autocommit=True) as owner:
        owner.execute("create role clerk login password 'clerk'")
        owner.execute("create database clerks owner clerk")
    for name, value in {"PGUSER": "clerk", "PGPASSWORD": "clerk", "PGDATABASE": "clerks"}.items():
        monkeypatch.setenv(name, value)
    report = "\n".join(postgres.initialise())
    assert "not done" in report
    assert "assay init --sql" in report


def test_the_whole_job_runs_on_another_server(
    configured: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    root: Path,
    run_folder: Path,
) -> None:
    with postgres.connect(autocommit=True) as owner:
        owner.execute(f"create database {OTHER}")
    point(monkeypatch, root, OTHER, tmp_path / "target")
    read_project(root, tmp_path / "target", run_folder)
    assay = str(Path(sys.executable).parent / "assay")
    data = str(tmp_path / "dataGen")
    for step in (
        ["init"],
        ["datagen", "--scale", "0.05", "--out", data],
        ["load", data],
        ["build"],
        ["ask", "revenue by country"],
    ):
        run = subprocess.run([assay, *step], capture_output=True, text=True, check=False, cwd=root)
        assert run.returncode == 0, f"{step}: {run.stdout[-2000:]}{run.stderr[-2000:]}"
    assert "Germany" in run.stdout


def test_a_wrong_password_is_one_clear_error(
    configured: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "guess")
    with pytest.raises(ServerRefused, match="password authentication failed") as caught:
        postgres.connect()
    assert "PGPASSWORD" in caught.value.hint
    assert PASSWORD not in f"{caught.value}{caught.value.hint}"


def test_an_unknown_database_is_one_clear_error(
    configured: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGDATABASE", "nowhere")
    with pytest.raises(ServerRefused, match="nowhere"):
        postgres.connect()


def test_a_server_that_is_not_there_is_worth_another_try(
    configured: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")
    with pytest.raises(ServerUnavailable) as caught:
        postgres.connect()
    assert caught.value.retryable


def test_down_leaves_another_server_alone(configured: dict[str, str]) -> None:
    from dbt_project import cli

    with pytest.raises(ConfigurationError, match="not ours to stop"):
        cli.down()


def test_a_child_process_knows_the_embedded_server_again(
    postgres_server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOST", str(postgres.embedded_server().socket_dir))
    assert postgres.settings().embedded
    assert Path(postgres.settings().host).exists()
