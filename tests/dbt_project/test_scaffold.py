"""From a folder that nobody has seen to models that build, hold what landed, and answer."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import llm
from dbt_project import postgres, trace
from dbt_project.embedded import EmbeddedServer
from dbt_project.own import read as read_settings
from dbt_project.profiling.run import profile_all
from dbt_project.profiling.values import TableProfile
from dbt_project.scaffold import semantic
from dbt_project.scaffold.run import Scaffold, scaffold
from extract import loader
from tests.conftest import create_database, point
from tests.dbt_project import test_graph as rules
from tests.dbt_project.own_folder import (
    BESUCHE,
    REPORTS,
    STATIONS,
    TRIPS,
    copy_project,
    write_files,
)
from tests.own_process import in_process


@dataclass(frozen=True)
class Own:
    """A project scaffolded and built from a folder of one's own."""

    project: Path
    done: Scaffold
    profiles: dict[str, TableProfile]
    statuses: dict[str, str]


@pytest.fixture(scope="module")
def own_once(
    postgres_server: EmbeddedServer, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Own]:
    folder = tmp_path_factory.mktemp("own")
    project = copy_project(root, folder / "project")
    with create_database(postgres_server, "own_folder"), pytest.MonkeyPatch.context() as patch:
        _point(patch, project)
        write_files(folder / "railway")
        assert loader.load([str(folder / "railway")]).ok
        done = scaffold()
        profiles = {one.entity: one for one in profile_all()}
        statuses = _build()
        yield Own(project, done, profiles, statuses)


@pytest.fixture
def own(own_once: Own, monkeypatch: pytest.MonkeyPatch) -> Own:
    _point(monkeypatch, own_once.project)
    return own_once


def _point(patch: pytest.MonkeyPatch, project: Path) -> None:
    point(patch, project, "own_folder", project / "target")


def _build() -> dict[str, str]:
    """Node -> status. In a process of its own: dbt keeps state in this one."""
    script = (
        "import json; from dbt_project import runner\n"
        "selection = ['--select', '+path:models/marts/railway', '+path:models/quality']\n"
        "done = runner.invoke(['build', *selection, '--exclude', 'path:tests/dbt/macros'])\n"
        "print(json.dumps({r.node.name: str(r.status) for r in done.results}))"
    )
    found: dict[str, str] = json.loads(in_process(script).splitlines()[-1])
    return found


def _land(file: Path, lines: list[str]) -> None:
    file.parent.mkdir()
    file.write_text("\n".join([*lines, ""]), "utf-8")
    assert loader.load([str(file.parent)]).ok


def _rows(query: str) -> list[tuple[Any, ...]]:
    with postgres.connect() as connection:
        return connection.execute(query).fetchall()


def test_every_model_builds_and_no_test_fails(own: Own) -> None:
    bad = {
        name: status
        for name, status in own.statuses.items()
        if status in ("error", "fail", "skipped")
    }
    assert not bad
    assert {"fct_trips", "dim_stations", "fct_reports", "fct_report_stops"} <= own.statuses.keys()
    warned = {name for name, status in own.statuses.items() if status == "warn"}
    assert all(name.startswith(("relationships", "unique", "accepted")) for name in warned), warned


def test_types_orders_and_signs_are_found_by_evidence(own: Own) -> None:
    trips, stations = own.profiles["trips"], own.profiles["stations"]
    kinds = {column.name: column.kind for column in trips.columns}
    assert kinds == {
        "trip_id": "code", "station_code": "code", "departed_on": "date", "fare": "amount",
        "passengers": "integer", "is_late": "boolean", "select": "code", "took": "duration",
    }  # fmt: skip
    assert trips.column("departed_on").order == "dmy"
    assert trips.column("fare").decimal == "comma"
    assert trips.column("passengers").median == "4"
    assert [(one.value, one.rows) for one in trips.column("fare").words_for_nothing] == [
        ("\\N", 16)
    ]
    assert stations.column("station_code").kind == "code"
    kinds = {column.name: column.kind for column in own.profiles["besuche"].columns}
    assert kinds == {
        "besuch_nr": "integer", "datum": "date", "gebucht": "date", "station_code": "code",
        "dauer": "integer", "gewicht": "measure", "alter": "integer", "services": "text",
    }  # fmt: skip


