"""One process's loop: receive a message, land what it tells of, and only then delete it.

What may happen twice does no harm, since the ledger knows what is loaded; what must not be lost
stays in the queue until its rows are committed. So a process may die at any line of this.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from dbt_project import postgres
from dbt_project.errors import DbtProjectError
from extract import ledger, loader, s3, sources
from extract.errors import (
    DatabaseError,
    ExtractError,
    MessageUnreadable,
    QueueError,
    SourceError,
    SourceNotFound,
    database_errors,
)
from extract.formats import registry
from extract.landing import STOPS_ALL, Options
from extract.report import FileReport
from extract.worker import events, metrics
from extract.worker.inbox import Heartbeat, Inbox, Message
from extract.worker.settings import Settings

log = logging.getLogger("assay.worker")

_LONGEST_PAUSE = 60.0
_LONGEST_DELAY = 3600.0


@dataclass(frozen=True)
class Problem:
    """Why an object is not in the database.

    Attributes:
        uri: the object, or the part of it.
        text: the reason, for a person.
        kind: the error's name.
        lasting: whether trying again cannot help.
        recorded: whether the ledger has it.
    """

    uri: str
    text: str
    kind: str
    lasting: bool
    recorded: bool


class DatabaseGone(Exception):
    """No file can land now; `error` says why."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        super().__init__(str(error))


