"""`assay query`: SQL through the read-only door. Parses, calls one function, prints."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


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

        render.print_result(Console(soft_wrap=False), result)


@app.callback()
def group() -> None:
    """Ask questions and run queries."""
