"""Profiles in the terminal: a line a column, small charts, keys and links below."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markup import escape
from rich.table import Table

from dbt_project.profiling.values import NUMBERS, TIMES, ColumnProfile, TableProfile
from dbt_project.profiling.words import joined

BLOCKS = " ▁▂▃▄▅▆▇█"
BAR = 10
MOST_VALUES = 4
LONGEST_VALUE = 24


class ProfileView:
    """A table's profile as Rich prints it."""

    def __init__(self, profile: TableProfile) -> None:
        self.profile = profile

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        one = self.profile
        sampled = f", {one.looked_at:,} looked at" if one.sampled else ""
        files = "1 file" if one.files == 1 else f"{one.files:,} files"
        yield f"[bold]raw.{one.entity}[/]: {one.rows:,} rows{sampled}, {files}"
        table = Table(box=None, header_style="bold", pad_edge=False)
        table.add_column("column", no_wrap=True)
        table.add_column("holds", no_wrap=True)
        table.add_column("filled", no_wrap=True)
        table.add_column("different", justify="right", no_wrap=True)
        table.add_column("values", overflow="fold")
        for column in one.columns:
            table.add_row(
                escape(column.name), _kind(column), _filled(column), f"{column.distinct:,}",
                _values(column),
            )  # fmt: skip
        yield table
        yield from self._below()

    def _below(self) -> RenderResult:
        one = self.profile
        for key in one.keys[:3]:
            name = joined(list(key.columns))
            if key.holds and not key.repeated:
                yield f"key   {escape(name)}"
            else:
                yield (
                    f"key?  {escape(name)}: {key.repeated:,} rows repeat one "
                    f"({key.copies:,} are copies of whole rows), {key.missing:,} have none"
                )
        if not one.keys:
            yield "key   none found: each row's file and line tell it apart"
        for link in one.links:
            orphans = f"; {link.orphans:,} rows find nothing there" if link.orphans else ""
            yield (
                f"leads {escape(link.column)} -> {link.parent}.{link.parent_column}"
                f" ({link.evidence}{orphans})"
            )
        for column in one.columns:
            if column.doubt:
                yield f"[yellow]?[/]     {escape(column.name)}: {escape(column.doubt)}"


def _kind(column: ColumnProfile) -> str:
    said = column.kind.replace("_", " ")
    details = [part for part in (column.order, column.decimal, column.unit) if part]
    details += [one.value for one in column.languages[:3]]
    if column.personal:
        details.append(f"personal: {column.personal}")
    if column.fits < 1 and column.given:
        details.append(f"{column.fits:.1%} fit")
    return escape(f"{said} ({', '.join(details)})" if details else said)


def _filled(column: ColumnProfile) -> str:
    share = column.given / column.rows if column.rows else 0.0
    full = int(share * BAR)
    partial = BLOCKS[int((share * BAR - full) * 8)] if full < BAR else ""
    bar = ("█" * full + partial.strip()).ljust(BAR, "░")
    return f"{bar} {share:4.0%}"


def _values(column: ColumnProfile) -> str:
    if column.personal:
        return "[dim]not shown: personal data[/]"
    if column.kind in NUMBERS and column.low:
        middle = f"  median {column.median}" if column.median else ""
        return f"{_spark(column)}{column.low} .. {column.high}{middle}"
    if column.kind in (*TIMES, "duration") and column.low:
        return f"{column.low[:19]} .. {column.high[:19]}"
    shown = []
    for count in column.top[:MOST_VALUES]:
        text = (
            count.value if len(count.value) <= LONGEST_VALUE else f"{count.value[:LONGEST_VALUE]}…"
        )
        share = 100 * count.rows / max(column.given, 1)
        said = "" if column.unique else f" {share:.0f}%" if share >= 0.5 else " <1%"
        shown.append(escape(" ".join(text.split())) + f"[dim]{said}[/]")
    return ", ".join(shown)


def _spark(column: ColumnProfile) -> str:
    """How the values are spread over their range, in small blocks."""
    if not column.spread or not max(column.spread):
        return ""
    highest = max(column.spread)
    return (
        "".join(BLOCKS[round(8 * count / highest)] if count else "▁" for count in column.spread)
        + " "
    )
