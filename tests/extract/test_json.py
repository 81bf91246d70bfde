"""JSON documents of every layout: judged with evidence, streamed, cut at their records."""

from __future__ import annotations

import csv
import io
import json
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.errors import CorruptFile, UnsupportedFormat
from extract.formats import document
from extract.formats import json as json_format
from extract.formats.base import ColumnsFound, Tally
from extract.formats.json import JsonReader
from extract.formats.json_rows import Writer
from extract.report import LoadReport

Write = Callable[..., Path]
Load = Callable[..., LoadReport]
Rows = Callable[..., list[tuple[Any, ...]]]
Rejects = list[tuple[int, str, str, bytes]]


class Trickle(io.RawIOBase):
    """Gives a few bytes at a time, as a network does."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def read(self, size: int = -1) -> bytes:
        part = self._data[self._at : self._at + min(size, 7)]
        self._at += len(part)
        return part


def read(data: bytes, name: str = "x.json") -> tuple[JsonReader, list[list[str]], Rejects]:
    """A document's rows without their file ids, as COPY would see them."""
    columns: tuple[Any, ...] = ()
    while True:
        rejected: Rejects = []
        opener: Callable[[], BinaryIO] = lambda: Trickle(data)  # type: ignore[assignment, return-value]  # noqa: E731
        reader = JsonReader(opener, name=name, uri="x", columns=columns)
        types = [column.data_type for column in reader.shape.columns]
        tally = Tally(lambda *reject: rejected.append(reject))  # noqa: B023
        try:
            text = b"".join(reader.payloads(1, types, tally)).decode()
        except ColumnsFound as found:
            columns = found.columns
            continue
        rows = [row[1:] for row in csv.reader(io.StringIO(text, newline=""))]
        assert tally.landed == len(rows)
        return reader, rows, rejected


def layout(value: object, name: str = "x.json") -> str:
    return str(read(json.dumps(value).encode(), name)[0].shape.dialect["layout"])


PEOPLE = [{"id": 1, "n": "a"}, {"id": 2, "n": "b"}]


@pytest.mark.parametrize(
    ("value", "name", "expected"),
    [
        (PEOPLE, "x.json", "array"),
        ({"data": PEOPLE}, "x.json", "records"),
        ({"anything": PEOPLE}, "x.json", "records"),
        ({"data": PEOPLE, "next": None, "total": 2, "@context": "u"}, "x.json", "records"),
        ({"people": PEOPLE, "total": 2}, "people.json", "records"),
        ({"status": "ok", "data": {"people": PEOPLE}}, "x.json", "records"),
        ({"_embedded": {"people": PEOPLE}, "_links": {}, "page": {"size": 2}}, "x.json", "records"),
        ({"type": "FeatureCollection", "features": PEOPLE}, "x.json", "records"),
        ({"data": [], "next": None}, "x.json", "records"),
        ({f"u{n}": {"a": n, "b": 1} for n in range(3)}, "x.json", "map"),
        ({name: {"a": 1, "b": 2} for name in "pqrst"}, "x.json", "map"),
        # One record each, whatever it looks like.
        ({"order_id": 1, "customer": "x", "items": PEOPLE}, "x.json", "object"),
        ({"billing": {"street": "x"}, "shipping": {"street": "y"}}, "x.json", "object"),
        ({"a1": {"x": 1}, "a2": {"y": 1}, "a3": {"z": 1}}, "x.json", "object"),
        ({"orders": PEOPLE, "customers": PEOPLE}, "x.json", "object"),
        ({"data": [1, 2, 3], "total": 3}, "x.json", "object"),
        ({"id": 1}, "x.json", "object"),
        ({"a": {"b": [{}]}}, "x.json", "object"),
    ],
)
def test_where_the_records_are(value: object, name: str, expected: str) -> None:
    assert layout(value, name) == expected


def test_what_stands_around_the_records_is_kept() -> None:
    data = b'{"meta": {"page": 1},\n "data": [{"a": 1}, {"a": 2}],\n "next": "u\\u0000"}\n'
    reader, rows, rejected = read(data)
    assert rows == [["1", "1"], ["2", "2"]]
    assert rejected == []
    dialect = reader.shape.dialect
    assert dialect["records_at"] == ["data"]
    assert dialect["around"] == {"meta": {"page": 1}, "data": [], "next": "u\0"}
    assert "beside it only meta, next" in str(dialect["evidence"])


