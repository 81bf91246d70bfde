"""The data sets that scaffolding is judged on: where their files are, and the truth of them.

Real tables that ship in packages (`tests/data/folders/requirements.txt`); nothing of them is kept
here but what a person wrote after reading them and what is told of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from workbench import ROOT

from extract import names

TRUTHS = ROOT / "tests" / "data" / "folders"
KINDS = {
    "text": "text", "integer": "integer", "bigint": "integer", "smallint": "integer",
    "numeric": "numeric", "double precision": "numeric", "date": "date",
    "timestamp with time zone": "timestamp", "timestamp without time zone": "timestamp",
    "boolean": "boolean", "jsonb": "json", "text[]": "json", "interval": "interval",
}  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """What a person says of a data set.

    Attributes:
        types: (table, raw column) -> the kinds of data that are right for it.
        keys: table -> the columns that make a key, each way of it; empty if nothing does.
        foreign: (table, column, parent table, parent column) of every link.
        questions: asked of it: `ask`, and `sql` for the answer or `kind: decline`.
        held_out: nothing was tuned on it.
    """

    name: str
    package: str
    licence: str
    held_out: bool
    types: dict[tuple[str, str], frozenset[str]]
    keys: dict[str, frozenset[frozenset[str]]]
    foreign: frozenset[tuple[str, str, str, str]]
    questions: tuple[dict[str, Any], ...]
    _files: dict[str, Any]

    def copy(self, site: Path, folder: Path) -> int:
        """Put the set's files into an empty folder; how many.

        Raises:
            FileNotFoundError: the package is not installed in `site`.
        """
        folder.mkdir(parents=True)
        base = site / self._files["from"]
        for archive, inside in self._files["unpack"].items():
            place = folder.parent / "unpacked" / archive
            shutil.unpack_archive(base / archive, place)
            base = place / inside
        for pattern in self._files["files"]:
            found = sorted(base.glob(pattern))
            if not found:
                raise FileNotFoundError(
                    f"{base / pattern}: install tests/data/folders/requirements.txt"
                )
            for path in found:
                shutil.copy(path, folder / path.name)
        return len(list(folder.iterdir()))


def truths(wanted: list[str] | None = None) -> Iterator[Truth]:
    """Every data set, or those named."""
    for path in sorted(TRUTHS.glob("*.yml")):
        if not wanted or path.stem in wanted:
            yield read(path)


def read(path: Path) -> Truth:
    """One data set's truth."""
    said = yaml.safe_load(path.read_text("utf-8"))
    types: dict[tuple[str, str], frozenset[str]] = {}
    keys: dict[str, frozenset[frozenset[str]]] = {}
    foreign: set[tuple[str, str, str, str]] = set()
    for table, facts in said["tables"].items():
        for kind, columns in facts["types"].items():
            for column in columns:
                types[table, names.slug(column)] = frozenset(kind.split("/"))
        keys[table] = frozenset(
            frozenset(map(names.slug, [key] if isinstance(key, str) else key))
            for key in facts["keys"]
        )
        for column, target in facts.get("foreign", {}).items():
            parent, _, key = target.partition(".")
            foreign.add((table, names.slug(column), parent, names.slug(key)))
    return Truth(
        name=path.stem,
        package=said["package"],
        licence=said["licence"],
        held_out=said["held_out"],
        types=types,
        keys=keys,
        foreign=frozenset(foreign),
        questions=tuple(said["questions"]),
        _files={"from": said["from"], "files": said["files"], "unpack": said.get("unpack", {})},
    )
