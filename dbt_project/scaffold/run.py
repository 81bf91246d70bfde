"""From raw tables to files: profile, decide, render, compare, write."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import yaml

from dbt_project import own, postgres
from dbt_project.errors import ScaffoldError, mapped
from dbt_project.profiling.run import Progress, profile_all, tables
from dbt_project.profiling.values import TableProfile
from dbt_project.scaffold import context, decide, files, properties, semantic, sql, texts
from dbt_project.scaffold.files import File
from dbt_project.scaffold.plan import Entity, Project
from dbt_project.scaffold.yaml_text import dump

RULES = "seeds/own_rules.csv"


@dataclass(frozen=True)
class Scaffold:
    """What a run came to.

    Attributes:
        files: every planned file and how it compares with what is there.
        settings_diff: what changes in dbt_project.yml; empty if nothing.
        written: paths written; empty on a dry run.
        left_out: tables that have models already, written by hand.
        shop_goes: whether the sample shop's models leave the project, since not all of its tables
            are there.
    """

    project: Project
    files: tuple[File, ...]
    settings_diff: str
    written: tuple[str, ...]
    left_out: tuple[str, ...]
    shop_goes: bool
    seconds: float

    @property
    def questions(self) -> tuple[str, ...]:
        """What could not be decided."""
        return tuple(q for entity in self.project.entities for q in entity.questions)


def scaffold(
    entities: Sequence[str] = (),
    *,
    source: str = "",
    dry_run: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> Scaffold:
    """Write models for raw tables.

    Args:
        entities: which tables; all that have no models by default.
        source: dbt's name for where they come from; the folder's name by default.
        dry_run: write nothing.
        force: write over what a person changed, too.
        progress: told of each table as it is profiled.

    Raises:
        ScaffoldError: there is nothing to scaffold, or a name cannot be one.
        ProfileError: a table is not there.
        ServerError: Postgres cannot be used.
    """
    started = time.monotonic()
    root = postgres.project_root()
    with mapped(str(postgres.settings())), postgres.connect() as connection:
        loaded = tables(connection)
    before = own.path().read_text("utf-8")
    sources = _sources(root)
    shop = own.read(before).sample_shop and _shop_is_loaded(sources, loaded)
    wanted, left_out = _wanted(_modelled(root, sources, shop), loaded, entities)
    profiles = profile_all(wanted, progress=progress)
    profiles = [one for one in profiles if one.rows]
    if not profiles:
        raise ScaffoldError("the tables are empty", hint="load files first: assay load <folder>")
    source = source or _source_of(profiles)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", source):
        raise ScaffoldError(
            f"{source!r} cannot be the name of a source",
            hint="use lower case letters, digits and _: --source my_files",
        )
    models, words = _taken(root, source, shop=shop)
    project = decide.project(profiles, source, models, words)
    planned = _render(project, words)
    compared = files.compare(root, planned, files.hashes(root, source), _replaced(project))
    after = _settings(before, project)
    if not shop:
        after = own.switched(after, sample_shop=False)
    rules = _rules(root, project)
    written: list[str] = []
    if not dry_run:
        written = files.write(root, source, compared, force=force)
        for path, text in ((root / own.FILE, after), (root / RULES, rules)):
            if path.read_text("utf-8") != text:
                path.write_text(text, "utf-8")
                written.append(str(path.relative_to(root)))
    return Scaffold(
        project=project,
        files=tuple(compared),
        settings_diff=own.diff(before, after),
        written=tuple(written),
        left_out=tuple(left_out),
        shop_goes=own.read(before).sample_shop and not shop,
        seconds=round(time.monotonic() - started, 2),
    )


def _wanted(
    modelled: Mapping[str, str], loaded: Sequence[str], entities: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The tables to scaffold, and those that have models by hand."""
    if entities:
        for entity in entities:
            if entity in modelled:
                raise ScaffoldError(
                    f"{entity} has models already, of source {modelled[entity]}",
                    hint="`assay sample off` takes the sample shop's models out of the project"
                    if modelled[entity] in own.SHOP_SOURCES
                    else "edit these",
                )
        return list(entities), []
    if not loaded:
        raise ScaffoldError("nothing is loaded yet", hint="load files first: assay load <folder>")
    wanted = [entity for entity in loaded if entity not in modelled]
    if not wanted:
        raise ScaffoldError(
            "every raw table has models already",
            hint="assay scaffold <table> names one; `assay sample off` takes the shop's out",
        )
    return wanted, [entity for entity in loaded if entity in modelled]


