"""Every format into its table: values as they came, lines as they stand, bad records aside."""

from __future__ import annotations

import bz2
import datetime
import gzip
import io
import json
import lzma
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.formats.base import Tally
from extract.formats.json import JsonReader
from extract.report import LoadReport

Write = Callable[..., Path]
Load = Callable[..., LoadReport]
Rows = Callable[..., list[tuple[Any, ...]]]


def test_semicolons_latin_1_and_crlf(load: Load, write: Write, rows: Rows) -> None:
    text = (
        "Kundennr;Name;E-Mail;Straße;Kunde seit\r\n"
        "K-1;Müller, Jörg;j@x.de;Hauptstraße 1;01.02.2020\r\n"
        'K-2;"Groß; Eva";;"";\r\n'
    )
    write("customers_crm/kunden_2026-10.csv", text.encode("cp1252"))
    report = load()
    assert report.ok
    assert report.files[0].dialect is not None
    assert report.files[0].dialect["encoding"] == "windows-1252"
    assert report.files[0].dialect["delimiter"] == ";"
    assert rows("customers_crm", "kundennr, name, e_mail, strasse, kunde_seit, _line") == [
        ("K-1", "Müller, Jörg", "j@x.de", "Hauptstraße 1", "01.02.2020", 2),
        ("K-2", "Groß; Eva", None, "", None, 3),
    ]


def test_values_are_not_touched(load: Load, write: Write, rows: Rows) -> None:
    write("t.csv", "a,b,c,d\n00123, x ,NULL,1e5\nnan,\\N,1.50,TRUE\n")
    load()
    assert rows("t", "a, b, c, d") == [
        ("00123", " x ", "NULL", "1e5"),
        ("nan", "\\N", "1.50", "TRUE"),
    ]


def test_multi_line_text(load: Load, write: Write, rows: Rows) -> None:
    write("r.csv", 'id,text\n1,"first ""line""\nsecond, line\r\nthird"\n2,short\n')
    load()
    assert rows("r", "id, text, _line") == [
        ("1", 'first "line"\nsecond, line\r\nthird', 2),
        ("2", "short", 5),
    ]


def test_json_lines_keep_numbers_and_nesting(load: Load, write: Write, rows: Rows) -> None:
    write(
        "p.jsonl",
        '{"id": 1.50, "s": "a \\"q\\" \\u00fc\\n", "n": {"k": [1.50, null]}, "e": "", "b": true}\n'
        "\n"
        '{"s":null,"id":12345678901234567890123,"e":"null"}\r\n'
        '{"id":3,"late":"new key"}\n',
    )
    report = load()
    assert report.ok
    assert rows("p", "id, s, n, e, b, late, _line") == [
        ("1.50", 'a "q" ü\n', {"k": [1.5, None]}, "", "true", None, 1),
        ("12345678901234567890123", None, None, "null", None, None, 3),
        ("3", None, None, None, None, "new key", 4),
    ]


def test_bad_json_lines_are_set_aside(load: Load, write: Write, rows: Rows, fetch: Rows) -> None:
    lines = [
        b'{"id":1}', b'{"id":2,', b"[3]", b'{"id":4,"id":5}', b'{"id":"\xe9"}',
        b'{"id":"\\u0000"}', b'{"id":7}',
    ]  # fmt: skip
    write("p.jsonl", b"\n".join(lines))
    report = load()
    assert report.ok
    assert rows("p", "id") == [("1",), ("7",)]
    assert fetch("select line, reason, raw from raw._rejects order by line") == [
        (2, "bad_json", lines[1]),
        (3, "not_object", lines[2]),
        (4, "duplicate_key", lines[3]),
        (5, "bad_encoding", lines[4]),
        (6, "nul_character", lines[5]),
    ]


def test_a_key_that_only_shows_late_becomes_a_column(load: Load, write: Write, rows: Rows) -> None:
    early = '{"id":1,"text":"%s"}\n' % ("x" * 1000)
    write("p.jsonl", early * 3000 + '{"id":2,"nested":{"a":1}}\n{"id":3,"last":true}\n')
    load()
    assert rows("p", "id, nested, last")[-2:] == [("2", {"a": 1}, None), ("3", None, "true")]
    assert len(rows("p")) == 3002


