"""Landing speed beside other ways to bring the same files into the same Postgres.

    python tests/benchmarks/landing.py --rounds 3 --others .bench/bin/python --write

Rounds are interleaved: every tool once, then every tool again, so that a noisy machine disturbs all
alike; ratios are to `psql \\copy` (or, where psql cannot, to `assay load`) of the same round.
Other tools run from an environment of their own (`--others`):

    python -m venv .bench && .bench/bin/pip install "dlt[postgres]" pandas sqlalchemy psycopg2-binary pyarrow
"""

# ruff: noqa: E501 - the other tools' scripts are easier to read as they would be written

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from dbt_project import embedded, postgres

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
COLUMNS = (
    "id", "customer_id", "ordered_at", "status", "channel", "country", "currency", "amount",
    "shipping", "discount", "coupon", "note",
)  # fmt: skip
WORDS = [
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliet",
]
SHORT = {
    "csv": "csv", "csv, 1 % bad": "bad", "jsonl": "jsonl", "parquet": "parquet",
    "2,000 small files": "small",
}  # fmt: skip
OTHERS = ("dlt", "dlt fast", "pandas")


@dataclass(frozen=True)
class Run:
    """One run of one tool.

    Attributes:
        seconds: wall time, start of the process to its end.
        client: CPU seconds of its processes.
        server: CPU seconds of Postgres.
        memory: MB of its largest process at its peak.
        server_memory: MB of Postgres's processes at their peak, shared buffers left out.
        rows: landed.
    """

    seconds: float
    client: float
    server: float
    memory: float
    server_memory: float
    rows: int


# The files -------------------------------------------------------------------------------------


def row(number: int, rng: random.Random) -> list[str]:
    """A record of an order, about 110 bytes as CSV; one note in twenty needs quotes."""
    note = " ".join(rng.choices(WORDS, k=6))
    return [
        str(number), str(rng.randrange(10**6)), f"2026-01-{1 + number % 28:02d}T10:{number % 60:02d}:00+00:00",
        "paid", "web", "DE", "EUR", f"{rng.randrange(10000) / 100:.2f}",
        f"{rng.randrange(1000) / 100:.2f}", "0.00", "", note if number % 20 else f"{note}, boxed",
    ]  # fmt: skip


def write_csv(path: Path, size: int, bad: float = 0.0, start: int = 0) -> int:
    """Write about `size` bytes; gives the number of good records. A bad one has a cell too many."""
    rng = random.Random(7 + start)
    count = good = 0
    with path.open("w") as out:
        out.write(",".join(COLUMNS) + "\n")
        while size > 0:
            cells = row(start + count, rng)
            cells[-1] = f'"{cells[-1]}"' if "," in cells[-1] else cells[-1]
            is_bad = bad and rng.random() < bad
            line = ",".join(cells) + (",surplus\n" if is_bad else "\n")
            out.write(line)
            size -= len(line)
            count += 1
            good += not is_bad
    return good


def make(folder: Path, size: int) -> dict[str, tuple[Path, int]]:
    """The five inputs: name -> (path, good records)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = {}
    for name, bad in (("csv", 0.0), ("csv, 1 % bad", 0.01)):
        path = folder / f"orders{'_bad' if bad else ''}.csv"
        made[name] = path, write_csv(path, size, bad)
    rng = random.Random(7)
    path = folder / "orders.jsonl"
    count, left = 0, size
    with path.open("w") as out:
        while left > 0:
            line = json.dumps(dict(zip(COLUMNS, row(count, rng), strict=True))) + "\n"
            out.write(line)
            left -= len(line)
            count += 1
    made["jsonl"] = path, count
    path = folder / "orders.parquet"
    rng = random.Random(7)
    rows = size // 110
    writer = None
    for first in range(0, rows, 100_000):
        table = pa.table(
            dict(zip(COLUMNS, map(list, zip(*(row(n, rng) for n in range(first, min(rows, first + 100_000))), strict=True)), strict=True))
        )  # fmt: skip
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    made["parquet"] = path, rows
    small = folder / "small"
    small.mkdir(exist_ok=True)
    good = sum(
        write_csv(small / f"orders_{n:04d}.csv", 10_000, start=n * 1000) for n in range(2000)
    )
    made["2,000 small files"] = small, good
    return made


# The tools -------------------------------------------------------------------------------------


def psql(path: Path, kind: str) -> list[str] | None:
    """`psql \\copy` into a table that is there; what it cannot do is None."""
    if kind in ("parquet", "csv, 1 % bad"):
        return None
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    if kind == "jsonl":
        script = "create table raw.orders (line text);\n" + f"\\copy raw.orders from '{path}' csv quote e'\\x01' delimiter e'\\x02'\n"  # fmt: skip
    else:
        columns = ", ".join(f"{name} text" for name in COLUMNS)
        script = f"create table raw.orders ({columns});\n"
        script += "".join(f"\\copy raw.orders from '{file}' csv header\n" for file in files)
    target = path.parent / "copy.sql"
    target.write_text(script)
    return [str(embedded.binary("psql")), "-q", "-v", "ON_ERROR_STOP=1", "-f", str(target)]


def assay(workers: int) -> Callable[[Path, str], list[str]]:
    """`assay load` with so many processes."""
    return lambda path, _: [
        sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); import assay; assay.main()",
        "load", str(path), "--workers", str(workers), "--json",
    ]  # fmt: skip


_PANDAS = """
import glob, os, sys, pandas as pd, sqlalchemy as sa
path, kind, host, port, user, db = sys.argv[1:]
engine = sa.create_engine("postgresql+psycopg2://", connect_args=dict(host=host, port=port, user=user, dbname=db))
files = sorted(glob.glob(path + "/*.csv")) if os.path.isdir(path) else [path]
for file in files:
    if kind == "jsonl": frame = pd.read_json(file, lines=True)
    elif kind == "parquet": frame = pd.read_parquet(file)
    else: frame = pd.read_csv(file, on_bad_lines="skip" if "bad" in kind else "error")
    frame.to_sql("orders", engine, schema="raw", if_exists="append", index=False)
