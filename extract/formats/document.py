"""Where the records of a JSON document are, and the document cut at them while it streams.

A document is an array of records, an object of them (`{"id1": {...}, "id2": {...}}`), a list within
an object (`{"data": [...], "next": null}`), objects one behind the other, or one record. Which, is
judged by its start and written down with the evidence. Nothing here knows columns or rejects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from extract.errors import CorruptFile, UnsupportedFormat, WrongFormat
from extract.formats.base import Kind

if TYPE_CHECKING:
    import numpy as np

LARGEST_RECORD = 1 << 28
"""Bytes of one record; jsonb takes no more in Postgres either."""
LARGEST_AROUND = 1 << 16
"""Bytes that may stand around the records of a document."""

_ESCAPED = re.compile(rb"\\.", re.S)
_MEMBER = re.compile(rb'\s*("(?:[^"\\]|\\.)*")\s*:\s*', re.S)
_LIST_OF_OBJECTS = re.compile(rb'\[\s*\{\s*"')
_EMPTY_LIST = re.compile(rb"\[\s*(?:\]|$)")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_RECORD_LISTS = _words(
    "data items results result records rows value values hits entries entry features elements"
    " objects documents docs list response content members nodes edges events d embedded"
)
"""Names that people give to the list of records in a document."""
_AROUND = _words(
    "count total totals page pages pagesize perpage limit offset next previous prev self links link"
    " meta metadata cursor nextcursor nexttoken nextpagetoken token hasmore more status success ok"
    " error errors version schema apiversion generated generatedat timestamp exportedat took"
    " timedout paging pagination header headers included jsonapi context etag request requestid"
    " query numfound maxscore shards type crs bbox"
)
"""Names of what stands beside it."""
_DEEPEST = 3
_MOST_MEMBERS = 40
"""Members of one kind that a record has at most; more are records: `{"FR": "France", ...}`."""
_KINDS = {b'"': "texts", b"{": "objects", b"[": "lists"}
_MAP_MEMBERS = 5
"""Members from which alike objects are records whatever their keys; fewer need keys with digits."""


@dataclass(frozen=True)
class Layout:
    """Where the records are.

    Attributes:
        kind: `lines`; `array`; `records` (a list within an object); `map` (the values of an
            object); `sequence` (one object behind the other); `object` (the document is one).
        path: the keys that lead to the list.
        start: bytes of the document before its first record.
        evidence: what spoke for it.
        is_plain: whether the values of a `map` are plain ones, not objects.
    """

    kind: Kind
    path: tuple[str, ...] = ()
    start: int = 0
    evidence: str = ""
    is_plain: bool = False


def judge(head: bytes, *, name: str) -> Layout:
    """Where the records of a document that starts with `{` or `[` are.

    Args:
        head: its start.
        name: of the file without its endings, in lower case.
    """
    start = len(head) - len(head.lstrip())
    if head[start : start + 1] == b"[":
        return Layout("array", start=start + 1, evidence="it starts with [")
    found = scan(head[start + 1 :])
    if found.close >= 0 and head[start + 1 + found.close + 1 :].lstrip()[:1] == b"{":
        return Layout("sequence", start=start, evidence="one object stands behind the other")
    members = _members(head, start + 1)
    if list_found := _list(head, start + 1, (), name):
        return list_found
    alike = _alike(members)
    if alike:
        return Layout("map", start=start + 1, evidence=alike)
    many, is_plain = _many(members)
    if many:
        return Layout("map", start=start + 1, evidence=many, is_plain=is_plain)
    return Layout("object", start=start, evidence="one object, no list of records stands out")


def told(head: bytes, kind: Kind, path: Sequence[str], *, uri: str) -> Layout:
    """The layout that a person named, where it fits the document.

    Args:
        head: the document's start.
        kind: the layout.
        path: keys that lead to the list, for `records`.
        uri: for errors.

    Raises:
        WrongFormat: it does not fit.
    """
    start = len(head) - len(head.lstrip())
    opening = head[start : start + 1]
    bracket = {"array": b"[", "lines": opening}.get(kind, b"{")
    if opening != bracket:
        raise _misfit(kind, f"it starts with {opening.decode('utf-8', 'replace')}", uri)
    evidence = "as configured"
    if kind != "records":
        is_plain = kind == "map" and _many(_members(head, start + 1), fewest=1)[1]
        at = start + (kind in ("array", "map"))
        return Layout(kind, start=at, evidence=evidence, is_plain=is_plain)
    at = start + 1
    for depth, key in enumerate(path, start=1):
        entries = _members(head, at)
        found = next((entry for entry in entries if entry.key == key), None)
        if found is None:
            keys = ", ".join(entry.key for entry in entries[:20]) or "none"
            raise _misfit(
                ".".join(path[:depth]), f"in its first {len(head):,} bytes are the keys {keys}", uri
            )
        opening = b"[" if depth == len(path) else b"{"
        if not found.value.startswith(opening):
            is_list = "a list" if depth == len(path) else "an object"
            raise _misfit(".".join(path[:depth]), f"that is not {is_list}", uri)
        at = found.at + 1
    return Layout("records", tuple(path), at, evidence)


def _misfit(said: str, what: str, uri: str) -> WrongFormat:
    return WrongFormat(
        f"extract/sources.yml says {said}, but {what}", uri=uri, hint="put the entry there right"
    )


@dataclass(frozen=True)
class _Entry:
    key: str
    at: int
    value: bytes
    complete: bool

    @property
    def plain_key(self) -> str:
        return re.sub(r"[^a-z0-9]", "", self.key.lower())

    @property
    def describes(self) -> bool:
        """Whether it is about the records beside it, by its name."""
        return self.plain_key in _AROUND or self.key[:1] in ("@", "_", "$")


def _members(head: bytes, start: int) -> list[_Entry]:
    """The members of the object that opens just before `start`, as far as they are there."""
    text = head[start:]
    found = scan(text)
    ends = [*found.cuts.tolist(), found.close if found.close >= 0 else len(text)]
    entries = []
    begin = 0
    for end in ends:
        match = _MEMBER.match(text, begin, end)
        if match:
            try:
                key = msgspec.json.decode(match[1], type=str)
            except msgspec.MsgspecError:
                break
            complete = end < len(text)
            if not complete and match.end() == len(text):
                break
            entries.append(
                _Entry(key, start + match.end(), text[match.end() : end].strip(), complete)
            )
        begin = end + 1
    return entries


def _list(head: bytes, start: int, path: tuple[str, ...], name: str) -> Layout | None:
    """The one list of records in an object, if all else in it only describes it."""
    entries = _members(head, start)
    lists = [
        entry
        for entry in entries
        if _LIST_OF_OBJECTS.match(entry.value)
        or (_EMPTY_LIST.fullmatch(entry.value) and entry.plain_key in _RECORD_LISTS)
    ]
    others = [entry for entry in entries if entry not in lists]
    described = all(entry.describes for entry in others)
    if len(lists) == 1:
        entry = lists[0]
        where = (*path, entry.key)
        if not others:
            evidence = f"{'.'.join(where)} is all there is, a list of objects"
        elif described and (entry.plain_key in _RECORD_LISTS or entry.plain_key == name):
            names = ", ".join(other.key for other in others)
            evidence = f"{'.'.join(where)} is a list of objects, beside it only {names}"
        else:
            return None
        return Layout("records", where, entry.at + 1, evidence)
    inner = [
        entry
        for entry in others
        if entry.value.startswith(b"{")
        and (entry.plain_key in _RECORD_LISTS or not entry.describes)
    ]
    if lists or len(inner) != 1 or len(path) == _DEEPEST:
        return None
    beside = [entry for entry in others if entry is not inner[0]]
    if beside and not (
        inner[0].plain_key in _RECORD_LISTS and all(entry.describes for entry in beside)
    ):
        return None
    return _list(head, inner[0].at + 1, (*path, inner[0].key), name)


def _alike(entries: list[_Entry]) -> str:
    """What speaks for an object's values being records; empty if nothing."""
    if len(entries) < 2 or not all(entry.value.startswith(b"{") for entry in entries):
        return ""
    if len(entries) < _MAP_MEMBERS and not all(re.search(r"\d", entry.key) for entry in entries):
        return ""
    shapes = []
    for entry in entries:
        if entry.complete:
            try:
                shapes.append(set(msgspec.json.decode(entry.value, type=dict[str, msgspec.Raw])))
            except msgspec.MsgspecError:
                continue
    keys = set[str]().union(*shapes)
    if not keys or sum(map(len, shapes)) * 2 < len(keys) * len(shapes):
        return ""
    return f"{len(shapes)} members, all objects with alike keys"


