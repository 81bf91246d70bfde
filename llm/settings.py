"""What `llm` reads from its surroundings: which model, which day is today, how large an answer.

Not for the database: its settings are libpq's own and live in `dbt_project.postgres`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import date

from llm.errors import QuestionError, SettingsError

PLANNER = "planner"
MAX_QUESTION_CHARACTERS = 2_000


@dataclass(frozen=True)
class Limits:
    """How much one query may take and bring back.

    Attributes:
        server_bytes: memory that its server process may take; see `llm.watch`.
    """

    rows: int = 1_000
    cell_characters: int = 20_000
    result_bytes: int = 8_000_000
    statement_seconds: float = 30.0
    lock_seconds: float = 2.0
    server_bytes: int = 2_000_000_000


@dataclass(frozen=True)
class ModelSettings:
    """Which model answers. `name` is "planner" for the offline one.

    Attributes:
        catalog_tokens: how much of the prompt the catalogue may take, estimated.
        small: a model of up to about four billion parameters: fewer tools, short schemas, names to
            choose from.
        price: what a million input and a million output tokens cost; None if not said.
    """

    name: str
    base_url: str | None = None
    api_key: str | None = None
    timeout_seconds: float = 60.0
    max_retries: int = 2
    max_model_calls: int = 8
    catalog_tokens: int = 3_000
    small: bool = False
    price: tuple[float, float] | None = None

    @property
    def is_planner(self) -> bool:
        return self.name == PLANNER

    def __repr__(self) -> str:
        # A key must never reach a log or a traceback.
        return f"ModelSettings(name={self.name!r}, base_url={self.base_url!r})"


def model_settings(model: str | None = None) -> ModelSettings:
    """The model to use: the argument, else `ASSAY_MODEL`, else the offline planner.

    A key in the environment alone never sends data anywhere: naming a model is what switches it on.

    Raises:
        SettingsError: a model is named but there is neither a key nor an endpoint for it.
    """
    name = (model or os.environ.get("ASSAY_MODEL") or PLANNER).strip()
    if name == PLANNER:
        return ModelSettings(PLANNER)
    base_url = os.environ.get("OPENAI_BASE_URL") or None
    api_key = os.environ.get("OPENAI_API_KEY") or None
    if api_key is None and base_url is None:
        raise SettingsError(
            f"no endpoint for the model {name!r}",
            where="OPENAI_API_KEY and OPENAI_BASE_URL are both unset",
            hint="Set one of them, or leave --model and ASSAY_MODEL out: the planner answers.",
        )
    # A local server (llama.cpp, vLLM, Ollama) wants no key, but the client insists on one.
    return ModelSettings(
        name,
        base_url=base_url,
        api_key=api_key or "none",
        timeout_seconds=_seconds("ASSAY_MODEL_TIMEOUT", 60.0),
        catalog_tokens=int(_seconds("ASSAY_CATALOG_TOKENS", 3_000)),
        small=_small(name),
        price=_price(),
    )


# "qwen2.5-1.5b-instruct", "llama3.2:3b", "gemma-2b-it": a size in the name.
_SIZE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)b(?![a-z0-9])", re.IGNORECASE)
SMALL_BILLIONS = 4.0


def _small(name: str) -> bool:
    said = os.environ.get("ASSAY_SMALL_MODEL", "").strip().lower()
    if said:
        return said in {"1", "true", "yes", "on"}
    sizes = [float(size) for size in _SIZE.findall(name)]
    return bool(sizes) and max(sizes) <= SMALL_BILLIONS


def _price() -> tuple[float, float] | None:
    text = os.environ.get("ASSAY_MODEL_PRICE", "").strip()
    if not text:
        return None
    try:
        into, out = (float(part) for part in text.split("/"))
    except ValueError:
        raise SettingsError(
            f"ASSAY_MODEL_PRICE is no price: {text!r}",
            hint='Write what a million tokens in and out cost, e.g. "0.15/0.60".',
        ) from None
    return into, out


def today_override() -> date | None:
    """The day named by `ASSAY_TODAY` (YYYY-MM-DD), if any.

    Raises:
        SettingsError: `ASSAY_TODAY` is no date.
    """
    text = os.environ.get("ASSAY_TODAY", "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(
            f"ASSAY_TODAY is no date: {text!r}", hint="Write it as 2026-10-31."
        ) from error


def conversation_days() -> float:
    """For how many days a conversation is kept after its last question; 30 unless set.

    Raises:
        SettingsError: `ASSAY_CONVERSATION_DAYS` is no number above nought.
    """
    return _seconds("ASSAY_CONVERSATION_DAYS", 30.0)


def tracing_wanted() -> bool:
    """Whether LangSmith tracing was switched on for Assay itself (`ASSAY_TRACING=1`)."""
    return os.environ.get("ASSAY_TRACING", "").lower() in {"1", "true", "yes", "on"}


def checked_question(question: str) -> str:
    """The question without outer blanks and control characters.

    Raises:
        QuestionError: it is empty or longer than MAX_QUESTION_CHARACTERS.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in question).split())
    if not any(c.isalnum() for c in text):
        raise QuestionError(
            "the question is empty", hint='Ask something like "revenue by country in 2026".'
        )
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            f"the question has {len(text):,} characters",
            where=f"the limit is {MAX_QUESTION_CHARACTERS:,}",
            hint="Ask for one thing at a time.",
        )
    return text


def _seconds(variable: str, default: float) -> float:
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if value <= 0:
        raise SettingsError(
            f"{variable} is no number above nought: {text!r}", hint="Write e.g. 60."
        )
    return value
