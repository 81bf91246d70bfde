"""The `assay` command: puts the three packages' commands under one roof, nothing else."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections import Counter
from dataclasses import asdict
from importlib import metadata
from typing import Annotated

import typer
from rich.console import Console

import dbt_project.cli
import extract.cli
import llm.cli
from dbt_project.errors import DbtProjectError
from extract.errors import ExtractError
from llm.errors import LlmError

DEMO_QUESTION = "What was revenue by country last quarter, compared with the previous quarter?"

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Raw files in, tested answers out.",
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"assay {metadata.version('assay')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Raw files in, tested answers out."""


@app.command()
def demo(
    scale: Annotated[float, typer.Option(min=0.01, help="1 is about 200,000 rows.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same files.")] = 7,
) -> None:
    """Make sample data, load them, build the models and answer a question with its proof."""
    started = time.monotonic()
    for step in (
        ["datagen", "--scale", f"{scale:g}", "--seed", str(seed), "--out", "dataGen"],
        ["load", "dataGen"],
        ["build"],
        ["ask", DEMO_QUESTION],
    ):
        out.print(f"\n[bold green]$ assay {shlex.join(step)}[/]")
        if code := app(step, standalone_mode=False):
            raise typer.Exit(code)
    out.print(f"\nFrom files to a proven answer in {time.monotonic() - started:.0f} s. Now try:")
    out.print("  . .venv/bin/activate")
    out.print('  assay ask "Which categories had the highest return rate last quarter?"')
    out.print("  assay index   [dim]# about 20 s; then also what customers wrote can be asked:[/]")
    out.print('  assay ask "What do customers say about delivery?"')
    out.print("  assay status")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Show the server, what is loaded, the last build and its tests, the index and the model."""
    from dbt_project import own
    from dbt_project import status as database
    from extract import ledger
    from llm.settings import model_settings

    found = database.collect()
    files = ledger.summary() if found.running else None
    model = model_settings().name
    project = own.read()
    if as_json:
        facts = asdict(found) | {"files": asdict(files) if files else None, "model": model}
        facts["project"] = asdict(project)
        print(json.dumps(facts, default=str))
        return

    def line(name: str, text: str) -> None:
        out.print(f"{name:>9}  {text}", markup=False)

    line("server", found.server + ("" if found.running else " (down; the next command starts it)"))
    line("model", "planner (offline, no key)" if model == "planner" else model)
    tables = Counter(entity.source for entity in project.entities)
    parts = ["the sample shop"] if project.sample_shop else []
    parts += [f"{source} ({n} {'table' if n == 1 else 'tables'})" for source, n in tables.items()]
    line("project", ", ".join(parts) or "no models of data yet: `assay scaffold`")
    if not found.running:
        return
    line("version", f"PostgreSQL {found.version}")
    line("schemas", ", ".join(f"{name} {n}" for name, n in (found.schemas or {}).items()))
    if files and files.files:
        line(
            "files",
            f"{files.files:,} loaded, {files.rows_landed:,} rows landed, "
            f"{files.rows_rejected:,} rejected, {files.failed:,} files failed; "
            f"last {files.last_loaded_at:%Y-%m-%d %H:%M %Z}",
        )
    else:
        line("files", "none loaded yet: `assay load <folder>`")
    if found.build:
        models, tests = (
            ", ".join(f"{n} {status}" for status, n in sorted(counts.items())) or "none"
            for counts in (found.build.models, found.build.tests)
        )
        line("build", f"{found.build.ended_at:%Y-%m-%d %H:%M %Z}; models: {models}; tests: {tests}")
    else:
        line("build", "none yet: `assay build`")
    line("index", f"{found.indexed_at:%Y-%m-%d %H:%M %Z}" if found.indexed_at else "none")
    line("reader", "; ".join(found.reader) or "may read marts, quality and knowledge only")


evaluate = typer.Typer(no_args_is_help=True)
for package in (dbt_project.cli, extract.cli, llm.cli):
    app.add_typer(package.app)
for package in (dbt_project.cli, llm.cli):
    evaluate.add_typer(package.evaluate_app)
app.add_typer(
    evaluate, name="evaluate", help="Measure: cleaning by the answer key, answers by questions."
)
app.add_typer(dbt_project.cli.export_app, name="export", help="Hand data on, held to their tests.")


def main() -> None:
    """Run the command line; an expected error becomes one clear text on stderr and an exit code."""
    debug = "--debug" in sys.argv
    # Accepted before and behind the command's name.
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        app(prog_name="assay")
    except (DbtProjectError, ExtractError, LlmError) as error:
        if debug:
            raise
        err.print(f"error: {error}", style="red", markup=False)
        if error.hint:
            err.print(f"       {error.hint}", markup=False)
        sys.exit(getattr(error, "exit_code", 1))
    except BrokenPipeError:
        # Whoever read our output went away, as in `assay ledger | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)
