"""Files, columns and sizes are as promised, and the same seed gives the same bytes."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datagen_files import ENTITIES, Data, read
from test_answer_key import EVERY_RULE

from extract.datagen import Summary, generate

MONTHS = [f"{y}-{m:02d}" for y in (2024, 2025, 2026) for m in range(1, 13)][10:34]
FILES = {
    "customers_crm": ["kunden_2026-10.csv"],
    "customers_shop": ["customers_2025.csv", "customers_2026.csv"],
    "products": ["products.json"],
    "orders": [f"{m}.csv" for m in MONTHS],
    "order_items": ["2024-Q4.parquet"]
    + [f"{y}-Q{q}.parquet" for y in (2025, 2026) for q in range(1, 5)],
    "payments": [f"{m}.jsonl" for m in MONTHS],
    "web_events": [f"{m}.jsonl.gz" for m in MONTHS],
    "support_tickets": [f"{y}.jsonl" for y in (2024, 2025, 2026)],
    "reviews": [f"reviews_{y}.csv" for y in (2024, 2025, 2026)],
    "fx_rates": ["fx_rates.xlsx"],
}
COLUMNS = {
    "customers_crm": "Kundennr;Anrede;Name;E-Mail;Telefon;Straße;PLZ;Ort;Land;Geburtsdatum;"
    "Kunde seit;Segment;Newsletter",
    "customers_shop": "customer_id;first_name;last_name;email;phone;street;postcode;city;country;"
    "birth_date;created_at;segment;language;marketing_opt_in",
    "products": "product_id;name;category;price;cost;attributes;tags;supplier;active;launched_on",
    "orders": "order_id;customer_id;ordered_at;status;channel;country;currency;shipping_fee;"
    "discount_amount;coupon_code;total_amount;shipped_at;delivered_at;note",
    "order_items": "order_item_id;order_id;product_id;quantity;unit_price;discount_rate;tax_rate;"
    "returned_quantity;returned_at;return_reason",
    "payments": "payment_id;order_id;method;amount;currency;status;paid_at;provider",
    "web_events": "event_id;visitor_id;customer_id;occurred_at;event_type;page_url;referrer;utm;"
    "device;product_id;order_id;search_term;country",
    "support_tickets": "ticket_id;customer_id;order_id;channel;priority;status;subject;opened_at;"
    "closed_at;satisfaction;messages",
    "reviews": "review_id;product_id;customer_id;rating;title;body;reviewed_at;language;"
    "verified_purchase;helpful_votes",
    "fx_rates": "Date;Currency;Rate;Source",
}


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_source_has_its_files(sample: Data) -> None:
    for entity, names in FILES.items():
        assert sorted(p.name for p in (sample.folder / entity).iterdir()) == sorted(names)
    assert {p.name for p in sample.folder.iterdir()} == {*ENTITIES, "_answer_key"}


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_record_has_the_columns_of_its_source(sample: Data, entity: str) -> None:
    rows = sample.good(entity)
    assert rows
    for row in rows:
        assert list(row.values) == COLUMNS[entity].split(";")


def test_bytes_are_as_each_system_writes_them(sample: Data) -> None:
    crm = (sample.folder / "customers_crm/kunden_2026-10.csv").read_bytes()
    assert crm.count(b"\r\n") == crm.count(b"\n") > 200
    assert "Straße".encode("cp1252") in crm
    with pytest.raises(UnicodeDecodeError):
        crm.decode("utf-8")
    orders = (sample.folder / "orders/2025-03.csv").read_bytes()
    assert b"\r" not in orders
    schema = pq.read_schema(sample.folder / "order_items/2025-Q1.parquet")
    assert schema.field("unit_price").type == pa.decimal128(12, 2)
    assert schema.field("quantity").type == pa.int32()
    assert pa.types.is_timestamp(schema.field("returned_at").type)
    bodies = [row.values["body"] for row in sample.good("reviews")]
    assert sum("\n" in b for b in bodies) > len(bodies) / 20
    assert any("," in b for b in bodies)
    notes = [row.values["note"] for row in sample.good("orders")]
    assert any('"' in n for n in notes)
    assert any("," in n for n in notes)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    generate(tmp_path / "a", 0.03, 5)
    generate(tmp_path / "b", 0.03, 5)
    generate(tmp_path / "c", 0.03, 6)
    first, second, other = (digests(tmp_path / name) for name in "abc")
    assert first == second
    assert set(first) == set(other)
    assert not {name for name in first if first[name] == other[name]}


def test_rows_are_linear_in_the_scale(tmp_path: Path) -> None:
    small = {s.source: s.rows for s in generate(tmp_path / "s", 0.2, 1).sources}
    large = {s.source: s.rows for s in generate(tmp_path / "l", 0.8, 1).sources}
    for source in set(ENTITIES) - {"fx_rates"}:
        assert large[source] == pytest.approx(4 * small[source], rel=0.06), source
    assert large["fx_rates"] == pytest.approx(small["fx_rates"], rel=0.01)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return generate(tmp_path_factory.mktemp("whole") / "out", 1, 7)


def test_scale_one_has_about_200_000_rows_and_five_of_each_defect(whole: Summary) -> None:
    assert whole.rows == pytest.approx(200_000, rel=0.05)
    planted = {s.source: s.defects for s in whole.sources}
    for entity, rules in EVERY_RULE.items():
        assert set(planted[entity]) == rules
        assert min(planted[entity].values()) >= 5


def test_the_summary_says_what_is_there(whole: Summary) -> None:
    data = read(whole.out)
    for source in whole.sources:
        assert source.rows == len(data.rows[source.source])
        paths = list((whole.out / source.source).iterdir())
        assert (source.files, source.bytes) == (
            len(paths),
            sum(p.stat().st_size for p in paths),
        )
    assert whole.defects == len(data.defects)
    assert sum(whole.anomalies.values()) == len(data.anomalies)
    manifest = json.loads((whole.out / "_answer_key/manifest.json").read_text())
    assert (manifest["scale"], manifest["seed"]) == (1, 7)


def test_defects_are_rare(whole: Summary) -> None:
    for source in whole.sources:
        for rule, n in source.defects.items():
            limit = 0.06 if rule == "customer_merged" else 0.03
            assert n <= max(8, limit * source.rows), (source.source, rule)


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from extract.datagen import generate\n"
        "generate(Path(sys.argv[1]), float(sys.argv[2]), 3)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )

    def peak(scale: str) -> int:
        command = [sys.executable, "-c", script, str(tmp_path / scale), scale]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert peak("3") < peak("1") + 45_000  # KiB; the text of scale 3 alone is over 180 MB


def test_exchange_rates_are_missing_at_weekends(sample: Data) -> None:
    days = [datetime.fromisoformat(str(r.values["Date"])) for r in sample.rows["fx_rates"]]
    assert {d.weekday() for d in days} == {0, 1, 2, 3, 4}
    assert {r.values["Currency"] for r in sample.rows["fx_rates"]} == {"GBP", "CHF", "USD"}


def test_the_key_is_a_plain_csv(sample: Data) -> None:
    with (sample.folder / "_answer_key/defects.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert header == "entity file line column rule key raw_value expected_value".split()  # noqa: SIM905
