"""One big file landed by several processes: as in one go, all of it at once or nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extract import cuts, loader, parts
from extract.report import LoadReport

Load = Callable[..., LoadReport]
Write = Callable[..., Path]
Rows = Callable[..., list[tuple[Any, ...]]]

PARTS = (
    "select relname from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'r'"
    " and left(relname, 6) = '_part_'"
)
ORPHANS = PARTS + " and not exists (select from pg_inherits where inhrelid = pg_class.oid)"


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "WORTH_IT", 1)
    monkeypatch.setattr(loader, "SMALL", 1)
    monkeypatch.setattr(cuts, "CHUNK", 1 << 17)


def content(rows: int, seed: int = 1) -> bytes:
    """Quoted cells with line breaks, ragged records, bytes that are no UTF-8, and a footer."""
    rng = random.Random(seed)
    lines = [b"report of the day\n", b"id,name,note\n"]
    for number in range(rows):
        kind = rng.randrange(50)
        note = {0: b'"two\nlines, of text"', 1: b'"a ""b"""', 2: b"\xc3\xa9", 3: b'5" pipe'}.get(
            kind, b"plain text of some length"
        )
        if kind == 4:
            lines.append(b"%d,x,y,one too many\n" % number)
        elif kind == 5:
            lines.append(b"%d,\xff,y\n" % number)
        else:
            lines.append(b"%d,name %d,%b\n" % (number, number, note))
    lines.append(b"Total\n")
    return b"".join(lines)


def facts(fetch: Rows, entity: str = "t") -> tuple[Any, ...]:
    """All that a load leaves behind, file ids aside."""
    return (
        fetch(f"select _line, id, name, note from raw.{entity} order by _file_id, _line"),
        fetch("select line, reason, detail, raw from raw._rejects order by file_id, line"),
        fetch(
            "select uri, content_hash, rows_read, rows_landed, rows_rejected, dialect"
            " from raw._files where status = 'loaded' order by uri"
        ),
        fetch("select entity, column_name, label, position from raw._columns order by 1, 4"),
    )


def wipe(connection: psycopg.Connection) -> None:
    connection.execute("drop table raw.t, raw._files, raw._rejects, raw._columns cascade")


