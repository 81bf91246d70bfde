"""The commands that run the server, the roles, dbt and the trace: each parses, calls, prints."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dbt_project import postgres, roles
from dbt_project.errors import ConfigurationError
from dbt_project.scaffold import cli as scaffold

if TYPE_CHECKING:
    from dbt_project.evaluate_cleaning import Score

app = typer.Typer(no_args_is_help=True)
app.add_typer(scaffold.app)
evaluate_app = typer.Typer(no_args_is_help=True)
export_app = typer.Typer(no_args_is_help=True)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


@app.command()
def up(as_json: Json = False) -> None:
    """Start the embedded Postgres (every other command does so by itself).

    Example: assay up && psql
    """
    settings = postgres.settings()
    if as_json:
        print(json.dumps(asdict(settings)))
    else:
        out.print(f"up: {settings}", soft_wrap=True)


@app.command()
def down() -> None:
    """Stop the embedded Postgres; open transactions roll back, data stay."""
    if not postgres.uses_embedded():
        raise ConfigurationError(
            "PGHOST names another server, and that one is not ours to stop",
            hint="unset PGHOST to mean the embedded one",
        )
    stopped = postgres.embedded_server().stop()
    out.print("down" if stopped else "it was not running")


@app.command()
def init(
    print_sql: Annotated[
        bool, typer.Option("--sql", help="Only print the SQL, for somebody with the rights.")
    ] = False,
    owner: Annotated[
        str | None,
        typer.Option(help="Role that will load and build, if not the user who runs this."),
    ] = None,
) -> None:
    """Make the roles, schemas and rights in the Postgres that PGHOST names.

    The embedded server is made ready by itself. Elsewhere: run this as a user who may create roles,
    or give the output of `assay init --sql` to somebody who may. Passwords for the roles are taken
    from ASSAY_OWNER_PASSWORD and ASSAY_READER_PASSWORD. May be repeated.

    Examples:

      assay init

      PGUSER=master assay init --owner assay_owner
    """
    if print_sql:
        print(roles.script(owner or os.environ.get("PGUSER", roles.OWNER)))
        return
    report = postgres.initialise(owner)
    for line in report:
        out.print(line, soft_wrap=True)


@app.command()
def sample(
    state: Annotated[
        str, typer.Argument(metavar="[on|off]", help="Leave it out to only look.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the change of dbt_project.yml; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say whether the sample shop's models are part of the project; take them out, or in again.

    They stay where they are, under `models`, as examples to read. What was built from them stays in
    the database until you drop it.

    Examples: assay sample off, then assay build
    """
    from dbt_project import own

    if state not in ("", "on", "off"):
        raise typer.BadParameter(f"on or off, not {state}")
    before = own.path().read_text("utf-8")
    after = own.switched(before, sample_shop=state == "on") if state else before
    if not dry_run and after != before:
        own.path().write_text(after, "utf-8")
    now = own.read(before if dry_run else after)
    if as_json:
        print(json.dumps({"sample_shop": now.sample_shop, "changed": after != before}))
        return
    if difference := own.diff(before, after):
        out.print(difference, markup=False, soft_wrap=True)
    out.print(
        f"the sample shop's models are {'part' if now.sample_shop else 'not part'} of the project"
    )


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def build(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what has not changed since it last went well.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Build and test what has changed: new files, models edited, and all that depends on them.

    Further options go to dbt as they are, which then runs what they say:
    assay build --select fct_orders+ --full-refresh
    """
    from dbt_project import runner, turn

    context.with_resource(turn.of_a_build(lambda text: err.print(text, soft_wrap=True)))
    if err.is_terminal:
        columns = (
            TextColumn("building"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
        )
        with Progress(*columns, console=err, transient=True) as bar:
            task = bar.add_task("reading the project", total=None)
            summary = runner.build(
                context.args,
                progress=lambda done, total, name: bar.update(
                    task, completed=done, total=total, description=name
                ),
                everything=everything,
            )
    else:
        summary = runner.build(context.args, everything=everything)
    if as_json:
        print(json.dumps(asdict(summary)))
    else:
        for failure in summary.failures:
            colour = "yellow" if failure.status == "warn" else "red"
            rows = f", {failure.rows} rows" if failure.rows else ""
            out.print(
                f"[{colour}]{failure.status}[/] {failure.kind} {failure.name}{rows} "
                f"({failure.path})"
            )
            if failure.status != "warn":
                out.print(f"      {escape(failure.message)}", soft_wrap=True)
            if failure.hint:
                out.print(f"      next: {escape(failure.hint)}", soft_wrap=True)
        for kind, statuses in sorted(summary.counts.items()):
            out.print(
                f"{kind:>12}  "
                + ", ".join(f"{n} {status}" for status, n in sorted(statuses.items()))
            )
        out.print(f"{'built' if summary.success else 'failed'} in {summary.seconds:.1f} s")
    if not summary.success:
        raise typer.Exit(1)


@app.command()
def docs(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8080,
    serve: Annotated[bool, typer.Option(help="Serve the site when it is written.")] = True,
) -> None:
    """Write the documentation site of the models and serve it on this machine."""
    from dbt_project import artifacts, runner

    runner.document()
    out.print(f"written: {artifacts.target_folder() / 'index.html'}", soft_wrap=True)
    if serve:
        out.print(f"serving http://127.0.0.1:{port} (Ctrl-C ends it)")
        runner.invoke(["docs", "serve", "--port", str(port), "--host", "127.0.0.1", "--no-browser"])


@app.command()
def trace(
    model: Annotated[str, typer.Argument(help="A mart, such as fct_orders.")],
    key: Annotated[str, typer.Argument(help="The row's key.")],
    as_json: Json = False,
) -> None:
    """Walk from a mart's row back to its file, line and text.

    Example: assay trace fct_orders O-0000042
    """
    from dbt_project import trace as tracing

    found = tracing.trace(model, key)
    if as_json:
        print(json.dumps(asdict(found), default=str))
        return
    out.print(f"[bold]{model}[/] where {found.key_column} = {escape(found.key)}")
    out.print(
        f"came from [bold]{escape(found.uri)}[/], line {found.line}, loaded {found.loaded_at}",
        soft_wrap=True,
    )
    if found.text is not None:
        note = f" ({escape(found.note)})" if found.note else ""
        out.print(f"the file says{note}:", soft_wrap=True)
        out.print(f"  {escape(found.text)}", soft_wrap=True)
    else:
        out.print(f"{escape(found.note)}; this is what landed of it:", soft_wrap=True)
    table = Table("column", f"raw.{found.entity}", box=None, header_style="bold")
    for name, value in found.raw.items():
        table.add_row(name, "[dim]null[/]" if value is None else escape(str(value)))
    out.print(table)


@export_app.command()
def features(
    as_of: Annotated[
        datetime,
        typer.Option(
            "--as-of", formats=["%Y-%m-%d"], help="The last day of which anything counts."
        ),
    ],
    folder: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("features"),
    horizon_days: Annotated[
        int, typer.Option("--horizon", min=1, help="Days after it that the labels look at.")
    ] = 90,
    force: Annotated[
        bool, typer.Option("--force", help="Export although tests failed or never ran.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a training set: customers as they were known on a day, and what they did next.

    A Parquet file, and beside it a manifest: SQL, data versions, tests, the meaning of each column.
    Refused while a test of a model behind it fails.

    Example: assay export features --as-of 2026-06-30
    """
    from dbt_project import features as exporter

    done = exporter.export(as_of.date(), folder, horizon_days=horizon_days, force=force)
    content = done.content
    if as_json:
        print(
            json.dumps(asdict(content) | {"data": str(done.data), "manifest": str(done.manifest)})
        )
        return
    roles = Counter(column.role for column in content.columns)
    tests = ", ".join(f"{count} {status}" for status, count in content.tests.items())
    for text in (
        f"{done.data}: {content.rows:,} customers as known on {content.as_of},",
        f"  {roles['feature']} features, {roles['label']} labels of the {horizon_days} days after,",
        f"  behind them {len(content.sources)} files; tests: {tests}",
        f"{done.manifest}: what each column means, SQL, data versions, caveats",
    ):
        out.print(text, soft_wrap=True, markup=False)


@evaluate_app.command()
def cleaning(
    data: Annotated[
        Path, typer.Argument(help="The folder that `assay datagen` wrote and `assay load` loaded.")
    ] = Path("dataGen"),
    floor: Annotated[
        float, typer.Option(min=0, max=1, help="Least precision and recall of each rule.")
    ] = 0.99,
    anomaly_floor: Annotated[
        float, typer.Option(min=0, max=1, help="Least F1 of each kind of anomaly.")
    ] = 0.95,
    as_json: Json = False,
) -> None:
    """Compare what the built models found with the answer key of the sample data.

    Ends with 1 if a rule or a kind of anomaly is below its floor.

    Example: assay evaluate cleaning dataGen
    """
    from dbt_project import evaluate_cleaning

    report = evaluate_cleaning.evaluate(data)
    below = report.below(floor, anomaly_floor)
    if as_json:
        print(json.dumps(report.facts() | {"below": [score.facts() for score in below]}))
    else:
        _print_scores(report.defects, "rule", below)
        _print_scores(report.anomalies, "anomaly", below)
        for score in report.unplanted:
            out.print(f"[red]{score.entity} {score.name}: {score.found} found, none planted[/]")
        for score in below:
            for said, places in (("missed", score.missed), ("wrong", score.wrong)):
                if places:
                    shown = f"{said} {score.entity} {score.name}: {', '.join(places)}"
                    out.print(shown, markup=False, soft_wrap=True)
        out.print(f"{len(below)} below the floor" if below else "nothing is below the floor")
    if below:
        raise typer.Exit(1)


def _print_scores(scores: Sequence[Score], kind: str, below: Sequence[Score]) -> None:
    table = Table(box=None, header_style="bold")
    table.add_column("rows")
    table.add_column(kind)
    for heading in ("planted", "found", "precision", "recall", "F1"):
        table.add_column(heading, justify="right")
    for score in scores:
        rates = (f"{rate:.3f}" for rate in (score.precision, score.recall, score.f1))
        cells = (score.entity, score.name, f"{score.planted:,}", f"{score.found:,}", *rates)
        table.add_row(*cells, style="red" if score in below else None)
    out.print(table)


def psql() -> NoReturn:
    """Console script `psql`: the bundled psql, on the server that Assay uses.

    With PGHOST or an own `-h` it is a plain psql.
    """
    from dbt_project.embedded import binary
    from dbt_project.errors import DbtProjectError

    try:
        postgres.export_settings()
    except DbtProjectError as error:
        sys.exit(f"error: {error}")
    program = str(binary("psql"))
    os.execv(program, [program, *sys.argv[1:]])  # noqa: S606
