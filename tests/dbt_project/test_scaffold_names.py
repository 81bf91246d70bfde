"""Words that look like nothing and are values; names that the project has already."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dbt_project import postgres, runner
from dbt_project.errors import BuildError
from dbt_project.profiling.run import profile_all
from dbt_project.profiling.words import in_full, plural, singular
from dbt_project.scaffold import decide, files, run, semantic, sql
from extract import loader
from tests.conftest import point

STATES = ["iso,country,X", *(f"{n:02d},XX,1" for n in range(30)), "X,YY,2", "ND,YY,0", "NA,IT,0"]
STATES += [f"{a}{b},{'NA' if b == 'I' else b * 2},0" for a in "ABCDEF" for b in "BCDEFGHIJK"]
TOWNS = ["town,mayor,X", *(f"Town{n},{f'May{n}' if n % 3 else 'None'},{n % 5}" for n in range(40))]
TOWNS += ["None,Mia,1", "Town1,Max,2"]
COUNTRIES = "iso,name,continent\nNA,Namibia,AF\nFR,France,EU\nDE,Germany,EU\nCA,Canada,NA\n"
LEAGUES = "code,kind,goals\nNL,a,1\nAL,b,NA\nNA,c,3\nPL,a,4\n"


@pytest.fixture
def folder(tmp_path: Path, database: str) -> Path:
    (tmp_path / "customers.csv").write_text(COUNTRIES)
    (tmp_path / "leagues.csv").write_text(LEAGUES)
    (tmp_path / "towns.csv").write_text("\n".join([*TOWNS, ""]))
    (tmp_path / "states.csv").write_text("\n".join([*STATES, ""]))
    assert loader.load([tmp_path]).ok
    return tmp_path


def test_a_word_for_nothing_among_codes_like_it_is_a_code(folder: Path) -> None:
    countries, leagues = profile_all(["customers", "leagues"])
    iso = countries.column("iso")
    assert (iso.nulls, [one.value for one in iso.codes_like_nothing]) == (0, ["NA"])
    assert "`NA`" in iso.doubt
    assert countries.column("continent").nulls == 1  # of two codes nothing can be said
    # Where numbers are written NA too, it means nothing in the whole table.
    assert leagues.column("code").nulls == 1
    assert leagues.column("code").codes_like_nothing == ()
    entity = decide.project([countries], "atlas").entities[0]
    assert "clean_id('iso', null_tokens_but(['na']))" in sql.staging(entity)


def test_among_codes_of_all_kinds_a_word_for_nothing_is_a_code(folder: Path) -> None:
    states, towns = profile_all(["states", "towns"])
    # None is a town in Piedmont; where it stands again and again it is nobody.
    assert (towns.column("town").nulls, towns.column("mayor").nulls) == (0, 14)
    iso, country = states.column("iso"), states.column("country")
    assert (iso.nulls, iso.odd_ones, country.nulls) == (0, (), 0)
    assert [one.value for one in iso.codes_like_nothing] == ["NA"]
    assert states.keys[0].columns == ("iso",)


def test_the_table_s_own_name_comes_first_among_the_words_for_its_rows(folder: Path) -> None:
    models, words = {"dim_customers"}, {"customer"}
    (entity,) = decide.project(profile_all(["customers"]), "atlas", models, words).entities
    (counted, *_) = semantic.metrics(entity, set())
    assert counted["name"] == "atlas_customers"
    assert counted["config"]["meta"]["synonyms"][0] == "customers"


@pytest.mark.parametrize(
    ("table", "one", "many"),
    [
        ("orders", "order", "orders"),
        ("customer", "customer", "customers"),
        ("categories", "category", "categories"),
        ("people", "person", "people"),
        ("mitglieder", "mitglieder", "mitglieder"),
        ("besuche", "besuche", "besuche"),
        ("status", "status", "statuses"),
        ("heroes", "hero", "heroes"),
        ("es", "es", "es"),
        ("stock_data", "stock_data", "stock_data"),
    ],
)
def test_a_plural_is_made_of_words_known_to_be_english_only(
    table: str, one: str, many: str
) -> None:
    assert singular(table) == one
    assert (table if one != table else plural(one)) == many


def test_a_table_whose_key_leads_to_another_is_broken_down_by_that_one(
    tmp_path: Path, database: str
) -> None:
    lines = ["title_id,kind,ties,discontinued"]
    lines += [f"t{n:03d},{'ab'[n % 2]},{n % 2},{n % 2}" for n in range(40)]
    (tmp_path / "titles.csv").write_text("\n".join([*lines, ""]))
    lines = ["title_id,average_rating,num_votes"]
    lines += [f"t{n:03d},{n % 9}.5,{900 + n % 7}" for n in range(30)]
    (tmp_path / "ratings.csv").write_text("\n".join([*lines, ""]))
    assert loader.load([tmp_path]).ok
    profiles = profile_all(["ratings", "titles"])
    # Nought and one are yes and no where the name says so, and numbers to ask about elsewhere.
    ties, discontinued = (profiles[1].column(name) for name in ("ties", "discontinued"))
    assert (ties.kind, bool(ties.doubt), discontinued.kind) == ("integer", True, "boolean")
    ratings = decide.project(profiles, "film").entities[0]
    entities = semantic.semantic_model(ratings)["entities"]
    assert [(one["name"], one["type"]) for one in entities] == [
        ("rating", "primary"),
        ("title", "unique"),
    ]
    assert [one["name"] for one in semantic.metrics(ratings, set())] == [
        "ratings",
        "average_rating",
        "total_num_votes",
        "average_num_votes",
    ]


def test_a_number_behind_a_table_s_name_and_the_words_before_it_can_be_left_out(
    tmp_path: Path, database: str
) -> None:
    lines = ["geonameid,name,people,qty"]
    lines += [f"{n * 977},Town {n},{n * n * 31},{n % 7}" for n in range(1, 40)]
    for name in ("cities15000", "us_states", "stop_times"):
        (tmp_path / f"{name}.csv").write_text("\n".join([*lines, f"{len(name)},{name},9,7", ""]))
    assert loader.load([tmp_path]).ok
    profiles = profile_all()
    # That no two have as many people is chance.
    assert [key.columns for key in profiles[0].keys] == [("geonameid",), ("name",)]
    entities = {one.name: one for one in decide.project(profiles, "world").entities}
    assert (entities["cities15000"].one, entities["cities15000"].many) == ("city", "cities")
    assert [entities[name].short for name in ("us_states", "stop_times")] == ["states", ""]
    (counted, *summed) = semantic.metrics(entities["us_states"], set())
    assert "states" in counted["config"]["meta"]["synonyms"]
    said = {one["name"]: one["config"]["meta"]["synonyms"] for one in summed}
    assert {"quantity", "total quantity"} <= set(said["total_qty"])


def test_a_key_with_a_value_that_is_no_number_is_text_and_so_is_what_leads_to_it(
    tmp_path: Path, database: str
) -> None:
    # More values than are read one by one.
    lines = ["stop_id,name", *(f"{n},Stop {n}" for n in range(1, 1_800)), "X1,Depot"]
    (tmp_path / "stops.csv").write_text("\n".join([*lines, ""]))
    lines = ["visit_id,stop_id,minutes", *(f"{n},{n % 700 + 1},{n % 60}" for n in range(1, 900))]
    (tmp_path / "visits.csv").write_text("\n".join([*lines, ""]))
    assert loader.load([tmp_path]).ok
    stops, visits = decide.project(profile_all(), "bus").entities
    assert stops.key == ("stop_id",)
    assert stops.questions == ("stops.stop_id: 1 of its values are no numbers: text, then.",)
    assert [(link.column, link.parent) for link in visits.links] == [("stop_id", "stops")]
    assert {stops.column("stop_id").data_type, visits.column("stop_id").data_type} == {"text"}


def test_the_keys_of_a_map_are_its_records_key_and_a_number_may_begin_a_table_s_name(
    tmp_path: Path, database: str
) -> None:
    named = {f"a{n}" * (30 if n == 7 else 1): {"name": f"Name {n}"} for n in range(9)}
    (tmp_path / "7_kinds.json").write_text(json.dumps(named))
    (tmp_path / "lands.json").write_text(
        json.dumps({code: {"iso": code, "size": len(code) + n} for n, code in enumerate("ABCDEFG")})
    )
    assert loader.load([tmp_path]).ok
    kinds, lands = decide.project(profile_all(), "atlas").entities
    assert (kinds.key, lands.key) == (("key",), ("iso",))
    assert (kinds.name, kinds.one, kinds.mart) == ("_7_kinds", "atlas_7_kind", "dim_7_kinds")


def test_a_map_inside_a_map_is_taken_apart_one_by_one(tmp_path: Path, database: str) -> None:
    inner = {f"k{number}": number for number in range(50)}
    record = {"id": "a", "rates": {f"r{number}": inner for number in range(45)}}
    (tmp_path / "plans.jsonl").write_text("\n".join([json.dumps(record)] * 3))
    assert loader.load([tmp_path]).ok
    plans, rates, values = decide.project(profile_all(), "atlas").entities
    assert [column.name for column in plans.columns] == ["id", "rates"]
    assert (rates.name, rates.rows, values.name, values.rows) == (
        "plan_rates", 135, "plan_rate_value", 6_750,
    )  # fmt: skip
    assert [column.name for column in values.columns if column.path] == ["value_key", "value"]


def test_what_is_added_up_is_not_told_by_a_part_of_a_word(tmp_path: Path, database: str) -> None:
    summed = [
        "net_generation",
        "attempts",
        "paper_count",
        "operating_cost",
        "goals_scored",
        "persons",
    ]
    averaged = ["growth_rate", "temperature", "gdp_per_head", "rating", "test_score", "wind_speed"]
    lines = [",".join([*summed, *averaged])]
    lines += [",".join(str(n * k % 97 + 0.5) for k in range(1, 13)) for n in range(60)]
    (tmp_path / "figures.csv").write_text("\n".join([*lines, ""]))
    assert loader.load([tmp_path]).ok
    (entity,) = decide.project(profile_all(), "atlas").entities
    found = {one.column: one.aggregations for one in entity.measures}
    assert found == dict.fromkeys(summed, ("sum", "average")) | dict.fromkeys(
        averaged, ("average",)
    )


def test_a_name_is_one_thing_in_all_the_tables(tmp_path: Path, database: str) -> None:
    (tmp_path / "parks.csv").write_text(
        "park_id,town,built\nP1,Ulm,2001-03-04\nP2,Bonn,2002-05-06\n"
    )
    (tmp_path / "teams.csv").write_text("team_id,park,built\n1,Old Park,late\n2,New Park,early\n")
    assert loader.load([tmp_path]).ok
    entities = decide.project(profile_all(), "league").entities
    unclear = semantic.of_two_kinds(entities)
    dimensions = {
        one.name: [d["name"] for d in semantic.semantic_model(one, unclear)["dimensions"]]
        for one in entities
    }
    # `park` is an entity, and `built` a date elsewhere.
    assert dimensions["teams"] == ["loaded_on", "team_id", "team_park", "team_built"]
    assert dimensions["parks"] == ["park_id", "town", "park_built"]


def test_names_are_said_in_full() -> None:
    said = ("dep_delay", "countrycode", "sched_arr_time", "update", "name", "post_code")
    assert [in_full(name) for name in said] == [
        "departure delay", "country code", "scheduled arrival time", "update", "name", "post code",
    ]  # fmt: skip


def test_a_table_called_by_a_word_that_no_entity_may_have_is_called_by_its_folder_too(
    tmp_path: Path, database: str
) -> None:
    folder = tmp_path / "stations"
    folder.mkdir()
    records = [{"id": n, "address": {"city": name}} for n, name in enumerate(["Ulm", "Bonn"])]
    (folder / "full.json").write_text(json.dumps(records))
    assert loader.load([folder]).ok
    (entity,) = decide.project(profile_all(), "stations").entities
    assert (entity.one, entity.many, entity.mart) == ("stations_full", "stations_full", "dim_full")
    assert (entity.short, entity.column("address_city").synonyms) == ("stations", ("city",))


def test_names_that_the_shop_has_are_left_to_it(folder: Path, root: Path) -> None:
    models, words = run._taken(root, "atlas", shop=True)
    assert {"dim_customers", "fct_orders"} <= models
    assert {"revenue", "orders", "customer"} <= words
    (entity,) = decide.project(profile_all(["customers"]), "atlas", models, words).entities
    assert (entity.name, entity.mart) == ("customers", "dim_atlas_customers")
    assert entity.judged == "int_atlas_customers__judged"
    assert entity.one == "atlas_customer"
    assert semantic.semantic_model(entity)["name"] == "atlas_customers"
    (counted, *_) = semantic.metrics(entity, set(words))
    assert counted["name"] == "atlas_customers"
    with postgres.connect() as connection:
        assert connection.execute("select count(*) from raw.customers").fetchone() == (4,)


def test_a_mart_under_another_name_takes_the_place_of_the_one_that_was_written(
    tmp_path: Path,
) -> None:
    was, now = "models/marts/a/dim_a.sql", "models/marts/a/fct_a.sql"
    files.write(tmp_path, "a", files.compare(tmp_path, {was: "select 1"}, {}))
    known = files.hashes(tmp_path, "a")
    found = files.compare(tmp_path, {now: "select 2"}, known, {was, "models/marts/a/never.sql"})
    assert [(one.path, one.status) for one in found] == [(was, "replaced"), (now, "new")]
    files.write(tmp_path, "a", found)
    assert not (tmp_path / was).exists()
    assert files.hashes(tmp_path, "a").keys() == {now}
    # One that a person has changed stays, and is told of.
    (tmp_path / now).write_text("select 3")
    (edited, _) = files.compare(tmp_path, {was: "select 1"}, files.hashes(tmp_path, "a"), {now})
    assert (edited.path, edited.status, edited.is_written) == (now, "edited", False)
    files.write(tmp_path, "a", [edited])
    assert (tmp_path / now).read_text() == "select 3"


def test_tables_are_called_by_less_of_their_names_only_where_nothing_else_is_meant(
    tmp_path: Path, database: str
) -> None:
    rows = "".join(f"{country},{n}\n" for n, country in enumerate("ABCDEFGHIJ"))
    for name in ("population", "area", "capital_city"):
        header = f"country,{'city' if name == 'capital_city' else name}\n"
        (tmp_path / f"country_by_{name}.csv").write_text(header + rows)
    assert loader.load([tmp_path]).ok
    project = decide.project(profile_all(), "atlas")
    short = {one.name: one.short for one in project.entities}
    assert short["country_by_capital_city"] == "capital_cities"
    assert short["country_by_population"] == short["country_by_area"] == ""


def test_what_dbt_finds_wrong_with_a_file_is_in_the_error(
    database: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(root / "profiles.yml", tmp_path)
    (tmp_path / "dbt_project.yml").write_text("name: small\nprofile: assay\n")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "days.sql").write_text("select current_date as date_day, 1 as x")
    days = {
        "name": "days",
        "model": "ref('days')",
        "entities": [{"name": "day", "type": "primary", "expr": "date_day"}],
        "dimensions": [{"name": "x", "type": "categorical"}],
        "measures": [{"name": "days_counted", "agg": "sum", "expr": "1"}],
    }
    counted = {
        "name": "days",
        "label": "Days",
        "type": "simple",
        "type_params": {"measure": "days_counted"},
    }
    spine = {
        "name": "days",
        "time_spine": {"standard_granularity_column": "date_day"},
        "columns": [{"name": "date_day", "granularity": "day"}],
    }
    content = {"models": [spine], "semantic_models": [days], "metrics": [counted]}
    (tmp_path / "models" / "days.yml").write_text(json.dumps(content))
    point(monkeypatch, tmp_path, database, tmp_path / "target")
    with pytest.raises(BuildError, match="Invalid name `x`") as raised:
        runner.parse()
    assert str(raised.value).endswith("Semantic Manifest validation failed.")


def test_numbers_that_no_two_rows_share_are_keys_measures_or_places(
    tmp_path: Path, database: str
) -> None:
    rows = [f"{n + 1},town{n},{n * n * 7919 + 10_000_019},{n * 3.5}" for n in range(40)]
    (tmp_path / "towns.csv").write_text("\n".join(["obs,town,pop,total_tax", *rows, ""]))
    rows = [f"{n + 1},{n % 4},{n % 3}" for n in range(30)]
    (tmp_path / "trials.csv").write_text("\n".join(["obs,arm,outcome", *rows, ""]))
    assert loader.load([tmp_path]).ok
    project = decide.project(profile_all(), "atlas")
    towns, trials = project.entities
    # A population differs from town to town by chance; a running number by its making.
    assert [one.column for one in towns.measures] == ["pop", "total_tax"]
    # Both tables number their rows, which does not make one lead to the other.
    assert towns.links == trials.links == ()
    found = {
        one["name"]: one["config"]["meta"]["synonyms"] for one in semantic.metrics(towns, set())
    }
    assert "total population" in found["total_pop"]
    assert "total_tax" in found


def test_a_number_leads_to_the_table_that_it_names(tmp_path: Path, database: str) -> None:
    tables = {
        "moves": ["id,identifier", *(f"{n},move{n}" for n in range(1, 41))],
        "move_meta": ["move_id,hits", *(f"{n},{n % 5}" for n in range(1, 31))],
        "throws": ["throw_no,move_id", *(f"T{n},{1 + n % 40}" for n in range(200))],
    }
    for name, lines in tables.items():
        (tmp_path / f"{name}.csv").write_text("\n".join([*lines, ""]))
    assert loader.load([tmp_path]).ok
    leading = {one.entity: [(x.column, x.parent) for x in one.links] for one in profile_all()}
    assert leading == {
        "moves": [],
        "move_meta": [("move_id", "moves")],
        "throws": [("move_id", "moves")],
    }
