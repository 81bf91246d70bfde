"""Question sets and how well they are answered: right only if the result set is the expected one.

A set is a YAML file of questions, each in many wordings, with the expected result as hand-written
SQL, or the expected refusal. A run is kept in `$ASSAY_HOME/evaluations.jsonl`, one line each, so
that the next can be compared with it.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from dbt_project import postgres
from llm.answer import ask
from llm.database import Door
from llm.errors import DatabaseDownError, LlmError, ModelUnavailableError, SettingsError
from llm.settings import model_settings

RELATIVE = 1e-6
SETS = ("dev", "business", "fresh", "test")
KINDS = {"answer": "answered", "clarify": "clarify", "decline": "declined"}
Row = Sequence[Any]


@dataclass(frozen=True)
class Question:
    """One wording of one question.

    Attributes:
        id: unique in its set: the question's, and the wording's number.
        after: the questions before it, when it leans on them.
        kind: what is expected: answer, clarify or decline.
        ordered: rows are compared in sequence.
        contains: the answer may have more columns than the expected result.
        sql: the expected result; empty unless it is to be answered.
    """

    id: str
    question: str
    kind: str
    category: str
    after: tuple[str, ...] = ()
    ordered: bool = False
    contains: bool = False
    sql: str = ""


@dataclass(frozen=True)
class Verdict:
    """How one question went.

    Attributes:
        got: answered, clarify, declined, or error.
        note: what was said or went wrong, when it is not right.
    """

    id: str
    question: str
    category: str
    expected: str
    got: str
    right: bool
    seconds: float
    input_tokens: int
    output_tokens: int
    note: str = ""

    @property
    def misled(self) -> bool:
        """Answered, and not what was asked: the worst that can happen."""
        return self.got == "answered" and not self.right


@dataclass(frozen=True)
class Report:
    """One run of one set against one driver."""

    set_name: str
    model: str
    at: str
    verdicts: tuple[Verdict, ...]

    @cached_property
    def accuracy(self) -> float:
        """Part of the questions that went as expected."""
        return _part(self.verdicts, lambda one: one.right)

    @cached_property
    def categories(self) -> dict[str, tuple[int, int]]:
        """Category -> (right, of how many), as the set orders them."""
        found: dict[str, tuple[int, int]] = {}
        for one in self.verdicts:
            right, count = found.get(one.category, (0, 0))
            found[one.category] = (right + one.right, count + 1)
        return found

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The run's figures: what the history keeps and the page shows."""
        to_answer = [one for one in self.verdicts if one.expected == "answered"]
        to_refuse = [one for one in self.verdicts if one.expected != "answered"]
        refused = [one for one in self.verdicts if one.got in ("clarify", "declined")]
        seconds = sorted(one.seconds for one in self.verdicts)
        return {
            "questions": len(self.verdicts),
            "accuracy": round(self.accuracy, 4),
            "answered_right": round(_part(to_answer, lambda one: one.right), 4),
            "misled": sum(one.misled for one in self.verdicts),
            "errors": sum(one.got == "error" for one in self.verdicts),
            # Of those to refuse, how many were; of those refused, how many had to be.
            "refusal_recall": round(_part(to_refuse, lambda one: one in refused), 4),
            "refusal_precision": round(_part(refused, lambda one: one.expected != "answered"), 4),
            "seconds_p50": round(_percentile(seconds, 0.5), 4),
            "seconds_p95": round(_percentile(seconds, 0.95), 4),
            "input_tokens": sum(one.input_tokens for one in self.verdicts),
            "output_tokens": sum(one.output_tokens for one in self.verdicts),
        }


def load(name: str) -> tuple[str, list[Question]]:
    """The questions of a set (one of SETS, or a YAML file), and what it is called.

    Raises:
        SettingsError: there is no such set, or it cannot be read.
    """
    path = Path(name)
    if name in SETS:
        path = postgres.project_root() / "tests" / "data" / f"questions_{name}.yml"
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        questions = [one for entry in entries for one in _questions(entry)]
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"the question set cannot be read: {type(error).__name__}: {error}".splitlines()[0],
            where=str(path),
            hint='Use --set dev, business, fresh, test or a YAML file; see "Question sets" in '
            "docs/evaluation.md.",
        ) from error
    return path.stem.removeprefix("questions_"), questions


def _questions(entry: dict[str, Any]) -> Iterable[Question]:
    wordings = entry.get("ask") or [entry["question"]]
    kind, sql = entry["kind"], entry.get("sql", "")
    if kind not in KINDS or bool(sql) != (kind == "answer"):
        raise KeyError(f"{entry['id']}: an answer needs sql, clarify and decline have none")
    for number, wording in enumerate(wordings, 1):
        yield Question(
            id=entry["id"] if len(wordings) == 1 else f"{entry['id']}/{number}",
            question=str(wording),
            kind=kind,
            category=entry["category"],
            after=tuple(entry.get("after", ())),
            ordered=bool(entry.get("ordered")),
            contains=bool(entry.get("contains")),
            sql=sql,
        )


def run(
    name: str = "dev",
    *,
    model: str | None = None,
    on_verdict: Callable[[Verdict], None] | None = None,
) -> Report:
    """Ask every question of a set and judge the answers; the run is added to the history.

    Raises:
        SettingsError: the set or the model's settings cannot be used.
        DatabaseDownError, ModelUnavailableError: going on would measure nothing.
    """
    set_name, questions = load(name)
    verdicts = []
    with Door() as door:
        ask(questions[0].question, model=model)  # imports and the catalogue are not measured
        for question in questions:
            verdicts.append(judge(question, door, model=model))
            if on_verdict:
                on_verdict(verdicts[-1])
    at = datetime.now(UTC).isoformat(timespec="seconds")
    report = Report(set_name, model_settings(model).name, at, tuple(verdicts))
    _remember(report)
    return report


