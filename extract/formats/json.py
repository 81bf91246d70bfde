"""JSON and JSONL: each record lands as its own slice of the file, whatever its size, streaming.

Numbers keep their text, nested values land as JSON, strings lose only their quotes and escapes.
Where a document's records are is `formats.document`'s work. `_line` is the line in JSONL, the
record's ordinal in a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, cast

import msgspec

from extract.dialect import Given
from extract.encoding import UTF8, Recoder, detect_wide
from extract.errors import CorruptFile, NoColumns, UnsupportedFormat, WrongFormat
from extract.formats import json_lists
from extract.formats.base import (
    PAYLOAD,
    Column,
    ColumnsFound,
    DataType,
    Kind,
    Opener,
    Part,
    Shape,
    Tally,
    read_fully,
)
from extract.formats.document import (
    LARGEST_AROUND,
    Elements,
    Layout,
    around,
    judge,
    told,
)
from extract.formats.faults import is_utf8
from extract.formats.json_rows import (
    NotText,
    UnknownKeys,
    Value,
    Writer,
    duplicate,
    gather,
    no_duplicates,
)
from extract.formats.splice import Splicer

if TYPE_CHECKING:
    from extract.pieces import Pieces

SAMPLE = 1 << 20
"""Bytes looked at for the layout and the columns."""
LARGEST_DOCUMENT = 1 << 28
"""Bytes of a document that is one record; any other has no limit."""
KEY = "_key"
"""Label of the column that holds the keys of an object of records."""

_RECORD = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RECORDS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_MEMBERS = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])
_MEMBER = re.compile(rb'\s*("(?:[^"\\]|\\.)*")\s*:\s*(.*)', re.S)
_JSONL = (".jsonl", ".ndjson")

_Group = tuple[Sequence[Mapping[str, Value]], Sequence[int], Sequence[bytes]]


class JsonReader:
    """Reads one JSON or JSONL file.

    Args:
        opener: opens the file.
        name: the file's name without its compression's ending.
        uri: for errors.
        columns: what an earlier reading of the same file found.
        given: what a person said about the file.
        part: what `opener` opens, if not all of the file: lines, in UTF-8; needs `columns`.
    """

    def __init__(
        self,
        opener: Opener,
        *,
        name: str,
        uri: str,
        columns: tuple[Column, ...] = (),
        given: Given | None = None,
        part: Part | None = None,
    ) -> None:
        said = given or Given()
        self._uri = uri
        self._stream = opener()
        self._first_line = part.line if part else 1
        self._nested_in_text: set[str] = set()
        self._plain_in_json: set[str] = set()
        self._around: object = None
        self._lists: json_lists.Lists | json_lists.Plain | None = None
        if part:
            self._head, self._layout, self._columns = b"", Layout("lines"), columns
            self._recoder = Recoder(UTF8, uri)
            return
        head = read_fully(self._stream, SAMPLE)
        self._whole = len(head) < SAMPLE
        # JSON is UTF-8 unless it is marked otherwise: a stray byte is a bad record, no evidence.
        wide = detect_wide(head)
        self._encoding = wide.name if wide else said.encoding or UTF8
        self._recoder = Recoder(self._encoding, uri)
        self._mark = wide.mark if wide else 0
        self._head = self._recoder.recode(head[self._mark :])
        start = self._head.lstrip()[:1]
        if not start:
            raise NoColumns("the file is empty", uri=uri, hint="remove it, or write a record")
        if start not in (b"{", b"[") and said.layout != "lines":
            raise WrongFormat(
                "the name says JSON but the content starts neither with { nor with [",
                uri=uri,
                hint="rename the file after what it holds",
            )
        if said.layout:
            self._layout = told(self._head, cast(Kind, said.layout), said.records, uri=uri)
        elif self._is_lines(start, named_so=name.endswith(_JSONL)):
            self._layout = Layout("lines")
        else:
            stem = re.sub(r"[^a-z0-9]", "", name.removesuffix(".json"))
            self._layout = judge(self._head, name=stem)
        if self._layout.kind == "array":
            self._lists = json_lists.found(self._first_elements())
        elif self._layout.kind == "map" and self._layout.is_plain:
            self._lists = json_lists.Plain()
        self._columns = columns or self._look()

    @property
    def shape(self) -> Shape:
        """The keys in the order in which they first appear."""
        layout = self._layout
        dialect: dict[str, object] = {"encoding": self._encoding, "layout": layout.kind}
        notes = []
        if layout.evidence and layout.kind != "array":
            dialect["evidence"] = layout.evidence
        if layout.path:
            dialect["records_at"] = list(layout.path)
            notes.append(f"its records are the list {'.'.join(layout.path)}")
        if self._around is not None:
            dialect["around"] = self._around
        if layout.kind == "map":
            notes.append(f"its records are the values of an object; their keys are {KEY}")
        if self._lists:
            dialect["header"] = self._lists.header
            notes.append(self._lists.note)
        if self._nested_in_text:
            notes.append(f"objects or lists in text: {', '.join(sorted(self._nested_in_text))}")
        if self._plain_in_json:
            notes.append(f"plain values in jsonb: {', '.join(sorted(self._plain_in_json))}")
        return Shape(
            columns=self._columns,
            dialect=dialect,
            null="null",
            optional=True,
            notes=tuple(notes),
        )

    def pieces(self, types: Sequence[DataType]) -> Pieces | None:
        """See `formats.base.Reader`."""
        from extract.pieces import JsonPieces

        if self._layout.kind != "lines" or self._encoding != UTF8:
            return None
        return JsonPieces(self._mark, self._columns, tuple(types))

    def payloads(self, file_id: int, types: Sequence[DataType], tally: Tally) -> Iterator[bytes]:
        """See `formats.base.Reader`."""
        return self._payloads(b"%d," % file_id, types, tally)

    def bare_payloads(self, types: Sequence[DataType], tally: Tally) -> Iterator[bytes]:
        """As `payloads`, without the file's id."""
        return self._payloads(b"", types, tally)

    def _payloads(self, front: bytes, types: Sequence[DataType], tally: Tally) -> Iterator[bytes]:
        writer = Writer([column.label or "" for column in self._columns], types)
        self._nested_in_text, self._plain_in_json = writer.nested_in_text, writer.plain_in_json
        groups = self._groups(tally)
        splice = Splicer(front, b",")
        for records, lines, raws in groups:
            rows = writer.rows(records) if tally.kept is None else None
            if rows:
                tally.landed += len(rows)
                yield splice(rows, lines)
                continue
            out: list[bytes] = []
            for record, line, raw in zip(records, lines, raws, strict=True):
                try:
                    row = writer.row(record)
                except UnknownKeys:
                    raise ColumnsFound(self._all_columns(records, groups)) from None
                except NotText as problem:
                    tally.refuse(line, problem.reason, problem.detail, self._stored(raw))
                    continue
                out.append(b"%b%d,%b\n" % (front, line, row))
            tally.landed += len(out)
            if tally.kept is not None:
                tally.kept.update(zip(lines, map(self._stored, raws), strict=True))
            if out:
                yield b"".join(out)

    @property
    def odd(self) -> tuple[set[str], set[str]]:
        """Columns in which values are not of the kind that the column holds: for `note_odd`."""
        return self._nested_in_text, self._plain_in_json

    def note_odd(self, nested_in_text: set[str], plain_in_json: set[str]) -> None:
        """Take over what the reader of a part found."""
        self._nested_in_text = self._nested_in_text | nested_in_text
        self._plain_in_json = self._plain_in_json | plain_in_json

    def _is_lines(self, start: bytes, *, named_so: bool) -> bool:
        first, newline, rest = self._head.lstrip().partition(b"\n")
        several = bool(newline and rest.strip())
        try:
            msgspec.json.decode(first, type=msgspec.Raw if start == b"[" else dict)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            # A bad first line, or a document that somebody named like lines?
            return named_so and not (several and first.strip() in (b"[", b"{"))
        return named_so or (start == b"{" and several)

    def _look(self) -> tuple[Column, ...]:
        columns: dict[str, DataType] = {}
        for records, _, _ in self._first_groups(Tally(_ignore)):
            gather(records, columns)
        if not columns:
            if self._layout.kind not in ("lines", "object") and not self._first_elements():
                for _ in self._groups(Tally(_ignore)):  # Is it empty, or is something wrong?
                    pass
                return ()
            reason = "no record in it is a JSON object with keys"
            if not self._whole:
                reason = f"no record in its first {SAMPLE >> 20} MiB is a JSON object with keys"
            raise NoColumns(reason, uri=self._uri, hint="each record must be an object: {...}")
        return tuple(Column(label, kind) for label, kind in columns.items())

    def _first_groups(self, tally: Tally) -> Iterator[_Group]:
        if self._layout.kind == "object":
            yield from self._document(tally)
        elif self._layout.kind == "lines":
            while b"\n" not in self._head and self._more():
                pass
            head = self._head
            if not self._whole and b"\n" in head:
                head = head[: head.rindex(b"\n") + 1]
            yield from self._lines(head, 1, tally)
        else:
            while not self._first_elements() and self._more():
                pass
            yield from self._judged(*self._after_header(self._first_elements(), 1), tally)

    def _after_header(self, raws: list[bytes], number: int) -> tuple[list[bytes], int]:
        """The elements and the first one's number, without a list that names the columns."""
        header = number == 1 and self._lists is not None and self._lists.header
        return (raws[1:], 2) if header else (raws, number)

    def _first_elements(self) -> list[bytes]:
        return self._elements(self._head[self._layout.start :], iter(())).complete()

    def _more(self) -> bool:
        """Read the start on; False if there is no more, or if it is enough."""
        if self._whole or len(self._head) > LARGEST_DOCUMENT:
            return False
        block = read_fully(self._stream, len(self._head))
        self._whole = not block
        self._head += self._recoder.recode(block)
        return bool(block)

    def _document(self, tally: Tally) -> Iterator[_Group]:
        """The one record that the whole file is."""
        while self._more():
            pass
        if not self._whole:
            raise UnsupportedFormat(
                f"the document is one record of more than {LARGEST_DOCUMENT >> 20} MiB",
                uri=self._uri,
                hint="write its parts as JSONL, one record a line",
            )
        yield from self._judged([self._head.strip()], 1, tally)

    def _elements(self, text: bytes, blocks: Iterator[bytes]) -> Elements:
        return Elements(text, blocks, uri=self._uri, sequence=self._layout.kind == "sequence")

    def _blocks(self, start: int = 0) -> Iterator[bytes]:
        head = self._head
        return chain(
            (head[at : at + PAYLOAD] for at in range(start, len(head), PAYLOAD)),
            map(self._recoder.recode, iter(lambda: self._stream.read(PAYLOAD), b"")),
        )

    def _groups(self, tally: Tally) -> Iterator[_Group]:
        layout = self._layout
        if layout.kind == "lines":
            yield from self._all_lines(tally)
            return
        if layout.kind == "object":
            yield from self._document(tally)
            return
        elements = self._elements(b"", self._blocks(layout.start))
        number = 1
        for raws in elements:
            yield from self._judged(*self._after_header(raws, number), tally)
            number += len(raws)
        if layout.kind == "sequence":
            return
        rest = elements.rest()
        if layout.kind == "records":
            before = self._head[: layout.start]
            if len(before) + len(rest) > LARGEST_AROUND:
                raise UnsupportedFormat(
                    "much more stands around the list of records in the document",
                    uri=self._uri,
                    hint="write each list as a file of its own, best as JSONL",
                )
            self._around = around(before, rest, self._uri)
        elif rest:
            raise CorruptFile(
                f"there is more behind the end of the JSON, after record {number - 1}",
                uri=self._uri,
                hint="one document a file; or write JSONL, one record a line",
            )

    def _all_lines(self, tally: Tally) -> Iterator[_Group]:
        line = self._first_line
        carry: list[bytes] = []
        for block in self._blocks():
            if b"\n" not in block:
                carry.append(block)
                continue
            cut = block.rindex(b"\n") + 1
            text = b"".join([*carry, block[:cut]])
            carry = [block[cut:]]
            yield from self._lines(text, line, tally)
            line += text.count(b"\n")
        if any(carry):
            yield from self._lines(b"".join([*carry, b"\n"]), line, tally)

    def _all_columns(
        self, seen: Sequence[Mapping[str, Value]], groups: Iterator[_Group]
    ) -> tuple[Column, ...]:
        """These columns, those of `seen` and those of the rest of the file."""
        columns: dict[str, DataType] = {
            column.label or "": column.data_type for column in self._columns
        }
        gather(seen, columns)
        for records, _, _ in groups:
            gather(records, columns)
        return tuple(Column(label, kind) for label, kind in columns.items())

    def _lines(self, text: bytes, line: int, tally: Tally) -> Iterator[_Group]:
        """Records of a block of lines."""
        raws = text.split(b"\n")[:-1] if text.endswith(b"\n") else text.split(b"\n")
        if is_utf8(text):
            try:
                records = _RECORD.decode_lines(text)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                records = []
            if len(records) == len(raws) and no_duplicates(records, len(text)):
                yield records, range(line, line + len(raws)), raws
                return
        yield self._one_by_one(raws, line, tally)

    def _judged(self, raws: list[bytes], number: int, tally: Tally) -> Iterator[_Group]:
        """Records of elements of a document."""
        records = self._at_once(raws)
        if records is None:
            yield self._one_by_one(raws, number, tally)
        else:
            yield records, range(number, number + len(raws)), raws

    def _at_once(self, raws: list[bytes]) -> Sequence[Mapping[str, Value]] | None:
        """All of them, if nothing is wrong with any."""
        body = b",".join(raws)
        is_map = self._layout.kind == "map"
        text = b"{%b}" % body if is_map else b"[%b]" % body
        if not is_utf8(body):
            return None
        try:
            if self._lists and is_map:
                members = {
                    key: {json_lists.VALUE: one} for key, one in _RECORD.decode(text).items()
                }
                return _with_keys(members) if len(members) == len(raws) else None
            if self._lists:
                return self._lists.records(text)
            if not is_map:
                records: Sequence[dict[str, Value]] = _RECORDS.decode(text)
                if len(records) != len(raws):
                    return None
                if no_duplicates(records, len(body) + 1):
                    return records
                compact = msgspec.json.format(text, indent=-1)
                return (
                    records if no_duplicates(_RECORDS.decode(compact), len(compact) - 1) else None
                )
            members = _MEMBERS.decode(text)
            compact = msgspec.json.format(text, indent=-1)
            keys = sum(len(msgspec.json.encode(key)) + 1 for key in members)
            inner = list(_MEMBERS.decode(compact).values())
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        if (
            len(members) != len(raws)
            or any(KEY in record for record in inner)
            or not no_duplicates(inner, len(compact) - 1 - keys)
        ):
            return None
        return _with_keys(members)

    def _one_by_one(self, raws: list[bytes], line: int, tally: Tally) -> _Group:
        good: list[Mapping[str, Value]] = []
        lines: list[int] = []
        kept: list[bytes] = []
        for number, raw in enumerate(raws, start=line):
            if not raw.strip():
                continue
            record, reason, detail = self._one(raw)
            if reason:
                tally.refuse(number, reason, detail, self._stored(raw))
                continue
            good.append(record)
            lines.append(number)
            kept.append(raw)
        return good, lines, kept

    def _stored(self, raw: bytes) -> bytes:
        """A record's bytes as they are in the file, without what separates it from the next."""
        bare = raw.removesuffix(b"\r") if self._layout.kind == "lines" else raw.strip()
        return self._recoder.stored(bare)

    def _one(self, raw: bytes) -> tuple[Mapping[str, Value], str, str]:
        """A record, or the reason and the detail of why it is none."""
        key: dict[str, Value] = {}
        value = raw
        record: Mapping[str, Value]
        try:
            raw.decode(UTF8)
            if self._layout.kind == "map":
                match = _MEMBER.fullmatch(raw)
                if match is None:
                    return {}, "bad_json", "no key with a value"
                key, value = {KEY: msgspec.Raw(match[1])}, match[2]
            if self._lists:
                record, reason, detail = self._lists.record(value)
                return {**key, **record}, reason, detail
            record = _RECORD.decode(value)
            if not no_duplicates([record], len(value) + 1) and (twice := duplicate(value)):
                return {}, "duplicate_key", twice
        except UnicodeDecodeError as error:
            found = f"byte {error.start + 1} (0x{raw[error.start]:02x}) is not UTF-8"
            return {}, "bad_encoding", found
        except msgspec.ValidationError as error:
            return {}, "not_object", str(error)
        except msgspec.MsgspecError as error:
            return {}, "bad_json", str(error)
        except RecursionError:
            return {}, "bad_json", "nested too deeply"
        if key and KEY in record:
            return {}, "duplicate_key", f"it has a key {KEY!r} of its own"
        return {**key, **record}, "", ""


def _with_keys(members: Mapping[str, Mapping[str, Value]]) -> list[Mapping[str, Value]]:
    """The records that an object's members are, each with its key."""
    return [
        {KEY: msgspec.Raw(msgspec.json.encode(key)), **record} for key, record in members.items()
    ]


def _ignore(line: int, reason: str, detail: str, raw: bytes) -> None:
    """Rejects met while only the columns are looked for are counted later."""
