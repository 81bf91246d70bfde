"""Lands one big file on several cores, still all of it at once or nothing.

Each helper process copies chunks of the file into a table of its own (`raw._part_<file>_<n>`) that
nobody reads. When all is copied, the file's one transaction makes these tables children of the raw
table by INHERIT, which moves no row, together with the ledger's row. Until it commits, readers see
nothing of the file; if it never does, the next run sweeps the tables away. Whatever goes wrong in
here, the file is landed again in one go.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import IO, Any, cast

import psycopg
from psycopg import sql

from extract import tables, waiting
from extract.cuts import Chunk, Cutter, Unsplit
from extract.formats.base import ColumnsFound, PartMisread, Reader, Shape, Tally
from extract.pieces import Pieces
from extract.sources import Resource
from extract.tables import Plan

WORTH_IT = 1 << 25
"""Bytes of a file below which starting helpers costs more than it saves."""
_KEEP = "keep"
"""Tells a helper that its table has a parent now."""


@dataclass(frozen=True)
class Job:
    """What a helper has to know before its first chunk."""

    path: str
    pieces: Pieces
    shape: Shape
    plan: Plan
    file_id: int
    number: int


@dataclass
class Done:
    """What became of a chunk."""

    size: int = 0
    landed: int = 0
    odd: list[Any] = field(default_factory=list)
    rejects: list[tuple[int, str, str, bytes]] = field(default_factory=list)


def suits(resource: Resource) -> bool:
    """Whether it pays to land a file in parts."""
    return os.path.isabs(resource.uri) and resource.size >= WORTH_IT  # noqa: PTH117 - may be s3://


class Crew:
    """The helpers of one file.

    Args:
        connection: that lands the file; in its transaction.
        helpers: processes besides this one.
        advance: called with the number of bytes landed since the last call.
    """

    def __init__(
        self, connection: psycopg.Connection, helpers: int, advance: Callable[[int], None]
    ) -> None:
        self._connection = connection
        self._advance = advance
        self.helpers = helpers
        self._processes = [_start() for _ in range(helpers)]
        self._chunks: queue.Queue[Chunk | None] = queue.Queue()
        self._done: queue.SimpleQueue[Done] = queue.SimpleQueue()
        self._trouble: list[BaseException] = []
        self._made: list[str] = []
        self.content_hash = ""
        self.encoding = ""

    def land(
        self,
        resource: Resource,
        reader: Reader,
        plan: Plan,
        file_id: int,
        tally: Tally,
    ) -> None:
        """Copy all of the file, attach the helpers' tables; the caller commits.

        Raises:
            Unsplit: it cannot be done in parts.
            TooManyRejects: from `tally`.
            psycopg.Error: the server refuses what this process copies.
        """
        pieces = reader.pieces(plan.types)
        if pieces is None:
            raise Unsplit("it has no pieces")
        waiting.advisory(self._connection, "parts", str(file_id))
        shape = reader.shape
        job = Job(resource.uri, pieces, shape, plan, file_id, 0)
        cutter = pieces.cutter(resource.uri)
        threads = [threading.Thread(target=self._cut, args=(cutter,), daemon=True)]
        for number, process in enumerate(self._processes, start=1):
            one = Job(**{**job.__dict__, "number": number})
            threads.append(threading.Thread(target=self._drive, args=(process, one), daemon=True))
        for thread in threads:
            thread.start()
        own = plan.entity
        if plan.exists:
            # A table made in this transaction need not be logged row by row.
            own = tables.part_name(file_id, 0)
            _make(self._connection, plan, own)
            self._made.append(own)
        _write_early(self._connection)
        tables.fill_in(self._connection, own, file_id)
        with Filling(self._connection, own, plan, shape) as filling:
            while (chunk := self._next()) is not None:
                self._done.put(_fill(filling, job, chunk))
                self._account(reader, tally)
                if self._trouble:
                    raise Unsplit from self._trouble[0]
        tables.fill_in(self._connection, own, None)
        tables.index(self._connection, own)  # The helpers do the same meanwhile.
        for thread in threads:
            thread.join()
        self._account(reader, tally)
        if self._trouble:
            raise Unsplit from self._trouble[0]
        for name in self._made:
            self._connection.execute(
                sql.SQL("alter table {} inherit {}").format(
                    sql.Identifier(tables.SCHEMA, name), tables.identifier(plan.entity)
                )
            )
        self.content_hash, self.encoding = cutter.content_hash, cutter.encoding

    def close(self, *, committed: bool) -> None:
        """End the helpers; take their tables away unless they were committed."""
        for process in self._processes:
            if committed:
                with suppress(OSError):
                    _send(process.stdin, _KEEP)
            else:
                process.kill()
        for process in self._processes:
            process.wait()
            with suppress(OSError):
                cast(IO[bytes], process.stdin).close()
            cast(IO[bytes], process.stdout).close()
        if committed or not self._made:
            return
        with suppress(psycopg.Error):  # `sweep` will do it.
            self._connection.rollback()
            for name in self._made:
                tables.drop_part(self._connection, name)
            self._connection.commit()

    def _next(self) -> Chunk | None:
        chunk = self._chunks.get()
        if chunk is None:
            self._chunks.put(None)  # For the others.
        return chunk

    def _cut(self, cutter: Cutter) -> None:
        try:
            for chunk in cutter.chunks():
                self._chunks.put(chunk)
                if self._trouble:
                    break
        except (OSError, ValueError) as error:
            self._trouble.append(error)
        finally:
            self._chunks.put(None)

    def _drive(self, process: subprocess.Popen[bytes], job: Job) -> None:
        """Give a helper its chunks, one after the other, and then let it commit."""
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        try:
            _send(process.stdin, job)
            while not self._trouble and (chunk := self._next()) is not None:
                _send(process.stdin, chunk)
                self._done.put(_received(process.stdout))
            if self._trouble:
                return
            self._made.append(tables.part_name(job.file_id, job.number))
            _send(process.stdin, None)
            _received(process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError, Unsplit) as error:
            self._trouble.append(error)

    def _account(self, reader: Reader, tally: Tally) -> None:
        with suppress(queue.Empty):
            while True:
                done = self._done.get_nowait()
                tally.landed += done.landed
                if done.odd:
                    cast(Any, reader).note_odd(*done.odd)  # Its own kind's pieces said so.
                for reject in done.rejects:
                    tally.refuse(*reject)
                self._advance(done.size)


def _make(connection: psycopg.Connection, plan: Plan, name: str) -> None:
    if not plan.exists:
        tables.create(connection, plan, name)
        return
    # The columns that this file lacks are needed too, and whatever else a child must have.
    connection.execute(
        sql.SQL("create table {} (like {} including defaults including constraints)").format(
            sql.Identifier(tables.SCHEMA, name), tables.identifier(plan.entity)
        )
    )


def _write_early(connection: psycopg.Connection) -> None:
    # Rows that are not logged have to be on disk at commit: let the disk begin before that.
    connection.execute("set local backend_flush_after = '1MB'")


class Filling:
    """COPY into a table that puts the file id in by itself, and the line where it can.

    Lines that are records as they stand go out without a byte added: the table counts them. For
    others COPY is begun anew, with the line in front of each record.
    """

    def __init__(self, connection: psycopg.Connection, name: str, plan: Plan, shape: Shape) -> None:
        self._connection = connection
        self._name = name
        self._statements = {
            bare: tables.copy_statement(plan, shape, into=name, bare=bare) for bare in (False, True)
        }
        self._open = ExitStack()
        self._copy: psycopg.Copy | None = None
        self._next: int | None = None

    def __enter__(self) -> Filling:
        return self

    def __exit__(self, *exc: Any) -> None:
        self._open.__exit__(*exc)

    def write(self, payload: bytes, lines: range | None) -> None:
        """Send what `Pieces.payloads` yields."""
        wanted = lines.start if lines is not None else None
        if self._copy is None or wanted != self._next:
            self._open.close()
            if wanted is not None:
                tables.count_from(self._connection, self._name, wanted)
            statement = self._statements[wanted is not None]
            cursor = self._open.enter_context(self._connection.cursor())
            self._copy = self._open.enter_context(cursor.copy(statement))
        self._copy.write(payload)
        self._next = lines.stop if lines is not None else None


def _fill(filling: Filling, job: Job, chunk: Chunk) -> Done:
    done = Done(chunk.size)
    tally = Tally(lambda *reject: done.rejects.append(reject))
    try:
        for payload, lines in job.pieces.payloads(job.path, chunk, tally, done.odd):
            filling.write(payload, lines)
    except (PartMisread, ColumnsFound) as error:
        raise Unsplit from error
    done.landed = tally.landed
    return done


# The helper's side -----------------------------------------------------------------------------


def serve() -> None:
    """Run in a helper process: copy the chunks that come in on stdin into a table of its own."""
    from dbt_project import postgres
    from extract.errors import hush

    hush()
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # Nothing but messages may go out where the messages do.
    with postgres.connect(application_name="assay load") as connection:
        try:
            job: Job = pickle.load(incoming)  # noqa: S301 - our own process
            name = tables.part_name(job.file_id, job.number)
            _write_early(connection)
            _make(connection, job.plan, name)
            tables.fill_in(connection, name, job.file_id)
            with Filling(connection, name, job.plan, job.shape) as filling:
                while (chunk := pickle.load(incoming)) is not None:  # noqa: S301
                    _send(outgoing, _fill(filling, job, chunk))
            tables.fill_in(connection, name, None)
            tables.index(connection, name)
            connection.commit()
            _send(outgoing, Done())
            pickle.load(incoming)  # noqa: S301 - `_KEEP`, unless the loader is gone
        except (EOFError, BrokenPipeError, KeyboardInterrupt):
            with suppress(psycopg.Error):
                connection.rollback()
                tables.sweep(connection)
        except Exception as error:
            with suppress(psycopg.Error):
                connection.rollback()
            with suppress(OSError):
                _send(outgoing, f"{type(error).__name__}: {error}")


def _start() -> subprocess.Popen[bytes]:
    code = f"import sys; sys.path[:] = {sys.path!r}; from extract.parts import serve; serve()"
    return subprocess.Popen(
        [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def _send(stream: Any, message: object) -> None:
    stream.write(pickle.dumps(message))
    stream.flush()


def _received(stream: IO[bytes]) -> Done:
    message = pickle.load(stream)  # noqa: S301 - our own process
    if not isinstance(message, Done):
        raise Unsplit(message)
    return message
