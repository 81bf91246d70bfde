"""How long `assay ask` takes in process, warm, without a key: p50, p95 and where the time goes.

    python -m tests.benchmarks.ask [--rounds 5]

Asks the development questions that are to be answered, against the database at hand (`assay demo`
makes one), each round in the same order; the first question, which imports and reads the catalogue,
is not counted. Prints a table for docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import llm
from llm import evaluate, planner, proof, semantic
from llm.database import Door
from llm.errors import LlmError


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    questions = [
        one
        for name in ("dev", "business")
        for one in evaluate.load(name)[1]
        if one.kind == "answer"
    ]
    llm.ask(questions[0].question)
    spent: dict[str, list[float]] = {"the whole": []}
    with (
        Timed(planner, "read", "reading the question", spent),
        Timed(semantic.SemanticLayer, "compile", "MetricFlow's SQL", spent),
        Timed(Door, "query", "the query, guarded", spent),
        Timed(proof, "build", "the proof", spent),
    ):
        for _ in range(rounds):
            for one in questions:
                _ask(one, spent["the whole"])
    print(f"{len(questions)} questions, {rounds} rounds, milliseconds")
    print(f"{'':24} {'p50':>7} {'p95':>7} {'max':>7}")
    for name, seconds in spent.items():
        found = sorted(1000 * one for one in seconds)
        p95 = found[math.ceil(0.95 * len(found)) - 1]
        print(f"{name:24} {statistics.median(found):7.1f} {p95:7.1f} {found[-1]:7.1f}")


def _ask(one: evaluate.Question, spent: list[float]) -> None:
    started = time.perf_counter()
    try:
        llm.ask(one.question, previous=one.after)
    except LlmError as error:
        print(f"{one.id}: {error}")
        return
    spent.append(time.perf_counter() - started)


class Timed:
    """While open, adds each call's seconds of `owner.name` to a list."""

    def __init__(self, owner: Any, name: str, called: str, spent: dict[str, list[float]]) -> None:
        self.owner, self.name = owner, name
        self.seconds = spent.setdefault(called, [])
        self.original: Callable[..., Any] = getattr(owner, name)

    def __enter__(self) -> None:
        original, seconds = self.original, self.seconds

        def timed(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return original(*args, **kwargs)
            finally:
                seconds.append(time.perf_counter() - started)

        setattr(self.owner, self.name, timed)

    def __exit__(self, *_: object) -> None:
        setattr(self.owner, self.name, self.original)


if __name__ == "__main__":
    main()
