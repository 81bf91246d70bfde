"""`assay ask`, `query`, `index`, `document`: each parses, calls one function, and prints."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="In plain words, in quotes.")],
    model: Annotated[
        str | None,
        typer.Option(
            help='An OpenAI-compatible model, or "planner". Default: ASSAY_MODEL, else the planner.'
        ),
    ] = None,
    proof: Annotated[bool, typer.Option(help="Show what stands behind the answer.")] = True,
    sql: Annotated[bool, typer.Option("--sql", help="Print only the SQL that ran.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Answer a question from the marts, with its proof.

    Exit code 0 if it was answered, 1 if it was declined or needs a clearer question.

    Example: assay ask "top 5 products by revenue last quarter"
    """
    import llm

    answer = llm.ask(question, model=model, stream=sys.stdout.isatty(), on_step=_steps())
    if sql and answer.proof is not None:
        typer.echo(answer.proof.sql)
    else:
        from llm import render_answer

        if json_output:
            typer.echo(render_answer.as_json(answer))
        else:
            from rich.console import Console

            render_answer.print_answer(Console(), answer, proof=proof)
    if answer.kind != "answered":
        raise typer.Exit(1)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help='One SELECT; "-" reads it from standard input.')],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    csv_output: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    rows: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many rows.")] = 1_000,
) -> None:
    """Run SQL through the same read-only door as the agent.

    Example: assay query "select country, sum(revenue_eur) from fct_orders group by 1"
    """
    import llm
    from llm import render

    result = llm.query(sys.stdin.read() if sql == "-" else sql, max_rows=rows)
    if json_output:
        typer.echo(render.as_json(result))
    elif csv_output:
        typer.echo(render.as_csv(result), nl=False)
    else:
        from rich.console import Console

        render.print_result(Console(), result)


@app.command()
def index(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make it anew.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Index the catalogue and what people wrote, so that both are found by meaning and by words.

    Only what is new or changed is embedded; run it after each build. The model is the built-in one,
    or ASSAY_EMBEDDING_MODEL at OPENAI_BASE_URL, to which the texts are then sent.

    Example: assay index
    """
    import dataclasses
    import json

    import llm

    run = llm.index(rebuild=rebuild, on_progress=_progress())
    if json_output:
        typer.echo(json.dumps(dataclasses.asdict(run)))
        return
    typer.echo(
        f"{run.entries:,} catalogue entries and {run.passages:,} passages; "
        f"{run.embedded:,} embedded, {run.removed:,} removed, {run.seconds:.1f} s"
    )
    typer.echo(f"{run.model}, {run.dimensions} dimensions; texts: {', '.join(run.sources)}")


def _progress() -> Callable[[int, int], None] | None:
    """Count on a terminal's stderr; nothing when piped."""
    if not sys.stderr.isatty():
        return None

    def told(done: int, total: int) -> None:
        typer.echo(f"\r  embedded {done:,} of {total:,} ", nl=done >= total, err=True)

    return told


def _steps() -> object:
    """Say on a terminal's stderr which tool is running; nothing when piped."""
    if not sys.stderr.isatty():
        return None
    return lambda tool: typer.secho(f"  {tool} ...", err=True, dim=True)
