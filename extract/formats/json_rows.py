"""JSON records -> CSV rows, and their keys -> columns: no value is parsed that need not be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import itemgetter

import msgspec

from extract.formats.base import DataType

Value = msgspec.Raw

_STRING = msgspec.json.Decoder(str)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_NULL = msgspec.Raw(b"null")


class UnknownKeys(Exception):
    """The record has keys that are no column yet."""


class NotText(Exception):
    """The record holds what Postgres has no text for."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(detail)


class Writer:
    """Turns records into CSV rows.

    A JSON string without a backslash is a CSV cell as it stands, and so is a number, `true` or
    `null` (read with NULL 'null'); the rest is quoted.

    Attributes:
        nested_in_text: text columns that were given objects or lists, which land as their JSON.
        plain_in_json: jsonb columns that were given plain values.
    """

    def __init__(self, labels: list[str], types: Sequence[DataType]) -> None:
        self._blank = dict.fromkeys(labels, _NULL)
        self._labels = labels
        self._types = types
        self._nested = [index for index, kind in enumerate(types) if kind == "jsonb"]
        text = [label for label, kind in zip(labels, types, strict=True) if kind == "text"]
        self._all = _getter(labels)
        self._text = _getter(text)
        self.nested_in_text: set[str] = set()
        self.plain_in_json: set[str] = set()

    def row(self, record: Mapping[str, Value]) -> bytes:
        """One row without its line end.

        Raises:
            UnknownKeys: see there.
            NotText: see there.
        """
        if len(record) != len(self._labels) or record.keys() != self._blank.keys():
            record = {**self._blank, **record}
            if len(record) != len(self._labels):
                raise UnknownKeys
        text = b",".join(self._text(record))
        if b"\\" in text or b",{" in text or b",[" in text or text[:1] in (b"{", b"["):
            return b",".join(map(self._cell, self._labels, self._all(record), self._types))
        if not self._nested:
            return text
        cells: list[Value | bytes] = list(self._all(record))
        for index in self._nested:
            cells[index] = self._cell(self._labels[index], cells[index], "jsonb")
        return b",".join(cells)

    def rows(self, records: Sequence[Mapping[str, Value]]) -> list[bytes] | None:
        """Rows without their line ends, all at once; None if they have to be looked at one by one.

        No row is touched by Python: the records' values are joined, and what would need a closer
        look is looked for in all of them together.
        """
        count = len(self._labels)
        if count < 2 or self._nested or set(map(len, records)) != {count}:
            return None
        try:
            rows = list(map(b",".join, map(self._all, records)))
        except KeyError:
            return None
        text = b"\n".join(rows)
        if b"\\" in text or b",{" in text or b",[" in text or b"\n{" in text or b"\n[" in text:
            return None
        return None if text[:1] in (b"{", b"[") else rows

    def _cell(self, label: str, raw: Value | bytes, kind: DataType) -> bytes:
        value = bytes(raw)
        if value == b"null":
            return value
        first = value[:1]
        nested = first in (b"{", b"[")
        if kind == "jsonb" or nested:
            if kind == "text":
                self.nested_in_text.add(label)
            elif not nested:
                self.plain_in_json.add(label)
            if b"\\u0000" in value and _NUL.search(value):
                raise NotText("nul_character", f"\\u0000 in {label}")
            return b'"' + value.replace(b'"', b'""') + b'"'
        if first == b'"' and b"\\" in value:
            text = _STRING.decode(value)
            if "\0" in text:
                raise NotText("nul_character", f"\\u0000 in {label}")
            return b'"' + text.replace('"', '""').encode() + b'"'
        return value


def _getter(labels: list[str]) -> Callable[[Mapping[str, Value]], tuple[Value, ...]]:
    # itemgetter gives a bare value for one key, and does not take none.
    return itemgetter(*labels) if len(labels) > 1 else _Always(labels)


class _Always:
    """`itemgetter` for no key or one, giving a tuple all the same."""

    def __init__(self, labels: list[str]) -> None:
        self._labels = labels

    def __call__(self, record: Mapping[str, Value]) -> tuple[Value, ...]:
        return tuple(record[label] for label in self._labels)


def gather(records: Sequence[Mapping[str, Value]], columns: dict[str, DataType]) -> None:
    """Add the records' keys to the columns; one that holds an object or a list is jsonb."""
    for record in records:
        for label, value in record.items():
            if columns.get(label) != "jsonb":
                nested = bytes(value)[:1] in (b"{", b"[")
                columns[label] = "jsonb" if nested else "text"


def no_duplicates(records: Sequence[Mapping[str, Value]], size: int) -> bool:
    """Whether the records' parts fill `size` bytes, so that no key hid behind another.

    Written without blanks, or as Python does with one behind each comma and colon; any other way
    of writing gives False, and a closer look is needed.
    """
    if len(records) > 1 and (alike := _alike(records)) is not None:
        common, total = alike
        keys = len(common) * len(records)
        total += sum(len(label.encode()) for label in common) * len(records)
        total += 4 * keys + 2 * len(records)
        return size in (total, total + 2 * keys - len(records))
    total = keys = 0
    lengths: dict[tuple[str, ...], int] = {}
    for record in records:
        labels = tuple(record)
        if labels not in lengths:
            lengths[labels] = sum(len(label.encode()) for label in labels)
        keys += len(labels)
        total += lengths[labels] + sum(map(len, record.values()))
    # "key":value, and two braces and a line end for each record, but no comma after the last key.
    total += 4 * keys + 2 * len(records)
    return size in (total, total + 2 * keys - len(records))


def _alike(records: Sequence[Mapping[str, Value]]) -> tuple[list[str], int] | None:
    """The keys that all the records have, and the bytes of their values; None if keys differ."""
    labels = list(records[0])
    if len(labels) < 2 or set(map(len, records)) != {len(labels)}:
        return None
    try:
        values = chain.from_iterable(map(itemgetter(*labels), records))
        return labels, sum(map(len, values))
    except KeyError:
        return None


def duplicate(raw: bytes) -> str:
    """The key that the object has twice, in words; empty if none."""
    found: list[str] = []

    def check(pairs: list[tuple[str, object]]) -> None:
        seen: set[str] = set()
        found[:] = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]

    json.loads(raw, object_pairs_hook=check)
    return f"key {found[0]!r} twice" if found else ""
