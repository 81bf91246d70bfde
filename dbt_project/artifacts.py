"""What dbt wrote into its target folder: only the fields that Assay reads.

`manifest.json` is read here; `semantic_manifest.json` is only located, since MetricFlow reads it.
Test results are not read from `run_results.json`, which the next dbt command overwrites: the
project keeps them in `quality.run_results`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from dbt_project import postgres
from dbt_project.errors import ArtifactsMissing

REBUILD = "run `assay build` (or `dbt build`) first"


class _Column(msgspec.Struct):
    name: str
    description: str = ""
    data_type: str | None = None
    meta: dict[str, Any] = {}
    doc_blocks: list[str] = []


class _DependsOn(msgspec.Struct):
    nodes: list[str] = []


class _TestMetadata(msgspec.Struct):
    name: str
    kwargs: dict[str, Any] = {}


class _Contract(msgspec.Struct):
    enforced: bool = False


class _Node(msgspec.Struct):
    unique_id: str
    resource_type: str
    name: str
    schema: str = ""
    relation_name: str | None = None
    description: str = ""
    columns: dict[str, _Column] = {}
    contract: _Contract = msgspec.field(default_factory=_Contract)
    depends_on: _DependsOn = msgspec.field(default_factory=_DependsOn)
    attached_node: str | None = None
    original_file_path: str = ""
    patch_path: str | None = None
    compiled_code: str | None = None
    column_name: str | None = None
    test_metadata: _TestMetadata | None = None


class _Source(msgspec.Struct):
    unique_id: str
    name: str
    source_name: str
    schema: str = ""
    identifier: str = ""
    columns: dict[str, _Column] = {}


class _Doc(msgspec.Struct):
    name: str
    block_contents: str = ""


class _Metadata(msgspec.Struct):
    generated_at: str


class _Manifest(msgspec.Struct):
    metadata: _Metadata
    nodes: dict[str, _Node]
    sources: dict[str, _Source]
    docs: dict[str, _Doc] = {}


@dataclass(frozen=True)
class Column:
    """A documented column of a model.

    Attributes:
        meta: what its YAML says beside the description.
        doc_block: the docs block that its description is, and nothing else; "" if none.
    """

    name: str
    description: str
    data_type: str | None
    meta: dict[str, Any] = field(default_factory=dict)
    doc_block: str = ""


@dataclass(frozen=True)
class ColumnTest:
    """A generic test of one column, such as `accepted_values`, with its arguments."""

    name: str
    column: str
    arguments: dict[str, Any]
    unique_id: str = ""


@dataclass(frozen=True)
class Model:
    """A model of the project.

    Attributes:
        unique_id: dbt's id, such as `model.assay.fct_orders`.
        relation: the quoted name in the database.
        parents: unique ids of the models, seeds and sources that it reads directly.
        tests: unique ids of the tests that guard it: those attached to it, and the singular tests
            that read it.
        keys: the columns that a test holds unique, in the order of the model's columns.
        path: its file, relative to the project's root.
        yaml_path: the YAML file that describes it, relative to the project's root; "" if none does.
        compiled: its SQL as dbt compiled it for this manifest; see `Artifacts.compiled_sql`.
        has_contract: whether dbt builds it only if its YAML lists all columns with their types.
    """

    unique_id: str
    name: str
    schema: str
    relation: str
    description: str
    columns: tuple[Column, ...]
    parents: tuple[str, ...]
    tests: tuple[str, ...]
    keys: tuple[str, ...]
    path: str
    yaml_path: str = ""
    compiled: str = ""
    column_tests: tuple[ColumnTest, ...] = ()
    has_contract: bool = False


@dataclass(frozen=True)
class Artifacts:
    """The project as dbt last parsed it."""

    target: Path
    generated_at: str
    models: dict[str, Model]
    _sources: dict[str, str]
    # (schema, name) -> columns, of models, seeds and sources alike.
    relations: dict[tuple[str, str], tuple[Column, ...]] = field(default_factory=dict)

    @property
    def personal(self) -> frozenset[str]:
        """Names of the columns that hold personal data, by their `meta: {pii: ...}`."""
        columns = (column for found in self.relations.values() for column in found)
        return frozenset(column.name for column in columns if column.meta.get("pii"))

    @property
    def semantic_manifest_path(self) -> Path:
        """Where dbt writes the semantic layer's definitions for MetricFlow."""
        return self.target / "semantic_manifest.json"

    def compiled_sql(self, name: str) -> str:
        """A model's SQL as dbt last compiled it, "" if it never did.

        The manifest of `dbt test` or `dbt parse` holds none; the file of the last build does.

        Raises:
            KeyError: there is no such model.
        """
        model = self.models[name]
        if model.compiled:
            return model.compiled
        try:
            return self.compiled_file(name).read_text(encoding="utf-8")
        except OSError:
            return ""

    def compiled_file(self, name: str) -> Path:
        """Where dbt writes a model's SQL when it compiles it.

        Raises:
            KeyError: there is no such model.
        """
        model = self.models[name]
        return self.target / "compiled" / model.unique_id.split(".")[1] / model.path

    @cached_property
    def _by_id(self) -> dict[str, Model]:
        return {model.unique_id: model for model in self.models.values()}

    def ancestors(self, name: str) -> tuple[Model, ...]:
        """The model `name` and every model it is made from, nearest first.

        Raises:
            KeyError: there is no such model.
        """
        found = {self.models[name].unique_id: self.models[name]}
        waiting = list(self.models[name].parents)
        while waiting:
            unique_id = waiting.pop(0)
            if unique_id in self._by_id and unique_id not in found:
                found[unique_id] = self._by_id[unique_id]
                waiting.extend(self._by_id[unique_id].parents)
        return tuple(found.values())

    def sources_of(self, name: str) -> tuple[str, ...]:
        """The raw entities that the model `name` is made from, sorted.

        Raises:
            KeyError: there is no such model.
        """
        parents = {parent for model in self.ancestors(name) for parent in model.parents}
        return tuple(sorted(self._sources[parent] for parent in parents & self._sources.keys()))


