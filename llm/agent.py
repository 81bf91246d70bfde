"""The agent, put together in one place: model, tools, middleware, prompt; and one run of it.

Everything else is behind it: what the tools do (`llm.tools`), what is checked
(`llm.model.middleware`), what the offline model understands (`llm.planner`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphRecursionError
from langsmith import tracing_context

from llm.catalog import Catalog
from llm.errors import ModelAnswerError
from llm.model import briefing
from llm.model.conversations import QuestionsSaver
from llm.model.middleware import middleware
from llm.model.schemas import Choices
from llm.planner import Planner
from llm.question.lexicon import Lexicon
from llm.settings import ModelSettings, tracing_wanted
from llm.tools import Tools


@dataclass(frozen=True)
class Run:
    """One run of the agent.

    Attributes:
        messages: the whole conversation, tool results with their artifacts.
        input_tokens, output_tokens: as the endpoint reported them; zeros for the planner.
        model_calls: how often the endpoint was asked.
    """

    messages: tuple[BaseMessage, ...]
    input_tokens: int
    output_tokens: int
    model_calls: int


def run(
    question: str,
    catalog: Catalog,
    lexicon: Lexicon,
    tools: Tools,
    settings: ModelSettings,
    *,
    previous: Sequence[str] = (),
    saver: QuestionsSaver | None = None,
    thread: str = "",
    stream: bool = False,
    on_step: Callable[[str], None] | None = None,
    on_text: Callable[[str, str, Sequence[BaseMessage]], None] | None = None,
) -> Run:
    """Ask the agent one question.

    Args:
        previous: the questions before it, oldest first, which it may lean on.
        saver, thread: the checkpointer and the conversation in it that the question belongs to; its
            questions stand before `previous`.
        stream: let the endpoint stream its tokens (keeps slow gateways from timing out).
        on_step: told the name of each tool as it is called.
        on_text: told each piece of text of a streaming endpoint, its message's id, and the
            messages before it.

    Raises:
        ModelError: the endpoint or the model failed.
        LlmError: a tool failed in a way that ends the run.
    """
    prompt, offered = None, tools.as_langchain()
    if not settings.is_planner:
        before = (*(saver.questions(thread) if saver else ()), *previous)
        suggested = briefing.hint(question, before, Planner(catalog=catalog, lexicon=lexicon))
        told = briefing.brief(question, catalog, tools.door, settings, suggested)
        prompt = told.prompt
        if settings.small:
            offered = tools.as_langchain(Choices(told.metrics, told.dimensions))
    agent = create_agent(
        chat_model(settings, catalog, lexicon, stream=stream),
        offered,
        system_prompt=prompt,
        middleware=middleware(
            catalog, question, settings.max_model_calls, [one.name for one in offered]
        ),
        checkpointer=saver,
    )
    messages: list[BaseMessage] = []
    given: Any = {"messages": [HumanMessage(one) for one in (*previous, question)]}
    config: RunnableConfig = {"recursion_limit": 100, "configurable": {"thread_id": thread}}
    with tracing_context(enabled=tracing_wanted()), _mapped(settings):
        # Written once, at the end: nothing of the run itself is kept.
        durability = {"durability": "exit"} if saver else {}
        modes: Any = {"stream_mode": ["values", "messages"], **durability}
        for mode, event in agent.stream(given, config, **modes):
            if mode == "messages":
                piece = event[0]
                if on_text and isinstance(piece, AIMessageChunk) and not piece.tool_call_chunks:
                    on_text(str(piece.text), piece.id or "", messages)
                continue
            state: Any = event
            new = state["messages"][len(messages) :]
            messages = list(state["messages"])
            if on_step:
                for message in new:
                    for call in getattr(message, "tool_calls", ()):
                        on_step(call["name"])
    usage = [m.usage_metadata for m in messages if isinstance(m, AIMessage) and m.usage_metadata]
    if saver:
        saver.tidy(thread)
    return Run(
        tuple(messages),
        sum(one["input_tokens"] for one in usage),
        sum(one["output_tokens"] for one in usage),
        sum(isinstance(m, AIMessage) for m in messages) if not settings.is_planner else 0,
    )


def chat_model(
    settings: ModelSettings, catalog: Catalog, lexicon: Lexicon, *, stream: bool = False
) -> BaseChatModel:
    """The planner, or a client of an OpenAI-compatible endpoint."""
    if settings.is_planner:
        return Planner(catalog=catalog, lexicon=lexicon)
    from llm.model import endpoint  # Late: it takes a second, which the planner needs not.

    return endpoint.client(settings, stream=stream)


@contextmanager
def _mapped(settings: ModelSettings) -> Iterator[None]:
    try:
        if settings.is_planner:
            yield
            return
        from llm.model import endpoint

        with endpoint.mapped(settings):
            yield
    except GraphRecursionError as error:
        raise ModelAnswerError(
            "the model came to no answer",
            where=settings.base_url or "the model's endpoint",
            hint="Ask more simply, or another model.",
        ) from error
