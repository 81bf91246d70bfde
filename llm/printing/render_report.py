"""An evaluation for a terminal: what is not right, accuracy by category, and the run's figures."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from llm.evaluate import Difference, Report

SHOWN_WRONG = 40


def print_report(
    console: Console, report: Report, difference: Difference | None, *, compare: bool
) -> None:
    """The whole report; with `compare` what changed since the run before."""
    wrong = [one for one in report.verdicts if not one.right]
    for one in wrong[:SHOWN_WRONG]:
        console.print(f"{one.id}: {one.question}", style="yellow", markup=False, highlight=False)
        console.print(
            f"  expected {one.expected}, got {one.got}: {one.note}", markup=False, highlight=False
        )
    if len(wrong) > SHOWN_WRONG:
        console.print(f"and {len(wrong) - SHOWN_WRONG} more; --json has all", style="dim")
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    drawn.add_column("category")
    for name in ("right", "of", "accuracy"):
        drawn.add_column(name, justify="right")
    for category, (right, count) in report.categories.items():
        drawn.add_row(category, f"{right}", f"{count}", f"{100 * right / count:.0f} %")
    console.print(drawn)
    figures = report.summary
    console.print()
    lines = (
        f"{report.set_name}, {report.model}: {figures['questions']} questions, "
        f"{100 * report.accuracy:.1f} % as expected",
        f"answered rightly {100 * figures['answered_right']:.1f} % of those to answer; "
        f"answered wrongly {figures['misled']}; errors {figures['errors']}",
        f"refused {100 * figures['refusal_recall']:.1f} % of those to refuse; "
        f"{100 * figures['refusal_precision']:.1f} % of the refusals were due",
        f"seconds: p50 {figures['seconds_p50']:.3f}, p95 {figures['seconds_p95']:.3f}; "
        f"tokens: {figures['input_tokens']:,} in, {figures['output_tokens']:,} out",
    )
    for line in lines:
        console.print(line, markup=False, highlight=False)
    if compare:
        console.print(_compared(difference), markup=False, highlight=False)


def _compared(difference: Difference | None) -> str:
    if difference is None:
        return "There is no earlier run of this set."
    return (
        f"before ({difference.model}, {difference.at}): {100 * difference.accuracy:.1f} %\n"
        f"  right now: {', '.join(difference.better) or 'none'}\n"
        f"  wrong now: {', '.join(difference.worse) or 'none'}"
    )
