"""The planted anomalies of the sample data, found by the context marts: a floor for both rates;
and the planted defects, found by cleaning at this seed, too.

Only this test and `assay evaluate` read the answer key; the models never do.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbt_project import evaluate_cleaning, postgres
from dbt_project.embedded import EmbeddedServer
from extract import datagen, loader
from tests.dbt_project.test_cleaning import assert_found, dbt

# The fewest orders at which a day without any is no chance event in the largest market.
SCALE = 0.5
SEED = 23
FLOOR = 0.95

FOUND = {
    "revenue_spike": """
        select country_code, order_date::text from marts.context_daily_revenue
        where position_in_band = 'above'
    """,
    "revenue_dip": """
        select country_code, order_date::text from marts.context_daily_revenue
        where position_in_band = 'below'
    """,
    "order_value_outlier": """
        select order_id, order_date::text from marts.context_orders where is_value_outlier
    """,
    "return_surge": """
        select product_id, month_start::text from marts.context_product_months where is_unusual
    """,
    "conversion_drop": """
        select 'all', session_date::text from marts.context_daily_traffic where is_conversion_drop
    """,
    "ticket_surge": """
        select topic, week_start::text from marts.context_weekly_tickets where is_unusual
    """,
}
UNEXPLAINED = """
    select count(*) from (
        select why from marts.context_daily_revenue where is_unusual
        union all select why from marts.context_orders where is_value_outlier
        union all select why from marts.context_product_months where is_unusual
        union all select why from marts.context_daily_traffic where is_unusual
        union all select why from marts.context_weekly_tickets where is_unusual
    ) as unusual
    where why is null or why !~ '^[0-9A-Z].*\\.$'
"""


@pytest.fixture(scope="module")
def data(
    postgres_server: EmbeddedServer,
    root: Path,
    run_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """The files of a shop of another seed, which is built while the module's tests run."""
    from tests.conftest import own_project

    folder = tmp_path_factory.mktemp("anomalies")
    with own_project(postgres_server, root, folder, run_folder):
        made = folder / "dataGen"
        datagen.generate(scale=SCALE, seed=SEED, out=made)
        assert loader.load([str(made)]).ok
        assert dbt("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test") == {}
        yield made


@pytest.fixture(scope="module")
def key(data: Path) -> dict[str, set[tuple[str, str]]]:
    """The anomalies that were planted."""
    planted = defaultdict(set)
    with (data / "_answer_key" / "anomalies.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            planted[row["kind"]].add((row["subject"], row["period_start"]))
    return planted


def test_every_planted_rule_is_found_at_another_seed(data: Path) -> None:
    assert_found(evaluate_cleaning.evaluate(data))


@pytest.mark.parametrize("kind", FOUND)
def test_planted_anomalies_are_found(kind: str, key: dict[str, set[tuple[str, str]]]) -> None:
    with postgres.connect() as connection:
        found = {(str(subject), day) for subject, day in connection.execute(FOUND[kind])}
    planted = key[kind]
    assert planted
    f1 = 2 * len(found & planted) / (len(found) + len(planted))
    assert f1 >= FLOOR, f"missed {sorted(planted - found)}, not planted {sorted(found - planted)}"


def test_whatever_is_unusual_says_why(key: dict[str, set[tuple[str, str]]]) -> None:
    with postgres.connect() as connection:
        assert connection.execute(UNEXPLAINED).fetchone() == (0,)