def test_what_means_nothing_in_one_column_is_found_asked_and_named(own: Own) -> None:
    visits = own.profiles["besuche"]
    assert [(one.value, one.rows) for one in visits.column("alter").odd_ones] == [("k.A.", 30)]
    assert [(one.value, one.rows) for one in visits.column("dauer").odd_ones] == [("9999", 20)]
    assert visits.column("dauer").high == "80"
    assert any("`9999` (20 rows)" in question for question in own.done.questions)
    model = own.project / "models/staging/railway/stg_railway__besuche.sql"
    assert "to_integer(null_if_token('dauer', ['9999'])) }} as dauer" in model.read_text("utf-8")
    assert _rows(
        "select count(*), count(besuche_alter), count(dauer), max(gewicht)::text"
        " from marts.fct_besuche"
    ) == [(BESUCHE, BESUCHE - 30, BESUCHE - 20, "89")]
    assert _rows("select count(*) from quality.issues where entity = 'besuche'") == [(0,)]


def test_a_copy_of_a_whole_row_is_left_out_by_a_rule(own: Own) -> None:
    assert _rows(
        "select entity, key, rule, _line, split_part(kept_instead, ':', 2) from quality.exclusions"
    ) == [("trips", "T0000", "copy_of_row", TRIPS + 2, "2")]
    assert _rows("select count(*), count(distinct trip_id) from marts.fct_trips") == [
        (TRIPS, TRIPS)
    ]
    assert _rows(
        "select rows_staged, rows_excluded, rows_kept from quality.row_flow where entity = 'trips'"
    ) == [(TRIPS + 1, 1, TRIPS)]


def test_a_list_of_objects_is_a_table_that_leads_to_its_row(own: Own) -> None:
    stops = next(one for one in own.done.project.entities if one.name == "report_stops")
    assert [(link.column, link.parent) for link in stops.links] == [
        ("id", "reports"),
        ("station_code", "stations"),
    ]
    assert _rows(
        "select report_stop_key, station_code, delay, id from marts.fct_report_stops"
        " order by id, position limit 3"
    ) == [("2|1", "0100", 0, 2), ("3|1", "0100", 0, 3), ("3|2", "0101", 2, 3)]
    assert trace.trace("fct_report_stops", "3|2").line == 3


