"""Zip archives member by member; bombs and damage refused, whatever they are packed with."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import zstandard

from extract.errors import (
    CorruptFile,
    DuplicateContent,
    ExpandsTooMuch,
    NoColumns,
    UnsupportedFormat,
)
from extract.formats.compression import Limits, decompressed
from extract.report import LoadReport

Write = Callable[..., Path]
Load = Callable[..., LoadReport]
Rows = Callable[..., list[tuple[Any, ...]]]

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


def zipped(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_each_member_is_a_file_of_its_own(
    load: Load, folder: Path, rows: Rows, fetch: Rows
) -> None:
    sheets, parquet = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(sheets) as book:
        for name in ("a", "b"):
            book.add_worksheet(name).write_column(0, 0, ["x", name])
    pq.write_table(pa.table({"n": [1, 2]}), parquet)
    members = {
        "orders/2026-01.csv": b"id,total\n1,5\n2\n",
        "orders/2026-02.csv.gz": gzip.compress(b"id,total\n3,7\n"),
        "events.jsonl": b'{"e": 1}\n',
        "book.xlsx": sheets.getvalue(),
        "items.parquet": parquet.getvalue(),
        "__MACOSX/orders/._2026-01.csv": b"x",
        ".hidden.csv": b"x",
        "readme.md": b"x",
        "inner.zip": b"PK",
    }
    path = zipped(folder / "export.zip", members)
    report = load()
    assert report.ok
    assert [file.uri.removeprefix(f"{path}#") for file in report.files] == [
        "orders/2026-01.csv", "orders/2026-02.csv.gz", "events.jsonl", "book.xlsx#a", "book.xlsx#b",
        "items.parquet",
    ]  # fmt: skip
    assert report.ignored == (f"{path}#readme.md", f"{path}#inner.zip")
    assert rows("orders", "id, total, _line") == [("1", "5", 2), ("3", "7", 2)]
    assert (rows("book_a", "x"), rows("book_b", "x")) == ([("a",)], [("b",)])
    assert rows("items", "n") == [("1",), ("2",)]
    assert fetch("select compression from raw._files order by file_id") == [
        ("zip",), ("zip+gz",), ("zip",), ("zip",), ("zip",), ("zip",),
    ]  # fmt: skip
    # Packed again with one member changed: the others are known by their checksum.
    zipped(path, members | {"events.jsonl": b'{"e": 2}\n'}, zipfile.ZIP_STORED)
    outcomes = [file.outcome for file in load().files]
    assert outcomes == ["unchanged"] * 2 + ["replaced"] + ["unchanged"] * 3
    (folder / "events.jsonl").write_bytes(b'{"e": 2}\n')
    assert isinstance(load(folder / "events.jsonl").files[0].error, DuplicateContent)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_however_it_is_packed(load: Load, folder: Path, rows: Rows, method: int) -> None:
    text = b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(30_000))
    zipped(folder / "t.zip", {"t.csv": text}, method)
    assert load().ok
    assert rows("t", "a, _line")[-1] == ("29999", 30_001)


def test_archives_that_cannot_be_read_fail_with_a_reason(
    load: Load, folder: Path, write: Write, rows: Rows
) -> None:
    text = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * 7919 % 1009) for n in range(30_000))
    data = bytearray(zipped(folder / "c.zip", {"t.csv": text}).read_bytes())
    write("cut.zip", bytes(data[: len(data) // 2]))
    data[len(data) // 2] ^= 0xFF
    write("c.zip", bytes(data))
    zipped(folder / "d.zip", {"readme.md": b"x"})
    data = bytearray(zipped(folder / "e.zip", {"s.csv": b"a\n1\n"}).read_bytes())
    for at in (data.find(b"PK\x03\x04") + 6, data.find(b"PK\x01\x02") + 8):
        data[at] |= 1  # Encrypted, say the flags.
    write("e.zip", bytes(data))
    write("f.tar.gz", gzip.compress(b"x"))
    zipped(folder / "g.zip", {"broken.xlsx": b"PK\x03\x04", "good.csv": b"k\n1\n"})
    found = {Path(file.uri).name: file.error for file in load().files}
    assert {name: type(error) for name, error in found.items()} == {
        "c.zip#t.csv": CorruptFile, "cut.zip": CorruptFile, "d.zip": NoColumns,
        "e.zip#s.csv": UnsupportedFormat, "g.zip#broken.xlsx": CorruptFile,
        "g.zip#good.csv": type(None),
    }  # fmt: skip
    assert "readme.md" in str(found["d.zip"])
    assert rows("t") == []
    error = load(folder / "f.tar.gz").files[0].error
    assert isinstance(error, UnsupportedFormat)
    assert error.hint == "unpack it, load the folder"


@pytest.mark.parametrize("ending", PACKERS)
def test_what_unpacks_to_too_much_is_refused(load: Load, write: Write, ending: str) -> None:
    line = b"a," + b"b" * 8000 + b"\n"
    write(f"t.csv.{ending}", PACKERS[ending](line * 8600))
    error = load().files[0].error
    assert isinstance(error, ExpandsTooMuch)
    assert "250 times its size" in str(error)
    limits = Limits(ratio=1e9, unpacked=10_000_000)
    error = load(limits=limits).files[0].error
    assert isinstance(error, ExpandsTooMuch)
    assert "more than 0.01 GB" in str(error)


def test_a_member_that_unpacks_to_too_much_is_refused_unread(
    load: Load, folder: Path, rows: Rows
) -> None:
    big = b"a,b\n" * (1 << 24) + b"1,2\n"
    zipped(folder / "t.zip", {"big.csv": big, "small.csv": b"a,b\n1,2\n"})
    report = load()
    assert isinstance(report.files[0].error, ExpandsTooMuch)
    assert report.files[1].outcome == "loaded"
    assert isinstance(load(dry_run=True).files[0].error, ExpandsTooMuch)


@pytest.mark.parametrize("ending", PACKERS)
def test_a_bomb_takes_little_memory(ending: str) -> None:
    packed = PACKERS[ending](bytes(100_000_000))
    tracemalloc.start()
    opened = decompressed(io.BytesIO(packed), ending, "x")
    with pytest.raises(ExpandsTooMuch):
        drain(opened)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80_000_000


def drain(stream: BinaryIO) -> None:
    while stream.read(1 << 16):
        pass


def test_data_that_repeat_as_data_do_are_no_bomb(load: Load, write: Write, rows: Rows) -> None:
    text = b"".join(b"%d,same,same,same,same,same\n" % (number % 10) for number in range(400_000))
    write("t.csv.gz", gzip.compress(b"a,b,c,d,e,f\n" + text))
    assert load().ok
    assert len(rows("t")) == 400_000
