"""The commands that make sample data, load files and look into the ledger: parse, call, print."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from extract.report import Progress

app = typer.Typer(no_args_is_help=True)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
FileFilter = Annotated[
    str | None, typer.Option("--file", help="Part of the file's path, or its file_id.")
]
EntityFilter = Annotated[str | None, typer.Option(help="Only files of this raw table.")]
Frozen = Annotated[bool, typer.Option("--frozen", help="Fail a file that would change its table.")]
AllowDuplicates = Annotated[
    bool, typer.Option("--allow-duplicates", help="Land copies of loaded files too.")
]
MaxRejects = Annotated[
    int | None, typer.Option(min=0, help="Fail a file with more bad records than this.")
]
LockTimeout = Annotated[
    float, typer.Option(min=0, help="Seconds to wait for a session that locked a table.")
]
RequesterPays = Annotated[
    bool, typer.Option("--requester-pays", help="Pay for reading from others' S3 buckets.")
]


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
    frozen: Frozen = False,
    allow_duplicates: AllowDuplicates = False,
    max_rejects: MaxRejects = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default one a core.")
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Read files again although they are loaded.")
    ] = False,
    lock_timeout: LockTimeout = 60.0,
    max_ratio: Annotated[
        float, typer.Option(min=1, help="Refuse what unpacks to more than so many times its size.")
    ] = 250.0,
    max_unpacked: Annotated[
        float, typer.Option(min=0, help="Refuse what unpacks to more than so many GB.")
    ] = 275.0,
    requester_pays: RequesterPays = False,
    into: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Land all of them in this table.")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(metavar="NAME", help="Put this before each table's name.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Land files in schema raw, each exactly once.

    A file that is loaded already is skipped, a changed one takes the place of its older state. Bad
    records are set aside with their bytes (`assay rejects`). Files and folders whose names start
    with `_` or `.` are left out. An empty file
    brings nothing; one with a header only makes an empty table. A file whose columns are those of
    another thing than the table's is refused, unless --into says that it belongs there.
    Exit code 1 if a file could not be loaded.

    Examples:

      assay load dataGen

      assay load "exports/*.csv.gz" --frozen --max-rejects 100

      assay load s3://bucket/orders --dry-run

      assay load music --prefix music

      assay load exports/orders.csv --replay
    """
    from extract import loader, printing
    from extract.formats.compression import Limits

    with _progress(quiet=as_json) as show:
        report = loader.load(
            paths,
            frozen=frozen,
            allow_duplicates=allow_duplicates,
            max_rejects=max_rejects,
            workers=workers,
            dry_run=dry_run,
            replay=replay,
            lock_timeout=lock_timeout,
            limits=Limits(max_ratio, int(max_unpacked * 1e9)),
            requester_pays=requester_pays,
            into=into,
            prefix=prefix,
            progress=show,
        )
    if as_json:
        print(json.dumps(printing.report_facts(report), default=str))
    else:
        printing.print_report(report)
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
    from extract import mends as returned
    from extract import printing
    from extract.errors import UsageError, database_errors

    if status not in (None, "loaded", "failed", "superseded"):
        raise UsageError(f"no such status: {status}", hint="use loaded, failed or superseded")
    with postgres.connect() as connection, database_errors():
        entries = book.entries(connection, uri=file, status=status, entity=entity)
        counts = {
            entry.file_id: book.reject_counts(connection, entry.file_id)
            for entry in (entries if file is not None else [])
        }
        mends = returned.all_of(connection) if file is not None else []
    if as_json:
        facts = [
            asdict(entry)
            | ({"rejects": list(map(asdict, counts[entry.file_id]))} if file is not None else {})
            for entry in entries
        ]
        print(json.dumps(facts, default=str))
    elif not entries:
        err.print("no such file in the ledger; `assay load <folder>` fills it")
    elif file is not None and len({entry.uri for entry in entries}) == 1:
        *earlier, last = sorted(
            entries, key=lambda entry: (entry.status != "superseded", entry.file_id)
        )
        printing.explain(last, earlier, counts[last.file_id], mends)
    else:
        printing.print_entries(entries)


