"""`assay document`: descriptions for what has none, as a diff over the models' YAML.

Looks which models and columns say nothing, inherits or drafts a description for each, and puts them
into the files without touching another byte. A person's words and `doc()` are never replaced.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import yaml

from dbt_project import postgres, runner
from dbt_project.artifacts import Artifacts, Column, Model
from dbt_project.errors import BuildError, ServerError
from llm.answer import project_artifacts
from llm.documenting import draft, lineage, profile, prose, yaml_edit
from llm.documenting.draft import Draft
from llm.documenting.yaml_edit import Text
from llm.errors import DatabaseDownError, DocumentError, QueryError
from llm.settings import ModelSettings


@dataclass(frozen=True)
class Coverage:
    """How far a model is described.

    Attributes:
        columns, described: how many columns it has, and how many of them say something.
        missing: those that say nothing; "" stands for the model itself.
    """

    model: str
    path: str
    columns: int
    described: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A file as it is and as it would be; `before` is empty for a new file."""

    path: Path
    before: str
    after: str

    def diff(self, root: Path) -> str:
        """As a unified diff."""
        name = str(self.path.relative_to(root) if self.path.is_relative_to(root) else self.path)
        return "".join(
            difflib.unified_diff(
                self.before.splitlines(keepends=True),
                self.after.splitlines(keepends=True),
                f"a/{name}" if self.before else "/dev/null",
                f"b/{name}",
            )
        )


@dataclass(frozen=True)
class Documentation:
    """What is described, what would be, and what could not be.

    Attributes:
        rejected: model.column -> why a language model's sentence was not used.
        problems: what could not be documented and why, a line each.
    """

    coverage: tuple[Coverage, ...]
    drafts: tuple[Draft, ...]
    changes: tuple[Change, ...]
    rejected: dict[str, str]
    problems: tuple[str, ...]
    input_tokens: int
    output_tokens: int

    @property
    def complete(self) -> bool:
        """Whether nothing lacks a description."""
        return not any(one.missing for one in self.coverage)


def plan(
    artifacts: Artifacts,
    names: Sequence[str] = (),
    settings: ModelSettings | None = None,
    *,
    allow_values: bool = False,
    on_model: Callable[[str], None] | None = None,
) -> Documentation:
    """Draft what is missing; writes nothing.

    A model that is named, or not built yet, is described by what its SQL would give, so that one
    under a contract can be written, documented and built in this order.

    Args:
        artifacts: the project; see `project`.
        names: the models; empty for all.
        settings: a language model to word the drafts; None, or the planner, for none.
        allow_values: whether it may see stored values (never those of personal columns).
        on_model: told the name of each model that is drafted.

    Raises:
        DocumentError: there is no such model.
        ModelError: the language model failed.
        DatabaseDownError: no connection.
        QueryError: a relation cannot be read.
    """
    unknown = sorted(set(names) - artifacts.models.keys())
    if unknown:
        raise DocumentError(
            f"there is no model {', '.join(unknown)}",
            hint=f"There are: {', '.join(sorted(artifacts.models))}.",
        )
    root = postgres.project_root()
    with _connection() as connection:
        work = _Work(artifacts, root, connection)
        wanted = [m for m in work.ordered() if not names or m.name in names]
        problems = work.look_ahead(wanted, names)
        coverage = [work.coverage(model) for model in wanted]
        drafts: list[Draft] = []
        rejected: dict[str, str] = {}
        tokens = [0, 0]
        for model, missing in zip(wanted, (one.missing for one in coverage), strict=True):
            if not missing:
                continue
            if on_model:
                on_model(model.name)
            found = work.drafts(model, missing)
            if settings is not None and not settings.is_planner:
                better = prose.reword(
                    model, found, work.origins(model), work.profile(model), settings,
                    allow_values=allow_values,
                )  # fmt: skip
                found = list(better.drafts)
                rejected |= better.rejected
                tokens = [tokens[0] + better.input_tokens, tokens[1] + better.output_tokens]
            drafts += found
    changes, not_put_in = _changes(artifacts, root, drafts, work.types)
    return Documentation(
        coverage=tuple(sorted(coverage, key=lambda one: one.path)),
        drafts=tuple(drafts),
        changes=changes,
        rejected=rejected,
        problems=(*problems, *not_put_in),
        input_tokens=tokens[0],
        output_tokens=tokens[1],
    )


