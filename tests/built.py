"""A small shop, generated, loaded and built once for the session, in a dbt target of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dbt_project.embedded import EmbeddedServer
from extract import datagen, loader

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
    postgres_server: EmbeddedServer, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Built]:
    """Build it, leaving the environment as it was: other tests have databases of their own."""
    from tests.conftest import create_database

    folder = tmp_path_factory.mktemp("built")
    built = Built(NAME, folder / "target", folder / "dataGen")
    with create_database(postgres_server, built.database), pytest.MonkeyPatch.context() as patch:
        _point(patch, built, root)
        datagen.generate(scale=SCALE, seed=SEED, out=built.data)
        assert loader.load([str(built.data)]).ok
        _build(root)
        patch.undo()
        yield built


def _build(root: Path) -> None:
    """In a process of its own: dbt keeps state, such as another test's manifest, in this one.

    Tests come last: a failing one must not leave marts unbuilt, it must show in the proof.
    """
    script = (
        "from dbt_project import runner\n"
        "tests = ['--exclude-resource-type', 'test', '--exclude-resource-type', 'unit_test']\n"
        "runner.invoke(['build', *tests])\n"
        "runner.check()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:]


@pytest.fixture
def built_database(built_once: Built, root: Path, monkeypatch: pytest.MonkeyPatch) -> Built:
    """The built shop, with the environment pointing at it."""
    _point(monkeypatch, built_once, root)
    return built_once


def _point(patch: pytest.MonkeyPatch, built: Built, root: Path) -> None:
    from tests.conftest import point

    point(patch, root, built.database, built.target)
