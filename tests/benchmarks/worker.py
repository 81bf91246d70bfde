"""How fast `assay worker` lands what S3 tells of, with one process and with more.

    python tests/benchmarks/worker.py --rounds 3 --write

S3 and SQS are moto's server, in a process of its own; Postgres is the embedded one. The clock runs
from the moment the first file has landed to the moment the last has: starting is left out. Rounds
are interleaved. The CPU seconds of moto are shown because it runs on the same cores. In the second
kind of runs a proxy holds every request back for a while, as a network and a service do.
"""

# ruff: noqa: E501 - paragraphs of the page that it writes

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import boto3
import psutil

from dbt_project import postgres

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "worker.md"
MARK = "## How much it lands\n"
PROCESSES = (1, 2, 4)
TEXT = """
{table}

Measured on a machine with {cores} cores by `python tests/benchmarks/worker.py`, medians of {rounds} rounds in turns, from the first file's commit to the last one's; an object is a CSV of 6 columns. "Spread" is the slowest round's time by the fastest one's.

**How to read it.** Without a delay the two cores are what is short, and a second process gains what one leaves idle. Where every request to S3 and SQS takes at least {delay} ms longer, as over a network, a process waits more than it works: there it shows how far processes hide each other's waiting.

**What it cannot show.** moto, which plays S3 and SQS, is one Python process on the same {cores} cores (how many of them it kept busy is in the table), and Postgres and the worker share them too. How far it grows with a database on a machine of its own, and with dozens of workers, has not been measured.
"""


@dataclass(frozen=True)
class Shape:
    """What lands: how many objects, of how many rows, over how slow a network."""

    objects: int
    rows: int
    delay: float = 0.0


SHAPES = {
    "small": Shape(300, 100),
    "small, far": Shape(300, 100, 0.03),
    "larger": Shape(24, 50_000),
}


@dataclass(frozen=True)
class Run:
    """One run: seconds of the clock, and CPU seconds of moto meanwhile."""

    seconds: float
    moto: float


def main() -> None:
    """Run the rounds; print the table, and write it into the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the table into docs/worker.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as home:
        os.environ |= {
            "ASSAY_HOME": home, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "us-east-1",
        }  # fmt: skip
        moto = start_moto()
        near = os.environ["AWS_ENDPOINT_URL"]
        far = Delay(near, SHAPES["small, far"].delay)
        try:
            runs: dict[tuple[str, int], list[Run]] = {}
            for number in range(options.rounds):
                for shape, what in SHAPES.items():
                    for processes in PROCESSES:
                        name = f"{shape.replace(', ', '-')}-{processes}-{number}"
                        endpoint = far.url if what.delay else near
                        found = measure(moto, what, processes, name, endpoint)
                        runs.setdefault((shape, processes), []).append(found)
                        print(number, shape, processes, found, file=sys.stderr)
        finally:
            moto.kill()
            postgres.embedded_server().stop()
    text = TEXT.format(
        table=table(runs),
        cores=os.cpu_count(),
        rounds=options.rounds,
        delay=f"{1000 * SHAPES['small, far'].delay:.0f}",
    )
    print(text)
    if options.write:
        before, mark, _ = PAGE.read_text().partition(MARK)
        PAGE.write_text(before + mark + text)


class Delay:
    """A proxy in a thread of this process that hands each request on a while later.

    Args:
        target: URL of the server.
        seconds: how much later.
    """

    def __init__(self, target: str, seconds: float) -> None:
        host, port = target.removeprefix("http://").split(":")
        self._target = (host, int(port))
        self._seconds = seconds
        started = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True).start()
        started.wait(10)

    async def _serve(self, started: threading.Event) -> None:
        server = await asyncio.start_server(self._pair, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        started.set()
        await server.serve_forever()

    async def _pair(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        await asyncio.gather(
            self._copy(reader, back, self._seconds), self._copy(there, writer, 0.0)
        )

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 18):
                await asyncio.sleep(seconds)
                writer.write(data)
                await writer.drain()
        writer.close()


def start_moto() -> psutil.Popen:
    """moto's server on a free port; boto3 is pointed at it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = psutil.Popen(
        [sys.executable, "-c", f"from moto.server import main; main(['-p', '{port}'])"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return process


def measure(moto: psutil.Popen, shape: Shape, processes: int, name: str, endpoint: str) -> Run:
    """Fill a bucket, drain its queue, read the log."""
    with postgres.connect(autocommit=True) as connection:
        connection.execute("drop schema raw cascade")
        connection.execute("create schema raw")
    sqs, s3 = boto3.client("sqs"), boto3.client("s3")
    arns = []
    for queue in (name, f"{name}-dead"):
        url = sqs.create_queue(QueueName=queue)["QueueUrl"]
        got = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arns.append(got["Attributes"]["QueueArn"])
    s3.create_bucket(Bucket=name)
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arns[0], "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    for number in range(shape.objects):
        lines = (
            f"{number},{row},2026-01-{row % 28 + 1:02d},{row * 7 % 1000}.{row % 100:02d},"
            f"EUR,some words of a note {row}\n"
            for row in range(shape.rows)
        )
        # No two of one size: the loader would read both twice to see whether they are the same.
        body = "file,row,day,amount,currency,note\n" + "".join(lines)[:-1] + number * "." + "\n"
        s3.put_object(Bucket=name, Key=f"t/{number}.csv", Body=body.encode())
    before = moto.cpu_times()
    command = [
        sys.executable, "-c", "import assay; assay.main()", "worker", "--queue", name,
        "--dead-letter", f"{name}-dead", "--drain", "--wait", "1", "--port", "0",
        "--concurrency", str(processes), "--endpoint", endpoint,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, check=True)
    after = moto.cpu_times()
    landed = [
        datetime.fromisoformat(line["time"])
        for line in map(json.loads, done.stderr.splitlines())
        if line["event"] == "loaded"
    ]
    if len(landed) != shape.objects:
        raise SystemExit(f"{len(landed)} of {shape.objects} objects landed")
    boto3.resource("s3").Bucket(name).objects.all().delete()
    cpu = after.user + after.system - before.user - before.system
    return Run((max(landed) - min(landed)).total_seconds(), cpu)


def table(runs: dict[tuple[str, int], list[Run]]) -> str:
    """The medians as Markdown."""
    lines = [
        "| objects | each request | processes | objects a second | rows a second | against one"
        " | spread | moto, cores |",
        "| --- | --- | --: | --: | --: | --: | --: | --: |",
    ]
    for (name, processes), found in runs.items():
        shape = SHAPES[name]
        times = [run.seconds for run in found]
        seconds = statistics.median(times)
        alone = statistics.median(run.seconds for run in runs[name, 1])
        moto = statistics.median(run.moto / run.seconds for run in found)
        # The clock starts when the first has landed.
        rate = (shape.objects - 1) / seconds
        late = f"{1000 * shape.delay:.0f} ms later" if shape.delay else "at once"
        lines.append(
            f"| {shape.objects} of {shape.rows:,} rows | {late} | {processes} | {rate:,.1f}"
            f" | {rate * shape.rows:,.0f} | {alone / seconds:.2f} | {max(times) / min(times):.2f}"
            f" | {moto:.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
