"""Sentiment in SQL beside VADER: how often right, and how fast, in one run on one machine.

    python tests/benchmarks/sentiment.py [file ...] [--half held] [--texts 100000]

A file has one text a line: `label<TAB>text` or `id<TAB>label<TAB>text`, the label a number below,
at or above nought. Without a file, the sentences of tests/data/sentiment.tsv, which we wrote. Of
each file `--half dev` takes every second text from the first on, in which to look for words that
are missing, and `--half held` the others, which are looked at by nobody and only counted.
Needs `pip install vaderSentiment` for the comparison; it is no dependency of ours. VADER is given
the texts as a Python list; the SQL reads a table and writes one, told for the timing that all is
English, as VADER takes for granted. Starts a server in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
NEUTRAL = 0.5
"""Labels of less than this are neutral in graded files; whole labels are none of that."""
THRESHOLD = 0.05
"""VADER's own: a score of less is neutral."""
LEXICON = ["sentiment_roots", "sentiment_phrases", "stop_words"]


@dataclass(frozen=True)
class Labelled:
    """One file's texts, each with a label below, at or above nought."""

    name: str
    labels: list[float]
    texts: list[str]


def read(path: Path) -> Labelled:
    """Read a labelled file; lines without a number before the text are left out."""
    labels, texts = [], []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        *before, text = line.split("\t")
        try:
            labels.append(float(before[-1]))
        except (IndexError, ValueError):
            continue
        texts.append(text)
    return Labelled(path.stem.replace("_GroundTruth", ""), labels, texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--half", choices=["dev", "held"], help="of each file's texts; else all")
    parser.add_argument("--texts", type=int, default=100_000, help="texts to time both on")
    options = parser.parse_args()
    paths = options.files or [ROOT / "tests" / "data" / "sentiment.tsv"]
    part = {"dev": slice(0, None, 2), "held": slice(1, None, 2), None: slice(None)}[options.half]
    whole = [read(path.resolve()) for path in paths]
    sets = [Labelled(one.name, one.labels[part], one.texts[part]) for one in whole]
    os.chdir(ROOT)
    with TemporaryDirectory(prefix="assay-bench-") as folder:
        os.environ["ASSAY_HOME"] = f"{folder}/.assay"
        os.environ["DBT_TARGET_PATH"] = f"{folder}/target"
        os.environ["DBT_LOG_PATH"] = f"{folder}/logs"
        from dbt_project import postgres

        try:
            report(sets, options.texts)
        finally:
            postgres.embedded_server().stop()


def report(sets: list[Labelled], texts: int) -> None:
    """Print both tables."""
    sql = compiled()
    vader = vader_scores()
    print("share of texts on the right side (neutral labels left out), and of three classes\n")
    print("| texts | n | SQL | VADER | SQL, 3 classes | VADER, 3 classes |")
    print("| --- | --: | --: | --: | --: | --: |")
    for one in sets:
        ours, _ = sql_scores(one.texts, sql)
        theirs = vader(one.texts) if vader else None
        cells = [
            f"{measure(scores, one.labels):.3f}" if scores else "-"
            for measure in (two_sides, three_classes)
            for scores in (ours, theirs)
        ]
        print(f"| {one.name} | {len(one.texts)} | {' | '.join(cells)} |")
    timed(sets, texts, sql, vader)


def timed(
    sets: list[Labelled],
    texts: int,
    sql: Compiled,
    vader: Callable[[list[str]], list[float]] | None,
) -> None:
    """Print microseconds a text, the median of three rounds that take turns."""
    pool = [text for one in sets for text in one.texts]
    # Every text differs: nothing is gained by remembering one.
    many = [f"{pool[i % len(pool)]} {i}" for i in range(texts)]
    ours, theirs = [], []
    for _ in range(3):
        ours.append(sql_scores(many, sql, language="en")[1])
        if vader:
            started = time.perf_counter()
            vader(many)
            theirs.append(time.perf_counter() - started)
    words = sum(len(text.split()) for text in many) / texts
    mine = statistics.median(ours) / texts * 1e6
    print(f"\n{texts} texts of {words:.0f} words: SQL {mine:.2f} microseconds a text", end="")
    if theirs:
        other = statistics.median(theirs) / texts * 1e6
        print(f", VADER {other:.2f}; {other / mine:.1f} times its speed", end="")
    print(f" ({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f})")


def two_sides(scores: list[float], labels: list[float]) -> float:
    """Of the texts that are not neutral, the share on the right side."""
    right = [
        score >= THRESHOLD if label > 0 else score <= -THRESHOLD
        for score, label in zip(scores, labels, strict=True)
        if abs(label) >= NEUTRAL
    ]
    return sum(right) / len(right)


def three_classes(scores: list[float], labels: list[float]) -> float:
    """The share of texts in the right one of negative, neutral and positive."""

    def side(value: float, threshold: float) -> int:
        return (value >= threshold) - (value <= -threshold)

    right = [
        side(score, THRESHOLD) == side(label, NEUTRAL)
        for score, label in zip(scores, labels, strict=True)
    ]
    return sum(right) / len(right)


@dataclass(frozen=True)
class Compiled:
    """SQL of the macros: an expression over `body`, and two queries over tables in `bench`."""

    tokens: str
    languages: str
    sentiment: str
    in_parallel: str


def compiled() -> Compiled:
    """Build the lexicon, and compile the macros."""
    from dbt.cli.main import dbtRunner

    from dbt_project import postgres, runner

    postgres.settings()
    # Only the lexicon's own nodes: there are no files for the others.
    runner.invoke(["seed", "--select", *LEXICON])
    runner.invoke(["run", "--select", "int_text__stop_words"])
    runner.invoke(["run", "--select", "int_text__words", "int_text__lexicon"])
    with postgres.connect(autocommit=True) as connection:
        connection.execute("create schema bench")
        connection.execute("analyze")

    def sql_of(template: str) -> str:
        done = dbtRunner().invoke(["--quiet", "compile", "--inline", template])
        return str(done.result.results[0].node.compiled_code)

    from contextlib import redirect_stdout
    from io import StringIO

    with redirect_stdout(StringIO()):
        return Compiled(
            tokens=sql_of("{{ text_tokens('body') }}"),
            languages=sql_of("{{ languages_of('bench.split') }}"),
            sentiment=sql_of("{{ sentiment_of('bench.texts', id='text_id') }}"),
            in_parallel=sql_of("{{ in_parallel() }}"),
        )


def sql_scores(
    texts: list[str], sql: Compiled, language: str | None = None
) -> tuple[list[float], float]:
    """The scores, and the seconds from the texts in a table to their sentiment in another.

    Args:
        language: of all texts; None finds each one's, English where it shows none.
    """
    from dbt_project import postgres

    with postgres.connect() as connection:
        connection.execute(
            "drop table if exists bench.bodies, bench.split, bench.texts, bench.scores"
        )
        connection.execute("create table bench.bodies (text_id integer, body text)")
        with connection.cursor().copy("copy bench.bodies from stdin") as copy:
            for row in enumerate(texts):
                copy.write_row(row)
        connection.execute("analyze bench.bodies")
        connection.execute(sql.in_parallel)
        started = time.perf_counter()
        split = f"select text_id, {sql.tokens} as tokens from bench.bodies"
        if language:
            connection.execute(
                f"create table bench.texts as select '{language}' as language, split.* "
                f"from ({split}) as split"
            )
        else:
            connection.execute(f"create table bench.split as {split}")
            connection.execute(
                "create table bench.texts as select coalesce(found.language, 'en') as language, "
                f"split.* from bench.split left join ({sql.languages}) as found using (text_id)"
            )
        connection.execute("analyze bench.texts (text_id)")
        connection.execute(f"create table bench.scores as {sql.sentiment}")
        seconds = time.perf_counter() - started
        rows = connection.execute(
            "select coalesce(sentiment, 0) from bench.texts "
            "left join bench.scores on text_id = id order by text_id"
        ).fetchall()
    return [float(score) for (score,) in rows], seconds


def vader_scores() -> Callable[[list[str]], list[float]] | None:
    """VADER's compound scores of a list of texts; None where it is not installed."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        return None
    analyzer = SentimentIntensityAnalyzer()
    return lambda texts: [analyzer.polarity_scores(text)["compound"] for text in texts]


if __name__ == "__main__":
    main()
