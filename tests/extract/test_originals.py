"""From a raw row back to what its file says, whatever the file is and lies in."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import zstandard

from dbt_project import postgres
from dbt_project.original import Original, find
from extract.report import LoadReport

Load = Callable[..., LoadReport]
Write = Callable[..., Path]

TABLE = """id,name,note
1,lamp,plain
2,oak,"two
lines, and ""quotes\"""
3,tin,
4,5" nail,x
5,rope,y
"""
LINES = {1: "1,lamp,plain", 2: '2,oak,"two\nlines, and ""quotes"""', 3: "3,tin,", 4: '4,5" nail,x'}


def said(entity: str, number: int) -> Original:
    """What the file of the record with this id says."""
    with postgres.connect() as connection:
        place = connection.execute(
            f"select _file_id, _line from raw.{entity} where id = %s", [str(number)]
        ).fetchone()
        assert place is not None
        return find(connection, *place)


def zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.md", "nothing")
        archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("t.csv", bytes),
        ("t #1.csv", bytes),
        ("t.csv.gz", gzip.compress),
        ("t.csv.bz2", bz2.compress),
        ("t.csv.xz", lzma.compress),
        ("t.csv.zst", zstandard.ZstdCompressor().compress),
        ("a.zip", lambda data: zipped("in/t.csv", data)),
        ("a#b.zip", lambda data: zipped("t#2.csv.gz", gzip.compress(data))),
    ],
)
def test_a_record_of_text(
    load: Load, write: Write, name: str, pack: Callable[[bytes], bytes]
) -> None:
    write(f"t/{name}", pack(TABLE.encode()))
    report = load()
    assert report.ok
    for number, line in LINES.items():
        assert said(report.files[0].entity, number) == Original(line)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_a_record_in_another_encoding(load: Load, write: Write, encoding: str) -> None:
    write("t.csv", TABLE.replace("lamp", "lámpara").encode(encoding))
    assert load().ok
    assert said("t", 1).text == "1,lámpara,plain"
    assert said("t", 2).text == LINES[2]


def test_a_record_between_carriage_returns(load: Load, write: Write) -> None:
    write("t.csv", b"id,name\r1,lamp\r2,oak\r")
    assert load().ok
    assert said("t", 2) == Original("2,oak")


def test_a_record_of_json(load: Load, write: Write) -> None:
    records = [{"id": str(n), "v": {"n": n}} for n in range(1, 4)]
    write("lines.jsonl", "".join(json.dumps(r) + "\n" for r in records))
    write("array.json", json.dumps(records, indent=1))
    write("path.json", json.dumps({"next": None, "data": {"items": records}}))
    write("map.json", json.dumps({f"k{r['id']}": r for r in records}))
    write("object.json", json.dumps(records[1], indent=2))
    assert load().ok
    for entity in ("lines", "array", "path", "object"):
        text = said(entity, 2).text
        assert text is not None
        assert json.loads(text) == records[1]
    assert said("map", 2).text == f'"k2": {json.dumps(records[1])}'


def test_a_row_of_parquet_and_of_a_sheet(load: Load, write: Write, folder: Path) -> None:
    table = pa.table({"id": [str(n) for n in range(1, 31)], "n": list(range(1, 31))})
    pq.write_table(table, folder / "p.parquet", row_group_size=10)
    with xlsxwriter.Workbook(folder / "book.xlsx") as book:
        for sheet in ("North", "South"):
            page = book.add_worksheet(sheet)
            for row, cells in enumerate([["id", "shop"], ["1", sheet], ["2", f"{sheet} 2"]]):
                page.write_row(row, 0, cells)
    write("books.zip", zipped("inner.xlsx", (folder / "book.xlsx").read_bytes()))
    assert load(allow_duplicates=True).ok
    assert said("p", 17) == Original('{"id": "17", "n": 17}')
    assert said("book_south", 2) == Original('["2", "South 2"]')
    assert said("inner_north", 2) == Original('["2", "North 2"]')


def test_a_file_that_is_not_as_it_was_is_not_quoted(load: Load, write: Write) -> None:
    path = write("t.csv", TABLE)
    packed = write("z.zip", zipped("u.csv", b"id,a\n1,x\n"))
    assert load().ok
    path.write_text(TABLE.replace("lamp", "LAMP"))
    found = said("t", 1)
    assert found == Original("1,LAMP,plain", "the file was written to since it was loaded")
    path.write_text("id\n1\n")
    assert said("t", 1) == Original(None, "the file has changed since it was loaded")
    path.unlink()
    assert said("t", 1) == Original(None, "the file is gone")
    packed.write_bytes(zipped("v.csv", b"id,a\n1,x\n"))
    assert said("u", 1) == Original(None, "the archive has no such file now")
    packed.write_bytes(b"PK\x03\x04 no archive any more")
    assert "cannot be read any more" in said("u", 1).note
