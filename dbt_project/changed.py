"""Which nodes a build must run: those whose code, or what they read, is not as it was.

A node's fingerprint is made of its own code, of its parents' fingerprints and, at the far end, of
the ledger's state of the raw tables, so that a change reaches all that depends on it. What a node
was made from when it last went well is kept in `quality.built_from`. A node that plain `dbt` has
run since, that did not go well, or whose table is gone is run again. A test of one row at a time,
or of the rows of one file, over a view of one raw table needs to see only the rows of files that it
has not passed on before. A table that the same code has made is changed where it stands
(`macros/incremental/in_place.sql`).
Rows changed in a raw table behind the ledger's back are not seen: `assay build --all`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg

from dbt_project import postgres

OWN_FILES = "own_files"
"""In a model's `meta`: the raw tables whose files it looks up in the ledger; without it, all."""
VOLATILE = frozenset({"created_at", "build_path", "compiled_path", "compiled_code", "compiled"})
TOLD_ONLY = frozenset({"description", "docs", "doc_blocks", "meta", "tags", "patch_path", "group"})
"""What is said of a node, and changes nothing in what it makes."""
LASTING = frozenset({"success", "pass"})
COLUMNS_THERE = "columns_there"
"""In the `meta` of a model, in memory: the columns and types of the table that it has made."""
OF_ONE_ROW = frozenset({"not_null", "accepted_values", "not_negative", "positive"})
"""Tests that look at one row at a time."""
OF_SEVERAL_ROWS = "unique_together"
"""A test that compares rows: those of one file, where the file is one of its columns."""
BUILT_FROM = """
create table if not exists quality.built_from (
    node_id text primary key, inputs text not null, code text not null, files bigint[] not null,
    invocation_id text not null
)
"""


@dataclass(frozen=True)
class Inputs:
    """What a node was, or would be, made from.

    Attributes:
        all: fingerprints of code and data, and, after a dot, of told words.
        code: fingerprint of its own code and that of all before it.
        files: of a test that needs to see each row only once, the files whose rows it has seen.
    """

    all: str
    code: str
    files: frozenset[int] = frozenset()

    def says_the_same(self, other: Inputs) -> bool:
        """Whether code and told words are those of the other: only data may have changed."""
        told, others = self.all.partition(".")[2], other.all.partition(".")[2]
        return (self.code, told) == (other.code, others)


@dataclass(frozen=True)
class Plan:
    """What a build would do.

    Attributes:
        inputs: of every node of the project that a build runs, by unique id.
        needed: those that it must run.
        full_refresh: the code of an incremental model, or of something before it, has changed.
        kinds: resource type by unique id.
        passed: files whose rows a test need not see again, by its unique id.
        standing: columns and types of the tables of needed models that the same code has made.
    """

    inputs: dict[str, Inputs]
    needed: frozenset[str]
    full_refresh: bool
    kinds: dict[str, str]
    passed: dict[str, frozenset[int]]
    standing: dict[str, dict[str, str]]

    @property
    def unchanged(self) -> dict[str, int]:
        """How many nodes of each kind need not run."""
        counts: dict[str, int] = {}
        for node, kind in self.kinds.items():
            if node not in self.needed:
                counts[kind] = counts.get(kind, 0) + 1
        return counts


def plan(manifest: Any) -> Plan:
    """Compare dbt's parsed project with what the database says was done."""
    with postgres.connect() as connection:
        graph = _Graph(manifest, _loaded(connection), _files(connection))
        inputs = {node: graph.inputs(node) for node in graph.runnable}
        known = _known(connection)
        there = _relations(connection)
    needed = {
        node
        for node, now in inputs.items()
        if node not in known or known[node].all != now.all or not graph.is_there(node, there)
    }
    rewritten = any(
        known[node].code != inputs[node].code
        for node in needed & set(known)
        if graph.is_incremental(node)
    )
    kinds = {node: str(graph.runnable[node].resource_type) for node in inputs}
    passed = {
        node: known[node].files
        for node in needed & set(known)
        if inputs[node].files and known[node].code == inputs[node].code
    }
    standing = {
        node: there[graph.relation(node)]
        for node in needed & set(known)
        if kinds[node] == "model"
        and inputs[node].says_the_same(known[node])
        and graph.is_there(node, there)
    }
    return Plan(inputs, frozenset(needed), rewritten, kinds, passed, {} if rewritten else standing)


def narrow(manifest: Any, plan: Plan) -> None:
    """Have each node do no more than it must, by marks in memory.

    Tests see only the rows of files that they have not passed on, by their `where`; models that the
    same code has made change their table where it stands, by their `meta`.
    """
    for model, columns in plan.standing.items():
        config = manifest.nodes[model].config
        config.meta = {**config.meta, COLUMNS_THERE: columns}
    for test, files in plan.passed.items():
        config = manifest.nodes[test].config
        new = f"_file_id <> all('{{{', '.join(str(file) for file in sorted(files))}}}'::bigint[])"
        config.where = f"({config.where}) and {new}" if config.where else new


