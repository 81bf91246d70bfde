"""Parquet: batches -> canonical text, column by column.

Decimals keep their scale; dates, times, timestamps (with their offset) and durations are ISO 8601,
bytes are `\\x` and hex; lists, structs, maps and JSON land as JSON, in which numbers stay numbers
and everything else has the text that it would have in a column of its own.
`_line` is the row's ordinal in the file, from 1.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from extract.errors import CorruptFile, NoColumns, UnsupportedFormat, WrongFormat
from extract.formats.base import Column, DataType, Shape, Tally
from extract.formats.compression import Limits

if TYPE_CHECKING:
    from extract.pieces import Pieces

MAGIC = b"PAR1"
ENCRYPTED = b"PARE"
BATCH = 16_384
"""Rows at a time, if they are narrow."""
BATCH_BYTES = 1 << 22
"""Bytes at a time, as the file has them unpacked."""
LARGEST_BATCH = 1 << 26
"""Bytes that the texts of a batch may take at worst, if they are stored once and repeated."""
_POINTER = 8
"""Bytes a value below which a column is of texts that are stored once."""
_MOSTLY = 0.2
"""Share of a column's bytes from which on the texts that are stored once are most of its texts."""
_BUFFER = 1 << 20
_NUL_IN_JSON = r"(?:^|[^\\])(?:\\\\)*\\u0000"

# Arrow's other allocators keep what was freed: half as much memory again, and slower here.
pa.set_memory_pool(pa.system_memory_pool())

_JSON = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class Stretch:
    """Row groups that follow each other.

    Attributes:
        groups: their numbers, from 0.
        rows: in all of them.
        size: bytes, as stored.
    """

    groups: range
    rows: int
    size: int


