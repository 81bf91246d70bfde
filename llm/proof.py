"""What stands behind an answer: taken from dbt's artifacts, the ledger and the quality tables.

Never from a model's words. The SQL as it ran leads to relations, those to models, their tests and
the raw entities; those to files, rows excluded on the way, and rows that could not be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dbt_project.artifacts import Artifacts
from llm import freshness, tested
from llm.catalog import Catalog
from llm.database import Door
from llm.money import is_money
from llm.question import timephrase
from llm.request import MetricRequest
from llm.rows import COLUMNS as ROW_COLUMNS
from llm.search import text_search
from llm.tools import Outcome
from llm.words import tokens

# Said of a time, these count from the time that is measured.
RELATIVE = frozenset({"previous", "prior", "preceding"})


@dataclass(frozen=True)
class MetricProof:
    """A metric as it is defined."""

    name: str
    label: str
    unit: str
    definition: str
    description: str
    owner: str


@dataclass(frozen=True)
class ModelProof:
    """A model that the SQL reads.

    Attributes:
        built_at: when dbt last built it; None if it was never recorded.
        tests: status -> how many of its own tests ended so.
        failing: tests of this model, and of those it is made from, that failed, or that warn of
            more than before.
        tested: whether its tests ran since it was built.
        known: what those tests warn of as before, in words.
        has_tests: whether it has any of its own.
    """

    name: str
    relation: str
    built_at: datetime | None
    build_status: str
    tests: dict[str, int]
    failing: tuple[str, ...]
    tested: bool = True
    known: tuple[str, ...] = ()
    has_tests: bool = True


@dataclass(frozen=True)
class FileProof:
    """A source file, as the ledger has it."""

    entity: str
    uri: str
    loaded_at: datetime | None
    rows_landed: int
    rows_rejected: int


@dataclass(frozen=True)
class Exclusion:
    """Rows that were left out upstream, and why. `entity` is the raw table."""

    entity: str
    rule: str
    rows: int
    meaning: str


@dataclass(frozen=True)
class Proof:
    """Everything behind an answer.

    Attributes:
        written_by: who wrote the SQL: the semantic layer, the text search, Assay, or a model.
        freshness: how old the data, the files and the build are, in words.
        warnings: what a reader must know first, such as a failed test.
    """

    sql: str
    written_by: str
    metrics: tuple[MetricProof, ...]
    models: tuple[ModelProof, ...]
    files: tuple[FileProof, ...]
    exclusions: tuple[Exclusion, ...]
    assumptions: tuple[str, ...]
    freshness: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def known(self) -> tuple[str, ...]:
        """What tests warn of as before, of every model, each once."""
        return tuple(dict.fromkeys(said for one in self.models for said in one.known))


def build(
    question: str, outcome: Outcome, catalog: Catalog, artifacts: Artifacts, door: Door, model: str
) -> Proof:
    """The proof of one outcome.

    Raises:
        QueryError: the quality tables cannot be read.
    """
    names = _model_names(outcome.result.relations, artifacts)
    entities = sorted({entity for name in names for entity in artifacts.sources_of(name)})
    models = _models(names, artifacts, door)
    request = outcome.request
    metrics = request.measured if request else ()
    files = _files(entities, door)
    built, loaded = [one.built_at for one in models], [one.loaded_at for one in files]
    return Proof(
        sql=outcome.result.sql,
        written_by=_author(outcome, model),
        metrics=tuple(_metric(name, catalog) for name in _with_inputs(metrics, catalog)),
        models=models,
        files=files,
        exclusions=_exclusions(entities, door),
        assumptions=(
            *assumptions(question, request, catalog),
            *(text_search.assumptions(outcome.search) if outcome.search else ()),
        ),
        freshness=freshness.told(catalog, built, loaded),
        warnings=(
            *_warnings(models),
            *freshness.warnings(catalog, request, built, loaded),
            *(freshness.index_warning(door, built) if outcome.search else ()),
        ),
    )


def _author(outcome: Outcome, model: str) -> str:
    if outcome.search is not None:
        return "the text search"
    if outcome.request is not None:
        return "the semantic layer"
    # A row that was looked up: `what, value`.
    return "Assay" if outcome.result.columns == ROW_COLUMNS else model


def assumptions(question: str, request: MetricRequest | None, catalog: Catalog) -> tuple[str, ...]:
    """What the question left open and how it was taken, in words."""
    window = catalog.window
    said = [f"Today is {window.today}, {window.today_is}; days are UTC days."]
    for phrase in timephrase.find(tokens(question), window.today):
        meant = phrase.period.range
        compared = request.compare.range if request and request.compare else None
        if compared and RELATIVE.intersection(phrase.text.lower().split()):
            meant = compared
        if request is None or meant in (request.time, compared):
            said.append(f'"{phrase.text}" is {meant}.')
    if request is None:
        return tuple(said)
    if request.time.start or request.time.end:
        said.append(f"Measured over {request.time}.")
    else:
        said.append(f"Measured over all the data, {window.first}..{window.last}.")
    if request.compare:
        said.append(f"Compared with {request.compare.range}.")
    for one in request.filters:
        values = ", ".join(str(value) for value in one.values)
        kept = "The part is" if request.picks(one) else "Only"
        said.append(f"{kept} where {one.name} {one.operator.value} {values}".strip() + ".")
    units = dict.fromkeys(catalog.metrics[name].unit for name in request.measured)
    said += [f"Amounts are in {unit.upper()}." for unit in units if is_money(unit)]
    if request.limit:
        order = ", ".join(
            f"{n} {'descending' if down else 'ascending'}" for n, down in request.order
        )
        shared = "" if request.offset else " and those that share its place"
        rows = f"The first {request.limit} rows" if request.limit > 1 else f"The first row{shared}"
        said.append(f"{rows} by {order or 'the default order'}.")
    return tuple(said)


def _model_names(relations: Sequence[str], artifacts: Artifacts) -> list[str]:
    known = {f"{one.schema}.{one.name}": name for name, one in artifacts.models.items()}
    return [known[relation] for relation in relations if relation in known]


def _with_inputs(metrics: Sequence[str], catalog: Catalog) -> list[str]:
    """The metrics and those they are made of, each once."""
    found: list[str] = []
    waiting = list(metrics)
    while waiting:
        name = waiting.pop(0)
        if name in catalog.metrics and name not in found:
            found.append(name)
            waiting += catalog.metrics[name].inputs
    return found


def _metric(name: str, catalog: Catalog) -> MetricProof:
    one = catalog.metrics[name]
    return MetricProof(one.name, one.label, one.unit, one.definition, one.description, one.owner)


def _models(names: Sequence[str], artifacts: Artifacts, door: Door) -> tuple[ModelProof, ...]:
    if door.relations().find("node_status", "quality") is None:
        return tuple(ModelProof(n, artifacts.models[n].relation, None, "", {}, ()) for n in names)
    family = {name: artifacts.ancestors(name) for name in names}
    wanted = {m.unique_id for models in family.values() for m in models}
    wanted |= {test for models in family.values() for m in models for test in m.tests}
    rows = door.fetch(
        """
        select s.node_id, s.name, s.status, s.executed_at, s.failures,
            (
                select r.failures
                from quality.run_results as r
                where r.node_id = s.node_id and r.executed_at < s.executed_at
                order by r.executed_at desc
                limit 1
            )
        from quality.node_status as s
        where s.node_id = any(%s)
        """,
        (sorted(wanted),),
    )
    status = {row[0]: row for row in rows}
    statuses = {row[0]: tested.Status(row[1], str(row[2]), row[4], row[5]) for row in rows}
    proofs = []
    for name in names:
        model = artifacts.models[name]
        own = Counter(str(status[test][2]) for test in model.tests if test in status)
        built = status.get(model.unique_id)
        ran = [status[test][3] for test in model.tests if test in status and status[test][3]]
        proofs.append(
            ModelProof(
                name,
                model.relation,
                built[3] if built else None,
                str(built[2]) if built else "",
                dict(sorted(own.items())),
                tested.failing(family[name], statuses),
                not (built and built[3]) or (bool(ran) and max(ran) >= built[3]),
                tested.known(family[name], statuses),
                bool(model.tests),
            )
        )
    return tuple(proofs)


def _files(entities: Sequence[str], door: Door) -> tuple[FileProof, ...]:
    if door.relations().find("files", "quality") is None:
        return ()
    rows = door.fetch(
        """
        select entity, uri, loaded_at, rows_landed, rows_rejected
        from quality.files
        where entity = any(%s) and status = 'loaded'
        order by entity, uri
        """,
        (list(entities),),
    )
    return tuple(FileProof(*row) for row in rows)


def _exclusions(entities: Sequence[str], door: Door) -> tuple[Exclusion, ...]:
    relations = door.relations()
    found: list[Exclusion] = []
    if relations.find("exclusions", "quality") and relations.find("rules", "quality"):
        rows = door.fetch(
            """
            select e.entity, e.rule, e.excluded, coalesce(r.meaning, '')
            from (
                select entity, rule, count(*) as excluded
                from quality.exclusions
                where entity = any(%s)
                group by 1, 2
            ) as e
            left join quality.rules as r on r.entity = e.entity and r.code = e.rule
            order by 1, 3 desc, 2
            """,
            (list(entities),),
        )
        found += [Exclusion(*row) for row in rows]
    if relations.find("rejects", "quality"):
        rows = door.fetch(
            """
            select entity, reason, sum(rows_count)::bigint
            from quality.rejects
            where entity = any(%s)
            group by 1, 2
            order by 1, 2
            """,
            (list(entities),),
        )
        found += [
            Exclusion(entity, reason, count, "The loader could not read it as a row.")
            for entity, reason, count in rows
        ]
    return tuple(found)


def _warnings(models: Sequence[ModelProof]) -> tuple[str, ...]:
    said = []
    for model in models:
        if model.failing:
            tests = ", ".join(model.failing)
            said.append(f"Tests behind {model.name} did not pass at the last build: {tests}.")
        if not model.has_tests:
            said.append(f"{model.name} has no tests: nothing but its inputs' guards what it holds.")
        elif not model.tested:
            said.append(f"{model.name} was built after its tests ran last: run `assay build`.")
        if model.build_status and model.build_status not in ("success", "pass"):
            said.append(f"{model.name} itself ended its last build with: {model.build_status}.")
    return tuple(said)
