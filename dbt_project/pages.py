"""The part of docs/cleaning.md that is made from the list of rules. `make docs` runs it.

Measured figures are not written here: the scripts in `tests/benchmarks` that print them do that.
"""

from __future__ import annotations

import csv
from itertools import groupby
from pathlib import Path

SEVERITIES = ("repair", "flag", "exclude")
START, END = "<!-- begin rules -->", "<!-- end rules -->"


def rules_table(rules: Path) -> str:
    """The rules as Markdown, one table a kind of rows, in the list's order.

    Args:
        rules: the seed, `seeds/rules.csv`.
    """
    with rules.open(newline="", encoding="utf-8") as lines:
        listed = list(csv.DictReader(lines))
    counts = {each: sum(row["severity"] == each for row in listed) for each in SEVERITIES}
    said = ", ".join(f"{count} {severity}" for severity, count in counts.items())
    parts = [f"{len(listed)} rules: {said}."]
    for entity, of_entity in groupby(listed, key=lambda row: row["entity"]):
        parts += [
            f"\n**{entity}**\n",
            "| rule | severity | column | meaning |",
            "| --- | --- | --- | --- |",
        ]
        parts += [
            f"| `{row['code']}` | {row['severity']} | `{row['column_name']}` | {row['meaning']} |"
            for row in of_entity
        ]
    return "\n".join(parts)


def fresh_page(page: str, table: str) -> str:
    """The page with the table between its markers."""
    before, rest = page.split(START)
    return f"{before}{START}\n{table}\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Write the table into docs/cleaning.md."""
    root = Path(__file__).resolve().parent.parent
    page = root / "docs" / "cleaning.md"
    table = rules_table(root / "seeds" / "rules.csv")
    page.write_text(fresh_page(page.read_text(encoding="utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    main()