class ParquetReader:
    """Reads one Parquet file.

    Args:
        stream: can seek.
        uri: for errors.
        limits: what the file may unpack to.
    """

    def __init__(self, stream: BinaryIO, *, uri: str, limits: Limits | None = None) -> None:
        self._uri = uri
        self._limits = limits or Limits()
        self._size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        head = stream.read(4)
        if head == ENCRYPTED:
            raise UnsupportedFormat("the Parquet file is encrypted", uri=uri, hint="decrypt it")
        if head != MAGIC:
            raise WrongFormat(
                "the name says Parquet but the content is not",
                uri=uri,
                hint="rename the file after what it holds",
            )
        stream.seek(0)
        try:
            self._file = pq.ParquetFile(
                stream, buffer_size=_BUFFER, page_checksum_verification=True
            )
        except (pa.ArrowException, OSError) as error:
            raise CorruptFile(
                f"the Parquet file is cut off or damaged ({_first_line(error)})",
                uri=uri,
                hint="fetch it again",
            ) from error
        metadata = self._file.metadata
        self._plain = sum(
            metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups)
        )
        self._limits.check(self._size, self._plain, uri)
        self._schema = self._file.schema_arrow
        self._stream = stream
        self._short = _in_dictionaries(metadata)
        if not self._schema.names:
            raise NoColumns("the Parquet file has no columns", uri=uri)

    @property
    def shape(self) -> Shape:
        """The columns of the file's schema."""
        return Shape(
            columns=tuple(
                Column(field.name, "jsonb" if _nested(field.type) else "text")
                for field in self._schema
            ),
            dialect={
                "row_groups": self._file.num_row_groups,
                "writer": self._file.metadata.created_by,
                "types": {field.name: str(field.type) for field in self._schema},
            },
        )

    def pieces(self, types: Sequence[DataType]) -> Pieces | None:
        """See `formats.base.Reader`."""
        from extract.pieces import ParquetPieces

        stretches = self._stretches()
        if len(stretches) < 2:
            return None
        return ParquetPieces(stretches, tuple(types), self._limits)

    def _stretches(self) -> tuple[Stretch, ...]:
        """The row groups, small ones together: to open the file costs time for each that it has."""
        from extract import cuts

        found: list[Stretch] = []
        for number in range(self._file.num_row_groups):
            group = self._file.metadata.row_group(number)
            size = sum(group.column(i).total_compressed_size for i in range(group.num_columns))
            if found and found[-1].size < cuts.CHUNK:
                last = found.pop()
                groups, rows = range(last.groups.start, number + 1), last.rows + group.num_rows
                found.append(Stretch(groups, rows, last.size + size))
            else:
                found.append(Stretch(range(number, number + 1), group.num_rows, size))
        return tuple(found)

    def payloads(self, file_id: int, types: Sequence[DataType], tally: Tally) -> Iterator[bytes]:
        """See `formats.base.Reader`."""
        return self._payloads(
            range(self._file.num_row_groups), 1, self._size, types, tally, file_id
        )

    def bare_payloads(
        self, stretch: Stretch, line: int, types: Sequence[DataType], tally: Tally
    ) -> Iterator[bytes]:
        """As `payloads`, of some row groups and without the file's id.

        Args:
            stretch: which of them.
            line: the ordinal in the file of their first row.
            types: as for `payloads`.
            tally: as for `payloads`.
        """
        return self._payloads(stretch.groups, line, stretch.size, types, tally)

    def _payloads(
        self,
        groups: Sequence[int],
        line: int,
        stored: int,
        types: Sequence[DataType],
        tally: Tally,
        file_id: int | None = None,
    ) -> Iterator[bytes]:
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
        given = 0
        try:
            for batch in self._batches(groups):
                columns = [
                    _canonical(column, kind)
                    for column, kind in zip(batch.columns, types, strict=True)
                ]
                lines = pa.array(range(line, line + batch.num_rows), pa.int64())
                line += batch.num_rows
                table = pa.table(
                    [lines, *columns], names=[str(index) for index in range(len(columns) + 1)]
                )
                table = self._without_nul(table, types, tally)
                tally.landed += table.num_rows
                if tally.kept is not None:
                    tally.kept.update(self._raw(table))
                if file_id is not None:
                    table = table.add_column(0, "file", pa.repeat(file_id, table.num_rows))
                sink = io.BytesIO()
                pyarrow.csv.write_csv(table, sink, options)
                given += sink.tell()
                self._limits.check(stored, given, self._uri)
                yield sink.getvalue()
        except UnicodeDecodeError as error:
            raise CorruptFile(
                f"a text within a list or struct after row {line - 1} is not UTF-8 ({error})",
                uri=self._uri,
                hint="write it again from its source",
            ) from error
        except (pa.ArrowException, OSError) as error:
            raise CorruptFile(
                f"the Parquet file is damaged after row {line - 1} ({_first_line(error)})",
                uri=self._uri,
                hint="fetch it again",
            ) from error

    def _batches(self, groups: Sequence[int]) -> Iterator[pa.RecordBatch]:
        """Batches that do not become too large when each value stands in its row."""
        for group in groups:
            found = self._file.metadata.row_group(group)
            rows = BATCH_BYTES * found.num_rows // max(1, found.total_byte_size)
            rows = max(64, min(BATCH, rows))
            rows = max(1, min(rows, LARGEST_BATCH // max(1, self._longest(group, rows))))
            yield from self._file.iter_batches(rows, row_groups=[group], use_threads=False)

    def _longest(self, group: int, rows: int) -> int:
        """Bytes that a row of a group may take in texts that are stored once and pointed at."""
        metadata = self._file.metadata.row_group(group)
        known, unknown = 0, []
        for index in range(metadata.num_columns):
            chunk = metadata.column(index)
            if chunk.path_in_schema not in self._short:
                continue
            # No text is longer than all that the chunk holds.
            if chunk.total_uncompressed_size * rows * len(self._short) <= LARGEST_BATCH:
                known += chunk.total_uncompressed_size
            else:
                unknown.append(chunk.path_in_schema)
        if not unknown:
            return known
        batches = self._with_dictionaries.iter_batches(
            1, row_groups=[group], columns=unknown, use_threads=False
        )
        first = next(batches, None)
        return known + sum(
            pc.max(pc.binary_length(cast(Any, column).dictionary)).as_py() or 0
            for column in (first.columns if first is not None else [])
            if pa.types.is_dictionary(column.type) and _is_text(column.type.value_type)
        )

    @cached_property
    def _with_dictionaries(self) -> pq.ParquetFile:
        """The file once more, giving texts that are stored once as they are stored."""
        return pq.ParquetFile(
            self._stream,
            metadata=self._file.metadata,
            buffer_size=_BUFFER,
            page_checksum_verification=True,
            read_dictionary=self._short,
        )

    def _raw(self, table: pa.Table) -> Iterator[tuple[int, bytes]]:
        """Rows as JSON objects, by line: Parquet has no bytes of a row."""
        columns = [
            [
                None if value is None else value.decode("utf-8", "surrogateescape")
                for value in column.cast(pa.binary()).to_pylist()
            ]
            for column in table.columns[1:]
        ]
        for line, *values in zip(table.column(0).to_pylist(), *columns, strict=True):
            record = dict(zip(self._schema.names, values, strict=True))
            text = json.dumps(record, ensure_ascii=False)
            yield line, text.encode("utf-8", "surrogateescape")

    def _without_nul(
        self, table: pa.Table, types: Sequence[DataType], tally: Tally
    ) -> pa.Table:  # fmt: skip
        """Set aside rows with a zero character, which Postgres's text and jsonb cannot hold."""
        bad: Any = None
        for column, kind in zip(table.columns[1:], types, strict=True):
            text = cast(Any, column)
            found: Any = (
                pc.match_substring_regex(text, _NUL_IN_JSON)
                if kind == "jsonb"
                else pc.match_substring(text, "\0")
            )
            found = pc.fill_null(found, False)
            if pc.any(found).as_py():
                bad = found if bad is None else pc.or_(bad, found)
        if bad is None:
            return table
        for line, raw in self._raw(table.filter(bad)):
            tally.refuse(line, "nul_character", "a zero character in a text", raw)
        return table.filter(pc.invert(bad))


def _in_dictionaries(metadata: Any) -> list[str]:
    """Columns of texts that are stored once and pointed at, as far as the sizes of chunks tell."""
    found = set()
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for index in range(row_group.num_columns):
            chunk = row_group.column(index)
            if chunk.physical_type != "BYTE_ARRAY" or not chunk.has_dictionary_page:
                continue
            texts = chunk.data_page_offset - (chunk.dictionary_page_offset or 0)
            pointers_only = chunk.total_uncompressed_size < _POINTER * chunk.num_values
            if pointers_only or texts > _MOSTLY * chunk.total_compressed_size:
                found.add(chunk.path_in_schema)
    return sorted(path for path in found if "." not in path)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_binary(kind)


def _nested(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _nested(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return isinstance(kind, pa.JsonType) or _nested(kind.storage_type)
    return pa.types.is_nested(kind)


def _canonical(column: Any, kind: DataType) -> Any:
    """The column as strings."""
    stored = column.type
    if pa.types.is_dictionary(stored):
        return _canonical(column.dictionary_decode(), kind)
    if isinstance(stored, pa.JsonType):
        return column.storage.cast(pa.string())
    if pa.types.is_nested(stored):
        # Arrow has no cast from nested values to JSON: the one place with a loop over values.
        return pa.array([_json(value) for value in _values(column)], pa.string())
    if kind == "jsonb":
        # A scalar where the table holds JSON already.
        return pa.array([_json(value) for value in _values(column)], pa.string())
    return _text(column)


def _text(column: Any) -> Any:
    """A column without nesting as strings."""
    stored = column.type
    types = pa.types
    if isinstance(stored, pa.BaseExtensionType):
        if isinstance(stored, (pa.UuidType, pa.Bool8Type)):
            values = [None if value is None else str(value) for value in column.to_pylist()]
            if isinstance(stored, pa.Bool8Type):
                values = [None if value is None else value.lower() for value in values]
            return pa.array(values, pa.string())
        return _text(column.storage)
    if types.is_dictionary(stored):
        return _text(column.dictionary_decode())
    if types.is_string(stored) or types.is_large_string(stored):
        return column
    if types.is_duration(stored):
        unit = {"s": 0, "ms": 3, "us": 6, "ns": 9}[stored.unit]
        counts = column.cast(pa.int64()).to_pylist()
        return pa.array([_duration(count, unit) for count in counts], pa.string())
    if (
        types.is_binary(stored)
        or types.is_large_binary(stored)
        or types.is_fixed_size_binary(stored)
        or types.is_binary_view(stored)
    ):
        return pa.array(
            [None if value is None else "\\x" + value.hex() for value in column.to_pylist()],
            pa.string(),
        )
    text = column.cast(pa.string())
    if types.is_timestamp(stored):
        # Beyond the calendar that Arrow knows: the number itself.
        beyond: Any = pc.starts_with(text, "<value out of range")
        if pc.any(beyond).as_py():
            text = pc.if_else(beyond, column.cast(pa.int64()).cast(pa.string()), text)
    return text


def _duration(count: int | None, digits: int) -> str | None:
    """ISO 8601: PT1.500S."""
    if count is None:
        return None
    seconds, rest = divmod(abs(count), 10**digits)
    fraction = f".{rest:0{digits}d}" if digits else ""
    return f"{'-' if count < 0 else ''}PT{seconds}{fraction}S"


def _values(column: Any) -> list[Any]:
    """The column as what JSON can say: numbers, booleans, texts, lists and objects."""
    stored = column.type
    types = pa.types
    if types.is_dictionary(stored):
        return _values(column.dictionary_decode())
    if isinstance(stored, pa.JsonType):
        return [None if text is None else _raw_json(text) for text in column.storage.to_pylist()]
    if types.is_list_view(stored) or types.is_large_list_view(stored):
        column = column.cast(pa.list_(stored.value_type))
        stored = column.type
    if types.is_struct(stored):
        fields = [_values(part) for part in column.flatten()]
        names = [stored.field(index).name for index in range(stored.num_fields)]
        rows: Any = zip(*fields, strict=True) if fields else ((),) * len(column)
        return [
            dict(zip(names, row, strict=True)) if valid else None
            for valid, row in zip(column.is_valid().to_pylist(), rows, strict=True)
        ]
    if types.is_map(stored):
        pairs = zip(
            _slices(column, _values(column.keys)), _slices(column, _values(column.items)),
            strict=True,
        )  # fmt: skip
        return [
            None if keys is None or items is None else _map(keys, items) for keys, items in pairs
        ]
    if types.is_fixed_size_list(stored):
        width = stored.list_size
        inner = _values(column.values.slice(column.offset * width, len(column) * width))
        return [
            inner[row * width : (row + 1) * width] if valid else None
            for row, valid in enumerate(column.is_valid().to_pylist())
        ]
    if types.is_list(stored) or types.is_large_list(stored):
        return _slices(column, _values(column.values))
    if types.is_integer(stored) or types.is_boolean(stored) or types.is_decimal(stored):
        return cast(list[Any], column.to_pylist())
    if isinstance(stored, pa.Bool8Type):
        return cast(list[Any], column.to_pylist())
    if types.is_floating(stored):
        # The shortest text that reads back as the same number, also for halves and singles.
        return [
            None if text is None else _raw_json(text) if math.isfinite(float(text)) else text
            for text in column.cast(pa.string()).to_pylist()
        ]
    return cast(list[Any], _text(column).to_pylist())


def _slices(column: Any, inner: list[Any]) -> list[list[Any] | None]:
    offsets = column.offsets.to_pylist()
    return [
        inner[offsets[row] : offsets[row + 1]] if valid else None
        for row, valid in enumerate(column.is_valid().to_pylist())
    ]


def _map(keys: list[Any], items: list[Any]) -> dict[str, Any] | list[tuple[Any, Any]]:
    names = [key if isinstance(key, str) else _JSON.encode(key).decode() for key in keys]
    if len(set(names)) == len(names):
        return dict(zip(names, items, strict=True))
    return list(zip(keys, items, strict=True))  # A key twice: as pairs, so that none is lost.


def _raw_json(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


def _json(value: Any) -> str | None:
    return None if value is None else _JSON.encode(value).decode()


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["?"])[0]
