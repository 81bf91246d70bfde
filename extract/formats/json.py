"""JSON and JSONL: each top-level value lands as its own slice of the file.

Numbers keep their text, nested values land as JSON, strings lose only their quotes and escapes.
JSONL streams. A JSON array is held in memory while it is read, up to `LARGEST_DOCUMENT`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter

import msgspec

from extract.encoding import UTF8, Recoder, detect_wide
from extract.errors import CorruptFile, NoColumns, UnsupportedFormat, WrongFormat
from extract.formats.base import (
    PAYLOAD,
    Column,
    ColumnsFound,
    DataType,
    Opener,
    Shape,
    Tally,
    read_fully,
)

SAMPLE = 1 << 20
"""Bytes looked at for the columns."""
LARGEST_DOCUMENT = 1 << 30
"""Bytes of a JSON array or object; JSONL has no limit."""

_RECORD = msgspec.json.Decoder(dict[str, msgspec.Raw])
_STRING = msgspec.json.Decoder(str)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_NULL = msgspec.Raw(b"null")

_Value = msgspec.Raw
_Group = tuple[Sequence[Mapping[str, _Value]], Sequence[int], Sequence[bytes]]


class JsonReader:
    """Reads one JSON or JSONL file.

    Args:
        opener: opens the file.
        name: the file's name without its compression's ending.
        uri: for errors.
        columns: what an earlier reading of the same file found.
    """

    def __init__(
        self, opener: Opener, *, name: str, uri: str, columns: tuple[Column, ...] = ()
    ) -> None:
        self._uri = uri
        self._stream = opener()
        head = read_fully(self._stream, SAMPLE)
        self._whole = len(head) < SAMPLE
        # JSON is UTF-8 unless it is marked otherwise: a stray byte is a bad record, no evidence.
        wide = detect_wide(head)
        self._encoding = wide.name if wide else UTF8
        self._recoder = Recoder(self._encoding)
        self._head = self._recoder.recode(head[wide.mark if wide else 0 :])
        start = self._head.lstrip()[:1]
        if not start:
            raise NoColumns("the file is empty", uri=uri, hint="remove it, or write a record")
        if start not in (b"{", b"["):
            raise WrongFormat(
                "the name says JSON but the content starts neither with { nor with [",
                uri=uri,
                hint="rename the file after what it holds",
            )
        lines = name.endswith((".jsonl", ".ndjson")) or (start == b"{" and self._looks_like_lines())
        self._layout = "lines" if lines else ("array" if start == b"[" else "object")
        self._columns = columns or self._look()

    @property
    def shape(self) -> Shape:
        """The keys in the order in which they first appear."""
        return Shape(
            columns=self._columns,
            dialect={"encoding": self._encoding, "layout": self._layout},
            null="null",
            optional=True,
        )

    def payloads(self, file_id: int, types: Sequence[DataType], tally: Tally) -> Iterator[bytes]:
        """See `formats.base.Reader`."""
        writer = _Writer([column.label or "" for column in self._columns], types)
        for records, lines, raws in self._groups(tally):
            out: list[bytes] = []
            for record, line, raw in zip(records, lines, raws, strict=True):
                try:
                    row = writer.row(record)
                except _UnknownKeys:
                    raise ColumnsFound(self._all_columns(records)) from None
                except _NotText as problem:
                    tally.refuse(line, problem.reason, problem.detail, self._recoder.stored(raw))
                    continue
                out.append(b"%d,%d,%b\n" % (file_id, line, row))
            tally.landed += len(out)
            if tally.kept is not None:
                tally.kept.update(zip(lines, map(self._recoder.stored, raws), strict=True))
            if out:
                yield b"".join(out)

    def _looks_like_lines(self) -> bool:
        first, newline, rest = self._head.lstrip().partition(b"\n")
        if not newline or not rest.strip():
            return False
        try:
            _RECORD.decode(first)
        except msgspec.MsgspecError:
            return False
        return True

    def _look(self) -> tuple[Column, ...]:
        columns: dict[str, DataType] = {}
        head = self._head
        if self._layout != "lines":
            head = self._document()
        elif not self._whole and b"\n" in head:
            head = head[: head.rindex(b"\n") + 1]
        for records, _, _ in self._split(head, 1, Tally(_ignore)):
            _gather(records, columns)
        if not columns and not (self._layout == "array" and msgspec.json.decode(head) == []):
            reason = "no record in it is a JSON object with keys"
            if self._layout == "lines" and not self._whole:
                reason = f"no record in its first {SAMPLE >> 20} MiB is a JSON object with keys"
            raise NoColumns(reason, uri=self._uri, hint="each record must be an object: {...}")
        return tuple(Column(label, kind) for label, kind in columns.items())

    def _document(self) -> bytes:
        if not self._whole:
            parts = [self._head]
            size = len(self._head)
            while block := self._stream.read(SAMPLE):
                parts.append(self._recoder.recode(block))
                size += len(block)
                if size > LARGEST_DOCUMENT:
                    raise UnsupportedFormat(
                        f"a JSON document of more than {LARGEST_DOCUMENT >> 20} MiB",
                        uri=self._uri,
                        hint="write it as JSONL, one record a line, which has no limit",
                    )
            self._head = b"".join(parts)
            self._whole = True
        return self._head

    def _groups(self, tally: Tally) -> Iterator[_Group]:
        if self._layout != "lines":
            yield from self._split(self._document(), 1, tally)
            return
        line = 1
        carry = b""
        for block in chain(
            (self._head[at : at + PAYLOAD] for at in range(0, len(self._head), PAYLOAD)),
            map(self._recoder.recode, iter(lambda: self._stream.read(PAYLOAD), b"")),
        ):
            if b"\n" not in block:
                carry += block
                continue
            cut = block.rindex(b"\n") + 1
            text = carry + block[:cut]
            carry = block[cut:]
            yield from self._split(text, line, tally)
            line += text.count(b"\n")
        if carry:
            yield from self._split(carry + b"\n", line, tally)

    def _all_columns(self, seen: Sequence[Mapping[str, _Value]]) -> tuple[Column, ...]:
        """These columns, those of `seen` and those of the rest of the file."""
        columns: dict[str, DataType] = {
            column.label or "": column.data_type for column in self._columns
        }
        _gather(seen, columns)
        for records, _, _ in self._groups(Tally(_ignore)):
            _gather(records, columns)
        return tuple(Column(label, kind) for label, kind in columns.items())

    def _split(self, text: bytes, line: int, tally: Tally) -> Iterator[_Group]:
        """Records of a block of lines, or of the whole document (then `line` counts elements)."""
        if self._layout == "lines":
            raws = text.split(b"\n")[:-1] if text.endswith(b"\n") else text.split(b"\n")
            if _is_utf8(text):
                try:
                    records = _RECORD.decode_lines(text)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                    records = []
                if len(records) == len(raws) and _no_duplicates(records, len(text)):
                    yield records, range(line, line + len(raws)), raws
                    return
        elif self._layout == "array":
            try:
                raws = [bytes(raw) for raw in msgspec.json.decode(text, type=list[msgspec.Raw])]
            except (msgspec.MsgspecError, RecursionError) as error:
                raise CorruptFile(
                    f"not a JSON array ({error})", uri=self._uri, hint="is the file complete?"
                ) from error
        else:
            raws = [text.strip()]
        yield self._one_by_one(raws, line, tally)

    def _one_by_one(self, raws: list[bytes], line: int, tally: Tally) -> _Group:
        good: list[Mapping[str, _Value]] = []
        lines: list[int] = []
        kept: list[bytes] = []
        for number, raw in enumerate(raws, start=line):
            if not raw.strip():
                continue
            reason = detail = ""
            try:
                raw.decode(UTF8)
                record = _RECORD.decode(raw)
                if not _no_duplicates([record], len(raw) + 1):
                    detail = _duplicate(raw)
                    reason = "duplicate_key" if detail else ""
            except UnicodeDecodeError as error:
                reason = "bad_encoding"
                detail = f"byte {error.start + 1} (0x{raw[error.start]:02x}) is not UTF-8"
            except msgspec.ValidationError as error:
                reason, detail = "not_object", str(error)
            except msgspec.MsgspecError as error:
                reason, detail = "bad_json", str(error)
            except RecursionError:
                reason, detail = "bad_json", "nested too deeply"
            if reason:
                stored = self._recoder.stored(raw.removesuffix(b"\r"))
                tally.refuse(number, reason, detail, stored)
                continue
            good.append(record)
            lines.append(number)
            kept.append(raw)
        return good, lines, kept


class _UnknownKeys(Exception):
    """The record has keys that are no column yet."""


class _NotText(Exception):
    """The record holds what Postgres has no text for."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(detail)


