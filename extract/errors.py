"""Errors of the `extract` package.

ExtractError
├── SourceError                 the bytes cannot be had
│   ├── SourceNotFound          no such path, bucket or key, or nothing matches
│   ├── SourceUnreadable        it is there but may not or cannot be read
│   └── SourceChanged           it changed while it was being read (try again)
├── FormatError                 the bytes are not what they claim to be
│   ├── WrongFormat             the content is not what the name's ending says
│   ├── UnsupportedFormat       no reader for this kind of file
│   ├── CorruptFile             cut off or damaged
│   ├── ExpandsTooMuch          an archive that unpacks to more than allowed
│   └── NoColumns               empty: there is nothing that names or shows a column
├── LoadError                   the file can be read but must not or cannot be landed
│   ├── DuplicateContent        the same bytes were loaded from another place
│   ├── DriftRefused            the columns changed, and `--frozen` forbids that
│   ├── OtherTable              its columns are those of another kind of thing than the table's
│   ├── TooManyRejects          more rows rejected than `--max-rejects` allows, or all of them
│   ├── NoRoom                  the local disk has no room for temporary files
│   └── RowRefused              Postgres refused rows, and they cannot be told apart
├── DatabaseError               Postgres cannot take the data
│   ├── DatabaseUnavailable     no connection, or it was lost (try again)
│   ├── DatabaseRefused         password, rights, missing schema or database
│   ├── TableLocked             another session held the table too long (try again)
│   └── DatabaseFull            disk full or another resource used up
├── QueueError                  a queue cannot be worked on
│   ├── QueueUnavailable        it cannot be reached now (try again)
│   └── MessageUnreadable       a message that is no event of S3
├── WorkerDied                  a loading process was killed (try again)
└── UsageError                  a request that cannot be met as it was made

A reader raises FormatError and SourceError; `database_errors` turns psycopg's into ours.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg


class ExtractError(Exception):
    """Base of this package's errors.

    Attributes:
        what: one sentence, what happened.
        where: the place in words; by default `uri`, with the line and column if known.
        hint: what to do next; empty if there is nothing to advise.
        uri: the file; None if it is not about one file.
        line: the line on which it happened, from 1.
        column: the column's label.
        retryable: whether doing the same again can help.
        exit_code: of the command that it ends: 2 if it was called wrongly, else 1.
    """

    retryable = False
    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        uri: str | None = None,
        line: int | None = None,
        column: str | None = None,
        where: str = "",
        hint: str = "",
    ) -> None:
        self.what = what
        self.uri = uri
        self.line = line
        self.column = column
        self.hint = hint
        self._where = where
        super().__init__(what)

    @property
    def where(self) -> str:
        if self._where or self.uri is None:
            return self._where
        place = self.uri if self.line is None else f"{self.uri}, line {self.line}"
        return place if self.column is None else f"{place}, column {self.column}"

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.what) if part)

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors come back from worker processes; keyword arguments do not survive pickling alone.
        return _rebuild, (type(self), self.what, self.__dict__)


def _rebuild(kind: type[ExtractError], what: str, state: dict[str, Any]) -> ExtractError:
    error = kind(what)
    error.__dict__.update(state)
    return error


class SourceError(ExtractError):
    """The bytes cannot be had."""


class SourceNotFound(SourceError):
    """No such path, bucket or key, or nothing matches the pattern."""


class SourceUnreadable(SourceError):
    """It exists but cannot be read."""


class SourceChanged(SourceError):
    """The file changed while it was being read."""

    retryable = True


class FormatError(ExtractError):
    """The bytes are not what they claim to be."""


class WrongFormat(FormatError):
    """The content is not what the file's ending says."""


class UnsupportedFormat(FormatError):
    """No reader for this kind of file."""


class CorruptFile(FormatError):
    """The file is cut off or damaged."""


class ExpandsTooMuch(FormatError):
    """An archive unpacks to more than is allowed."""


class NoColumns(FormatError):
    """The file holds nothing that names or shows a column."""


class LoadError(ExtractError):
    """The file can be read but must not or cannot be landed."""


class DuplicateContent(LoadError):
    """The same bytes were loaded from another place."""


