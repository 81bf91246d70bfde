"""The planted anomalies of the sample data, found by the context marts: a floor for both rates.

Only this test and `assay evaluate` read the answer key; the models never do.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from dbt_project import postgres
from dbt_project.embedded import EmbeddedServer
from extract import datagen, loader
from tests.own_process import in_process

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
def key(
    postgres_server: EmbeddedServer,
    root: Path,
    run_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, set[tuple[str, str]]]:
    """The key of a shop that is built while the module's tests run."""
    from tests.conftest import own_project

    folder = tmp_path_factory.mktemp("anomalies")
    with own_project(postgres_server, root, folder, run_folder):
        datagen.generate(scale=SCALE, seed=SEED, out=folder / "dataGen")
        assert loader.load([str(folder / "dataGen")]).ok
        script = (
            "from dbt_project import runner\n"
            "for one in (['seed'], ['run', '--select', '+path:models/marts']): runner.invoke(one)"
        )
        in_process(script)
        planted = defaultdict(set)
        with (folder / "dataGen" / "_answer_key" / "anomalies.csv").open(newline="") as lines:
            for row in csv.DictReader(lines):
                planted[row["kind"]].add((row["subject"], row["period_start"]))
        yield planted


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