def test_a_document_with_data_around_its_records(load: Load, write: Write, rows: Rows) -> None:
    write("orders.json", '{"data": {"orders": [{"id": 7}]}, "meta": {"x": "\\u0000"}}')
    report = load()
    assert report.ok
    assert rows("orders", "id, _line") == [("7", 1)]
    assert report.files[0].notes == ("its records are the list data.orders",)


def test_the_keys_of_an_object_of_records_are_a_column(
    load: Load, write: Write, rows: Rows, fetch: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_format, "SAMPLE", 100)  # What is odd comes after it.
    members = {f'u"{number}': {"a": number, "b": {"c": 1}} for number in range(3)}
    text = json.dumps(members)[:-1] + ', "u9": 5, "u8": {"a": 1, "a": 2}, "u7": {"_key": 1}}'
    write("m.json", text)
    report = load()
    assert report.ok
    assert rows("m", "key, a, b, _line") == [
        ('u"0', "0", {"c": 1}, 1), ('u"1', "1", {"c": 1}, 2), ('u"2', "2", {"c": 1}, 3),
    ]  # fmt: skip
    assert fetch("select line, reason, raw from raw._rejects order by line") == [
        (4, "not_object", b'"u9": 5'),
        (5, "duplicate_key", b'"u8": {"a": 1, "a": 2}'),
        (6, "duplicate_key", b'"u7": {"_key": 1}'),
    ]


def test_bad_elements_of_an_array_are_set_aside_with_their_ordinal() -> None:
    parts = [
        b'{"a":1}', b"7", b'{"a":,}', b'{"a":"\xe9"}', b'{"a":2,"a":3}', b'{"a":"\\u0000"}',
        b'{"a":"],[{\\"},"}',
    ]  # fmt: skip
    _, rows, rejected = read(b"[" + b" ,\n".join(parts) + b"]")
    assert rows == [["1", "1"], ["7", '],[{"},']]
    assert [(line, reason, raw) for line, reason, _, raw in rejected] == [
        (2, "not_object", parts[1]),
        (3, "bad_json", parts[2]),
        (4, "bad_encoding", parts[3]),
        (5, "duplicate_key", parts[4]),
        (6, "nul_character", parts[5]),
    ]


def test_lists_are_records_whose_first_may_name_the_columns() -> None:
    reader, rows, rejected = read(
        b'[["NAME","POP","tags"],\n["Ulm","12",["a"]],\n["Lyon",null,[]],\n["Graz"],\n7]'
    )
    assert reader.shape.dialect["header"] is True
    assert [column.label for column in reader.shape.columns] == ["NAME", "POP", "tags"]
    assert [row[:3] for row in rows] == [["2", "Ulm", "12"], ["3", "Lyon", "null"]]
    assert [(line, reason) for line, reason, *_ in rejected] == [
        (4, "wrong_width"), (5, "not_object"),
    ]  # fmt: skip
    reader, rows, _ = read(b'[["Ulm", 48.4], ["Lyon", 45.7], ["Graz", 47.1]]')
    assert [column.label for column in reader.shape.columns] == ["column_1", "column_2"]
    assert rows[0][1:] == ["Ulm", "48.4"]


def test_plain_values_are_records_of_one_column() -> None:
    reader, rows, rejected = read(b'["Ulm", "Lyon,\\n\\"Sud\\"", null, 7, nul]')
    assert reader.shape.notes[0] == "its records are plain values, in column value"
    assert [column.label for column in reader.shape.columns] == ["value"]
    assert rows == [["1", "Ulm"], ["2", 'Lyon,\n"Sud"'], ["3", "null"], ["4", "7"]]
    assert [(line, reason, raw) for line, reason, _, raw in rejected] == [(5, "bad_json", b"nul")]
    assert read(b'["Ulm", "Lyon", {"a": 1}]')[1][2] == ["3", '{"a": 1}']


