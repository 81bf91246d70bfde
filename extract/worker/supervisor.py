"""`run`: checks what a worker needs, starts its processes, replaces those that die, stops them.

The processes do the work (`consumer`); this one lands nothing.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from dbt_project import postgres
from extract import loader
from extract.errors import WorkerDied, database_errors
from extract.worker.health import Health
from extract.worker.inbox import Inbox
from extract.worker.settings import Settings

log = logging.getLogger("assay.worker")

_LOOK = 0.1
"""Seconds between two looks at the processes."""
_SHORT_LIFE = 10.0
"""Seconds: who dies sooner is started again later each time."""
_LONGEST_PAUSE = 30.0
_DEATHS = 5
"""Of a process while draining, after which the run ends."""


@dataclass(frozen=True)
class Summary:
    """What a worker did.

    Attributes:
        files: by outcome: those of `extract.FileReport`, and `ignored`.
        rows: landed.
        rejects: records rejected.
        buried: messages sent to the dead-letter queue.
        left: if messages were put off for a later try: about how many the queue still holds.
        deaths: processes that died.
        seconds: wall time.
    """

    files: dict[str, int]
    rows: int
    rejects: int
    buried: int
    left: int
    deaths: int
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether no message was buried and none that was put off is left."""
        return not (self.buried or self.left)


def run(settings: Settings, stop: threading.Event | None = None) -> Summary:
    """Work on a queue, until it is drained if that is asked for, else until told to stop.

    SIGTERM and SIGINT stop it, if called from a program's main thread: the files in hand are
    finished. The second signal does not wait for that.

    Args:
        settings: how.
        stop: set it to stop.

    Raises:
        UsageError: the queue has no dead-letter queue, or the port is taken.
        QueueError: there is no such queue, it refuses or cannot be reached.
        DatabaseError: the ledger cannot be made.
        DbtProjectError: no Postgres can be reached or started.
        WorkerDied: while draining, a process died again and again.
    """
    started = time.monotonic()
    inbox = Inbox(settings)
    with postgres.connect(application_name="assay worker") as connection, database_errors():
        loader.prepare(connection)
    with tempfile.TemporaryDirectory(prefix="assay-worker-") as folder:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        supervisor = _Supervisor(settings, Path(folder), registry, stop or threading.Event())
        health = Health(
            settings.host,
            settings.port,
            {"database": _ask_database, "queue": inbox.ask, "processes": supervisor.ask},
            registry,
        )
        log.info(
            "working",
            extra={
                "queue": inbox.url,
                "processes": settings.concurrency,
                "health": f"http://{settings.host}:{health.port}/healthz",
                "visibility": inbox.visibility,
                "max_receives": inbox.max_receives,
            },
        )
        try:
            with supervisor.signals():
                supervisor.watch()
        finally:
            health.close()
        summary = _sum(registry, supervisor.deaths, time.monotonic() - started)
    if summary.left:
        summary = replace(summary, left=sum(inbox.ask().values()))
    log.info("ended", extra=vars(summary))
    return summary


class _Supervisor:
    def __init__(
        self, settings: Settings, folder: Path, registry: CollectorRegistry, stop: threading.Event
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._stop = stop
        self._slots = [_Slot(settings, folder) for _ in range(settings.concurrency)]
        self._restarts = Counter(
            "assay_worker_restarts", "Processes started anew.", registry=registry
        )
        self.deaths = 0

    def ask(self) -> None:
        """Whether processes are at work.

        Raises:
            WorkerDied: they are not, or not for long.
        """
        running = sum(slot.running for slot in self._slots)
        if self._stop.is_set():
            raise WorkerDied("stopping")
        if not running:
            raise WorkerDied(f"none of {len(self._slots)} processes is running")

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT, and kill at the second of them."""

        def handle(*_: object) -> None:
            if self._stop.is_set():
                for slot in self._slots:
                    slot.kill()
            self._stop.set()

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def watch(self) -> None:
        """Keep the processes running; returns when all have ended as they should."""
        told = False
        try:
            for slot in self._slots:
                slot.start()
            while not all(slot.done for slot in self._slots):
                if self._stop.is_set() and not told:
                    log.info("stopping")
                    told = True
                    for slot in self._slots:
                        slot.tell_to_stop()
                for slot in self._slots:
                    self._look(slot)
                time.sleep(_LOOK)
        finally:
            for slot in self._slots:
                slot.kill()

    def _look(self, slot: _Slot) -> None:
        if slot.due():
            slot.start()
            self._restarts.inc()
        code = slot.ended()
        if code is None:
            return
        if self._stop.is_set() or (code == 0 and self._settings.drain):
            slot.done = True
            return
        self.deaths += 1
        slot.put_off()
        log.error("a process died", extra={"code": code, "pid": slot.pid, "again_in": slot.pause})
        if self._settings.drain and slot.deaths >= _DEATHS:
            raise WorkerDied(
                f"a process died {_DEATHS} times (exit code {code})",
                where=self._settings.queue,
                hint="its last lines on stderr say why, unless it was killed: see whether memory"
                " runs out",
            )


class _Slot:
    """The place of a process, taken by one after the other."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._again: float | None = None
        self.done = False
        self.pause = 0.0
        self.deaths = 0
        self.pid = 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        # By name, like `pool`'s; in a session of its own: Ctrl-C is for the supervisor only.
        code = (
            f"import sys; sys.path[:] = {sys.path!r}; "
            "from extract.worker.process import serve; serve()"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(self._folder)},
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._started = time.monotonic()
        self._again = None
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        with suppress(BrokenPipeError):
            self._process.stdin.write(self._settings.to_json().encode() + b"\n")
            self._process.stdin.flush()

    def ended(self) -> int | None:
        """The exit code of a process that has ended, once; None otherwise."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        self.tell_to_stop()
        self._process = None
        mark_process_dead(self.pid, str(self._folder))  # type: ignore[no-untyped-call]
        return code

    def put_off(self) -> None:
        """Start again after a pause."""
        self.deaths += 1
        lived = time.monotonic() - self._started
        self.pause = 0.5 if lived > _SHORT_LIFE else min(max(2 * self.pause, 0.5), _LONGEST_PAUSE)
        self._again = time.monotonic() + self.pause

    def due(self) -> bool:
        return self._again is not None and time.monotonic() >= self._again

    def tell_to_stop(self) -> None:
        if self._process is None:
            self.done = self.done or self._again is not None
            self._again = None
        elif self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _ask_database() -> None:
    with postgres.connect(application_name="assay worker: health") as connection:
        connection.execute("select 1")


def _sum(registry: CollectorRegistry, deaths: int, seconds: float) -> Summary:
    files: dict[str, int] = {}
    totals: dict[str, int] = {}
    for metric in registry.collect():
        for sample in metric.samples:
            if sample.name == "assay_worker_files_total":
                files[sample.labels["outcome"]] = int(sample.value)
            else:
                name = ":".join((sample.name, sample.labels.get("outcome", "")))
                totals[name] = int(sample.value)
    return Summary(
        files=files,
        rows=totals.get("assay_worker_rows_total:", 0),
        rejects=totals.get("assay_worker_rejects_total:", 0),
        buried=totals.get("assay_worker_messages_total:buried", 0),
        left=totals.get("assay_worker_messages_total:retried", 0),
        deaths=deaths,
        seconds=round(seconds, 3),
    )
