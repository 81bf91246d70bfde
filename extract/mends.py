"""raw._mends: which files rejects were exported to, and what became of them; read and written here.

A file of rejects that was mended and loaded is known by its path, or if it was moved by its name,
which holds the number of the file they are from. Exporting is `mending`'s work.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True)
class Mend:
    """Rejects of one file that were exported, and came back.

    Attributes:
        file_id: the file they were rejected from.
        records: exported.
        mended_by: the file_id under which they were loaded.
        mended_uri: its uri.
        rows_landed: of it.
        rows_rejected: of it.
    """

    file_id: int
    records: int
    mended_by: int
    mended_uri: str
    rows_landed: int
    rows_rejected: int


def exist(connection: psycopg.Connection) -> bool:
    """Whether the table is there; `ledger.ensure` makes it."""
    row = connection.execute("select to_regclass('raw._mends') is not null").fetchone()
    return bool(row and row[0])


def note(connection: psycopg.Connection, uri: str, file_id: int, records: int) -> None:
    """Write down that rejects of a file were exported to another."""
    connection.execute(
        "insert into raw._mends (uri, file_id, records) values (%s, %s, %s) on conflict (uri)"
        " do update set file_id = excluded.file_id, records = excluded.records,"
        " exported_at = excluded.exported_at",
        [uri, file_id, records],
    )


def all_of(connection: psycopg.Connection) -> list[Mend]:
    """The exports of rejects that were loaded since, by the file that they are from."""
    if not exist(connection):
        return []
    with connection.cursor(row_factory=class_row(Mend)) as cursor:
        return cursor.execute(
            """
            select m.file_id, m.records, f.file_id as mended_by, f.uri as mended_uri,
                f.rows_landed, f.rows_rejected
            from raw._mends as m join raw._files as original on original.file_id = m.file_id
                join raw._files as f on f.status = 'loaded' and f.started_at > m.exported_at
                and (f.uri = m.uri
                    -- Moved before it was loaded: an export's name holds the file's number.
                    or regexp_replace(f.uri, '^.*/', '') = regexp_replace(m.uri, '^.*/', '')
                    and f.entity = original.entity and f.rows_read <= m.records)
            order by m.file_id, f.file_id
            """
        ).fetchall()