class _Writer:
    """Turns records into CSV rows.

    A JSON string without a backslash is a CSV cell as it stands, and so is a number, `true` or
    `null` (read with NULL 'null'); the rest is quoted.
    """

    def __init__(self, labels: list[str], types: Sequence[DataType]) -> None:
        self._blank = dict.fromkeys(labels, _NULL)
        self._labels = labels
        self._types = types
        self._nested = [index for index, kind in enumerate(types) if kind == "jsonb"]
        text = [label for label, kind in zip(labels, types, strict=True) if kind == "text"]
        self._all = _getter(labels)
        self._text = _getter(text)

    def row(self, record: Mapping[str, _Value]) -> bytes:
        """One row without its line end.

        Raises:
            _UnknownKeys: see there.
            _NotText: see there.
        """
        if len(record) != len(self._labels) or record.keys() != self._blank.keys():
            record = {**self._blank, **record}
            if len(record) != len(self._labels):
                raise _UnknownKeys
        text = b",".join(self._text(record))
        if b"\\" in text or b",{" in text or b",[" in text or text[:1] in (b"{", b"["):
            return b",".join(map(self._cell, self._labels, self._all(record), self._types))
        if not self._nested:
            return text
        cells: list[_Value | bytes] = list(self._all(record))
        for index in self._nested:
            cells[index] = self._cell(self._labels[index], cells[index], "jsonb")
        return b",".join(cells)

    def _cell(self, label: str, raw: _Value | bytes, kind: DataType) -> bytes:
        value = bytes(raw)
        if value == b"null":
            return value
        first = value[:1]
        if kind == "jsonb" or first in (b"{", b"["):
            if b"\\u0000" in value and _NUL.search(value):
                raise _NotText("nul_character", f"\\u0000 in {label}")
            return b'"' + value.replace(b'"', b'""') + b'"'
        if first == b'"' and b"\\" in value:
            text = _STRING.decode(value)
            if "\0" in text:
                raise _NotText("nul_character", f"\\u0000 in {label}")
            return b'"' + text.replace('"', '""').encode() + b'"'
        return value


