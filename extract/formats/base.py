"""What every reader gives and takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol

if TYPE_CHECKING:
    from extract.pieces import Pieces

DataType = Literal["text", "jsonb"]
Kind = Literal["lines", "array", "records", "map", "sequence", "object"]
"""Where the records of a JSON file are: see `formats.document.Layout`."""
Opener = Callable[[], BinaryIO]
"""Opens the plain (decompressed) bytes of a file from the start; may be called again."""

NO_RECORDS = frozenset({"preamble", "comment", "footer", "repeated_header"})
"""Reasons to set a line aside that do not make a record of it."""
PAYLOAD = 1 << 16
"""Bytes given to COPY at a time. Small pieces let client and server work at the same time."""


@dataclass(frozen=True)
class Column:
    """A column as the file has it.

    Attributes:
        label: its name as it stands in the file; None if it has none.
        data_type: what it lands as, if the table does not have it yet.
        name: what the table calls it whatever the label; empty to go by the label.
    """

    label: str | None
    data_type: DataType = "text"
    name: str = ""


@dataclass(frozen=True)
class Shape:
    """What a look at the start of a file tells.

    Attributes:
        columns: in the file's order.
        dialect: how the file is to be read, with the evidence; goes into the ledger.
        delimiter: of the CSV that the reader yields.
        quote: of the CSV that the reader yields.
        null: what an unquoted cell of it holds for NULL.
        optional: whether a column that a file does not have is nothing to remark on (JSON).
        notes: what a person should know.
    """

    columns: tuple[Column, ...]
    dialect: dict[str, Any]
    delimiter: str = ","
    quote: str = '"'
    null: str = ""
    optional: bool = False
    notes: tuple[str, ...] = ()


@dataclass
class Tally:
    """Counts of one file's records, kept while it lands.

    Attributes:
        landed: records handed to COPY.
        rejected: records set aside.
        aside: those of them that are no bad records: preamble, comments, footers, the header again.
        reject: called with line, reason code, detail and the record's bytes as stored.
        kept: if not None, a reader whose payloads do not show a record's bytes puts them here by
            line, for the payload it yields next.
    """

    reject: Callable[[int, str, str, bytes], None]
    landed: int = 0
    rejected: int = 0
    aside: int = 0
    kept: dict[int, bytes] | None = field(default=None)

    def refuse(self, line: int, reason: str, detail: str, raw: bytes) -> None:
        """Set a record aside."""
        self.rejected += 1
        self.aside += reason in NO_RECORDS
        self.reject(line, reason, detail, raw)


class ColumnsFound(Exception):
    """Columns turned up that the start of the file did not show; `columns` holds them all."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.columns = columns
        super().__init__(f"{len(columns)} columns")


@dataclass(frozen=True)
class Part:
    """A stretch of a file that starts and ends between two records.

    Attributes:
        line: on which it starts, from 1.
        first: whether the file starts with it.
        last: whether the file ends with it.
        encoding: of the stored bytes, if the file's start did not tell; else None.
    """

    line: int
    first: bool
    last: bool
    encoding: str | None = None


class PartMisread(Exception):
    """A part does not end between two records: the file has to be read in one go."""


class Reader(Protocol):
    """Reads one file once."""

    @property
    def shape(self) -> Shape:
        """What the file looks like. Raises FormatError if it is not what it should be."""
        ...

    def pieces(self, types: Sequence[DataType]) -> Pieces | None:
        """How other processes can read pieces of the file; None if it has to be read in one go.

        Args:
            types: the type of each of the shape's columns in the table.
        """
        ...

    def payloads(self, file_id: int, types: Sequence[DataType], tally: Tally) -> Iterator[bytes]:
        """Yield CSV rows `file_id,line,<columns>`.

        Args:
            file_id: goes in front of every row.
            types: the type of each of the shape's columns in the table.
            tally: counts, and takes what is rejected.

        Raises:
            ColumnsFound: the shape was not all; open the file again with these columns.
            FormatError: the file as a whole cannot be read on.
        """
        ...


def read_fully(stream: BinaryIO, size: int) -> bytes:
    """The next `size` bytes, or what is left of the stream."""
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
