"""Reads generated folders back with readers that share nothing with the generator."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

ENTITIES = (
    "customers_crm", "customers_shop", "fx_rates", "order_items", "orders", "payments", "products",
    "reviews", "support_tickets", "web_events",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A record, where it stands, and what it holds; `reject` if it cannot be read as one."""

    file: str
    line: int
    values: dict[str, Any]
    text: str = ""
    reject: str = ""

    @property
    def place(self) -> tuple[str, int]:
        return self.file, self.line


@dataclass
class Data:
    folder: Path
    rows: dict[str, list[Row]] = field(default_factory=dict)
    defects: list[dict[str, str]] = field(default_factory=list)
    anomalies: list[dict[str, str]] = field(default_factory=list)

    def good(self, entity: str) -> list[Row]:
        return [row for row in self.rows[entity] if not row.reject]

    def key(self, entity: str, rule: str) -> set[tuple[str, int]]:
        """Where the answer key places a rule."""
        return {
            (d["file"], int(d["line"]))
            for d in self.defects
            if d["entity"] == entity and d["rule"] == rule
        }

    def rules(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for defect in self.defects:
            found[defect["entity"]].add(defect["rule"])
        return found


def read(folder: Path) -> Data:
    data = Data(folder)
    for entity in ENTITIES:
        files = sorted((folder / entity).iterdir())
        data.rows[entity] = [row for path in files for row in _read_file(folder, path)]
    data.defects = _key(folder / "_answer_key/defects.csv")
    data.anomalies = _key(folder / "_answer_key/anomalies.csv")
    return data


def _key(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _read_file(folder: Path, path: Path) -> Iterator[Row]:
    name = path.relative_to(folder).as_posix()
    if path.suffix == ".csv":
        yield from _csv(name, path)
    elif path.suffix == ".parquet":
        for number, values in enumerate(pq.read_table(path).to_pylist(), start=1):
            yield Row(name, number, values)
    elif path.suffix == ".xlsx":
        table = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("rates").to_python()
        for number, cells in enumerate(table[1:], start=2):
            yield Row(name, number, dict(zip(table[0], cells, strict=True)))
    elif path.suffix == ".json":
        records = json.loads(path.read_bytes(), parse_float=Decimal)
        for number, values in enumerate(records, start=1):
            yield Row(name, number, values)
    else:
        body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for number, line in enumerate(body.decode().splitlines(), start=1):
            try:
                yield Row(name, number, json.loads(line, parse_float=Decimal), line)
            except json.JSONDecodeError:
                yield Row(name, number, {}, line, "bad_json")


def _csv(name: str, path: Path) -> Iterator[Row]:
    german = name.startswith("customers_crm")
    encoding, delimiter = ("cp1252", ";") if german else ("utf-8", ",")
    raw = path.read_bytes()
    text = raw.decode(encoding, "strict" if german else "surrogateescape")
    lines = text.split("\r\n" if german else "\n")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = next(reader)
    last = reader.line_num
    for cells in reader:
        start, last = last + 1, reader.line_num
        if any(0xDC80 <= ord(c) <= 0xDCFF for cell in cells for c in cell):
            # Each byte that is no UTF-8, as Latin-1 has it.
            bytes_to_latin1 = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}
            fixed = [cell.translate(bytes_to_latin1) for cell in cells]
            yield Row(name, start, dict(zip(header, fixed, strict=True)), reject="bad_encoding")
        elif len(cells) != len(header):
            yield Row(name, start, {}, lines[start - 1], "wrong_width")
        else:
            yield Row(name, start, dict(zip(header, cells, strict=True)))
