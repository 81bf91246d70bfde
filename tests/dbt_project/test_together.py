"""Tests asked together: the same answers, test by test, as when each is asked alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from dbt_project import postgres, runner, together
from dbt_project.runner import BuildSummary
from tests.built import Built


def test_what_holds_back_the_same_models_is_put_together(built_database: Built) -> None:
    manifest = runner.invoke(["parse"])
    kinds = {name: node.resource_type.value for name, node in manifest.nodes.items()}
    tests = {name for name in kinds if kinds[name] == "test"}
    models = kinds.keys() - tests

    @cache
    def before(name: str) -> frozenset[str]:
        parents = manifest.nodes[name].depends_on.nodes if kinds.get(name) == "model" else []
        return frozenset(parents).union(*map(before, parents))

    def held(test: str) -> set[str]:
        reads = set(manifest.nodes[test].depends_on.nodes)
        return {model for model in models if reads <= before(model)}

    groups = together.group(manifest, tests | models)
    grouped = [test for members in groups.members.values() for test in members]
    assert len(grouped) == len(set(grouped)) > 500
    assert len(groups.due(tests)) < len(tests) / 4
    for name, members in groups.members.items():
        assert all(held(member) == held(name) for member in members)
        reads = set().union(*(manifest.nodes[member].depends_on.nodes for member in members))
        assert reads == set(manifest.nodes[name].depends_on.nodes)
        assert len({str(manifest.nodes[member].config.severity) for member in members}) == 1
        assert len(members) <= together.MOST


def test_of_a_group_that_was_skipped_the_tests_whose_tables_are_there_are_run() -> None:
    groups = together.Groups(
        {"group": ("of good", "of bad", "of both")},
        {
            "of good": frozenset({"good"}),
            "of bad": frozenset({"bad"}),
            "of both": frozenset({"good", "bad"}),
        },
    )
    manifest = SimpleNamespace(nodes={name: name for name in groups.reads})
    results = [
        Result(SimpleNamespace(unique_id=name), status)
        for name, status in (("good", "success"), ("bad", "error"), ("group", "skipped"))
    ]
    assert groups.unsettled(results) == {"of good"}
    settled = groups.settled(manifest, results)
    assert [each.node for each in settled[2:]] == ["of bad", "of both"]
    assert {each.status for each in settled[2:]} == {"skipped"}


@dataclass
class Result:
    """What dbt says of a node, as far as it is looked at."""

    node: Any
    status: str
    execution_time: float = 0


def test_of_a_group_the_tests_that_fail_are_named(built_database: Built) -> None:
    with changed_row("marts.dim_products", "product_id = 'P-0001'", "category = null"):
        summary = runner.check()
    assert [(each.name, each.status, each.rows) for each in summary.failures] == [
        ("not_null_dim_products_category", "fail", 1)
    ]
    assert not summary.success
    stored = "select status from quality.node_status where name = %s"
    with postgres.connect() as connection:
        last = {
            name: connection.execute(stored, [name]).fetchall()
            for name in (
                "not_null_dim_products_category",
                "not_null_dim_products_product_name",
                "relationships_fct_orders_customer_key__customer_key__ref_dim_customers_",
            )
        }
        kinds = connection.execute(
            "select count(*) from quality.node_status where name like '%% tests of %%'"
        ).fetchone()
    assert list(last.values()) == [[("fail",)], [("pass",)], [("pass",)]]
    assert kinds == (0,)
    # The shop is other tests' too, and they look at what its tests came to last.
    again = runner.build(["--resource-type", "test", "--select", "not_null_dim_products_category"])
    assert everything_passes(again)


def test_a_key_is_counted_where_no_index_keeps_it(built_database: Built) -> None:
    select = ["--resource-type", "test", "--select", "fct_reviews"]
    with postgres.connect(autocommit=True) as connection:
        (index,) = connection.execute(
            "select indexdef from pg_indexes where schemaname = 'marts' "
            "and tablename = 'fct_reviews' and indexdef ~ 'UNIQUE .*[(]review_id[)]'"
        ).fetchone() or ("",)
        name = index.split()[3]
        assert everything_passes(runner.build(select))
        connection.execute(f"drop index marts.{name}")
        connection.execute(
            "insert into marts.fct_reviews (select * from marts.fct_reviews limit 2)"
        )
        try:
            summary = runner.build(select)
        finally:
            connection.execute(
                "delete from marts.fct_reviews as one using marts.fct_reviews as other "
                "where one.review_id = other.review_id and one.ctid > other.ctid"
            )
            connection.execute(index)
    assert ("unique_fct_reviews_review_id", 2) in {(f.name, f.rows) for f in summary.failures}
    assert everything_passes(runner.build(select))


def everything_passes(summary: BuildSummary) -> bool:
    """Whether no test found a row, be it to warn only."""
    return summary.failures == () and set(summary.counts["test"]) == {"pass"}


@contextmanager
def changed_row(table: str, which: str, change: str) -> Iterator[None]:
    """A row is another for a while."""
    column = change.split()[0]
    with postgres.connect(autocommit=True) as connection:
        (kept,) = connection.execute(
            f"select quote_nullable({column}) from {table} where {which}"
        ).fetchone() or pytest.fail("no such row")
        connection.execute(f"update {table} set {change} where {which}")
        try:
            yield
        finally:
            connection.execute(f"update {table} set {column} = {kept} where {which}")
