"""Incremental builds beside builds anew: what both tests of them share."""

from __future__ import annotations

from dbt_project import postgres
from tests.own_process import in_process

OF_RUNS = ("changed_keys", "built", "built_from", "run_results", "node_status")
"""What tells of builds, not of the data."""
ANY_KEY_GONE = "where not is_gone"
MODELS = """
import sys
from dataclasses import replace
from dbt_project import changed, runner

plan = changed.plan

def of_models(manifest):
    found, anew = plan(manifest), sys.argv[1:] == ["anew"]
    nodes = found.inputs if anew else found.needed
    needed = frozenset(node for node in nodes if "test" not in found.kinds[node])
    return replace(
        found, needed=needed, full_refresh=anew or found.full_refresh,
        standing={} if anew else found.standing,
    )

changed.plan = of_models
sys.exit("; ".join(f"{each.name}: {each.message}" for each in runner.build().failures) or 0)
"""
"""`assay build` without tests, which cost more than the models where there are few rows."""


def assert_same_as_anew() -> None:
    """Build on top, as `assay build` does it, build anew, and compare every table by hash."""
    build_models()
    incremental = fingerprints()
    build_models("anew")
    anew = fingerprints()
    assert {name for name in anew if anew[name] != incremental[name]} == set()


def fingerprints() -> dict[str, tuple[int, int]]:
    """Rows and an order-independent hash of each table that is built."""
    with postgres.connect() as connection:
        names = connection.execute(
            "select nspname, relname from pg_class join pg_namespace on relnamespace = "
            "pg_namespace.oid where nspname in ('marts', 'intermediate', 'quality') and relkind "
            "in ('r', 'p', 'v') and not relispartition and relname <> all(%s)",
            [list(OF_RUNS)],
        ).fetchall()
        return {
            f"{schema}.{name}": connection.execute(
                "select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text "
                f"from {schema}.{name} as t "
                + (ANY_KEY_GONE if name.startswith("int_links__") else "")
            ).fetchone()
            for schema, name in names
        }


def count(source: str) -> int:
    """Rows of a table with an optional condition."""
    with postgres.connect() as connection:
        (rows,) = connection.execute(f"select count(*) from {source}").fetchone() or (0,)
    return int(rows)


def build_models(*how: str) -> None:
    """Build what has changed, or all of it `"anew"`."""
    in_process(MODELS, *how)


def dbt(*arguments: str) -> None:
    """Run plain dbt."""
    in_process(
        "import sys\nfrom dbt_project import runner\nrunner.invoke(sys.argv[1:])", *arguments
    )
