"""A server of its own in a temporary folder, and databases in it: what the scripts here build on.

Not for tests: those have the fixtures of `tests/conftest.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

ROOT = Path(__file__).resolve().parents[2]

BAD = ("error", "fail", "warn", "runtime error")
RUN_DBT = f"""
import json, sys
from dbt_project import runner
from dbt_project.errors import BuildError
try:
    results = runner.invoke(sys.argv[1:]).results
    bad = [each.node.name for each in results if str(each.status) in {BAD!r}]
except BuildError as error:
    bad = [str(error)]
print(json.dumps(bad))
"""


class Workbench:
    """The server and the folder; libpq's and dbt's variables of this process point at them."""

    def __init__(self, folder: Path) -> None:
        from dbt_project import postgres
        from dbt_project.embedded import PORT, SUPERUSER

        self.folder = folder
        self.server = postgres.embedded_server()
        self.server.ensure()
        postgres.settings()
        self._superuser = {
            "host": str(self.server.socket_dir),
            "port": PORT,
            "user": SUPERUSER,
            "autocommit": True,
        }

    def create(self, database: str) -> None:
        """Make an empty, prepared database, and point at it."""
        from dbt_project import roles

        with self.superuser() as outside:
            outside.execute(f"drop database if exists {database} with (force)")
            roles.create_database(outside, database)
        with self.superuser(database) as inside:
            roles.prepare_database(inside)
        os.environ["PGDATABASE"] = database

    def copy(self, source: str, database: str) -> None:
        """Make a database anew as a copy of another, and point at it."""
        from dbt_project import postgres

        with self.superuser() as outside:
            outside.execute(f"drop database if exists {database} with (force)")
            outside.execute(
                f"create database {database} template {source} strategy file_copy"
                f" owner {postgres.OWNER}"
            )
        os.environ["PGDATABASE"] = database

    def rename(self, database: str, name: str) -> None:
        """Give a database that nobody uses another name."""
        with self.superuser() as outside:
            outside.execute(f"alter database {database} rename to {name}")

    def superuser(self, database: str = "postgres") -> psycopg.Connection:
        """A connection that commits by itself."""
        return psycopg.connect(dbname=database, **self._superuser)  # type: ignore[arg-type]


@contextmanager
def workbench() -> Iterator[Workbench]:
    """Start the server; stop it and remove the folder at the end."""
    with TemporaryDirectory(prefix="assay-bench-") as name:
        folder = Path(name)
        os.environ["ASSAY_HOME"] = str(folder / ".assay")
        os.environ["DBT_TARGET_PATH"] = str(folder / "target")
        os.environ["DBT_LOG_PATH"] = str(folder / "logs")
        bench = Workbench(folder)
        try:
            yield bench
        finally:
            bench.server.stop()


def dbt(*arguments: str, project: Path = ROOT) -> list[str]:
    """Run dbt in a process of its own; the names of the nodes that did not end well, or why not.

    A warning counts: on the sample data there are none.
    """
    done = subprocess.run(
        [sys.executable, "-c", RUN_DBT, *arguments],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return [done.stderr.strip().splitlines()[-1]]
    said: list[str] = json.loads(done.stdout.splitlines()[-1])
    return said


def load_shop(scale: float, seed: int, folder: Path) -> Path:
    """Make a shop's files and load them; the folder with them and their answer key."""
    from extract import datagen, loader

    data = folder / f"shop-{scale:g}-{seed}"
    datagen.generate(scale=scale, seed=seed, out=data)
    if not loader.load([str(data)]).ok:
        sys.exit(f"{data} did not load")
    return data


def put_between_markers(page: Path, name: str, text: str) -> None:
    """Write a text into a page, between its comments `begin NAME` and `end NAME`."""
    start, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    before, rest = page.read_text().split(start)
    page.write_text(f"{before}{start}\n{text.strip()}\n{end}{rest.split(end)[1]}")
