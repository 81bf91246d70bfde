"""Does anything notice when a line of the models is broken? The share of lines that is noticed.

    python tests/benchmarks/mutation.py [--only WORD] [--write] [--kept FILE] [--minutes 7]

Each line of `mutations.yml` is broken by itself, in a copy of the project and of a small shop's
built database. Asked are, in turn: the macros' own tests; `dbt build` of what the change touches
and all behind it, with its unit tests and data tests; the answer key of the shop; the columns that
tests work out by hand; the pytest files that the mutation names. What nobody notices is listed:
those are the tests still to write. With `--kept`, outcomes are added to a file, and what is in it
is not broken again: a run can be had in pieces of `--minutes`. Ends with 1 if fewer than 95 % are
noticed, and with a message if a line to break is no longer there. Starts a server of its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from io import StringIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

import yaml
from workbench import BAD, ROOT, Workbench, load_shop, put_between_markers, workbench

T = TypeVar("T")

PAGE = ROOT / "docs" / "cleaning.md"
COPIED = (
    "dbt_project.yml", "profiles.yml", "pyproject.toml", "assay.py",
    "models", "macros", "seeds", "tests", "dbt_project", "extract", "llm",
)  # fmt: skip
WHOLE, SHOP = "whole", "shop"
SCALE, SEED = 0.1, 5
FLOOR = 0.95
# What tells quickly: nothing has to be built for these.
QUICK = (
    "state:modified,path:tests/dbt/macros",
    "state:modified,path:tests/dbt/context",
    "state:modified,path:tests/dbt/cleaning",
)
# Changes that break nothing: whoever notices them is no witness.
CONTROLS = {
    "models/staging/shop/stg_shop__orders.sql": "\n-- the end\n",
    "macros/cleaning/times.sql": "{% macro of_no_use() %}{% endmacro %}",
}
WITNESSES = (
    "tests of macros", "build", "answer key", "columns by hand", "pytest", "nobody",
)  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """One line to break.

    Attributes:
        what: what is broken, in words.
        file: from the root.
        old: text that stands in the file once.
        new: what to put in its place.
        pytest: files to ask when dbt notices nothing, parted by spaces.
    """

    what: str
    file: str
    old: str
    new: str
    pytest: str = ""


@dataclass(frozen=True)
class Outcome:
    """Who noticed first, of the witnesses, and what was said."""

    mutation: Mutation
    noticed_by: str
    said: str
    seconds: float


def main() -> int:
    """Break each line, say who notices, and leave with 1 if fewer than 95 % are noticed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[""], help="break only what has these words")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    parser.add_argument("--kept", type=Path, help="outcomes of this and of earlier pieces of a run")
    parser.add_argument("--minutes", type=float, default=1e9, help="break no further line after")
    options = parser.parse_args()
    listed = yaml.safe_load((Path(__file__).parent / "mutations.yml").read_text())
    mutations = [
        m
        for m in (Mutation(**each) for each in listed)
        if any(word in str(m) for word in options.only)
    ]
    check_places(mutations)
    outcomes = kept_outcomes(options.kept, mutations)
    known = {each.mutation for each in outcomes}
    left = [each for each in mutations if each not in known]
    if left:
        outcomes += asked(left, options.kept, time.monotonic() + 60 * options.minutes)
    if len(outcomes) < len(mutations):
        print(f"{len(mutations) - len(outcomes)} of {len(mutations)} lines are left to break")
        return 0
    print(table(outcomes))
    if options.write:
        put_between_markers(PAGE, "mutations", table(outcomes))
    return int(share(outcomes) < FLOOR)


def kept_outcomes(kept: Path | None, mutations: list[Mutation]) -> list[Outcome]:
    """What earlier pieces of the run found out about these lines, as they are now."""
    if kept is None or not kept.exists():
        return []
    read = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    found = [Outcome(**{**each, "mutation": Mutation(**each["mutation"])}) for each in read]
    return [each for each in found if each.mutation in mutations]


