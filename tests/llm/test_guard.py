"""The door: attacks are refused with a useful message, analytic queries pass and mean the same."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from sqlglot import exp

from dbt_project import postgres
from llm import evaluate, grammar, guard
from llm.database import Door
from llm.errors import (
    QueryError,
    QueryTimeoutError,
    RequestError,
    ResultTooLargeError,
    SqlRefusedError,
)
from llm.settings import Limits
from tests.built import Built

HERE = Path(__file__).parent


def cases(name: str) -> list[tuple[str, str]]:
    """(name, SQL) pairs of a corpus; the file's first line says what it is."""
    found: list[tuple[str, str]] = []
    for line in (HERE / name).read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("-- "):
            found.append((line[3:], ""))
        else:
            title, text = found[-1]
            found[-1] = (title, f"{text}\n{line}".strip())
    return found


ATTACKS = cases("attacks.sql")
LEGITIMATE = cases("legitimate.sql")
# The expected results of the question sets are analytic queries, too.
QUESTIONS = {
    one.sql: one.id for name in ("dev", "business") for one in evaluate.load(name)[1] if one.sql
}
LEGITIMATE += [(f"question {id_}", sql) for sql, id_ in QUESTIONS.items()]

# Where an expression has no name, Postgres names it after a function; rewriting may change which.
UNNAMED = {
    "integer and numeric division",
    "text with positions",
    "aggregates",
    "arithmetic",
    "more text functions",
    "date_part, to_char",
}

RELATIONS = guard.Relations(
    tables=frozenset(
        {
            ("marts", "fct_orders"),
            ("marts", "dim_dates"),
            ("quality", "files"),
            ("marts", "Odd Name"),
        }
    ),
    database="assay",
    search_path=("marts", "quality"),
)


def test_the_corpora_are_large_enough() -> None:
    assert len(ATTACKS) >= 250
    assert len({name for name, _ in ATTACKS}) == len({sql for _, sql in ATTACKS}) == len(ATTACKS)
    assert len(LEGITIMATE) >= 350
    assert len({sql for _, sql in LEGITIMATE}) == len(LEGITIMATE)


@pytest.mark.parametrize(("name", "sql"), ATTACKS, ids=[name for name, _ in ATTACKS])
def test_attacks_are_refused(name: str, sql: str) -> None:
    with pytest.raises(SqlRefusedError) as caught:
        guard.check(sql, RELATIONS)
    assert caught.value.hint, "it says how to do better"
    assert len(caught.value.advice) < 700


@pytest.mark.parametrize(("name", "sql"), LEGITIMATE, ids=[name for name, _ in LEGITIMATE])
def test_legitimate_queries_return_the_same(name: str, sql: str, built_database: Built) -> None:
    with Door() as door:
        got = door.query(sql)
    with postgres.connect(autocommit=True) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set search_path = marts, quality")
        cursor = connection.execute(sql.encode())
        expected = cursor.fetchall()
        names = tuple(column.name for column in cursor.description or ())
    left, right = [list(row) for row in got.rows], [list(row) for row in expected]
    if "order by" not in sql.lower().rpartition(")")[2]:
        left, right = sorted(left, key=str), sorted(right, key=str)
    assert left == right[: len(left)]
    assert len(left) == min(len(right), 1_000)
    assert got.columns == names or name in UNNAMED


def test_the_lists_name_what_exists() -> None:
    assert {name for name in grammar.NODES if not hasattr(exp, name)} == set()
    assert {name for name in grammar.TYPES if not hasattr(exp.DataType.Type, name)} == set()


def test_what_runs_is_written_anew() -> None:
    checked = guard.check("select /* x */ Order_ID from FCT_ORDERS -- y", RELATIONS)
    assert checked.sql.split() == [
        "SELECT",
        "Order_ID",
        "FROM",
        "marts.fct_orders",
        "AS",
        "fct_orders",
    ]
    assert checked.relations == ("marts.fct_orders",)


