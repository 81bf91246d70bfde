"""Errors of the `dbt_project` package.

DbtProjectError
├── ConfigurationError      a setting or the folder we stand in is wrong
├── ServerError             Postgres cannot be used
│   ├── ServerUnavailable   it does not answer (may work when tried again)
│   ├── ServerRefused       it answers and says no: password, role, database, rights
│   └── EmbeddedServerError the embedded server cannot be made or started
├── ArtifactsMissing        dbt has not written what is asked for yet
├── AnswerKeyMissing        the folder has no answer key to compare with
├── BuildError              dbt ran, and something in it failed
├── ProfileError            there is no such raw table
├── ScaffoldError           models cannot be written for what was asked
├── GateClosed              data may not leave, since their tests did not pass
└── TraceError              a row's way back to its file cannot be walked
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


class DbtProjectError(Exception):
    """Base of this package's errors. The text is three parts: what happened, where, what to do.

    Attributes:
        what: one sentence, what happened.
        where: the file, server or command it happened in; empty if that says nothing more.
        hint: what to do next; empty if there is nothing to advise.
        retryable: whether doing the same again can help.
    """

    retryable = False

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(": ".join(part for part in (where, what) if part))


class ConfigurationError(DbtProjectError):
    """A setting, or the folder the command was started in, cannot be right."""


class ServerError(DbtProjectError):
    """Postgres cannot be used."""


class ServerUnavailable(ServerError):
    """No answer from the server."""

    retryable = True


class ServerRefused(ServerError):
    """The server answered and refused: wrong password, unknown database, missing rights."""


class EmbeddedServerError(ServerError):
    """The embedded server cannot be created or started."""


class ArtifactsMissing(DbtProjectError):
    """A file that dbt writes into its target folder is not there."""


class AnswerKeyMissing(DbtProjectError):
    """The folder named is not one that `assay datagen` wrote."""


class BuildError(DbtProjectError):
    """dbt ran and failed."""


class GateClosed(DbtProjectError):
    """What was asked for is made from models whose tests failed or never ran."""


class ProfileError(DbtProjectError):
    """What was to be profiled is not there."""


class ScaffoldError(DbtProjectError):
    """Models cannot be written for what was asked."""


class TraceError(DbtProjectError):
    """The way from a mart's row to its file is broken or was asked for wrongly."""


@contextmanager
def mapped(where: str) -> Iterator[None]:
    """Turn psycopg's errors into ours.

    Args:
        where: the server, in words, for the error's text.

    Raises:
        ServerUnavailable: the connection could not be made or was lost.
        ServerRefused: the server said no to the login, the database or the statement.
        ServerError: the server failed in another way.
    """
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise ServerRefused(
            _first_line(error),
            where=where,
            hint="`assay init --sql` prints the rights that are needed",
        ) from error
    except psycopg.OperationalError as error:
        text = _first_line(error)
        if any(
            said in text
            for said in (
                "authentication failed",
                "no password",
                "does not exist",
                "permission denied",
            )
        ):
            raise ServerRefused(
                text, where=where, hint="check PGUSER, PGPASSWORD and PGDATABASE"
            ) from error
        raise ServerUnavailable(
            text, where=where, hint="is the server up? `assay status` shows which one is used"
        ) from error
    except psycopg.Error as error:
        raise ServerError(_first_line(error), where=where) from error


def _first_line(error: psycopg.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].removeprefix("connection failed: ") if lines else type(error).__name__