def target_folder() -> Path:
    """dbt's target folder: `DBT_TARGET_PATH`, else `target` in the project."""
    return postgres.project_root() / os.environ.get("DBT_TARGET_PATH", "target")


def load(target: Path | None = None) -> Artifacts:
    """Read the manifest.

    Args:
        target: dbt's target folder; found by `target_folder` if not given.

    Raises:
        ArtifactsMissing: there is no manifest, or it is not one that can be read.
    """
    folder = target or target_folder()
    path = folder / "manifest.json"
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=_Manifest)
    except FileNotFoundError:
        raise ArtifactsMissing(
            "dbt has not built this project yet", where=str(path), hint=REBUILD
        ) from None
    except (OSError, msgspec.MsgspecError) as error:
        raise ArtifactsMissing(f"cannot be read: {error}", where=str(path), hint=REBUILD) from error
    tests: dict[str, list[str]] = {}
    column_tests: dict[str | None, list[ColumnTest]] = {}
    unique: set[tuple[str | None, str | None]] = set()
    for node in manifest.nodes.values():
        if node.resource_type == "test":
            if node.test_metadata and node.test_metadata.name == "unique":
                unique.add((node.attached_node, node.column_name))
            if node.test_metadata and node.column_name:
                column_tests.setdefault(node.attached_node, []).append(
                    ColumnTest(
                        node.test_metadata.name,
                        node.column_name,
                        node.test_metadata.kwargs,
                        node.unique_id,
                    )
                )
            for guarded in (
                {node.attached_node} if node.attached_node else set(node.depends_on.nodes)
            ):
                tests.setdefault(guarded, []).append(node.unique_id)
    models = {
        node.name: Model(
            unique_id=node.unique_id,
            name=node.name,
            schema=node.schema,
            relation=node.relation_name or "",
            description=node.description,
            columns=_columns(node, manifest),
            parents=tuple(node.depends_on.nodes),
            tests=tuple(sorted(tests.get(node.unique_id, ()))),
            keys=tuple(name for name in node.columns if (node.unique_id, name) in unique),
            path=node.original_file_path,
            yaml_path=(node.patch_path or "").partition("://")[2],
            compiled=node.compiled_code or "",
            column_tests=tuple(column_tests.get(node.unique_id, ())),
            has_contract=node.contract.enforced,
        )
        for node in manifest.nodes.values()
        if node.resource_type == "model"
    }
    sources = {source.unique_id: source.name for source in manifest.sources.values()}
    relations = {
        (node.schema, node.name): _columns(node, manifest)
        for node in manifest.nodes.values()
        if node.resource_type in ("model", "seed")
    } | {
        (source.schema, source.identifier or source.name): _columns(source, manifest)
        for source in manifest.sources.values()
    }
    return Artifacts(folder, manifest.metadata.generated_at, models, sources, relations)


def _columns(node: _Node | _Source, manifest: _Manifest) -> tuple[Column, ...]:
    found = []
    for column in node.columns.values():
        block = manifest.docs.get(column.doc_blocks[0]) if len(column.doc_blocks) == 1 else None
        whole = block is not None and block.block_contents.strip() == column.description.strip()
        found.append(
            Column(
                column.name,
                column.description,
                column.data_type,
                column.meta,
                block.name if block and whole else "",
            )
        )
    return tuple(found)
