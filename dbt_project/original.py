"""What a file itself says at a place that the ledger names: a line, a sheet's row, the nth record.

For people who follow a number back to its source. It reads files on this machine and gives up with
a reason where the file is gone, has changed or would take too long; the raw table always has the
record as it landed. How files are loaded is not decided here.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

LONGEST_RECORD = 200
"""Lines: a record may span several (quoted line breaks); past this many the text is cut."""
LONGEST_TEXT = 100_000
"""Characters shown of a record."""
LARGEST = 1 << 26
"""Bytes of a JSON document or a workbook that is read for one record's sake."""


@dataclass(frozen=True)
class Place:
    """A record's place, as the ledger has it.

    Attributes:
        uri: the file; with `#` and a name if it is part of another file.
        format: `csv`, `jsonl`, `json`, `parquet` or `xlsx`.
        compression: `gz`, `bz2`, `xz`, `zst`, with `zip+` in front (or `zip`) if it is in one.
        size: bytes of the file (of a file in an archive, its own) when it was loaded.
        version: of a file by itself: its time of change, size and inode, with `-` between.
        dialect: how it was read.
        line: the line on which the record starts; the row of a sheet; else its ordinal.
        following: the line on which the next record starts; None if there is none.
    """

    uri: str
    format: str
    compression: str | None
    size: int
    version: str
    dialect: dict[str, Any]
    line: int
    following: int | None = None


@dataclass(frozen=True)
class Original:
    """What the file says.

    Attributes:
        text: the record as it stands there; a row of a binary file as JSON; None if it cannot be
            shown.
        note: why not, or what to know about it; empty if there is nothing to say.
    """

    text: str | None
    note: str = ""


class _Unshown(Exception):
    """The file's own record cannot be shown; the message says why."""


def find(connection: psycopg.Connection[Any], file_id: int, line: int) -> Original:
    """What a loaded file says at a place.

    Args:
        connection: of a role that may read schema raw.
        file_id: from the ledger.
        line: of a record in it.

    Raises:
        psycopg.Error: the ledger cannot be read.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        file = cursor.execute(
            "select uri, entity, format, compression, size_bytes as size, version, dialect"
            " from raw._files where file_id = %s",
            [file_id],
        ).fetchone()
        if file is None:
            return Original(None, "the ledger does not know the file")
        entity, dialect = file.pop("entity"), file.pop("dialect") or {}
        following = cursor.execute(
            sql.SQL(
                "select least((select min(_line) from raw.{} where _file_id = %(file)s"
                " and _line > %(line)s), (select min(line) from raw._rejects"
                " where file_id = %(file)s and line > %(line)s)) as line"
            ).format(sql.Identifier(entity)),
            {"file": file_id, "line": line},
        ).fetchone()
    after = following["line"] if following else None
    return look_up(Place(**file, dialect=dialect, line=line, following=after))


def look_up(place: Place) -> Original:
    """Read one record from the file that it was loaded from."""
    if place.uri.startswith("s3://"):
        return Original(None, "the file is in S3 and is not fetched for this")
    try:
        file, part = _split(place.uri)
        text = _read(place, file, part)
    except _Unshown as reason:
        return Original(None, str(reason))
    except Exception as error:  # Whatever a library says of a file that is not what it was.
        return Original(None, f"the file cannot be read any more ({_first_line(error)})")
    if not text:
        return Original(None, "the file has nothing at that place now: it changed")
    status = file.stat()
    same = part is not None or place.version.partition("-")[0] == str(status.st_mtime_ns)
    note = "" if same else "the file was written to since it was loaded"
    return Original(text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}...", note)


def _split(uri: str) -> tuple[Path, str | None]:
    """The file on disk, and what within it: a `#` may belong to either's name."""
    if Path(uri).is_file():
        return Path(uri), None
    at = uri.find("#")
    while at >= 0:
        if Path(uri[:at]).is_file():
            return Path(uri[:at]), uri[at + 1 :]
        at = uri.find("#", at + 1)
    raise _Unshown("the file is gone")


def _read(place: Place, file: Path, part: str | None) -> str:
    packing = [kind for kind in (place.compression or "").split("+") if kind]
    in_zip = packing[:1] == ["zip"]
    if not in_zip and file.stat().st_size != place.size:
        raise _Unshown("the file has changed since it was loaded")
    inner = packing[1:] if in_zip else packing
    with _opened(file, part if in_zip else None, inner, place) as stream:
        if place.format in ("csv", "jsonl"):
            return _line(stream, place)
        if place.format == "parquet":
            return _parquet_row(_seekable(stream), place.line)
        if place.format == "xlsx":
            return _sheet_row(_seekable(stream), place)
        if place.format == "json":
            return _element(_whole(stream), place)
    raise _Unshown(f"a {place.format} file is not shown")