def _many(entries: list[_Entry], *, fewest: int = _MOST_MEMBERS + 1) -> tuple[str, bool]:
    """What speaks for an object's members being records, and whether these are no objects.

    It has more of one kind than a record has columns; or their keys are numbers. Empty if neither.
    """
    if entries and all(entry.key.isdecimal() for entry in entries):
        fewest = min(fewest, 3)
    values = [entry.value for entry in entries if entry.value != b"null"]
    kinds = {_KINDS.get(value[:1], "plain values") for value in values}
    if len(entries) < fewest or len(kinds) != 1:
        return "", False
    kind = kinds.pop()
    return f"{len(entries)} members, all {kind}", kind != "objects"


@dataclass(frozen=True)
class Scan:
    """What separates elements.

    Attributes:
        cuts: positions of the commas between them.
        ends: positions of the brackets that close one.
        close: position of the bracket that closes the whole; -1 if it is not there.
    """

    cuts: np.ndarray[Any, np.dtype[np.intp]]
    ends: np.ndarray[Any, np.dtype[np.intp]]
    close: int


def scan(text: bytes) -> Scan:
    """Find what separates the elements at the start of `text`, which stands within a bracket."""
    if b"\\" in text:
        text = _ESCAPED.sub(b"__", text)
    import numpy as np  # Late: most loads read no JSON, and it takes a while.

    codes = np.frombuffer(text, np.uint8)
    inside = np.cumsum(codes == 34, dtype=np.uint8) & 1
    folded = codes | 0x20  # [ and { become one, and so do ] and }
    where = np.flatnonzero(((folded == 0x7B) | (folded == 0x7D) | (codes == 44)) & (inside == 0))
    signs = folded[where]
    steps = (signs == 0x7B).astype(np.int8) - (signs == 0x7D).astype(np.int8)
    depth = np.cumsum(steps, dtype=np.int64)
    beyond = np.flatnonzero(depth < 0)
    close = -1
    if len(beyond):
        last = int(beyond[0])
        close = int(where[last])
        where, signs, depth = where[:last], signs[:last], depth[:last]
    level = depth == 0
    return Scan(where[level & (signs == 44)], where[level & (signs == 0x7D)], close)


