"""Tests that hold back the same models, asked in one statement: dbt handles them as one node.

In a build a model waits for the tests of all that is before it. A group has tests that the same
models wait for, so that what waits for which test stays as it is. A group in which no row is found
has passed with all its members. Where rows are found one cannot tell whose, and where it was
skipped some of its tables may be good: its members are then run one by one, as dbt does it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Collection, Iterable
from copy import deepcopy
from datetime import UTC
from typing import Any

from dbt_project import postgres

REFERENCE = re.compile(r"\s*(ref|source|var|env_var)\s*\(.+\)\s*", re.DOTALL)
RENDERED = re.compile(r"\s*\{\{(.+)\}\}\s*", re.DOTALL)
PASSED = "pass"
SKIPPED = "skipped"
MADE = "success"
MOST = 40
"""Tests in a group: so many are asked one after the other by one of dbt's threads."""
FLAG = "asks_together"
"""In the `meta` of a group: `store_run_results` leaves it out, its members stand for it."""


@dataclasses.dataclass(frozen=True)
class Groups:
    """What was put together.

    Attributes:
        members: unique ids of the tests of each group, by the group's own.
        reads: unique ids of what each of those tests reads.
    """

    members: dict[str, tuple[str, ...]]
    reads: dict[str, frozenset[str]]

    def due(self, nodes: Collection[str]) -> set[str]:
        """The nodes to run, groups in place of their members."""
        grouped = {test for members in self.members.values() for test in members}
        return set(nodes) - grouped | set(self.members)

    def unsettled(self, results: Collection[Any]) -> set[str]:
        """The members that have to be run by themselves: a group came to no answer for them."""
        bad = _not_made(results)
        return {
            member
            for result in results
            if (status := str(result.status)) != PASSED
            for member in self.members.get(result.node.unique_id, ())
            if status != SKIPPED or not self.reads[member] & bad
        }

    def settled(self, manifest: Any, results: Iterable[Any]) -> list[Any]:
        """Results of single nodes: a group's are those of the members that it is an answer for."""
        results = list(results)
        found, unsettled = [], self.unsettled(results)
        for result in results:
            members = self.members.get(result.node.unique_id)
            if members is None:
                found.append(result)
            else:
                seconds = result.execution_time / len(members)
                found += [
                    dataclasses.replace(result, node=manifest.nodes[member], execution_time=seconds)
                    for member in members
                    if member not in unsettled
                ]
        return found


def group(manifest: Any, tests: Collection[str]) -> Groups:
    """Add to the manifest one node for the tests of `tests` that can be asked together.

    Args:
        manifest: dbt's parsed project, which is changed.
        tests: unique ids of the nodes that are to run; what is no test is left alone.
    """
    before = _Before(manifest)
    models = [name for name in tests if name in manifest.nodes and not _is_test(manifest, name)]
    alike: dict[tuple[Any, ...], list[Any]] = {}
    for name in tests:
        node = manifest.nodes.get(name)
        if node is not None and _can_be_grouped(node):
            reads = frozenset(node.depends_on.nodes)
            held = frozenset(model for model in models if reads <= before.nodes(model))
            alike.setdefault((held, str(node.config.severity), node.config.where), []).append(node)
    members = {}
    for nodes in alike.values():
        # Those that can begin early stand together, and those that read the same.
        nodes.sort(key=lambda node: (before.many(node), node.depends_on.nodes, node.unique_id))
        for start in range(0, len(nodes), MOST):
            few = nodes[start : start + MOST]
            if len(few) > 1:
                made = _together(few)
                manifest.nodes[made.unique_id] = made
                members[made.unique_id] = tuple(node.unique_id for node in few)
    reads_of = {
        test: frozenset(manifest.nodes[test].depends_on.nodes)
        for group_ in members.values()
        for test in group_
    }
    return Groups(members, reads_of)


class _Before:
    """What each node of the project comes after."""

    def __init__(self, manifest: Any) -> None:
        self.manifest = manifest
        self._nodes: dict[str, frozenset[str]] = {}

    def nodes(self, name: str) -> frozenset[str]:
        """All that is before a node, however far."""
        if name not in self._nodes:
            node = self.manifest.nodes.get(name)
            parents = [] if node is None else getattr(node.depends_on, "nodes", [])
            self._nodes[name] = frozenset(parents).union(*map(self.nodes, parents))
        return self._nodes[name]

    def many(self, node: Any) -> int:
        """How much of the project has to be there before a test can be asked."""
        return len(frozenset().union(*map(self.nodes, node.depends_on.nodes)))


def _is_test(manifest: Any, name: str) -> bool:
    return bool(manifest.nodes[name].resource_type.value == "test")


def _not_made(results: Iterable[Any]) -> set[str]:
    """What else was to be made in the same run, and was not."""
    return {result.node.unique_id for result in results if str(result.status) not in {MADE, PASSED}}


