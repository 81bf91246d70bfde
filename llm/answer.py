"""`ask`: from a question to an answer with its proof. The library's main call."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from dbt_project import artifacts
from dbt_project.errors import ArtifactsMissing
from llm import agent, catalog, proof, semantic
from llm.database import Door
from llm.errors import LlmError, ModelAnswerError, NotBuiltError
from llm.model.middleware import outcomes, unsupported_numbers
from llm.model.streaming import CheckedText
from llm.narrate import narrate
from llm.printing.headings import headings
from llm.printing.render import Heading
from llm.question.lexicon import Lexicon
from llm.settings import Limits, ModelSettings, checked_question, model_settings
from llm.tools import Outcome, Reply, Tools

if TYPE_CHECKING:
    from llm.model.conversations import QuestionsSaver

Kind = Literal["answered", "clarify", "declined"]
LIMIT_REACHED = "Model call limits exceeded"


@dataclass(frozen=True)
class Answer:
    """An answer, a question back, or a refusal.

    Attributes:
        text: what to say; its numbers are in `rows`.
        options: for a question back the readings to choose from, for a refusal what comes nearest.
        columns, rows: the result; empty unless answered.
        headings: what each column is called and measured in.
        truncated: whether the result was cut off at the row limit.
        proof: what stands behind it; None unless answered.
        warnings: what a reader must know first.
        model: "planner" or the model's name.
        seconds: from question to answer.
        input_tokens, output_tokens: as the endpoint reported them.
        model_calls: how often the endpoint was asked.
        cost: by `ASSAY_MODEL_PRICE`, in its currency; None if that is not set.
    """

    question: str
    kind: Kind
    text: str
    options: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    headings: tuple[Heading, ...]
    truncated: bool
    proof: proof.Proof | None
    warnings: tuple[str, ...]
    model: str
    seconds: float
    input_tokens: int
    output_tokens: int
    model_calls: int = 0
    cost: float | None = None


def ask(
    question: str,
    *,
    model: str | None = None,
    previous: Sequence[str] = (),
    thread: str | None = None,
    limits: Limits | None = None,
    stream: bool = False,
    on_step: Callable[[str], None] | None = None,
    on_text: Callable[[str], None] | None = None,
) -> Answer:
    """Answer a question from the marts.

    Args:
        question: in plain words, English.
        model: an OpenAI-compatible model's name, or "planner"; default `ASSAY_MODEL`, else planner.
        previous: the questions asked before, oldest first: "and by country?" leans on the last.
        thread: a conversation's name; its questions are kept in Postgres and lean on each other.
        limits: rows, bytes and seconds that one query may take.
        stream: let the endpoint stream.
        on_step: told each tool's name as it is called.
        on_text: shown a streaming model's text, sentence by sentence, each once it is checked,
            after any warnings. What it was shown may be less than the answer's text.

    Raises:
        QuestionError: empty or too long.
        ConversationError: `thread` is named and Postgres cannot keep it.
        SettingsError: a setting is missing or makes no sense.
        NotBuiltError: nothing is loaded or built yet.
        QueryError: the database failed.
        ModelError: the model failed.
    """
    started = time.perf_counter()
    text = checked_question(question)
    settings = model_settings(model)
    project = project_artifacts()
    layer = semantic.load(project.semantic_manifest_path)
    with Door(limits) as door, _kept(thread) as saver:
        known = catalog.load(layer, door, project.personal)

        def prove(one: Outcome) -> proof.Proof:
            return proof.build(text, one, known, project, door, settings.name)

        shown = _Shown(on_text, text, known, prove) if on_text else None
        run = agent.run(
            text,
            known,
            lexicon_of(known),
            Tools(known, door, project),
            settings,
            previous=previous,
            saver=saver,
            thread=thread or "",
            stream=stream,
            on_step=on_step,
            on_text=shown,
        )
        ran = outcomes(run.messages)
        reply = _reply(run.messages)
        said, warnings = _said(run.messages, ran, reply, known, text, own=settings.is_planner)
        outcome = ran[-1] if ran and reply is None else None
        behind = None
        if outcome is not None:
            behind = prove(outcome)
            if shown and not warnings:
                shown.text.end(said)
            warnings = (*behind.warnings, *warnings)
    result = outcome.result if outcome else None
    kind: Kind = (
        "answered" if result else "clarify" if reply and reply.kind == "clarify" else "declined"
    )
    return Answer(
        question=text,
        kind=kind,
        text=said,
        options=reply.options if reply else (),
        columns=result.columns if result else (),
        rows=result.rows if result else (),
        headings=headings(outcome, known),
        truncated=result.truncated if result else False,
        proof=behind,
        warnings=warnings,
        model=settings.name,
        seconds=time.perf_counter() - started,
        input_tokens=run.input_tokens,
        output_tokens=run.output_tokens,
        model_calls=run.model_calls,
        cost=_cost(settings, run),
    )


def _cost(settings: ModelSettings, run: agent.Run) -> float | None:
    if settings.price is None:
        return None
    into, out = settings.price
    return (run.input_tokens * into + run.output_tokens * out) / 1e6


def _kept(thread: str | None) -> AbstractContextManager[QuestionsSaver | None]:
    if thread is None:
        return nullcontext()
    from llm.model import conversations

    return conversations.opened()


class _Shown:
    """Shows a model's text as it comes, after the warnings that belong before it."""

    def __init__(
        self,
        emit: Callable[[str], None],
        question: str,
        known: catalog.Catalog,
        prove: Callable[[Outcome], proof.Proof],
    ) -> None:
        self._ran: list[Outcome] = []
        self.text = CheckedText(
            emit,
            lambda sentence: unsupported_numbers(sentence, self._ran, known, question),
            lambda: prove(self._ran[-1]).warnings if self._ran else (),
        )

    def __call__(self, piece: str, message: str, messages: Sequence[BaseMessage]) -> None:
        self._ran[:] = outcomes(messages)
        self.text.feed(piece, message)