def test_nested_values_in_a_text_column_and_scalars_in_a_jsonb_one(
    load: Load, write: Write, rows: Rows
) -> None:
    write("p/1.jsonl", '{"t":"x","j":{"a":1}}\n')
    write("p/2.jsonl", '{"t":{"a":[1]},"j":"text"}\n{"t":[1,2],"j":5}\n')
    assert load(workers=1).ok
    assert rows("p", "t, j") == [("x", {"a": 1}), ('{"a":[1]}', "text"), ("[1,2]", 5)]


@pytest.mark.parametrize("indent", [None, 2])
def test_json_array(load: Load, write: Write, rows: Rows, indent: int | None) -> None:
    products = [{"id": "P1", "price": {"amount": 1.5}, "tags": ["a"]}, {"id": "P2", "price": None}]
    write("products.json", json.dumps(products, indent=indent))
    load()
    assert rows("products", "id, price, tags, _line") == [
        ("P1", {"amount": 1.5}, ["a"], 1),
        ("P2", None, None, 2),
    ]


def test_one_json_object_and_lines_named_json(load: Load, write: Write, rows: Rows) -> None:
    write("one.json", '{\n "id": 1\n}\n')
    write("many.json", '{"id": 1}\n{"id": 2}\n')
    load()
    assert rows("one", "id") == [("1",)]
    assert rows("many", "id, _line") == [("1", 1), ("2", 2)]


def test_an_empty_json_array_is_no_failure(load: Load, write: Write) -> None:
    write("p.json", "[]")
    report = load()
    assert report.ok
    assert report.files[0].rows_read == 0


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text('ab"\\é,{', max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)


@given(
    records=st.lists(
        st.dictionaries(st.sampled_from(["a", "b", "ü k", 'q"']), values, min_size=1), min_size=1
    ),
    ascii_only=st.booleans(),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")]),
)  # fmt: skip
@settings(deadline=None, max_examples=200)
def test_json_lines_give_the_values_that_were_written(
    records: list[dict[str, object]], ascii_only: bool, separators: tuple[str, str]
) -> None:
    import csv

    data = "".join(
        json.dumps(record, ensure_ascii=ascii_only, separators=separators) + "\n"
        for record in records
    ).encode()
    rejected: list[tuple[int, str, str, bytes]] = []
    reader = JsonReader(lambda: io.BytesIO(data), name="x.jsonl", uri="x")
    shape = reader.shape
    tally = Tally(lambda *reject: rejected.append(reject))
    payload = b"".join(reader.payloads(1, [column.data_type for column in shape.columns], tally))
    rows = list(csv.reader(io.StringIO(payload.decode(), newline="")))
    assert rejected == []
    assert len(rows) == len(records)
    for record, row in zip(records, rows, strict=True):
        for column, cell in zip(shape.columns, row[2:], strict=True):
            value = record.get(column.label or "")
            if value is None:
                assert cell == "null"
            elif column.data_type == "jsonb" or isinstance(value, (list, dict, bool, int)):
                assert json.loads(cell) == value
            else:
                assert cell == value


