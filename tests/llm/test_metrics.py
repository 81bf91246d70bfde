"""Every metric: what MetricFlow makes of it is what a person's SQL over the marts says.

The SQL is in tests/data/metrics.yml, one query a metric: a break-down and the figure.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

from dbt_project import postgres
from llm.compose import compose
from llm.request import Grain, MetricRequest
from llm.semantic import SemanticLayer, load
from tests.built import Built

QUERIES: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "metrics.yml").read_text(encoding="utf-8")
)


@pytest.fixture
def layer(built_database: Built) -> SemanticLayer:
    return load(built_database.target / "semantic_manifest.json")


def test_every_metric_has_its_sql(layer: SemanticLayer) -> None:
    assert set(QUERIES) == set(layer.metrics)
    assert len(QUERIES) >= 40
    assert {"simple", "ratio", "derived", "cumulative"} <= {m.kind for m in layer.metrics.values()}


def test_every_metric_says_whose_it_is_what_it_means_and_how_it_is_asked_for(
    layer: SemanticLayer,
) -> None:
    for name, metric in layer.metrics.items():
        assert metric.owner, name
        assert metric.unit, name
        assert metric.label, name
        assert metric.synonyms, name
        assert len(metric.description.split()) >= 3, name
        assert metric.description.endswith("."), name
    for metric in layer._manifest.metrics:
        assert metric.config.meta.get("better", "up") in {"up", "down"}, metric.name


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_it_is_what_a_person_would_write(
    name: str, layer: SemanticLayer, built_database: Built
) -> None:
    by = QUERIES[name]["by"]
    if by == "month":
        request = MetricRequest((name,), grain=Grain.MONTH)
    else:
        request = MetricRequest((name,), dimensions=(by,))
    with postgres.connect() as connection:
        found = table(connection, compose(request, layer))
        wanted = table(connection, QUERIES[name]["sql"])
    assert len(wanted) > 1, "a break-down of one thing shows little"
    assert any(wanted.values()), "nothing but nought is no comparison"
    assert set(found) == set(wanted)
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def table(connection: psycopg.Connection, query: str) -> dict[str, float]:
    """First column -> second, without what has no figure."""
    rows: Iterable[tuple[Any, ...]] = connection.execute(query).fetchall()
    return {str(key)[:10] if hasattr(key, "year") else str(key): float(figure)
            for key, figure in rows if figure is not None}  # fmt: skip


def test_every_saved_query_runs_and_finds_rows(layer: SemanticLayer, built_database: Built) -> None:
    names = [query.name for query in layer._manifest.saved_queries]
    assert len(names) >= 8
    with postgres.connect() as connection:
        for name in names:
            request = MetricFlowQueryRequest.create(saved_query_name=name)
            sql = layer._engine.explain(request).sql_statement.sql
            assert connection.execute(sql).fetchone() is not None, name
