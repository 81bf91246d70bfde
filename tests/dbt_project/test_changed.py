"""`assay build`: what has not changed does not run; whatever a change reaches does."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dbt_project import changed, postgres, runner
from dbt_project.embedded import EmbeddedServer
from extract import datagen, loader
from tests.own_process import in_process

LATER = "reviews/reviews_2026.csv"


@dataclass(frozen=True)
class Ran:
    """A build in a process of its own: its summary, and the models and tests that ran."""

    counts: dict[str, dict[str, int]]
    success: bool
    nodes: dict[str, str]

    def names(self, kind: str) -> set[str]:
        """The names of the nodes of a kind that ran."""
        return {node.split(".")[2] for node in self.nodes if node.startswith(f"{kind}.")}


@dataclass(frozen=True)
class Project:
    """A shop that has been built; one file has not come yet."""

    data: Path
    later: Path
    target: Path


@pytest.fixture(scope="module")
def project(
    postgres_server: EmbeddedServer,
    root: Path,
    run_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Project]:
    from tests.conftest import own_project

    folder = tmp_path_factory.mktemp("changed")
    made = Project(folder / "dataGen", folder / LATER, folder / "target")
    with own_project(postgres_server, root, folder, run_folder):
        datagen.generate(scale=0.03, seed=7, out=made.data)
        made.later.parent.mkdir(parents=True)
        shutil.move(made.data / LATER, made.later)
        loader.load([str(made.data)])
        assert build(made).success
        yield made


def test_nothing_new_runs_nothing(project: Project) -> None:
    ran = build(project)
    assert ran.success
    assert ran.nodes == {}
    assert {tuple(states) for states in ran.counts.values()} == {("unchanged",)}
    assert ran.counts["model"]["unchanged"] > 50


def test_a_new_file_reaches_what_reads_it_and_nothing_else(project: Project) -> None:
    before = rows("marts.fct_reviews")
    shutil.move(project.later, project.data / LATER)
    loader.load([str(project.data)])
    ran = build(project)
    assert ran.success
    assert rows("marts.fct_reviews") > before
    models = ran.names("model")
    assert {"fct_reviews", "context_products", "row_flow"} <= models
    # Payments, too: the days that rates are filled in for are those of all files.
    assert not models & {"int_customers__accounts", "int_products__judged", "int_text__lexicon"}
    assert not models & {"stg_shop__reviews", "stg_shop__orders"}, "a view holds no data"
    assert ran.names("seed") == ran.names("unit_test") == set()
    tests = ran.names("test")
    assert "not_null_stg_shop__reviews__issues" in tests
    assert "not_null_stg_shop__orders__issues" not in tests
    asked = [file.read_text() for file in (project.target / "compiled").rglob("together_*.sql")]
    new = r"\(select \* from \S*stg_shop__reviews\S* where _file_id <> all\('{"
    rows_together = r"count\(\*\) as rows_count\s+from "
    assert any(re.search(new, sql) for sql in asked)
    assert any(re.search(rows_together + new, sql) for sql in asked)
    assert build(project).nodes == {}


def test_what_else_ran_or_dropped_is_made_again(project: Project) -> None:
    kind = "select relkind from pg_class where oid = 'marts.context_daily_revenue'::regclass"
    indexes = "select count(*) from pg_indexes where tablename = 'context_daily_revenue'"
    with postgres.connect() as connection:
        before = connection.execute(indexes).fetchone()
        connection.execute("drop table marts.context_cohorts")
        connection.execute("drop table marts.context_daily_revenue")
        connection.execute("create view marts.context_daily_revenue as select 1 as n")
        connection.execute("create view marts.on_it as select n from marts.context_daily_revenue")
    with_runner("runner.invoke(['run', '--select', 'context_daily_revenue'])")
    with postgres.connect() as connection:
        assert connection.execute(kind).fetchone() == ("r",)
        assert connection.execute(indexes).fetchone() == before != (0,)
        assert connection.execute("select to_regclass('marts.on_it')").fetchone() == (None,)
        left = connection.execute("select relname from pg_class where relname ~ '__dbt_'")
        assert left.fetchall() == []
    ran = build(project)
    assert ran.names("model") == {"context_cohorts", "context_daily_revenue"}
    assert rows("marts.context_cohorts") > 0


def test_a_test_that_failed_runs_again_until_it_passes(project: Project) -> None:
    manifest = runner.invoke(["parse"])
    plan = changed.plan(manifest)
    test = next(node for node in plan.inputs if ".unique_fct_orders_order_id" in node)
    failed = SimpleNamespace(node=SimpleNamespace(unique_id=test), status="fail")
    with postgres.connect() as connection:
        connection.execute(
            "insert into quality.run_results (invocation_id, node_id, name, resource_type, status, "
            "executed_at) values ('later', %s, 'x', 'test', 'fail', now())",
            [test],
        )
    changed.remember(plan, [failed], "later")
    assert changed.plan(manifest).needed == {test}
    assert build(project).names("test") == {"unique_fct_orders_order_id"}
    assert changed.plan(manifest).needed == frozenset()


def test_edited_code_reaches_its_children_and_rebuilds_what_is_incremental(
    project: Project,
) -> None:
    manifest = runner.invoke(["parse"])
    node = manifest.nodes["model.assay.int_reviews__judged"]
    node.raw_code += "\n-- another rule"
    plan = changed.plan(manifest)
    assert {"model.assay.int_reviews__judged", "model.assay.fct_reviews"} <= plan.needed
    assert "model.assay.fct_payments" not in plan.needed
    assert plan.full_refresh


def test_edited_words_reach_the_node_alone(project: Project) -> None:
    manifest = runner.invoke(["parse"])
    manifest.nodes["model.assay.int_reviews__judged"].description += " Said better."
    plan = changed.plan(manifest)
    assert plan.needed == {"model.assay.int_reviews__judged"}
    assert not plan.full_refresh


def test_an_edited_macro_reaches_everything(project: Project) -> None:
    manifest = runner.invoke(["parse"])
    manifest.macros["macro.assay.clean_id"].macro_sql += " "
    plan = changed.plan(manifest)
    assert plan.needed == set(plan.inputs)


def build(project: Project) -> Ran:
    """`assay build`; dbt keeps state in its process, so it gets one of its own."""
    results = project.target / "run_results.json"
    results.unlink(missing_ok=True)
    summary = with_runner("print(json.dumps(asdict(runner.build())))")
    nodes = {}
    if results.exists():
        nodes = {
            each["unique_id"]: str(each["status"])
            for each in json.loads(results.read_text())["results"]
            if each["unique_id"].split(".")[0] in {"model", "seed", "snapshot", "test", "unit_test"}
        }
    found: dict[str, Any] = json.loads(summary)
    return Ran(found["counts"], found["success"], nodes)


def with_runner(code: str) -> str:
    """Run Python code with the runner at hand; returns what it prints last."""
    script = f"import json\nfrom dataclasses import asdict\nfrom dbt_project import runner\n{code}"
    return in_process(script).strip().rsplit("\n", 1)[-1]


def rows(relation: str) -> int:
    with postgres.connect() as connection:
        (count,) = connection.execute(f"select count(*) from {relation}").fetchone() or (0,)
    return int(count)