class Consumer:
    """Works on a queue until it is told to stop, or has drained it.

    Args:
        settings: how.
        inbox: the queue.
        stop: set from outside: finish the message in hand, hand back the others, return.
    """

    def __init__(self, settings: Settings, inbox: Inbox, stop: threading.Event) -> None:
        self._settings = settings
        self._inbox = inbox
        self._stop = stop
        self._heartbeat = Heartbeat(inbox)
        self._connection: psycopg.Connection | None = None
        self._pause = 0.0
        self._options = Options(
            frozen=settings.frozen,
            allow_duplicates=settings.allow_duplicates,
            max_rejects=settings.max_rejects,
            patience=settings.lock_timeout,
        )

    def run(self) -> None:
        """Work.

        Raises:
            QueueError: the queue is gone or refuses; nothing is lost by that.
        """
        self._heartbeat.start()
        try:
            while not self._stop.is_set():
                # First the database: a message that is received and not landed is a try used up.
                if not self._connect():
                    continue
                try:
                    messages = self._inbox.receive()
                except QueueError as error:
                    if not error.retryable:
                        raise
                    self._rest("the queue does not answer", error)
                    continue
                metrics.OLDEST.set(max((message.age for message in messages), default=0.0))
                if messages:
                    self._work(messages)
                elif self._settings.drain:
                    break
        finally:
            self._heartbeat.stop()
            self._disconnect()

    def _work(self, messages: list[Message]) -> None:
        self._heartbeat.hold(messages)
        left = list(messages)
        try:
            while left and not self._stop.is_set():
                try:
                    self._handle(left[0])
                except QueueError as error:
                    # Not deleted, so it comes again; what has landed is then found unchanged.
                    log.warning(
                        "the queue does not answer",
                        extra={"message_id": left[0].id, "error": error},
                    )
                    metrics.MESSAGES.labels("left").inc()
                    self._heartbeat.let_go(left[0])
                del left[0]
                self._pause = 0.0
        except DatabaseGone as gone:
            self._disconnect()
            self._give_back(left, max(1.0, self._settings.retry_delay))
            left = []
            self._rest("the database takes no files", gone.error)
        finally:
            self._give_back(left)

    def _give_back(self, messages: list[Message], seconds: float = 0) -> None:
        for message in messages:
            self._heartbeat.let_go(message)
            metrics.MESSAGES.labels("retried" if seconds else "handed_back").inc()
            log.info("handed back", extra={"message_id": message.id, "delay": seconds})
        self._inbox.hand_back(messages, seconds)

    def _handle(self, message: Message) -> None:
        try:
            notices = events.parse(message.body)
        except MessageUnreadable as error:
            uri = f"sqs://{self._inbox.name}/{message.id}"
            metrics.FAILURES.labels(type(error).__name__).inc()
            text = f"{error.what}; {error.hint}" if error.hint else error.what
            self._bury(message, [Problem(uri, text, type(error).__name__, True, False)])
            return
        problems: list[Problem] = []
        for notice in notices:
            if reason := notice.passed_over:
                self._ignore(message, notice, reason)
            else:
                problems += self._land(message, notice)
        if not problems:
            self._heartbeat.let_go(message)
            self._inbox.delete(message)
            metrics.MESSAGES.labels("done").inc()
        elif message.receives >= self._inbox.max_receives or all(one.lasting for one in problems):
            self._bury(message, problems)
        else:
            delay = self._settings.retry_delay * 2.0 ** min(message.receives - 1, 20)
            self._heartbeat.let_go(message)
            self._inbox.hand_back([message], min(delay, _LONGEST_DELAY))
            metrics.MESSAGES.labels("retried").inc()

    def _ignore(self, message: Message, notice: events.Notice, reason: str) -> None:
        metrics.FILES.labels("ignored").inc()
        log.info(
            "ignored",
            extra={
                "message_id": message.id,
                "uri": notice.uri,
                "s3_event": notice.event,
                "reason": reason,
            },
        )

    def _land(self, message: Message, notice: events.Notice) -> list[Problem]:
        """Land an object as it is now, which may be newer than the event."""
        started = time.monotonic()
        try:
            resource = self._find(notice)
            if isinstance(resource, str):
                self._ignore(message, notice, resource)
                return []
            report = loader.load_one(self._open(), resource, self._options)
        except STOPS_ALL as error:
            raise DatabaseGone(error) from error
        except SourceError as error:
            return [self._failed(message, notice.uri, error, started)]
        except Exception as error:
            # A fault, of ours too, must neither end the loop nor be tried for ever.
            if not isinstance(error, ExtractError):
                log.exception("unexpected", extra={"message_id": message.id, "uri": notice.uri})
            self._disconnect()
            if not self._connect():
                raise DatabaseGone(error) from error
            return [self._failed(message, notice.uri, error, started)]
        if report.stopped is not None:
            raise DatabaseGone(report.stopped)
        return [
            problem
            for file in report.files
            if (problem := self._told(message, notice, file, started)) is not None
        ]

    def _find(self, notice: events.Notice) -> sources.Resource | str:
        try:
            return sources.find_object(
                notice.bucket,
                notice.key,
                registry.ENDINGS,
                folder=self._settings.folder,
                requester_pays=self._settings.requester_pays,
            )
        except SourceNotFound:
            # No bucket at all is not an object that was removed: the worker asks the wrong S3.
            if s3.bucket_exists(notice.uri):
                return "the object is gone by now"
            raise

    def _told(
        self, message: Message, notice: events.Notice, file: FileReport, started: float
    ) -> Problem | None:
        if file.error is not None:
            return self._failed(message, file.uri, file.error, started, outcome=file.outcome)
        seconds = time.monotonic() - started
        metrics.FILES.labels(file.outcome).inc()
        if file.outcome != "unchanged":
            metrics.ROWS.inc(file.rows_landed)
            metrics.REJECTS.inc(file.rows_rejected)
            metrics.BYTES.inc(file.size_bytes)
            metrics.SECONDS.observe(seconds)
        log.info(
            file.outcome,
            extra={
                "message_id": message.id,
                "uri": file.uri,
                "s3_event": notice.event,
                "entity": file.entity,
                "file_id": (self._ledger(file.uri, "loaded") or (None,))[0],
                "rows": file.rows_landed,
                "rejects": file.rows_rejected,
                "bytes": file.size_bytes,
                "seconds": round(seconds, 3),
                "receives": message.receives,
                **({"notes": file.notes} if file.notes else {}),
            },
        )
        return None

    def _failed(
        self,
        message: Message,
        uri: str,
        error: Exception,
        started: float,
        *,
        outcome: str = "failed",
    ) -> Problem:
        # Rights are granted, objects put back and databases mended while messages wait.
        passing = not isinstance(error, ExtractError) or (
            error.retryable or isinstance(error, SourceError | DatabaseError)
        )
        text = getattr(error, "what", "") or f"{type(error).__name__}: {error}"
        hint = getattr(error, "hint", "")
        metrics.FILES.labels(outcome).inc()
        metrics.FAILURES.labels(type(error).__name__).inc()
        log.warning(
            outcome,
            extra={
                "message_id": message.id,
                "uri": uri,
                "error": text,
                "kind": type(error).__name__,
                "hint": hint,
                "seconds": round(time.monotonic() - started, 3),
                "receives": message.receives,
            },
        )
        return Problem(
            uri=uri,
            text=f"{text}; {hint}" if hint else text,
            kind=type(error).__name__,
            lasting=not passing,
            recorded=(self._ledger(uri, "failed") or (0, None))[1] == text,
        )

    def _bury(self, message: Message, problems: list[Problem]) -> None:
        for problem in problems:
            if not problem.recorded:
                self._record(message, problem)
        reason = "; ".join(f"{one.uri}: {one.text}" for one in problems)
        self._heartbeat.let_go(message)
        self._inbox.bury(message, reason)
        metrics.MESSAGES.labels("buried").inc()
        log.error(
            "sent to the dead-letter queue",
            extra={"message_id": message.id, "reason": reason, "receives": message.receives},
        )

    def _record(self, message: Message, problem: Problem) -> None:
        """Put into the ledger what failed before the loader could."""
        connection = self._open()
        try:
            with database_errors(problem.uri):
                (number,) = ledger.reserve_ids(connection, 1)
                ledger.fail(
                    connection,
                    {
                        "file_id": number,
                        "uri": problem.uri,
                        "entity": "",
                        "format": "",
                        "compression": None,
                        "size_bytes": len(message.body.encode()),
                        "version": message.id,
                        "error": problem.text.replace("\0", ""),
                        "rejected": 0,
                        "duration_ms": 0,
                    },
                )
                connection.commit()
        except ExtractError as error:
            raise DatabaseGone(error) from error

    def _ledger(self, uri: str, status: ledger.Status) -> tuple[int, str] | None:
        connection = self._open()
        try:
            with database_errors(uri):
                found = ledger.standing(connection, uri, status)
                connection.rollback()
        except ExtractError as error:
            raise DatabaseGone(error) from error
        return found

    def _open(self) -> psycopg.Connection:
        if self._connection is None:
            raise DatabaseGone(RuntimeError("not connected"))
        return self._connection

    def _connect(self) -> bool:
        if self._connection is not None and not self._connection.closed:
            return True
        try:
            with database_errors():
                self._connection = postgres.connect(application_name="assay worker")
                loader.prepare(self._connection)
        except (ExtractError, DbtProjectError) as error:
            self._disconnect()
            self._rest("the database does not answer", error)
            return False
        return True

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
        self._connection = None

    def _rest(self, what: str, error: Exception) -> None:
        """Wait before the next try, longer each time."""
        self._pause = min(max(2 * self._pause, 1.0), _LONGEST_PAUSE)
        hint = getattr(error, "hint", "")
        log.warning(what, extra={"error": error, "hint": hint, "pause": self._pause})
        self._stop.wait(self._pause)
