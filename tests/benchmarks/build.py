"""A full build beside a build after 1 % new rows, on one machine in one run, and where it goes.

    python tests/benchmarks/build.py [--scale 10] [--share 0.01] [--explain]

Makes sample data, keeps back the last rows of each kind of facts, loads and builds the rest. Then
comes a share of what was kept back, as a file of each kind, and `assay build`; nothing, and
`assay build`; as much again, and plain `dbt build`. Prints wall time, the CPU time of dbt's process
(without the server's), the nodes that ran, and the seconds of the models, by layer, and of the
tests: sums over the threads of dbt, so that they may be more than the wall time. With `--explain`
the plans of the three models that cost most when built in full. Starts a server of its own in a
temporary folder.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    "orders": "csv",
    "order_items": "parquet",
    "payments": "jsonl",
    "web_events": "jsonl.gz",
    "support_tickets": "jsonl",
    "reviews": "csv",
}
BUILD = "import sys\nfrom dbt_project import runner\nsys.exit(not runner.build().success)"
PLAIN = "from dbt_project import runner\nrunner.invoke(['build'])"
LAYERS = {
    "facts, events and texts": ("int_", "fct_"),
    "dimensions": ("dim_",),
    "context": ("context_",),
    "quality": ("",),
}


@dataclass(frozen=True)
class Build:
    """One build: seconds of wall and of the client's CPU, of each model and of all tests; SQL."""

    wall: float
    cpu: float
    models: dict[str, float]
    sql: dict[str, str]
    tests: float = 0
    nodes: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=10)
    parser.add_argument("--share", type=float, default=0.01, help="of each kind's rows, come later")
    parser.add_argument("--explain", action="store_true", help="print the three heaviest plans")
    options = parser.parse_args()
    os.chdir(ROOT)
    with TemporaryDirectory(prefix="assay-bench-") as name:
        folder = Path(name)
        os.environ["ASSAY_HOME"] = str(folder / ".assay")
        os.environ["DBT_TARGET_PATH"] = str(folder / "target")
        os.environ["DBT_LOG_PATH"] = str(folder / "logs")
        from dbt_project import postgres

        try:
            measure(folder, options.scale, options.share, options.explain)
        finally:
            postgres.embedded_server().stop()


def measure(folder: Path, scale: float, share: float, explain: bool) -> None:
    """Do it all and print it."""
    from extract import datagen, loader

    data = folder / "dataGen"
    datagen.generate(scale=scale, seed=7, out=data)
    new, total = 0, 0
    for kind in KINDS:
        for later in ("second", "first"):
            rows, all_rows = keep_back(data / kind, folder / later / kind, share)
            new, total = new + rows, total + all_rows
    loader.load([str(data)])
    full = build(folder, BUILD)
    loader.load([str(folder / "first")])
    second = build(folder, BUILD)
    nothing = build(folder, BUILD)
    loader.load([str(folder / "second")])
    plain = build(folder, PLAIN)
    print(f"scale {scale:g}: {total // 2:,} rows of facts; {new // 2:,} come later, twice")
    print(f"({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f})\n")
    builds = (full, second, nothing, plain)
    print(
        "| | full | new rows | ratio | nothing new | ratio | new rows, plain `dbt build` | ratio |"
    )
    print("| --- | --: | --: | --: | --: | --: | --: | --: |")
    line("wall, s", *(one.wall for one in builds))
    line("CPU of dbt's process, s", *(one.cpu for one in builds))
    line("nodes run", *(one.nodes for one in builds))
    line("models, s", *(sum(one.models.values()) for one in builds))
    for layer in LAYERS:
        line(f"of them {layer}", *(in_layer(one, layer) for one in builds))
    line("tests, s", *(one.tests for one in builds))
    heaviest = sorted(full.models, key=lambda model: -full.models[model])
    print("\n| model | full, s | new rows, s |\n| --- | --: | --: |")
    for model in heaviest[:15]:
        print(f"| {model} | {full.models[model]:.2f} | {second.models.get(model, 0):.2f} |")
    if explain:
        for model in heaviest[:3]:
            print(f"\n### {model}\n\n```\n{plan_of(full.sql[model])}\n```")


