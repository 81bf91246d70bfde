"""dbt in this process: any of its commands, and a build with progress and a summary as a value.

`dbt build` from a shell does the same work.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from dbt_project import artifacts, changed, postgres, together
from dbt_project.errors import BuildError

DUE, IDLE = "due", "idle"
"""Tags of the nodes that a run is of, and of the others; in memory only."""

Progress = Callable[[int, int, str], None]
"""Called with nodes done, nodes in all, and the name of the node that ended last."""


@dataclass(frozen=True)
class Failure:
    """A node that did not end well.

    Attributes:
        kind: dbt's resource type, such as `model` or `test`.
        status: dbt's status: `error`, `fail`, `warn` or `skipped`.
        rows: how many rows a test found, where it is a test.
        path: the node's file, relative to the project's root.
        hint: what to do next, where that is known.
    """

    name: str
    kind: str
    status: str
    rows: int | None
    message: str
    path: str
    hint: str = ""


@dataclass(frozen=True)
class BuildSummary:
    """What a build did.

    Attributes:
        counts: nodes by kind and status, such as `{"model": {"success": 40}}`; those that did not
            have to run are `unchanged`.
        seconds: wall time, dbt's start included.
    """

    success: bool
    counts: dict[str, dict[str, int]]
    failures: tuple[Failure, ...]
    seconds: float
    arguments: tuple[str, ...] = field(default=())


def build(
    arguments: Sequence[str] = (), *, progress: Progress | None = None, everything: bool = False
) -> BuildSummary:
    """Run `dbt build` of what has changed since it last went well.

    Args:
        arguments: further arguments, as on dbt's command line; with any, dbt does what they say.
        progress: told of each node as it ends.
        everything: also what has not changed.

    Raises:
        BuildError: dbt could not run at all (a model that fails is in the summary instead).
    """
    started = time.monotonic()
    if arguments:
        results: list[Any] = invoke(["build", *arguments], progress=progress).results
        unchanged: dict[str, int] = {}
    else:
        results, unchanged = _build_changed(progress, everything)
    return _summary(results, unchanged, time.monotonic() - started, arguments)


def check(*, progress: Progress | None = None) -> BuildSummary:
    """Run all tests there are, unit tests too, and build nothing.

    Args:
        progress: told of each node as it ends.

    Raises:
        BuildError: dbt could not run at all (a test that fails is in the summary instead).
    """
    started = time.monotonic()
    manifest = parse()
    tests = {name for name, node in manifest.nodes.items() if node.resource_type.value == "test"}
    runs = _run(manifest, "test", tests | set(manifest.unit_tests), progress=progress)
    results = [result for run in runs for result in run.results]
    return _summary(results, {}, time.monotonic() - started, ())


def _summary(
    results: Sequence[Any], unchanged: dict[str, int], seconds: float, arguments: Sequence[str]
) -> BuildSummary:
    counts: dict[str, dict[str, int]] = {
        kind: {"unchanged": count} for kind, count in unchanged.items()
    }
    failures = []
    for each in results:
        kind, status = str(each.node.resource_type), str(each.status)
        of_kind = counts.setdefault(kind, {})
        of_kind[status] = of_kind.get(status, 0) + 1
        if status in {"error", "fail", "warn", "runtime error"}:
            failures.append(
                Failure(
                    name=each.node.name,
                    kind=kind,
                    status=status,
                    rows=each.failures,
                    message=(each.message or "").strip(),
                    path=each.node.original_file_path,
                    hint=_hint(each.node.name, each.message or ""),
                )
            )
    bad = any(failure.status != "warn" for failure in failures)
    return BuildSummary(not bad, counts, tuple(failures), seconds, tuple(arguments))


def _hint(name: str, message: str) -> str:
    if "enforced contract, and its 'columns' specification is missing" in message:
        return f"`assay document {name}` writes its columns and their types"
    if "enforced contract" in message and "missing in contract" in message:
        return f"`assay document {name}` adds the columns that are missing"
    return ""


def _build_changed(progress: Progress | None, everything: bool) -> tuple[list[Any], dict[str, int]]:
    """The results of the nodes that had to run, and how many of each kind had not."""
    manifest = parse()
    plan = changed.plan(manifest)
    if not everything and not plan.needed:
        return [], plan.unchanged
    if not everything:
        changed.narrow(manifest, plan)
    nodes = frozenset(plan.inputs) if everything else plan.needed
    options = ["--full-refresh"] if plan.full_refresh else []
    runs = _run(manifest, "build", nodes, options, progress)
    for run in runs:
        changed.remember(plan, run.results, run.invocation)
    results = [result for run in runs for result in run.results]
    return results, {} if everything else plan.unchanged


@dataclass(frozen=True)
class _Run:
    """One invocation of dbt: its id and its results, each of one node of the project."""

    invocation: str
    results: list[Any]


def _run(
    manifest: Any,
    command: str,
    nodes: Collection[str],
    options: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[_Run]:
    """Have dbt run these nodes, tests that read the same tables together."""
    groups = together.group(manifest, nodes)
    outcome, run = _run_marked(manifest, [command, *options], groups.due(nodes), progress)
    runs = [_Run(run.invocation, groups.settled(manifest, run.results))]
    together.record(groups, runs[0].results, run.invocation)
    if unsettled := groups.unsettled(run.results):
        for name in groups.members:
            del manifest.nodes[name]
        runs.append(_run_marked(manifest, ["test"], unsettled, progress)[1])
    if hasattr(outcome, "write"):
        outcome.results = [result for each in runs for result in each.results]
        outcome.write(str(artifacts.target_folder() / "run_results.json"))
    return runs


def _run_marked(
    manifest: Any, command: Sequence[str], nodes: Collection[str], progress: Progress | None
) -> tuple[Any, _Run]:
    """Mark the nodes by a tag: to name hundreds has dbt compare each name with each node."""
    from dbt_common.invocation import get_invocation_id

    for name, node in {**manifest.nodes, **manifest.unit_tests}.items():
        marked = [tag for tag in node.tags if tag not in {DUE, IDLE}]
        node.config.tags = [*marked, DUE if name in nodes else IDLE]
        if name not in manifest.unit_tests:  # whose tags are those of their config
            node.tags = node.config.tags
    # Without `empty`, a model that is chosen would bring its tests, needed or not; its unit
    # tests it brings all the same. dbt's JSON files would show the marks and the groups.
    selection = ["--indirect-selection", "empty", "--select", f"tag:{DUE}", "--exclude"]
    arguments = [*command, *selection, f"tag:{IDLE}", "--no-write-json"]
    outcome = invoke(arguments, progress=progress, manifest=manifest)
    return outcome, _Run(get_invocation_id(), list(outcome.results))


def document() -> None:
    """Write dbt's documentation site; each test's page says what a failure means and who acts.

    Raises:
        BuildError: dbt could not read the project, or could not describe the database.
    """
    manifest = parse()
    for node in manifest.nodes.values():
        meta = node.config.meta
        # The site shows the `meta` of models and metrics, but of a test its description only.
        if node.resource_type.value == "test" and not node.description:
            means, who = meta.get("failure_means", ""), meta.get("who_acts", "nobody in particular")
            node.description = f"{means}\n\n**Who acts:** {who}."
    invoke(["docs", "generate"], manifest=manifest)


def parse() -> Any:
    """The project's manifest; its JSON is written again only where something in it has changed.

    Raises:
        BuildError: dbt could not read the project.
    """
    from dbt.parser.manifest import write_manifest

    manifest = invoke(["parse", "--no-write-json"])
    target = artifacts.target_folder()
    # dbt leaves its own copy, of which the JSON is made, alone where no file has changed.
    read = target / "partial_parse.msgpack"
    written = [target / "manifest.json", target / "semantic_manifest.json"]
    if not all(path.exists() and path.stat().st_mtime >= read.stat().st_mtime for path in written):
        write_manifest(manifest, str(target))
    return manifest


def compiled(models: Sequence[str]) -> dict[str, str]:
    """The SQL of all rows of models, compiled now, by name.

    Raises:
        BuildError: dbt could not read the project, or could not compile one of them.
    """
    outcome = invoke(["compile", "--no-write-json", "--select", *models])
    for each in outcome.results:
        if each.message and str(each.status) == "error":
            raise BuildError(each.message.strip(), where=each.node.original_file_path)
    return {each.node.name: each.node.compiled_code or "" for each in outcome.results}


def invoke(
    arguments: Sequence[str], *, progress: Progress | None = None, manifest: Any = None
) -> Any:
    """Run any dbt command in this process and return dbt's own result.

    Args:
        arguments: as on dbt's command line.
        progress: told of each node as it ends.
        manifest: the parsed project, where there is one already.

    Raises:
        BuildError: dbt refused the command or could not read the project.
    """
    from dbt.cli.main import dbtRunner

    postgres.export_settings()
    root = str(postgres.project_root())
    said = _Complaints()
    watchers = [said, _Watcher(progress)] if progress else [said]
    runner = dbtRunner(manifest=manifest, callbacks=watchers)
    places = ["--project-dir", root, "--profiles-dir", root]
    # Standard output belongs to our own results; the log file has all.
    with redirect_stdout(StringIO()), _garbage_less_often():
        outcome = runner.invoke([*arguments, *places, "--log-level", "none"])
    if outcome.exception is not None:
        raise BuildError(
            said.before(_plain(outcome.exception)),
            where=f"dbt {_shortened(arguments)}",
            hint="`assay status` checks the server; logs/dbt.log has the details",
        )
    return outcome.result


@contextmanager
def _garbage_less_often() -> Iterator[None]:
    """dbt makes a million objects that stay; to look through them again and again took its time."""
    before = gc.get_threshold()
    gc.set_threshold(20_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Complaints:
    """Gathers the errors that dbt tells of; its exception may say only that there were some."""

    most = 3

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, event: Any) -> None:
        if event.info.level == "error":
            self.texts.append(" ".join(event.info.msg.split()))

    def before(self, ending: str) -> str:
        """The first of them, and how dbt ended; without what that says already."""
        texts = [text.removeprefix("Encountered an error: ") for text in self.texts]
        new = [text for text in dict.fromkeys(texts) if text[:80] not in ending]
        more = len(new) - self.most
        told = [*new[: self.most], *([f"and {more} more"] if more > 0 else [])]
        return "\n".join([*told, ending])


class _Watcher:
    """Counts nodes from dbt's events, which come from several threads."""

    def __init__(self, progress: Progress) -> None:
        self.lock = threading.Lock()
        self.progress = progress
        self.done = 0
        self.total = 0
        self.twice = 0

    def __call__(self, event: Any) -> None:
        if event.info.name == "LogStartLine":
            self.total = max(self.total, event.data.total)
        elif event.info.name == "NodeFinished":
            with self.lock:
                node = event.data.node_info
                self.done += 1
                self.twice += node.resource_type == "unit_test"  # In dbt's total they count twice.
                self.progress(self.done, max(self.total - self.twice, self.done), node.node_name)


def _shortened(arguments: Sequence[str], most: int = 8) -> str:
    """The command as a person would want to see it: a selection may name hundreds of nodes."""
    more = len(arguments) - most
    return " ".join(arguments[:most]) + (f" ... and {more} more" if more > 0 else "")


def _plain(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:6]) or type(error).__name__
