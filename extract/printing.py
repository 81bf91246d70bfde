"""How loads, the ledger and rejects look on a terminal and as JSON: no work is done here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from extract.ledger import Entry, Reject, RejectCount
    from extract.mends import Mend
    from extract.report import FileReport, LoadReport

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

_STYLES = {"loaded": "green", "replaced": "green", "refused": "yellow", "failed": "red"}
_WOULD = {
    "loaded": "would be loaded",
    "replaced": "would take the place of its older state",
    "unchanged": "unchanged, would be skipped",
    "refused": "would be refused",
    "failed": "would fail",
}
_SHOWN = 20


def print_report(report: LoadReport) -> None:
    """A line a table, then what a person should know."""
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
    for file in report.files if report.dry_run else ():
        out.print(f"{short(file.uri)}: {_WOULD[file.outcome]}", markup=False, soft_wrap=True)
        for text in _in_words(file.dialect or {}):
            out.print(f"  {text}", markup=False, soft_wrap=True)
    _print_notes(report)
    size = sum(file.size_bytes for file in report.files if file.outcome in ("loaded", "replaced"))
    speed = f", {size / 1e6 / report.seconds:,.0f} MB/s" if size and not report.dry_run else ""
    done = "dry run, nothing written" if report.dry_run else f"{size / 1e6:,.1f} MB"
    out.print(f"{done} in {report.seconds:.1f} s{speed}")


def _in_words(dialect: dict[str, Any]) -> Iterator[str]:
    """How a file is read, on a line, and the evidence for it on another."""
    facts = {name: value for name, value in dialect.items() if name != "evidence"}
    if "delimiter" in facts:
        shown = [str(facts.pop("encoding"))]
        shown.append("with a byte-order mark" if facts.pop("byte_order_mark") else "")
        shown.append(f"cells between {facts.pop('delimiter')!r}")
        quote, escape = facts.pop("quote"), facts.pop("escape")
        shown.append(f"quoted by {quote}" if quote else "not quoted")
        shown.append(f"escaped by {escape}" if quote and escape != quote else "")
        shown.append(f"lines ending in {facts.pop('newline')!r}")
        shown.append(f"{facts.pop('width'):,} columns")
        rows = facts.pop("header_rows") if facts.pop("header") else 0
        shown.append(f"a header of {rows} row{'s' * (rows > 1)}" if rows else "no header")
        above = facts.pop("preamble_lines")
        shown.append(f"{above} lines above it" if above else "")
        comment = facts.pop("comment")
        shown.append(f"comments behind {comment}" if comment else "")
        padded = facts.pop("pads_short_records")
        shown.append("short records lack empty cells" if padded else "")
        yield ", ".join(filter(None, shown))
    if facts:
        yield ", ".join(f"{name.replace('_', ' ')} {_plain(each)}" for name, each in facts.items())
    if evidence := dialect.get("evidence"):
        yield "because: " + "; ".join(f"{name}: {said}" for name, said in evidence.items())


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _print_notes(report: LoadReport) -> None:
    noted = [file for file in report.files if file.notes]
    for file in noted[:_SHOWN]:
        err.print(f"note: {short(file.uri)}: {'; '.join(file.notes)}", markup=False, soft_wrap=True)
    if len(noted) > _SHOWN:
        err.print(f"note: and {len(noted) - _SHOWN} more files with notes (--json has them all)")
    if report.ignored:
        names = ", ".join(short(uri) for uri in report.ignored[:5])
        more = f" and {len(report.ignored) - 5} more" if len(report.ignored) > 5 else ""
        err.print(f"note: not data files, left out: {names}{more}", markup=False, soft_wrap=True)
    for tables in report.alike:
        err.print(
            f"note: {len(tables)} tables of one file each have the same columns "
            f"({', '.join(tables[:3])}, ...). If each is a part of one thing, land them in one "
            "table: assay load PATH --into TABLE --replay",
            markup=False,
            soft_wrap=True,
        )
    bad = [file for file in report.files if file.error]
    for file in bad[:_SHOWN]:
        err.print(
            f"{file.outcome}: {_short_in(str(file.error))}",
            style="red",
            markup=False,
            soft_wrap=True,
        )
        if file.error and file.error.hint:
            err.print(f"        {file.error.hint}", markup=False, soft_wrap=True)
    if len(bad) > _SHOWN:
        more = _outcomes(bad[_SHOWN:])
        err.print(f"and {more} more (--json has them all; so has `assay ledger --status failed`)")


def _outcomes(files: list[FileReport]) -> str:
    counts: dict[str, int] = {}
    for file in files:
        counts[file.outcome] = counts.get(file.outcome, 0) + 1
    return ", ".join(
        f"[{_STYLES[outcome]}]{count} {outcome}[/]" if outcome in _STYLES else f"{count} {outcome}"
        for outcome, count in counts.items()
    )


def print_entries(entries: Sequence[Entry]) -> None:
    """A line a file."""
    table = Table(box=None, header_style="bold")
    for title in ("id", "status", "entity", "file", "landed", "rejected", "loaded"):
        table.add_column(
            title,
            justify="right" if title in ("id", "landed", "rejected") else "left",
            # The end of a path is what tells one file from another.
            overflow="fold" if title == "file" else "ellipsis",
        )
    for entry in entries:
        loaded = f"{entry.loaded_at:%Y-%m-%d %H:%M:%S}" if entry.loaded_at else entry.error or ""
        table.add_row(
            str(entry.file_id),
            entry.status,
            entry.entity,
            escape(short(entry.uri)),
            f"{entry.rows_landed:,}",
            f"{entry.rows_rejected:,}",
            escape(loaded),
        )
    out.print(table)


def explain(
    entry: Entry, earlier: Sequence[Entry], counts: Sequence[RejectCount], mends: Sequence[Mend]
) -> None:
    """All that is known of a file: how it was read, what was rejected, what it took the place of.

    Args:
        entry: its last row in the ledger.
        earlier: the rows before, oldest first.
        counts: its rejects.
        mends: of all files.
    """
    facts = asdict(entry)
    dialect = facts.pop("dialect") or {}
    width = max(map(len, facts))
    for name, value in facts.items():
        if value is not None:
            out.print(f"{name:>{width}}  {value}", markup=False, soft_wrap=True)
    for number, (name, value) in enumerate(dialect.items()):
        title = "read as" if number == 0 else ""
        shown = json.dumps(value, ensure_ascii=False)
        out.print(f"{title:>{width}}  {name}: {shown}", markup=False, soft_wrap=True)
    for number, count in enumerate(counts):
        title = "rejects" if number == 0 else ""
        text = f"{count.count:,} {count.reason}, the first in line {count.first_line:,}"
        out.print(f"{title:>{width}}  {text}: {count.first_detail}", markup=False, soft_wrap=True)
    if counts:
        out.print(f"{'':>{width}}  see them with: assay rejects --file {entry.file_id} --all")
    for mend in mends:
        if mend.file_id == entry.file_id:
            out.print(f"{'mended':>{width}}  {_came_back(mend)}", markup=False, soft_wrap=True)
        if mend.mended_by == entry.file_id:
            text = f"records that were rejected from file {mend.file_id}"
            out.print(f"{'mends':>{width}}  {text}", markup=False, soft_wrap=True)
    for number, old in enumerate(reversed(earlier)):
        title = "before" if number == 0 else ""
        when = old.loaded_at or old.started_at
        text = f"file_id {old.file_id}, {old.status}, {when:%Y-%m-%d %H:%M:%S}"
        text += f", {old.rows_landed:,} rows" if old.error is None else f": {old.error}"
        out.print(f"{title:>{width}}  {text}", markup=False, soft_wrap=True)


def print_mends(mends: Sequence[Mend]) -> None:
    """What became of rejects that were exported."""
    for mend in mends[:_SHOWN]:
        text = f"left out: of file {mend.file_id} {_came_back(mend)}"
        err.print(text, markup=False, soft_wrap=True)
    err.print("--all shows them too")


def _came_back(mend: Mend) -> str:
    text = f"{mend.records:,} exported, {mend.rows_landed:,} landed"
    if mend.rows_rejected:
        text += f", {mend.rows_rejected:,} rejected again"
    return f"{text} from {short(mend.mended_uri)} (file {mend.mended_by})"


def print_rejects(found: Sequence[Reject], more: bool) -> None:
    """A line a record, cut where it is long."""
    table = Table(box=None, header_style="bold")
    mended = any(reject.mended_by is not None for reject in found)
    titles = ("file", "line", "reason", "detail", "bytes", *(["mended"] if mended else []))
    for title in titles:
        table.add_column(title, justify="right" if title == "line" else "left")
    for reject in found:
        by = "" if reject.mended_by is None else f"by file {reject.mended_by}"
        text = repr(reject.raw[:120])[2:-1] + ("..." if len(reject.raw) > 120 else "")
        table.add_row(
            escape(short(reject.uri)), str(reject.line), reject.reason, escape(reject.detail),
            escape(text), *([by] if mended else []),
        )  # fmt: skip
    out.print(table)
    if more:
        err.print(f"the first {len(found):,}; --limit shows more, --export writes them all")


def report_facts(report: LoadReport) -> dict[str, Any]:
    """The report for scripts."""
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
        "alike": report.alike,
        "stopped": str(report.stopped) if report.stopped else None,
    }


def short(uri: str) -> str:
    """The uri as seen from here."""
    here = f"{Path.cwd()}/"
    return uri.removeprefix(here)


def _short_in(text: str) -> str:
    return text.replace(f"{Path.cwd()}/", "")
