"""Messages of a queue: S3's, SNS's and EventBridge's envelopes, and what is none of them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.errors import MessageUnreadable
from extract.worker.events import Notice, parse

CREATED = "ObjectCreated:Put"
KEYS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda key: "\ufffd" not in key
)


def record(key: str, event: str = CREATED, bucket: str = "b") -> dict[str, Any]:
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": event,
        "s3": {
            "bucket": {"name": bucket},
            "object": {"key": quote_plus(key), "size": 3, "sequencer": "0055AED6DCD90281E5"},
        },
    }


def s3_event(*records: dict[str, Any]) -> str:
    return json.dumps({"Records": list(records)})


def sns(message: str) -> str:
    return json.dumps(
        {"Type": "Notification", "MessageId": "1", "TopicArn": "arn:x", "Message": message}
    )


def bridge(key: str, kind: str = "Object Created") -> str:
    detail = {"bucket": {"name": "b"}, "object": {"key": key, "size": 3, "etag": "e"}}
    return json.dumps({"version": "0", "source": "aws.s3", "detail-type": kind, "detail": detail})


@given(KEYS)
def test_a_key_is_the_same_in_every_envelope(key: str) -> None:
    expected = (Notice(CREATED, "b", key),)
    assert parse(s3_event(record(key))) == expected
    assert parse(sns(s3_event(record(key)))) == expected
    assert [(one.bucket, one.key) for one in parse(bridge(key))] == [("b", key)]
    assert [one.key for one in parse(sns(bridge(key)))] == [key]


def test_several_records_each_once_and_in_order() -> None:
    body = s3_event(record("b.csv"), record("a b+c.csv"), record("b.csv"))
    assert [one.key for one in parse(body)] == ["b.csv", "a b+c.csv"]
    assert parse('{"Records": []}') == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}), "test"),
        (s3_event(record("a.csv", "ObjectRemoved:Delete")), "rows that had landed stay"),
        (s3_event(record("a.csv", "s3:ObjectRemoved:DeleteMarkerCreated")), "removed"),
        (s3_event(record("a.csv", "LifecycleExpiration:Delete")), "removed"),
        (s3_event(record("a.csv", "ObjectTagging:Put")), "nothing new"),
        (bridge("a.csv", "Object Deleted"), "removed"),
        (bridge("a.csv", "Object Tags Added"), "nothing new"),
        (s3_event(record("a.csv", "ObjectRestore:Completed")), ""),
        (bridge("a.csv", "Object Restore Completed"), ""),
        (s3_event(record("a.csv", "s3:ObjectCreated:Copy")), ""),
    ],
)
def test_what_brings_nothing_to_land_says_why(body: str, reason: str) -> None:
    (notice,) = parse(body)
    assert reason in notice.passed_over
    assert bool(notice.passed_over) == bool(reason)


@pytest.mark.parametrize(
    "body",
    [
        "", "no JSON", "[]", "null", "7", "{}", '{"Records": {}}', '{"Records": [1]}',
        '{"Records": [{}]}', '{"Records": [{"eventSource": "aws:dynamodb"}]}',
        s3_event(record("")), s3_event({**record("a"), "s3": None}), bridge(""),
        s3_event({**record("a"), "eventName": None}),
        json.dumps({"source": "aws.s3", "detail-type": "Object Created"}),
        json.dumps({"source": "aws.ec2", "detail-type": "x"}), sns("no JSON"),
        sns(sns(sns(sns('{"Records": []}')))),
        json.dumps({"Type": "SubscriptionConfirmation", "TopicArn": "t", "SubscribeURL": "u"}),
        "[" * 100_000, s3_event(record("a")).replace('"a"', '"%FF"'),
        s3_event(record("a")).replace('"a"', '"%00"'),
    ],
)  # fmt: skip
def test_what_is_no_event_of_s3_says_so(body: str) -> None:
    with pytest.raises(MessageUnreadable) as caught:
        parse(body)
    assert caught.value.what
    assert not caught.value.retryable


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Records",
                    "s3",
                    "object",
                    "bucket",
                    "key",
                    "name",
                    "eventName",
                    "eventSource",
                    "Type",
                    "Message",
                    "source",
                    "detail",
                    "detail-type",
                    "Event",
                ]
            ),
            inner | st.sampled_from(["aws:s3", "aws.s3", "Notification", CREATED]),
            max_size=4,
        )
    ),
)


@given(ANYTHING)
def test_whatever_comes_is_read_or_refused(content: Any) -> None:
    try:
        found = parse(json.dumps(content))
    except MessageUnreadable:
        return
    assert all(isinstance(one, Notice) for one in found)