def _can_be_grouped(node: Any) -> bool:
    """Whether it is a generic test that fails when it finds any row, and keeps none."""
    config = node.config
    return (
        node.resource_type.value == "test"
        and getattr(node, "test_metadata", None) is not None
        and (config.fail_calc, config.warn_if, config.error_if) == ("count(*)", "!= 0", "!= 0")
        and config.limit is None
        and not config.store_failures
        and all(_can_be_written(value) for value in node.test_metadata.kwargs.values())
    )


def _can_be_written(value: Any) -> bool:
    """Whether `_written` can say it in Jinja: text within text is not taken apart."""
    if isinstance(value, str):
        return "{" not in value or RENDERED.fullmatch(value) is not None
    if isinstance(value, (list, tuple)):
        return all(isinstance(one, str) and "{" not in one for one in value)
    return value is None or isinstance(value, (bool, int, float))


def _together(nodes: list[Any]) -> Any:
    """A node like the first, with the questions of all."""
    first = nodes[0]
    names = [node.unique_id for node in nodes]
    key = hashlib.sha256("\n".join(names).encode()).hexdigest()[:10]
    reads = sorted({name for node in nodes for name in node.depends_on.nodes})
    about = " and ".join(name.split(".")[-1] for name in reads[:3]) or "nothing"
    name = f"{len(nodes)} tests of {about}" + (f" and {len(reads) - 3} more" if reads[3:] else "")
    config = deepcopy(first.config)
    config.meta = {FLAG: len(nodes)}
    depends_on = deepcopy(first.depends_on)
    depends_on.nodes = reads
    depends_on.macros = sorted({macro for node in nodes for macro in node.depends_on.macros})
    return dataclasses.replace(
        first,
        unique_id=f"test.{first.package_name}.together.{key}",
        name=name,
        alias=f"together_{key}",
        path=f"together_{key}.sql",
        fqn=[*first.fqn[:-1], f"together_{key}"],
        config=config,
        depends_on=depends_on,
        raw_code=_question(nodes),
    )


def _question(nodes: list[Any]) -> str:
    """All the rows that any of the tests finds; a table is read once for all its not-null tests."""
    given: dict[str, list[str]] = {}
    parts = []
    for node in nodes:
        macro, arguments = node.test_metadata.name, node.test_metadata.kwargs
        if macro == "not_null" and node.test_metadata.namespace is None:
            given.setdefault(_written(arguments["model"]), []).append(arguments["column_name"])
            continue
        if node.test_metadata.namespace:
            macro = f"{node.test_metadata.namespace}.test_{macro}"
        else:
            macro = f"test_{macro}"
        said = ", ".join(f"{name}={_written(value)}" for name, value in arguments.items())
        parts.append(
            "\n".join(("select 1 from (", f"{{{{ {macro}({said}) }}}}", ") as rows_found"))
        )
    for relation, columns in given.items():
        empty = " or ".join(f"{column} is null" for column in columns)
        parts.append("\n".join(("select 1", f"from {{{{ {relation} }}}}", f"where {empty}")))
    return "\nunion all\n".join(parts)


def _written(value: Any) -> str:
    """A test's argument as an expression of Jinja; dbt takes references for what they name."""
    if isinstance(value, str):
        rendered = RENDERED.fullmatch(value)
        if rendered:
            return f"({rendered.group(1).strip()})"
        return f"({value})" if REFERENCE.fullmatch(value) else json.dumps(value)
    if isinstance(value, (list, tuple)):
        return json.dumps(list(value))
    if value is None:
        return "none"
    return json.dumps(value)


def record(groups: Groups, results: Iterable[Any], invocation: str) -> None:
    """Keep what the members of groups came to, as the macro `store_run_results` does of all others.

    At the time that it gives the run's other nodes: dbt has two, a moment apart, and a test that
    seemed to have run before its model would not speak for it.

    Args:
        results: of single nodes, those of members among them.
        invocation: dbt's id of the run.
    """
    from dbt_common.invocation import get_invocation_started_at

    grouped = {test for members in groups.members.values() for test in members}
    started = get_invocation_started_at().replace(tzinfo=UTC)
    rows = [
        (invocation, node.unique_id, node.name, status, failures, invocation, started, seconds)
        for node, status, failures, seconds in (
            (each.node, str(each.status), each.failures, each.execution_time) for each in results
        )
        if node.unique_id in grouped
    ]
    if rows:
        with postgres.connect() as connection, connection.cursor() as cursor:
            cursor.executemany(
                "insert into quality.run_results (invocation_id, node_id, name, resource_type, "
                "status, failures, executed_at, seconds) "
                "values (%s, %s, %s, 'test', %s, %s, coalesce((select max(executed_at) "
                "from quality.run_results where invocation_id = %s), %s), %s)",
                rows,
            )
