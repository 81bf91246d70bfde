"""Files come, change, lose rows, gain columns and go empty in random order; the incremental models
must still hold what a build anew makes of what is there.

More rounds than CI runs: ASSAY_RANDOM_SEEDS=1,2,3,4 pytest -k any_order_of_arrivals
"""

from __future__ import annotations

import gzip
import os
import random
import re
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import python_calamine
import xlsxwriter

from dbt_project.embedded import EmbeddedServer
from extract import datagen, loader
from tests.dbt_project.rebuilt import assert_same_as_anew, build_models, dbt

SEEDS = [int(seed) for seed in os.environ.get("ASSAY_RANDOM_SEEDS", "11").split(",")]
DELIVERIES = 3
OFTEN = ("customers", "products", "fx_rates")
"""Folders of what all else is linked to: in each delivery one of them changes."""

Lines = list[bytes]


def some_lost(lines: Lines, chance: random.Random) -> Lines:
    return [line for line in lines if chance.random() > 0.25]


def some_twice(lines: Lines, chance: random.Random) -> Lines:
    return lines + chance.sample(lines, len(lines) // 5)


def said_otherwise(lines: Lines, chance: random.Random) -> Lines:
    """Other states, currencies, words, customers and addresses in some of the rows."""
    swaps = [
        (rb"\bdelivered\b", b"cancelled"),
        (rb"\bEUR\b", b"GBP"),
        (rb"\bgreat\b", b"terrible"),
        (rb"\bcaptured\b", b"failed"),
        (rb"S-0000(\d\d)", rb"S-0001\1"),
        (rb"P-000(\d)", rb"P-001\1"),
        (rb"[\w.+-]+@[\w.-]+", b"one.address@example.com"),
    ]
    changed = []
    for line in lines:
        for pattern, other in swaps:
            if chance.random() < 0.1:
                line = re.sub(pattern, other, line)
        changed.append(line)
    return changed


def emptied(lines: Lines, chance: random.Random) -> Lines:
    return []


MUTATIONS: list[Callable[[Lines, random.Random], Lines]] = [
    some_lost,
    some_twice,
    said_otherwise,
    said_otherwise,
    emptied,
]


def supersede(path: Path, chance: random.Random) -> str:
    """Write the file anew in another version; returns what was done."""
    mutation = chance.choice(MUTATIONS)
    if path.suffix == ".parquet":
        rows = pq.read_table(path)
        kept = pa.array([i for i in range(rows.num_rows) if chance.random() > 0.25], pa.int64())
        pq.write_table(rows.slice(0, 0) if mutation is emptied else rows.take(kept), path)
    elif path.suffix == ".xlsx":
        change_rates(path, chance)
    else:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rb") as file:
            lines = file.read().splitlines(keepends=True)
        has_header = path.suffix == ".csv"
        header, rows_ = (lines[:1], lines[1:]) if has_header else ([], lines)
        rows_ = mutation(rows_, chance)
        if has_header and chance.random() < 0.3:
            mark = b";" if header[0].count(b";") > header[0].count(b",") else b","
            name = b"extra" + str(chance.randrange(100)).encode()
            header = [header[0].rstrip(b"\r\n") + mark + name + b"\n"]
            rows_ = [line.rstrip(b"\r\n") + mark + b"x\n" for line in rows_]
        with opened(path, "wb") as file:
            file.write(b"".join([*header, *rows_]))
    return f"{path.parent.name}/{path.name}: {mutation.__name__}"


def change_rates(path: Path, chance: random.Random) -> None:
    """Other rates on some days."""
    source = python_calamine.CalamineWorkbook.from_path(str(path))
    sheets = [(name, source.get_sheet_by_name(name).to_python()) for name in source.sheet_names]
    with xlsxwriter.Workbook(str(path)) as target:
        day_format = target.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets:
            sheet = target.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if isinstance(cell, datetime | date):
                        sheet.write_datetime(i, j, cell, day_format)
                        continue
                    if isinstance(cell, float) and chance.random() < 0.05:
                        cell = cell * 1.1
                    sheet.write(i, j, cell)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_of_arrivals_comes_to_the_same(
    seed: int,
    postgres_server: EmbeddedServer,
    root: Path,
    run_folder: Path,
    tmp_path: Path,
) -> None:
    from tests.conftest import own_project

    chance = random.Random(seed)
    data, later = tmp_path / "dataGen", tmp_path / "later"
    with own_project(postgres_server, root, tmp_path, run_folder):
        datagen.generate(scale=0.05, seed=seed, out=data)
        pool = sorted(
            path for path in data.rglob("*") if path.is_file() and "_answer_key" not in path.parts
        )
        held = chance.sample([p for p in pool if sum(q.parent == p.parent for q in pool) > 3], 12)
        for path in held:
            (later / path.relative_to(data)).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, later / path.relative_to(data))
        loader.load([str(data)])
        build_models()
        for delivery in range(DELIVERIES):
            done = []
            for path in held[delivery::DELIVERIES]:
                shutil.move(later / path.relative_to(data), path)
                done.append(f"{path.name} came")
            there = [path for path in pool if path.exists()]
            linked = [path for path in there if path.parent.name.startswith(OFTEN)]
            for path in {*chance.sample(there, 5), chance.choice(linked)}:
                done.append(supersede(path, chance))
            loader.load([str(data)])
            print(f"seed {seed}, delivery {delivery}: {'; '.join(done)}")
            if delivery == 0:
                dbt("run")
            elif delivery < DELIVERIES - 1:
                build_models()
        assert_same_as_anew()
