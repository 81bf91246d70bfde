"""Files to entities and headers to columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract import names


@pytest.mark.parametrize(
    ("parts", "root", "entity"),
    [
        (("orders", "2026-01.csv"), "data", "orders"),
        (("orders", "2026", "01", "x.csv"), "data", "orders"),
        (("2026", "orders.csv"), "data", "orders"),
        (("2015-16", "clubs.json"), "data", "clubs"),
        (("2026", "01", "orders", "a.csv"), "data", "orders"),
        (("year=2026", "month=01", "part-0001.parquet"), "orders", "orders"),
        (("orders", "year=2026", "part-0001.parquet"), "data", "orders"),
        (("2026-01.csv",), "2026", "data"),
        (("Web Events", "a.jsonl.gz"), "data", "web_events"),
        (("orders_2026-01-31.csv",), "data", "orders"),
        (("orders.part-0001.jsonl.gz",), "data", "orders"),
        (("orders_2026Q1.parquet",), "data", "orders"),
        (("orders-20260131T120000Z.csv",), "data", "orders"),
        (("2026-01 orders (2).csv",), "data", "orders"),
        (("customers.csv",), "data", "customers"),
        (("2026-01.csv",), "orders", "orders"),
        (("fx_rates.xlsx",), "data", "fx_rates"),
        (("us_states.geojson.gz",), "data", "us_states"),
        (("Größe.csv",), "data", "grosse"),
    ],
)
def test_entity(parts: tuple[str, ...], root: str, entity: str) -> None:
    assert names.entity(parts, root) == entity


def test_a_folder_named_like_a_table_is_that_table() -> None:
    assert names.entity(("kunden.csv",), "customers_crm") == "kunden"
    assert names.entity(("kunden.csv",), "customers_crm", {"customers_crm"}) == "customers_crm"


@pytest.mark.parametrize(
    ("label", "column"),
    [
        ("E-Mail", "e_mail"),
        ("Kunde seit", "kunde_seit"),
        ("Straße", "strasse"),
        ("customerID", "customer_id"),
        ("HTTPStatus", "http_status"),
        ("% off", "percent_off"),
        ("  x  ", "x"),
        ("_line", "line"),
        ("2024", "_2024"),
        ("ctid", "ctid_"),
        ("select", "select"),
    ],
)
def test_column(label: str, column: str) -> None:
    assert names.columns([label], {}) == [column]


def test_a_label_keeps_its_column_in_every_file() -> None:
    known: dict[str, str | None] = {"name": "Name", "name_2": "name", "id": "id"}
    assert names.columns(["name", "id"], known) == ["name_2", "id"]
    assert names.columns(["NAME", "id"], known) == ["name", "id"]
    assert names.columns(["NAME", "name", "Name"], known) == ["name_3", "name_2", "name"]


labels = st.lists(st.none() | st.text(max_size=80), max_size=30)


@given(labels=labels, more=labels)
def test_names_are_unique_short_and_stable(
    labels: list[str | None], more: list[str | None]
) -> None:
    first = names.columns(labels, {})
    assert len(set(first)) == len(labels)
    for name in first:
        assert 0 < len(name.encode()) <= names.LONGEST
        assert name not in ("_file_id", "_line")
    known = dict(zip(first, labels, strict=True))
    if all(labels):
        assert names.columns(labels, known) == first
        assert names.columns(labels[::-1], known) != [] or not labels
    second = names.columns(more, known)
    assert len(set(second)) == len(more)
