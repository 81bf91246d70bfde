"""One embedded Postgres for the test session, and a fresh database for each test that asks."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql

from dbt_project import postgres, roles
from dbt_project.embedded import PORT, SUPERUSER, EmbeddedServer

LIBPQ_VARIABLES = (
    "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGSERVICE",
    "PGHOSTADDR",
)  # fmt: skip

pytest_plugins = ["tests.built"]

_numbers = itertools.count(1)
_READ = "partial_parse.msgpack"
"""What dbt has read of a project, in its target folder."""


@pytest.fixture(scope="session", autouse=True)
def _own_environment() -> Iterator[None]:
    """No test touches the checkout's own server, a configured one, or a model behind a key."""
    # Not in pytest's folder: the next run, started meanwhile, would close it to the server's user.
    with TemporaryDirectory(prefix="assay-tests-") as home, pytest.MonkeyPatch.context() as patch:
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


@pytest.fixture(autouse=True)
def _no_server_left_over() -> None:
    """dbt in this process exports the server it used; each test starts without that."""
    # The database's name stays: a fixture of a whole module may have set it on purpose.
    for name in {*LIBPQ_VARIABLES} - {"PGDATABASE"}:
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedServer]:
    """The session's embedded server."""
    server = postgres.embedded_server()
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
            roles.create_roles(outside)
            roles.create_database(outside, self.name)
        with self._superuser(self.name) as inside:
            roles.prepare_database(inside)
        return self.name

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
def own_project(server: EmbeddedServer, root: Path, folder: Path) -> Iterator[None]:
    """A database of its own to build in, and a dbt target in `folder`; one at a time.

    Each has the same name: dbt reads all of the project anew where the database is another, and
    takes over what the one before it read where it is not.
    """
    target, kept = folder / "target", folder.parent / _READ
    with create_database(server, "own_project"), pytest.MonkeyPatch.context() as patch:
        point(patch, root, "own_project", target)
        target.mkdir(parents=True)
        if kept.exists():
            shutil.copy(kept, target / _READ)
        yield
        if (target / _READ).exists():
            shutil.copy(target / _READ, kept)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return Path(__file__).resolve().parent.parent
