"""A folder of a stranger's files, and a copy of the project in which it is scaffolded and built."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

from dbt_project import own

STATIONS = 12
TRIPS = 240
REPORTS = 60
BESUCHE = 480
SERVICES = ("sauna", "massage", "hot bath", "swimming", "gym", "tea")


def write_files(folder: Path) -> None:
    """Stations, trips, reports and visits, each with what strangers' files are full of.

    Keys with leading noughts, orphans, `\\N`, commas, days first, months by name, lists of objects
    and lists inside them, objects whose keys are data, lists of values in JSON and in texts, words
    and nines for nothing, units, durations, a copy of a whole row, German names; a name of one
    letter, names that begin with a number, rows that lead to rows of their own table, and numbers
    of a table that is not there; a picture as text.
    """
    folder.mkdir(parents=True)
    lines = ["Station Code;Name;City;Platforms;Z"]
    lines += [
        f"0{100 + n};Stop {n};{('Bonn', 'Köln', 'Ulm')[n % 3]};{1 + n % 4};{n % 2}"
        for n in range(STATIONS)
    ]
    (folder / "stations.csv").write_bytes("\n".join([*lines, ""]).encode("latin-1"))
    lines = ["trip_id;station_code;departed on;fare;passengers;is_late;select;took"]
    for n in range(TRIPS):
        station = f"0{100 + n % STATIONS}" if n % 40 else "0999"
        day = f"{1 + n % 28:02d}/{1 + n % 12:02d}/2024"
        fare = "\\N" if n % 17 == 0 else f"{1000 + n * 7},{n % 100:02d}"
        people = "many" if n == 5 else str(n % 9)
        took = f"{n % 3}h {n % 60:02d}m" if n % 3 else f"{n % 60} min"
        lines.append(
            f"T{n:04d};{station};{day};{fare};{people};{'yn'[n % 2]};{'abc'[n % 3]};{took}"
        )
    lines.append(lines[1])  # A copy of a whole record.
    (folder / "trips.csv").write_text("\n".join([*lines, ""]), "utf-8")
    with (folder / "reports.jsonl").open("w", encoding="utf-8") as out:
        for n in range(REPORTS):
            record = {
                "id": n + 1,
                "parent_id": n or None,
                "grade_id": n % 9 + 1,
                "photo": "R0lGOD" * 5_000 if n == 3 else None,
                "trip": {"id": f"T{n:04d}", "crew": {"lead": f"crew {n % 5}"}},
                "written_at": f"2024-03-{1 + n % 28:02d}T10:{n % 60:02d}:00Z",
                "score": n % 5 + 0.5,
                "note": f"Train no {n} was {('late', 'full', 'clean')[n % 3]} today. We waited."
                if n != 7
                else "A terrible, dirty and broken train, the worst trip ever. We are very angry.",
                "tags": ["a", "b"][: n % 3],
                "stops": [
                    {
                        "stationCode": f"0{100 + k}",
                        "delay": 2 * k,
                        "name": f"{k + 1}^ stop",
                        "calls": [
                            {"on": f"2024-03-{c + 1:02d}", "kind": "io"[c]} for c in range(k + 1)
                        ],
                    }
                    for k in range(n % 3)
                ],
                "seats": {f"class {k}": k for k in range(n % 10, n % 10 + n % 3)},
            }
            out.write(json.dumps(record) + "\n")
    lines = ["besuch_nr;datum;gebucht;station_code;dauer;gewicht;alter;services"]
    for n in range(BESUCHE):
        day = date(2024, 1, 1) + timedelta(days=n // 5)
        booked = (day - timedelta(days=3)).strftime("%d %b %Y")
        minutes = 9999 if n % 24 == 0 else 20 + n % 61
        age = "k.A." if n % 16 == 0 else 18 + n % 60
        lines.append(
            f"{n + 1};{day:%Y%m%d};{booked};0{100 + n % STATIONS};{minutes};{50 + n % 40} kg;{age};"
            + ", ".join(SERVICES[n % 4 : n % 4 + 1 + n % 3])
        )
    (folder / "besuche.csv").write_text("\n".join([*lines, ""]), "utf-8")


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
