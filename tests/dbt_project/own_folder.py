"""A folder of a stranger's files, and a copy of the project in which it is scaffolded and built."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from dbt_project import own

STATIONS = 12
TRIPS = 240
REPORTS = 60


def write_files(folder: Path) -> None:
    """Stations (a key with leading noughts), trips (orphans, `\\N`, commas, day first), reports."""
    folder.mkdir(parents=True)
    lines = ["Station Code;Name;City;Platforms"]
    lines += [
        f"0{100 + n};Stop {n};{('Bonn', 'Köln', 'Ulm')[n % 3]};{1 + n % 4}" for n in range(STATIONS)
    ]
    (folder / "stations.csv").write_bytes("\n".join([*lines, ""]).encode("latin-1"))
    lines = ["trip_id;station_code;departed on;fare;passengers;is_late;select"]
    for n in range(TRIPS):
        station = f"0{100 + n % STATIONS}" if n % 40 else "0999"
        day = f"{1 + n % 28:02d}/{1 + n % 12:02d}/2024"
        fare = "\\N" if n % 17 == 0 else f"{1000 + n * 7},{n % 100:02d}"
        people = "many" if n == 5 else str(n % 9)
        lines.append(f"T{n:04d};{station};{day};{fare};{people};{'yn'[n % 2]};{'abc'[n % 3]}")
    lines.append(lines[1])  # A copy of a whole record.
    (folder / "trips.csv").write_text("\n".join([*lines, ""]), "utf-8")
    with (folder / "reports.jsonl").open("w", encoding="utf-8") as out:
        for n in range(REPORTS):
            record = {
                "id": n + 1,
                "trip": {"id": f"T{n:04d}", "crew": {"lead": f"crew {n % 5}"}},
                "written_at": f"2024-03-{1 + n % 28:02d}T10:{n % 60:02d}:00Z",
                "score": n % 5 + 0.5,
                "note": f"Train no {n} was {('late', 'full', 'clean')[n % 3]} today. We waited.",
                "tags": ["a", "b"][: n % 3],
            }
            out.write(json.dumps(record) + "\n")


def copy_project(root: Path, folder: Path) -> Path:
    """The project without the sample shop, in a folder where files may be written."""
    folder.mkdir(parents=True)
    for name in ("models", "macros", "seeds", "tests/dbt"):
        shutil.copytree(root / name, folder / name)
    for name in ("profiles.yml", ".sqlfluff"):
        shutil.copy(root / name, folder / name)
    settings = (root / own.FILE).read_text("utf-8")
    (folder / own.FILE).write_text(own.switched(settings, sample_shop=False), "utf-8")
    return folder
