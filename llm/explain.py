"""How the planner reads a question, word by word, and the SQL it would run: without running it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llm import catalog, compose, semantic
from llm.answer import lexicon_of, project_artifacts
from llm.database import Door
from llm.planner import arguments
from llm.question import reading
from llm.question.lexicon import Lexicon
from llm.question.marking import mark
from llm.question.reading import Ask, Unusual
from llm.question.refusals import Clarify, Decline
from llm.question.roles import assign
from llm.settings import checked_question


@dataclass(frozen=True)
class Explanation:
    """What a question was taken for.

    Attributes:
        kind: answer, clarify or decline.
        words: (words of the question, what they mean) pairs, in order.
        request: what would be measured, as `query_metrics` takes it; empty if not answered so.
        sql: what would run; empty if nothing would.
        said: assumptions, or why it is not answered.
        options: readings to choose from, or what comes nearest.
    """

    question: str
    kind: str
    words: tuple[tuple[str, str], ...]
    request: dict[str, object]
    sql: str
    said: tuple[str, ...]
    options: tuple[str, ...] = ()


def explain(question: str, *, previous: Sequence[str] = ()) -> Explanation:
    """Read a question with the offline planner.

    Raises:
        QuestionError: it is empty or too long.
        NotBuiltError: nothing is loaded or built yet.
    """
    text = checked_question(question)
    layer = semantic.load(project_artifacts().semantic_manifest_path)
    with Door() as door:
        known = catalog.load(layer, door)
    lexicon = lexicon_of(known)
    words = _words(text, known, lexicon)
    match reading.read(text, known, lexicon, previous):
        case Ask(request=request, notes=notes):
            sql = compose.compose(request, layer)
            return Explanation(text, "answer", words, arguments(request), sql, notes)
        case Unusual(sql=sql, notes=notes):
            return Explanation(text, "answer", words, {}, sql, notes)
        case Clarify(question=asked, options=options):
            return Explanation(text, "clarify", words, {}, "", (asked,), options)
        case Decline(reason=reason, nearest=nearest):
            return Explanation(text, "decline", words, {}, "", (reason,), nearest)


def _words(question: str, known: catalog.Catalog, lexicon: Lexicon) -> tuple[tuple[str, str], ...]:
    marks = mark(question, lexicon, known.window.today)
    parts = assign(marks)
    found: list[tuple[int, str, str]] = []
    for i, span in enumerate(marks.spans):
        role = parts.roles.get(i, "")
        named = dict.fromkeys(
            f"{one.name} = {one.value}" if one.kind == "value" else one.name for one in span.senses
        )
        found.append((span.start, span.text, f"{role}: {' or '.join(named)}"))
    for time in marks.times:
        found.append((time.start, time.text, f"time: {time.period.range}"))
    for one in marks.thresholds:
        text = " ".join(token.text for token in marks.words[one.start : one.end])
        found.append((one.start, text, f"bound: {one.operator.value} {one.value:g}"))
    if marks.ranking:
        text = " ".join(t.text for t in marks.words[marks.ranking.start : marks.ranking.end])
        way = "descending" if marks.ranking.descending else "ascending"
        found.append((marks.ranking.start, text, f"ranking: {way}"))
    for i in marks.unexplained:
        found.append((i, marks.words[i].text, "not understood"))
    return tuple((text, meaning) for _, text, meaning in sorted(found))
