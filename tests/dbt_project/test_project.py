"""The dbt project on a small shop: plain dbt, the artifacts, the way from rows to files."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dbt_project import artifacts, postgres, runner, status
from dbt_project.errors import ArtifactsMissing, BuildError, TraceError
from dbt_project.trace import trace
from tests.built import Built

DBT = Path(sys.executable).parent / "dbt"


def dbt(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Plain dbt from the repository's root, as a person runs it."""
    return subprocess.run(
        [str(DBT), "--no-use-colors", *arguments],
        capture_output=True, text=True, check=False, cwd=root,
    )  # fmt: skip


def test_every_test_of_the_build_passes(built_database: Built) -> None:
    with postgres.connect() as connection:
        bad = connection.execute(
            "select name, status, message from quality.node_status"
            " where status not in ('success', 'pass', 'no-op')"
        ).fetchall()
    assert bad == []


def test_all_of_a_build_happened_at_one_time(built_database: Built) -> None:
    """Tests asked together, too: none may seem to have run before the model that it is of."""
    with postgres.connect() as connection:
        torn = connection.execute(
            "select invocation_id from quality.run_results"
            " group by 1 having count(distinct executed_at) > 1"
        ).fetchall()
    assert torn == []


def test_plain_dbt_finds_the_database_by_itself(built_database: Built, root: Path) -> None:
    run = dbt(
        root, "show", "--quiet", "--inline", "select count(*) > 100 as n from marts.fct_orders"
    )
    assert run.returncode == 0, run.stdout
    assert "True" in run.stdout


def test_plain_dbt_shows_rows_of_what_is_built_by_changes(
    built_database: Built, root: Path
) -> None:
    run = dbt(root, "show", "--quiet", "--limit", "1", "--select", "fct_orders", "issues")
    assert run.returncode == 0, run.stdout
    assert "O-00" in run.stdout


def test_plain_dbt_needs_no_database_where_it_connects_to_none(root: Path) -> None:
    run = dbt(root, "deps")
    assert run.returncode == 0, run.stdout


def test_source_freshness_comes_from_the_ledger(built_database: Built, root: Path) -> None:
    run = dbt(root, "source", "freshness")
    assert run.returncode == 0, run.stdout
    assert run.stdout.count("PASS freshness") >= 10


def test_the_documentation_site_is_written(built_database: Built, root: Path) -> None:
    runner.document()
    assert (built_database.target / "catalog.json").stat().st_size > 1000
    written = json.loads((built_database.target / "manifest.json").read_text())
    tests = [node for node in written["nodes"].values() if node["resource_type"] == "test"]
    assert all("Who acts" in test["description"] for test in tests)
    overview = written["docs"]["doc.assay.__overview__"]["block_contents"]
    linked = re.findall(r"#!/(\w+)/([\w.]+)\)", overview)
    kinds = ("nodes", "metrics", "exposures")
    there = {key: node for kind in kinds for key, node in written[kind].items()}
    assert len(linked) > 10
    assert all(there[name]["resource_type"] == kind for kind, name in linked)


def test_a_build_of_one_model_is_summarised(built_database: Built) -> None:
    seen: list[tuple[int, int, str]] = []
    summary = runner.build(
        ["--select", "dim_products"], progress=lambda *progress: seen.append(progress)
    )
    assert summary.success
    assert summary.counts["model"] == {"success": 1}
    assert summary.counts["test"]["pass"] > 0
    assert seen[-1][0] == seen[-1][1] == len(seen)
    assert len(seen) >= 1 + summary.counts["test"]["pass"]


def test_a_failing_test_is_named_with_its_file(built_database: Built) -> None:
    break_it = "update marts.dim_products set category = {} where product_id = 'P-0001'"
    with postgres.connect(autocommit=True) as connection:
        kept = connection.execute(
            "select quote_literal(category) from marts.dim_products where product_id = 'P-0001'"
        ).fetchone()[0]
        connection.execute("alter table marts.dim_products alter category drop not null")
        connection.execute(break_it.format("null"))
        try:
            summary = runner.build(["--select", "dim_products", "--resource-type", "test"])
        finally:
            connection.execute(break_it.format(kept))
    assert not summary.success
    (failure,) = summary.failures
    assert failure.name == "not_null_dim_products_category"
    assert (failure.kind, failure.status, failure.rows) == ("test", "fail", 1)
    assert failure.path.startswith("models/marts/")
    # The shop is other tests' too, and they look at what its tests came to last.
    assert runner.build(["--select", failure.name]).success


