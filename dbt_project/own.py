"""What dbt_project.yml says of the sample shop and of your own tables: read, changed by bytes.

Every byte outside the two settings stays. What is written comes back as text, to be shown first.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from dbt_project import postgres
from dbt_project.errors import ConfigurationError

FILE = "dbt_project.yml"
SHOP_SOURCES = frozenset({"crm", "finance", "pay", "shop", "support", "web"})
"""Sources of the sample shop: their folders under `models/staging` go with it."""
_SWITCH = re.compile(r"^(  sample_shop:\s+(?:&\w+\s+)?)(true|false)\b", re.M)
_ENTITIES = re.compile(r"^  own_entities:[^\n]*\n(?:    [^\n]*\n)*", re.M)


@dataclass(frozen=True)
class OwnEntity:
    """A raw table of your own, as `quality`, the calendar and the lossless tests see it.

    Attributes:
        name: the raw table.
        source: dbt's source of it.
        staging: the staging model; it has `_file_id`, `_line` and `_issues`, and each raw row once.
        mart: a model with each raw row's `_file_id` and `_line` once; None if there is none.
        key: a column of staging that names a row; None if there is none.
        days: dates and times of staging that the calendar covers.
        excludes: whether the judged model leaves rows out, by `is_excluded`.
        judged: a model between staging and mart with the same rows and columns, read in place of
            staging by whoever goes through all rows; None if there is none.
    """

    name: str
    source: str
    staging: str
    mart: str | None = None
    key: str | None = None
    days: tuple[str, ...] = field(default=())
    judged: str | None = None
    excludes: bool = False

    def __str__(self) -> str:
        facts: dict[str, object] = {
            "name": self.name, "source": self.source, "staging": self.staging,
            "judged": self.judged, "mart": self.mart, "key": self.key, "days": list(self.days),
            "excludes": self.excludes,
        }  # fmt: skip
        said = (f"{name}: {json.dumps(value)}" for name, value in facts.items() if value)
        return "{" + ", ".join(said) + "}"


@dataclass(frozen=True)
class Settings:
    """What dbt_project.yml says.

    Attributes:
        sample_shop: whether the sample shop's models are part of the project.
        entities: tables of your own.
    """

    sample_shop: bool
    entities: tuple[OwnEntity, ...]


def path() -> Path:
    """Where dbt_project.yml is.

    Raises:
        ConfigurationError: there is none.
    """
    return postgres.project_root() / FILE


def read(text: str | None = None) -> Settings:
    """What the file says.

    Args:
        text: its content; read from the project if not given.

    Raises:
        ConfigurationError: there is no such file, or it is no YAML of that kind.
    """
    try:
        content = yaml.safe_load(path().read_text("utf-8") if text is None else text)
        said = content.get("vars") or {}
        entities = tuple(
            OwnEntity(
                one["name"], one["source"], one["staging"], one.get("mart"), one.get("key"),
                tuple(one.get("days") or ()), one.get("judged"),
                bool(one.get("excludes")),
            )
            for one in said.get("own_entities") or ()
        )  # fmt: skip
        return Settings(bool(said.get("sample_shop", True)), entities)
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"cannot be read: {error}", where=FILE, hint="`dbt parse` says more"
        ) from error


def switched(text: str, *, sample_shop: bool) -> str:
    """The file's content with the sample shop's models in the project, or out of it.

    Raises:
        ConfigurationError: the file does not have that setting.
    """
    return _replaced(_SWITCH, text, rf"\g<1>{str(sample_shop).lower()}", "vars: sample_shop")


def listing(text: str, entities: Iterable[OwnEntity]) -> str:
    """The file's content with these tables of your own, and no others.

    Raises:
        ConfigurationError: the file does not have that setting.
    """
    lines = "".join(f"    - {one}\n" for one in entities)
    new = f"  own_entities:\n{lines}" if lines else "  own_entities: []\n"
    return _replaced(_ENTITIES, text, lambda _: new, "vars: own_entities")


def diff(before: str, after: str, name: str = FILE) -> str:
    """What would change, as a unified diff; empty if nothing."""
    return "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), name, name, n=1
        )
    )


def _replaced(pattern: re.Pattern[str], text: str, new: object, what: str) -> str:
    result, count = pattern.subn(new, text)  # type: ignore[call-overload]
    if count != 1:
        raise ConfigurationError(
            f"the setting `{what}` is not there as it was", where=FILE, hint="compare it with git"
        )
    return str(result)
