"""One of a worker's processes: told by stdin what to do, and when to stop.

The first line is its settings. The end of the stream, which the death of the supervisor brings
about too, means: finish the message in hand and go.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

from extract.errors import ExtractError
from extract.worker import logs
from extract.worker.settings import Settings

log = logging.getLogger("assay.worker")


def serve() -> None:
    """Run the process; returns when it was told to stop or the queue is drained."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    logs.set_up()
    line = bytearray()
    while not line.endswith(b"\n"):
        # One byte at a time, and not through sys.stdin: a thread that waits in there while the
        # interpreter ends would hold its lock.
        if not (byte := os.read(0, 1)):
            return
        line += byte
    settings = Settings.from_json(line.decode())
    threading.Thread(target=_await_end, args=(stop,), daemon=True).start()
    if settings.endpoint:
        os.environ["AWS_ENDPOINT_URL"] = settings.endpoint

    from extract.worker.consumer import Consumer
    from extract.worker.inbox import Inbox

    try:
        Consumer(settings, Inbox(settings), stop).run()
    except ExtractError as error:
        log.error("cannot go on", extra={"error": error, "hint": error.hint})
        sys.exit(1)


def _await_end(stop: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    stop.set()