def _getter(labels: list[str]) -> Callable[[Mapping[str, _Value]], tuple[_Value, ...]]:
    # itemgetter gives a bare value for one key, and does not take none.
    return itemgetter(*labels) if len(labels) > 1 else _Always(labels)


class _Always:
    """`itemgetter` for no key or one, giving a tuple all the same."""

    def __init__(self, labels: list[str]) -> None:
        self._labels = labels

    def __call__(self, record: Mapping[str, _Value]) -> tuple[_Value, ...]:
        return tuple(record[label] for label in self._labels)


def _gather(records: Sequence[Mapping[str, _Value]], columns: dict[str, DataType]) -> None:
    for record in records:
        for label, value in record.items():
            if columns.get(label) != "jsonb":
                nested = bytes(value)[:1] in (b"{", b"[")
                columns[label] = "jsonb" if nested else "text"


def _no_duplicates(records: Sequence[Mapping[str, _Value]], size: int) -> bool:
    """Whether the records' parts fill `size` bytes, so that no key hid behind another.

    Written without blanks, or as Python does with one behind each comma and colon; any other way
    of writing gives False, and a closer look is needed.
    """
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


def _duplicate(raw: bytes) -> str:
    """The key that the object has twice, in words; empty if none."""
    found: list[str] = []

    def check(pairs: list[tuple[str, object]]) -> None:
        seen: set[str] = set()
        found[:] = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]

    json.loads(raw, object_pairs_hook=check)
    return f"key {found[0]!r} twice" if found else ""


def _ignore(line: int, reason: str, detail: str, raw: bytes) -> None:
    """Rejects met while only the columns are looked for are counted later."""


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode(UTF8)
    except UnicodeDecodeError:
        return False
    return True
