"""Lands a payload row by row where Postgres refuses it, so that one row does not fail its file.

The fast road gives a file to one COPY. If the server refuses a row of it (a number that jsonb
cannot hold, a row wider than a page, a constraint that somebody added), the file is landed again
through here: a COPY and a savepoint for each payload, halved until the refused rows stand alone.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from extract.formats.base import Shape, Tally

REASON = "refused_by_database"


def refuses_row(error: psycopg.Error) -> bool:
    """Whether the error is about one row's values rather than the table or the server."""
    state = error.sqlstate or ""
    return state[:2] in ("22", "23") or state in ("54000", "54001")


class Isolator:
    """Lands payloads of one file, setting refused rows aside.

    Args:
        connection: in a transaction.
        statement: the COPY.
        shape: how the payloads are written.
        tally: counts, and takes what is refused; its `kept` holds records by line.
        file_id: the first cell of every row.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        statement: sql.Composed,
        shape: Shape,
        tally: Tally,
        file_id: int,
    ) -> None:
        self._connection = connection
        self._statement = statement
        self._quote = shape.quote.encode()
        self._delimiter = shape.delimiter.encode()
        self._encoding = str(shape.dialect.get("encoding", "utf-8"))
        self._tally = tally
        self._prefix = b"%d%b" % (file_id, self._delimiter)

    def land(self, payload: bytes) -> None:
        """Copy the rows that the server takes.

        Raises:
            psycopg.Error: for any other reason than a refused row, or if the payload's rows cannot
                be told apart.
        """
        self._copy([payload])
        if self._tally.kept is not None:
            self._tally.kept.clear()

    def _copy(self, rows: list[bytes]) -> None:
        try:
            with (
                self._connection.transaction(),
                self._connection.cursor() as cursor,
                cursor.copy(self._statement) as copy,
            ):
                copy.write(b"".join(rows))
        except psycopg.Error as error:
            if not refuses_row(error):
                raise
            if len(rows) == 1:
                rows = self._split(rows[0])
                if any(not row.startswith(self._prefix) for row in rows):
                    raise
                if len(rows) == 1:
                    self._refuse(rows[0], error)
                    return
            middle = len(rows) // 2
            self._copy(rows[:middle])
            self._copy(rows[middle:])

    def _split(self, payload: bytes) -> list[bytes]:
        import numpy as np  # Late: few files have such rows, and it takes a while.

        codes = np.frombuffer(payload, np.uint8)
        inside = np.cumsum(codes == self._quote[0], dtype=np.uint8) & 1
        ends = (np.flatnonzero((codes == 10) & (inside == 0)) + 1).tolist()
        if not ends or ends[-1] != len(payload):
            ends.append(len(payload))
        return [payload[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]

    def _refuse(self, row: bytes, error: psycopg.Error) -> None:
        number, _, record = row[len(self._prefix) :].partition(self._delimiter)
        line = int(number)
        kept = (self._tally.kept or {}).get(line)
        if kept is None:
            text = record.removesuffix(b"\n").decode("utf-8", "replace")
            kept = text.encode(self._encoding, "replace")
        primary = error.diag.message_primary or str(error)
        detail = error.diag.message_detail
        self._tally.landed -= 1
        self._tally.refuse(line, REASON, f"{primary} ({detail})" if detail else primary, kept)