def test_odd_names_keep_their_quotes() -> None:
    assert '"Odd Name"' in guard.check('select 1 from "Odd Name"', RELATIONS).sql
    with pytest.raises(SqlRefusedError, match="odd name"):
        guard.check('select 1 from "odd name"', RELATIONS)


def test_a_refusal_names_the_nearest_relation() -> None:
    with pytest.raises(SqlRefusedError) as caught:
        guard.check("select 1 from fct_order", RELATIONS)
    assert "fct_orders" in caught.value.hint


@pytest.mark.parametrize("size", [100_000, 2_000_000])
def test_a_huge_statement_is_refused_at_once(size: int) -> None:
    with pytest.raises(SqlRefusedError, match="characters"):
        guard.check("select " + "1," * (size // 2) + "1", RELATIONS)


# -- behind the guard: the role, the transaction, the limits --------------------------------------


@pytest.mark.usefixtures("built_database")
class TestBehindTheGuard:
    """What the database itself holds back, were the guard to miss it."""

    @pytest.mark.parametrize(
        "sql",
        [
            "select * from raw.orders",
            "select * from staging.stg_shop__orders",
            "select pg_read_file('/etc/passwd')",
            "select lo_from_bytea(0, 'x')",
            "select pg_notify('a', 'b')",
        ],
    )
    def test_the_role_may_not(self, sql: str) -> None:
        with Door() as door, pytest.raises(QueryError):
            door.fetch(sql)

    @pytest.mark.parametrize(
        "sql", ["delete from marts.fct_orders", "create table marts.x (a int)"]
    )
    def test_only_what_a_cursor_can_hold_runs(self, sql: str) -> None:
        with Door() as door, pytest.raises(QueryError):
            door.fetch(sql)

    def test_statements_time_out(self) -> None:
        slow = "select count(*) from fct_web_events a, fct_web_events b, fct_web_events c"
        with Door(Limits(statement_seconds=0.3)) as door:
            door.relations()
            with pytest.raises(QueryTimeoutError, match=r"0\.3 s"):
                door.query(slow)
            assert door.query("select 1").rows == ((1,),)

    @pytest.mark.parametrize("collects", ["jsonb_agg(a)", "array_agg(a)", "json_agg(b)"])
    def test_memory_is_bounded(self, collects: str) -> None:
        sql = f"select {collects} from marts.fct_order_items a, marts.fct_order_items b"
        with Door(Limits(server_bytes=100_000_000)) as door:
            with pytest.raises(ResultTooLargeError, match="of the server's memory"):
                door.query(sql)
            assert door.query("select count(*) from marts.fct_orders").rows

    def test_rows_are_cut_off(self) -> None:
        with Door(Limits(rows=7)) as door:
            result = door.query("select order_id from fct_orders")
            assert (len(result.rows), result.truncated) == (7, True)
            exact = door.query("select order_id from fct_orders limit 7")
            assert (len(exact.rows), exact.truncated) == (7, False)

    def test_cells_and_results_have_a_limit(self) -> None:
        with Door(Limits(cell_characters=100)) as door:
            door.relations()
            with pytest.raises(ResultTooLargeError, match="cell"):
                door.query("select string_agg(order_id, '') from fct_orders")
        with (
            Door(Limits(result_bytes=1_000, rows=10_000)) as door,
            pytest.raises(ResultTooLargeError, match="larger"),
        ):
            door.query("select order_id, customer_key, status from fct_orders")

    def test_a_giant_cell_never_leaves_the_server(self) -> None:
        doubled = "select string_agg(order_id, '') as x from fct_orders"
        for _ in range(4):
            doubled = f"select x || x || x || x || x || x || x || x as x from ({doubled}) as y"
        with Door() as door:
            door.relations()
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            with pytest.raises(ResultTooLargeError, match=r"larger|memory"):
                door.query(doubled)
            with pytest.raises(ResultTooLargeError, match=r"larger|memory"):
                door.query("select a.*, b.* from fct_orders as a, fct_orders as b", max_rows=10**6)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            assert grown < 100_000, "KiB: it was never fetched"
            assert door.query("select 1").rows == ((1,),)

    def test_the_frame_changes_no_result(self) -> None:
        with Door() as door:
            result = door.query("select 1 as a, 2 as a, null, (3, 4)")
            assert (result.columns, len(result.rows[0])) == (("a", "a", "?column?", "row"), 4)
            assert door.query("select order_id from fct_orders order by 1 desc limit 2").rows == (
                tuple(door.fetch("select order_id from marts.fct_orders order by 1 desc limit 2"))
            )
            assert door.query("select 1 where false").rows == ()

    @pytest.mark.parametrize(
        "sql",
        [
            "select nonsense from fct_orders",
            "select order_id::int from fct_orders",
            "select 1 / (select 0)",
            "select ('{' || order_id)::jsonb from fct_orders",
            "select count(*) from fct_orders where order_id ~ '('",
            "select order_date + 'x'::interval from fct_orders",
            "select (select order_id from fct_orders)",
            "select string_agg(order_id, '')::int from fct_orders",
        ],
    )
    def test_errors_say_what_and_nothing_else(self, sql: str) -> None:
        with Door() as door, pytest.raises(QueryError) as caught:
            door.query(sql)
        text = caught.value.advice
        assert len(text) < 500
        for leaked in ("LINE ", "CONTEXT", "DETAIL", "HINT", "answer.*", "pg_column_size", "/",
                       "Traceback", "assay:"):  # fmt: skip
            assert leaked not in text, text

    def test_a_lost_server_is_told_without_its_path(self) -> None:
        from llm.database import _without_paths

        text = 'connection to server on socket "/tmp/x/pg/.s.PGSQL.5432" failed: No such file'
        assert _without_paths(text) == 'connection to server on socket "..." failed: No such file'

    def test_nothing_outlives_a_query(self) -> None:
        with Door() as door:
            door.query("select 1")
            before = door.fetch("select count(*) from pg_catalog.pg_cursors")
            assert before[0][0] == 1, "only the cursor that asks"
            assert door.fetch("select pg_catalog.current_setting('transaction_read_only')") == [
                ("on",)
            ]

    def test_an_error_does_not_spoil_the_next_query(self) -> None:
        with Door() as door:
            with pytest.raises(QueryError, match="nonsense"):
                door.query("select nonsense from fct_orders")
            with pytest.raises(QueryError, match="zero"):
                door.query("select 1 / (select 0)")
            assert door.query("select 1").rows == ((1,),)

    def test_filter_values_never_meet_a_template(self) -> None:
        from dbt_project import artifacts
        from llm import compose, semantic
        from llm.request import Filter, MetricRequest, Operator

        layer = semantic.load(artifacts.load().semantic_manifest_path)
        values = (
            "{{ Dimension('order__country') }}",
            "' or 1=1 --",
            "{% for x in [].__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
            "assay:0:0",
            "$1 %s %(x)s",
        )
        request = MetricRequest(
            ("revenue",), filters=(Filter("order__country", Operator.IN, values),)
        )
        with Door() as door:
            assert door.query(compose.compose(request, layer)).rows in ((), ((None,),))
        for bad in ("order__country') }} or 1=1 --", "raw.orders", "{{ x }}"):
            with pytest.raises(RequestError):
                compose.compose(
                    MetricRequest(("revenue",), filters=(Filter(bad, Operator.IS, ("x",)),)), layer
                )
            with pytest.raises(RequestError):
                compose.compose(MetricRequest((bad,)), layer)
            with pytest.raises(RequestError):
                compose.compose(MetricRequest(("revenue",), dimensions=(bad,)), layer)
