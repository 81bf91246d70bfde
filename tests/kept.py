"""What one worker of a run makes and the others take over: what dbt read, and a built shop."""

from __future__ import annotations

import fcntl
import os
import pprint
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jinja2.nativetypes
import yaml

from dbt_project import postgres
from tests.dbt_project.rebuilt import dbt

READ = "partial_parse.msgpack"
"""What dbt has read of a project, in its target folder."""


def folder(basetemp: Path) -> Path:
    """The run's own folder, which all of its workers see."""
    return basetemp.parent if "PYTEST_XDIST_WORKER" in os.environ else basetemp


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold a lock that all workers of the run know; the file is made beside `path`."""
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read_project(root: Path, target: Path, run: Path) -> None:
    """Put into `target` what dbt reads of the project at `root`, as it is for this database.

    dbt reads for 20 seconds, and again wherever the server or the database is another. All that it
    writes down of them is the database's name and a hash of the connection. They are exchanged;
    were they not the right ones, dbt would read anew.

    Args:
        run: the run's own folder, where it is kept. The names of all databases are of one length.
    """
    target.mkdir(parents=True, exist_ok=True)
    kept, marks = run / READ, run / "read_of.txt"
    mine = [os.environ["PGDATABASE"], _hash_of_connection(root)]
    with one_at_a_time(kept):
        if not kept.exists():
            dbt("parse", "--no-write-json")
            marks.write_text("\n".join(mine), "utf-8")
            (target / READ).replace(kept)
        read = kept.read_bytes()
        for theirs, own in zip(marks.read_text("utf-8").splitlines(), mine, strict=True):
            assert len(theirs) == len(own), (theirs, own)
            read = read.replace(theirs.encode(), own.encode())
    (target / READ).write_bytes(read)


def _hash_of_connection(root: Path) -> str:
    """As dbt has it in what it wrote."""
    # Imported late: what hands out the tests to others would import dbt, too, before they begin.
    from dbt.adapters.postgres import PostgresCredentials
    from dbt.contracts.files import FileHash

    postgres.export_settings()
    environment = jinja2.nativetypes.NativeEnvironment()
    environment.globals["env_var"] = lambda name, default: os.environ.get(name, default)
    environment.filters["as_number"] = int
    profile = yaml.safe_load((root / "profiles.yml").read_text("utf-8"))["assay"]
    rendered = {
        name: environment.from_string(value).render() if isinstance(value, str) else value
        for name, value in profile["outputs"][profile["target"]].items()
        if name not in {"type", "threads"}
    }
    credentials = PostgresCredentials.from_dict(PostgresCredentials.translate_aliases(rendered))
    return str(
        FileHash.from_contents(pprint.pformat(sorted(credentials.connection_info()))).checksum
    )
