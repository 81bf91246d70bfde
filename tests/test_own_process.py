"""What builds of tests rely on and would not notice if it were gone: they would only be slower."""

from __future__ import annotations

from tests.own_process import in_process


def test_builds_fork_off_a_process_that_has_dbt_ready() -> None:
    assert in_process("import sys; print('tests.dbt_made_ready' in sys.modules)") == "True\n"
