"""A client of an OpenAI-compatible endpoint, and its errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import openai

from llm.errors import (
    ModelError,
    ModelRefusedError,
    ModelUnavailableError,
    ModelUnknownError,
)
from llm.settings import ModelSettings

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI


def client(settings: ModelSettings, *, stream: bool = False) -> ChatOpenAI:
    """The chat model behind the endpoint; retries are bounded by `settings.max_retries`."""
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    return ChatOpenAI(
        model=settings.name,
        base_url=settings.base_url,
        api_key=SecretStr(settings.api_key or "none"),
        timeout=settings.timeout_seconds,
        max_retries=settings.max_retries,
        temperature=0,
        streaming=stream,
        stream_usage=True,
        use_responses_api=False,
    )


@contextmanager
def mapped(settings: ModelSettings) -> Iterator[None]:
    """Turn what the client raises into `ModelError` and its kin."""
    where = settings.base_url or "the model's endpoint"
    try:
        yield
    except (openai.NotFoundError, openai.UnprocessableEntityError) as error:
        raise ModelUnknownError(
            f"there is no model {settings.name!r}: {_said(error)}",
            where=where,
            hint="Check --model, ASSAY_MODEL and OPENAI_BASE_URL.",
        ) from error
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise ModelRefusedError(
            f"the key is not accepted: {_said(error)}", where=where, hint="Check OPENAI_API_KEY."
        ) from error
    except openai.RateLimitError as error:
        raise ModelUnavailableError(
            f"too many requests: {_said(error)}",
            where=where,
            hint="Wait a little and ask again, or use the offline planner: --model planner.",
        ) from error
    except (openai.APIConnectionError, openai.InternalServerError) as error:
        raise ModelUnavailableError(
            f"no usable answer: {_said(error)}",
            where=where,
            hint="Ask again, or use the offline planner: --model planner.",
        ) from error
    except openai.OpenAIError as error:
        raise ModelError(
            f"the request failed: {_said(error)}", where=where, hint="Check the model's settings."
        ) from error


def _said(error: openai.OpenAIError) -> str:
    body: Any = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    return " ".join(str(message or error).split())[:300]