def test_many_plain_members_are_records_with_their_keys() -> None:
    members = {f"K{number}": f"land {number}" for number in range(41)}
    reader, rows, _ = read(json.dumps(members).encode())
    assert [column.label for column in reader.shape.columns] == ["_key", "value"]
    assert rows[40][1:] == ["K40", "land 40"]
    text = json.dumps(members)[:-1] + ', "K0": "again"}'
    again = [(int(line), value) for line, key, value in read(text.encode())[1] if key == "K0"]
    assert again == [(1, "land 0"), (42, "again")]
    del members["K0"]
    assert read(json.dumps(members).encode())[0].shape.dialect["layout"] == "object"
    members |= {"K41": ["a list"]}
    assert read(json.dumps(members).encode())[0].shape.dialect["layout"] == "object"
    assert read(b'{"0": "red", "1": "blue", "2": null}')[1][1][1:] == ["1", "blue"]
    lists = {f"K{number}": [number] for number in range(41)}
    assert read(json.dumps(lists).encode())[1][0][1:] == ["K0", "[0]"]
    unlike = {f"K{number}": {f"a{number}": 1} for number in range(41)}
    assert read(json.dumps(unlike).encode())[1][1][1:4] == ["K1", "null", "1"]


@pytest.mark.parametrize("text", ['{"a":1}{"a":2}', '{\n"a": 1\n}\n\n{\n"a": 2\n}\n'])
def test_objects_one_behind_the_other(text: str) -> None:
    reader, rows, _ = read(text.encode())
    assert reader.shape.dialect["layout"] == "sequence"
    assert rows == [["1", "1"], ["2", "2"]]


def test_an_array_that_is_named_like_lines() -> None:
    reader, rows, _ = read(json.dumps(PEOPLE, indent=1).encode(), "x.jsonl")
    assert reader.shape.dialect["layout"] == "array"
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[{"a":1},{"a":2}', "after record 1"),
        ('[{"a":1},{"a":"2},{"a":3}]', "after record 1"),
        ('[{"a":1}] x', "more behind the end"),
        ('[{"a":1}][{"a":1}]', "more behind the end"),
        ('{"data":[{"a":1}]', "around the records"),
        ('{"data":[{"a":1}', "after record 0"),
        ('{"u1":{"a":1},"u2":{"a":1},"u3":{"a"', "after record 2"),
        ('{"a":1}{"a":2}{"a"', "after record 2"),
        ("[", "after record 0"),
    ],
)
def test_documents_that_are_cut_off_or_broken_fail(text: str, what: str) -> None:
    with pytest.raises(CorruptFile, match=what):
        read(text.encode())


records = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "ü k", 'q"', "\\"]),
        st.recursive(
            st.none() | st.integers() | st.text('ab"\\[]{},:é\n', max_size=6),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text('a"\\{,', max_size=2), inner, max_size=2)
            ),
            max_leaves=4,
        ),
        min_size=1,
    ),
    min_size=1,
    max_size=8,
)


@given(
    records=records,
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 0, 3]),
    kind=st.sampled_from(["array", "records", "map", "sequence"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    payload=st.sampled_from([1, 5, 1 << 16]),
)
@settings(deadline=None, max_examples=250)
def test_documents_give_the_values_that_were_written(
    records: list[dict[str, object]], ascii_only: bool, indent: int | None, kind: str,
    encoding: str, payload: int,
) -> None:  # fmt: skip
    def dump(value: object) -> str:
        return json.dumps(value, ensure_ascii=ascii_only, indent=indent)

    if kind == "sequence":
        text = "".join(dump(record) + " " for record in [*records, {"a": 1}])
        records = [*records, {"a": 1}]
    else:
        text = dump(
            {
                "array": records,
                "records": {"data": records, "next": 1},
                "map": {f"key-{number}": record for number, record in enumerate(records)},
            }[kind]
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_format, "PAYLOAD", payload)
        reader, rows, rejected = read(text.encode(encoding))
    dialect = reader.shape.dialect
    if dialect["layout"] != kind:
        assert kind == "map"  # Too few, or not alike.
        assert dialect["layout"] == "object" or dialect["layout"] == "records"
        return
    assert rejected == []
    assert [int(row[0]) for row in rows] == list(range(1, len(records) + 1))
    labels = [column.label for column in reader.shape.columns]
    for number, (record, row) in enumerate(zip(records, rows, strict=True)):
        expected = record | ({"_key": f"key-{number}"} if kind == "map" else {})
        for column, label, cell in zip(reader.shape.columns, labels, row[1:], strict=True):
            value = expected.get(label or "")
            if value is None:
                assert cell == "null"
            elif column.data_type == "jsonb" or not isinstance(value, str):
                assert json.loads(cell) == value
            else:
                assert cell == value


def test_a_huge_array_is_read_in_little_memory() -> None:
    size = 60_000_000

    class Endless(io.RawIOBase):
        """An array that is nowhere in memory as a whole."""

        def __init__(self) -> None:
            self.count = 0
            self.left = b'{"data": ['
            self.given = 0

        def read(self, wanted: int = -1) -> bytes:
            while len(self.left) < wanted and self.given < size:
                self.count += 1
                comma = b"," if self.count > 1 else b""
                self.left += comma + b'{"id": %d, "text": "%b", "n": [1, {"x": "]"}]}' % (
                    self.count, b"x" * random.Random(self.count).randrange(2000),
                )  # fmt: skip
                if self.given + len(self.left) >= size:
                    self.left += b"]}"
                    self.given = size
            part, self.left = self.left[:wanted], self.left[wanted:]
            self.given += 0 if self.given >= size else len(part)
            return part

    source = Endless()
    reader = JsonReader(lambda: source, name="x.json", uri="x")  # type: ignore[arg-type, return-value]
    rejected: Rejects = []
    tally = Tally(lambda *reject: rejected.append(reject))
    tracemalloc.start()
    for _ in reader.payloads(1, ["text", "text", "jsonb"], tally):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert tally.landed == source.count
    assert rejected == []
    assert peak < 20_000_000


def test_one_record_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "LARGEST_RECORD", 1000)
    monkeypatch.setattr(json_format, "PAYLOAD", 100)
    with pytest.raises(UnsupportedFormat, match="record 2 is larger"):
        read(json.dumps([{"a": 1}, {"a": "x" * 5000}, {"a": 1}]).encode())