def _modelled(root: Path, sources: Mapping[str, tuple[str, ...]], shop: bool) -> dict[str, str]:
    """Raw tables that are sources in the project, but for what was scaffolded -> their source."""
    return {
        table: source
        for source, tables_of_it in sources.items()
        if not (root / files.manifest_path(source)).is_file()
        and (shop or source not in own.SHOP_SOURCES)
        for table in tables_of_it
    }


def _shop_is_loaded(sources: Mapping[str, tuple[str, ...]], loaded: Sequence[str]) -> bool:
    """Whether every table of the sample shop is there; else its models could not be built."""
    of_the_shop = {table for name in own.SHOP_SOURCES for table in sources.get(name, ())}
    return of_the_shop <= set(loaded)


def _sources(root: Path) -> dict[str, tuple[str, ...]]:
    """The project's sources and their tables."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((root / "models" / "staging").rglob("*.yml")):
        content = yaml.safe_load(path.read_text("utf-8")) or {}
        for source in content.get("sources") or ():
            names = tuple(table["name"] for table in source.get("tables") or ())
            found[source["name"]] = (*found.get(source["name"], ()), *names)
    return found


def _taken(root: Path, source: str, *, shop: bool) -> tuple[frozenset[str], frozenset[str]]:
    """Names of models, and of what can be asked, in the rest of the project.

    Models that are switched off count too: dbt knows their names. What can be asked of them does
    not.
    """
    models: set[str] = set()
    words: set[str] = set()
    for path in sorted((root / "models").rglob("*.yml")):
        if path.parent.name == source:
            continue
        content = yaml.safe_load(path.read_text("utf-8")) or {}
        models |= {one["name"] for one in content.get("models") or ()}
        if path.parent.name == "shop" and not shop:
            continue
        words |= {one["name"] for one in content.get("metrics") or ()}
        for model in content.get("semantic_models") or ():
            words.add(model["name"])
            words |= {one["name"] for one in model.get("entities") or ()}
            words |= {one["name"] for one in model.get("measures") or ()}
    return frozenset(models), frozenset(words)


def _source_of(profiles: Sequence[TableProfile]) -> str:
    """The name of the folder that most files lie in; `files` if it has none to speak of."""
    folders: dict[str, int] = {}
    for one in profiles:
        path = PurePosixPath(urlsplit(one.first_uri).path or one.first_uri)
        parents = [part for part in path.parts[:-1] if part != one.entity and "#" not in part]
        name = re.sub(r"[^a-z0-9]+", "_", parents[-1].lower()).strip("_") if parents else ""
        folders[name] = folders.get(name, 0) + 1
    best = max(folders, key=lambda name: folders[name])
    if not re.fullmatch(r"[a-z][a-z0-9_]*", best) or best in own.SHOP_SOURCES | {"ledger", "data"}:
        return "files"
    return best[:30]


def _render(project: Project, taken: Set[str] = frozenset()) -> dict[str, str]:
    """Path -> text of every file of a source."""
    source = project.source
    staging, judged, marts = (
        f"models/{layer}/{source}" for layer in ("staging", "intermediate", "marts")
    )
    planned = {
        f"{staging}/_{source}__sources.yml": dump(properties.sources(project)),
        f"{marts}/_{source}__exposures.yml": dump(_exposure(project)),
    }
    metrics_taken = set(taken) | {
        semantic.measure_name(entity, measure.column, aggregation)
        for entity in project.entities
        for measure in entity.measures
        for aggregation in measure.aggregations
    }
    measured = [measure.column for entity in project.entities for measure in entity.measures]
    shared = {column for column in measured if measured.count(column) > 1}
    unclear = semantic.of_two_kinds(project.entities, taken)
    words = semantic.called(project.entities)
    for entity in project.entities:
        if entity.list_of:
            planned[f"{judged}/{entity.judged}.sql"] = sql.listed(entity)
            planned[f"{judged}/{entity.judged}.yml"] = dump(properties.listed(entity))
        else:
            planned[f"{staging}/{entity.staging}.sql"] = sql.staging(entity)
            planned[f"{staging}/{entity.staging}.yml"] = dump(properties.staging(entity))
            planned[f"{judged}/{entity.judged}.sql"] = sql.judged(entity)
            planned[f"{judged}/{entity.judged}.yml"] = dump(properties.judged(entity))
        planned[f"{marts}/{entity.mart}.sql"] = sql.mart(entity)
        described = properties.mart(entity)
        described["semantic_models"] = [semantic.semantic_model(entity, unclear, words)]
        described["metrics"] = semantic.metrics(entity, metrics_taken, shared)
        planned[f"{marts}/{entity.mart}.yml"] = dump(described)
        if found := entity.context:
            planned[f"{marts}/{found.name}.sql"] = sql.context(entity, found)
            planned[f"{marts}/{found.name}.yml"] = dump(context.properties(entity, found))
        if said := entity.texts:
            planned[f"{marts}/{said.name}.sql"] = sql.texts(entity, said)
            described = texts.properties(entity, said)
            described["semantic_models"] = [semantic.of_texts(entity, said, unclear)]
            described["metrics"] = [semantic.sentiment(entity, metrics_taken)]
            planned[f"{marts}/{said.name}.yml"] = dump(described)
    return planned


def _replaced(project: Project) -> frozenset[str]:
    """Files of these tables under names that they no longer have: a fact that was a dimension."""
    folder, stale = f"models/marts/{project.source}", []
    for entity in project.entities:
        kind, _, name = entity.mart.partition("_")
        stale.append(f"{'fct' if kind == 'dim' else 'dim'}_{name}")
        if entity.context is None:
            stale.append(context.named(entity))
        if entity.texts is None:
            stale.append(texts.named(entity))
    return frozenset(f"{folder}/{name}.{ending}" for name in stale for ending in ("sql", "yml"))


def _exposure(project: Project) -> dict[str, object]:
    return {
        "version": 2,
        "exposures": [
            {
                "name": f"assay_agent_{project.source}",
                "label": f"The agent that answers questions about {project.source}",
                "type": "application",
                "maturity": "low",
                "description": "`assay ask` answers questions through the metrics and, read-only, "
                "through these marts.",
                "owner": {"name": "Assay", "email": "assay@example.org"},
                "depends_on": [
                    "ref('dim_dates')",
                    *(f"ref('{entity.mart}')" for entity in project.entities),
                    *(f"ref('{e.context.name}')" for e in project.entities if e.context),
                    *(f"ref('{e.texts.name}')" for e in project.entities if e.texts),
                ],
            }
        ],
    }


def _settings(text: str, project: Project) -> str:
    """dbt_project.yml with the source's tables listed among one's own."""
    names = {entity.name for entity in project.tables}
    others = [one for one in own.read(text).entities if one.name not in names]
    return own.listing(text, [*others, *(_own(entity) for entity in project.tables)])


def _own(entity: Entity) -> own.OwnEntity:
    days = () if not entity.time else (entity.time,)
    return own.OwnEntity(
        name=entity.name,
        source=entity.source,
        staging=entity.staging,
        judged=entity.judged,
        mart=entity.mart,
        key=entity.key_column if entity.is_natural else None,
        days=days,
        excludes=bool(entity.copies),
    )


def _rules(root: Path, project: Project) -> str:
    """The list of one's own rules, with those of these tables; what a person added stays."""
    path = root / RULES
    lines = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    fields = ["entity", "code", "column_name", "severity", "priority", "meaning"]
    planned = [rule for entity in project.tables for rule in _rules_of(entity)]
    there = {(row["entity"], row["code"]) for row in lines}
    rows = [*lines, *(row for row in planned if (row["entity"], row["code"]) not in there)]
    text = io.StringIO()
    writer = csv.DictWriter(text, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _rules_of(entity: Entity) -> list[dict[str, str]]:
    rules = [
        (
            column.rule, column.raw, "flag",
            f"The value of {column.name} cannot be read; it is left empty.",
        )
        for column in entity.columns
        if column.typed
    ]  # fmt: skip
    if entity.copies:
        rules.append(
            (
                "copy_of_row", entity.column(entity.key[0]).raw, "exclude",
                "The row is a copy of a whole row that stands before it; that one is kept.",
            )
        )  # fmt: skip
    return [
        {
            "entity": entity.name,
            "code": code,
            "column_name": column,
            "severity": severity,
            "priority": str(number),
            "meaning": meaning,
        }
        for number, (code, column, severity, meaning) in enumerate(rules, start=1)
    ]
