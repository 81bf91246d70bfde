"""Parquet: every logical type in its canonical text, at any depth, over several row groups."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from extract.errors import CorruptFile, UnsupportedFormat
from extract.report import LoadReport

Write = Callable[..., Path]
Load = Callable[..., LoadReport]
Rows = Callable[..., list[tuple[Any, ...]]]

SPRING = 1_711_846_805_000_000
"""Microseconds; an hour later than the clocks in Berlin would have said a night before."""

SCALARS: list[tuple[pa.Array[Any], list[str | None]]] = [
    (pa.array([1.5, None], pa.float16()), ["1.5", None]),
    (pa.array([0.1, float("nan")], pa.float32()), ["0.1", "nan"]),
    (pa.array([0.1, float("-inf"), 5e-324]), ["0.1", "-inf", "5e-324"]),
    (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
    (pa.array([-128], pa.int8()), ["-128"]),
    (pa.array([Decimal("1.50")], pa.decimal32(5, 2)), ["1.50"]),
    (pa.array([Decimal("-1.500")], pa.decimal256(50, 3)), ["-1.500"]),
    (pa.array([19783, -800000], pa.date32()), ["2024-03-01", "-0221-09-04"]),
    (pa.array([dt.date(2024, 3, 1)], pa.date64()), ["2024-03-01"]),
    (pa.array([dt.time(1, 2, 3)], pa.time32("ms")), ["01:02:03.000"]),
    (pa.array([1], pa.time64("ns")), ["00:00:00.000000001"]),
    (pa.array([1], pa.timestamp("ns")), ["1970-01-01 00:00:00.000000001"]),
    (pa.array([SPRING], pa.timestamp("us", "Europe/Berlin")), ["2024-03-31 03:00:05.000000+0200"]),
    (pa.array([SPRING], pa.timestamp("us", "+05:30")), ["2024-03-31 06:30:05.000000+0530"]),
    (pa.array([9 * 10**18, 0], pa.timestamp("us")), [f"9{'0' * 18}", "1970-01-01 00:00:00.000000"]),
    (pa.array([1500, -1, None], pa.duration("ms")), ["PT1.500S", "-PT0.001S", None]),
    (pa.array([b"\x00\xff"], pa.binary(2)), ["\\x00ff"]),
    (pa.array([b"\x00", b""], pa.large_binary()), ["\\x00", "\\x"]),
    (pa.array([b"\x01"], pa.binary_view()), ["\\x01"]),
    (pa.array(["a", ""], pa.large_string()), ["a", ""]),
    (pa.array(["a", None], pa.string_view()), ["a", None]),
    (pa.array(["x", None, "y", "x"]).dictionary_encode(), ["x", None, "y", "x"]),
    (
        pa.array([b"0123456789abcdef"], pa.uuid()),
        ["30313233-3435-3637-3839-616263646566"],
    ),
    (pa.array([1, None, 0], pa.bool8()), ["true", None, "false"]),
    (pa.nulls(2), [None, None]),
]  # fmt: skip


def test_scalars_as_text(load: Load, folder: Path, rows: Rows) -> None:
    for letter, (column, _) in zip(ascii_lowercase, SCALARS, strict=False):
        pq.write_table(pa.table({"c": column}), folder / f"{letter}.parquet")
    assert load(workers=1).ok
    for letter, (column, expected) in zip(ascii_lowercase, SCALARS, strict=False):
        assert rows(letter, "c") == [(value,) for value in expected], column.type


def test_nested_values_say_what_a_column_of_their_own_would(
    load: Load, folder: Path, rows: Rows, fetch: Rows
) -> None:
    moment = pa.timestamp("ns", "UTC")
    words = pa.dictionary(pa.int8(), pa.string())
    table = pa.table(
        {
            "times": pa.array([[1, None], None, []], pa.list_(moment)),
            "fixed": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int8(), 2)),
            "large": pa.array([[Decimal("1.50")], None, []], pa.large_list(pa.decimal128(5, 2))),
            "view": pa.array([[1], None, [2, 3]], pa.list_view(pa.int64())),
            "map": pa.array([[("a", 1.5), ("b", None)], None, []], pa.map_("string", "float64")),
            "pairs": pa.array([[("a", 1), ("a", 2)], None, []], pa.map_(pa.string(), pa.int32())),
            "keys": pa.array([[(1, "x")], None, []], pa.map_(pa.int32(), pa.string())),
            "odd": pa.array([[float("nan"), float("inf"), 0.1], None, []], pa.list_(pa.float32())),
            "deep": pa.array(
                [{"a": [{"b": b"\xff", "c": dt.date(2024, 3, 1)}]}, None, {"a": None}],
                pa.struct({"a": pa.list_(pa.struct({"b": pa.binary(), "c": pa.date32()}))}),
            ),
            "json": pa.array(['{"n": 1.50, "z": [1]}', None, "2"], pa.json_()),
            "words": pa.array([["x", "x"], None, []], pa.list_(words)),
        }
    )  # fmt: skip
    # A slice, so that nothing may lean on offsets that start at nought.
    pq.write_table(pa.concat_tables([table, table]).slice(3), folder / "t.parquet")
    assert load().ok
    names = ", ".join(f'"{name}"::text' for name in table.column_names)
    assert fetch(f"select {names} from raw.t where _line = 1") == [
        (
            '["1970-01-01 00:00:00.000000001Z", null]', "[1, 2]", "[1.50]", "[1]",
            '{"a": 1.5, "b": null}', '[["a", 1], ["a", 2]]', '{"1": "x"}', '["nan", "inf", 0.1]',
            '{"a": [{"b": "\\\\xff", "c": "2024-03-01"}]}', '{"n": 1.50, "z": [1]}', '["x", "x"]',
        )
    ]  # fmt: skip
    assert set(rows("t", ", ".join(table.column_names))[1]) == {None}
    names = "fixed::text, view::text, deep::text, json::text"
    assert fetch(f"select {names} from raw.t where _line = 3") == [
        ("[3, 4]", "[2, 3]", '{"a": null}', "2")
    ]  # fmt: skip


def test_several_row_groups_keep_the_order_and_the_ordinals(
    load: Load, folder: Path, rows: Rows
) -> None:
    count = 50_000
    table = pa.table({"n": pa.array(range(count)), "s": [f"{n}é" for n in range(count)]})
    pq.write_table(table, folder / "t.parquet", row_group_size=7_001)
    report = load()
    assert report.files[0].dialect is not None
    assert report.files[0].dialect["row_groups"] == 8
    assert report.files[0].dialect["types"] == {"n": "int64", "s": "string"}
    assert rows("t", "n, s, _line") == [(str(n), f"{n}é", n + 1) for n in range(count)]


def test_scalars_for_a_column_that_is_json_already(
    load: Load, write: Write, folder: Path, fetch: Rows
) -> None:
    write("t/0.jsonl", '{"v": {"a": 1}, "w": [1]}\n')
    load()
    table = pa.table({"v": [1.5, float("nan")], "w": [dt.date(2024, 3, 1), None]})
    pq.write_table(table, folder / "t" / "1.parquet")
    assert load().ok
    assert fetch("select v::text, w::text from raw.t order by _file_id, _line") == [
        ('{"a": 1}', "[1]"), ("1.5", '"2024-03-01"'), ('"nan"', None),
    ]  # fmt: skip


def test_zero_characters_are_found_in_text_and_in_json_only_where_they_are(
    load: Load, folder: Path, rows: Rows, fetch: Rows
) -> None:
    table = pa.table({"s": ["\\u0000", "a", "b\0"], "l": [["\\u0000"], ["x\0"], None]})
    pq.write_table(table, folder / "t.parquet")
    load()
    assert rows("t", "s, l, _line") == [("\\u0000", ["\\u0000"], 1)]
    assert fetch("select line, reason, convert_from(raw, 'UTF8') from raw._rejects order by 1") == [
        (2, "nul_character", '{"s": "a", "l": "[\\"x\\\\u0000\\"]"}'),
        (3, "nul_character", '{"s": "b\\u0000", "l": null}'),
    ]


def test_text_that_is_no_utf_8_is_refused_row_by_row(
    load: Load, folder: Path, rows: Rows, fetch: Rows
) -> None:
    bad = pa.array([b"a", b"\xff", b"c"]).view(pa.string())
    pq.write_table(pa.table({"s": bad}), folder / "t.parquet")
    pq.write_table(pa.table({"l": pa.array([["x"]]), "s": ["a"]}), folder / "u.parquet")
    nested = pa.ListArray.from_arrays([0, 3], bad)
    pq.write_table(pa.table({"l": nested}), folder / "v.parquet")
    report = load()
    assert rows("t", "s, _line") == [("a", 1), ("c", 3)]
    assert fetch("select line, reason, raw from raw._rejects") == [
        (2, "refused_by_database", b'{"s": "\xff"}')
    ]
    assert [file.outcome for file in report.files] == ["loaded", "loaded", "failed"]
    assert isinstance(report.files[2].error, CorruptFile)


def test_two_columns_of_one_name(load: Load, folder: Path, rows: Rows) -> None:
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), folder / "t.parquet")
    assert load().ok
    assert rows("t", "a, a_2") == [("1", "2")]


def test_cut_off_damaged_and_encrypted_files(load: Load, write: Write) -> None:
    sink = io.BytesIO()
    table = pa.table({"a": list(range(100_000))})
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    data = bytearray(sink.getvalue())
    write("cut.parquet", bytes(data[: len(data) // 2]))
    data[2000:2400] = bytes(400)
    write("damaged.parquet", bytes(data))
    write("secret.parquet", b"PARE" + bytes(100) + b"PARE")
    errors = [file.error for file in load().files]
    assert [type(error) for error in errors] == [CorruptFile, CorruptFile, UnsupportedFormat]
