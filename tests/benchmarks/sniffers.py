"""How well CSV readers make out polluted files by themselves: ours beside others.

    python tests/benchmarks/sniffers.py --others .bench/bin/python --write

The files are those of `tests/extract/pollution.py`; the measure is explained there. Other readers
(csv.Sniffer, clevercsv, DuckDB) run from an environment of their own (`--others`) that has
clevercsv and duckdb, and are given the text decoded: their sniffing is what is judged.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.extract import pollution  # noqa: E402
from tests.extract.pollution import Case, Table  # noqa: E402

Read = Callable[[Case], tuple[list[str], Table]]
ROWS, SEEDS = 84, (3, 5)


def text_of(case: Case) -> str:
    """The text, decoded as well as can be: the encoding is not what is judged in the others."""
    if case.name.startswith("utf-"):
        name = case.name.partition(":")[0]
        return case.data.decode(name)
    try:
        return case.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return case.data.decode("cp1252")


def ours(case: Case) -> tuple[list[str], Table]:
    """Assay's reader."""
    from extract.formats.base import Tally
    from extract.formats.csv import CsvReader

    reader = CsvReader(lambda: io.BytesIO(case.data), name=case.file_name, uri=case.name)
    tally = Tally(lambda *_: None)
    payload = b"".join(reader.payloads(1, ["text"] * len(reader.shape.columns), tally))
    shape = reader.shape
    rows = pollution.parsed(payload, shape.delimiter, shape.quote)
    header = [column.label or "" for column in shape.columns] if reader.dialect.header else []
    return header, rows


def standard(case: Case) -> tuple[list[str], Table]:
    """csv.Sniffer and csv.reader."""
    text = text_of(case)
    dialect = csv.Sniffer().sniff(text[:65536])
    rows = list(csv.reader(io.StringIO(text, newline=""), dialect))
    named = csv.Sniffer().has_header(text[:65536])
    return (rows[0], rows[1:]) if named and rows else ([], rows)


def clever(case: Case) -> tuple[list[str], Table]:
    """clevercsv's detection and reader."""
    import clevercsv  # type: ignore[import-not-found, unused-ignore]

    text = text_of(case)
    dialect = clevercsv.Sniffer().sniff(text[:65536])
    rows = list(clevercsv.reader(io.StringIO(text, newline=""), dialect))
    named = clevercsv.Sniffer().has_header(text[:65536])
    return (rows[0], rows[1:]) if named and rows else ([], rows)


def duck(options: str) -> Read:
    """DuckDB's read_csv with its own sniffer."""

    def read(case: Case) -> tuple[list[str], Table]:
        import duckdb  # type: ignore[import-not-found, unused-ignore]

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / case.file_name
            path.write_bytes(text_of(case).encode())
            # With all columns as text it cannot tell a header: that is asked beforehand.
            asked = f"select HasHeader from sniff_csv('{path}'{options})"
            named = duckdb.sql(asked).fetchall()[0][0]
            found = duckdb.sql(
                f"select * from read_csv('{path}', all_varchar = true, header = {named}{options})"
            )
            rows = [["" if cell is None else cell for cell in row] for row in found.fetchall()]
        return (list(found.columns) if named else []), rows

    return read


READERS: dict[str, Read] = {
    "assay": ours,
    "csv.Sniffer": standard,
    "clevercsv": clever,
    "DuckDB": duck(""),
    "DuckDB, lenient": duck(", strict_mode = false, null_padding = true, ignore_errors = true"),
}


def score(name: str) -> dict[str, float]:
    """A reader's marks over all files."""
    simple = weighted = weight = 0.0
    count = failed = 0
    low = 0
    started = time.perf_counter()
    for seed in SEEDS:
        for case in pollution.cases(ROWS, seed):
            got = pollution.measure(case, READERS[name])
            count += 1
            failed += got.success == 0
            low += got.points < 9
            simple += got.points
            weighted += got.points * case.weight
            weight += case.weight
    seconds = time.perf_counter() - started
    return {
        "simple": simple / count, "weighted": weighted / weight, "files": count,
        "failed": failed, "low": low, "ms": seconds / count * 1000,
    }  # fmt: skip


def main() -> None:
    """Run, print, and with --write put the table into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--others", help="python with clevercsv and duckdb")
    parser.add_argument("--reader", help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.reader:
        print(json.dumps(score(options.reader)))
        return
    lines = [
        "| reader | simple, of 10 | weighted, of 10 | files | not read at all | below 9 points"
        " | ms a file |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for name in READERS:
        if name == "assay":
            marks = score(name)
        elif options.others:
            done = subprocess.run(
                [options.others, __file__, "--reader", name],
                capture_output=True,
                text=True,
                check=True,
            )
            marks = json.loads(done.stdout.splitlines()[-1])
        else:
            continue
        lines.append(
            f"| {name} | {marks['simple']:.3f} | {marks['weighted']:.3f} | {marks['files']:.0f} |"
            f" {marks['failed']:.0f} | {marks['low']:.0f} | {marks['ms']:.1f} |"
        )
        print(lines[-1], flush=True)
    if options.write:
        from tests.benchmarks.landing import write_page

        write_page("\n".join(lines), "sniffers")


if __name__ == "__main__":
    main()
