"""One build at a time in a database: a second, started by a clock or by hand, waits for its turn.

Two builds at once would make the same tables under each other's feet. The lock is the connection's:
who dies gives it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dbt_project import postgres
from dbt_project.errors import mapped

_LOCK = "hashtext('assay.build')"


@contextmanager
def of_a_build(tell: Callable[[str], object]) -> Iterator[None]:
    """Hold the database's only turn to build.

    Args:
        tell: told, once, that another build has it and is waited for.

    Raises:
        ServerUnavailable: the server does not answer.
        ServerRefused: it answers and refuses.
    """
    with (
        postgres.connect(autocommit=True, application_name="assay build: turn") as connection,
        mapped(str(postgres.settings())),
    ):
        free = connection.execute(f"select pg_try_advisory_lock({_LOCK})").fetchone()
        if free != (True,):
            tell("another build is running in this database; waiting until it has ended")
            connection.execute(f"select pg_advisory_lock({_LOCK})")
        yield
