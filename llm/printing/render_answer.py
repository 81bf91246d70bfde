"""An answer for a terminal and as JSON: the sentence, the table, then what stands behind it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table

from llm.answer import Answer
from llm.explain import Explanation
from llm.printing.render import SHOWN_ROWS, plain, table
from llm.proof import FileProof, ModelProof, Proof


def print_answer(
    console: Console, answer: Answer, *, proof: bool = True, said: bool = False
) -> None:
    """The whole answer; without `proof` only the sentence and the table.

    Args:
        said: warnings and sentence stand there already, shown as they came.
    """
    if not said:
        for warning in answer.warnings:
            console.print(f"! {warning}", style="yellow", markup=False)
        console.print(answer.text, style="bold", markup=False, highlight=False)
    for number, option in enumerate(answer.options, 1):
        mark = f"  {number}." if answer.kind == "clarify" else "  -"
        console.print(f"{mark} {option}", markup=False, highlight=False)
    if answer.kind == "clarify" and answer.options:
        console.print("Ask again, naming the one you mean.", style="dim")
    if answer.rows:
        console.print()
        console.print(table(answer.columns, answer.rows, answer.headings))
        if len(answer.rows) > SHOWN_ROWS or answer.truncated:
            console.print(
                f"{len(answer.rows)} rows, {SHOWN_ROWS} shown; --json has all.", style="dim"
            )
    if answer.proof is not None and answer.proof.known:
        console.print(
            f"Known of these tables: {'; '.join(answer.proof.known)}.", style="dim", markup=False
        )
    if answer.proof is not None and proof:
        console.print()
        _print_proof(console, answer.proof)
        console.print()
        console.print(_footer(answer), style="dim", highlight=False)


def as_json(answer: Answer) -> str:
    """The answer with everything in it, as JSON."""
    whole = dataclasses.asdict(answer)
    whole["rows"] = [[plain(value) for value in row] for row in answer.rows]
    return json.dumps(plain(_jsonable(whole)), ensure_ascii=False, indent=2)


def print_explanation(console: Console, found: Explanation, *, sql: bool) -> None:
    """How a question is read, and with `sql` what would run."""
    drawn = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for text, meaning in found.words:
        drawn.add_row(text.replace("[", "\\["), meaning.replace("[", "\\["))
    if found.words:
        console.print(drawn)
    for name, value in found.request.items():
        console.print(f"{name}: {value}", markup=False, highlight=False)
    for said in (*found.said, *(f"- {option}" for option in found.options)):
        console.print(said, markup=False, highlight=False)
    if sql and found.sql:
        console.print()
        # Not wrapped: it can be pasted into `assay query`.
        console.print(found.sql, markup=False, highlight=False, soft_wrap=True)
    console.print()


def explanation_as_json(found: Explanation) -> str:
    """How a question is read, as JSON."""
    return json.dumps(_jsonable(dataclasses.asdict(found)), ensure_ascii=False, indent=2)


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(one) for one in value]
    return plain(value)


def _footer(answer: Answer) -> str:
    text = f"{answer.model}, {answer.seconds:.2f} s"
    if answer.input_tokens or answer.output_tokens:
        calls = f"{answer.model_calls} call{'s' if answer.model_calls != 1 else ''}"
        text += f", {calls}, {answer.input_tokens:,} tokens in, {answer.output_tokens:,} out"
    if answer.cost is not None:
        text += f", cost {answer.cost:.4f}"
    return text


def _print_proof(console: Console, proof: Proof) -> None:
    console.print("Proof", style="bold cyan")
    _section(console, "Assumed", proof.assumptions)
    if proof.metrics:
        _section(
            console,
            "Measured",
            (
                f"{m.label} ({m.name}) = {m.definition}. {m.description}".strip()
                for m in proof.metrics
            ),
        )
    _section(console, "Fresh", proof.freshness)
    _section(console, "Models read", (_model(one) for one in proof.models))
    _print_files(console, proof.files)
    excluded = [
        f"{one.rows:,} of {one.entity}: {one.rule}. {one.meaning}".strip()
        for one in proof.exclusions
    ]
    _section(console, "Rows left out upstream", excluded or ["none"])
    console.print(f"SQL as it ran, written by {proof.written_by}:", style="cyan", highlight=False)
    # Plain text when piped: the SQL can be pasted into `assay query`.
    if console.is_terminal:
        console.print(Padding(Syntax(proof.sql, "sql", background_color="default"), (0, 0, 0, 2)))
    else:
        console.print("\n".join(f"  {line}" for line in proof.sql.splitlines()), markup=False)


def _section(console: Console, title: str, lines: Iterable[str]) -> None:
    console.print(f"{title}:", style="cyan", highlight=False)
    for line in lines:
        console.print(
            Padding(line.replace("[", "\\["), (0, 0, 0, 2), expand=False), highlight=False
        )


def _model(one: ModelProof) -> str:
    built = f"built {_when(one.built_at)}" if one.built_at else "no build on record"
    tests = (
        ", ".join(f"{count} {status}" for status, count in one.tests.items()) or "none on record"
    )
    return f"{one.name}: {built}; tests: {tests}"


def _print_files(console: Console, files: tuple[FileProof, ...]) -> None:
    console.print("Source files:", style="cyan", highlight=False)
    if not files:
        console.print("  none on record")
        return
    drawn = Table(
        box=None, show_header=True, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0)
    )
    for name, justify in (
        ("entity", "left"),
        ("files", "right"),
        ("rows", "right"),
        ("loaded", "left"),
        ("from", "left"),
    ):
        drawn.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    by_entity: dict[str, list[FileProof]] = {}
    for one in files:
        by_entity.setdefault(one.entity, []).append(one)
    for entity, members in by_entity.items():
        times = [m.loaded_at for m in members if m.loaded_at]
        first, last = members[0].uri, members[-1].uri
        shown = first if first == last else f"{first} ... {last.rsplit('/', 1)[-1]}"
        landed = sum(m.rows_landed or 0 for m in members)
        drawn.add_row(
            entity, f"{len(members)}", f"{landed:,}", _when(max(times)) if times else "-",
            shown.replace("[", "\\["),
        )  # fmt: skip
    console.print(Padding(drawn, (0, 0, 0, 2), expand=False))


def _when(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else "-"
