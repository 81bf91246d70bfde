"""How well cleaning and context find what was planted: several seeds and scales, one table.

    python tests/benchmarks/cleaning.py [--shops 0.2:101 1:404 2:505] [--write]

A shop is `scale:seed`. Each is made, loaded and built in a database of its own and compared with
its answer key, as `assay evaluate cleaning` does. Ends with 1 if anything is below its floor.
Starts a server in a temporary folder; scale 2 takes some minutes.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from workbench import ROOT, dbt, load_shop, put_between_markers, workbench

from dbt_project.evaluate_cleaning import CleaningReport, Score, evaluate

FLOOR, ANOMALY_FLOOR = 0.99, 0.95
SHOPS = ["0.2:101", "0.2:707", "1:404", "1:606", "1:808", "2:505"]
PAGE = ROOT / "docs" / "cleaning.md"


@dataclass(frozen=True)
class Shop:
    """One shop's scale and seed, and what was found in it."""

    scale: float
    seed: int
    report: CleaningReport

    def __str__(self) -> str:
        return f"scale {self.scale:g}, seed {self.seed}"


def main() -> int:
    """Measure, print, and leave with 1 if anything is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shops", nargs="+", default=SHOPS, metavar="SCALE:SEED")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    options = parser.parse_args()
    with workbench() as bench:
        shops = []
        for each in options.shops:
            scale, seed = float(each.split(":")[0]), int(each.split(":")[1])
            bench.create("shop")
            data = load_shop(scale, seed, bench.folder)
            failed = dbt("build", "--full-refresh", "--exclude-resource-type", "test",
                         "--exclude-resource-type", "unit_test")  # fmt: skip
            if failed:
                sys.exit(f"the build of {each} failed: {', '.join(failed)}")
            shops.append(Shop(scale, seed, evaluate(data)))
            below = shops[-1].report.below(FLOOR, ANOMALY_FLOOR)
            print(f"{shops[-1]}: {len(below)} below the floor", file=sys.stderr)
            for score in below:
                print(f"  {score}", file=sys.stderr)
    text = f"{rules_table(shops)}\n\n{anomalies_table(shops)}"
    print(text)
    if options.write:
        put_between_markers(PAGE, "evaluation", text)
    return int(any(shop.report.below(FLOOR, ANOMALY_FLOOR) for shop in shops))


def rules_table(shops: list[Shop]) -> str:
    """Each planted rule: how many in all shops, and its worst precision and recall in one."""
    by_rule: dict[tuple[str, str], list[Score]] = {}
    for shop in shops:
        for score in (*shop.report.defects, *shop.report.unplanted):
            by_rule.setdefault((score.entity, score.name), []).append(score)
    lines = [
        f"{len(shops)} shops: {'; '.join(map(str, shops))}.",
        "",
        "| rows | rule | planted | found | least precision | least recall |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for (entity, rule), scores in sorted(by_rule.items()):
        planted, found = sum(s.planted for s in scores), sum(s.found for s in scores)
        precision, recall = min(s.precision for s in scores), min(s.recall for s in scores)
        lines.append(
            f"| {entity} | {rule} | {planted:,} | {found:,} | {precision:.4f} | {recall:.4f} |"
        )
    return "\n".join(lines)


def anomalies_table(shops: list[Shop]) -> str:
    """Each kind of anomaly: planted, found and F1 in each shop."""
    kinds = sorted({s.name for shop in shops for s in shop.report.anomalies})
    lines = [
        f"| anomaly | {' | '.join(map(str, shops))} |",
        f"| --- | {' | '.join('---:' for _ in shops)} |",
    ]
    for kind in kinds:
        cells = []
        for shop in shops:
            score = next((s for s in shop.report.anomalies if s.name == kind), None)
            cells.append(f"{score.hits} of {score.planted}, F1 {score.f1:.3f}" if score else "-")
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
