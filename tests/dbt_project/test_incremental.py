"""Incremental models: after new, late, changed and superseded files the same rows as built anew."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dbt_project import postgres
from dbt_project.embedded import EmbeddedServer
from extract import datagen, loader
from tests.dbt_project.rebuilt import assert_same_as_anew, build_models, count, dbt, fingerprints

SCALE = 0.1
SEED = 7
LATER = (
    "orders/2026-09.csv",
    "orders/2026-10.csv",
    "order_items/2026-Q3.parquet",
    "payments/2026-10.jsonl",
    "web_events/2026-10.jsonl.gz",
    "support_tickets/2026.jsonl",
    "reviews/reviews_2025.csv",
    "customers_shop/customers_2026.csv",
)
"""What arrives only after the first build; some of it is older than what was there."""
FACTS = ("fct_orders", "fct_web_events", "fct_sessions", "int_texts__measured")


@dataclass(frozen=True)
class Shop:
    """A shop whose files come in two deliveries."""

    data: Path
    later: Path
    root: Path


@pytest.fixture(scope="module")
def shop(
    postgres_server: EmbeddedServer,
    root: Path,
    run_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """The first delivery, loaded and built."""
    from tests.conftest import own_project

    folder = tmp_path_factory.mktemp("incremental")
    made = Shop(folder / "dataGen", folder / "later", root)
    with own_project(postgres_server, root, folder, run_folder):
        datagen.generate(scale=SCALE, seed=SEED, out=made.data)
        for name in LATER:
            (made.later / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(made.data / name, made.later / name)
        load(made)
        build_models()
        yield made


def test_late_and_new_files(shop: Shop) -> None:
    before = {name: rows_of(name) for name in FACTS}
    for name in LATER:
        shutil.move(shop.later / name, shop.data / name)
    orders = shop.data / "orders"
    header, *lines = (orders / "2026-04.csv").read_text().splitlines(keepends=True)
    again = [line.replace(",web,", ",phone,") for line in lines[::10] if line.startswith("O-")]
    (orders / "2026-11.csv").write_text("".join([header, *again]))
    load(shop)
    assert_same_as_anew()
    assert all(rows_of(name) > before[name] for name in FACTS)


def test_the_event_fact_has_a_partition_a_month_and_readers_of_a_month_read_no_other(
    shop: Shop,
) -> None:
    with postgres.connect() as connection:
        parts = connection.execute(
            "select relid::regclass::text from pg_partition_tree('marts.fct_web_events') "
            "where isleaf"
        ).fetchall()
        months = connection.execute(
            "select distinct 'marts.fct_web_events_' || to_char(event_date, 'YYYY_MM') "
            "from marts.fct_web_events"
        ).fetchall()
        plan = connection.execute(
            "explain (costs off) select count(*) from marts.fct_web_events "
            "where event_date between '2026-03-05' and '2026-04-20'"
        ).fetchall()
        kept = connection.execute(
            "select distinct indexdef ~ 'unique' from pg_indexes "
            "where tablename = 'fct_web_events_2026_10' and indexdef ~ '(event_id|visitor_id)'"
        ).fetchall()
    assert sorted(parts) == sorted(months)
    assert len(parts) > 20
    read = {name for (line,) in plan for name in re.findall(r"Scan on (\w+)", line)}
    assert read == {"fct_web_events_2026_03", "fct_web_events_2026_04"}
    assert kept == [(False,)]


def test_superseded_files_lose_their_old_rows(shop: Shop) -> None:
    orders = shop.data / "orders" / "2026-03.csv"
    header, *lines = orders.read_text().splitlines(keepends=True)
    dropped = [line for line in lines[::4] if line.startswith("O-")]
    moved = [line.replace(",web,", ",phone,") for line in lines if line not in dropped]
    orders.write_text("".join([header, *moved]))

    events = shop.data / "web_events" / "2026-03.jsonl.gz"
    with gzip.open(events, "rt") as file:
        parsed = [line for line in file if line.startswith("{") and line.endswith("}\n")]
    visitors = sorted({json.loads(line)["visitor_id"] for line in parsed})[::3]
    kept = [line for line in parsed if json.loads(line)["visitor_id"] not in visitors]
    with gzip.open(events, "wt") as file:
        file.writelines(kept)

    reviews = shop.data / "reviews" / "reviews_2026.csv"
    reviews.write_bytes(reviews.read_bytes().replace(b"great", b"terrible"))
    load(shop)
    assert_same_as_anew()
    with postgres.connect() as connection:
        gone = [line.split(",")[0] for line in dropped]
        left = connection.execute(
            "select count(*) from marts.fct_orders as orders "
            "join raw._files as files on orders._file_id = files.file_id "
            "where orders.order_id = any(%s) and files.uri like '%%2026-03.csv'",
            (gone,),
        ).fetchone()
        seen = connection.execute(
            "select count(*) from marts.fct_sessions as sessions where visitor_id = any(%s) "
            "and session_date between '2026-03-02' and '2026-03-30'",
            (visitors,),
        ).fetchone()
    assert left == (0,)
    assert seen == (0,)


def test_links_that_change_reach_the_facts(shop: Shop) -> None:
    customers = shop.data / "customers_shop" / "customers_2025.csv"
    header, *lines = customers.read_text(encoding="utf-8").splitlines(keepends=True)
    customers.write_text("".join([header, *lines[: len(lines) // 2]]), encoding="utf-8")

    products = shop.data / "products" / "products.json"
    rows = json.loads(products.read_text(encoding="utf-8"))
    rows[3]["name"] = "Totally Renamed Thing"
    products.write_text(json.dumps(rows[:-2]), encoding="utf-8")
    load(shop)
    unknown = "marts.fct_orders where customer_key = 'unknown'"
    before = count(unknown)
    assert_same_as_anew()
    assert count(unknown) > before


def test_nothing_new_changes_nothing(shop: Shop) -> None:
    before = fingerprints()
    dbt("run")
    assert fingerprints() == before


def rows_of(model: str) -> int:
    """How many rows a table has."""
    return count(f"{'intermediate' if model.startswith('int_') else 'marts'}.{model}")


def load(shop: Shop) -> None:
    """Load what is new or has changed."""
    loader.load([str(shop.data)])
