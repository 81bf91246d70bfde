"""`assay worker` against moto's server: S3 tells SQS, processes land, some of them are killed."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import psutil
import psycopg
import pytest
from moto.server import ThreadedMotoServer

import extract
from dbt_project import postgres
from extract import loader, sources
from extract.errors import QueueError, SourceChanged, UsageError
from extract.formats import registry
from extract.landing import Options
from extract.worker import Settings, Summary, run
from tests.extract.test_worker_events import bridge, record, s3_event, sns

Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    # A line of log a request, kept for each test's report, made more work than the requests did.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Cloud:
    """A bucket that tells a queue of new objects, and that queue's dead-letter queue."""

    def __init__(self, name: str, tries: int) -> None:
        self.sqs = boto3.client("sqs")
        self.s3 = boto3.client("s3")
        self.name = name
        self.dead = self.sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        policy = {"deadLetterTargetArn": self.arn(self.dead), "maxReceiveCount": tries}
        self.queue = self.sqs.create_queue(
            QueueName=name,
            Attributes={
                "VisibilityTimeout": "30",
                "RedrivePolicy": json.dumps(policy),
            },
        )["QueueUrl"]
        self.bucket = name
        self.s3.create_bucket(Bucket=name)
        self.s3.put_bucket_notification_configuration(
            Bucket=name,
            NotificationConfiguration={
                "QueueConfigurations": [
                    {"QueueArn": self.arn(self.queue), "Events": ["s3:ObjectCreated:*"]}
                ]
            },
        )  # S3, and moto, sends its test event now.

    def arn(self, queue: str) -> str:
        got = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        return str(got["Attributes"]["QueueArn"])

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def send(self, body: str) -> str:
        return str(self.sqs.send_message(QueueUrl=self.queue, MessageBody=body)["MessageId"])

    def counts(self) -> tuple[int, int]:
        """Messages waiting, and in hand or put off."""
        got = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["All"])
        return (
            int(got["Attributes"]["ApproximateNumberOfMessages"]),
            int(got["Attributes"]["ApproximateNumberOfMessagesNotVisible"]),
        )

    def buried(self) -> list[tuple[str, dict[str, str]]]:
        """Bodies and attributes of the dead letters; they are taken out."""
        found = []
        while got := self.sqs.receive_message(
            QueueUrl=self.dead, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for item in got:
                attributes = item.get("MessageAttributes", {})
                found.append((item["Body"], {k: v["StringValue"] for k, v in attributes.items()}))
                self.sqs.delete_message(QueueUrl=self.dead, ReceiptHandle=item["ReceiptHandle"])
        return found

    def settings(self, **more: Any) -> Settings:
        given = {"queue": self.name, "port": 0, "wait": 1, "drain": True, "retry_delay": 0}
        return Settings(**{**given, **more})


@pytest.fixture
def cloud(endpoint: str, database: str, monkeypatch: pytest.MonkeyPatch, tries: int) -> Cloud:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return Cloud(f"w-{database.replace('_', '-')}", tries)


@pytest.fixture
def tries() -> int:
    """The queue's maxReceiveCount."""
    return 3


def csv_of(number: int, count: int = 3) -> bytes:
    return b"file,n\n" + b"".join(b"%d,%d\n" % (number, n) for n in range(count))


class Worker:
    """The command in a process of its own."""

    def __init__(self, cloud: Cloud, *options: str, log: Path) -> None:
        self.path = log
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import assay; assay.main()", "worker", "--queue", cloud.name,
             "--port", "0", "--wait", "1", "--retry-delay", "0", *options],
            stderr=log.open("wb"),
            cwd=Path(__file__).parents[2],
        )  # fmt: skip

    def lines(self) -> list[dict[str, Any]]:
        whole = self.path.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def line(self, event: str, **facts: Any) -> dict[str, Any]:
        """The first line that tells of an event; waited for."""
        return await_(
            lambda: next(
                (
                    line
                    for line in self.lines()
                    if line["event"] == event and facts.items() <= line.items()
                ),
                None,
            ),
            f"{event} {facts}",
        )

    def children(self) -> list[psutil.Process]:
        return [
            child
            for child in psutil.Process(self.process.pid).children()
            if child.status() != psutil.STATUS_ZOMBIE
        ]

    def get(self, path: str) -> tuple[int, str]:
        base = self.line("working")["health"].removesuffix("/healthz")
        try:
            with urllib.request.urlopen(base + path, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def await_(found: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"never came: {what}")


@pytest.fixture
def start(cloud: Cloud, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    workers: list[Worker] = []

    def _start(*options: str) -> Worker:
        worker = Worker(cloud, *options, log=tmp_path / f"worker-{len(workers)}.log")
        workers.append(worker)
        return worker

    yield _start
    for worker in workers:
        if worker.process.poll() is None:
            worker.process.kill()
            worker.process.wait()


def test_objects_land_as_a_load_of_their_folder_would_land_them(
    cloud: Cloud, rows: Rows, fetch: Rows
) -> None:
    cloud.put("shop/orders/2026-01.csv", b"a\n1\n")
    cloud.put("shop/events/a b+c%20ü#1[x].jsonl", b'{"id": 1}\n{"id":\n')
    cloud.put("shop/_tmp/x.csv", b"a\n9\n")
    cloud.put("shop/notes.pdf", b"x")
    cloud.put("other/x.csv", b"a\n9\n")
    summary = run(cloud.settings(folder="/shop/"))
    assert summary.ok
    assert (summary.files, summary.rows, summary.rejects) == ({"loaded": 2, "ignored": 4}, 2, 1)
    assert rows("orders", "a") == [("1",)]
    assert rows("events", "id") == [("1",)]
    assert cloud.counts() == (0, 0)
    again = extract.load([f"s3://{cloud.bucket}/shop"])
    assert {file.outcome for file in again.files} == {"unchanged"}
    assert fetch("select count(*) from raw._files") == [(2,)]


def test_every_envelope_duplicates_and_what_is_ignored(cloud: Cloud, rows: Rows) -> None:
    cloud.put("t/1.csv", csv_of(1))
    cloud.put("t/2.csv", csv_of(2))
    one, two = (record(f"t/{n}.csv", bucket=cloud.bucket) for n in (1, 2))
    for body in (
        s3_event(one), sns(s3_event(one, two)), s3_event(two, one, two), '{"Records": []}',
        bridge("t/1.csv").replace('"b"', f'"{cloud.bucket}"'),
        s3_event(record("t/1.csv", "ObjectRemoved:Delete", cloud.bucket)),
        s3_event(record("t/gone.csv", bucket=cloud.bucket)),
    ):  # fmt: skip
        cloud.send(body)
    summary = run(cloud.settings(concurrency=2, prefetch=3))
    assert summary.ok
    assert summary.files["loaded"] == 2
    assert summary.files["unchanged"] == 6
    assert summary.files["ignored"] == 3  # The test event, the removal, the object that is gone.
    assert len(rows("t")) == 6
    assert cloud.counts() == (0, 0)
    assert cloud.buried() == []


def test_an_event_of_an_older_version_lands_the_object_as_it_is_now(
    cloud: Cloud, rows: Rows, fetch: Rows
) -> None:
    cloud.s3.put_bucket_versioning(
        Bucket=cloud.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    cloud.put("t/1.csv", csv_of(1))
    cloud.put("t/1.csv", csv_of(2, 4))
    bodies = []
    while got := cloud.sqs.receive_message(QueueUrl=cloud.queue, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        bodies += [item["Body"] for item in got]
    older, newer = bodies[-2:]
    for body in (newer, older):  # The wrong way round.
        cloud.send(body)
        assert run(cloud.settings()).ok
        assert rows("t", "file, n") == [("2", str(n)) for n in range(4)]
    assert fetch("select count(*) from raw._files where uri like 's3:%%'") == [(1,)]


def test_a_slow_process_with_an_older_state_does_not_undo_a_newer_one(
    cloud: Cloud, rows: Rows, connection: psycopg.Connection
) -> None:
    cloud.put("t/1.csv", csv_of(1))
    loader.prepare(connection)
    with postgres.connect() as slow:
        found = sources.find_object(cloud.bucket, "t/1.csv", registry.ENDINGS)
        assert isinstance(found, sources.Resource)
        body = sources.open_stream

        def opened(resource: sources.Resource) -> Any:
            # It has its stream; before it comes to land, another process lands the newer state.
            stream = body(resource)
            sources.open_stream = body
            cloud.put("t/1.csv", csv_of(2))
            assert extract.load([f"s3://{cloud.bucket}/t/1.csv"], workers=1).ok
            return stream

        sources.open_stream = opened
        try:
            (report,) = loader.load_one(slow, found, Options()).files
        finally:
            sources.open_stream = body
    assert isinstance(report.error, SourceChanged)
    assert report.error.retryable
    assert rows("t", "file") == [("2",)] * 3


@pytest.mark.parametrize("tries", [20])
def test_every_row_once_though_processes_are_killed(
    cloud: Cloud, start: Callable[..., Worker], fetch: Rows
) -> None:
    chance = random.Random(6)
    expected = {}
    for number in range(80):
        cloud.put(f"t/{number}.csv", csv_of(number, 2000 + number))
        expected[number] = 2000 + number
    for number in chance.sample(range(80), 20):
        cloud.send(s3_event(record(f"t/{number}.csv", bucket=cloud.bucket)))
    # What a killed process had in hand shows up again after the visibility timeout.
    workers = [start("--concurrency", "2", "--visibility", "2", "--prefetch", "2")]
    workers.append(start("--visibility", "2"))
    killed: set[int] = set()
    while len(killed) < 6 and sum(cloud.counts()):
        time.sleep(0.05)  # The queue's server is in this process: asking it all the time slows it.
        # Of those that are at work: starting takes longer than landing.
        busy = {line["process"] for one in workers for line in one.lines() if "file_id" in line}
        victims = [one for worker in workers for one in worker.children() if one.pid in busy]
        if victims:
            time.sleep(chance.uniform(0, 0.1))
            victim = chance.choice(victims)
            with suppress(psutil.NoSuchProcess):  # Killed before, and just now replaced.
                victim.kill()
                killed.add(victim.pid)
    assert len(killed) >= 3
    await_(lambda: sum(cloud.counts()) == 0, "the end of the queue", 600)
    assert [worker.end() for worker in workers] == [0, 0]
    lines = [line for worker in workers for line in worker.lines()]
    assert sum(line["event"] == "a process died" for line in lines) == len(killed)
    assert any(line.get("receives", 1) > 1 for line in lines)  # One died with it in hand.
    got = fetch(
        "select file::int, count(*), count(distinct n), count(distinct _line) from raw.t group by 1"
    )
    assert {row[0]: row[1:] for row in got} == {n: (c,) * 3 for n, c in expected.items()}
    assert fetch("select count(*), sum(rows_landed) from raw._files where status = 'loaded'") == [
        (80, sum(expected.values()))
    ]
    assert cloud.buried() == []


def test_what_can_never_be_loaded_is_buried_at_once(cloud: Cloud, fetch: Rows) -> None:
    cloud.put("t/bad.parquet", b"no parquet at all")
    cloud.put("t/good.csv", csv_of(1))
    message = cloud.send("no JSON")
    summary = run(cloud.settings())
    assert not summary.ok
    assert (summary.buried, summary.files["failed"], summary.files["loaded"]) == (2, 1, 1)
    assert cloud.counts() == (0, 0)
    dead = dict(cloud.buried())
    text = dead.pop("no JSON")
    assert "not JSON" in text["reason"]
    assert text["source_message_id"] == message
    ((body, facts),) = dead.items()
    assert "bad.parquet" in body
    assert "bad.parquet" in facts["reason"]
    assert facts["receives"] == "1"
    failed = fetch("select uri, error from raw._files where status = 'failed' order by uri")
    assert [uri for uri, _ in failed] == [
        f"s3://{cloud.bucket}/t/bad.parquet", f"sqs://{cloud.name}/{message}",
    ]  # fmt: skip
    assert "not JSON" in failed[1][1]
    assert failed[0][1] in facts["reason"]


def test_copies_are_buried_and_the_endpoint_may_be_named(
    cloud: Cloud, endpoint: str, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.put("t/1.csv", csv_of(1))
    cloud.put("t/2.csv", csv_of(1))
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    summary = run(cloud.settings(endpoint=endpoint))
    assert (summary.buried, summary.files["refused"], summary.files["loaded"]) == (1, 1, 1)
    ((_, facts),) = cloud.buried()
    assert "the same bytes were loaded from" in facts["reason"]
    assert len(rows("t")) == 3


def test_what_may_pass_is_tried_as_often_as_the_queue_says(cloud: Cloud, fetch: Rows) -> None:
    cloud.send(s3_event(record("t/1.csv", bucket="no-such-bucket-here")))
    summary = run(cloud.settings())
    assert (summary.buried, summary.files["failed"]) == (1, 3)
    ((_, facts),) = cloud.buried()
    assert facts["receives"] == "3"
    assert fetch("select uri, status from raw._files") == [
        ("s3://no-such-bucket-here/t/1.csv", "failed")
    ]


def test_a_failure_that_passes_is_mended_by_a_later_try(
    cloud: Cloud, rows: Rows, connection: psycopg.Connection
) -> None:
    cloud.put("t/1.csv", csv_of(1))
    run(cloud.settings())
    cloud.put("t/2.csv", csv_of(2))
    with postgres.connect() as other:
        other.execute("lock table raw.t")
        first = run(cloud.settings(lock_timeout=0.2, retry_delay=2))
    assert not first.ok
    assert first.left == 1
    assert len(rows("t")) == 3
    await_(lambda: cloud.counts()[0] == 1, "the message again")
    assert run(cloud.settings()).ok
    assert len(rows("t")) == 6


def test_a_long_file_keeps_its_message_to_itself(
    cloud: Cloud, start: Callable[..., Worker], connection: psycopg.Connection, rows: Rows
) -> None:
    cloud.put("t/1.csv", csv_of(1))
    run(cloud.settings())
    cloud.put("t/2.csv", csv_of(2))
    worker = start("--concurrency", "2", "--visibility", "1")
    with postgres.connect() as other:
        other.execute("lock table raw.t")
        await_(
            lambda: connection.execute(
                "select 1 from pg_stat_activity where application_name = 'assay worker'"
                " and wait_event_type = 'Lock' and datname = current_database()"
            ).fetchone(),
            "the worker waits for the lock",
        )
        # Nobody can get hold of the message for four times as long as it is hidden at once.
        for _ in range(8):
            assert not cloud.sqs.receive_message(QueueUrl=cloud.queue).get("Messages")
            time.sleep(0.5)
    line = worker.line("loaded")
    assert line["receives"] == 1
    assert line["rows"] == 3
    assert worker.end() == 0
    assert len(rows("t")) == 6
    assert cloud.counts() == (0, 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_the_file_in_hand_and_hands_back_the_rest(
    cloud: Cloud, start: Callable[..., Worker], connection: psycopg.Connection, rows: Rows,
    number: int,
) -> None:  # fmt: skip
    cloud.put("t/0.csv", csv_of(0))
    run(cloud.settings())
    for n in (1, 2, 3):
        cloud.put(f"t/{n}.csv", csv_of(n))
    with postgres.connect() as other:
        other.execute("lock table raw.t")
        worker = start("--prefetch", "10")
        await_(
            lambda: connection.execute(
                "select 1 from pg_stat_activity where application_name = 'assay worker'"
                " and wait_event_type = 'Lock' and datname = current_database()"
            ).fetchone(),
            "the worker waits for the lock",
        )
        assert cloud.counts() == (0, 3)
        worker.process.send_signal(number)
        worker.line("stopping")
        assert worker.get("/healthz")[0] == 503
    assert worker.process.wait(60) == 0
    assert cloud.counts() == (2, 0)
    assert len(rows("t")) == 6
    assert [line["event"] for line in worker.lines()].count("handed back") == 2
    assert not [child for child in psutil.process_iter() if child.ppid() == worker.process.pid]


def test_its_processes_stop_when_the_supervisor_is_killed(
    cloud: Cloud, start: Callable[..., Worker]
) -> None:
    worker = start("--concurrency", "2")
    children = await_(lambda: len(worker.children()) == 2 and worker.children(), "processes")
    worker.process.kill()
    worker.process.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive


def test_health_and_metrics(
    cloud: Cloud, start: Callable[..., Worker], connection: psycopg.Connection
) -> None:
    cloud.put("t/1.csv", csv_of(1) + b"1,2,3\n")
    cloud.put("t/2.csv", csv_of(2))
    cloud.send("no JSON")
    worker = start("--concurrency", "2")
    await_(lambda: sum(cloud.counts()) == 0, "the end of the queue")
    status, body = worker.get("/healthz")
    assert (status, json.loads(body)) == (
        200, {"database": "ok", "queue": "ok", "processes": "ok"}
    )  # fmt: skip
    await_(lambda: 'messages_total{outcome="buried"} 1.0' in worker.get("/metrics")[1], "counts")
    text = worker.get("/metrics")[1]
    for line in (
        'assay_worker_files_total{outcome="loaded"} 2.0', "assay_worker_rows_total 6.0",
        "assay_worker_rejects_total 1.0", 'assay_worker_failures_total{error="MessageUnreadable"}',
        "assay_worker_file_seconds_count 2.0", "assay_worker_oldest_message_seconds ",
        "assay_worker_bytes_total 44.0", "assay_worker_restarts_total 0.0",
    ):  # fmt: skip
        assert line in text, line
    assert worker.get("/")[0] == 404
    # What a killed process had counted stays; another takes its place.
    worker.children()[0].kill()
    await_(lambda: "assay_worker_restarts_total 1.0" in worker.get("/metrics")[1], "a restart")
    assert "assay_worker_rows_total 6.0" in worker.get("/metrics")[1]
    cloud.sqs.delete_queue(QueueUrl=cloud.queue)
    status, body = await_(
        lambda: (got := worker.get("/healthz"))[0] == 503 and got, "the loss of the queue"
    )
    assert "no such queue" in json.loads(body)["queue"]
    assert json.loads(body)["database"] == "ok"


def test_a_database_that_goes_away_costs_no_message(
    cloud: Cloud, start: Callable[..., Worker], connection: psycopg.Connection, rows: Rows
) -> None:
    worker = start()
    worker.line("working")  # before, it ends with what it could not reach
    await_(
        lambda: connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'assay worker' and datname = current_database()"
            " and state = 'idle'"
        ).fetchone(),
        "the worker's connection",
    )
    cloud.put("t/1.csv", csv_of(1))
    worker.line("loaded")
    assert worker.end() == 0
    assert len(rows("t")) == 3
    assert cloud.counts() == (0, 0)
    assert cloud.buried() == []


def test_lines_are_json_with_the_facts(cloud: Cloud, start: Callable[..., Worker]) -> None:
    cloud.put("t/1.csv", csv_of(1))
    worker = start("--drain")
    assert worker.process.wait(60) == 0
    line = worker.line("loaded")
    assert line["uri"] == f"s3://{cloud.bucket}/t/1.csv"
    assert (line["rows"], line["rejects"], line["entity"], line["level"]) == (3, 0, "t", "info")
    assert isinstance(line["file_id"], int)
    assert line["message_id"]
    assert line["seconds"] > 0
    assert worker.line("ended")["rows"] == 3


def test_the_command_says_what_is_wrong(cloud: Cloud, start: Callable[..., Worker]) -> None:
    worker = start("--dead-letter", "no-such-queue")
    assert worker.process.wait(60) == 1
    text = worker.path.read_text()
    assert "error: no-such-queue: there is no such queue" in text
    assert "Traceback" not in text


def test_what_a_worker_needs(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.sqs.create_queue(QueueName="plain")
    with pytest.raises(UsageError, match="no dead-letter queue"):
        run(cloud.settings(queue="plain"))
    with pytest.raises(UsageError, match="its own"):
        run(cloud.settings(queue="plain", dead_letter="plain"))
    assert run(cloud.settings(queue="plain", dead_letter=cloud.dead)).ok
    with pytest.raises(QueueError, match="no such queue"):
        run(cloud.settings(queue="nowhere"))
    with pytest.raises(QueueError, match="no such queue"):
        run(cloud.settings(queue=cloud.queue + "x"))
    cloud.sqs.create_queue(QueueName="a.fifo", Attributes={"FifoQueue": "true"})
    with pytest.raises(UsageError, match="FIFO"):
        run(cloud.settings(queue="a.fifo"))
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(UsageError, match="cannot listen"):
            run(cloud.settings(port=taken.getsockname()[1]))
    with pytest.raises(QueueError, match="cannot be reached"):
        run(cloud.settings(endpoint="http://127.0.0.1:9"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(QueueError, match="credentials"):
        run(cloud.settings())


def test_in_python_it_stops_when_told(cloud: Cloud, rows: Rows) -> None:
    stop = threading.Event()
    summaries: list[Summary] = []
    thread = threading.Thread(
        target=lambda: summaries.append(run(cloud.settings(drain=False), stop))
    )
    thread.start()
    cloud.put("t/1.csv", csv_of(1))
    await_(lambda: len(rows("t")) == 3, "the rows")
    stop.set()
    thread.join(60)
    assert summaries[0].rows == 3
    assert os.environ.get("PROMETHEUS_MULTIPROC_DIR") is None