def remember(done: Plan, results: Iterable[Any], invocation: str) -> None:
    """Keep what the nodes that went well were made from.

    Args:
        results: of dbt's run, each with `node` and `status`.
        invocation: dbt's id of that run.
    """
    rows = [
        (
            node,
            done.inputs[node].all,
            done.inputs[node].code,
            sorted(done.inputs[node].files),
            invocation,
        )
        for node, status in ((each.node.unique_id, str(each.status)) for each in results)
        if status in LASTING and node in done.inputs
    ]
    with postgres.connect() as connection, connection.cursor() as cursor:
        cursor.execute("create schema if not exists quality")
        cursor.execute(BUILT_FROM)
        cursor.executemany(
            "insert into quality.built_from values (%s, %s, %s, %s, %s) on conflict (node_id) do "
            "update set inputs = excluded.inputs, code = excluded.code, files = excluded.files, "
            "invocation_id = excluded.invocation_id",
            rows,
        )


class _Graph:
    """The parsed project, and the fingerprints of its nodes."""

    def __init__(
        self, manifest: Any, loaded: dict[str, str], files: dict[str, frozenset[int]]
    ) -> None:
        self.manifest = manifest
        self.loaded = loaded
        self.files = files
        self._code: dict[str, str] = {}
        self._data: dict[str, str] = {}
        kinds = {"model", "seed", "snapshot", "test"}
        nodes = {
            name: node
            for name, node in manifest.nodes.items()
            # A test of a model that is not part of the project stays in the manifest, switched off.
            if node.resource_type.value in kinds and node.config.enabled
        }
        self.runnable: dict[str, Any] = {**nodes, **manifest.unit_tests}

    @cached_property
    def project(self) -> str:
        """Fingerprint of what any node may make use of: all macros, the project's settings."""
        from dbt.version import __version__

        macros = sorted(
            macro.macro_sql
            for macro in self.manifest.macros.values()
            if macro.package_name == self.manifest.metadata.project_name
        )
        settings = (postgres.project_root() / "dbt_project.yml").read_text(encoding="utf-8")
        return _hash(__version__, settings, *macros)

    def inputs(self, node: str) -> Inputs:
        """A unit test and a view hold no data; the code is all they hang on.

        But a view over a table goes with it when dbt puts another in its place.
        """
        own = self.runnable[node]
        code = self.code(node)
        before = [self.runnable[name] for name in _parents(own) if name in self.runnable]
        over_table = any(_is_made_as(parent, "table") for parent in before)
        is_lasting_view = _is_made_as(own, "view") and not over_table
        no_data = node in self.manifest.unit_tests or is_lasting_view
        told = _hash(_text(own, told=True))
        made_from = _hash(code if no_data else self.data(node))
        return Inputs(f"{made_from}.{told}", code, self._seen(own))

    def _seen(self, test: Any) -> frozenset[int]:
        """The files of the one raw table that a test looks at one by one, over a view."""
        view = self.runnable.get(getattr(test, "attached_node", None) or "")
        if view is None or view.config.materialized != "view" or not _is_of_one_file(test):
            return frozenset()
        sources = [name for name in _parents(view) if name in self.manifest.sources]
        others = [name for name in _parents(view) if name not in self.manifest.sources]
        if len(sources) != 1 or any(not name.startswith("seed.") for name in others):
            return frozenset()
        table = self.manifest.sources[sources[0]].identifier
        return frozenset() if table.startswith("_") else self.files.get(table, frozenset())

    def code(self, node: str) -> str:
        """Fingerprint of the code of a node and of all before it."""
        if node not in self._code:
            own = self.runnable.get(node)
            if own is None:  # a source
                return _hash(node)
            before = sorted(self.code(parent) for parent in _parents(own))
            self._code[node] = _hash(self.project, _text(own, told=False), *before)
        return self._code[node]

    def data(self, node: str) -> str:
        """Fingerprint of the code and of the raw tables' state of a node and of all before it."""
        if node not in self._data:
            own = self.runnable.get(node)
            if own is None:
                return self._state(self.manifest.sources[node].identifier)
            files = own.config.meta.get(OWN_FILES)
            before = sorted(
                _hash(self.code(parent), *(self._state(entity) for entity in files))
                if files and self._is_ledger(parent)
                else self.data(parent)
                for parent in _parents(own)
            )
            self._data[node] = _hash(self.project, _text(own, told=False), *before)
        return self._data[node]

    def _state(self, table: str) -> str:
        if table.startswith("_"):  # the ledger itself
            return _hash(*(f"{name} {state}" for name, state in sorted(self.loaded.items())))
        return self.loaded.get(table, "")

    def _is_ledger(self, node: str) -> bool:
        """Whether it shows the ledger and nothing else."""
        own = self.runnable.get(node)
        before = _parents(own) if own is not None else []
        sources = [
            self.manifest.sources[parent] for parent in before if parent not in self.runnable
        ]
        return (
            bool(before)
            and len(sources) == len(before)
            and all(source.identifier.startswith("_") for source in sources)
        )

    def is_incremental(self, node: str) -> bool:
        """Whether a change of its code leaves rows of the old."""
        return _is_made_as(self.runnable[node], "incremental")

    def is_there(self, node: str, relations: Collection[tuple[str, str]]) -> bool:
        """Whether the table or view is in the database, for those nodes that make one."""
        makes_one = self.runnable[node].resource_type.value in {"model", "seed", "snapshot"}
        return not makes_one or self.relation(node) in relations

    def relation(self, node: str) -> tuple[str, str]:
        """Schema and name of what the node makes."""
        return self.runnable[node].schema, self.runnable[node].alias