"""
_DLT = """
import glob, os, sys, dlt, itertools
path, kind, host, port, user, db, fast = sys.argv[1:]
from urllib.parse import quote
from dlt.destinations import postgres
credentials = f"postgresql://{user}:x@{quote(host, safe='')}:{port}/{db}"
files = sorted(glob.glob(path + "/*.csv")) if os.path.isdir(path) else [path]
def rows():
    if fast == "1":
        import pyarrow.csv as pc, pyarrow.json as pj, pyarrow.parquet as pq
        for file in files:
            if kind == "jsonl": yield pj.read_json(file)
            elif kind == "parquet": yield from (b for b in pq.ParquetFile(file).iter_batches())
            else:
                skip = pc.ParseOptions(invalid_row_handler=lambda row: "skip")
                yield from pc.open_csv(file, parse_options=skip)
        return
    import csv, json
    for file in files:
        if kind == "jsonl": yield from map(json.loads, open(file))
        elif kind == "parquet":
            import pyarrow.parquet as pq
            for b in pq.ParquetFile(file).iter_batches(): yield b.to_pylist()
        else:
            for line in csv.DictReader(open(file, newline="")):
                line.pop(None, None)
                yield line
options = {"loader_file_format": "csv"} if fast == "1" else {}
pipeline = dlt.pipeline("bench", destination=postgres(credentials), dataset_name="raw_dlt", pipelines_dir=os.environ["DLT_DATA_DIR"])
pipeline.run(dlt.resource(rows, name="orders", write_disposition="append"), **options)
"""


def other(python: str, name: str) -> Callable[[Path, str], list[str]]:
    """pandas and dlt, from their own environment."""

    def command(path: Path, kind: str) -> list[str]:
        at = postgres.settings()
        tail = [str(path), kind, at.host, str(at.port), at.user, at.dbname]
        if name == "pandas":
            return [python, "-c", _PANDAS, *tail]
        return [python, "-c", _DLT, *tail, "1" if name == "dlt fast" else "0"]

    return command


# Measuring -------------------------------------------------------------------------------------


class Watch:
    """CPU and memory of a process tree, sampled until it ends."""

    def __init__(self, root: psutil.Process) -> None:
        self._root = root
        self._stop = threading.Event()
        self.largest = self.together = 0.0
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while not self._stop.wait(0.03):
            try:
                tree = [self._root, *self._root.children(recursive=True)]
            except psutil.Error:
                return
            private = []
            for process in tree:
                try:
                    info = process.memory_info()
                    private.append((info.rss - info.shared) / 1e6)
                except psutil.Error:
                    continue
            if private:
                self.largest = max(self.largest, *private)
                self.together = max(self.together, sum(private))

    def end(self) -> None:
        """Stop sampling."""
        self._stop.set()
        self._thread.join()


def server_cpu(postmaster: psutil.Process) -> float:
    """CPU seconds of Postgres so far, ended backends included."""
    times = postmaster.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in postmaster.children():
        try:
            now = child.cpu_times()
            total += now.user + now.system
        except psutil.Error:
            continue
    return float(total)


def reset() -> None:
    """An empty database."""
    with postgres.connect(autocommit=True) as connection:
        connection.execute("drop table if exists raw.orders, raw.orders_bad, raw.small cascade")
        connection.execute("drop table if exists raw._files, raw._rejects, raw._columns cascade")
        connection.execute("drop schema if exists raw_dlt, raw_dlt_staging cascade")


def landed() -> int:
    """Rows in whichever table was filled."""
    total = 0
    with postgres.connect(autocommit=True) as connection:
        for name in ("raw.orders", "raw.orders_bad", "raw.small", "raw_dlt.orders"):
            found = connection.execute("select to_regclass(%s)::oid", [name]).fetchone()
            if found and found[0]:
                counted = connection.execute(f"select count(*) from {name}").fetchone()
                total += counted[0] if counted else 0
    return total


def run(command: list[str], scratch: Path) -> Run:
    """Run a tool once on an empty database."""
    reset()
    at = postgres.settings()
    env = os.environ | {
        "PGHOST": at.host, "PGPORT": str(at.port), "PGUSER": at.user, "PGDATABASE": at.dbname,
        "DLT_DATA_DIR": str(scratch / "dlt"), "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
    }  # fmt: skip
    # Compiled modules are kept on the disk, for every tool, as where one is installed.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    if "assay.main()" in " ".join(command):
        env = {k: v for k, v in env.items() if not k.startswith("PG")}
    shutil.rmtree(scratch / "dlt", ignore_errors=True)
    pid = int((postgres.embedded_server().data / "postmaster.pid").read_text().split()[0])
    postmaster = psutil.Process(pid)
    before = server_cpu(postmaster)
    usage = os.times()
    with tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=errors)
        client, server = Watch(psutil.Process(process.pid)), Watch(postmaster)
        code = process.wait()
        seconds = time.monotonic() - started
        client.end()
        server.end()
        if code:
            errors.seek(0)
            raise RuntimeError(errors.read().decode()[-2000:])
    after = os.times()
    spent = after.children_user + after.children_system
    spent -= usage.children_user + usage.children_system
    time.sleep(0.3)  # A backend's time counts for the postmaster once it has ended.
    cpu = server_cpu(postmaster) - before
    return Run(seconds, spent, cpu, client.largest, server.together, landed())


def table(kind: str, runs: dict[str, list[Run]], good: int, size: int) -> str:
    """One input's results in Markdown."""
    base_name = "psql" if "psql" in runs else next(iter(runs))
    base = runs[base_name]
    lines = [
        f"### {kind} ({size / 1e6:,.0f} MB, {good:,} good records)", "",
        f"| tool | rounds | wall, s (median) | ratio to {base_name} (median of rounds) |"
        " CPU client + server, s | memory of its largest process, MB | server, MB | rows landed |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for name, done in runs.items():
        ratio = statistics.median(a.seconds / b.seconds for a, b in zip(done, base, strict=False))
        middle = statistics.median
        lines.append(
            f"| {name} | {len(done)} | {middle(r.seconds for r in done):.2f} | {ratio:.2f} |"
            f" {middle(r.client for r in done):.2f} + {middle(r.server for r in done):.2f} |"
            f" {max(r.memory for r in done):,.0f} | {max(r.server_memory for r in done):,.0f} |"
            f" {done[0].rows:,} |"
        )
    return "\n".join(lines) + "\n"


def write_page(text: str, marker: str) -> None:
    """Put the generated part between its markers in docs/benchmarks.md."""
    begin, end = f"<!-- begin {marker} -->", f"<!-- end {marker} -->"
    page = PAGE.read_text()
    head, _, rest = page.partition(begin)
    _, _, tail = rest.partition(end)
    PAGE.write_text(f"{head}{begin}\n{text}\n{end}{tail}")


def main() -> None:
    """Run, print, and with --write put the tables into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slow-rounds", type=int, default=1, help="of the other tools")
    parser.add_argument("--size", type=int, default=250, help="MB of each big file")
    parser.add_argument("--others", help="python with dlt and pandas; without it they are left out")
    parser.add_argument("--only", help="inputs, comma-separated: csv,bad,jsonl,parquet,small")
    parser.add_argument("--folder", type=Path, help="keeps the inputs; a temporary one otherwise")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as temporary:
        scratch = Path(temporary)
        scratch.chmod(0o755)
        os.environ["ASSAY_HOME"] = str(scratch / ".assay")
        for name in [name for name in os.environ if name.startswith("PG")]:
            del os.environ[name]
        folder = options.folder or scratch / "in"
        folder.mkdir(exist_ok=True, parents=True)
        inputs = make(folder, options.size * 1_000_000)
        wanted = options.only.split(",") if options.only else None
        tools: dict[str, Callable[[Path, str], list[str] | None]] = {
            "psql": psql, "assay, 1 process": assay(1), "assay, 2 processes": assay(2),
        }  # fmt: skip
        if options.others:
            tools |= {name: other(options.others, name) for name in OTHERS}
        parts = [
            f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB, load average"
            f" {os.getloadavg()[0]:.1f} at the start: other work ran on this machine meanwhile.\n"
        ]
        try:
            for kind, (path, good) in inputs.items():
                if wanted and SHORT[kind] not in wanted:
                    continue
                size = sum(
                    f.stat().st_size for f in ([*path.glob("*")] if path.is_dir() else [path])
                )
                runs: dict[str, list[Run]] = {}
                for number in range(options.rounds):
                    for name, tool in tools.items():
                        command = tool(path, kind)
                        if command is None or (name in OTHERS and number >= options.slow_rounds):
                            continue
                        try:
                            done = run(command, scratch)
                        except RuntimeError as error:
                            print(f"{kind}: {name} failed: {str(error)[-600:]}", file=sys.stderr)
                            continue
                        runs.setdefault(name, []).append(done)
                        print(f"{kind} #{number + 1} {name}: {done}", file=sys.stderr, flush=True)
                parts.append(table(kind, runs, good, size))
                print(parts[-1], flush=True)
                if options.write:
                    write_page("\n".join(parts), "landing")
        finally:
            postgres.embedded_server().stop()


if __name__ == "__main__":
    main()
