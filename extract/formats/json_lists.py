"""JSON whose records are no objects, but lists or plain values.

As `[["name", "land"], ["Lyon", "FR"]]`, where whether the first one names the columns is judged as
in a CSV file; or `["Lyon", "Ulm"]`, or `{"FR": "France", "DE": "Germany"}`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from extract.formats.json_rows import Value
from extract.layout import Row, look

_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_LISTS = msgspec.json.Decoder(list[list[msgspec.Raw]])
_STRING = msgspec.json.Decoder(str)
_VALUES = msgspec.json.Decoder(list[msgspec.Raw])
_LOOKED_AT = 500
VALUE = "value"
"""Label of the column that holds plain values."""


class Lists:
    """How lists become records.

    Attributes:
        labels: one for each place in a list.
        header: whether the first list is their names.
        note: what a load says of it.
    """

    note = "its records are lists"

    def __init__(self, labels: Sequence[str], *, header: bool) -> None:
        self.labels = tuple(labels)
        self.header = header

    def records(self, text: bytes) -> list[Mapping[str, Value]] | None:
        """The records of a list of lists; None if they have to be looked at one by one."""
        rows = _LISTS.decode(text)
        if set(map(len, rows)) != {len(self.labels)}:
            return None
        return [dict(zip(self.labels, row, strict=True)) for row in rows]

    def record(self, raw: bytes) -> tuple[Mapping[str, Value], str, str]:
        """A record, or the reason and the detail of why it is none.

        Raises:
            msgspec.MsgspecError: it is no list.
        """
        row = _LIST.decode(raw)
        if len(row) != len(self.labels):
            return {}, "wrong_width", f"{len(row)} values, not {len(self.labels)}"
        return dict(zip(self.labels, row, strict=True)), "", ""


class Plain:
    """How plain values become records: each is one, with a single column.

    An object or a list among them lands as its JSON.

    Attributes:
        header: see `Lists`; there is none.
        note: what a load says of it.
    """

    header = False
    note = f"its records are plain values, in column {VALUE}"

    def records(self, text: bytes) -> list[Mapping[str, Value]] | None:
        """The records of a list of values."""
        return [{VALUE: value} for value in _VALUES.decode(text)]

    def record(self, raw: bytes) -> tuple[Mapping[str, Value], str, str]:
        """A record; it has no reason to be refused.

        Raises:
            msgspec.MsgspecError: it is no JSON.
        """
        return {VALUE: msgspec.json.decode(raw.strip(), type=msgspec.Raw)}, "", ""


def found(elements: Sequence[bytes]) -> Lists | Plain | None:
    """How a document's elements are read, by the first.

    None if most are neither plain values nor lists of one length.
    """
    looked_at = [element.strip() for element in elements[:_LOOKED_AT]]
    if sum(map(_is_plain, looked_at)) * 2 > len(looked_at):
        return Plain()
    rows: list[list[str]] = []
    for element in looked_at:
        try:
            rows.append([_text(value) for value in _LIST.decode(element)])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
    widths = Counter(map(len, rows))
    width = widths.most_common(1)[0][0] if widths else 0
    if width < 2 or widths[width] * 2 <= len(looked_at):
        return None
    layout = look([Row(line, row) for line, row in enumerate(rows)], skip=0)
    if layout.header_rows == 1 and len(set(layout.labels)) == len(layout.labels) == width:
        return Lists(layout.labels, header=True)
    return Lists([f"column_{place}" for place in range(1, width + 1)], header=False)


def _is_plain(element: bytes) -> bool:
    if element[:1] in (b"[", b"{"):
        return False
    try:
        msgspec.json.decode(element)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


def _text(value: msgspec.Raw) -> str:
    """A value as a cell: texts without their quotes."""
    raw = bytes(value)
    return _STRING.decode(raw) if raw[:1] == b'"' else raw.decode().replace("null", "")