def test_dbt_that_cannot_run_at_all_is_one_error(built_database: Built) -> None:
    with pytest.raises(BuildError, match="frobnicate"):
        runner.build(["--frobnicate"])


def test_artifacts_know_models_tests_keys_and_sources(built_database: Built) -> None:
    found = artifacts.load()
    orders = found.models["fct_orders"]
    assert orders.schema == "marts"
    assert orders.keys[0] == "order_id"
    assert len(orders.tests) > 5
    assert all(column.description for column in orders.columns)
    assert {"orders", "order_items", "fx_rates"} <= set(found.sources_of("fct_orders"))
    assert "stg_shop__orders" in {model.name for model in found.ancestors("fct_orders")}
    assert found.semantic_manifest_path.is_file()


def test_no_model_and_no_column_is_undocumented(built_database: Built) -> None:
    for model in artifacts.load().models.values():
        assert model.description, model.name
        assert [c.name for c in model.columns if not c.description] == [], model.name


def test_what_is_described_is_a_comment_in_the_database(built_database: Built) -> None:
    manifest = json.loads((built_database.target / "manifest.json").read_text())
    described = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] in {"model", "seed"}:
            place = node["schema"], node["alias"]
            described[(*place, None)] = node["description"].strip()
            for name, column in node["columns"].items():
                described[(*place, name)] = column["description"].strip()
    with postgres.connect() as connection:
        found = connection.execute(
            "select relnamespace::regnamespace::text, relname, attname, btrim(description, e' \\n')"
            " from pg_description inner join pg_class on objoid = pg_class.oid"
            " left join pg_attribute on (attrelid, attnum) = (objoid, nullif(objsubid, 0))"
            " where classoid = 'pg_class'::regclass"
        ).fetchall()
    comments = {tuple(place): comment for *place, comment in found}
    assert len(described) > 1_000
    assert {place for place in described if comments.get(place) != described[place]} == set()


@pytest.mark.parametrize("content", [None, "not json"])
def test_artifacts_that_are_not_there_say_what_to_do(tmp_path: Path, content: str | None) -> None:
    if content:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ArtifactsMissing) as caught:
        artifacts.load(tmp_path)
    assert "assay build" in caught.value.hint


def test_an_order_leads_back_to_its_line_in_the_file(built_database: Built) -> None:
    with postgres.connect() as connection:
        (key,) = connection.execute(
            "select order_id from marts.fct_orders where currency = 'EUR' limit 1"
        ).fetchone()
    found = trace("fct_orders", key)
    path = Path(found.uri.removeprefix("file://"))
    assert path.parent == built_database.data / "orders"
    assert found.text is not None
    assert next(csv.reader([found.text]))[0] == key
    assert path.read_text().splitlines()[found.line - 1] == found.text
    assert found.raw["order_id"] == key


@pytest.mark.parametrize(
    "mart",
    [
        "dim_customers", "dim_products", "fct_orders", "fct_order_items", "fct_payments",
        "fct_web_events", "fct_support_tickets", "fct_reviews", "fct_fx_rates",
    ],
)  # fmt: skip
def test_a_row_of_every_mart_leads_back_to_a_record(built_database: Built, mart: str) -> None:
    key = artifacts.load().models[mart].keys[0]
    with postgres.connect() as connection:
        value = connection.execute(
            f"select {key}::text from marts.{mart} where _file_id is not null limit 1"
        ).fetchone()[0]
    found = trace(mart, value)
    assert Path(found.uri.removeprefix("file://")).is_file()
    assert found.raw


def test_traces_that_lead_nowhere_say_why(built_database: Built) -> None:
    with pytest.raises(TraceError, match="no model is called"):
        trace("fct_nonsense", "1")
    with pytest.raises(TraceError, match="has no row"):
        trace("fct_orders", "O-none")
    with pytest.raises(TraceError, match="made of many records"):
        trace("fct_sessions", "1")


def test_status_tells_of_files_models_and_tests(built_database: Built) -> None:
    found = status.collect()
    assert found.build is not None
    assert found.reader == ()
    assert (found.schemas or {})["marts"] >= 12
