"""A folder of ten files and a million rows, made by a seed: what scaffolding is timed on.

Written as strangers write: a `;` and a comma for decimals in one file, days first in another,
`yyyymmdd` in a third, `\\N` and `k.A.`, orphans, a key of two columns, copies of rows, JSON.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

SEED = 11
ROWS = {
    "regions": 12, "stores": 400, "products": 5_000, "customers": 60_000, "orders": 220_000,
    "order_lines": 420_000, "payments": 160_000, "visits": 100_000, "prices": 30_000,
    "feedback": 4_588,
}  # fmt: skip
_HEADERS = {
    "regions": "region_code,region,country",
    "stores": "store_id,store,region_code,opened,square_metres",
    "products": "sku,product,category,list_price,weight",
    "customers": "customer_id,name,city,birth_year,signed_up,segment,newsletter",
    "orders": "order_id,customer_id,store_id,order_date,status,channel,shipping,discount",
    "order_lines": "order_id,line_no,sku,quantity,unit_price,tax_rate",
    "payments": "payment_id;order_id;paid_on;amount;method",
    "visits": "visit_id,store_id,day,visitors,temperature,queue_minutes",
    "prices": "sku,valid_from,price,currency",
}


def write(folder: Path) -> int:
    """Write the files into a new folder; how many rows they have in all."""
    folder.mkdir(parents=True)
    records = _records(random.Random(SEED))
    for name, rows in ROWS.items():
        made = islice(records[name], rows)
        if name == "feedback":
            with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as out:
                out.writelines(json.dumps(record) + "\n" for record in made)
            continue
        header = _HEADERS[name]
        delimiter = ";" if ";" in header else ","
        encoding = "cp1252" if name == "payments" else "utf-8"
        with (folder / f"{name}.csv").open("w", encoding=encoding, newline="") as out:
            writer = csv.writer(out, delimiter=delimiter)
            writer.writerow(header.split(delimiter))
            writer.writerows(made)
    return sum(ROWS.values())


def _records(chance: random.Random) -> dict[str, Iterator[Any]]:
    def day() -> date:
        return date(2022, 1, 1) + timedelta(days=chance.randrange(900))

    def one_of(*values: Any) -> Any:
        return values[chance.randrange(len(values))]

    def some(name: str) -> int:
        return chance.randrange(ROWS[name])

    def numbers() -> Iterator[int]:
        yield from range(10**9)

    return {
        "regions": (
            [f"R{n:02d}", f"Region {n}", one_of("DE", "FR", "AT")] for n in numbers()
        ),
        "stores": (
            [n + 1, f"Store {n}", f"R{some('regions'):02d}", f"{day():%d/%m/%Y}",
             chance.randrange(80, 900)]
            for n in numbers()
        ),
        "products": (
            [f"SKU-{n:05d}", f"Product {n}", one_of("toys", "books", "food", "tools"),
             f"{chance.uniform(1, 900):.2f}", f"{chance.randrange(10, 9000)} g"]
            for n in numbers()
        ),
        "customers": (
            [100_000 + n, f"Person {n}", one_of("Köln", "Lyon", "Graz", "Bonn"),
             "k.A." if n % 25 == 0 else chance.randrange(1940, 2006), day(),
             one_of("new", "loyal", "lost"), one_of("y", "n")]
            for n in numbers()
        ),
        "orders": (
            [n + 1, 100_000 + chance.randrange(60_400), some("stores") + 1, day(),
             one_of("paid", "open", "returned"), one_of("web", "shop"),
             one_of("\\N", "4.90", "0.00"), f"{chance.uniform(0, 0.4):.2f}"]
            for n in numbers()
        ),
        "order_lines": (
            [n // 2 + 1, n % 2 + 1, f"SKU-{some('products'):05d}", chance.randrange(1, 9),
             f"{chance.uniform(1, 900):.2f}", one_of("0.07", "0.19")]
            for n in numbers()
        ),
        "payments": (
            [f"P{n - (n % 4_000 == 1):07d}", some("orders") + 1, f"{day():%d.%m.%Y}",
             f"{chance.uniform(1, 2_000):.2f}".replace(".", ","), one_of("Karte", "Überweisung")]
            for n in numbers()
        ),
        "visits": (
            [n + 1, some("stores") + 1, f"{day():%Y%m%d}", chance.randrange(0, 400),
             -999 if n % 90 == 0 else f"{chance.uniform(-9, 35):.1f}", chance.randrange(0, 30)]
            for n in numbers()
        ),
        "prices": (
            [f"SKU-{n // 6:05d}", date(2022, 1, 1) + timedelta(days=90 * (n % 6)),
             f"{chance.uniform(1, 900):.2f}", "EUR"]
            for n in numbers()
        ),
        "feedback": (
            {"id": n + 1, "order": {"id": some("orders") + 1}, "written_at": f"{day()}T10:00:00Z",
             "stars": chance.randrange(1, 6), "text": one_of("Good. Came late.", "All well."),
             "answers": [{"by": one_of("shop", "bot"), "hours": chance.randrange(1, 90)}
                         for _ in range(n % 3)]}
            for n in numbers()
        ),
    }  # fmt: skip
