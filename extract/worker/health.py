"""What a worker tells of itself over HTTP: `/healthz` for who starts and stops it, `/metrics`.

Healthy means that the database and the queue answered within the last seconds and that a process
is at work. Nothing can be changed here, and no name or key of an object is shown.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from extract.errors import UsageError

log = logging.getLogger("assay.worker")

_KEPT = 2.0
"""Seconds that an answer about the database and the queue is good for."""

Checks = dict[str, Callable[[], object]]


class Health:
    """Serves health and metrics from threads of this process.

    Args:
        host: address to listen on.
        port: its port; 0 for any free one.
        checks: by name; one that raises is a reason not to be ready.
        registry: what is measured.

    Attributes:
        port: where it listens.

    Raises:
        UsageError: the port is taken.
    """

    def __init__(self, host: str, port: int, checks: Checks, registry: CollectorRegistry) -> None:
        self._checks = checks
        self._lock = threading.Lock()
        self._asked = 0.0
        self._found: dict[str, str] = {}
        try:
            self._server = ThreadingHTTPServer((host, port), _handler(self, registry))
        except OSError as error:
            raise UsageError(
                f"cannot listen on {host}:{port} ({error.strerror})",
                hint="name another port with --port; 0 takes any free one",
            ) from error
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def ask(self) -> dict[str, str]:
        """Each check's name with `ok` or what is wrong."""
        with self._lock:
            if time.monotonic() - self._asked > _KEPT or not self._found:
                self._found = {name: _outcome(check) for name, check in self._checks.items()}
                self._asked = time.monotonic()
            return self._found

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def _outcome(check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as error:  # Whatever it is, it is what is wrong.
        log.warning("not healthy", extra={"error": error})
        return f"{type(error).__name__}: {error}"
    return "ok"


def _handler(health: Health, registry: CollectorRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/healthz":
                found = health.ask()
                status = 200 if set(found.values()) == {"ok"} else 503
                self._answer(status, "application/json", json.dumps(found).encode())
            elif path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest(registry))
            else:
                self._answer(404, "text/plain", b"there are /healthz and /metrics\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: a load balancer asks every few seconds."""

    return Handler
