"""What cleaning finds, against the answer key of the sample data; and that it stands any values."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from dbt_project import evaluate_cleaning, postgres
from dbt_project.cli import evaluate_app
from dbt_project.embedded import EmbeddedServer
from dbt_project.errors import AnswerKeyMissing, ServerError
from extract import datagen, loader
from tests.built import Built
from tests.conftest import own_project
from tests.dbt_project.test_cleaning_macros import junk
from tests.own_process import in_process

FLOOR = 0.99
OTHER_SEED = 11
RULES = 64

Shop = Callable[[str], Path]


@pytest.fixture
def shop(
    postgres_server: EmbeddedServer, root: Path, run_folder: Path, tmp_path: Path
) -> Iterator[Path]:
    """A small shop of another seed, loaded into a database of its own and not built yet."""
    with own_project(postgres_server, root, tmp_path, run_folder):
        data = tmp_path / "dataGen"
        datagen.generate(scale=0.1, seed=OTHER_SEED, out=data)
        assert loader.load([str(data)]).ok
        yield data


def dbt(*arguments: str) -> dict[str, str]:
    """Run dbt in a process of its own; the nodes that did not end well, with what they said."""
    script = (
        "import json, sys\n"
        "from dbt_project import runner\n"
        "summary = runner.build(sys.argv[1:])\n"
        "print(json.dumps({each.name: each.message for each in summary.failures}))"
    )
    failures: dict[str, str] = json.loads(in_process(script, *arguments).splitlines()[-1])
    return failures


def assert_found(report: evaluate_cleaning.CleaningReport) -> None:
    assert len(report.defects) >= RULES
    assert [s for s in report.defects if min(s.precision, s.recall) < FLOOR] == []
    assert report.unplanted == ()


def test_every_planted_rule_is_found(built_database: Built) -> None:
    assert_found(evaluate_cleaning.evaluate(built_database.data))


def test_any_values_pass_through_and_none_is_lost(shop: Path) -> None:
    """Cells of all tables hold anything; the build ends well, every row is accounted for."""
    rng = random.Random(OTHER_SEED)
    with postgres.connect(autocommit=True) as connection:
        spoiled = [_spoil(connection, rng, table) for table in _raw_tables(connection)]
    assert sum(spoiled) > 2_000
    failures = dbt("--exclude-resource-type", "unit_test")
    # Words that a list does not have are told of by warnings, which do not fail the build.
    telling = {name: said for name, said in failures.items() if "accepted_values" not in name}
    assert telling == {}


def _raw_tables(connection: psycopg.Connection) -> list[str]:
    return [
        name
        for (name,) in connection.execute(
            "select tablename from pg_tables where schemaname = 'raw' and tablename !~ '^_'"
        ).fetchall()
    ]


def _spoil(connection: psycopg.Connection, rng: random.Random, table: str) -> int:
    columns = connection.execute(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = 'raw' and table_name = %s and column_name !~ '^_'",
        [table],
    ).fetchall()
    cells = 0
    for name, kind in columns:
        place = sql.Identifier("raw", table)
        for value in junk(rng, 12):
            written = json.dumps(value) if kind == "jsonb" else value
            cells += connection.execute(
                sql.SQL(
                    "update {place} set {column} = %s where (_file_id, _line) in"
                    " (select _file_id, _line from {place} order by random() limit 2)"
                ).format(place=place, column=sql.Identifier(name)),
                [written],
            ).rowcount
    return cells


def test_the_command_tells_rates_and_fails_below_the_floor(built_database: Built) -> None:
    run = CliRunner().invoke(
        evaluate_app, [str(built_database.data), "--json", "--anomaly-floor", "0"]
    )
    assert run.exit_code == 0, run.output
    facts = json.loads(run.stdout)
    assert {score["recall"] for score in facts["defects"]} == {1.0}
    assert facts["below"] == []
    with postgres.connect(autocommit=True) as connection:
        connection.execute("create table kept as select * from quality.issues")
        connection.execute("delete from quality.issues where rule = 'mojibake'")
        try:
            run = CliRunner().invoke(evaluate_app, [str(built_database.data)])
        finally:
            connection.execute("truncate quality.issues")
            connection.execute("insert into quality.issues select * from kept")
            connection.execute("drop table kept")
    assert run.exit_code == 1
    assert "missed reviews mojibake: reviews/" in run.stdout


def test_what_cannot_be_evaluated_says_why(database: str, tmp_path: Path) -> None:
    with pytest.raises(AnswerKeyMissing) as caught:
        evaluate_cleaning.evaluate(tmp_path)
    assert "assay datagen" in caught.value.hint
    datagen.generate(scale=0.01, seed=1, out=tmp_path / "dataGen")
    with pytest.raises(ServerError, match="built models"):
        evaluate_cleaning.evaluate(tmp_path / "dataGen")
