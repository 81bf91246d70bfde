"""JSON whose records are lists, as `[["name", "land"], ["Lyon", "FR"], ["Ulm", "DE"]]`.

Whether the first one names the columns is judged as in a CSV file.
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
_LOOKED_AT = 500


class Lists:
    """How lists become records.

    Attributes:
        labels: one for each place in a list.
        header: whether the first list is their names.
    """

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


def found(elements: Sequence[bytes]) -> Lists | None:
    """How a document's elements are read, by the first; None if most are no lists of one length."""
    rows: list[list[str]] = []
    for element in elements[:_LOOKED_AT]:
        try:
            rows.append([_text(value) for value in _LIST.decode(element)])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
    widths = Counter(map(len, rows))
    width = widths.most_common(1)[0][0] if widths else 0
    if width < 2 or widths[width] * 2 <= len(elements[:_LOOKED_AT]):
        return None
    layout = look([Row(line, row) for line, row in enumerate(rows)], skip=0)
    if layout.header_rows == 1 and len(set(layout.labels)) == len(layout.labels) == width:
        return Lists(layout.labels, header=True)
    return Lists([f"column_{place}" for place in range(1, width + 1)], header=False)


def _text(value: msgspec.Raw) -> str:
    """A value as a cell: texts without their quotes."""
    raw = bytes(value)
    return _STRING.decode(raw) if raw[:1] == b'"' else raw.decode().replace("null", "")
