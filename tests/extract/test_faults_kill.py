"""A loader killed at every point of a load, and at any moment of a larger one: each row once."""

from __future__ import annotations

import gzip
import io
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg import sql

import extract
from tests.extract.test_faults import await_quiet

Write = Callable[..., Path]
Rows = Callable[..., list[tuple[Any, ...]]]


def wipe(connection: psycopg.Connection) -> None:
    for (name,) in connection.execute(
        "select tablename from pg_tables where schemaname = 'raw'"
    ).fetchall():
        connection.execute(sql.SQL("drop table {}").format(sql.Identifier("raw", name)))


def state(fetch: Rows) -> dict[str, Any]:
    """What is in the database, without what may differ from run to run."""
    found: dict[str, Any] = {}
    for (table,) in fetch(
        "select tablename from pg_tables where schemaname = 'raw' and tablename !~ '^_'"
    ):
        found[table] = sorted(
            fetch(
                "select f.uri, r._line, (to_jsonb(r) - '_file_id' - '_line')::text"
                f' from raw."{table}" r left join raw._files f'
                " on f.file_id = r._file_id and f.status = 'loaded'"
            )
        )
    found["_files"] = sorted(
        fetch(
            "select uri, entity, rows_landed, rows_rejected, content_hash from raw._files"
            " where status = 'loaded'"
        )
    )
    found["_rejects"] = sorted(
        fetch(
            "select uri, line, reason, raw from raw._rejects left join raw._files using (file_id)"
        )
    )
    found["_columns"] = sorted(fetch("select entity, column_name, label from raw._columns"))
    return found


class Killer:
    """Kills this process before or after its nth word with the server."""

    def __init__(self, at: int) -> None:
        self.count, self.at = 0, at

    def arm(self) -> None:
        for owner, name in (
            (psycopg.Connection, "execute"), (psycopg.Connection, "commit"),
            (psycopg.Cursor, "copy"), (psycopg.Copy, "write"),
        ):  # fmt: skip
            setattr(owner, name, self.around(getattr(owner, name)))

    def around(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            self.step()
            result = method(*arguments, **options)
            self.step()
            return result

        return counted

    def step(self) -> None:
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def killed_at(step: int, folder: Path) -> bool:
    """Load in a child that dies at that step; False if it was through before."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            Killer(step).arm()
            extract.load([folder], workers=1)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_killed_at_every_word_with_the_server(
    database: str, write: Write, folder: Path, connection: psycopg.Connection, fetch: Rows
) -> None:
    def first() -> None:
        write("t/1.csv", "a,b\n1,2\n3\n4,5\n")
        write("t/2.csv", "a,b\n7,8\n")

    def second() -> None:
        write("t/1.csv", "a,b\n1,2\n9,9\n5\n")  # Takes the place of its older state.
        write("t/3.jsonl", '{"a": 1, "c": {"x": 1}}\n{"a": 2,\n')  # Widens the table.
        write("u.csv", "k\n1\n")

    first()
    extract.load([folder])
    second()
    extract.load([folder])
    expected = state(fetch)
    assert len(expected["t"]) == 4
    assert len(expected["_rejects"]) == 2
    for step in range(1, 1000, 2):
        wipe(connection)
        for path in folder.rglob("*.*"):
            path.unlink()
        first()
        extract.load([folder], workers=1)
        second()
        killed = killed_at(step, folder)
        await_quiet(connection)
        assert extract.load([folder], workers=1).ok
        assert state(fetch) == expected, f"killed at step {step}"
        if not killed:
            break
    assert step > 80


def files(write: Write, version: int) -> None:
    """Many files of many formats; those with an odd number differ between versions."""
    for number in range(24):
        mark = version if number % 2 else 0
        lines = [f"{number},{row},{mark},{'x' * (row % 50)}" for row in range(4000)]
        lines[17] = "too,few"
        text = "file,row,mark,text\n" + "\n".join(lines) + "\n"
        kind = number % 5
        if kind == 0:
            write(f"t/{number}.csv", text)
        elif kind == 1:
            write(f"t/{number}.csv.gz", gzip.compress(text.encode(), mtime=0))
        elif kind == 2:
            rows = "".join(
                f'{{"file":{number},"row":{row},"mark":{mark},"k{number}":[{row}]}}\n'
                for row in range(4000)
            )
            write(f"t/{number}.jsonl", rows)
        elif kind == 3:
            sink = io.BytesIO()
            columns = {"file": [number] * 4000, "row": list(range(4000)), "mark": [mark] * 4000}
            pq.write_table(pa.table(columns), sink)
            write(f"t/{number}.parquet", sink.getvalue())
        else:
            sink = io.BytesIO()
            with zipfile.ZipFile(sink, "w") as archive:
                entry = zipfile.ZipInfo("inner.csv")
                archive.writestr(entry, text)
            write(f"t/{number}.zip", sink.getvalue())


def start(folder: Path, workers: int) -> subprocess.Popen[bytes]:
    script = f"import extract; extract.load([{str(folder)!r}], workers={workers})"
    return subprocess.Popen(
        [sys.executable, "-c", script], start_new_session=True, stderr=subprocess.DEVNULL
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment_with_several_workers_while_files_change(
    database: str, write: Write, folder: Path, connection: psycopg.Connection, fetch: Rows,
    seed: int,
) -> None:  # fmt: skip
    chance = random.Random(seed)
    kills = 0
    for round_ in range(4):
        files(write, version=round_ // 2)
        loader = start(folder, workers=3)
        # From the first COPY on, somewhere: a start takes longer than the whole load.
        deadline = time.monotonic() + 20
        while loader.poll() is None and time.monotonic() < deadline:
            if fetch(
                "select 1 from pg_stat_activity where application_name = 'assay load'"
                " and datname = current_database() and state <> 'idle'"
            ):
                break
        time.sleep(chance.uniform(0, 0.5))
        kills += loader.poll() is None
        os.killpg(loader.pid, signal.SIGKILL)
        loader.wait()
        await_quiet(connection)
        if fetch("select to_regclass('raw._files') is not null") == [(True,)]:
            landed = fetch(
                "select coalesce(sum(rows_landed), 0) from raw._files where status = 'loaded'"
            )
            if fetch("select to_regclass('raw.t') is not null") == [(True,)]:
                assert fetch("select count(*) from raw.t") == landed
    assert kills >= 2
    assert extract.load([folder], workers=3).ok
    survivors = state(fetch)
    wipe(connection)
    assert extract.load([folder], workers=1).ok
    clean = state(fetch)
    assert survivors.keys() == clean.keys()
    for name, rows in clean.items():
        assert survivors[name] == rows, name
    assert fetch("select count(*), count(distinct (_file_id, _line)) from raw.t") == [
        (sum(row[2] for row in clean["_files"]),) * 2
    ]