def project() -> Artifacts:
    """The project, read by dbt once more if there are models that it has not read.

    Raises:
        NotBuiltError: dbt has not built the project yet.
        DocumentError: dbt cannot read the project.
    """
    artifacts = project_artifacts()
    known = {model.path for model in artifacts.models.values()}
    root = postgres.project_root()
    if all(str(path.relative_to(root)) in known for path in (root / "models").rglob("*.sql")):
        return artifacts
    try:
        runner.parse()
    except BuildError as error:
        raise DocumentError(error.what, where=error.where, hint=error.hint) from error
    return project_artifacts()


def write(documentation: Documentation) -> tuple[Path, ...]:
    """Write the changes, each file in one step.

    Raises:
        DocumentError: a file was changed by somebody else meanwhile, or cannot be written.
    """
    for change in documentation.changes:
        if _read(change.path) != change.before:
            raise DocumentError(
                "the file was changed in the meantime; nothing was written",
                where=str(change.path),
                hint="Run `assay document` again.",
            )
    for change in documentation.changes:
        _replace(change.path, change.after)
    return tuple(change.path for change in documentation.changes)


class _Work:
    """What is known of the project while it is documented."""

    def __init__(self, artifacts: Artifacts, root: Path, connection: psycopg.Connection) -> None:
        self._artifacts = artifacts
        self._root = root
        self._connection = connection
        self._structure = profile.structure(connection)
        self._known = draft.known_descriptions(artifacts)
        self._compiled: dict[str, str] = {}
        self._lent: dict[str, dict[str, str]] = {}
        self._origins: dict[str, Mapping[str, lineage.Origin]] = {}
        self._profiles: dict[str, profile.Profile | None] = {}

    def ordered(self) -> list[Model]:
        """Models after those they are made from, so that descriptions are handed down."""
        models = self._artifacts.models.values()
        return sorted(models, key=lambda m: (len(self._artifacts.ancestors(m.name)), m.name))

    def look_ahead(self, models: Sequence[Model], named: Sequence[str]) -> list[str]:
        """Have Postgres say what models would hold that are not built, or may have been edited.

        Where it cannot, what is built counts; dbt compiles what it has not.

        Returns:
            What cannot be had and why, a line each.
        """
        unbuilt = {m.name for m in models if (m.schema, m.name) not in self._structure}
        ahead = [m for m in models if m.name in unbuilt or m.name in named]
        due = [m.name for m in ahead if m.name in unbuilt or not self._is_compiled(m)]
        try:
            self._compiled = runner.compiled(due) if due else {}
        except BuildError as error:
            return [f"{', '.join(due)}: cannot be compiled: {error.what}"]
        problems = []
        for model in ahead:
            try:
                self._lent[model.name] = profile.lend(
                    self._connection, model.name, self._sql(model)
                )
            except psycopg.Error as error:
                said = error.diag.message_primary or str(error).partition("\n")[0]
                if model.name in unbuilt:
                    problems.append(f"{model.name}: not built, and its SQL does not run: {said}")
        return problems

    def _is_compiled(self, model: Model) -> bool:
        """Whether dbt has compiled the model's file as it is now."""
        written = (self._root / model.path).stat().st_mtime
        compiled = self._artifacts.compiled_file(model.name)
        return compiled.exists() and compiled.stat().st_mtime >= written

    def types(self, model: Model) -> Mapping[str, str]:
        """Column -> type; empty where the model is neither built nor can be looked at."""
        built = self._structure.get((model.schema, model.name), {})
        return self._lent.get(model.name, built)

    def coverage(self, model: Model) -> Coverage:
        said = self._said(model)
        names = list(self.types(model)) or [
            column for name, column in said if name == model.name and column
        ]
        described = [name for name in names if said.get((model.name, name))]
        missing = [name for name in names if name not in described]
        if not said.get((model.name, "")):
            missing.insert(0, "")
        return Coverage(
            model.name, model.yaml_path or model.path, len(names), len(described), tuple(missing)
        )

    def drafts(self, model: Model, missing: Sequence[str]) -> list[Draft]:
        found = []
        for name in missing:
            one = (
                draft.column_draft(
                    model, name, self.origins(model).get(name), self._known, self.profile(model)
                )
                if name
                else draft.model_draft(
                    model, self._artifacts, self._rows(model), self.profile(model)
                )
            )
            if name:
                self._known[(model.schema, model.name), name] = one.text
            found.append(one)
        return found

    def origins(self, model: Model) -> Mapping[str, lineage.Origin]:
        if model.name not in self._origins:
            self._origins[model.name] = lineage.origins(self._sql(model), self._structure)
        return self._origins[model.name]

    def _rows(self, model: Model) -> lineage.Rows:
        return lineage.rows(self._sql(model), self._structure)

    def _sql(self, model: Model) -> str:
        return self._compiled.get(model.name) or self._artifacts.compiled_sql(model.name)

    def profile(self, model: Model) -> profile.Profile | None:
        if model.name not in self._profiles:
            types = self.types(model)
            schema = profile.LENT if model.name in self._lent else model.schema
            self._profiles[model.name] = (
                profile.take(self._connection, (schema, model.name), types, self._meta(model))
                if types
                else None
            )
        return self._profiles[model.name]

    def _meta(self, model: Model) -> list[Column]:
        """The columns with the `meta` of what they are handed on from, where they have none."""
        own = {column.name: column for column in model.columns}
        found = []
        for name, origin in self.origins(model).items():
            column = own.get(name, Column(name, "", None))
            upstream = origin.column
            if "pii" not in column.meta and upstream is not None:
                above = {c.name: c for c in self._artifacts.relations.get(upstream[0], ())}
                if above.get(upstream[1]) and "pii" in above[upstream[1]].meta:
                    column = Column(name, "", None, above[upstream[1]].meta)
            found.append(column)
        return found or list(model.columns)

    def _said(self, model: Model) -> dict[tuple[str, str], str]:
        if not model.yaml_path:
            return {}
        path = self._root / model.yaml_path
        return yaml_edit.described(_read(path), model.yaml_path)