def test_a_list_inside_a_list_leads_to_its_element_and_to_its_row(own: Own) -> None:
    calls = next(one for one in own.done.project.entities if one.name == "report_stop_calls")
    assert [(link.column, link.parent) for link in calls.links] == [
        ("id", "reports"),
        ("report_stop_key", "report_stops"),
    ]
    assert calls.time == "report_stop_call_on"
    assert _rows(
        "select report_stop_call_key, report_stop_key, kind, report_stop_call_on::text"
        " from marts.fct_report_stop_calls where id = 3 order by 1"
    ) == [
        ("3|1|1", "3|1", "i", "2024-03-01"),
        ("3|2|1", "3|2", "i", "2024-03-01"),
        ("3|2|2", "3|2", "o", "2024-03-02"),
    ]
    assert _rows("select count(*) from marts.fct_report_stop_calls") == [(REPORTS // 3 * 4,)]
    assert trace.trace("fct_report_stop_calls", "3|2|2").line == 3
    stops = own.profiles["report_stops"]
    assert (stops.column("name").kind, stops.column("calls").kind) == ("text", "json")


def test_an_object_whose_keys_are_data_is_a_table_of_them(own: Own) -> None:
    assert _rows(
        "select id, seat_key, seat_value from marts.fct_report_seats"
        " where id in (2, 3) order by 1, 2"
    ) == [(2, "class 1", 1), (3, "class 2", 2), (3, "class 3", 3)]


def test_lists_of_values_are_tables_too(own: Own) -> None:
    assert _rows("select id, position, tag from marts.fct_report_tags order by 1, 2 limit 3") == [
        (2, 1, "a"), (3, 1, "a"), (3, 2, "b"),
    ]  # fmt: skip
    assert _rows(
        "select service, count(*) from marts.fct_besuche_services group by 1 order by 2 desc, 1"
    ) == [
        ("hot bath", 240), ("swimming", 240), ("massage", 200), ("gym", 120), ("sauna", 120),
        ("tea", 40),
    ]  # fmt: skip
    assert any("besuche.services: lists with `,`" in one for one in own.done.questions)


def test_days_stand_beside_days_like_them(own: Own) -> None:
    assert _rows(
        "select count(*), min(rows_on_day), max(days_compared), bool_or(is_unusual)"
        " from marts.context_besuche_by_day"
    ) == [(BESUCHE // 5, 5, 8, False)]


def test_texts_stand_beside_each_other(own: Own) -> None:
    note = own.profiles["reports"].column("note")
    assert [(one.value, one.rows) for one in note.languages] == [("en", REPORTS)]
    reports = next(one for one in own.done.project.entities if one.name == "reports")
    assert "words on average, in English" in reports.column("note").meaning
    assert _rows(
        "select count(*), min(language), max(language), max(same_wording_count)"
        " from marts.context_reports_texts"
    ) == [(REPORTS, "en", "en", 1)]
    assert _rows(
        "select id, sentiment < -0.5, why from marts.context_reports_texts where is_unusual"
    ) == [(8, True, "more critical than nearly all of the others")]
    answer = llm.ask("sentiment of reports by month")
    ((mean,),) = _rows("select avg(sentiment) from marts.context_reports_texts")
    assert answer.rows == ((date(2024, 3, 1), pytest.approx(mean)),)


def test_words_of_another_language_get_no_english_plural(own: Own) -> None:
    visits = next(one for one in own.done.project.entities if one.name == "besuche")
    (counted, *_) = semantic.metrics(visits, set())
    assert (counted["name"], counted["label"]) == ("besuche", "Besuche")


def test_keys_and_links_are_counted(own: Own) -> None:
    assert own.profiles["stations"].keys[0].columns == ("station_code",)
    key = own.profiles["trips"].keys[0]
    assert (key.columns, key.repeated, key.copies) == (("trip_id",), 1, 1)
    (link,) = own.profiles["trips"].links
    assert (link.column, link.parent, link.orphans) == ("station_code", "stations", 7)
    # The grades' numbers are among those of the reports, too; no name says that they lead there.
    leading = {link.column: link.parent for link in own.profiles["reports"].links}
    assert leading == {"trip_id": "trips", "parent_id": "reports"}


def test_every_row_and_every_value_arrives(own: Own) -> None:
    assert _rows("select count(*) from staging.stg_railway__trips") == [(TRIPS + 1,)]
    assert _rows("select count(*) from marts.dim_stations") == [(STATIONS,)]
    assert _rows(
        "select departed_on::text, fare::text from marts.fct_trips where trip_id = 'T0013'"
    ) == [("2024-02-14", "1091.13")]
    assert _rows("select count(*), max(trip_crew_lead) from marts.fct_reports") == [
        (REPORTS, "crew 4")
    ]
    flagged = "select raw_value from quality.issues where rule = 'passengers_invalid'"
    assert _rows(flagged) == [("many",)]


def test_a_row_leads_back_to_its_line(own: Own) -> None:
    found = trace.trace("dim_stations", "0103")
    assert found.text == "0103;Stop 3;Bonn;4;1"
    assert found.line == 5


TRIPS_AT_STATIONS = "from marts.fct_trips left join marts.dim_stations using (station_code)"
QUESTIONS = {
    "besuche by month": "select date_trunc('month', datum)::date, count(*)"
    " from marts.fct_besuche group by 1",
    "how many trips in March 2024": "select count(*) from marts.fct_trips"
    " where departed_on between '2024-03-01' and '2024-03-31'",
    "average fare by city": f"select city, avg(fare) {TRIPS_AT_STATIONS} group by 1",
    "trips in Bonn": f"select count(*) {TRIPS_AT_STATIONS} where city = 'Bonn'",
    # Beside the key the name.
    "top 2 stations by besuche": "select station_code, name, count(*) from marts.fct_besuche"
    " left join marts.dim_stations using (station_code) group by 1, 2 order by 3 desc, 1 limit 2",
    # Days are counted, not listed.
    "number of besuche days by city": "select city, count(distinct datum) from marts.fct_besuche"
    " left join marts.dim_stations using (station_code) group by 1",
    # Within each city, and never the trips that have no station.
    "top 2 stations by trips per city": "select station_code, city, name, trips from ("
    " select station_code, city, name, count(*) as trips, row_number() over"
    f" (partition by city order by count(*) desc, station_code) as place {TRIPS_AT_STATIONS}"
    " where station_code is not null group by 1, 2, 3) as counted where place <= 2",
    # What stands in the lists of another column.
    "reports by tag": "select tag, count(*) from marts.fct_report_tags group by 1",
    "how many besuche per station, top 2": "select station_code, name, count(*)"
    " from marts.fct_besuche left join marts.dim_stations using (station_code)"
    " group by 1, 2 order by 3 desc, 1 limit 2",
    # Stations have names to be listed by.
    "number of besuche per station": "select station_code, name, count(*) from marts.fct_besuche"
    " left join marts.dim_stations using (station_code) group by 1, 2",
    # The rows of the table that is measured.
    "top 2 trips by fare": "select trip_id, fare from marts.fct_trips"
    " order by 2 desc nulls last limit 2",
    "the 2 most expensive trips": "select trip_id, fare from marts.fct_trips"
    " order by 2 desc nulls last limit 2",
    "cheapest trips, top 2": "select trip_id, fare from marts.fct_trips order by 2 limit 2",
    # Written `1h 05m` and `5 min`.
    "average took": "select avg(extract(epoch from took) / 60) from marts.fct_trips",
    # A key that is a number.
    "top 2 reports by report stops": "select id, count(*) from marts.fct_report_stops"
    " group by 1 order by 2 desc, 1 limit 2",
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_are_answered_at_once(own: Own, question: str) -> None:
    answer = llm.ask(question)
    assert answer.kind == "answered", answer.text
    assert sorted(map(repr, answer.rows)) == sorted(map(repr, _rows(QUESTIONS[question]))), (
        answer.text
    )


def test_what_was_changed_by_hand_stays(own: Own) -> None:
    path = own.project / "models/marts/railway/dim_stations.yml"
    before = path.read_text("utf-8")
    assert all(file.status == "same" for file in scaffold(dry_run=True).files)
    path.write_text(before.replace("One row per station", "One row per stop"), "utf-8")
    again = scaffold()
    (edited,) = [file for file in again.files if file.status == "edited"]
    assert "-" in edited.diff
    assert again.written == ()
    assert "One row per stop" in path.read_text("utf-8")
    assert scaffold(force=True).written == ("models/marts/railway/dim_stations.yml",)
    assert path.read_text("utf-8") == before


def test_the_sql_keeps_the_projects_style(own: Own, root: Path) -> None:
    linter = root / "tests" / "sqlfluff_cached.py"
    folders = [f"models/{layer}/railway" for layer in ("staging", "intermediate", "marts")]
    run = subprocess.run(
        [sys.executable, str(linter), "lint", *folders],
        cwd=own.project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3_000:]


def test_a_table_called_like_one_of_the_absent_shop_gets_models_of_its_own(
    root: Path, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy_project(root, tmp_path / "project")
    shutil.copy(root / "dbt_project.yml", project)
    monkeypatch.chdir(project)
    _land(
        tmp_path / "canteen" / "orders.csv", ["order no,dish,price", "1,soup,3.50", "2,stew,5.20"]
    )
    looked = scaffold(dry_run=True)
    assert looked.shop_goes
    assert looked.left_out == ()
    assert [entity.name for entity in looked.project.entities] == ["orders"]
    assert "+  sample_shop: &with_shop false" in looked.settings_diff
    assert read_settings().sample_shop


def test_amounts_are_in_the_currency_that_stands_beside_them(
    root: Path, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy_project(root, tmp_path / "project"))
    header = "offer;paid_pl;paid_se;paid_in;paid_us;paid_mixed;fee_gbp"
    lines = [
        f"{n};{n} 051,35 zł;{n} 154,05 kr;₹{n},23,456.00;${n},051.35;"
        f"{'€' if n % 2 else '£'}{n}.50;{n}.25"
        for n in range(1, 100)
    ]
    _land(tmp_path / "market" / "offers.csv", [header, *lines])
    looked = scaffold(dry_run=True)
    (offers,) = looked.project.entities
    assert {one.column: one.unit for one in offers.measures} == {
        "paid_pl": "pln", "paid_se": "", "paid_in": "inr", "paid_us": "usd", "paid_mixed": "",
        "fee_gbp": "gbp",
    }  # fmt: skip
    assert any("`$`: taken as US dollars" in question for question in looked.questions)


def test_how_people_elsewhere_write_days_and_yes_is_found_by_evidence(
    root: Path, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy_project(root, tmp_path / "project"))
    days = [date(2023, 1, 1) + timedelta(days=3 * n) for n in range(200)]
    lines = ["nr;us;us_time;short_us;long_ago;jp;quarter;zgoda"]
    for n, day in enumerate(days):
        short = f"{day.month}/{day.day}/{day:%y}"
        us = f"{day:%m/%d/%Y}"
        lines.append(
            f"{n};{us};{us} {1 + n % 12}:{n % 60:02d} {'AM' if n % 3 else 'PM'};{short};"
            f"{day.month}/{day.day}/{n % 100:02d};"
            f"{day.year}年{day.month}月{day.day}日;Q{(day.month + 2) // 3} {day.year};"
            f"{'TAK' if n % 2 else 'NIE'}"
        )
    _land(tmp_path / "elsewhere" / "visits.csv", lines)
    (visits,) = profile_all()
    assert {one.name: (one.kind, one.order) for one in visits.columns} == {
        "nr": ("integer", ""), "us": ("date", "mdy"), "us_time": ("timestamp", "mdy"),
        "short_us": ("date", "mdy 20yy"), "long_ago": ("code", ""), "jp": ("date", ""),
        "quarter": ("month", ""), "zgoda": ("boolean", ""),
    }  # fmt: skip
    assert visits.column("short_us").low == "2023-01-01"
    assert "read as 2023 to 2024. Right?" in visits.column("short_us").doubt
    assert "which century?" in visits.column("long_ago").doubt
    looked = scaffold(dry_run=True)
    assert "to_date_mdy('short_us', century='20')" in str(looked)


@pytest.mark.parametrize(
    "rule",
    [
        rules.test_only_staging_reads_sources,
        rules.test_each_source_table_is_read_by_one_staging_model,
        rules.test_staging_joins_nothing,
        rules.test_marts_read_what_was_judged_and_not_staging,
        rules.test_nothing_below_reads_what_is_above,
        rules.test_names_say_the_layer,
        rules.test_models_name_no_relation_themselves,
        rules.test_every_model_says_its_grain_and_every_column_is_described,
        rules.test_every_model_and_seed_has_a_tested_key,
        rules.test_marts_enforce_their_contract,
        rules.test_every_test_says_what_a_failure_means_and_who_acts,
        rules.test_every_source_has_its_freshness_from_the_ledger,
        rules.test_every_mart_has_a_reader,
    ],
    ids=lambda rule: rule.__name__.removeprefix("test_"),
)
def test_the_graph_keeps_the_projects_rules(own: Own, rule: Callable[[rules.Graph], None]) -> None:
    manifest = json.loads((own.project / "target" / "manifest.json").read_text("utf-8"))
    rule(rules.Graph(manifest))


OWN_MART = """
select station_code, count(*) as trips_count, sum(fare) as fares, max(departed_on) as last_day
from {{ ref('fct_trips') }}
where not is_late
group by 1
"""


OWN_METRIC = """
semantic_models:
  - name: punctual_trips
    model: ref('punctual_trips')
    defaults: {agg_time_dimension: last_day}
    entities:
      - {name: station, type: primary, expr: station_code}
    dimensions:
      - {name: last_day, type: time, type_params: {time_granularity: day}}
    measures:
      - {name: punctual_trips, agg: sum, expr: trips_count}

metrics:
  - name: punctual_trips
    label: Punctual trips
    type: simple
    type_params: {measure: punctual_trips}
"""


def test_a_mart_of_ones_own_is_described_with_its_contract_and_built(
    own: Own, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(own.project / "target", tmp_path / "target")
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    mart = own.project / "models" / "marts" / "punctual_trips.sql"
    mart.write_text(OWN_MART)
    build = (
        "from dbt_project import runner\n"
        "summary = runner.build(['--select', 'punctual_trips'])\n"
        "print(summary.success, [failure.hint for failure in summary.failures])"
    )
    assert in_process(build).strip() == (
        "False ['`assay document punctual_trips` writes its columns and their types']"
    )
    document = (
        "import llm\nfrom llm import document\ndocument.write(llm.describe(['punctual_trips']))"
    )
    in_process(document)
    written = mart.with_suffix(".yml").read_text()
    assert "One row per station code. Only rows of `fct_trips` where `NOT is_late`." in written
    assert "The number of rows of `fct_trips`." in written
    assert in_process(build).strip() == "True []"
    mart.write_text(OWN_MART.replace("max(", "min(departed_on) as first_day, max("))
    assert in_process(build).strip() == (
        "False ['`assay document punctual_trips` adds the columns that are missing']"
    )
    in_process(document)
    added = "- name: first_day\n        description: {}\n        data_type: date\n".format(
        '"The least of `fct_trips.departed_on`."'
    )
    assert mart.with_suffix(".yml").read_text() == f"{written}      {added}"
    with mart.with_suffix(".yml").open("a") as yaml:
        yaml.write(OWN_METRIC)
    assert in_process(build).strip() == "True []"
    answer = llm.ask("how many punctual trips?")
    assert answer.rows == tuple(_rows("select count(*) from marts.fct_trips where not is_late"))
    assert answer.warnings == (
        "punctual_trips has no tests: nothing but its inputs' guards what it holds.",
    )