def asked(mutations: list[Mutation], kept: Path | None, until: float) -> list[Outcome]:
    """Break one line after the other, until a time of the monotonic clock; keep each outcome."""
    outcomes = []
    with workbench() as bench:
        project = copy_project(bench.folder)
        data = build_shop(bench, project)
        for mutation in mutations:
            if time.monotonic() > until:
                break
            last = outcome(bench, project, data, mutation)
            outcomes.append(last)
            print(
                f"{last.noticed_by:>20}  {last.seconds:5.1f} s  {mutation.what}  [{last.said}]",
                file=sys.stderr, flush=True,
            )  # fmt: skip
            if kept:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(last)) + "\n")
    return outcomes


def check_places(mutations: list[Mutation]) -> None:
    """A line that has changed since must not pass for noticed: end with what to mend."""
    lost = []
    for each in mutations:
        times = (ROOT / each.file).read_text().count(each.old)
        if times != 1 or each.old == each.new:
            lost.append(f"{each.what}: {each.file} has {times} times {each.old!r}")
    if lost:
        sys.exit("mend tests/benchmarks/mutations.yml:\n" + "\n".join(lost))


def copy_project(folder: Path) -> Path:
    """The tree to break lines in."""
    project = folder / "project"
    project.mkdir()
    for name in COPIED:
        source, target = ROOT / name, project / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return project


def build_shop(bench: Workbench, project: Path) -> Path:
    """Load and build the shop with nothing broken; the folder of its data."""
    bench.create(SHOP)
    data = load_shop(SCALE, SEED, bench.folder)
    said = in_child(lambda: Dbt(project)("build", "--full-refresh"))
    if said:
        sys.exit(f"nothing is broken, and still: {said}")
    shutil.move(os.environ["DBT_TARGET_PATH"], bench.folder / "state")
    # The copies have the first one's name: dbt would read the whole project again for another.
    bench.rename(SHOP, WHOLE)
    for file, change in CONTROLS.items():
        old = (project / file).read_text()
        control = outcome(bench, project, data, Mutation("nothing", file, old, old + change))
        if control.noticed_by != "nobody":
            sys.exit(f"nothing is broken, and still: {control}")
    return data


def outcome(bench: Workbench, project: Path, data: Path, mutation: Mutation) -> Outcome:
    """Break the line and ask the witnesses one after the other."""
    started = time.monotonic()
    bench.copy(WHOLE, SHOP)
    target, state = Path(os.environ["DBT_TARGET_PATH"]), str(bench.folder / "state")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    shutil.copy(Path(state) / "partial_parse.msgpack", target)
    against = ("--state", state)
    build = ("build", "--full-refresh", "--fail-fast", "--select", "state:modified+")
    steps: list[tuple[str, Callable[[Dbt], str]]] = [
        (WITNESSES[0], lambda dbt: dbt("test", "--fail-fast", "--select", *QUICK, *against)),
        (WITNESSES[1], lambda dbt: dbt(*build, *against)),
        (WITNESSES[2], lambda _: _evaluation(data)),
        (WITNESSES[3], lambda _: _by_hand()),
    ]
    if mutation.pytest:
        steps.append((WITNESSES[4], lambda _: _pytest(project, mutation.pytest)))
    with broken(project, mutation):
        noticed_by, said = in_child(lambda: _first_to_notice(project, steps)) or ("nobody", "")
    return Outcome(mutation, noticed_by, said, time.monotonic() - started)


@contextmanager
def broken(project: Path, mutation: Mutation) -> Iterator[None]:
    """The copy with the line broken."""
    path = project / mutation.file
    whole = path.read_text()
    path.write_text(whole.replace(mutation.old, mutation.new))
    try:
        yield
    finally:
        path.write_text(whole)


def in_child(ask: Callable[[], T]) -> T:
    """Ask in a forked process: dbt is imported once, and keeps nothing from one run to the next."""
    import dbt.cli.main  # noqa: F401 - imported here so that every child has it already

    def run(sender: Connection) -> None:
        sender.send(ask())

    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=run, args=(sender,))
    child.start()
    sender.close()
    try:
        return receiver.recv()  # type: ignore[no-any-return]
    except EOFError:
        sys.exit("the process that asks dbt died")
    finally:
        child.join()