def judge(question: Question, door: Door, *, model: str | None = None) -> Verdict:
    """Ask one question and compare the answer with what was expected."""
    started = time.perf_counter()
    tokens = (0, 0)
    try:
        answer = ask(question.question, model=model, previous=question.after)
        seconds, tokens = answer.seconds, (answer.input_tokens, answer.output_tokens)
        got, note = str(answer.kind), answer.text
        right = got == KINDS[question.kind]
        if right and question.sql:
            expected = door.fetch(question.sql)
            right = same_result(
                expected, answer.rows, ordered=question.ordered, contains=question.contains
            )
            note = f"expected {expected[:3]}, got {answer.rows[:3]}"
    except (DatabaseDownError, ModelUnavailableError):
        raise
    except LlmError as error:
        seconds, got, right, note = time.perf_counter() - started, "error", False, str(error)
    return Verdict(
        id=question.id,
        question=question.question,
        category=question.category,
        expected=KINDS[question.kind],
        got=got,
        right=right,
        seconds=seconds,
        input_tokens=tokens[0],
        output_tokens=tokens[1],
        note="" if right else note[:400],
    )


def same_result(
    expected: Sequence[Row], got: Sequence[Row], *, ordered: bool, contains: bool = False
) -> bool:
    """Whether two result sets are equal, columns in any order, numbers within 1e-6 of each other.

    Args:
        ordered: rows are compared in sequence; otherwise as a multiset.
        contains: `got` may have further columns.
    """
    if len(expected) != len(got):
        return False
    if not expected:
        return True
    wanted = [[_value(value) for value in row] for row in expected]
    have = [[_value(value) for value in row] for row in got]
    spare = len(have[0]) - len(wanted[0])
    if spare < 0 or (spare and not contains):
        return False
    return _matches(wanted, have, (), ordered=ordered)


def _matches(
    wanted: list[list[Any]], have: list[list[Any]], chosen: tuple[int, ...], *, ordered: bool
) -> bool:
    """Choose a column for each expected one; a column fits only if it holds the same values."""
    if len(chosen) == len(wanted[0]):
        rows = [[row[i] for i in chosen] for row in have]
        return _equal(wanted, rows, ordered=ordered)
    column = [[row[len(chosen)]] for row in wanted]
    return any(
        _equal(column, [[row[i]] for row in have], ordered=ordered)
        and _matches(wanted, have, (*chosen, i), ordered=ordered)
        for i in range(len(have[0]))
        if i not in chosen
    )


def _equal(left: list[list[Any]], right: list[list[Any]], *, ordered: bool) -> bool:
    if not ordered:
        left, right = sorted(left, key=_order), sorted(right, key=_order)
    return all(
        all(_close(a, b) for a, b in zip(one, two, strict=True))
        for one, two in zip(left, right, strict=True)
    )


def _order(row: list[Any]) -> list[tuple[int, str, float]]:
    return [
        (0, "", 0.0)
        if value is None
        else (1, "", value)
        if isinstance(value, float)
        else (2, str(value), 0.0)
        for value in row
    ]


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return float(value)
    return value


def _close(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=RELATIVE, abs_tol=1e-9)
    return bool(a == b)


def _part(verdicts: Sequence[Verdict], holds: Callable[[Verdict], bool]) -> float:
    return sum(map(holds, verdicts)) / len(verdicts) if verdicts else 1.0


def _percentile(values: Sequence[float], part: float) -> float:
    return values[min(len(values) - 1, math.ceil(part * len(values)) - 1)] if values else 0.0


# -- history --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """A run beside the one before it of the same set.

    Attributes:
        model, at, accuracy: the earlier run's.
        better, worse: questions that are right now and were not, and the other way round.
    """

    model: str
    at: str
    accuracy: float
    better: tuple[str, ...]
    worse: tuple[str, ...]


def history_path() -> Path:
    """Where the runs are kept."""
    return postgres.home() / "evaluations.jsonl"


def compare(report: Report) -> Difference | None:
    """The report beside the last earlier run of the same set, if there is one."""
    earlier = [
        one for one in _history() if one["set"] == report.set_name and one["at"] != report.at
    ]
    if not earlier:
        return None
    last = earlier[-1]
    wrong = set(last["wrong"])
    now_wrong = {one.id for one in report.verdicts if not one.right}
    known = set(last["ids"])
    return Difference(
        model=last["model"],
        at=last["at"],
        accuracy=last["summary"]["accuracy"],
        better=tuple(sorted((wrong - now_wrong) & {one.id for one in report.verdicts})),
        worse=tuple(sorted((now_wrong - wrong) & known)),
    )


def as_json(report: Report, difference: Difference | None = None) -> str:
    """Everything of a report, as JSON; with the run before it if that is given."""
    whole = {
        "set": report.set_name,
        "model": report.model,
        "at": report.at,
        "summary": report.summary,
        "categories": {
            name: {"right": right, "questions": count}
            for name, (right, count) in report.categories.items()
        },
        "verdicts": [asdict(one) for one in report.verdicts],
    }
    if difference is not None:
        whole["compared_with"] = asdict(difference)
    return json.dumps(whole, ensure_ascii=False, indent=2)


def _remember(report: Report) -> None:
    line = {
        "set": report.set_name,
        "model": report.model,
        "at": report.at,
        "summary": report.summary,
        "ids": [one.id for one in report.verdicts],
        "wrong": [one.id for one in report.verdicts if not one.right],
    }
    path = history_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _history() -> list[dict[str, Any]]:
    path = history_path()
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue  # a line cut off by a crash
    return found
