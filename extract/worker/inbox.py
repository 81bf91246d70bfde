"""The queue: messages received, kept hidden while they are worked on, deleted, handed back, buried.

Nothing here knows what a message says. Requests that fail are repeated by boto3; what it gives up
on is raised as QueueError.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from extract.errors import QueueError, QueueUnavailable, UsageError
from extract.worker.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

log = logging.getLogger("assay.worker")

_LONGEST_REASON = 1000
_LONGEST_HIDDEN = 12 * 3600
"""Seconds, from its receipt, after which SQS shows a message to others whatever is asked."""
_NO_TEXT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Message:
    """A message in hand.

    Attributes:
        id: SQS's.
        body: as it was sent.
        handle: of this receipt.
        receives: how often it was received, this time included.
        age: seconds since it was sent.
    """

    id: str
    body: str
    handle: str
    receives: int
    age: float


class Inbox:
    """A queue and the one for what cannot be worked on.

    Args:
        settings: which ones.

    Attributes:
        name: the queue's.
        max_receives: times that a message is tried.
        visibility: seconds that a message stays hidden.

    Raises:
        QueueError: there is no such queue, it refuses or cannot be reached.
        UsageError: it lacks a dead-letter queue, or is of a kind that S3 does not send to.
    """

    def __init__(self, settings: Settings) -> None:
        self._wait = settings.wait
        self._prefetch = settings.prefetch
        with queue_errors(settings.queue):
            # In its constructor boto3 looks for a region and for credentials.
            self._client = _client(settings.endpoint, settings.wait)
        self.url = self._find(settings.queue)
        self.name = self.url.rstrip("/").rpartition("/")[2]
        attributes = self._attributes()
        if self.name.endswith(".fifo"):
            raise UsageError(
                f"{self.name} is a FIFO queue, to which S3 does not send",
                hint="send S3's events to a standard queue; order does not matter here",
            )
        self.visibility = settings.visibility or int(attributes["VisibilityTimeout"])
        if not self.visibility:
            raise UsageError(
                f"{self.name} does not hide messages that are being worked on",
                hint="give it a visibility timeout, or name one with --visibility",
            )
        policy = json.loads(attributes.get("RedrivePolicy", "{}"))
        self.max_receives = int(policy.get("maxReceiveCount", settings.max_receives))
        self._dead_letter = self._find_dead_letter(settings, policy)

    def ask(self) -> dict[str, int]:
        """About how many messages the queue holds: `waiting` and `in_hand`.

        Raises:
            QueueError: it does not answer.
        """
        found = self._attributes()
        return {
            "waiting": int(found["ApproximateNumberOfMessages"]),
            "in_hand": int(found["ApproximateNumberOfMessagesNotVisible"]),
        }

    def receive(self) -> list[Message]:
        """Messages, hidden from others from now on; none if none came while it waited.

        Raises:
            QueueError: the queue does not answer.
        """
        with queue_errors(self.url):
            got = self._client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=self._prefetch,
                WaitTimeSeconds=self._wait,
                VisibilityTimeout=self.visibility,
                MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
            )
        now = time.time()
        return [
            Message(
                item["MessageId"],
                item["Body"],
                item["ReceiptHandle"],
                int(item["Attributes"]["ApproximateReceiveCount"]),
                max(0.0, now - int(item["Attributes"]["SentTimestamp"]) / 1000),
            )
            for item in got.get("Messages", [])
        ]

    def delete(self, message: Message) -> None:
        """The work is done.

        Raises:
            QueueError: the queue does not answer.
        """
        with queue_errors(self.url):
            self._client.delete_message(QueueUrl=self.url, ReceiptHandle=message.handle)

    def hide(self, message: Message, seconds: float) -> None:
        """Keep a message from others for so long, from now; 0 hands it back at once.

        Raises:
            QueueError: the queue does not answer, or nobody holds the message any more.
        """
        with queue_errors(self.url):
            self._client.change_message_visibility(
                QueueUrl=self.url,
                ReceiptHandle=message.handle,
                VisibilityTimeout=min(int(seconds), _LONGEST_HIDDEN),
            )

    def hand_back(self, messages: Iterable[Message], seconds: float = 0) -> None:
        """Let others have messages; what cannot be handed back now shows up by itself."""
        for message in messages:
            try:
                self.hide(message, seconds)
            except QueueError as error:
                log.warning("not handed back", extra={"message_id": message.id, "error": error})

    def bury(self, message: Message, reason: str) -> None:
        """Move a message into the dead-letter queue, with the reason as an attribute.

        Sent first and deleted then: who is killed in between leaves it in both queues.

        Raises:
            QueueError: a queue does not answer, or does not take it.
        """
        facts = {
            "reason": _NO_TEXT.sub("\ufffd", reason)[:_LONGEST_REASON],
            "source_queue": self.name,
            "source_message_id": message.id,
        }
        with queue_errors(self._dead_letter):
            self._client.send_message(
                QueueUrl=self._dead_letter,
                MessageBody=message.body,
                MessageAttributes={
                    **{
                        name: {"DataType": "String", "StringValue": text}
                        for name, text in facts.items()
                    },
                    "receives": {"DataType": "Number", "StringValue": str(message.receives)},
                },
            )
        self.delete(message)

    def _attributes(self) -> dict[str, str]:
        with queue_errors(self.url):
            got = self._client.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])
        return {str(name): value for name, value in got["Attributes"].items()}

    def _find(self, queue: str, **more: str) -> str:
        if queue.startswith(("http://", "https://")):
            return queue
        with queue_errors(queue):
            return self._client.get_queue_url(QueueName=queue, **more)["QueueUrl"]

    def _find_dead_letter(self, settings: Settings, policy: dict[str, Any]) -> str:
        if settings.dead_letter is not None:
            url = self._find(settings.dead_letter)
        elif arn := policy.get("deadLetterTargetArn"):
            *_, account, name = arn.split(":")
            url = self._find(name, QueueOwnerAWSAccountId=account)
        else:
            raise UsageError(
                f"{self.name} has no dead-letter queue",
                hint="give it a redrive policy, or name the queue with --dead-letter",
            )
        if url == self.url:
            raise UsageError(f"{self.name} cannot be its own dead-letter queue")
        with queue_errors(url):
            self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url


class Heartbeat(threading.Thread):
    """Keeps the messages in hand hidden for as long as they are in hand.

    Args:
        inbox: their queue.
    """

    def __init__(self, inbox: Inbox) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._inbox = inbox
        self._held: dict[str, Message] = {}
        self._lock = threading.Lock()
        self._end = threading.Event()

    def hold(self, messages: Iterable[Message]) -> None:
        """From now on."""
        with self._lock:
            self._held.update((message.id, message) for message in messages)

    def let_go(self, message: Message) -> None:
        """No longer; waits while its hiding is prolonged, which would undo what follows."""
        with self._lock:
            self._held.pop(message.id, None)

    def stop(self) -> None:
        """End the thread."""
        self._end.set()

    def run(self) -> None:
        # Three tries before a message would show up: one may be late, one may fail.
        while not self._end.wait(self._inbox.visibility / 3):
            with self._lock:
                for message in self._held.values():
                    try:
                        self._inbox.hide(message, self._inbox.visibility)
                    except QueueError as error:
                        # Another process may take it then; the ledger lets only one of them land.
                        log.warning(
                            "not kept hidden", extra={"message_id": message.id, "error": error}
                        )


class queue_errors:  # noqa: N801 - used like a function
    """Turn boto3's errors into ours."""

    def __init__(self, queue: str) -> None:
        self.queue = queue

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            ConnectionError,
            HTTPClientError,
        )

        if isinstance(error, ClientError):
            code = error.response.get("Error", {}).get("Code", "")
            text = error.response.get("Error", {}).get("Message", "")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if "NonExistentQueue" in code or "QueueDoesNotExist" in code:
                raise QueueError(
                    "there is no such queue",
                    where=self.queue,
                    hint="check its name, the region and the account in use",
                ) from error
            if status >= 500 or "Throttl" in code:
                raise QueueUnavailable(f"SQS cannot answer ({code})", where=self.queue) from error
            raise QueueError(
                f"SQS refused ({code}: {text})",
                where=self.queue,
                hint="check the AWS credentials in use and what they may do with the queue",
            ) from error
        if isinstance(error, ConnectionError | HTTPClientError):
            raise QueueUnavailable(f"SQS cannot be reached: {error}", where=self.queue) from error
        if isinstance(error, BotoCoreError | ValueError):
            raise QueueError(
                f"SQS cannot be asked: {error}",
                where=self.queue,
                hint="check the AWS credentials, region and endpoint in use",
            ) from error


def _client(endpoint: str | None, wait: int) -> SQSClient:
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=5,
        read_timeout=wait + 10,
        retries={"mode": "standard", "max_attempts": 3},
    )
    return boto3.session.Session().client("sqs", endpoint_url=endpoint, config=config)
