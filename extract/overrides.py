"""extract/sources.yml: what a person knows about files that the loader cannot see, or sees wrong.

Read here only. How a CSV is written is otherwise found out (`dialect`), and which table a file
belongs to follows from its path (`names`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any, get_args

from extract import names
from extract.dialect import Given
from extract.encoding import canonical
from extract.errors import UsageError
from extract.formats.base import Kind

DEFAULT = Path(__file__).parent / "sources.yml"
VARIABLE = "ASSAY_SOURCES"
"""Environment variable that names another file in its place."""

_TEXTS = ("entity", "encoding", "delimiter", "quote", "escape", "comment", "ragged", "layout")


@dataclass(frozen=True)
class Override:
    """What is said about the files that match a pattern.

    Attributes:
        match: a pattern over the path below the loaded folder, the file's name, or the whole uri.
        entity: the table; None for the usual one.
        given: how the file is written.
    """

    match: str
    entity: str | None
    given: Given


NOTHING = Override("", None, Given())


def find(uri: str, parts: tuple[str, ...]) -> Override:
    """What is said about a file: the first pattern that matches counts.

    Args:
        uri: the file's.
        parts: its path below the loaded folder.

    Raises:
        UsageError: sources.yml is not as it should be.
    """
    path = Path(os.environ.get(VARIABLE) or DEFAULT)
    if not path.exists():
        return NOTHING
    below = "/".join(parts)
    for override in read(path, path.stat().st_mtime_ns):
        if any(fnmatch(name, override.match) for name in (below, parts[-1], uri)):
            return override
    return NOTHING


@cache
def read(path: Path, changed: int = 0) -> tuple[Override, ...]:  # noqa: ARG001 - part of the key
    """All overrides of a file, in its order.

    Args:
        path: of the YAML file.
        changed: its time of change, so that another state is read again.

    Raises:
        UsageError: it is no YAML, or says what there is no such thing as.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text("utf-8")) or {}
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", uri=str(path)) from error
    entries = content.get("files") if isinstance(content, dict) else None
    if entries is None and not content:
        return ()
    if not isinstance(entries, list):
        raise UsageError("holds no list `files`", uri=str(path), hint="see its own first lines")
    return tuple(_override(entry, path, number) for number, entry in enumerate(entries, start=1))


def _override(entry: Any, path: Path, number: int) -> Override:
    def wrong(what: str) -> UsageError:
        return UsageError(f"entry {number}: {what}", uri=str(path), hint="see its own first lines")

    if not isinstance(entry, Mapping) or not isinstance(entry.get("match"), str):
        raise wrong("has no text `match`")
    known = {"match", "header", "columns", "skip", "records", *_TEXTS}
    if unknown := sorted(set(map(str, entry)) - known):
        raise wrong(f"no such setting: {', '.join(unknown)} (there are {', '.join(sorted(known))})")
    for name in _TEXTS:
        if not isinstance(entry.get(name, ""), str):
            raise wrong(f"`{name}` has to be text")
    header, skip, columns = entry.get("header"), entry.get("skip"), entry.get("columns") or ()
    if header is not None and not (isinstance(header, int) and 0 <= header <= 20):
        raise wrong("`header` has to be true, false or a number of rows")
    if skip is not None and not (type(skip) is int and skip >= 0):
        raise wrong("`skip` has to be a number of lines")
    if not isinstance(columns, list | tuple) or not all(isinstance(c, str) for c in columns):
        raise wrong("`columns` has to be a list of texts")
    if entry.get("ragged") not in (None, "pad", "reject"):
        raise wrong("`ragged` has to be pad or reject")
    for name in ("quote", "escape"):
        if len(entry.get(name, "").encode()) > 1:
            raise wrong(f"`{name}` has to be one ASCII character, or empty")
    if (encoding := entry.get("encoding")) is not None:
        try:
            encoding = canonical(encoding)
        except LookupError:
            raise wrong(f"no such encoding: {encoding}") from None
    records = entry.get("records") or ()
    if isinstance(records, str):
        records = records.split(".")
    if not isinstance(records, list | tuple) or not all(isinstance(c, str) and c for c in records):
        raise wrong("`records` has to be the keys that lead to the list, such as data.items")
    layout = entry.get("layout") or ("records" if records else None)
    if layout not in (None, *get_args(Kind)):
        raise wrong(f"`layout` has to be one of {', '.join(get_args(Kind))}, not {layout}")
    if (layout == "records") != bool(records):
        raise wrong("`layout: records` and `records: <keys>` go together, and with no other layout")
    entity = names.slug(entry["entity"]) if entry.get("entity") else None
    given = Given(
        encoding=encoding,
        delimiter=entry.get("delimiter"),
        quote=entry.get("quote"),
        escape=entry.get("escape"),
        header=header,
        columns=tuple(columns),
        skip=skip,
        comment=entry.get("comment"),
        ragged=entry.get("ragged"),
        layout=layout,
        records=tuple(records),
    )
    return Override(entry["match"], entity, given)
