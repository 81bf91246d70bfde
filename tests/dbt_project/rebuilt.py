"""Incremental builds beside builds anew: what both tests of them share."""

from __future__ import annotations

import subprocess
import sys

from dbt_project import postgres

OF_RUNS = ("changed_keys", "built", "built_from", "run_results", "node_status")
"""What tells of builds, not of the data."""
ANY_KEY_GONE = "where not is_gone"


def assert_same_as_anew() -> None:
    """Build on top, build anew, and compare every table by hash."""
    dbt("run")
    incremental = fingerprints()
    dbt("run", "--full-refresh")
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


def dbt(*arguments: str) -> None:
    """Run dbt in a process of its own: it keeps state, such as the manifest, in this one."""
    script = "import sys\nfrom dbt_project import runner\nrunner.invoke(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:] + done.stdout[-2_000:]
