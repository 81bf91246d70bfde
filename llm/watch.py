"""Stops a query whose server process takes too much memory.

Postgres bounds what a sort or a hash may take, but not an aggregate that collects: `jsonb_agg` over
a cross join took 18.8 GB before its time was up. So while a query from outside runs, its process is
looked at twenty times a second, and the query is cancelled once it is over the limit. This needs a
server on this machine, as the embedded one is; elsewhere the server's own limits (its container's)
must do.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any

import psutil
import psycopg

from llm.errors import ResultTooLargeError

EVERY_SECONDS = 0.05


class MemoryWatch:
    """While open, watches the server process of one connection.

    Args:
        most_bytes: what it may take for itself, shared memory not counted.

    Raises:
        ResultTooLargeError: on leaving, if the query was cancelled for its memory.
    """

    def __init__(self, connection: psycopg.Connection[Any], most_bytes: int) -> None:
        self.connection = connection
        self.most_bytes = most_bytes
        self.spent = 0
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> MemoryWatch:
        process = _local_process(self.connection)
        if process is not None:
            self._thread = threading.Thread(target=self._look, args=(process,), daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()
        if self.spent and isinstance(error, psycopg.errors.QueryCanceled):
            raise ResultTooLargeError(
                f"the query took {self.spent / 1e9:.1f} GB of the server's memory and was stopped",
                hint="Aggregate earlier, or collect fewer rows.",
            ) from error

    def _look(self, process: psutil.Process) -> None:
        while not self._done.wait(EVERY_SECONDS):
            try:
                taken = process.memory_info()
                own = taken.rss - getattr(taken, "shared", 0)
                if own > self.most_bytes:
                    self.spent = own
                    self.connection.cancel_safe(timeout=5)
                    return
            except (psutil.Error, psycopg.Error):
                return  # the process has ended, or is none that we may look at


def _local_process(connection: psycopg.Connection[Any]) -> psutil.Process | None:
    """The connection's server process, if it runs on this machine: a socket in the file system."""
    if not (connection.info.host or "").startswith("/"):
        return None
    try:
        process = psutil.Process(connection.info.backend_pid)
        return process if "postgres" in process.name() else None
    except psutil.Error:
        return None