def _changes(
    artifacts: Artifacts,
    root: Path,
    drafts: Sequence[Draft],
    types: Callable[[Model], Mapping[str, str]],
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    by_path: dict[Path, list[Draft]] = {}

    def text(one: Draft) -> Text:
        model = artifacts.models[one.model]
        data_type = types(model).get(one.column, "") if model.has_contract else ""
        return Text(one.model, one.column, one.text, data_type)

    for one in drafts:
        model = artifacts.models[one.model]
        name = model.yaml_path or str(Path(model.path).with_suffix(".yml"))
        by_path.setdefault(root / name, []).append(one)
    changes, problems = [], []
    for path, members in by_path.items():
        before = _read(path)
        if not before:
            after = yaml_edit.new_file(members[0].model, [text(one) for one in members])
        else:
            after, told = _edited(before, [text(one) for one in members], path)
            problems += told
        if after != before:
            changes.append(Change(path, before, after))
    return tuple(changes), tuple(problems)


def _edited(before: str, members: Sequence[Text], path: Path) -> tuple[str, list[str]]:
    try:
        after = yaml_edit.with_descriptions(before, members, str(path))
        _verify(before, after, members)
    except DocumentError as error:
        if len(members) == 1:
            return before, [error.advice]
    else:
        return after, []
    # One by one: what cannot be put in must not keep the others out.
    problems = []
    for one in members:
        before, told = _edited(before, [one], path)
        problems += told
    return before, problems


def _verify(before: str, after: str, members: Sequence[Text]) -> None:
    """The file says what it said, and these descriptions besides.

    Raises:
        DocumentError: it would say something else.
    """
    was, now = yaml_edit.described(before, ""), yaml_edit.described(after, "")
    added = {(one.model, one.column): one.text for one in members}
    if now != was | added or _rest(before, frozenset()) != _rest(after, added.keys() - was.keys()):
        raise DocumentError(
            f"{', '.join(f'{m.model}.{m.column}' for m in members)} cannot be described "
            "without changing something else",
            hint="Is the file written in an unusual way?",
        )


def _rest(text: str, added: Set[tuple[str, str]]) -> object:
    """What the file says besides descriptions of models and columns, and columns just added."""
    document = yaml.safe_load(text)
    models = []
    for model in document.get("models") or []:
        columns = [
            {key: value for key, value in column.items() if key != "description"}
            for column in model.get("columns") or []
            if (model.get("name"), column.get("name")) not in added
        ]
        rest = {key: value for key, value in model.items() if key not in ("description", "columns")}
        models.append((rest, columns))
    return {**document, "models": models}


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"cannot be read: {error}", where=str(path)) from error


def _replace(path: Path, text: str) -> None:
    try:
        mode = path.stat().st_mode if path.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8"))
        Path(name).chmod(mode & 0o777)
        Path(name).replace(path)
    except OSError as error:
        raise DocumentError(f"cannot be written: {error}", where=str(path)) from error


@contextmanager
def _connection() -> Iterator[psycopg.Connection]:
    try:
        with postgres.connect(autocommit=True, application_name="assay document") as connection:
            yield connection
    except ServerError as error:
        raise DatabaseDownError(error.what, where=error.where, hint=error.hint) from error
    except psycopg.OperationalError as error:
        raise DatabaseDownError(str(error).partition("\n")[0], hint="Is the server up?") from error
    except psycopg.Error as error:
        raise QueryError(
            error.diag.message_primary or str(error).partition("\n")[0], where="assay document"
        ) from error
