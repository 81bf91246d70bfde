"""A documentation plan for a terminal and as JSON: coverage, the diff, what could not be done."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from llm.document import Documentation

COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def print_plan(console: Console, plan: Documentation, root: Path, *, diff: bool) -> None:
    """Coverage, then the diff if wanted."""
    columns = sum(one.columns for one in plan.coverage)
    described = sum(one.described for one in plan.coverage)
    models = sum("" not in one.missing for one in plan.coverage)
    lacking = [one for one in plan.coverage if one.missing]
    if lacking:
        drawn = Table(box=None, header_style="bold", pad_edge=False)
        for name in ("model", "columns", "described", "missing"):
            drawn.add_column(name, justify="right" if name in ("columns", "described") else "left")
        for one in lacking:
            names = ", ".join(name or "(the model itself)" for name in one.missing[:6])
            more = f", and {len(one.missing) - 6} more" if len(one.missing) > 6 else ""
            drawn.add_row(one.model, f"{one.columns}", f"{one.described}", names + more)
        console.print(drawn)
    share = 100 * described / columns if columns else 100
    console.print(
        f"{models} of {len(plan.coverage)} models and {described:,} of {columns:,} columns are "
        f"described ({share:.1f} %)",
        highlight=False,
    )
    for line in plan.problems:
        console.print(f"! {line}", style="yellow", markup=False)
    for name, why in plan.rejected.items():
        console.print(f"! {name}: the model's sentence was not used: {why}", style="yellow")
    if not diff:
        return
    inherited = sum(one.source == "inherited" for one in plan.drafts)
    if plan.drafts:
        by = sorted({one.source for one in plan.drafts} - {"inherited", "drafted"})
        worded = sum(one.source in by for one in plan.drafts)
        console.print(
            f"{inherited} inherited, {len(plan.drafts) - inherited - worded} drafted"
            + (f", {worded} worded by {', '.join(by)}" if by else "")
            + (
                f"; {plan.input_tokens:,} tokens in, {plan.output_tokens:,} out"
                if plan.input_tokens
                else ""
            ),
            style="dim",
            highlight=False,
        )
    for change in plan.changes:
        for line in change.diff(root).splitlines():
            console.print(
                line, style=COLOURS.get(line[:1], ""), markup=False, highlight=False, soft_wrap=True
            )


def as_json(plan: Documentation) -> str:
    """Coverage, drafts, what was not used and what could not be done."""
    return json.dumps(
        {
            "complete": plan.complete,
            "coverage": [vars(one) for one in plan.coverage],
            "drafts": [
                {key: value for key, value in vars(one).items() if key != "bare"}
                for one in plan.drafts
            ],
            "rejected": plan.rejected,
            "problems": list(plan.problems),
        },
        ensure_ascii=False,
        indent=2,
    )
