"""The agent, put together in one place: model, tools, middleware, prompt; and one run of it.

Everything else is behind it: what the tools do (`llm.tools`), what is checked (`llm.middleware`),
what the offline model understands (`llm.planner`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import openai
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphRecursionError
from langsmith import tracing_context

from llm import prompts
from llm.catalog import Catalog
from llm.errors import (
    ModelAnswerError,
    ModelError,
    ModelRefusedError,
    ModelUnavailableError,
    ModelUnknownError,
)
from llm.lexicon import Lexicon
from llm.middleware import middleware
from llm.planner import Planner
from llm.settings import ModelSettings, tracing_wanted
from llm.tools import Tools

# A dimension's values are named in the prompt when there are no more than this.
NAMED_VALUES = 12


@dataclass(frozen=True)
class Run:
    """One run of the agent.

    Attributes:
        messages: the whole conversation, tool results with their artifacts.
        tokens: input and output tokens as the endpoint reported them; zeros for the planner.
    """

    messages: tuple[BaseMessage, ...]
    input_tokens: int
    output_tokens: int


def run(
    question: str,
    catalog: Catalog,
    lexicon: Lexicon,
    tools: Tools,
    settings: ModelSettings,
    *,
    previous: Sequence[str] = (),
    stream: bool = False,
    on_step: Callable[[str], None] | None = None,
) -> Run:
    """Ask the agent one question.

    Args:
        previous: the questions before it, oldest first, which it may lean on.
        stream: let the endpoint stream its tokens (keeps slow gateways from timing out).
        on_step: told the name of each tool as it is called.

    Raises:
        ModelError: the endpoint or the model failed.
        LlmError: a tool failed in a way that ends the run.
    """
    agent = create_agent(
        chat_model(settings, catalog, lexicon, stream=stream),
        tools.as_langchain(),
        system_prompt=system_prompt(catalog),
        middleware=middleware(catalog, question, settings.max_model_calls),
    )
    messages: list[BaseMessage] = []
    given: Any = {"messages": [HumanMessage(one) for one in (*previous, question)]}
    config: RunnableConfig = {"recursion_limit": 100}
    with tracing_context(enabled=tracing_wanted()), _mapped(settings):
        for state in agent.stream(given, config, stream_mode="values"):
            new = state["messages"][len(messages) :]
            messages = list(state["messages"])
            if on_step:
                for message in new:
                    for call in getattr(message, "tool_calls", ()):
                        on_step(call["name"])
    usage = [m.usage_metadata for m in messages if isinstance(m, AIMessage) and m.usage_metadata]
    return Run(
        tuple(messages),
        sum(one["input_tokens"] for one in usage),
        sum(one["output_tokens"] for one in usage),
    )


def chat_model(
    settings: ModelSettings, catalog: Catalog, lexicon: Lexicon, *, stream: bool = False
) -> BaseChatModel:
    """The planner, or a client of an OpenAI-compatible endpoint."""
    if settings.is_planner:
        return Planner(catalog=catalog, lexicon=lexicon)
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


def system_prompt(catalog: Catalog) -> str:
    """The rules and the catalogue, as the model is told them."""
    window = catalog.window
    dimensions = []
    for one in catalog.dimensions.values():
        values = catalog.values.get(one.name, ())
        few = f" ({', '.join(values)})" if 0 < len(values) <= NAMED_VALUES else ""
        dimensions.append(f"- {one.name}{few}")
    return prompts.text(
        "system",
        today=window.today,
        today_is=window.today_is,
        first=window.first,
        last=window.last,
        metrics="\n".join(f"- {m.name}: {m.label}, {m.unit}" for m in catalog.metrics.values()),
        dimensions="\n".join(dimensions),
    )


@contextmanager
def _mapped(settings: ModelSettings) -> Iterator[None]:
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
    except GraphRecursionError as error:
        raise ModelAnswerError(
            "the model came to no answer", where=where, hint="Ask more simply, or another model."
        ) from error


def _said(error: openai.OpenAIError) -> str:
    body: Any = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    return " ".join(str(message or error).split())[:300]
