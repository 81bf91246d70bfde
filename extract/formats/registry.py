"""Which reader takes a file, by its ending; the reader then checks that the content agrees."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, cast

from extract import spool
from extract.dialect import Given
from extract.errors import NoColumns, UnsupportedFormat, WrongFormat
from extract.formats import compression
from extract.formats.base import Column, Reader
from extract.formats.compression import Limits

TEXT = {".csv": "csv", ".tsv": "csv", ".tab": "csv", ".psv": "csv", ".txt": "csv", ".dat": "csv"}
FORMATS = TEXT | {
    ".json": "json", ".geojson": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".parquet": "parquet", ".pq": "parquet", ".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xlsx",
}  # fmt: skip
ENDINGS = frozenset(
    ending + packed
    for ending in FORMATS
    for packed in ("", *(f".{kind}" for kind in compression.ENDINGS))
) | {".zip"}
"""What is taken from folders."""

_OTHER_WAYS = {
    (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".7z", ".rar"): "unpack it, load the folder",
    (".xml",): "turn it into JSONL or CSV first",
    (".avro", ".orc", ".feather", ".arrow"): "write it as Parquet",
    (".ods", ".xlsb"): "save it as .xlsx",
}
"""What people try that is not read, and what they can do."""

_BINARY = {
    b"PAR1": "Parquet",
    b"PK\x03\x04": "zip or Excel",
    b"\xd0\xcf\x11\xe0": "old Excel",
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"SQLite format 3": "SQLite",
    b"\x7fELF": "program",
}
_SPOOL = 1 << 24


@dataclass(frozen=True)
class Format:
    """How a file is to be read.

    Attributes:
        name: `csv`, `json`, `jsonl`, `parquet` or `xlsx`; `zip` for an archive that cannot be
            looked into.
        compression: `gz`, `bz2`, `xz`, `zst` or None.
        plain_name: the file's name in lower case without its compression's ending.
    """

    name: str
    compression: str | None
    plain_name: str


def of(name: str, uri: str) -> Format:
    """The format that a file's name says.

    Raises:
        UnsupportedFormat: no reader knows the ending.
    """
    for endings, hint in _OTHER_WAYS.items():
        if name.lower().endswith(endings):
            raise UnsupportedFormat("no reader for this kind of file", uri=uri, hint=hint)
    plain, packed = compression.split_name(name)
    if plain.endswith(".zip"):
        return Format("zip", packed, plain)
    for ending, format_name in FORMATS.items():
        if plain.endswith(ending):
            return Format(format_name, packed, plain)
    raise UnsupportedFormat(
        "no reader for a file with this ending",
        uri=uri,
        hint=f"known endings: {' '.join(FORMATS)}, also with .gz .bz2 .xz .zst, and .zip",
    )


def open_reader(
    form: Format,
    stored: Callable[[], BinaryIO],
    *,
    uri: str,
    columns: tuple[Column, ...] = (),
    limits: Limits | None = None,
    sheet: str | None = None,
    given: Given | None = None,
) -> Reader:
    """Open the reader for a file.

    Args:
        form: from `of`.
        stored: opens the stored bytes from the start.
        uri: for errors.
        columns: what an earlier reading of the same file found.
        limits: what compressed data may unpack to.
        sheet: which one of a workbook; None for the only one that is filled.
        given: what a person said about how a file is written.

    Raises:
        FormatError: the content is not what the name says, is damaged, or is empty.
    """

    def plain() -> BinaryIO:
        stream = compression.decompressed(stored(), form.compression, uri, limits)
        if form.name in ("parquet", "xlsx", "zip"):
            return stream
        return _checked(stream, form, uri)

    if form.name == "csv":
        from extract.formats.csv import CsvReader

        return CsvReader(plain, name=form.plain_name, uri=uri, given=given)
    if form.name in ("json", "jsonl"):
        from extract.formats.json import JsonReader

        return JsonReader(plain, name=form.plain_name, uri=uri, columns=columns, given=given)
    stream = _seekable(plain(), uri)
    if form.name == "zip":
        _empty_archive(stream, uri)
    if form.name == "parquet":
        from extract.formats.parquet import ParquetReader

        return ParquetReader(stream, uri=uri, limits=limits)
    from extract.formats.xlsx import XlsxReader

    return XlsxReader(stream, uri=uri, limits=limits or Limits(), sheet=sheet)


def _empty_archive(stream: BinaryIO, uri: str) -> None:
    """Say why nothing of a zip archive was taken."""
    from extract import archive

    names = [member.name for member in archive.members(stream, uri)]
    raise NoColumns(
        "the archive holds no file that could be loaded"
        + (f" ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})" if names else ""),
        uri=uri,
        hint="archives within archives are not looked into: unpack it, and load the folder",
    )


def _checked(stream: BinaryIO, form: Format, uri: str) -> BinaryIO:
    """Refuse what is plainly not text before a reader takes it for bad rows."""
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), 1 << 16)
    head = buffered.peek(16)[:16]
    found = compression.kind_of(head)
    kinds = [kind for magic, kind in _BINARY.items() if head.startswith(magic)]
    if kinds or (found and found != "bz2"):
        raise WrongFormat(
            f"the name says {form.name} but the content is {kinds[0] if kinds else found} data",
            uri=uri,
            hint="rename the file after what it holds",
        )
    return cast(BinaryIO, buffered)


def _seekable(stream: BinaryIO, uri: str) -> BinaryIO:
    """The stream itself if it can seek, else a copy: in memory if small, else on disk."""
    if stream.seekable():
        return stream
    copy = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115 - closed with the reader
    while block := stream.read(1 << 20):
        spool.add(copy, block, uri)
    spool.rewind(copy, uri)
    return cast(BinaryIO, copy)