def test_a_first_record_longer_than_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_format, "SAMPLE", 64)
    data = json.dumps([{"a": "x" * 500, "b": {"c": 1}}, {"d": 1}]).encode()
    reader, rows, _ = read(data)
    assert [column.label for column in reader.shape.columns] == ["a", "b", "d"]
    assert len(rows) == 2
    _, rows, _ = read(b'{"a": "%b"}\n{"b": 2}' % (b"x" * 500), "x.jsonl")
    assert len(rows) == 2


def test_drifting_types_are_told(load: Load, write: Write, rows: Rows) -> None:
    write("p/1.jsonl", '{"t":"x","j":{"a":1}}\n')
    load()
    write("p/2.jsonl", '{"t":{"a":[1]},"j":"text"}\n')
    assert load().files[1].notes == ("objects or lists in text: t", "plain values in jsonb: j")
    assert rows("p", "t, j") == [("x", {"a": 1}), ('{"a":[1]}', "text")]


def test_deep_nesting_is_a_bad_record_not_a_crash(load: Load, write: Write, rows: Rows) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    write("p.jsonl", '{"a":1}\n{"a":' + deep + '}\n{"a":2}\n')
    write("q.json", '[{"a":1},{"a":' + deep + '},{"a":2}]')
    assert [(file.rows_landed, file.rows_rejected) for file in load().files] == [(2, 1), (2, 1)]


@given(
    records=st.lists(
        st.fixed_dictionaries(
            {
                "a": st.text(max_size=5),
                "b": st.integers() | st.none() | st.just("{x"),
                "c": st.booleans(),
            },
            optional={"d": st.sampled_from([[1], "[", "ä\\", {"e": None}])},
        ),
        min_size=1,
        max_size=6,
    ),
    ascii_only=st.booleans(),
)
@settings(deadline=None)
def test_records_joined_at_once_are_the_same_as_one_by_one(
    records: list[dict[str, Any]], ascii_only: bool
) -> None:
    data = "".join(json.dumps(record, ensure_ascii=ascii_only) + "\n" for record in records)
    found = []
    for at_once in (True, False):
        rejects: list[tuple[Any, ...]] = []
        tally = Tally(lambda *reject: rejects.append(reject))  # noqa: B023
        with mock.patch.object(Writer, "rows", Writer.rows if at_once else lambda *_: None):
            reader = JsonReader(lambda: io.BytesIO(data.encode()), name="x.jsonl", uri="x")
            payload = b"".join(
                reader.payloads(7, [c.data_type for c in reader.shape.columns], tally)
            )
        rows = list(csv.reader(io.StringIO(payload.decode(), newline="")))
        found.append(([[int(row[1]), *row[2:]] for row in rows], rejects, tally.landed))
    assert found[0] == found[1]
