"""A queue's message -> the objects that it tells of.

S3's own notifications are understood, bare or wrapped by SNS, and EventBridge's events. Nothing is
asked of S3 here.
Source of the shapes: Amazon S3 User Guide, "Event message structure" and "EventBridge event
message structure"; Amazon SNS Developer Guide, "Parsing Amazon SNS message formats".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from extract.errors import MessageUnreadable

_LANDS = ("ObjectCreated:", "ObjectRestore:Completed")
_BRIDGE = {
    "Object Created": "ObjectCreated:*",
    "Object Deleted": "ObjectRemoved:*",
    "Object Restore Completed": "ObjectRestore:Completed",
}
_DEEPEST = 3
"""Envelopes within envelopes."""


@dataclass(frozen=True)
class Notice:
    """What happened to an object.

    Attributes:
        event: S3's name of it, such as `ObjectCreated:Put`.
        bucket: the bucket's name.
        key: the object's, decoded; empty for S3's test event.
    """

    event: str
    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """`s3://bucket/key`."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def passed_over(self) -> str:
        """Why there is nothing to land; empty if there is something."""
        if self.event.startswith(_LANDS):
            return ""
        if self.event == "s3:TestEvent":
            return "S3's test event"
        if self.event.startswith(("ObjectRemoved:", "LifecycleExpiration:")):
            return "the object was removed; rows that had landed stay"
        return "nothing new to land"


def parse(body: str) -> tuple[Notice, ...]:
    """Read a message.

    Args:
        body: as received.

    Returns:
        What it tells of, each once, in its order.

    Raises:
        MessageUnreadable: it is no event of S3, and will not be one next time.
    """
    return tuple(dict.fromkeys(_parse(body, _DEEPEST)))


def _parse(body: str, depth: int) -> list[Notice]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MessageUnreadable(f"the message is not JSON ({error})") from error
    if not isinstance(content, dict):
        raise MessageUnreadable(f"the message is a JSON {type(content).__name__}, not an object")
    if "Records" in content:
        return _records(content["Records"])
    if content.get("Event") == "s3:TestEvent":
        return [Notice("s3:TestEvent", str(content.get("Bucket", "")), "")]
    if content.get("source") == "aws.s3" and "detail-type" in content:
        return [_bridged(content)]
    if content.get("Type") == "Notification" and isinstance(content.get("Message"), str):
        if not depth:
            raise MessageUnreadable(f"more than {_DEEPEST} SNS envelopes within each other")
        return _parse(content["Message"], depth - 1)
    if content.get("Type") == "SubscriptionConfirmation":
        raise MessageUnreadable(
            f"SNS asks to confirm a subscription to {content.get('TopicArn')}",
            hint="open its SubscribeURL once",
        )
    raise MessageUnreadable(
        f"no event of S3: an object with the keys {', '.join(sorted(content)) or '(none)'}"[:300]
    )


def _records(records: Any) -> list[Notice]:
    if not isinstance(records, list):
        raise MessageUnreadable("no event of S3: `Records` is no list")
    found = []
    for number, record in enumerate(records, start=1):
        where = f"record {number} of {len(records)}"
        source = _text(record, where, "eventSource")
        if source not in ("aws:s3", "minio:s3", "ceph:s3"):
            raise MessageUnreadable(f"no event of S3: {where} is from {source}")
        key = unquote_plus(_text(record, where, "s3", "object", "key"))
        event = _text(record, where, "eventName").removeprefix("s3:")
        found.append(_checked(Notice(event, _text(record, where, "s3", "bucket", "name"), key)))
    return found


def _bridged(content: dict[str, Any]) -> Notice:
    kind = _text(content, "the event", "detail-type")
    bucket = _text(content, "the event", "detail", "bucket", "name")
    # Here, other than in S3's own notifications, the key is not encoded.
    key = _text(content, "the event", "detail", "object", "key")
    return _checked(Notice(_BRIDGE.get(kind, kind), bucket, key))


def _checked(notice: Notice) -> Notice:
    if not notice.bucket or not notice.key:
        raise MessageUnreadable("no event of S3: the bucket or the key is empty")
    if "\0" in notice.key or "\ufffd" in notice.key:
        raise MessageUnreadable("no key that S3 could have: it holds what is no character")
    return notice


def _text(content: Any, where: str, *path: str) -> str:
    for name in path:
        content = content.get(name) if isinstance(content, dict) else None
    if not isinstance(content, str):
        raise MessageUnreadable(f"no event of S3: {where} has no text {'.'.join(path)}")
    return content
