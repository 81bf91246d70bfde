"""What a worker's processes count.

Imported in these processes only, with `PROMETHEUS_MULTIPROC_DIR` set: each writes to a file of its
own in that folder, and the supervisor adds them up (`health`). What a killed process had counted
stays counted.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

FILES = Counter("assay_worker_files", "Files by what became of them.", ["outcome"])
ROWS = Counter("assay_worker_rows", "Rows landed.")
REJECTS = Counter("assay_worker_rejects", "Records rejected.")
BYTES = Counter("assay_worker_bytes", "Stored bytes of the files landed.")
SECONDS = Histogram(
    "assay_worker_file_seconds",
    "Seconds from looking at an object to its commit.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600),
)
MESSAGES = Counter("assay_worker_messages", "Messages by what became of them.", ["outcome"])
FAILURES = Counter("assay_worker_failures", "Failed attempts by kind of error.", ["error"])
OLDEST = Gauge(
    "assay_worker_oldest_message_seconds",
    "Age of the oldest message received last; 0 when the queue was empty.",
    multiprocess_mode="livemax",
)
