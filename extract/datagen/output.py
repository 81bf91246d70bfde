"""Writes the generated files: whole or not at all, and never over somebody else's.

Every file is written beside its place under a name that starts with a dot (the loader skips
those); when all are complete they are renamed. Not for what is in the files.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, cast

import numpy as np

from extract.datagen.errors import FolderNotOurs, FolderUnwritable
from extract.datagen.timeline import Floats, Ints

MANIFEST = "_answer_key/manifest.json"
_PART = ".datagen-part"


class Mark(NamedTuple):
    """One planted defect, before it is known on which line its record will start."""

    rule: str
    column: str
    key: str
    raw: str
    expected: str


class Output:
    """A folder being written; use it as a context manager.

    Args:
        folder: where the files go; made if missing.
        force: write even if the folder holds files that are not ours (they are left alone,
            except where a file of the same name is replaced).

    Raises:
        FolderNotOurs: there are other files, and `force` is not set.
        FolderUnwritable: the folder cannot be made or written.
    """

    def __init__(self, folder: Path, *, force: bool = False) -> None:
        self.folder = folder
        self.files: dict[str, int] = {}
        self._force = force
        self._stale: set[str] = set()

    def __enter__(self) -> Output:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            present = {
                path.relative_to(self.folder).as_posix()
                for path in self.folder.rglob("*")
                if not path.is_dir()
            }
        except OSError as error:
            raise self.unwritable(error) from error
        mine = self._manifest()
        others = sorted(p for p in present - mine if not p.endswith(_PART))
        if others and not self._force:
            raise FolderNotOurs(
                f"the folder holds {len(others)} file(s) that were not generated, "
                f"for example {others[0]}",
                where=str(self.folder),
                hint="choose an empty folder, or allow overwriting with --force",
            )
        self._stale = mine & present
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._publish()
            return
        for name in self.files:
            with suppress(OSError):
                self.part(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise self.unwritable(error) from error

    def part(self, name: str) -> Path:
        """The temporary name of a file, in the folder where it will stand."""
        path = self.folder / name
        return path.with_name(f".{path.name}{_PART}")

    def open(self, name: str) -> IO[bytes]:
        """Start a file: `name` is its path under the folder, with forward slashes."""
        self.files[name] = 0
        path = self.part(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")

    def unwritable(self, error: OSError) -> FolderUnwritable:
        """The operating system's refusal in our words."""
        place = error.filename or self.folder
        return FolderUnwritable(
            f"cannot write the sample data: {error.strerror or error}",
            where=str(place),
            hint="choose another folder, or mend its rights or free space",
        )

    def _manifest(self) -> set[str]:
        try:
            text = (self.folder / MANIFEST).read_text(encoding="utf-8")
            return {str(entry["file"]) for entry in json.loads(text)["files"]} | {MANIFEST}
        except (OSError, ValueError, KeyError, TypeError):
            return set()

    def _publish(self) -> None:
        try:
            for name in self.files:
                self.part(name).replace(self.folder / name)
            for name in self._stale - set(self.files):
                (self.folder / name).unlink(missing_ok=True)
            for left in self.folder.rglob(f".*{_PART}"):
                left.unlink()
        except OSError as error:
            raise self.unwritable(error) from error


class TextFile:
    """A file of records that knows the line on which each record starts.

    Args:
        output: the folder being written.
        name: path under the folder; `.gz` at its end compresses, with no time in the header.
        header: the first line, or None.
        encoding: of the text; bytes that it cannot hold may be smuggled in as lone surrogates.
        newline: ends every record.
        multiline: whether records may hold line breaks.
    """

    def __init__(
        self,
        output: Output,
        name: str,
        *,
        header: str | None = None,
        encoding: str = "utf-8",
        newline: str = "\n",
        multiline: bool = False,
    ) -> None:
        self.name = name
        self.rows = 0
        self._line = 1
        self._encoding = encoding
        self._newline = newline
        self._multiline = multiline
        self._raw = output.open(name)
        self._file: IO[bytes] = self._raw
        if name.endswith(".gz"):
            self._file = cast(
                IO[bytes], gzip.GzipFile("", "wb", compresslevel=5, fileobj=self._raw, mtime=0)
            )
        if header is not None:
            self._put([header])
            self._line = 2

    def write(self, records: Sequence[str]) -> Ints:
        """Append records; the line (from 1) on which each starts."""
        n = len(records)
        if self._multiline:
            heights = np.fromiter((r.count("\n") + 1 for r in records), dtype=np.int64, count=n)
        else:
            heights = np.ones(n, dtype=np.int64)
        starts = self._line + np.concatenate(([0], np.cumsum(heights)[:-1])) if n else heights
        self._line += int(heights.sum())
        self.rows += n
        for i in range(0, n, 5000):
            self._put(records[i : i + 5000])
        return starts

    def close(self) -> None:
        """Finish the file."""
        if self._file is not self._raw:
            self._file.close()
        self._raw.close()

    def _put(self, records: Sequence[str]) -> None:
        text = self._newline.join(records) + self._newline
        self._file.write(text.encode(self._encoding, "surrogateescape"))


