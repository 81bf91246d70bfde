"""Writing what was planned, without ever writing over what a person changed.

Beside the staging models of a source stands `scaffold.json`: the hash of each file as it was last
written. A file that no longer has it is a person's; so is one that was deleted.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Status = Literal["new", "changed", "same", "edited", "deleted", "replaced"]


@dataclass(frozen=True)
class File:
    """A planned file and how it compares with what is there.

    Attributes:
        path: relative to the project's root.
        text: as it would be written; empty where it is to go.
        status: `new`: not there yet; `changed`: as it was generated, and would be written anew;
            `same`: nothing to do; `edited`: a person changed it; `deleted`: a person removed it;
            `replaced`: as it was generated, and another file has taken its place.
        diff: from what is there to what would be written; empty for `new` and `same`.
    """

    path: str
    text: str
    status: Status
    diff: str = ""

    @property
    def is_written(self) -> bool:
        """Whether it is written without being forced."""
        return self.status in ("new", "changed", "replaced")


def manifest_path(source: str) -> str:
    """Where a source's hashes stand, relative to the project's root."""
    return f"models/staging/{source}/scaffold.json"


def hashes(root: Path, source: str) -> dict[str, str]:
    """Path -> hash of the files of a source as they were last written; empty if there are none."""
    path = root / manifest_path(source)
    if not path.is_file():
        return {}
    found = json.loads(path.read_text("utf-8"))
    return dict(found.get("files", {}))


def compare(
    root: Path,
    planned: Mapping[str, str],
    known: Mapping[str, str],
    replaced: Set[str] = frozenset(),
) -> list[File]:
    """How planned files compare with what is there.

    Args:
        planned: path -> text.
        known: path -> hash, as `hashes` reads them.
        replaced: paths of which planned files take the place, such as a `dim_` of a `fct_` now.
    """
    found = []
    for path in sorted(replaced & known.keys()):
        if (root / path).is_file():
            there = (root / path).read_text("utf-8")
            kept: Status = "replaced" if known[path] == digest(there) else "edited"
            found.append(File(path, "", kept, _diff(path, there, "")))
    for path, text in sorted(planned.items()):
        place = root / path
        if not place.is_file():
            found.append(File(path, text, "deleted" if path in known else "new"))
            continue
        there = place.read_text("utf-8")
        if there == text:
            found.append(File(path, text, "same"))
            continue
        status: Status = "changed" if known.get(path) == digest(there) else "edited"
        found.append(File(path, text, status, _diff(path, there, text)))
    return found


def write(root: Path, source: str, found: list[File], *, force: bool = False) -> list[str]:
    """Write what may be written, and the hashes. Returns the paths written.

    Args:
        force: also over what a person changed or removed.
    """
    known = hashes(root, source)
    written = []
    for file in found:
        if file.is_written or (force and file.status != "same"):
            place = root / file.path
            written.append(file.path)
            if not file.text:
                place.unlink()
                known.pop(file.path)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(file.text, "utf-8")
        if file.path in written or file.status == "same":
            known[file.path] = digest(file.text)
    place = root / manifest_path(source)
    place.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "about": "Hashes of what `assay scaffold` wrote; a file that differs is yours and stays.",
        "files": dict(sorted(known.items())),
    }
    place.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    return written


def digest(text: str) -> str:
    """The hash of a file's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _diff(path: str, there: str, text: str) -> str:
    return "".join(
        difflib.unified_diff(
            there.splitlines(keepends=True), text.splitlines(keepends=True),
            path, f"{path} (as scaffolded now)", n=2,
        )
    )  # fmt: skip
