"""Rejected records -> files that look like those they come from, to be mended and loaded.

A mended file is a file like any other, with its own row in the ledger. The records stay in
`raw._rejects` for the file that they were rejected from; that they were mended is known by where
they were exported to, once that file is loaded.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg

from extract import ledger, mends
from extract.errors import SourceUnreadable
from extract.formats.base import NO_RECORDS
from extract.ledger import Entry, Reject

_MARKS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


@dataclass(frozen=True)
class Exported:
    """A file that was written, from which one, and how many records it holds."""

    path: Path
    uri: str
    file_id: int
    records: int


def export(
    connection: psycopg.Connection,
    folder: Path,
    *,
    uri: str | None = None,
    entity: str | None = None,
) -> list[Exported]:
    """Write rejected bytes to files, one for each file they are from, in a folder for each table.

    Comment lines, remarks above a header and the like are no records and are left out, and so is
    what was mended and loaded already.

    Args:
        connection: to the database; commits.
        folder: made if it is not there; files of an earlier export are written anew.
        uri: part of the file's uri; a number is taken as its file_id.
        entity: only files of this table.

    Raises:
        SourceUnreadable: the folder cannot be written to.
    """
    if not ledger.exists(connection):
        return []
    ledger.ensure(connection)
    entries = {
        entry.file_id: entry
        for entry in ledger.entries(connection, uri=uri, status="loaded", entity=entity)
    }
    found = (
        reject
        for reject in ledger.rejects(connection, uri=uri, entity=entity, mended=False)
        if reject.reason not in NO_RECORDS and reject.file_id in entries
    )
    written = []
    try:
        for file_id, rejects in groupby(found, key=lambda reject: reject.file_id):
            written.append(_write(folder, entries[file_id], rejects))
    except OSError as error:
        raise SourceUnreadable(f"cannot be written: {error.strerror}", uri=str(folder)) from error
    for one in written:
        mends.note(connection, str(one.path.resolve()), one.file_id, one.records)
    connection.commit()
    return written


def _write(folder: Path, entry: Entry, rejects: Iterable[Reject]) -> Exported:
    dialect = entry.dialect or {}
    if entry.format == "csv":
        ending, before, newline, after = ".csv", *_csv_frame(dialect)
    elif dialect.get("layout") in ("array", "records", "map", "sequence", "object"):
        opening, closing = (b"{\n", b"\n}\n") if dialect["layout"] == "map" else (b"[\n", b"\n]\n")
        ending, before, newline, after = ".json", opening, b",\n", closing
    else:
        ending, before, newline, after = ".jsonl", b"", b"\n", b"\n"
    stem = re.split("[/#]", entry.uri)[-1].partition(".")[0]
    path = folder / entry.entity / f"{stem}.{entry.file_id}{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("wb") as file:
        file.write(before)
        for count, reject in enumerate(rejects, start=1):
            file.write((newline if count > 1 else b"") + reject.raw)
        file.write(after)
    return Exported(path, entry.uri, entry.file_id, count)


def _csv_frame(dialect: dict[str, Any]) -> tuple[bytes, bytes, bytes]:
    """What stands before the records (the header), between them and behind them."""
    encoding = str(dialect.get("encoding", "utf-8"))
    quote = dialect.get("quote") or '"'
    blanks = dialect.get("delimiter") == "whitespace"
    delimiter = " " if blanks else str(dialect.get("delimiter", ","))
    newline = str(dialect.get("newline", "\n"))
    special = (delimiter, quote, "\n", "\r")
    cells = [
        f"{quote}{cell.replace(quote, quote * 2)}{quote}"
        if any(sign in cell for sign in special)
        else cell
        for cell in dialect.get("columns", [])
    ]
    header = delimiter.join(cells) + newline
    end = newline.encode(encoding)
    return _MARKS.get(encoding, b"") + header.encode(encoding), end, end
