"""docs/cleaning.md shows the list of rules as it is now."""

from __future__ import annotations

from pathlib import Path

from dbt_project import pages


def test_the_page_shows_the_rules_as_they_are(root: Path) -> None:
    page = (root / "docs" / "cleaning.md").read_text(encoding="utf-8")
    table = pages.rules_table(root / "seeds" / "rules.csv")
    assert page == pages.fresh_page(page, table), "run `make docs`"
    assert "| `late_arriving` | flag | `ordered_at` |" in table


def test_a_new_rule_changes_the_page(root: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.csv"
    line = 'orders,too_early,ordered_at,flag,20,"Placed before the shop opened, it says."\n'
    rules.write_text((root / "seeds" / "rules.csv").read_text() + line)
    row = "| `too_early` | flag | `ordered_at` | Placed before the shop opened, it says. |"
    assert row in pages.rules_table(rules)