class Elements:
    """Cuts a document at its elements.

    Args:
        text: what follows the opening bracket, as far as it has been read.
        blocks: the rest of the file.
        uri: for errors.
        sequence: there is neither a bracket around the elements nor a comma between them.
    """

    def __init__(
        self, text: bytes, blocks: Iterator[bytes], *, uri: str, sequence: bool = False
    ) -> None:
        self._text = text
        self._blocks = blocks
        self._uri = uri
        self._sequence = sequence
        self._count = 0

    def complete(self) -> list[bytes]:
        """Those that are wholly in the text read so far."""
        found = scan(self._text)
        return self._cut(found)[0]

    def __iter__(self) -> Iterator[list[bytes]]:
        """Yield runs of elements, with the blanks around them.

        Raises:
            CorruptFile: the document ends before it is complete.
            UnsupportedFormat: an element is larger than `LARGEST_RECORD`.
        """
        text, self._text = self._text, b""
        while True:
            self._text = text
            found = scan(text)
            elements, used = self._cut(found)
            self._count += len(elements)
            if elements:
                yield elements
            if found.close >= 0 and not self._sequence:
                self._text = text[found.close + 1 :]
                return
            text = text[used:]
            if len(text) > LARGEST_RECORD:
                raise UnsupportedFormat(
                    f"record {self._count + 1} is larger than {LARGEST_RECORD >> 20} MiB",
                    uri=self._uri,
                    hint="is a quote or a bracket missing in it?",
                )
            more = self._read(max(1, len(text)))
            if not more:
                if self._sequence and not text.strip():
                    return
                raise CorruptFile(
                    f"the JSON is cut off, or a quote or bracket is missing, after record"
                    f" {self._count}",
                    uri=self._uri,
                    hint="is the file complete?",
                )
            text += more

    def rest(self) -> bytes:
        """What stands behind the closing bracket.

        Raises:
            UnsupportedFormat: it is more than `LARGEST_AROUND`.
        """
        parts = [self._text.strip()]
        while block := next(self._blocks, b""):
            parts.append(block.strip() if not parts[0] else block)
            if sum(map(len, parts)) > LARGEST_AROUND:
                raise UnsupportedFormat(
                    "much more follows the list of records in the document",
                    uri=self._uri,
                    hint="write each list as a file of its own, best as JSONL",
                )
        return b"".join(parts)

    def _cut(self, found: Scan) -> tuple[list[bytes], int]:
        """Elements that are complete, and the bytes they took."""
        text = self._text
        if self._sequence:
            ends = (found.ends + 1).tolist()
            starts = [0, *ends]
        else:
            ends = found.cuts.tolist()
            if found.close >= 0:
                ends.append(found.close)
            starts = [0, *(end + 1 for end in ends)]
        elements = [text[a:b] for a, b in zip(starts, ends, strict=False)]
        if found.close >= 0 and elements and not elements[-1].strip():
            elements.pop()  # An empty array, or a comma behind the last element.
        return elements, starts[-1]

    def _read(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0 and (block := next(self._blocks, b"")):
            parts.append(block)
            size -= len(block)
        return b"".join(parts)


def around(
    prefix: bytes, suffix: bytes, uri: str, decode: Callable[[bytes], Any] = msgspec.json.decode
) -> Any:
    """What stands around the list of records, as a document in which the list is empty.

    Raises:
        CorruptFile: it is no JSON.
    """
    try:
        return decode(prefix + b"]" + suffix)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CorruptFile(
            f"what stands around the records is no JSON ({error})",
            uri=uri,
            hint="is the file complete?",
        ) from error
