"""Landing on several cores: worker processes that are given tasks and give reports back.

They are started by name rather than by `multiprocessing`, which would run the caller's script once
more in each of them. Messages are pickles on the worker's stdin and stdout, between the two
processes of one run only.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from extract.batches import bundles, land_all
from extract.errors import ExtractError, WorkerDied
from extract.landing import Stopped, Task, hurry
from extract.report import FileReport

_REPORT_EVERY = 0.1
"""Seconds between two messages about progress."""

Bundle = tuple[Task, ...]
"""Files that are given to a worker at once."""
Failed = Callable[[Task, ExtractError], FileReport]


def run(
    tasks: Sequence[Task],
    processes: int,
    advance: Callable[[int, int], None],
    failed: Failed,
) -> tuple[list[FileReport], ExtractError | None]:
    """Land files in worker processes.

    Args:
        tasks: the files; the largest are begun first, so that none is alone at the end.
        processes: how many.
        advance: called now and then with files done and stored bytes read since the last call.
        failed: reports a file whose worker was killed.

    Returns:
        A report for each file that was begun, and the error that stopped the run, if one did.
    """
    waiting: queue.SimpleQueue[Bundle] = queue.SimpleQueue()
    found = bundles(tasks, processes)
    for bundle in sorted(found, key=lambda b: -sum(task.resource.size for task in b)):
        waiting.put(bundle)
    events: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    stop = threading.Event()
    workers = [_Worker(waiting, events, stop) for _ in range(processes)]
    reports: list[FileReport] = []
    stopped: ExtractError | None = None
    running = processes
    try:
        while running:
            kind, content = events.get()
            if kind == "bytes":
                advance(len(reports), content)
            elif kind == "report":
                reports.append(content)
                advance(len(reports), 0)
            elif kind == "died":
                error = WorkerDied(
                    "the process that loaded it was killed",
                    uri=content.resource.uri,
                    hint="load again; if it happens again, see whether memory runs out",
                )
                reports.append(failed(content, error))
            elif kind == "stopped":
                stopped = stopped or content
                stop.set()
            elif kind == "crashed":
                raise content
            else:
                running -= 1
    except BaseException:
        stop.set()
        for worker in workers:
            worker.kill()
        raise
    return reports, stopped


class _Worker:
    """A worker process and the thread that talks with it."""

    def __init__(
        self,
        waiting: queue.SimpleQueue[Bundle],
        events: queue.SimpleQueue[tuple[str, Any]],
        stop: threading.Event,
    ) -> None:
        self._waiting = waiting
        self._events = events
        self._stop = stop
        self._process: subprocess.Popen[bytes] | None = None
        threading.Thread(target=self._run, daemon=True).start()

    def kill(self) -> None:
        """End the process at once; what it was landing rolls back."""
        if self._process is not None:
            self._process.kill()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    bundle = self._waiting.get_nowait()
                except queue.Empty:
                    break
                self._hand_over(bundle)
        finally:
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()
                self._process.wait()
            self._events.put(("finished", None))

    def _hand_over(self, bundle: Bundle) -> None:
        process = self._process or self._start()
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        left = {task.resource.uri: task for task in bundle}
        try:
            _send(process.stdin, bundle)
            while left:
                kind, content = pickle.load(process.stdout)  # noqa: S301 - our own process
                self._events.put((kind, content))
                if kind == "report":
                    del left[content.uri]
                elif kind != "bytes":
                    return
        except (EOFError, OSError, pickle.UnpicklingError):
            process.kill()
            process.wait()
            self._process = None
            if len(left) > 1:  # It is not known which of them killed it: each by itself.
                for task in left.values():
                    self._waiting.put((task,))
            else:
                self._events.put(("died", next(iter(left.values()))))

    def _start(self) -> subprocess.Popen[bytes]:
        code = f"import sys; sys.path[:] = {sys.path!r}; from extract.pool import serve; serve()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self._process


def serve() -> None:
    """Run in a worker process: land what comes in on stdin until it closes."""
    from dbt_project import postgres

    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # Nothing but messages may go out where the messages do.
    connection = None
    count, last = 0, time.monotonic()

    def advance(size: int) -> None:
        nonlocal count, last
        count += size
        if time.monotonic() - last > _REPORT_EVERY:
            _send(outgoing, ("bytes", count))
            count, last = 0, time.monotonic()

    try:
        while True:
            try:
                bundle: Bundle = pickle.load(incoming)  # noqa: S301 - our own process
            except EOFError:
                return
            try:
                if connection is None:
                    connection = postgres.connect(application_name="assay load")
                    hurry(connection)
                _send(outgoing, ("bytes", count))
                count = 0
                for report in land_all(connection, bundle, advance):
                    _send(outgoing, ("report", report))
            except Stopped as stop:
                _send(outgoing, ("stopped", stop.error))
            except (BrokenPipeError, KeyboardInterrupt):
                return
            except Exception as error:
                _send(outgoing, ("crashed", error))
    finally:
        if connection is not None:
            connection.close()


def _send(stream: Any, message: object) -> None:
    stream.write(pickle.dumps(message))
    stream.flush()
