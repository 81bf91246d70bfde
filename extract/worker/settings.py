"""What a worker is told: values only, and how they get to its processes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Settings:
    """How to work on a queue.

    Attributes:
        queue: its URL or name.
        dead_letter: URL or name of the queue for messages that cannot be worked on; None for the
            one in the queue's redrive policy.
        max_receives: times that a message is tried, if the queue has no redrive policy that says.
        concurrency: processes.
        endpoint: of AWS's services; None for boto3's own choice.
        folder: the folder in the bucket below which a file's table is looked for.
        drain: stop when the queue is empty.
        wait: seconds that an empty queue is listened to in one request, 0 to 20.
        prefetch: messages fetched at once, 1 to 10.
        visibility: seconds that a message in hand stays hidden before that is prolonged; None for
            the queue's own.
        retry_delay: seconds before a message that failed is tried again; doubled each time.
        host: address on which health and metrics are served.
        port: its port; 0 for any free one.
        frozen: see `extract.load`, like the others below.
        allow_duplicates: as there.
        max_rejects: as there.
        lock_timeout: as there, in seconds.
        requester_pays: as there.
    """

    queue: str
    dead_letter: str | None = None
    max_receives: int = 5
    concurrency: int = 1
    endpoint: str | None = None
    folder: str = ""
    drain: bool = False
    wait: int = 5
    prefetch: int = 1
    visibility: int | None = None
    retry_delay: float = 10.0
    host: str = "127.0.0.1"
    port: int = 8080
    frozen: bool = False
    allow_duplicates: bool = False
    max_rejects: int | None = None
    lock_timeout: float = 60.0
    requester_pays: bool = False

    def to_json(self) -> str:
        """For another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """What `to_json` wrote."""
        return cls(**json.loads(text))
