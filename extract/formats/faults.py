"""Whether bytes can land as they are, and if a record cannot, why."""

from __future__ import annotations

from dataclasses import dataclass

from extract.encoding import UTF8, Recoder

MARK = "\ufeff".encode()
"""A byte-order mark in UTF-8."""


@dataclass(frozen=True)
class Judge:
    """Knows what no record of a file is.

    Attributes:
        header: the header's line; empty if it cannot be told from a record.
        comment: what starts a comment; empty if nothing does.
        newline: what ends a line.
        width: cells in a good record.
    """

    header: bytes
    comment: bytes
    newline: bytes
    width: int

    def clean(self, data: bytes) -> bool:
        """Whether all of it can land as it is."""
        if self.header and self.header in data:
            return False
        comment = self.comment
        if comment and (data.startswith(comment) or self.newline + comment in data):
            return False
        if data.isascii():
            return b"\0" not in data
        return is_text(data) and not data.startswith(MARK) and self.newline + MARK not in data

    def fault(self, record: bytes, width: int, recoder: Recoder) -> tuple[str, str]:
        """Reason and detail for which a record is set aside; it has one.

        Args:
            record: in UTF-8.
            width: cells in it.
            recoder: gives its bytes back as they are in the file.
        """
        if self.comment and record.startswith(self.comment):
            return "comment", f"starts with {self.comment.decode()}"
        if width != self.width:
            return "wrong_width", f"{width} cells, not {self.width}"
        if self.header and record.removeprefix(MARK) == self.header:
            return "repeated_header", "the header again"
        if b"\0" in record:
            return "nul_byte", f"zero byte at byte {record.index(0) + 1}"
        encoding, stored = recoder.encoding, recoder.stored(record)
        try:
            stored.decode(encoding)
        except UnicodeDecodeError as error:
            what = f"byte {error.start + 1} (0x{stored[error.start]:02x})"
            name = "UTF-8" if encoding == UTF8 else encoding
            return "bad_encoding", f"{what} is not {name}"
        raise AssertionError("a good record was called faulty")


def is_text(data: bytes) -> bool:
    """Whether Postgres will take these bytes as text."""
    return b"\0" not in data and is_utf8(data)


def is_utf8(data: bytes) -> bool:
    """Whether these bytes are good UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode(UTF8)
    except UnicodeDecodeError:
        return False
    return True