def test_parts_land_what_one_process_lands(
    load: Load,
    write: Write,
    fetch: Rows,
    connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("t/1.csv", content(40_000))
    with monkeypatch.context() as patch:
        patch.setattr(parts, "WORTH_IT", 1 << 40)
        assert load(workers=1).ok
    alone = facts(fetch)
    wipe(connection)
    assert load(workers=1).ok
    assert facts(fetch) == alone
    assert fetch(PARTS) == []
    wipe(connection)
    report = load(workers=3)
    assert report.ok
    assert report.files[0].rows_landed == len(alone[0]) > 30_000
    assert len(fetch(PARTS)) == 2
    assert facts(fetch) == alone
    # Into a table that is there, from a file that lacks a column of it.
    write("t/2.csv", content(20_000, 2).replace(b"id,name,note", b"id,name,note,"))
    connection.execute("alter table raw.t add column more text")
    assert load(workers=3).ok
    assert fetch("select count(*), count(distinct (_file_id, _line)) from raw.t") == [
        (len(facts(fetch)[0]),) * 2
    ]
    assert fetch("select sum(rows_landed) from raw._files") == fetch("select count(*) from raw.t")


def lines(rows: int) -> bytes:
    """Drifting keys, bad lines, values of another kind than their column's, a mark at the start."""
    rng = random.Random(3)
    out = [b"\xef\xbb\xbf"]
    for number in range(rows):
        kind = rng.randrange(60)
        tags = {0: b'["a", {"b": 1}]', 1: b"7", 2: b'"plain"'}.get(kind, b"[]")
        name = {3: b'{"deep": 1.50}', 4: b"null", 5: b'"\xc3\xa9 \\u0041"'}.get(
            kind, b'"some text"'
        )
        line = b'{"id": %d, "name": %b, "tags": %b}' % (number, name, tags)
        line = {6: line[:-1], 7: b"", 8: line.replace(b"some", b"\xff")}.get(kind, line)
        out.append(line + b"\n")
    out.append(b'{"id": 1, "name": "the last, without a line end", "tags": []}')
    return b"".join(out)


def table(path: Path, rows: int) -> None:
    """Row groups of many sizes, nested values, texts that Postgres cannot hold."""
    rng = random.Random(4)
    ids = range(rows)
    found = pa.table({
        "id": pa.array(ids, pa.int64()),
        "at": pa.array([n * 1000 for n in ids], pa.timestamp("us", "UTC")),
        "name": [None if n % 97 == 0 else "zero \0" if n % 1009 == 0 else f"nr {n}" for n in ids],
        "tags": [[{"k": n, "v": None}] * (n % 3) for n in ids],
    })  # fmt: skip
    path.parent.mkdir(exist_ok=True)
    with pq.ParquetWriter(path, found.schema) as writer:
        start = 0
        while start < rows:
            size = rng.randrange(1, rows // 3)
            writer.write_table(found.slice(start, size), row_group_size=size)
            start += size


def landed(fetch: Rows) -> tuple[Any, ...]:
    """All that a load leaves behind, file ids aside."""
    return (
        fetch("select _line, to_jsonb(t) - '_file_id' from raw.t t order by _file_id, _line"),
        fetch("select line, reason, detail, raw from raw._rejects order by file_id, line"),
        fetch(
            "select uri, content_hash, rows_read, rows_landed, rows_rejected, dialect"
            " from raw._files where status = 'loaded' order by uri"
        ),
        fetch("select entity, column_name, label, position from raw._columns order by 1, 4"),
    )


@pytest.mark.parametrize("kind", ["jsonl", "late keys", "parquet"])
def test_other_formats_land_in_parts_as_in_one_go(
    load: Load,
    write: Write,
    folder: Path,
    fetch: Rows,
    connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    if kind == "parquet":
        table(folder / "t" / "1.parquet", 30_000)
    else:
        late = b'\n{"id": 0, "late": [1]}\n' if kind == "late keys" else b""
        write("t/1.jsonl", lines(30_000) + late)
    with monkeypatch.context() as patch:
        patch.setattr(parts, "WORTH_IT", 1 << 40)
        one_go = load(workers=1)
    alone = landed(fetch)
    wipe(connection)
    report = load(workers=3)
    assert report.ok
    assert report.files[0].notes == one_go.files[0].notes
    assert report.files[0].rows_landed == len(alone[0]) > 20_000
    assert report.files[0].rows_rejected == len(alone[1]) > 10
    assert len(fetch(PARTS)) == 2
    assert landed(fetch) == alone


def test_a_damaged_row_group_fails_the_file_and_leaves_nothing(
    load: Load, folder: Path, fetch: Rows
) -> None:
    path = folder / "t" / "1.parquet"
    table(path, 30_000)
    column = pq.ParquetFile(path).metadata.row_group(2).column(2)
    data = bytearray(path.read_bytes())
    start = column.data_page_offset + 30
    data[start : start + 400] = b"\xff" * 400
    path.write_bytes(data)
    (report,) = load(workers=3).files
    assert report.outcome == "failed"
    assert "damaged" in str(report.error)
    assert fetch("select to_regclass('raw.t')") == [(None,)]
    assert fetch(PARTS) == []


def test_lines_are_counted_by_the_table_where_nothing_is_odd(
    load: Load, write: Write, fetch: Rows, connection: psycopg.Connection
) -> None:
    lines = [b'%d,"name, %d",x\r\n' % (n, n) for n in range(2, 120_000)]
    lines[60_000] = b"60002,too few\r\n"
    lines[90_000] = b'90002,"two\r\nlines",x\r\n'
    write("t/1.csv", b"id,name,note\r\n" + b"".join(lines))
    assert load(workers=2).ok
    assert fetch(
        "select count(*), count(*) filter (where _line <> id::int + (id::int > 90002)::int),"
        " count(*) filter (where name <> 'name, ' || id) from raw.t"
    ) == [(len(lines) - 1, 0, 1)]
    assert fetch("select line, reason from raw._rejects") == [(60_002, "wrong_width")]
    assert fetch(
        "select count(*) from pg_attribute where attidentity <> '' and attname = '_line'"
    ) == [(0,)]  # The tables that counted do not count any longer.


def test_a_replaced_file_leaves_no_rows_and_its_parts_are_swept(
    load: Load, write: Write, fetch: Rows
) -> None:
    write("t/1.csv", content(20_000))
    load(workers=2)
    first = fetch(PARTS)
    write("t/1.csv", content(15_000, 3))
    assert [file.outcome for file in load(workers=2).files] == ["replaced"]
    assert fetch("select count(distinct _file_id) from raw.t") == [(1,)]
    load()
    assert not set(first) & set(fetch(PARTS))
    assert fetch("select rows_landed from raw._files where status = 'loaded'") == fetch(
        "select count(*) from raw.t"
    )


def test_a_cut_within_a_cell_is_noticed_and_the_file_read_in_one_go(
    load: Load, write: Write, fetch: Rows, connection: psycopg.Connection
) -> None:
    inner = b"".join(b"%d,not a record,x\n" % n for n in range(30_000))
    write("t/1.csv", b"id,name,note\n1,a,b\n2,c,d\n3,e," + b'"' + inner + b'"\n4,f,g\n')
    assert load(workers=3).ok
    assert fetch("select id, length(note) from raw.t order by _line") == [
        ("1", 1), ("2", 1), ("3", len(inner)), ("4", 1)
    ]  # fmt: skip
    assert fetch(ORPHANS) == []


def test_an_encoding_that_shows_late(load: Load, write: Write, fetch: Rows) -> None:
    text = "id,name,note\n" + "1,plain,x\n" * 200_000 + "2,naïve,café\n" * 3_000
    write("t/1.csv", text.encode("latin-1"))
    assert load(workers=2).ok
    assert fetch("select distinct name from raw.t order by 1") == [("naïve",), ("plain",)]
    assert fetch("select dialect ->> 'encoding' from raw._files") == [("windows-1252",)]


def test_helpers_that_die_cost_time_only(
    load: Load, write: Write, fetch: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("t/1.csv", content(10_000))
    dead = lambda: subprocess.Popen(  # noqa: E731
        [sys.executable, "-c", "pass"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    monkeypatch.setattr(parts, "_start", dead)
    assert load(workers=3).ok
    assert fetch("select count(*) = max(rows_landed) from raw.t, raw._files") == [(True,)]
    assert fetch(PARTS) == []


def test_too_many_rejects_and_copies_leave_nothing(load: Load, write: Write, fetch: Rows) -> None:
    write("t/1.csv", content(20_000))
    assert [file.outcome for file in load(workers=2, max_rejects=5).files] == ["failed"]
    assert fetch("select to_regclass('raw.t')") == [(None,)]
    assert fetch(PARTS) == []
    load(workers=2)
    before = fetch("select count(*) from raw.t")
    write("other/2.csv", content(20_000))
    assert [file.outcome for file in load(workers=2).files] == ["refused", "unchanged"]
    assert fetch("select count(*) from raw.t") == before
    assert fetch(ORPHANS) == []


SCRIPT = """
import sys
from extract import cuts, loader, parts
parts.WORTH_IT = loader.SMALL = 1
cuts.CHUNK = 1 << 17
loader.load([sys.argv[1]], workers=3)
"""


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_it_is_all_or_nothing(
    load: Load, write: Write, fetch: Rows, folder: Path, seed: int
) -> None:
    write("t/1.csv", content(120_000))
    rng = random.Random(seed)
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(folder)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        time.sleep(0.35 + rng.random() * 0.8)
        process.send_signal(signal.SIGKILL)
        process.wait()
        seen = fetch(
            "select to_regclass('raw.t') is not null, to_regclass('raw._files') is not null"
        )
        rows = fetch("select count(*) from raw.t")[0][0] if seen[0][0] else 0
        ledger = (
            fetch("select coalesce(sum(rows_landed), 0) from raw._files where status = 'loaded'")
            if seen[0][1] else [(0,)]
        )  # fmt: skip
        assert rows == ledger[0][0]
    time.sleep(0.5)  # For helpers of the last one to notice.
    assert load(workers=3).ok
    assert fetch("select count(*), count(distinct _line) from raw.t") == fetch(
        "select rows_landed, rows_landed from raw._files where status = 'loaded'"
    )
    load()
    assert fetch(ORPHANS) == []
