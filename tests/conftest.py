"""One embedded Postgres for the test session, and a fresh database for each test that asks."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest
from psycopg import sql

from dbt_project import postgres, roles
from dbt_project.embedded import CONFIGURATION, PORT, SUPERUSER, EmbeddedServer
from tests import kept

LIBPQ_VARIABLES = (
    "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGSERVICE",
    "PGHOSTADDR",
)  # fmt: skip

pytest_plugins = ["tests.built"]

OTHER = "other_shop"
"""The database of a project of one's own: a name as long as that of the built shop."""

LONGEST = ("test_questions", "test_worker")
"""Files that would keep one of the workers busy for a minute or two after the others have ended."""

PREPARED = "prepared"
"""The database that the tests' own are copied from."""

MEMORY = Path("/dev/shm")
ROOM = 8 << 30
"""Bytes, in memory and in its folder: more than the servers of several workers take."""

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the longest files; the others stay in the order of their names."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for garbage in what the tests make, not in what they are made of: it stays anyway."""
    gc.disable()
    collected = yield
    gc.freeze()
    gc.enable()
    return collected


@pytest.fixture(scope="session", autouse=True)
def _own_environment() -> Iterator[None]:
    """No test touches the checkout's own server, a configured one, or a model behind a key."""
    # Not in pytest's folder: the next run, started meanwhile, would close it to the server's user.
    with (
        TemporaryDirectory(prefix="assay-tests-", dir=in_memory()) as home,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in (
            *LIBPQ_VARIABLES,
            "OPENAI_API_KEY",
            "OPENAI_BASE_URL",
            "ASSAY_MODEL",
            "ASSAY_TODAY",
        ):
            patch.delenv(name, raising=False)
        patch.setenv("ASSAY_HOME", str(Path(home) / ".assay"))
        yield


def in_memory() -> Path | None:
    """Where a server's files cost least, if there is room: the session's makes 300 databases."""
    there = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if there and psutil.virtual_memory().available > ROOM else None


@pytest.fixture(autouse=True)
def _no_server_left_over() -> None:
    """dbt in this process exports the server it used; each test starts without that."""
    # The database's name stays: a fixture of a whole module may have set it on purpose.
    for name in {*LIBPQ_VARIABLES} - {"PGDATABASE"}:
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedServer]:
    """The session's embedded server. Its data end with it, so nothing waits for the disk."""
    server = postgres.embedded_server()
    with pytest.MonkeyPatch.context() as patch:
        for setting in ("fsync", "full_page_writes"):
            patch.setitem(CONFIGURATION, setting, "off")
        server.ensure()
    yield server
    server.stop()


@pytest.fixture
def database(postgres_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh, prepared, empty database; libpq's variables point at it. Yields its name."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with create_database(postgres_server, name):
        monkeypatch.setenv("PGDATABASE", name)
        yield name


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    """An autocommitting owner's connection to the fresh database."""
    with postgres.connect(autocommit=True) as opened:
        yield opened


class create_database:  # noqa: N801 - used like a function
    """Context manager: a prepared database in the session's server, dropped at the end."""

    def __init__(self, server: EmbeddedServer, name: str) -> None:
        self.server, self.name = server, name

    def _superuser(self, dbname: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.server.socket_dir),
            port=PORT,
            user=SUPERUSER,
            dbname=dbname,
            autocommit=True,
        )

    def __enter__(self) -> str:
        postgres.settings()
        with self._superuser("postgres") as outside:
            known = outside.execute("select from pg_database where datname = %s", [PREPARED])
            if known.rowcount == 0:
                self._prepare(outside)
            # By pages, through the log, it would take four times as long.
            outside.execute(
                sql.SQL("create database {} owner {} template {} strategy file_copy").format(
                    *map(sql.Identifier, (self.name, roles.OWNER, PREPARED))
                )
            )
        with self._superuser(self.name) as inside:
            roles.limit_database(inside)
        return self.name

    def _prepare(self, outside: psycopg.Connection) -> None:
        roles.create_roles(outside)
        roles.create_database(outside, PREPARED)
        with self._superuser(PREPARED) as inside:
            roles.prepare_database(inside)

    def __exit__(self, *exc: object) -> None:
        with self._superuser("postgres") as outside:
            outside.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(self.name))
            )


def point(patch: pytest.MonkeyPatch, project: Path, database: str, target: Path) -> None:
    """Have dbt and libpq work on this project, in this database; the logs lie beside `target`."""
    patch.chdir(project)
    patch.setenv("PGDATABASE", database)
    patch.setenv("DBT_TARGET_PATH", str(target))
    patch.setenv("DBT_LOG_PATH", str(target.parent / "logs"))


@contextmanager
def own_project(server: EmbeddedServer, root: Path, folder: Path, run: Path) -> Iterator[None]:
    """A database of its own to build in, and a dbt target in `folder`; one at a time."""
    with create_database(server, OTHER), pytest.MonkeyPatch.context() as patch:
        point(patch, root, OTHER, folder / "target")
        kept.read_project(root, folder / "target", run)
        yield


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run see."""
    return kept.folder(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return Path(__file__).resolve().parent.parent