@app.command()
def rejects(
    file: FileFilter = None,
    entity: EntityFilter = None,
    export: Annotated[
        Path | None, typer.Option(help="Write the records into this folder, to mend and load them.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Records to show.")] = 100,
    mended: Annotated[
        bool, typer.Option("--all", help="Also those that were mended and loaded since.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show records that could not be read, byte for byte, with the line and the reason.

    Exported records stand in files like those they come from, each under its table's name and with
    its header, so that `assay load` takes them once they are mended. Once such a file is loaded its
    records count as mended and are left out, unless with --all.

    Examples:

      assay rejects --entity orders

      assay rejects --export mend
    """
    from dbt_project import postgres
    from extract import ledger as book
    from extract import mending, printing
    from extract import mends as returned
    from extract.errors import database_errors

    with postgres.connect() as connection, database_errors():
        found = []
        if export is not None:
            written = mending.export(connection, export, uri=file, entity=entity)
            if as_json:
                print(json.dumps([asdict(one) for one in written], default=str))
                return
            for one in written:
                out.print(f"{one.path}: {one.records:,} records", markup=False, soft_wrap=True)
            if written:
                err.print(f"mend them, then: assay load {export}", markup=False, soft_wrap=True)
        elif as_json:
            for reject in book.rejects(connection, uri=file, entity=entity, mended=mended):
                facts = asdict(reject) | {"raw": base64.b64encode(reject.raw).decode()}
                print(json.dumps(facts | {"text": reject.raw.decode("utf-8", "replace")}))
            return
        else:
            written = []
            found = list(
                book.rejects(connection, uri=file, entity=entity, mended=mended, limit=limit + 1)
            )
            if found:
                printing.print_rejects(found[:limit], more=len(found) > limit)
        mends = [] if mended else returned.all_of(connection)
    if not written and not found:
        err.print("no rejected records" + (" that are not mended" if mends else ""))
    if mends and not written:
        printing.print_mends(mends)


@app.command()
def worker(
    queue: Annotated[str, typer.Option(envvar="ASSAY_QUEUE", help="URL or name of the SQS queue.")],
    dead_letter: Annotated[
        str | None,
        typer.Option(help="Queue for what cannot be loaded; by default the redrive policy's."),
    ] = None,
    folder: Annotated[
        str, typer.Option(help="Folder in the bucket below which the tables' folders lie.")
    ] = "",
    concurrency: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    drain: Annotated[
        bool, typer.Option("--drain", "--once", help="Stop when the queue is empty.")
    ] = False,
    endpoint: Annotated[
        str | None, typer.Option(help="URL of S3 and SQS; by default what boto3 finds.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address on which /healthz and /metrics are served.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Its port; 0 for any.")] = 8080,
    max_receives: Annotated[
        int, typer.Option(min=1, help="Tries of a message, if no redrive policy says.")
    ] = 5,
    visibility: Annotated[
        int | None,
        typer.Option(min=1, help="Seconds that a message is hidden at a time; else the queue's."),
    ] = None,
    prefetch: Annotated[
        int, typer.Option(min=1, max=10, help="Messages fetched at once by a process.")
    ] = 1,
    wait: Annotated[
        int, typer.Option(min=0, max=20, help="Seconds to listen to an empty queue at a time.")
    ] = 5,
    retry_delay: Annotated[
        float, typer.Option(min=0, help="Seconds before the second try; doubled each time.")
    ] = 10.0,
    frozen: Frozen = False,
    allow_duplicates: AllowDuplicates = False,
    max_rejects: MaxRejects = None,
    lock_timeout: LockTimeout = 60.0,
    requester_pays: RequesterPays = False,
) -> None:
    """Land objects of S3 as their events come through an SQS queue.

    A message is deleted when its file is committed. What can never be loaded, or could not be so
    often, goes to the dead-letter queue and into the ledger with the reason. SIGTERM and Ctrl-C
    finish the files in hand. Logs are JSON on stderr.
    Exit code 1 if messages were sent to the dead-letter queue or put off.

    Examples:

      assay worker --queue assay-events --concurrency 2

      assay worker --queue assay-events --folder shop --drain
    """
    from extract.worker import Settings, logs, run

    logs.set_up()
    summary = run(
        Settings(
            queue=queue,
            dead_letter=dead_letter,
            max_receives=max_receives,
            concurrency=concurrency,
            endpoint=endpoint,
            folder=folder,
            drain=drain,
            wait=wait,
            prefetch=prefetch,
            visibility=visibility,
            retry_delay=retry_delay,
            host=host,
            port=port,
            frozen=frozen,
            allow_duplicates=allow_duplicates,
            max_rejects=max_rejects,
            lock_timeout=lock_timeout,
            requester_pays=requester_pays,
        )
    )
    if not summary.ok:
        raise typer.Exit(1)


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
