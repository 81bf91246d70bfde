"""How fast `assay worker` lands what S3 tells of, with one process and with two.

    python tests/benchmarks/worker.py --rounds 3 --write

S3 and SQS are moto's server, in a process of its own; Postgres is the embedded one. The clock runs
from the moment the first file has landed to the moment the last has: starting is left out. Rounds
are interleaved. The CPU seconds of moto are shown because it runs on the same cores.
"""

# ruff: noqa: E501 - paragraphs of the page that it writes

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import boto3
import psutil

from dbt_project import postgres

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "worker.md"
MARK = "## How much it lands\n"
SHAPES = {"small": (400, 100), "larger": (24, 50_000)}
"""name -> objects, rows of each."""
TEXT = """
{table}

Measured on a machine with {cores} cores by `python tests/benchmarks/worker.py`, medians of {rounds} rounds, from the first file's commit to the last one's; an object is a CSV of {small} or {larger} rows and 6 columns.

What these figures cannot show: moto, which plays S3 and SQS, is one Python process on the same {cores} cores (how many of them it kept busy is in the table), and Postgres and the worker share them too; two runs of a kind differed by up to 1.6 times, which is more than what a second process gained. A real queue and bucket take none of these cores, but answer over a network: a wait that more processes hide and one does not. How far it grows beyond two processes, and against a database on a machine of its own, has not been measured.
"""


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
        try:
            runs: dict[tuple[str, int], list[Run]] = {}
            for number in range(options.rounds):
                for shape in SHAPES:
                    for processes in (1, 2):
                        found = measure(moto, shape, processes, f"{shape}-{processes}-{number}")
                        runs.setdefault((shape, processes), []).append(found)
                        print(number, shape, processes, found, file=sys.stderr)
        finally:
            moto.kill()
            postgres.embedded_server().stop()
    text = TEXT.format(
        table=table(runs),
        cores=os.cpu_count(),
        rounds=options.rounds,
        small=SHAPES["small"][1],
        larger=f"{SHAPES['larger'][1]:,}",
    )
    print(text)
    if options.write:
        before, mark, _ = PAGE.read_text().partition(MARK)
        PAGE.write_text(before + mark + text)


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


def measure(moto: psutil.Popen, shape: str, processes: int, name: str) -> Run:
    """Fill a bucket, drain its queue, read the log."""
    objects, rows = SHAPES[shape]
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
    for number in range(objects):
        lines = (
            f"{number},{row},2026-01-{row % 28 + 1:02d},{row * 7 % 1000}.{row % 100:02d},"
            f"EUR,some words of a note {row}\n"
            for row in range(rows)
        )
        # No two of one size: the loader would read both twice to see whether they are the same.
        body = "file,row,day,amount,currency,note\n" + "".join(lines)[:-1] + number * "." + "\n"
        s3.put_object(Bucket=name, Key=f"t/{number}.csv", Body=body.encode())
    before = moto.cpu_times()
    command = [
        sys.executable, "-c", "import assay; assay.main()", "worker", "--queue", name,
        "--dead-letter", f"{name}-dead", "--drain", "--wait", "1", "--port", "0",
        "--concurrency", str(processes),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, check=True)
    after = moto.cpu_times()
    landed = [
        datetime.fromisoformat(line["time"])
        for line in map(json.loads, done.stderr.splitlines())
        if line["event"] == "loaded"
    ]
    if len(landed) != objects:
        raise SystemExit(f"{len(landed)} of {objects} objects landed")
    boto3.resource("s3").Bucket(name).objects.all().delete()
    cpu = after.user + after.system - before.user - before.system
    return Run((max(landed) - min(landed)).total_seconds(), cpu)


def table(runs: dict[tuple[str, int], list[Run]]) -> str:
    """The medians as Markdown."""
    lines = [
        "| objects | processes | objects a second | rows a second | against one | moto, cores |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    for (shape, processes), found in runs.items():
        objects, rows = SHAPES[shape]
        # The clock starts when the first has landed.
        seconds = statistics.median(run.seconds for run in found)
        alone = statistics.median(run.seconds for run in runs[shape, 1])
        moto = statistics.median(run.moto / run.seconds for run in found)
        rate = (objects - 1) / seconds
        lines.append(
            f"| {objects} of {rows:,} rows | {processes} | {rate:,.1f} | {rate * rows:,.0f}"
            f" | {alone / seconds:.2f} | {moto:.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
