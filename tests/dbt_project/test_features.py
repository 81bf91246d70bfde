"""Training sets: nothing in them that was not known on the day, and all that makes them again."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest

from dbt_project import features, postgres
from dbt_project.errors import ConfigurationError, GateClosed
from dbt_project.features import Export
from tests.built import Built

DAY = date(2026, 5, 31)
LATER = """
    delete from marts.fct_orders where ordered_at >= '2026-06-01T00:00Z';
    delete from marts.fct_order_items where ordered_at >= '2026-06-01T00:00Z';
    delete from marts.fct_sessions where ended_at >= '2026-06-01T00:00Z';
    delete from marts.fct_support_tickets where opened_at >= '2026-06-01T00:00Z';
    delete from marts.context_messages where written_at >= '2026-06-01T00:00Z';
    delete from marts.fct_reviews where reviewed_at >= '2026-06-01T00:00Z';
    -- What was not over on the day could not be known, nor could what came of it.
    update marts.fct_orders set status = 'placed', is_cancelled = false, is_returned = false,
        revenue_eur = 0, returned_eur = 0, margin_eur = 0;
    update marts.fct_orders set delivered_at = null, days_to_deliver = null,
        is_delivered_late = null where delivered_at >= '2026-06-01T00:00Z';
    update marts.fct_order_items set is_cancelled = false, revenue_eur = 0;
    update marts.fct_order_items set returned_at = null, returned_quantity = 0, returned_eur = 0,
        return_reason = null where returned_at >= '2026-06-01T00:00Z';
    update marts.fct_support_tickets set closed_at = null, is_closed = false, status = 'open',
        satisfaction = null, resolution_hours = null where closed_at >= '2026-06-01T00:00Z';
    update marts.dim_customers set segment = 'x', country_code = 'XX', orders_count = 0,
        first_order_date = null, last_order_date = null, is_repeat = false;
"""


@pytest.fixture
def exported(built_database: Built, tmp_path: Path) -> Export:
    return features.export(DAY, tmp_path / "out", horizon_days=60)


def query_of(done: Export) -> str:
    columns = ", ".join(c.name for c in done.content.columns if c.role != "label")
    return f"select {columns} from ({done.content.sql}) as features"


def test_what_happens_after_the_day_changes_no_feature(exported: Export) -> None:
    with postgres.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        before = connection.execute(query_of(exported)).fetchall()
        connection.execute(LATER)
        after = connection.execute(query_of(exported)).fetchall()
        connection.rollback()
    assert len(before) > 500
    assert after == before


def test_labels_are_what_happened_after_the_day(exported: Export) -> None:
    with postgres.connect() as connection:
        orders = connection.execute(
            "select count(*), sum(gross_eur)::float from marts.fct_orders o"
            " where ordered_at >= '2026-06-01T00:00Z' and ordered_at < '2026-07-31T00:00Z'"
            " and exists (select from marts.dim_customers c where c.customer_key = o.customer_key"
            " and c.customer_key <> 'unknown' and c.customer_since::date <= '2026-05-31')"
        ).fetchone()
    table = pq.read_table(exported.data)
    assert orders is not None
    assert sum(table["label_orders_next"].to_pylist()) == orders[0] > 100
    assert sum(table["label_gross_eur_next"].to_pylist()) == pytest.approx(orders[1])


def test_a_horizon_that_the_data_do_not_reach_has_no_labels(
    built_database: Built, tmp_path: Path
) -> None:
    table = pq.read_table(features.export(date(2026, 9, 30), tmp_path, horizon_days=90).data)
    assert table["label_orders_next"].null_count == table.num_rows
    assert table["orders_30d"].null_count == 0


def test_features_agree_with_a_count_by_hand(exported: Export) -> None:
    table = pq.read_table(exported.data)
    with postgres.connect() as connection:
        counts = dict(
            connection.execute(
                "select customer_key, count(*) from marts.fct_orders"
                " where order_date between '2026-03-03' and '2026-05-31' group by customer_key"
            ).fetchall()
        )
    keys, found = table["customer_key"].to_pylist(), table["orders_90d"].to_pylist()
    assert len(set(keys)) == len(keys) == exported.content.rows
    assert found == [counts.get(key, 0) for key in keys]
    assert sum(found) > 100


def test_the_manifest_says_what_it_is_and_the_same_data_make_the_same_file(
    exported: Export, tmp_path: Path
) -> None:
    manifest = json.loads(exported.manifest.read_text())
    assert manifest["sha256"] == hashlib.sha256(exported.data.read_bytes()).hexdigest()
    assert [column["name"] for column in manifest["columns"]] == pq.read_schema(exported.data).names
    assert all(column["description"] for column in manifest["columns"])
    assert set(manifest["tests"]) == {"pass"}
    assert "int_orders__judged" in manifest["models"]
    assert any(source["uri"].endswith("2026-05.csv") for source in manifest["sources"])
    again = features.export(DAY, tmp_path / "again", horizon_days=60)
    assert again.content.sha256 == manifest["sha256"]
    assert again.content.data_version == manifest["data_version"]


def test_a_failed_test_closes_the_gate_and_force_says_so_in_the_manifest(
    built_database: Built, tmp_path: Path
) -> None:
    with postgres.connect(autocommit=True) as connection:
        last = "(select max(executed_at) from quality.run_results) + interval '1 second'"
        row = connection.execute(
            "insert into quality.run_results select (jsonb_populate_record(r, jsonb_build_object("
            f"'status', 'fail', 'executed_at', {last}))).* from quality.run_results r"
            " where name like 'unique_fct_orders_order_id%' and status = 'pass' limit 1"
            " returning node_id, executed_at"
        ).fetchone()
        assert row is not None
        try:
            with pytest.raises(GateClosed, match=r"1 of .* failed: unique_fct_orders_order_id"):
                features.export(DAY, tmp_path)
            assert not list(tmp_path.iterdir())
            forced = features.export(DAY, tmp_path, force=True)
        finally:
            connection.execute(
                "delete from quality.run_results where node_id = %s and executed_at = %s", row
            )
    assert [name.split(".")[0] for name in forced.content.failing] == ["unique_fct_orders_order_id"]


def test_a_day_outside_the_data_is_refused(built_database: Built, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="2031-01-01 is outside the data"):
        features.export(date(2031, 1, 1), tmp_path)


def test_the_marts_are_as_they_were(built_database: Built) -> None:
    """The database is shared: what these tests changed was rolled back."""
    with postgres.connect() as connection:
        row: psycopg.rows.TupleRow | None = connection.execute(
            "select count(*) from marts.fct_orders where ordered_at >= '2026-06-01T00:00Z'"
        ).fetchone()
    assert row is not None
    assert row[0] > 100
