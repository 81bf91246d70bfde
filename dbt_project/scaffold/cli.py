"""`assay profile` and `assay scaffold`: each parses, calls one function and prints."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from dbt_project.scaffold.run import Scaffold

app = typer.Typer(no_args_is_help=True)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Tables = Annotated[
    list[str] | None, typer.Argument(help="Raw tables; all by default.", show_default=False)
]
_MARKS = {"new": "[green]new[/]", "changed": "[green]changed[/]", "same": "[dim]same[/]",
          "edited": "[yellow]yours[/]", "deleted": "[yellow]deleted[/]",
          "replaced": "[red]replaced[/]"}  # fmt: skip


@app.command()
def profile(tables: Tables = None, as_json: Json = False) -> None:
    """Look at raw tables: what each column holds, keys, links between tables, open questions.

    The profile is kept in quality.profiles. Examples: assay profile; assay profile flights
    """
    from dbt_project.profiling.render import ProfileView
    from dbt_project.profiling.run import profile_all

    with _bar("profiling") as bar:
        found = profile_all(tables or (), progress=bar)
    if as_json:
        print(json.dumps([asdict(one) for one in found], default=str))
        return
    for number, one in enumerate(found):
        if number:
            out.print()
        out.print(ProfileView(one))


@app.command()
def scaffold(
    tables: Tables = None,
    source: Annotated[
        str, typer.Option(help="dbt's name for where they come from; by default the folder's.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; show what would be written.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="List what could not be decided, as questions.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that you changed, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write models for raw tables that have none: staging, marts, tests, docs, metrics.

    The files are yours from then on: what you change is never written over; running it again shows
    the difference. Afterwards: assay build, then assay ask.

    Examples: assay scaffold; assay scaffold flights planes --source nyc; assay scaffold --explain
    """
    from dbt_project.scaffold.run import scaffold as write

    with _bar("profiling") as bar:
        done = write(
            tables or (), source=source, dry_run=dry_run or explain, force=force, progress=bar
        )
    if as_json:
        print(json.dumps(_facts(done), default=str))
        return
    if explain:
        _print_questions(done)
        return
    _print_entities(done)
    for file in done.files:
        if file.status != "same" and (dry_run or file.status in ("edited", "deleted", "replaced")):
            out.print(f"  {_MARKS[file.status]:>16}  {file.path}")
    for file in done.files:
        if file.diff and (dry_run or file.status == "edited"):
            out.print(file.diff, markup=False, soft_wrap=True)
    if dry_run and done.settings_diff:
        out.print(done.settings_diff, markup=False, soft_wrap=True)
    kept = sum(file.status == "edited" for file in done.files)
    said = "nothing written (dry run)" if dry_run else f"{len(done.written)} files written"
    yours = f", {kept} that you changed left as they are" if kept and not force else ""
    out.print(f"{said}{yours}, in {done.seconds:.1f} s")
    if done.shop_goes:
        out.print(
            "the sample shop's models leave the project, for not all of its tables are loaded; "
            "`assay sample on` brings them back",
            soft_wrap=True,
        )
    if done.left_out:
        out.print(f"left out, having models already: {', '.join(done.left_out)}", soft_wrap=True)
    if done.questions:
        out.print(f"{len(done.questions)} open questions: assay scaffold --explain")
    if not dry_run:
        out.print("next: assay build, then assay ask")


def _print_entities(done: Scaffold) -> None:
    for entity in done.project.entities:
        key = ", ".join(entity.key) or "file and line"
        measures = len(entity.measures)
        links = "".join(f", {link.column} -> {link.parent}" for link in entity.links)
        out.print(
            f"[bold]{entity.mart}[/]: {entity.rows:,} rows, {len(entity.columns)} columns, "
            f"key {escape(key)}, {measures} measures{escape(links)}",
            soft_wrap=True,
        )


def _print_questions(done: Scaffold) -> None:
    if not done.questions:
        out.print("nothing was left open")
    for question in done.questions:
        out.print(f"[yellow]?[/] {escape(question)}", soft_wrap=True)


def _facts(done: Scaffold) -> dict[str, object]:
    return {
        "source": done.project.source,
        "entities": [asdict(entity) for entity in done.project.entities],
        "files": [
            {"path": file.path, "status": file.status, "diff": file.diff} for file in done.files
        ],
        "settings_diff": done.settings_diff,
        "written": list(done.written),
        "left_out": list(done.left_out),
        "shop_goes": done.shop_goes,
        "questions": list(done.questions),
        "seconds": done.seconds,
    }


class _bar:  # noqa: N801 - used like a function
    """Context manager: a progress bar on a terminal, nothing elsewhere. Yields what to tell it."""

    def __init__(self, what: str) -> None:
        columns = (
            TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}")
        )  # fmt: skip
        self.progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        self.task = self.progress.add_task("", total=None)

    def __enter__(self) -> _bar:
        self.progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.progress.stop()

    def __call__(self, done: int, total: int, name: str) -> None:
        self.progress.update(self.task, completed=done, total=total, description=name)
