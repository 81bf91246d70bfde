"""What a load did, file by file: values only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from extract.errors import ExtractError

Outcome = Literal["loaded", "replaced", "unchanged", "refused", "failed"]


@dataclass(frozen=True)
class FileReport:
    """What became of a file.

    Attributes:
        uri: the file.
        entity: its table in schema raw.
        outcome: `loaded`, `replaced` (an older state of it), `unchanged` (skipped), `refused`
            (same bytes as another file) or `failed`; in a dry run, what it would be.
        format: `csv`, `json`, `jsonl`, `parquet`, `xlsx`; empty if unknown.
        rows_landed: rows in the table.
        rows_rejected: records in raw._rejects.
        size_bytes: as stored.
        seconds: time taken.
        notes: drift and the like, for a person.
        error: why it failed or was refused; None otherwise.
        dialect: how it was read; empty if it was not.
    """

    uri: str
    entity: str
    outcome: Outcome
    format: str = ""
    rows_landed: int = 0
    rows_rejected: int = 0
    size_bytes: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    error: ExtractError | None = None
    dialect: dict[str, Any] | None = None

    @property
    def rows_read(self) -> int:
        """Records found in the file."""
        return self.rows_landed + self.rows_rejected


@dataclass(frozen=True)
class Progress:
    """Where a run stands: files and stored bytes done, and of how many."""

    files: int
    all_files: int
    size_bytes: int
    all_bytes: int


@dataclass(frozen=True)
class LoadReport:
    """What a run did.

    Attributes:
        files: every file that was found, in the order in which they were.
        ignored: files in the folders that no reader knows.
        seconds: wall time.
        dry_run: whether nothing was written.
        stopped: why the run ended before its last file; None if it did not.
        alike: tables of one file each that have the same columns, which may be one thing's.
    """

    files: tuple[FileReport, ...]
    ignored: tuple[str, ...]
    seconds: float
    dry_run: bool
    stopped: ExtractError | None = None
    alike: tuple[tuple[str, ...], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every file is now in the database."""
        return self.stopped is None and not any(
            file.outcome in ("failed", "refused") for file in self.files
        )

    @property
    def counts(self) -> dict[Outcome, int]:
        """Files by outcome."""
        return dict(Counter(file.outcome for file in self.files))