def line(name: str, full: float, *others: float) -> None:
    """One row of the table."""
    cells = [f"{other:.1f} | {other / full:.1%}" for other in others]
    print(f"| {name} | {full:.1f} | {' | '.join(cells)} |")


def in_layer(build: Build, layer: str) -> float:
    """Seconds of the models whose name is first claimed by the layer."""
    seconds: dict[str, float] = defaultdict(float)
    for model, took in build.models.items():
        name = next(n for n, starts in LAYERS.items() if model.startswith(starts))
        seconds[name] += took
    return seconds[layer]


def keep_back(folder: Path, later: Path, share: float) -> tuple[int, int]:
    """Move the last rows of the last file to a file of its own; returns how many, of how many."""
    ending = KINDS[folder.name]
    files = sorted(folder.glob(f"*.{ending}"))
    later.mkdir(parents=True)
    target = later / f"{files[-1].name.split('.')[0]}-late.{ending}"
    if ending == "parquet":
        total = sum(pq.ParquetFile(file).metadata.num_rows for file in files)
        table = pq.read_table(files[-1])
        new = min(round(total * share), table.num_rows - 1)
        pq.write_table(table.slice(table.num_rows - new), target)
        pq.write_table(table.slice(0, table.num_rows - new), files[-1])
        return new, total
    opener: Callable[..., object] = gzip.open if ending.endswith("gz") else open
    records = [records_of(file, opener, ending) for file in files]
    total = sum(len(rows) for _, rows in records)
    header, rows = records[-1]
    new = min(round(total * share), len(rows) - 1)
    for path, part in ((files[-1], rows[:-new]), (target, rows[-new:])):
        with opener(path, "wb") as file:  # type: ignore[attr-defined]
            file.write(header + b"".join(part))
    return new, total


def records_of(path: Path, opener: Callable[..., object], ending: str) -> tuple[bytes, list[bytes]]:
    """Header and records of a text file; a quoted record of several lines stays together."""
    with opener(path, "rb") as file:  # type: ignore[attr-defined]
        lines = file.readlines()
    if ending != "csv":
        return b"", lines
    records: list[bytes] = []
    pending = b""
    for each in lines[1:]:
        pending += each
        if pending.count(b'"') % 2 == 0:
            records.append(pending)
            pending = b""
    return lines[0], [*records, pending] if pending else records


def build(folder: Path, code: str) -> Build:
    """Build in a process of its own, as from a shell."""
    results = folder / "target" / "run_results.json"
    results.unlink(missing_ok=True)
    started, spent = time.perf_counter(), cpu_of_children()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    wall = time.perf_counter() - started
    if done.returncode:
        sys.exit(done.stdout[-3000:] + done.stderr[-3000:])
    found = json.loads(results.read_text())["results"] if results.exists() else []
    nodes = {each["unique_id"]: each for each in found}
    models = {name.split(".")[2]: each for name, each in nodes.items() if name.startswith("model.")}
    tests = [each for name, each in nodes.items() if name.startswith(("test.", "unit_test."))]
    return Build(
        wall,
        cpu_of_children() - spent,
        {name: float(each["execution_time"]) for name, each in models.items()},
        {name: str(each["compiled_code"]) for name, each in models.items()},
        sum(float(each["execution_time"]) for each in tests),
        len(nodes),
    )


def cpu_of_children() -> float:
    """Seconds of CPU of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def plan_of(sql: str) -> str:
    """The plan with its times, without costs."""
    from dbt_project import postgres

    with postgres.connect() as connection:
        rows = connection.execute(
            f"explain (analyze, costs off, timing on, summary on, buffers off) {sql}"
        )
        kept = [str(row[0])[:160] for row in rows]
        connection.rollback()
    return "\n".join(text for text in kept if "Buckets" not in text and "Workers" not in text)


if __name__ == "__main__":
    main()