class DriftRefused(LoadError):
    """The columns changed, and `--frozen` forbids that."""


class OtherTable(LoadError):
    """The file's columns have little in common with those of the table that its name leads to."""


class TooManyRejects(LoadError):
    """More rows were rejected than allowed."""


class NoRoom(LoadError):
    """The local disk has no room for what has to wait there."""


class RowRefused(LoadError):
    """Postgres refused rows that the reader had let through, and they cannot be told apart."""


class DatabaseError(ExtractError):
    """Postgres cannot take the data."""


class DatabaseUnavailable(DatabaseError):
    """The connection could not be made or was lost."""

    retryable = True


class DatabaseRefused(DatabaseError):
    """The server refused: password, rights, a missing schema or database."""


class TableLocked(DatabaseError):
    """Another session held a lock for too long."""

    retryable = True


class DatabaseFull(DatabaseError):
    """The server ran out of disk or of another resource."""


class QueueError(ExtractError):
    """A queue cannot be worked on: it is not there, refuses, or lacks what a worker needs."""


class QueueUnavailable(QueueError):
    """The queue cannot be reached now."""

    retryable = True


class MessageUnreadable(QueueError):
    """A message that is no event of S3, and never will be."""


class WorkerDied(ExtractError):
    """A loading process was killed."""

    retryable = True


class UsageError(ExtractError):
    """A request that cannot be met as it was made."""

    exit_code = 2


@contextmanager
def database_errors(uri: str | None = None) -> Iterator[None]:
    """Turn psycopg's errors into ours.

    Args:
        uri: the file being landed; None for work on the ledger as a whole.

    Raises:
        DatabaseUnavailable, DatabaseRefused, DatabaseFull, TableLocked, RowRefused,
        DatabaseError: see there.
    """
    import psycopg

    hush()
    try:
        yield
    except psycopg.Error as error:
        raise _translated(error, uri) from error


@cache
def hush() -> None:
    """Keep psycopg from warning of what follows from an error that is raised, and reported, anyway.

    It logs that a COPY or a rollback cannot be ended on a connection that is gone; where nobody set
    logging up, such a line would stand on the terminal beside our error.
    """
    logging.getLogger("psycopg").addFilter(
        lambda record: not str(record.msg).startswith("error ignored ")
    )


def _translated(error: psycopg.Error, uri: str | None) -> ExtractError:
    import psycopg

    state = error.sqlstate or ""
    # libpq's own messages go on with guesses at the reason, in further lines.
    text = error.diag.message_primary or (str(error).strip().splitlines() or ["?"])[0]
    if state == "53100":
        return DatabaseFull(
            f"the database's disk is full ({text})", uri=uri, hint="free some space and load again"
        )
    if state.startswith("53"):
        return DatabaseFull(f"the database is out of resources ({text})", uri=uri)
    if state == "42501":
        return DatabaseRefused(
            text, uri=uri, hint="the loading role needs USAGE and CREATE on schema raw"
        )
    if state == "3F000":
        return DatabaseRefused(text, uri=uri, hint="`assay init` makes the schemas")
    if state.startswith("28") or state == "3D000":
        return DatabaseRefused(text, uri=uri, hint="check PGUSER, PGPASSWORD and PGDATABASE")
    if state == "54011":
        return UnsupportedFormat(f"too many columns for one table ({text})", uri=uri)
    if state[:2] in ("22", "23") or state in ("54000", "54001"):
        return RowRefused(text, uri=uri, where=_copy_place(error, uri))
    if isinstance(error, psycopg.OperationalError) and state[:2] in ("", "08", "57"):
        return DatabaseUnavailable(
            f"the connection to Postgres was lost or refused ({text})",
            uri=uri,
            hint="files that had landed stay landed; see `assay status`, then load again",
        )
    if state == "55P03":
        return TableLocked(
            f"another session holds a lock ({text})", uri=uri, hint="wait for it, then load again"
        )
    return DatabaseError(text, uri=uri)


def _copy_place(error: psycopg.Error, uri: str | None) -> str:
    context = (error.diag.context or "").splitlines()
    return ", ".join(part for part in (uri or "", context[0][:200] if context else "") if part)