_lexicons: dict[int, tuple[catalog.Catalog, Lexicon]] = {}


def lexicon_of(known: catalog.Catalog) -> Lexicon:
    """The catalogue's lexicon, made once per catalogue."""
    kept = _lexicons.get(id(known))
    if kept is None or kept[0] is not known:
        _lexicons.clear()
        _lexicons[id(known)] = kept = (known, Lexicon(known))
    return kept[1]


_projects: dict[tuple[Path, int, int], artifacts.Artifacts] = {}


def project_artifacts() -> artifacts.Artifacts:
    """The project's artifacts, read again when dbt has written new ones.

    Raises:
        NotBuiltError: dbt has not built the project yet.
    """
    path = artifacts.target_folder() / "manifest.json"
    try:
        stat = path.stat()
        key = (path, stat.st_mtime_ns, stat.st_size)
    except OSError:
        key = None
    try:
        if key is None or key not in _projects:
            _projects.clear()
            loaded = artifacts.load()
            if key is None:
                return loaded
            _projects[key] = loaded
        return _projects[key]
    except ArtifactsMissing as error:
        raise NotBuiltError(error.what, where=error.where, hint=error.hint) from error


def _reply(messages: tuple[BaseMessage, ...]) -> Reply | None:
    last = messages[-1]
    return (
        last.artifact
        if isinstance(last, ToolMessage) and isinstance(last.artifact, Reply)
        else None
    )


def _said(
    messages: tuple[BaseMessage, ...],
    ran: list[Outcome],
    reply: Reply | None,
    known: catalog.Catalog,
    question: str,
    *,
    own: bool,
) -> tuple[str, tuple[str, ...]]:
    """The text to show, its numbers checked, and warnings about it.

    Args:
        own: the planner's text, which says itself that nothing was found.

    Raises:
        ModelAnswerError: there is neither text nor result.
    """
    last = messages[-1]
    text = reply.text if reply else str(last.text).strip() if isinstance(last, AIMessage) else ""
    if text.startswith(LIMIT_REACHED):
        if not ran:
            raise ModelAnswerError(
                "the model called tools again and again and came to no answer",
                hint="Ask more simply, or use another model or the planner.",
            )
        return _plainly(ran[-1], known), ("The model did not finish; this is its last result.",)
    wrong = unsupported_numbers(text, ran, known, question) if text else []
    if wrong and not ran:
        return (
            "The data were not queried for this, so there is no answer to show.",
            (f"The model's text was withheld: numbers from nowhere ({', '.join(wrong)}).",),
        )
    if wrong:
        return (
            _plainly(ran[-1], known),
            (f"The model's own words were replaced: {', '.join(wrong)} is not in the result.",),
        )
    if not text:
        if not ran:
            raise ModelAnswerError(
                "the model gave no answer", hint="Ask again, or ask the planner."
            )
        return _plainly(ran[-1], known), ()
    if ran and not ran[-1].result.rows and not reply and not own:
        return _plainly(ran[-1], known), ()
    return text, ()


def _plainly(outcome: Outcome, known: catalog.Catalog) -> str:
    if not outcome.result.rows:
        return "There is nothing to report: no row matches."
    try:
        return narrate(outcome, known)
    except (LlmError, ValueError, LookupError):
        return "The result is in the table."