@contextmanager
def _opened(file: Path, part: str | None, packing: list[str], place: Place) -> Iterator[BinaryIO]:
    with file.open("rb") as stored:
        stream: BinaryIO = stored
        if part is not None:
            archive = zipfile.ZipFile(stored)
            member = _member(archive, part)
            if member.file_size != place.size:
                raise _Unshown("the archive has changed since it was loaded")
            stream = cast(BinaryIO, archive.open(member))
        for kind in packing:
            stream = _unpacked(stream, kind)
        yield stream


def _member(archive: zipfile.ZipFile, part: str) -> zipfile.ZipInfo:
    names = {info.filename: info for info in archive.infolist()}
    while part not in names:  # Of a workbook in an archive, the sheet's name comes behind.
        part, mark, _ = part.rpartition("#")
        if not mark:
            raise _Unshown("the archive has no such file now")
    return names[part]


def _unpacked(stream: BinaryIO, kind: str) -> BinaryIO:
    if kind == "gz":
        return cast(BinaryIO, gzip.GzipFile(fileobj=stream))
    if kind == "bz2":
        return cast(BinaryIO, bz2.BZ2File(stream))
    if kind == "xz":
        return cast(BinaryIO, lzma.LZMAFile(stream))
    if kind == "zst":
        import zstandard

        reader = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)
        return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, reader)))
    raise _Unshown(f"{kind} archives are not looked into")


def _seekable(stream: BinaryIO) -> BinaryIO:
    return stream if stream.seekable() else io.BytesIO(_whole(stream))


def _whole(stream: BinaryIO) -> bytes:
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise _Unshown(f"the file is larger than {LARGEST >> 20} MiB: too long to search")
    return data


# Text ------------------------------------------------------------------------------------------


def _line(stream: BinaryIO, place: Place) -> str:
    """The record that starts on a line, up to the line on which the next one starts."""
    encoding = str(place.dialect.get("encoding") or "utf-8")
    end = "\r" if place.dialect.get("newline") == "\r" else "\n"
    codecs.lookup(encoding)
    text = io.TextIOWrapper(stream, encoding, errors="backslashreplace", newline=end)
    for _ in range(place.line - 1):
        if not text.readline():
            return ""
    most = LONGEST_RECORD
    if place.following is not None:
        most = min(most, place.following - place.line)
    record = ""
    for _ in range(max(1, most)):
        read = text.readline(LONGEST_TEXT)
        record += read
        if not read or len(record) >= LONGEST_TEXT or _complete(record, place):
            break
    return record.removeprefix("\ufeff").rstrip("\r\n")


def _complete(record: str, place: Place) -> bool:
    if place.format == "jsonl":
        return True
    quote = str(place.dialect.get("quote", '"'))
    escape = str(place.dialect.get("escape") or "")
    if escape and escape != quote:
        record = record.replace(escape * 2, "").replace(escape + quote, "")
    return not quote or record.count(quote) % 2 == 0


# Others ----------------------------------------------------------------------------------------


def _parquet_row(stream: BinaryIO, ordinal: int) -> str:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(stream)
    first = 1
    for group in range(file.num_row_groups):
        count = file.metadata.row_group(group).num_rows
        if ordinal < first + count:
            for batch in file.iter_batches(batch_size=4096, row_groups=[group]):
                if ordinal < first + batch.num_rows:
                    row = batch.slice(ordinal - first, 1).to_pylist()[0]
                    return json.dumps(row, ensure_ascii=False, default=str)
                first += batch.num_rows
        first += count
    return ""


def _sheet_row(stream: BinaryIO, place: Place) -> str:
    if place.size > LARGEST:
        raise _Unshown(f"the workbook is larger than {LARGEST >> 20} MiB: too long to search")
    from python_calamine import load_workbook

    sheet = load_workbook(stream).get_sheet_by_name(str(place.dialect.get("sheet")))
    rows = sheet.to_python(skip_empty_area=False)
    if place.line > len(rows):
        return ""
    return json.dumps(rows[place.line - 1], ensure_ascii=False, default=str)


def _element(data: bytes, place: Place) -> str:
    """The nth record of a JSON document, as it is written there."""
    import msgspec

    layout = place.dialect.get("layout")
    value = data.decode(str(place.dialect.get("encoding") or "utf-8")).lstrip("\ufeff").encode()
    for key in place.dialect.get("records_at") or ():
        value = bytes(msgspec.json.decode(value, type=dict[str, msgspec.Raw])[key])
    if layout == "object":
        return value.decode().strip()
    if layout == "sequence":
        text, at = value.decode(), 0
        for _ in range(place.line):
            start = len(text) - len(text[at:].lstrip(" \t\r\n,"))
            if start >= len(text):
                return ""
            _, at = json.JSONDecoder().raw_decode(text, start)
        return text[start:at]
    if layout == "map":
        members = msgspec.json.decode(value, type=dict[str, msgspec.Raw])
        found = [f"{json.dumps(key)}: {bytes(raw).decode()}" for key, raw in members.items()]
    else:
        found = [bytes(raw).decode() for raw in msgspec.json.decode(value, type=list[msgspec.Raw])]
    return found[place.line - 1] if place.line <= len(found) else ""


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
