"""The commands that make sample data, load files and look into the ledger: parse, call, print."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from extract.ledger import Entry
    from extract.report import FileReport, LoadReport, Progress

app = typer.Typer(no_args_is_help=True)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
FileFilter = Annotated[
    str | None, typer.Option("--file", help="Part of the file's path, or its file_id.")
]
EntityFilter = Annotated[str | None, typer.Option(help="Only files of this raw table.")]

_STYLES = {"loaded": "green", "replaced": "green", "refused": "yellow", "failed": "red"}
_SHOWN = 20


@app.command()
def datagen(
    scale: Annotated[float, typer.Option(help="1 is about 200,000 rows.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same files.")] = 7,
    target: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("dataGen"),
    force: Annotated[
        bool, typer.Option("--force", help="Write even if the folder holds other files.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the sample shop's files, with planted defects and their answer key.

    Example: assay datagen --scale 1 --seed 7 --out dataGen
    """
    from extract import datagen as generator

    with _steps(quiet=as_json) as show:
        made = generator.generate(target, scale, seed, show, force=force)
    if as_json:
        print(json.dumps(asdict(made), default=str))
        return
    table = Table(box=None, header_style="bold", show_footer=True)
    for title, footer in (
        ("source", "all"),
        ("files", f"{made.files:,}"),
        ("rows", f"{made.rows:,}"),
        ("MB", f"{made.bytes / 1e6:,.1f}"),
        ("planted defects", f"{made.defects:,}"),
    ):
        table.add_column(title, footer=footer, justify="left" if title == "source" else "right")
    for source in made.sources:
        table.add_row(
            source.source,
            f"{source.files:,}",
            f"{source.rows:,}",
            f"{source.bytes / 1e6:,.1f}",
            f"{sum(source.defects.values()):,}",
        )
    out.print(table)
    out.print(f"in {made.out}, the answer key in {made.out / '_answer_key'}", soft_wrap=True)


