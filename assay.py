"""The `assay` command: puts the three packages' commands under one roof, nothing else."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from rich.console import Console

import dbt_project.cli
import extract.cli
import llm.cli
from dbt_project.errors import DbtProjectError
from extract.errors import ExtractError
from llm.errors import LlmError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Raw files in, tested answers out.",
)
for package in (dbt_project.cli, extract.cli, llm.cli):
    app.add_typer(package.app)


@app.callback()
def options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error.", is_eager=True)
    ] = False,
) -> None:
    """Options of every command."""


def main() -> None:
    """Run the command line; expected errors become one text on stderr and exit code 1."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        app()
    except (DbtProjectError, ExtractError, LlmError) as error:
        if debug:
            raise
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(f"error: {error}", style="red", markup=False)
        if hint := getattr(error, "hint", ""):
            console.print(f"  {hint}", markup=False)
        sys.exit(getattr(error, "exit_code", 1))
    except BrokenPipeError:
        # The reader of our output went away: `assay ledger | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)
