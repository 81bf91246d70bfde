"""dbt in this process: any of its commands, and a build with progress and a summary as a value.

`dbt build` from a shell does the same work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from dbt_project import postgres
from dbt_project.errors import BuildError

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
    """

    name: str
    kind: str
    status: str
    rows: int | None
    message: str
    path: str


@dataclass(frozen=True)
class BuildSummary:
    """What a build did.

    Attributes:
        counts: nodes by kind and status, such as `{"model": {"success": 40}}`.
        seconds: wall time, dbt's start included.
    """

    success: bool
    counts: dict[str, dict[str, int]]
    failures: tuple[Failure, ...]
    seconds: float
    arguments: tuple[str, ...] = field(default=())


def build(arguments: Sequence[str] = (), *, progress: Progress | None = None) -> BuildSummary:
    """Run `dbt build`.

    Args:
        arguments: further arguments, as on dbt's command line.
        progress: told of each node as it ends.

    Raises:
        BuildError: dbt could not run at all (a model that fails is in the summary instead).
    """
    started = time.monotonic()
    result = invoke(["build", *arguments], progress=progress)
    counts: dict[str, dict[str, int]] = {}
    failures = []
    for each in result.results:
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
                )
            )
    bad = any(failure.status != "warn" for failure in failures)
    return BuildSummary(
        not bad, counts, tuple(failures), time.monotonic() - started, tuple(arguments)
    )


def invoke(arguments: Sequence[str], *, progress: Progress | None = None) -> Any:
    """Run any dbt command in this process and return dbt's own result.

    Raises:
        BuildError: dbt refused the command or could not read the project.
    """
    from dbt.cli.main import dbtRunner

    postgres.export_settings()
    root = str(postgres.project_root())
    runner = dbtRunner(callbacks=[_Watcher(progress)] if progress else [])
    places = ["--project-dir", root, "--profiles-dir", root]
    # dbt writes its log lines to standard output, which belongs to our own results.
    with redirect_stdout(StringIO()):
        outcome = runner.invoke([*arguments, *places, "--quiet"])
    if outcome.exception is not None:
        raise BuildError(
            _plain(outcome.exception),
            where=f"dbt {' '.join(arguments)}",
            hint="`dbt debug` checks the project; logs/dbt.log has the details",
        )
    return outcome.result


class _Watcher:
    """Counts nodes from dbt's events."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.done = 0
        self.total = 0

    def __call__(self, event: Any) -> None:
        if event.info.name == "LogStartLine":
            self.total = max(self.total, event.data.total)
        elif event.info.name == "NodeFinished":
            self.done += 1
            self.progress(self.done, max(self.total, self.done), event.data.node_info.node_name)


def _plain(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:6]) or type(error).__name__
