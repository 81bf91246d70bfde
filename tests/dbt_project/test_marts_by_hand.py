"""The marts of a whole shop against the readings by hand of `marts_by_hand`."""

from __future__ import annotations

import pytest

from dbt_project import postgres
from tests.built import Built
from tests.dbt_project.marts_by_hand import QUERIES, prepare


@pytest.mark.parametrize("what", QUERIES)
def test_a_mart_is_what_it_says(built_database: Built, what: str) -> None:
    differing, met = QUERIES[what]
    with postgres.connect() as connection:
        prepare(connection)
        assert connection.execute(met.encode()).fetchone()[0] > 0, "there is nothing to compare"
        assert connection.execute(differing.encode()).fetchmany(5) == []
