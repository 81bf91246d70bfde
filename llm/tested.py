"""What the tests behind an answer found, in words: what failed, and what is known of the data.

A test that fails is said first and loudly. One of severity `warn` that finds no more rows than
before is a known property of the data, and said calmly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dbt_project.artifacts import ColumnTest, Model

BAD = ("fail", "error", "runtime error")
_REFERENCE = re.compile(r"ref\(\s*['\"](\w+)['\"]")


@dataclass(frozen=True)
class Status:
    """How a test ended last.

    Attributes:
        failures: rows that it found.
        before: rows that it found the time before; None if it never ran before.
    """

    name: str
    status: str
    failures: int | None
    before: int | None

    @property
    def is_known(self) -> bool:
        """Whether it warns of no more than it did before."""
        grown = self.before is not None and (self.failures or 0) > self.before
        return self.status == "warn" and not grown


def failing(models: Iterable[Model], statuses: dict[str, Status]) -> tuple[str, ...]:
    """Tests that failed, and warnings that grew."""
    found = {
        _failed(statuses[test])
        for model in models
        for test in model.tests
        if test in statuses
        and statuses[test].status in (*BAD, "warn")
        and not statuses[test].is_known
    }
    return tuple(sorted(found))


def known(models: Iterable[Model], statuses: dict[str, Status]) -> tuple[str, ...]:
    """Warnings that say nothing new, each as a sentence about the data."""
    found = []
    for model in models:
        columns = {one.unique_id: one for one in model.column_tests}
        for test in model.tests:
            if test in statuses and statuses[test].is_known:
                found.append(_told(model, columns.get(test), statuses[test]))
    return tuple(sorted(set(found)))


def _failed(one: Status) -> str:
    if one.status != "warn":
        return f"{one.name} ({one.status})"
    return f"{one.name} (warn: {one.failures:,} rows, {one.before:,} the time before)"


def _told(model: Model, test: ColumnTest | None, one: Status) -> str:
    count = one.failures or 0
    rows = f"{count:,} row{'s' if count != 1 else ''} of {model.name}"
    have = "have" if count != 1 else "has"
    if test is None:
        return f"{count:,} row{'s' if count != 1 else ''} found by the test {one.name}"
    if test.name == "relationships":
        to = _REFERENCE.search(str(test.arguments.get("to", "")))
        where = to.group(1) if to else "the table it points to"
        return f"{rows} {have} a {test.column} that {where} does not have"
    if test.name == "not_null":
        return f"{rows} {have} no {test.column}"
    if test.name == "accepted_values":
        values = f"{count:,} unexpected value{'s' if count != 1 else ''}"
        return f"{values} of {test.column} in {model.name}"
    return f"{rows} found by the test {test.name} of {test.column}"
