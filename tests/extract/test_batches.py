"""Small files that share a transaction land as if each had one of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

import extract
from extract import batches, ledger
from extract.errors import TableLocked
from tests.extract.test_faults_kill import state, wipe

Write = Callable[..., Path]
Rows = Callable[..., list[tuple[Any, ...]]]


def write_all(write: Write) -> None:
    for number in range(8):
        write(f"t/{number}.csv", f"a,b\n{number},x\n{number},y\n")
    write("t/short.csv", "a\n5\n")
    write("t/wider.csv", "a,b,c\n1,2,3\n")
    write("t/bad_record.csv", "a,b\n1,2\n3\n4,5\n")
    write("t/nothing_good.csv", "a,b\n1\n2,3,4\n")
    write("t/other_marks.csv", "a;b\n1;2\n3;4\n")
    write("t/lines.jsonl", '{"a": 1, "b": {"c": 2}}\n{"a": 2}\n{"a":\n')
    write("t/copy.csv", "a,b\n3,x\n3,y\n")
    write("t/failed_before.csv", "a,b\n6,6\n")


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_lands_as_one_by_one(
    workers: int,
    database: str,
    write: Write,
    folder: Path,
    connection: psycopg.Connection,
    fetch: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for small in (0, batches.SMALL_FILE):
        monkeypatch.setattr(batches, "SMALL_FILE", small)
        wipe(connection)
        for path in folder.rglob("*.*"):
            path.unlink()
        write("t/failed_before.csv", b"PAR1")
        write("t/0.csv", "a,b\n0,old\n")
        assert not extract.load([folder], workers=1).ok
        write_all(write)
        report = extract.load([folder], workers=workers if small else 1)
        outcomes = {
            Path(file.uri).name: (file.outcome, file.rows_landed, file.rows_rejected, file.notes)
            for file in report.files
        }
        entries = sorted(
            (entry.uri, entry.status, entry.rows_read, entry.superseded_by is None)
            for entry in ledger.entries(connection)
        )
        found.append((state(fetch), entries, outcomes if workers == 1 else report.ok))
        assert all(file.outcome == "unchanged" for file in extract.load([folder / "t/1.csv"]).files)
    assert found[0] == found[1]
    rows = fetch("select count(*) from raw.t")
    assert rows == [(sum(entry[2] for entry in found[0][1] if entry[1] == "loaded") - 2,)]


def test_a_file_that_changes_meanwhile_does_not_hold_up_the_others(
    database: str, write: Write, folder: Path, fetch: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("t/0.csv", "a,b\n0,0\n")
    extract.load([folder])
    for number in range(1, 6):
        write(f"t/{number}.csv", f"a,b\n{number},{number}\n")
    written = ledger.write_loaded

    def change_one(*arguments: Any) -> None:
        written(*arguments)
        write("t/3.csv", "a,b\n3,three\n")

    monkeypatch.setattr(ledger, "write_loaded", change_one)
    report = extract.load([folder], workers=1)
    failed = [file for file in report.files if file.outcome == "failed"]
    assert [Path(file.uri).name for file in failed] == ["3.csv"]
    assert fetch("select a from raw.t order by 1") == [("0",), ("1",), ("2",), ("4",), ("5",)]
    assert extract.load([folder], workers=1).ok
    assert fetch("select b from raw.t where a = '3'") == [("three",)]


def test_a_lock_of_another_session_is_waited_for(
    database: str, write: Write, folder: Path, connection: psycopg.Connection, fetch: Rows
) -> None:
    write("t/0.csv", "a,b\n0,0\n")
    extract.load([folder])
    for number in range(1, 4):
        write(f"t/{number}.csv", f"a,b\n{number},{number}\n")
    with connection.transaction():
        connection.execute("lock table raw.t in exclusive mode")
        report = extract.load([folder], workers=1, lock_timeout=0.2)
    errors = {type(file.error) for file in report.files if file.outcome != "unchanged"}
    assert errors == {TableLocked}
    assert extract.load([folder], workers=1).ok
    assert fetch("select count(*) from raw.t") == [(4,)]