class Batch:
    """Records of one file in the making: text, where it sorts, and what is wrong with it."""

    def __init__(self) -> None:
        self.records: list[str] = []
        self.order: list[float] = []
        self.marks: list[tuple[int, Mark]] = []

    def extend(self, records: Sequence[str], order: Floats | Ints) -> int:
        """Append records; the position of the first."""
        first = len(self.records)
        self.records.extend(records)
        self.order.extend(order.astype(float).tolist())
        return first

    def append(self, record: str, order: float, *marks: Mark) -> None:
        """Append one record with its marks."""
        self.records.append(record)
        self.order.append(order)
        self.marks.extend((len(self.records) - 1, mark) for mark in marks)

    def mark(self, position: int, mark: Mark) -> None:
        """State that the record at this position carries a defect."""
        self.marks.append((position, mark))


class AnswerKey:
    """The planted defects and anomalies, written as they become known."""

    def __init__(self, output: Output) -> None:
        self._defects = TextFile(
            output,
            "_answer_key/defects.csv",
            header="entity,file,line,column,rule,key,raw_value,expected_value",
        )
        self._anomalies = TextFile(
            output,
            "_answer_key/anomalies.csv",
            header="kind,subject,period_start,period_end,expected_direction,detail",
        )
        self.defects: dict[tuple[str, str], int] = {}
        self.anomalies: dict[str, int] = {}

    def defect(self, entity: str, file: str, line: int, mark: Mark) -> None:
        """State one planted defect at its place."""
        row = (entity, file, line, mark.column, mark.rule, mark.key, mark.raw, mark.expected)
        self._defects.write([csv_row(row)])
        place = (entity, mark.rule)
        self.defects[place] = self.defects.get(place, 0) + 1

    def anomaly(
        self, kind: str, subject: str, start: str, end: str, direction: str, detail: str
    ) -> None:
        """State one planted anomaly; `start` and `end` are ISO dates, both included."""
        self._anomalies.write([csv_row((kind, subject, start, end, direction, detail))])
        self.anomalies[kind] = self.anomalies.get(kind, 0) + 1

    def close(self) -> None:
        """Finish both files."""
        self._defects.close()
        self._anomalies.close()


def write_batch(file: TextFile, entity: str, batch: Batch, key: AnswerKey) -> None:
    """Write the records in their order, and their defects with the lines that gave."""
    order = np.argsort(np.array(batch.order), kind="stable")
    starts = file.write([batch.records[i] for i in order.tolist()])
    line_of = np.empty(len(order), dtype=np.int64)
    line_of[order] = starts
    for position, mark in batch.marks:
        key.defect(entity, file.name, int(line_of[position]), mark)


def csv_row(values: Iterable[object], delimiter: str = ",") -> str:
    """One CSV record without its line end, quoted where needed."""
    buffer = io.StringIO()
    # The line end decides which cells are quoted: without one, a cell with a line break is not.
    csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n").writerow(values)
    return buffer.getvalue()[:-2]


def csv_cell(value: str, delimiter: str = ",") -> str:
    """One CSV cell, quoted where needed."""
    if any(mark in value for mark in (delimiter, '"', "\n", "\r")):
        return '"' + value.replace('"', '""') + '"'
    return value


def write_manifest(output: Output, scale: float, seed: int, rows: dict[str, int]) -> None:
    """List the files, so that a later run knows which of them it may replace."""
    with output.open(MANIFEST) as file:
        names = sorted(output.files)
        entries = [
            {"file": n, "rows": rows.get(n), "bytes": output.part(n).stat().st_size}
            for n in names
            if n != MANIFEST
        ]
        body = {"made_by": "assay datagen", "scale": scale, "seed": seed, "files": entries}
        file.write((json.dumps(body, indent=1, ensure_ascii=False) + "\n").encode())