def _first_to_notice(
    project: Path, steps: list[tuple[str, Callable[[Dbt], str]]]
) -> tuple[str, str] | None:
    try:
        dbt = Dbt(project)
    except ProjectUnreadable as error:
        return WITNESSES[1], str(error)
    for witness, ask in steps:
        said = ask(dbt)
        if said:
            return witness, said
    return None


class ProjectUnreadable(Exception):
    """dbt cannot make a manifest of the project."""


class Dbt:
    """dbt on a project that is read once, for several commands."""

    def __init__(self, project: Path) -> None:
        from dbt.cli.main import dbtRunner

        from dbt_project import postgres

        os.chdir(project)
        postgres.export_settings()
        self.places = ("--project-dir", str(project), "--profiles-dir", str(project), "--quiet")
        with redirect_stdout(StringIO()):
            parsed = dbtRunner().invoke(["parse", *self.places])
        if parsed.exception is not None:
            raise ProjectUnreadable(str(parsed.exception)[:300])
        self.runner = dbtRunner(manifest=parsed.result)

    def __call__(self, *arguments: str) -> str:
        """What did not end well, or nothing. Warnings count: on the sample data there are none."""
        with redirect_stdout(StringIO()):
            outcome = self.runner.invoke([*arguments, *self.places])
        if outcome.exception is not None:
            return str(outcome.exception)[:300]
        bad = [r for r in outcome.result.results if str(r.status) in BAD]
        # A line that breaks so that Postgres refuses it says why: that is no feat of the tests.
        errors = [f"{r.node.name}: {r.message}"[:300] for r in bad if "error" in str(r.status)]
        return "; ".join(errors[:2]) or ", ".join(sorted(r.node.name for r in bad)[:3])


def _evaluation(data: Path) -> str:
    """The rules and anomalies that are found less well than with nothing broken, or nothing.

    A small shop's anomalies are not all above chance: only what is found wrongly counts of them.
    """
    from dbt_project.evaluate_cleaning import evaluate

    report = evaluate(data)
    bad = [*report.below(0.99, 0.0), *(s for s in report.anomalies if s.wrong)]
    return ", ".join(f"{score.entity} {score.name}" for score in bad[:3])


def _by_hand() -> str:
    """The queries of `tests/dbt_project/test_marts_by_hand.py` that find a difference."""
    from dbt_project import postgres
    from tests.dbt_project.marts_by_hand import QUERIES, prepare

    differ = []
    with postgres.connect() as connection:
        prepare(connection)
        for what, (differing, _) in QUERIES.items():
            if connection.execute(differing.encode()).fetchone():
                differ.append(what)
    return ", ".join(differ[:3])


def _pytest(project: Path, files: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "DBT_", "ASSAY_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", *files.split()],
        cwd=project, env=kept, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return ""
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0][:120] if failed else done.stdout[-200:]


def share(outcomes: list[Outcome]) -> float:
    """The share of broken lines that somebody noticed."""
    return sum(o.noticed_by != "nobody" for o in outcomes) / len(outcomes)


def table(outcomes: list[Outcome]) -> str:
    """The outcomes as Markdown."""
    noticed = sum(o.noticed_by != "nobody" for o in outcomes)
    lines = [
        f"{noticed} of {len(outcomes)} broken lines were noticed ({share(outcomes):.1%}).",
        "",
        "| noticed first by | broken lines |",
        "| --- | ---: |",
    ]
    lines += [f"| {w} | {sum(o.noticed_by == w for o in outcomes)} |" for w in WITNESSES]
    survivors = [o.mutation for o in outcomes if o.noticed_by == "nobody"]
    if survivors:
        lines += ["", "Noticed by nobody:", ""]
        lines += [f"- {each.what} (`{each.file}`)" for each in survivors]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