@app.command()
def load(
    paths: Annotated[
        list[str], typer.Argument(help="Files, folders, patterns or s3://bucket/prefix.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")
    ] = False,
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Fail a file that would change its table.")
    ] = False,
    allow_duplicates: Annotated[
        bool, typer.Option("--allow-duplicates", help="Land copies of loaded files too.")
    ] = False,
    max_rejects: Annotated[
        int | None, typer.Option(min=0, help="Fail a file with more bad records than this.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default one a core.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Land files in schema raw, each exactly once.

    A file that is loaded already is skipped, a changed one takes the place of its older state. Bad
    records are set aside with their bytes (`assay rejects`). Files and folders whose names start
    with `_` or `.` are left out. An empty file
    brings nothing; one with a header only makes an empty table.
    Exit code 1 if a file could not be loaded.

    Examples:

      assay load dataGen

      assay load "exports/*.csv.gz" --frozen --max-rejects 100

      assay load s3://bucket/orders --dry-run
    """
    from extract import loader

    with _progress(quiet=as_json) as show:
        report = loader.load(
            paths,
            frozen=frozen,
            allow_duplicates=allow_duplicates,
            max_rejects=max_rejects,
            workers=workers,
            dry_run=dry_run,
            progress=show,
        )
    if as_json:
        print(json.dumps(_report_facts(report), default=str))
    else:
        _print_report(report)
    if report.stopped:
        raise report.stopped
    if not report.ok:
        raise typer.Exit(1)


@app.command()
def ledger(
    file: FileFilter = None,
    status: Annotated[
        str | None, typer.Option(help="Only files that are loaded, failed or superseded.")
    ] = None,
    entity: EntityFilter = None,
    as_json: Json = False,
) -> None:
    """Show which files are in the database, since when and how they were read.

    Examples:

      assay ledger --status failed

      assay ledger --file 2026-01.csv
    """
    from dbt_project import postgres
    from extract import ledger as book
    from extract.errors import UsageError, database_errors

    if status not in (None, "loaded", "failed", "superseded"):
        raise UsageError(f"no such status: {status}", hint="use loaded, failed or superseded")
    with postgres.connect() as connection, database_errors():
        entries = book.entries(connection, uri=file, status=status, entity=entity)
    if as_json:
        print(json.dumps([asdict(entry) for entry in entries], default=str))
        return
    if not entries:
        err.print("no such file in the ledger; `assay load <folder>` fills it")
        return
    if file is not None and len(entries) == 1:
        _print_entry(entries[0])
        return
    table = Table(box=None, header_style="bold")
    for title in ("id", "status", "entity", "file", "landed", "rejected", "loaded"):
        table.add_column(
            title, justify="right" if title in ("id", "landed", "rejected") else "left"
        )
    for entry in entries:
        loaded = f"{entry.loaded_at:%Y-%m-%d %H:%M:%S}" if entry.loaded_at else entry.error or ""
        table.add_row(
            str(entry.file_id),
            entry.status,
            entry.entity,
            escape(_short(entry.uri)),
            f"{entry.rows_landed:,}",
            f"{entry.rows_rejected:,}",
            escape(loaded),
        )
    out.print(table)


@app.command()
def rejects(
    file: FileFilter = None,
    entity: EntityFilter = None,
    export: Annotated[
        Path | None, typer.Option(help="Write each file's rejected bytes into this folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show records that could not be read, byte for byte, with the line and the reason.

    Examples:

      assay rejects --entity orders

      assay rejects --export mend
    """
    from dbt_project import postgres
    from extract import ledger as book
    from extract.errors import database_errors

    with postgres.connect() as connection, database_errors():
        found = book.rejects(connection, uri=file, entity=entity)
    if export is not None:
        for path, count in book.export_rejects(found, export):
            err.print(f"{path}: {count:,} records", markup=False, soft_wrap=True)
    if as_json:
        for reject in found:
            facts = asdict(reject) | {"raw": base64.b64encode(reject.raw).decode()}
            print(json.dumps(facts | {"text": reject.raw.decode("utf-8", "replace")}))
        return
    if not found:
        err.print("no rejected records")
        return
    table = Table(box=None, header_style="bold")
    for title in ("file", "line", "reason", "detail", "bytes"):
        table.add_column(title, justify="right" if title == "line" else "left")
    for reject in found:
        text = repr(reject.raw[:120])[2:-1] + ("..." if len(reject.raw) > 120 else "")
        table.add_row(
            escape(_short(reject.uri)), str(reject.line), reject.reason, escape(reject.detail),
            escape(text),
        )  # fmt: skip
    out.print(table)


@contextmanager
def _steps(*, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    if quiet or not err.is_terminal:
        yield None
        return
    from rich.progress import Progress as Bar

    with Bar(console=err, transient=True) as bar:
        task = bar.add_task("making", total=None)
        yield lambda done, step, steps: bar.update(
            task, description=done, completed=step, total=steps
        )


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    if quiet or not err.is_terminal:
        yield None
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        TextColumn,
        TimeElapsedColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Bar(*columns, console=err, transient=True) as bar:
        task = bar.add_task("looking", total=None)

        def show(now: Progress) -> None:
            bar.update(
                task,
                description=f"{now.files}/{now.all_files} files",
                completed=min(now.size_bytes, now.all_bytes),
                total=now.all_bytes,
            )

        yield show


def _print_report(report: LoadReport) -> None:
    entities: dict[str, list[FileReport]] = {}
    for file in report.files:
        entities.setdefault(file.entity, []).append(file)
    table = Table(box=None, header_style="bold", show_footer=True)
    landed = sum(file.rows_landed for file in report.files)
    rejected = sum(file.rows_rejected for file in report.files)
    table.add_column("table", footer="all")
    table.add_column("files", footer=_outcomes(list(report.files)))
    table.add_column("rows landed", footer=f"{landed:,}", justify="right")
    table.add_column("rejected", footer=f"{rejected:,}", justify="right")
    for entity, files in sorted(entities.items()):
        table.add_row(
            f"raw.{entity}",
            _outcomes(files),
            f"{sum(file.rows_landed for file in files):,}",
            f"{sum(file.rows_rejected for file in files):,}",
        )
    out.print(table)
    for file in [*report.files] if report.dry_run else []:
        reading = json.dumps(file.dialect, ensure_ascii=False) if file.dialect else ""
        out.print(
            f"{_short(file.uri)}: {file.outcome} {reading}".rstrip(), markup=False, soft_wrap=True
        )
    _print_notes(report)
    size = sum(file.size_bytes for file in report.files if file.outcome in ("loaded", "replaced"))
    speed = f", {size / 1e6 / report.seconds:,.0f} MB/s" if size and not report.dry_run else ""
    done = "dry run, nothing written" if report.dry_run else f"{size / 1e6:,.1f} MB"
    out.print(f"{done} in {report.seconds:.1f} s{speed}")


def _print_notes(report: LoadReport) -> None:
    noted = [file for file in report.files if file.notes]
    for file in noted[:_SHOWN]:
        err.print(
            f"note: {_short(file.uri)}: {'; '.join(file.notes)}", markup=False, soft_wrap=True
        )
    if len(noted) > _SHOWN:
        err.print(f"note: and {len(noted) - _SHOWN} more files with notes (--json has them all)")
    if report.ignored:
        names = ", ".join(_short(uri) for uri in report.ignored[:5])
        more = f" and {len(report.ignored) - 5} more" if len(report.ignored) > 5 else ""
        err.print(f"note: not data files, left out: {names}{more}", markup=False, soft_wrap=True)
    bad = [file for file in report.files if file.error]
    for file in bad:
        err.print(
            f"{file.outcome}: {_short_in(str(file.error))}",
            style="red",
            markup=False,
            soft_wrap=True,
        )
        if file.error and file.error.hint:
            err.print(f"        {file.error.hint}", markup=False, soft_wrap=True)


def _outcomes(files: list[FileReport]) -> str:
    counts: dict[str, int] = {}
    for file in files:
        counts[file.outcome] = counts.get(file.outcome, 0) + 1
    return ", ".join(
        f"[{_STYLES[outcome]}]{count} {outcome}[/]" if outcome in _STYLES else f"{count} {outcome}"
        for outcome, count in counts.items()
    )


def _print_entry(entry: Entry) -> None:
    width = max(map(len, asdict(entry)))
    for name, value in asdict(entry).items():
        shown = json.dumps(value, ensure_ascii=False, indent=2) if name == "dialect" else value
        if shown not in (None, "null"):
            out.print(f"{name:>{width}}  {shown}", markup=False, soft_wrap=True)


def _report_facts(report: LoadReport) -> dict[str, Any]:
    files = [
        {
            "uri": file.uri,
            "entity": file.entity,
            "outcome": file.outcome,
            "format": file.format,
            "rows_read": file.rows_read,
            "rows_landed": file.rows_landed,
            "rows_rejected": file.rows_rejected,
            "size_bytes": file.size_bytes,
            "seconds": round(file.seconds, 3),
            "notes": file.notes,
            "error": str(file.error) if file.error else None,
            "hint": file.error.hint if file.error else None,
            "dialect": file.dialect,
        }
        for file in report.files
    ]
    return {
        "ok": report.ok,
        "dry_run": report.dry_run,
        "seconds": round(report.seconds, 3),
        "counts": report.counts,
        "files": files,
        "ignored": report.ignored,
        "stopped": str(report.stopped) if report.stopped else None,
    }


def _short(uri: str) -> str:
    """The uri as seen from here."""
    here = f"{Path.cwd()}/"
    return uri.removeprefix(here)


def _short_in(text: str) -> str:
    return text.replace(f"{Path.cwd()}/", "")
