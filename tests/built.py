"""A small shop, generated, loaded and built once for the session, in a dbt target of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dbt_project.embedded import PORT, SUPERUSER, EmbeddedServer, binary
from extract import datagen, loader
from tests import kept
from tests.own_process import in_process

SCALE = 0.2
SEED = 7
NAME = "built_shop"


@dataclass(frozen=True)
class Built:
    """Where the built shop is."""

    database: str
    target: Path
    data: Path


@pytest.fixture(scope="session")
def built_once(
    postgres_server: EmbeddedServer,
    root: Path,
    run_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Built]:
    """Build it, leaving the environment as it was: other tests have databases of their own.

    Of several workers the first builds it, and the others restore what it has dumped.
    """
    from tests.conftest import create_database

    first = run_folder / "built"
    first.mkdir(exist_ok=True)
    built = Built(NAME, tmp_path_factory.mktemp("built") / "target", first / "dataGen")
    with create_database(postgres_server, built.database), pytest.MonkeyPatch.context() as patch:
        _point(patch, built, root)
        kept.read_project(root, built.target, run_folder)
        with kept.one_at_a_time(first / "dump"):
            if (first / "dump").exists():
                _postgres("pg_restore", postgres_server, "--clean", "--if-exists", first / "dump")
                _copy(first / "target", built.target)
            else:
                datagen.generate(scale=SCALE, seed=SEED, out=built.data)
                assert loader.load([str(built.data)]).ok
                _build()
                _copy(built.target, first / "target")
                _postgres("pg_dump", postgres_server, "--format=custom", "--file", first / "dump")
        patch.undo()
        yield built


def _copy(target: Path, to: Path) -> None:
    """What dbt wrote, but for what it read: that is of one connection."""
    read = shutil.ignore_patterns(kept.READ)
    shutil.copytree(target, to, ignore=read, copy_function=shutil.copy, dirs_exist_ok=True)


def _postgres(program: str, server: EmbeddedServer, *arguments: str | Path) -> None:
    where = [f"--host={server.socket_dir}", f"--port={PORT}", f"--username={SUPERUSER}"]
    command = [binary(program), *where, f"--dbname={NAME}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]


def _build() -> None:
    """In a process of its own: dbt keeps state, such as another test's manifest, in this one.

    Tests come last: a failing one must not leave marts unbuilt, it must show in the proof.
    """
    script = (
        "from dbt_project import runner\n"
        "tests = ['--exclude-resource-type', 'test', '--exclude-resource-type', 'unit_test']\n"
        "runner.invoke(['build', *tests])\n"
        "runner.check()"
    )
    in_process(script)


@pytest.fixture
def built_database(built_once: Built, root: Path, monkeypatch: pytest.MonkeyPatch) -> Built:
    """The built shop, with the environment pointing at it."""
    _point(monkeypatch, built_once, root)
    return built_once


def _point(patch: pytest.MonkeyPatch, built: Built, root: Path) -> None:
    from tests.conftest import point

    point(patch, root, built.database, built.target)
