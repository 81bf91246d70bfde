"""Documenting: lineage, drafts, and YAML in which no other byte changes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jinja2
import pytest
import yaml

import llm
from dbt_project.artifacts import ColumnTest, Model
from llm import document
from llm.database import Door
from llm.document import Documentation
from llm.documenting import draft, lineage, profile, prose, yaml_edit
from llm.documenting.lineage import Origin, Rows
from llm.documenting.profile import ColumnProfile, Profile
from llm.documenting.wording import in_words
from llm.documenting.yaml_edit import Text
from llm.errors import DocumentError
from tests.built import Built
from tests.llm.openai_server import Turn, serve


def put_in(source: str, *texts: Text) -> str:
    return yaml_edit.with_descriptions(source, texts, "test.yml")


class TestYaml:
    """A description goes in; every other byte stays."""

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (
                "models:\n  - name: a\n    columns:\n      - name: x\n        data_type: text\n",
                "models:\n  - name: a\n    columns:\n      - name: x\n"
                '        description: "It\'s \\"x\\": 1."\n        data_type: text\n',
            ),
            (
                "models:\n- name: a   # why\n  columns:\n  - data_type: text\n    name: x # odd\n",
                "models:\n- name: a   # why\n  columns:\n  - data_type: text\n    name: x # odd\n"
                '    description: "It\'s \\"x\\": 1."\n',
            ),
            (
                "models:\n  - name: a\n    columns: [{name: x, data_type: text}, {name: y}]\n",
                'models:\n  - name: a\n    columns: [{name: x, description: "It\'s \\"x\\": 1.", '
                "data_type: text}, {name: y}]\n",
            ),
            (
                "models:\r\n  - name: a\r\n    columns:\r\n      - name: x\r\n      - name: y\r\n",
                "models:\r\n  - name: a\r\n    columns:\r\n      - name: x\r\n"
                '        description: "It\'s \\"x\\": 1."\r\n      - name: y\r\n',
            ),
            (
                "models:\n  - name: a\n    columns:\n      - name: x\n        description:\n",
                "models:\n  - name: a\n    columns:\n      - name: x\n"
                '        description: "It\'s \\"x\\": 1."\n',
            ),
            (
                "models:\n  - name: a\n    columns:\n      - name: x\n"
                "        description: ''  # none\n",
                "models:\n  - name: a\n    columns:\n      - name: x\n"
                '        description: "It\'s \\"x\\": 1."  # none\n',
            ),
            (
                "models:\n  - name: a\n    columns:\n      - name: y\n        tests: [unique]\n\n"
                "  # the next\n  - name: b\n",
                "models:\n  - name: a\n    columns:\n      - name: y\n        tests: [unique]\n"
                '      - name: x\n        description: "It\'s \\"x\\": 1."\n\n'
                "  # the next\n  - name: b\n",
            ),
            (
                "models:\n  - name: a\n    description: Ü → é",
                "models:\n  - name: a\n    description: Ü → é\n    columns:\n      - name: x\n"
                '        description: "It\'s \\"x\\": 1."',
            ),
        ],
    )
    def test_only_the_description_goes_in(self, before: str, after: str) -> None:
        assert put_in(before, Text("a", "x", 'It\'s "x": 1.')) == after

    def test_several_new_columns_open_one_list(self) -> None:
        after = put_in("models:\n  - name: a\n", Text("a", "x", "X."), Text("a", "y", "Y."))
        assert yaml.safe_load(after)["models"][0]["columns"] == [
            {"name": "x", "description": "X."},
            {"name": "y", "description": "Y."},
        ]

    @pytest.mark.parametrize(
        "said",
        [
            "A person's words.",
            "\"{{ doc('x') }}\"",
            "|\n          Long.\n          Words.",
            ">-\n          Folded.",
        ],
    )
    def test_what_is_said_is_never_replaced(self, said: str) -> None:
        source = (
            f"models:\n  - name: a\n    columns:\n      - name: x\n        description: {said}\n"
        )
        assert put_in(source, Text("a", "x", "Better!")) == source

    @pytest.mark.parametrize("source", ["models: [", "models:\n  - name: b\n", ""])
    def test_a_file_without_the_model_is_an_error(self, source: str) -> None:
        with pytest.raises(DocumentError):
            put_in(source, Text("a", "x", "X."))

    @pytest.mark.parametrize(
        "text",
        [
            "{{ env_var('HOME') }}",
            "{% raw %}",
            "{# gone #}",
            "{{{ x }}}",
            "}} and {",
            "plain {braces}",
            "a: b # c",
            "- [x]",
            "Ü 😀 \u2028 \x85",
            "back\\slash \"quotes\" 'single'",
        ],
    )
    def test_any_text_arrives_as_it_is(self, text: str) -> None:
        source = yaml_edit.new_file("a", [Text("a", "", yaml_edit.escaped(text))])
        raw = yaml.safe_load(source)["models"][0]["description"]
        assert jinja2.Environment().from_string(raw).render() == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "models:\n  - name: a\n",
            "models:\n  - name: a\n    columns:\n      - name: x\n"
            '        description: "X."\n        data_type: numeric(38, 2)\n',
        ),
        (
            "models:\n  - name: a\n    columns:\n      - name: y\n        data_type: text\n",
            "models:\n  - name: a\n    columns:\n      - name: y\n        data_type: text\n"
            '      - name: x\n        description: "X."\n        data_type: numeric(38, 2)\n',
        ),
        # A column that is listed says its type itself, or not.
        (
            "models:\n  - name: a\n    columns:\n      - name: x\n",
            'models:\n  - name: a\n    columns:\n      - name: x\n        description: "X."\n',
        ),
    ],
)
def test_a_column_that_was_not_listed_says_its_type(before: str, after: str) -> None:
    assert put_in(before, Text("a", "x", "X.", "numeric(38, 2)")) == after


COLUMNS = {
    ("raw", "orders"): ["id", "total", "state"],
    ("raw", "items"): ["order_id", "price"],
    ("raw", "old"): ["id", "total", "state"],
}
ID, TOTAL = (("raw", "orders"), "id"), (("raw", "orders"), "total")


@pytest.mark.parametrize(
    ("sql", "column", "origin"),
    [
        ("select id as order_id from raw.orders", "order_id", Origin(ID)),
        ("with o as (select * from raw.orders) select o.id from o", "id", Origin(ID)),
        ("select coalesce(round(total::numeric, 2), 0) as t from raw.orders", "t", Origin(TOTAL)),
        ('select id from "db"."raw"."orders"', "id", Origin(ID)),
        (
            "select sum(i.price) as paid "
            "from raw.orders as o join raw.items as i on i.order_id = o.id",
            "paid",
            Origin(None, "SUM(price)", ((("raw", "items"), "price"),)),
        ),
        ("select count(*) as n from raw.orders", "n", Origin(None, "COUNT(*)")),
        (
            "select id from raw.orders union all select id from raw.old",
            "id",
            Origin(None, "", (ID, (("raw", "old"), "id"))),
        ),
        ("select 'x' as kind from raw.orders", "kind", Origin(None, "'x'")),
        (
            "with a as (select id, total from raw.orders), b as (select id, total * 2 as d from a) "
            "select d from b",
            "d",
            Origin(None, "total * 2", (TOTAL,)),
        ),
    ],
)
def test_lineage(sql: str, column: str, origin: Origin) -> None:
    assert lineage.origins(sql, COLUMNS)[column] == origin


def test_sql_that_cannot_be_read_has_no_lineage() -> None:
    assert lineage.origins("select from where )", COLUMNS) == {}
    assert lineage.rows("select from where )", COLUMNS) == Rows()


ORDERS_ROWS = ("raw", "orders")


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("select id from raw.orders", Rows((), ORDERS_ROWS)),
        (
            "select id from raw.orders where state = 'x' and total > 1",
            Rows((), ORDERS_ROWS, ("state = 'x'", "total > 1")),
        ),
        ("select state, count(*) as n from raw.orders group by 1", Rows(("state",), ORDERS_ROWS)),
        (
            "select md5(state || id) as key, state, id from raw.orders group by 1, 2, 3",
            Rows(("state", "id"), ORDERS_ROWS),
        ),
        (
            "select distinct on (state) state, id from raw.orders order by state, id desc",
            Rows(("state",), ORDERS_ROWS),
        ),
        ("select distinct state, total from raw.orders", Rows(("state", "total"), ORDERS_ROWS)),
        (
            "with a as (select state as s, sum(total) as t from raw.orders where id > 0 group by 1)"
            " select s as kind, t from a",
            Rows(("kind",), ORDERS_ROWS, ("id > 0",)),
        ),
        # Whose group is not shown, has no name; what is joined may come several times.
        ("select count(*) as n from raw.orders group by state", Rows()),
        (
            "with a as (select state, count(*) as n from raw.orders group by 1) select n from a",
            Rows(),
        ),
        ("select o.id from raw.orders as o join raw.items as i on i.order_id = o.id", Rows()),
        ("select id from raw.orders union all select id from raw.old", Rows()),
    ],
)
def test_what_the_rows_are(sql: str, rows: Rows) -> None:
    assert lineage.rows(sql, COLUMNS) == rows


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("sum(total)", "the sum of `orders.total`"),
        ("coalesce(round(avg(total), 2), 0)", "the average of `orders.total`"),
        ("coalesce(max(total) - min(total), 0)", "the greatest of `orders.total`, less the least of"
         " `orders.total`"),
        ("count(*)", "the number of rows of `orders`"),
        ("count(distinct state)", "the number of different `orders.state`"),
        (
            "100.0 * count(*) filter (where total > 5) / nullif(count(*), 0)",
            "the number of rows of `orders` where `total > 5`, as a percentage of the number of"
            " rows of `orders`",
        ),
        ("sum(total) / nullif(count(*), 0)",
         "the sum of `orders.total`, divided by the number of rows of `orders`"),
        ("date_trunc('quarter', state)::date", "the first day of the quarter of `orders.state`"),
        ("extract(year from state)", "the year of `orders.state`"),
        (
            "rank() over (partition by state order by total desc)",
            "the place by `total` within the same `state`, greatest first",
        ),
        ("lag(total) over (order by id)", "`orders.total`, of the row before by `id`"),
        ("sum(total) over (partition by state)",
         "the sum of `orders.total`, over all rows within the same `state`"),
        (
            "case when total > 9 then 'Big' when total is null then 'none' else 'small' end",
            "`Big` where `total > 9`, `none` where `total IS NULL`, else `small`",
        ),
        # What cannot be said shortly and exactly is not said.
        ("md5(state)", ""),
        ("total * 2 + id * 3", ""),
        ("sum(total) over (order by id rows between 2 preceding and current row)", ""),
        ("lag(total, 2) over (order by id)", ""),
        ("case state when 'a' then 1 end", ""),
        ("100 * (total / id + 1)", ""),
    ],
)  # fmt: skip
def test_an_expression_in_words(expression: str, words: str) -> None:
    sql = f"select {expression} as x from raw.orders"
    origin = lineage.origins(sql, COLUMNS)["x"]
    assert (in_words(origin) if origin.expression else "") == words


def test_what_a_step_before_computes_is_said_through_the_next() -> None:
    sql = (
        "with a as (select state, count(*) as n from raw.orders group by 1) "
        "select max(n) as most from a"
    )
    origin = lineage.origins(sql, COLUMNS)["most"]
    assert in_words(origin) == "the greatest of the number of rows of `orders`"


def a_model(*tests: ColumnTest) -> Model:
    return Model(
        unique_id="model.p.m", name="m", schema="marts", relation="marts.m", description="",
        columns=(), parents=(), tests=(), keys=(), path="models/m.sql", column_tests=tests,
    )  # fmt: skip


def figures(**changes: object) -> Profile:
    given: dict[str, object] = {
        "name": "x", "data_type": "text", "empty_share": 0.0, "distinct": 3, "unique": False,
        "low": "", "high": "", "categories": ("a", "b"), "personal": False, **changes,
    }  # fmt: skip
    return Profile(10, {"x": ColumnProfile(**given)})  # type: ignore[arg-type]


class TestDrafts:
    """Nothing is guessed; what is known is said."""

    def test_a_handed_on_column_inherits_word_for_word(self) -> None:
        found = draft.column_draft(a_model(), "x", Origin(ID), {ID: "The order."}, None)
        assert (found.text, found.source) == ("The order.", "inherited")

    def test_a_docs_block_is_inherited_by_name(self) -> None:
        known = {ID: "{{ doc('order_id') }}"}
        assert draft.column_draft(a_model(), "x", Origin(ID), known, None).text == known[ID]

    def test_a_draft_says_sql_tests_and_values(self) -> None:
        tests = (ColumnTest("unique", "x", {}), ColumnTest("not_null", "x", {}))
        origin = Origin(None, "LOWER(state)", ((("raw", "orders"), "state"),))
        found = draft.column_draft(a_model(*tests), "x", origin, {}, figures())
        assert found.text == (
            "X. Computed as `LOWER(state)`, from `orders.state`. Unique. Values seen: a, b. "
            "Never empty."
        )
        assert "Values seen" not in found.bare

    def test_a_sum_says_what_is_summed_and_what_that_means(self) -> None:
        origin = Origin(None, "SUM(total)", (TOTAL,), {"total": Origin(TOTAL)})
        found = draft.column_draft(
            a_model(), "x", origin, {TOTAL: "What was paid, in euros."}, None
        )
        assert found.text == "The sum of `orders.total` (what was paid, in euros)."

    def test_jinja_in_a_draft_is_harmless(self) -> None:
        origin = Origin(None, "'{{ env_var(1) }}'")
        found = draft.column_draft(a_model(), "x", origin, {}, None)
        assert "{{ env_var(1) }}" in jinja2.Environment().from_string(found.text).render()

    @pytest.mark.parametrize(
        ("name", "meta", "personal"),
        [
            ("email", {}, True),
            ("customer_e_mail", {}, True),
            ("first_name", {}, True),
            ("birth_year", {}, True),
            ("body", {}, True),
            ("revenue_eur", {}, False),
            ("product_name", {}, False),
            ("email", {"pii": False}, False),
            ("revenue_eur", {"pii": True}, True),
        ],
    )
    def test_what_is_personal(self, name: str, meta: dict[str, bool], personal: bool) -> None:
        assert profile.is_personal(name, meta) is personal


class TestProse:
    """A model's sentence is used only if all of it can be checked."""

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("What the order is worth.", ""),
            ("At most 30 characters, on 17 days.", "numbers from nowhere"),
            ("The unique number of the order.", "unique"),
            ("Never empty.", "never empty"),
            ("Uses {{ this }}.", "braces"),
            ("x" * 400, "characters"),
            ("", "none"),
        ],
    )
    def test_what_is_used(self, text: str, why: str) -> None:
        one = figures(empty_share=0.5).columns["x"]
        found = prose.wrong(text, "draft: Up to 30.", one, a_model())
        assert why in found if why else not found

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ('{"x": "Good."}', {"x": "Good."}),
            ('Sure!\n```json\n{"x": "Good."}\n```\nHope it helps.', {"x": "Good."}),
            ("I cannot.", {}),
            ('{"x": ', {}),
            ("[1]", {}),
        ],
    )
    def test_answers_are_read_forgivingly(self, text: str, found: dict[str, str]) -> None:
        assert prose.parsed(text) == found


