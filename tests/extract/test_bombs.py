"""Small files that ask for much: memory, rows, members. Refused with a reason, at little cost."""

from __future__ import annotations

import base64
import io
import lzma
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from extract import archive
from extract.errors import CorruptFile, ExpandsTooMuch
from extract.formats.base import Tally
from extract.formats.compression import Limits, decompressed
from extract.formats.parquet import ParquetReader
from extract.report import LoadReport

Load = Callable[..., LoadReport]
Write = Callable[..., Path]
Rows = Callable[..., list[tuple[Any, ...]]]

TABLE = b"id,name\n" + b"".join(b"%d,name %d\n" % (n, n) for n in range(1000))


def packed_far_back(ending: str) -> bytes:
    """The table, packed with a window of 256 MiB."""
    if ending == "xz":
        filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 28}]
        return lzma.compress(TABLE, filters=filters)
    parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    compressing = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return compressing.compress(TABLE) + compressing.flush()


@pytest.mark.parametrize("ending", ["xz", "zst"])
def test_a_window_that_takes_too_much_memory(load: Load, write: Write, ending: str) -> None:
    write(f"t.csv.{ending}", packed_far_back(ending))
    write("u.csv", "id\n1\n")
    report = load()
    assert [file.outcome for file in report.files] == ["failed", "loaded"]
    assert isinstance(report.files[0].error, ExpandsTooMuch)
    assert "takes more than 128 MiB of memory" in str(report.files[0].error)


def test_the_largest_usual_windows_are_read(load: Load, write: Write, rows: Rows) -> None:
    write("t/a.csv.xz", lzma.compress(TABLE, preset=9 | lzma.PRESET_EXTREME))
    write("u/a.csv.zst", zstandard.ZstdCompressor(level=22).compress(TABLE))
    assert load(allow_duplicates=True).ok
    assert len(rows("t")) == len(rows("u")) == 1000


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_xz_streams_one_behind_the_other(size: int) -> None:
    whole = lzma.compress(TABLE) + b"\0" * 8 + lzma.compress(b"more") + lzma.compress(b"")
    with decompressed(io.BytesIO(whole), "xz", "x") as stream:
        assert b"".join(iter(lambda: stream.read(size), b"")) == TABLE + b"more"
    stream = decompressed(io.BytesIO(whole[:-20]), "xz", "x")
    with pytest.raises(CorruptFile, match="cut off"):
        list(iter(lambda: stream.read(size), b""))


def test_a_long_text_that_many_rows_point_at(load: Load, folder: Path) -> None:
    texts = pa.DictionaryArray.from_arrays(
        pa.array([0] * 20_000, pa.int32()), pa.array(["x" * (1 << 20)])
    )
    pq.write_table(
        pa.table({"id": list(range(20_000)), "text": texts}), folder / "t.parquet",
        compression="zstd",
    )  # fmt: skip
    assert (folder / "t.parquet").stat().st_size < 1 << 20
    before = pa.default_memory_pool().max_memory()
    error = load().files[0].error
    assert isinstance(error, ExpandsTooMuch)
    assert "250 times its size" in error.what
    assert pa.default_memory_pool().max_memory() < max(before, 1 << 29)


def test_long_texts_that_rows_share_land_in_small_batches() -> None:
    texts = ["a" * 1_000_000, "b" * 1_000_000, None, "c"]
    table = pa.table({"t": [texts[n % 4] for n in range(200)], "id": list(range(200))})
    stream = io.BytesIO()
    pq.write_table(table, stream)
    stream.seek(0)
    reader = ParquetReader(stream, uri="t.parquet", limits=Limits(ratio=1e6))
    assert reader.shape.dialect["types"] == {"t": "string", "id": "int64"}
    tally = Tally(lambda *_: None)
    sizes = [len(payload) for payload in reader.payloads(1, ["text", "text"], tally)]
    assert tally.landed == 200
    assert max(sizes) < 70_000_000 < sum(sizes)


def test_pages_that_unpack_to_too_much(load: Load, folder: Path) -> None:
    table = pa.table({"t": ["0" * 1_000_000 + str(n) for n in range(80)]})
    pq.write_table(table, folder / "t.parquet", compression="zstd", use_dictionary=False)
    error = load().files[0].error
    assert isinstance(error, ExpandsTooMuch)
    assert "--max-ratio" in error.hint


def test_a_page_that_claims_to_unpack_to_more_than_it_does(load: Load, folder: Path) -> None:
    text = base64.b64encode(random.Random(7).randbytes(6_000_000)).decode()
    sink = io.BytesIO()
    pq.write_table(
        pa.table({"t": [text]}), sink, compression="zstd", use_dictionary=False,
        write_statistics=False,
    )  # fmt: skip
    data = sink.getvalue()
    honest, claimed = (_varint(size << 1) for size in (len(text) + 10, (1 << 27) - 1))
    assert data.count(honest, 0, 40) == 1, "the page's header starts with its sizes"
    (folder / "t.parquet").write_bytes(data.replace(honest, claimed, 1))
    assert isinstance(load().files[0].error, CorruptFile)


def _varint(number: int) -> bytes:
    """As Thrift's compact protocol writes it."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def end_of_archive(count: int) -> bytes:
    """The end of an archive that claims so many members, and has none."""
    wide = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, 0, 0)
    where = struct.pack("<4sIQI", b"PK\x06\x07", 0, 0, 1)
    return wide + where + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0, 0, 0)


def test_an_archive_of_very_many_members(load: Load, write: Write, monkeypatch: Any) -> None:
    write("a.zip", b"PK\x03\x04" + end_of_archive(5_000_000))
    error = load().files[0].error
    assert isinstance(error, ExpandsTooMuch)
    assert "5,000,000 members, more than 100,000" in error.what
    monkeypatch.setattr(archive, "MOST_MEMBERS", 3)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as full:
        for n in range(4):
            full.writestr(f"{n}.csv", "id\n1\n")
    write("a.zip", out.getvalue())
    assert "4 members, more than 3" in str(load().files[0].error)


def test_members_that_lie_upon_each_other(load: Load, write: Write) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as full:
        full.writestr("0.csv", TABLE)
        for n in range(1, 50):  # All of them are the first one's bytes.
            again = zipfile.ZipInfo(f"{n}.csv")
            for fact in ("CRC", "compress_size", "file_size", "header_offset", "compress_type"):
                setattr(again, fact, getattr(full.infolist()[0], fact))
            full.filelist.append(again)
            full.NameToInfo[again.filename] = again
    write("a.zip", out.getvalue())
    error = load().files[0].error
    assert isinstance(error, CorruptFile)
    assert "lie upon each other" in error.what


def test_many_members_are_read_from_one_opened_archive(
    load: Load, write: Write, fetch: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as full:
        for n in range(60):
            full.writestr(f"t/{n}.csv", f"id\n{n}\n")
    write("a.zip", out.getvalue())
    opened = []
    read_list = zipfile.ZipFile._RealGetContents  # type: ignore[attr-defined]
    monkeypatch.setattr(
        zipfile.ZipFile, "_RealGetContents", lambda self: opened.append(1) or read_list(self)
    )
    assert load().ok
    assert fetch("select count(*), sum(id::int) from raw.t") == [(60, 1770)]
    assert len(opened) <= 3
    assert archive.SHELF._archive is None
