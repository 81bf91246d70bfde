"""What docs/scaling.md reckons with: room that files take as rows, and what an HNSW index takes.

    python -m tests.benchmarks.scaling --write

Sizes do not depend on what else the machine does; times do. Vectors are made up: around 200
centres, so that neighbours exist, of 512 halves like those of the built-in model.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

import psycopg

from dbt_project import postgres
from tests.benchmarks.workbench import (
    ROOT,
    Workbench,
    dbt,
    load_shop,
    put_between_markers,
    workbench,
)

PAGE = ROOT / "docs" / "scaling.md"
DIMENSIONS = 512
SCHEMAS = ("raw", "staging", "intermediate", "marts", "quality")


def main() -> None:
    """Measure, print, and write the page's tables if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--vectors", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    parser.add_argument(
        "--write", action="store_true", help="write the tables into docs/scaling.md"
    )
    options = parser.parse_args()
    with workbench() as bench:
        rows = room(bench, options.scale)
        print(rows)
        vectors = index(bench, options.vectors)
        print(vectors)
    if options.write:
        put_between_markers(PAGE, "room", rows)
        put_between_markers(PAGE, "vectors", vectors)


def room(bench: Workbench, scale: float) -> str:
    """Bytes of the files, and of each schema after a load and a build."""
    bench.create("room")
    load_shop(scale, 7, bench.folder)
    if bad := dbt(
        "build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"
    ):
        raise SystemExit(f"did not build: {bad}")
    with postgres.connect() as connection:
        (landed,) = one(
            connection, "select sum(rows_landed) from raw._files where status = 'loaded'"
        )
        (files,) = one(connection, "select sum(size_bytes) from raw._files where status = 'loaded'")
        sizes = {
            schema: one(
                connection,
                "select coalesce(sum(pg_total_relation_size(oid)), 0) from pg_class"
                f" where relkind in ('r', 'm') and relnamespace = '{schema}'::regnamespace",
            )[0]
            for schema in SCHEMAS
        }
    lines = [
        f"{landed:,} rows from {files / 1e6:.1f} MB of files, some of them packed"
        f" (`assay datagen --scale {scale:g}`):",
        "",
        "| | MB | bytes a row landed | times the files |",
        "| --- | --: | --: | --: |",
    ]
    for name, size in {**sizes, "all": sum(sizes.values())}.items():
        lines.append(f"| {name} | {size / 1e6:,.0f} | {size / landed:,.0f} | {size / files:.1f} |")
    return "\n".join(lines)


def index(bench: Workbench, counts: list[int]) -> str:
    """Size, time to build and time to ask of an HNSW index, by number of vectors."""
    bench.create("vectors")
    lines = [
        f"HNSW with pgvector's defaults on `halfvec({DIMENSIONS})`, built with 1 GB of"
        f" `maintenance_work_mem` by {os.cpu_count()} processes, asked for the ten nearest:",
        "",
        "| vectors | table, MB | index, MB | index, bytes a vector | built in, s | a query, ms"
        " (median of 50) |",
        "| --: | --: | --: | --: | --: | --: |",
    ]
    with bench.superuser("vectors") as connection:
        connection.execute("set maintenance_work_mem = '1GB'")
        connection.execute("select setseed(0.5)")
        connection.execute(
            f"create table centres as select n, array(select random() - 0.5 + n * 0"
            f" from generate_series(1, {DIMENSIONS})) as middle from generate_series(1, 200) n"
        )
        for count in counts:
            lines.append(row(connection, count))
    return "\n".join(lines)


def row(connection: psycopg.Connection, count: int) -> str:
    """One line of the table."""
    connection.execute("drop table if exists passages")
    connection.execute(
        f"create table passages as select g.n as id, (select array_agg(x + (random() - 0.5) / 2)"
        f" from unnest(middle) x)::halfvec({DIMENSIONS}) as embedding"
        f" from generate_series(1, {count}) g(n) join centres on centres.n = 1 + g.n % 200"
    )
    connection.execute("alter table passages add primary key (id)")
    connection.execute("vacuum analyze passages")
    started = time.monotonic()
    connection.execute("create index near on passages using hnsw (embedding halfvec_cosine_ops)")
    built = time.monotonic() - started
    table, size = one(connection, "select pg_table_size('passages'), pg_relation_size('near')")
    times = []
    for number in range(60):
        started = time.monotonic()
        connection.execute(
            "select id from passages order by embedding <=>"
            f" (select embedding from passages where id = {1 + number * 97 % count}) limit 10"
        ).fetchall()
        times.append(time.monotonic() - started)
    return (
        f"| {count:,} | {table / 1e6:,.0f} | {size / 1e6:,.0f} | {size / count:,.0f}"
        f" | {built:,.1f} | {1000 * statistics.median(times[10:]):.1f} |"
    )


def one(connection: psycopg.Connection, text: str) -> tuple[int, ...]:
    """The only row of a query, in whole numbers."""
    found = connection.execute(text).fetchone()  # type: ignore[call-overload]
    return tuple(int(value) for value in found)


if __name__ == "__main__":
    main()