@pytest.fixture
def project(
    built_database: Built, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A copy of the project's YAML, to be written to."""
    shutil.copytree(root / "models", tmp_path / "models")
    shutil.copy(root / "dbt_project.yml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


ORDERS = "models/marts/shop/fct_orders.yml"


def stripped(path: Path) -> str:
    """The file without its columns' descriptions, which all stand on one line."""
    text = re.sub(r"(?m)^ {8}description: .*\n", "", path.read_text())
    path.write_text(text)
    return text


def test_the_project_is_fully_described(project: Path) -> None:
    found = llm.describe()
    assert found.complete
    assert found.changes == ()
    assert sum(one.columns for one in found.coverage) > 500


def test_missing_descriptions_are_written_and_nothing_else(project: Path) -> None:
    before = stripped(project / ORDERS)
    plan = llm.describe(["fct_orders"])
    assert not plan.complete
    assert plan.problems == ()
    assert {one.source for one in plan.drafts} == {"inherited", "drafted"}
    assert document.write(plan) == (project / ORDERS,)
    after = (project / ORDERS).read_text()
    assert re.sub(r"(?m)^ {8}description: .*\n", "", after) == before
    assert "{{ doc('order_id') }}" in after
    again = llm.describe(["fct_orders"])
    assert again.complete
    assert again.changes == ()


def test_a_file_changed_meanwhile_is_not_overwritten(project: Path) -> None:
    stripped(project / ORDERS)
    plan = llm.describe(["fct_orders"])
    (project / ORDERS).write_text("models: []\n")
    with pytest.raises(DocumentError, match="changed in the meantime"):
        document.write(plan)
    assert (project / ORDERS).read_text() == "models: []\n"


def test_an_unknown_model_is_an_error(project: Path) -> None:
    with pytest.raises(DocumentError, match="no model nowhere"):
        llm.describe(["nowhere"])


def with_model(
    monkeypatch: pytest.MonkeyPatch, answer: str, *, allow_values: bool = False
) -> tuple[Documentation, str]:
    with serve([Turn(text=answer)]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        plan = llm.describe(["dim_customers"], model="test-model", allow_values=allow_values)
    return plan, json.dumps(server.requests, ensure_ascii=False)


CUSTOMERS = "models/marts/shop/dim_customers.yml"


def test_a_model_words_what_is_drafted(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stripped(project / CUSTOMERS)
    good, bad = "Whether this customer came back.", "About 4,711 people are unique."
    answer = json.dumps({"is_repeat": good, "birth_year": bad})
    plan, asked = with_model(monkeypatch, answer)
    drafts = {one.column: one for one in plan.drafts}
    assert "is_repeat" in asked
    assert (drafts["is_repeat"].text, drafts["is_repeat"].source) == (good, "test-model")
    assert all(one.text != bad for one in plan.drafts)
    assert plan.input_tokens > 0


@pytest.mark.parametrize("allow_values", [False, True])
def test_no_stored_value_reaches_a_model_unasked(
    project: Path, monkeypatch: pytest.MonkeyPatch, allow_values: bool
) -> None:
    # No description upstream either: then every column is drafted and would show its values.
    stripped(project / CUSTOMERS)
    monkeypatch.setattr(draft, "known_descriptions", lambda _: {})
    _, asked = with_model(monkeypatch, "{}", allow_values=allow_values)
    with Door() as door:
        name = door.fetch(
            "select last_name from marts.dim_customers where length(last_name) > 6 limit 1"
        )[0][0]
        segment = door.fetch("select segment from marts.dim_customers limit 1")[0][0]
    assert name not in asked, "a personal column never gives a value"
    assert (f"values: {segment}" in asked or f", {segment}" in asked) is allow_values
