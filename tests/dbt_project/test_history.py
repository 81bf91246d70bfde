"""What was known of customers and products before: a later export closes what it changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbt_project import postgres
from dbt_project.embedded import EmbeddedServer
from extract import datagen, loader
from tests.conftest import own_project
from tests.dbt_project.test_cleaning import dbt

CRM = "customers_crm/kunden_2026-10.csv"
PRODUCTS = "products/products.json"


@pytest.fixture(scope="module")
def exported_twice(
    postgres_server: EmbeddedServer,
    root: Path,
    run_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, str]]:
    """Built from one export, then again when a second one has come; the keys that differ."""
    folder = tmp_path_factory.mktemp("history")
    data = folder / "dataGen"
    with own_project(postgres_server, root, folder, run_folder):
        datagen.generate(scale=0.02, seed=3, out=data)
        _load_and_build(data, tests=False)
        keys = _second_export(data)
        _load_and_build(data, tests=True)
        yield keys


def _load_and_build(data: Path, *, tests: bool) -> None:
    assert loader.load([str(data)]).ok
    wanted = ["resource_type:seed", "+dim_customers_history", "+dim_products_history"]
    # A unit test depends on no data: it is run where all tests are.
    left_out = ["unit_test"] if tests else ["unit_test", "test"]
    options = [part for kind in left_out for part in ("--exclude-resource-type", kind)]
    selected = ["--select", *wanted, "--indirect-selection", "cautious"]
    assert dbt("--no-write-json", *selected, *options) == {}


def _second_export(data: Path) -> dict[str, str]:
    """A later month of the CRM with one person moved, and a changed, shortened product file."""
    with postgres.connect() as connection:
        (customer,) = _one(
            connection,
            "select customer_key from marts.dim_customers_history"
            " where customer_key ~ '^K-' and first_name ~ '^[A-Za-z]+$' order by 1 limit 1",
        )
        first, last = _one(
            connection,
            "select product_id, (select max(product_id) from marts.dim_products_history)"
            " from marts.dim_products_history order by 1 limit 1",
        )
    header, *lines = (data / CRM).read_bytes().splitlines(keepends=True)
    moved = []
    for line in lines:
        cells = line.decode("cp1252").split(";")
        if cells[0] == customer:
            cells[6:8] = ["99999", "Neustadt am Ende"]
        moved.append(";".join(cells).encode("cp1252"))
    (data / CRM.replace("2026-10", "2026-11")).write_bytes(header + b"".join(moved))
    products = json.loads((data / PRODUCTS).read_text())
    kept = [entry for entry in products if entry["product_id"] != last]
    for entry in kept:
        if entry["product_id"] == first:
            entry["cost"] = "1.23"
    (data / PRODUCTS).write_text(json.dumps(kept))
    return {"customer": str(customer), "changed": str(first), "gone": str(last)}


def _one(connection: psycopg.Connection, query: str, *values: str) -> tuple[object, ...]:
    rows = connection.execute(query.encode(), values).fetchall()
    assert len(rows) == 1
    return tuple(rows[0])


def _versions(mart: str, key: str, value: str) -> list[tuple[object, ...]]:
    with postgres.connect() as connection:
        query = (
            "select version_number, valid_from is null, valid_to is null, is_current, changed"
            f" from marts.{mart} where {key} = %s order by version_number"
        )
        return connection.execute(query.encode(), [value]).fetchall()


def test_a_customer_who_moved_has_two_versions(exported_twice: dict[str, str]) -> None:
    customer = exported_twice["customer"]
    assert _versions("dim_customers_history", "customer_key", customer) == [
        (1, True, False, False, []),
        (2, False, True, True, ["postcode", "city"]),
    ]
    with postgres.connect() as connection:
        ended, began, city = _one(
            connection,
            "select max(valid_to), max(valid_from), max(city) filter (where is_current)"
            " from marts.dim_customers_history where customer_key = %s",
            customer,
        )
    assert ended == began
    assert city == "Neustadt am Ende"


def test_who_is_exported_again_unchanged_has_one_version(exported_twice: dict[str, str]) -> None:
    with postgres.connect() as connection:
        several = connection.execute(
            "select customer_key from marts.dim_customers_history where version_number > 1"
        ).fetchall()
        (everybody,) = _one(
            connection,
            "select count(*) = (select count(*) from intermediate.int_customers__current)"
            " from marts.dim_customers_history where is_current",
        )
    assert several == [(exported_twice["customer"],)]
    assert everybody


def test_a_changed_product_has_two_versions_and_one_that_is_gone_is_closed(
    exported_twice: dict[str, str],
) -> None:
    assert _versions("dim_products_history", "product_id", exported_twice["changed"]) == [
        (1, True, False, False, []),
        (2, False, True, True, ["unit_cost"]),
    ]
    assert _versions("dim_products_history", "product_id", exported_twice["gone"]) == [
        (1, True, False, False, []),
    ]
    with postgres.connect() as connection:
        gone = connection.execute(
            "select 1 from raw.products where product_id = %s", [exported_twice["gone"]]
        ).fetchall()
    assert gone == []