def _is_of_one_file(test: Any) -> bool:
    """Whether what a test finds in the rows of one file has nothing to do with another's."""
    if not (told := getattr(test, "test_metadata", None)):
        return False
    by_file = "_file_id" in told.kwargs.get("columns", ())
    return told.name in OF_ONE_ROW or (told.name == OF_SEVERAL_ROWS and by_file)


def _is_made_as(node: Any, materialized: str) -> bool:
    return str(node.config.get("materialized")) == materialized


def _parents(node: Any) -> list[str]:
    return list(getattr(node.depends_on, "nodes", []))  # a seed has none


def _text(node: Any, *, told: bool) -> str:
    """What a node is, or what is told of it, as text."""

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: kept(part)
                for key, part in value.items()
                if key not in VOLATILE and (told or key not in TOLD_ONLY)
            }
        return value

    parts = kept(node.to_dict(omit_none=True))
    if told:
        wanted = TOLD_ONLY | {"columns", "config"}
        parts = {key: value for key, value in parts.items() if key in wanted}
    else:
        for key in ("unrendered_config", "unrendered_config_call_dict", "config_call_dict"):
            parts.pop(key, None)
        parts["columns"] = {
            name: kept(column) for name, column in sorted(parts.get("columns", {}).items())
        }
    return json.dumps(parts, sort_keys=True, default=str)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def _loaded(connection: psycopg.Connection) -> dict[str, str]:
    """The ledger's state of each raw table."""
    if not _exists(connection, "raw._files"):
        return {}
    return dict(
        connection.execute(
            "select entity, md5(string_agg(concat_ws(' ', file_id, status, loaded_at), ',' "
            "order by file_id)) from raw._files where entity is not null group by entity"
        ).fetchall()
    )


def _files(connection: psycopg.Connection) -> dict[str, frozenset[int]]:
    """The files whose rows each raw table has."""
    if not _exists(connection, "raw._files"):
        return {}
    rows = connection.execute(
        "select entity, array_agg(file_id) from raw._files where status = 'loaded' group by entity"
    ).fetchall()
    return {entity: frozenset(files) for entity, files in rows}


def _known(connection: psycopg.Connection) -> dict[str, Inputs]:
    """What was done, where nothing else has run the node since."""
    if not (
        _exists(connection, "quality.built_from") and _exists(connection, "quality.node_status")
    ):
        return {}
    rows = connection.execute(
        "select node_id, built.inputs, built.code, built.files from quality.built_from as built "
        "inner join quality.node_status as last using (node_id, invocation_id)"
    ).fetchall()
    return {node: Inputs(inputs, code, frozenset(files)) for node, inputs, code, files in rows}


def _relations(connection: psycopg.Connection) -> dict[tuple[str, str], dict[str, str]]:
    """The columns, by name, and their types of all tables and views there are."""
    return {
        (schema, name): columns
        for schema, name, columns in connection.execute(
            "select nspname, relname, json_object_agg(attname, format_type(atttypid, atttypmod) "
            "order by attnum) from pg_class join pg_namespace on relnamespace = pg_namespace.oid "
            "join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped "
            "where relkind in ('r', 'p', 'v', 'm') and not relispartition "
            "and nspname not in ('pg_catalog', 'information_schema') group by nspname, relname"
        )
    }


def _exists(connection: psycopg.Connection, name: str) -> bool:
    row = connection.execute("select to_regclass(%s)", [name]).fetchone()
    return row is not None and row[0] is not None
