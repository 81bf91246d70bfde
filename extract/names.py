"""File -> entity and header -> column names: stable, unique, lower snake case ASCII, 63 bytes.

Pure functions over strings; what is already in the database comes in as arguments.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

LONGEST = 63
"""Bytes in a Postgres identifier."""

_SYSTEM = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid", "oid"}
_LETTERS = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
        "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH",
        "ı": "i", "€": " eur ", "%": " percent ", "&": " and ", "#": " no ",
    }
)  # fmt: skip
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ENDINGS = re.compile(
    r"\.(csv|tsv|tab|psv|txt|dat|(?:geo)?json|jsonl|ndjson|parquet|pq|xlsx|xlsm|xls|gz|bz2|xz|zst|zip)$",
    re.I,
)
_SUFFIX = re.compile(
    r"""(?:^|[\s._-]+)(?:
        (?:19|20)\d\d(?:[\s._-]?(?:0[1-9]|1[0-2])(?:[\s._-]?(?:0[1-9]|[12]\d|3[01]))?)?
            (?:[T\s._-]?\d{4}(?:\d\d)?Z?)?                         # 2026, 2026-01, 20260131T1200
      | (?:19|20)\d\d[\s._-]?(?:q[1-4]|w\d\d|h[12])               # 2026-Q1, 2026W05
      | (?:q[1-4]|w\d\d|h[12])[\s._-]?(?:19|20)\d\d
      | (?:part|chunk|batch|file|page|export|v)[\s._-]?\d+(?:[\s._-]?of[\s._-]?\d+)?
      | \(\d+\) | \d+
    )$""",
    re.I | re.X,
)


_PREFIX = re.compile(
    r"^(?:19|20)\d\d(?:[.-]?(?:0[1-9]|1[0-2])(?:[.-]?(?:0[1-9]|[12]\d|3[01]))?)?[\s._-]+(?=\D)"
)


def slug(text: str) -> str:
    """Lower snake case ASCII of `text`; empty if no letter or digit is left."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore")
    words = re.sub(r"[^A-Za-z0-9]+", "_", _CAMEL.sub("_", plain.decode())).strip("_").lower()
    if words[:1].isdigit():
        words = f"_{words}"
    if words in _SYSTEM:
        words = f"{words}_"
    return words[:LONGEST].rstrip("_") if len(words) > LONGEST else words


def entity(parts: Sequence[str], root: str, known: Iterable[str] = ()) -> str:
    """The table a file belongs to.

    Args:
        parts: the file's path below the loaded root, folders first, the file's name last. Folders
            of a time or a partition (`2026`, `2015-16`, `day=2026-01-31`) say nothing of it.
        root: the name of the root folder itself.
        known: tables that exist already: a file whose folder is named like one goes there, so that
            loading a folder from above or from within comes to the same.
    """
    for part in parts[:-1]:
        if name := _of_folder(part):
            return name
    folder = _of_folder(root)
    if folder in set(known):
        return folder
    return slug(_stem(parts[-1])) or folder or "data"


def _of_folder(folder: str) -> str:
    """A folder's name as a table's; empty of a time or a partition: `2026-01`, `year=2026`."""
    name = slug(folder)
    return "" if "=" in folder or re.fullmatch(r"_[\d_]+", name) else name


def whole(name: str) -> str:
    """The table of a file's name with all its dates and numbers; empty if it has no letter.

    For `iso3166-2.json`, whose number is no part of a series but what tells it from `iso3166-1`.
    """
    return slug(_bare(name))


def _bare(name: str) -> str:
    while (shorter := _ENDINGS.sub("", name)) != name:
        name = shorter
    return name


def _stem(name: str) -> str:
    name = _bare(name)
    while (shorter := _SUFFIX.sub("", name)) != name:
        name = shorter
    return _PREFIX.sub("", name)


def columns(labels: Sequence[str | None], known: Mapping[str, str | None]) -> list[str]:
    """Name a file's columns.

    The same label gets the same name in every file of an entity. A label that differs only in
    what `slug` drops (case, accents, punctuation) is the same column too, unless the file itself
    has both.

    Args:
        labels: the labels in the file's order; None or blank where there is none.
        known: the entity's columns so far: name -> label.

    Returns:
        One name a label, all different.
    """
    by_label: dict[str, list[str]] = {}
    for name, label in known.items():
        if label is not None:
            by_label.setdefault(label, []).append(name)
    result: list[str | None] = [None] * len(labels)
    taken: set[str] = set()
    for index, label in enumerate(labels):
        if label is not None and by_label.get(label):
            result[index] = by_label[label].pop(0)
            taken.add(result[index] or "")
    for index, label in enumerate(labels):
        if result[index] is None:
            base = slug(label or "") or f"column_{index + 1}"
            name = base
            number = 1
            while name in taken or (number > 1 and known.get(name) not in (None, label)):
                number += 1
                suffix = f"_{number}"
                name = f"{base[: LONGEST - len(suffix)]}{suffix}"
            result[index] = name
            taken.add(name)
    return [name or "" for name in result]
