"""Parquet: batches -> canonical text, column by column.

Decimals keep their scale, dates and timestamps are ISO 8601, lists, structs and maps are JSON.
`_line` is the row's ordinal in the file, from 1.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, cast

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from extract.errors import CorruptFile, NoColumns, WrongFormat
from extract.formats.base import Column, DataType, Shape, Tally

MAGIC = b"PAR1"
BATCH = 16_384
"""Rows at a time."""

_JSON = msgspec.json.Encoder(decimal_format="number")


class ParquetReader:
    """Reads one Parquet file from a stream that can seek."""

    def __init__(self, stream: BinaryIO, *, uri: str) -> None:
        self._uri = uri
        if stream.read(4) != MAGIC:
            raise WrongFormat(
                "the name says Parquet but the content is not",
                uri=uri,
                hint="rename the file after what it holds",
            )
        stream.seek(0)
        try:
            self._file = pq.ParquetFile(stream)
        except (pa.ArrowException, OSError) as error:
            raise CorruptFile(
                f"the Parquet file is cut off or damaged ({_first_line(error)})",
                uri=uri,
                hint="fetch it again",
            ) from error
        self._schema = self._file.schema_arrow
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

    def payloads(self, file_id: int, types: Sequence[DataType], tally: Tally) -> Iterator[bytes]:
        """See `formats.base.Reader`."""
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
        line = 1
        try:
            for batch in self._file.iter_batches(batch_size=BATCH):
                columns = [
                    _canonical(column, kind)
                    for column, kind in zip(batch.columns, types, strict=True)
                ]
                lines = pa.array(range(line, line + batch.num_rows), pa.int64())
                line += batch.num_rows
                table = pa.table(
                    [pa.repeat(file_id, batch.num_rows), lines, *columns],
                    names=[str(index) for index in range(len(columns) + 2)],
                )
                table = _without_nul(table, tally)
                tally.landed += table.num_rows
                sink = io.BytesIO()
                pyarrow.csv.write_csv(table, sink, options)
                yield sink.getvalue()
        except (pa.ArrowException, OSError) as error:
            raise CorruptFile(
                f"the Parquet file is damaged after row {line - 1} ({_first_line(error)})",
                uri=self._uri,
                hint="fetch it again",
            ) from error


def _nested(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _nested(kind.value_type)
    return pa.types.is_nested(kind)


def _canonical(column: Any, kind: DataType) -> Any:
    """The column as strings."""
    stored = column.type
    if pa.types.is_dictionary(stored):
        return _canonical(column.dictionary_decode(), kind)
    if pa.types.is_nested(stored):
        # Arrow has no cast from nested values to JSON: the one place with a loop over values.
        return pa.array([_json(value) for value in _pylist(column)], pa.string())
    if pa.types.is_binary(stored) or pa.types.is_large_binary(stored):
        return pa.array(
            [None if value is None else "\\x" + value.hex() for value in column.to_pylist()],
            pa.string(),
        )
    if pa.types.is_fixed_size_binary(stored):
        return _canonical(column.cast(pa.binary()), kind)
    text = column if pa.types.is_large_string(stored) else column.cast(pa.string())
    if kind == "jsonb":
        # A scalar where the table holds JSON: numbers and booleans are JSON already.
        if pa.types.is_integer(stored) or pa.types.is_boolean(stored):
            return text
        return pa.array(
            [None if value is None else json.dumps(value) for value in text.to_pylist()],
            pa.string(),
        )
    return text


def _json(value: Any) -> str | None:
    return None if value is None else _JSON.encode(value).decode()


def _pylist(column: pa.Array[Any]) -> list[Any]:
    try:
        return column.to_pylist(maps_as_pydicts="strict")
    except KeyError:
        return column.to_pylist()  # A map has a key twice: as pairs, so that none is lost.


def _without_nul(table: pa.Table, tally: Tally) -> pa.Table:
    """Set aside rows with a zero character, which Postgres's text cannot hold."""
    bad: Any = None
    for column in table.columns[2:]:
        found: Any = pc.fill_null(pc.match_substring(cast(Any, column), "\0"), False)
        if pc.any(found).as_py():
            bad = found if bad is None else pc.or_(bad, found)
    if bad is None:
        return table
    for row in table.filter(bad).to_pylist():
        line = row.pop("1")
        row.pop("0")
        raw = json.dumps(list(row.values()), ensure_ascii=False).encode()
        tally.refuse(line, "nul_character", "a zero character in a text", raw)
    return table.filter(pc.invert(bad))


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["?"])[0]