def test_parquet_of_many_types(load: Load, folder: Path, rows: Rows, fetch: Rows) -> None:
    moment = datetime.datetime(2025, 3, 30, 1, 30, 5, 250000)
    table = pa.table(
        {
            "s": ["a", None, ""],
            "i": pa.array([1, None, -3], pa.int64()),
            "d": pa.array([Decimal("1.50"), None, Decimal("-0.07")], pa.decimal128(12, 2)),
            "f": [1.5, None, 2.0],
            "b": [True, None, False],
            "day": pa.array([datetime.date(2024, 2, 29), None, None]),
            "at": pa.array([moment, None, None], pa.timestamp("us")),
            "at_utc": pa.array([moment, None, None], pa.timestamp("ms", "UTC")),
            "list": [[1, 2], None, []],
            "struct": [{"x": Decimal("1.50"), "y": "é"}, None, {"x": None, "y": None}],
            "dict": pa.array(["m", None, "n"]).dictionary_encode(),
            "raw": [b"\x00\xff", None, b""],
            "none": pa.nulls(3),
        }
    )
    pq.write_table(table, folder / "items.parquet", row_group_size=2)
    assert load().ok
    assert rows("items", "s, i, d, f, b, day, at, at_utc, dict, raw, none, _line") == [
        ("a", "1", "1.50", "1.5", "true", "2024-02-29", "2025-03-30 01:30:05.250000",
         "2025-03-30 01:30:05.250Z", "m", "\\x00ff", None, 1),
        (None,) * 11 + (2,),
        ("", "-3", "-0.07", "2", "false", None, None, None, "n", "\\x", None, 3),
    ]  # fmt: skip
    assert fetch("select list::text, struct::text from raw.items order by _line") == [
        ("[1, 2]", '{"x": 1.50, "y": "é"}'),
        (None, None),
        ("[]", '{"x": null, "y": null}'),
    ]


def test_parquet_with_a_zero_character(load: Load, folder: Path, rows: Rows, fetch: Rows) -> None:
    pq.write_table(pa.table({"s": ["a", "b\0c", "d"]}), folder / "t.parquet")
    report = load()
    assert (report.files[0].rows_landed, report.files[0].rows_rejected) == (2, 1)
    assert rows("t", "s, _line") == [("a", 1), ("d", 3)]
    assert fetch("select line, reason from raw._rejects") == [(2, "nul_character")]


def test_xlsx_as_excel_shows_it(load: Load, folder: Path, rows: Rows) -> None:
    book = xlsxwriter.Workbook(folder / "fx_rates.xlsx")
    sheet = book.add_worksheet("rates")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(1, 0, ["Date", "Currency", "Rate", "Note", "Ok"])
    sheet.write_datetime(2, 0, datetime.datetime(2025, 1, 2), day)
    sheet.write_row(2, 1, ["USD", 1.05, 'a,\n"b"', True])
    sheet.write_datetime(4, 0, datetime.datetime(2025, 1, 3, 12, 30), day)
    sheet.write_row(4, 1, ["CHF", 1])
    sheet.write_string(4, 3, "00123")
    book.add_worksheet("empty")
    book.close()
    assert load().ok
    assert rows("fx_rates", "date, currency, rate, note, ok, _line") == [
        ("2025-01-02", "USD", "1.05", 'a,\n"b"', "true", 3),
        ("2025-01-03T12:30:00", "CHF", "1", "00123", None, 5),
    ]


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("ending", PACKERS)
def test_compressed_files(load: Load, write: Write, rows: Rows, ending: str) -> None:
    text = "a,b\n" + "".join(f"{number},x\n" for number in range(50_000))
    write(f"t.csv.{ending}", PACKERS[ending](text.encode()))
    assert load().ok
    assert len(rows("t")) == 50_000
    assert rows("t", "a, _line")[-1] == ("49999", 50_001)


def test_compressed_parquet_is_read_too(load: Load, folder: Path, write: Write, rows: Rows) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": [1, 2]}), sink)
    write("t.parquet.gz", gzip.compress(sink.getvalue()))
    assert load().ok
    assert rows("t", "a") == [("1",), ("2",)]


@pytest.mark.parametrize("ending", PACKERS)
def test_a_cut_off_archive_lands_nothing(load: Load, write: Write, rows: Rows, ending: str) -> None:
    text = "a,b\n" + "".join(f"{number},{number * 7919 % 1009}\n" for number in range(200_000))
    packed = PACKERS[ending](text.encode())
    write(f"t.csv.{ending}", packed[: len(packed) * 2 // 3])
    report = load()
    assert report.files[0].outcome == "failed"
    assert "cut off" in str(report.files[0].error)
    assert rows("t") == []
