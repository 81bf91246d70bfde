"""Every error `llm` raises on purpose, and nothing else.

    LlmError
    ├── QuestionError            the question cannot be asked: empty, too long      (exit 2)
    ├── SettingsError            a setting is missing or makes no sense             (exit 2)
    ├── NotBuiltError            no semantic manifest, or no marts yet
    ├── IndexMissingError        nothing is indexed yet, or it was indexed with another model
    ├── EmbeddingError           the embedding model is missing or did not answer
    ├── ConversationError        Postgres cannot keep the conversation here
    ├── DocumentError            a model's YAML cannot be documented as it is
    ├── RequestError             unknown metric, dimension, grain or operator
    ├── SqlRefusedError          the guard does not let this SQL through
    ├── QueryError               the database refused or stopped the query
    │   ├── QueryTimeoutError    longer than the statement timeout
    │   ├── ResultTooLargeError  a cell or the result is over its limit
    │   └── DatabaseDownError    no connection, or it went away                     (retryable)
    └── ModelError               the language model did not do its part
        ├── ModelUnknownError    the endpoint has no model of that name
        ├── ModelRefusedError    key missing, wrong, or not allowed
        ├── ModelUnavailableError  no connection, timeout, 429, 5xx                 (retryable)
        └── ModelAnswerError     an answer that cannot be used

The text of each says where and what happened; `hint` says what to do.
"""

from __future__ import annotations

from typing import ClassVar


class LlmError(Exception):
    """Base of this package's errors.

    Attributes:
        what: one sentence, what happened.
        where: the setting, relation or place in the SQL it happened in; may be empty.
        hint: what to do next; may be empty.
        exit_code: what the command ends with.
        retryable: whether doing the same again can help.
    """

    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(": ".join(part for part in (where, what) if part))

    @property
    def advice(self) -> str:
        """The text with its hint, on one line: what a model is told about its tool call."""
        return f"{self}. {self.hint}".strip() if self.hint else str(self)


class QuestionError(LlmError):
    """The question itself cannot be asked."""

    exit_code = 2


class SettingsError(LlmError):
    """A setting (environment or argument) is missing or makes no sense."""

    exit_code = 2


class NotBuiltError(LlmError):
    """There is nothing to answer from yet: no semantic manifest, or no marts."""


class IndexMissingError(LlmError):
    """Nothing is indexed yet, or the index was made with another embedding model."""


class EmbeddingError(LlmError):
    """The embedding model is missing, or it did not answer as it should."""


class ConversationError(LlmError):
    """Postgres cannot keep the conversation: no right to the schema, or no connection."""


class DocumentError(LlmError):
    """A model or its YAML file cannot be documented as it is."""


class RequestError(LlmError):
    """A metric request names something that does not exist or does not go together."""


class SqlRefusedError(LlmError):
    """The guard does not let this SQL through."""


class QueryError(LlmError):
    """The database refused or stopped the query."""


class QueryTimeoutError(QueryError):
    """The query ran longer than the statement timeout."""


class ResultTooLargeError(QueryError):
    """A cell or the whole result is larger than its limit."""


class DatabaseDownError(QueryError):
    """No connection to Postgres, or it went away in the middle."""

    retryable = True


class ModelError(LlmError):
    """The language model did not do its part."""


class ModelUnknownError(ModelError):
    """The endpoint has no model of that name."""


class ModelRefusedError(ModelError):
    """The endpoint does not accept the key."""


class ModelUnavailableError(ModelError):
    """The endpoint cannot be reached, is overloaded, or took too long."""

    retryable = True


class ModelAnswerError(ModelError):
    """The model's answer cannot be used."""
