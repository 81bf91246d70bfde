"""Better wording for drafted descriptions, by a language model, checked against what is known.

The model sees SQL, tests, types and counts; values only where that was allowed, and of personal
columns never. What it writes is used only if every number and every claim of it can be checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from langchain_core.messages import HumanMessage

from dbt_project.artifacts import Model
from llm import figures, prompts
from llm.documenting.draft import Draft
from llm.documenting.lineage import Origin
from llm.documenting.profile import ColumnProfile, Profile
from llm.documenting.yaml_edit import escaped
from llm.model import endpoint
from llm.settings import ModelSettings

COLUMNS_PER_CALL = 30
LONGEST = 300
_UNIQUE = re.compile(r"\b(unique|uniquely|one per|distinct per)\b", re.IGNORECASE)
_FILLED = re.compile(
    r"\b(never (null|empty|missing)|always (set|filled|present)|not null|mandatory)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reworded:
    """Drafts after the model had its say.

    Attributes:
        rejected: model.column -> why its sentence was not used.
    """

    drafts: tuple[Draft, ...]
    rejected: dict[str, str]
    input_tokens: int
    output_tokens: int


def reword(
    model: Model,
    drafts: Sequence[Draft],
    origins: Mapping[str, Origin],
    profile: Profile | None,
    settings: ModelSettings,
    *,
    allow_values: bool = False,
) -> Reworded:
    """Have drafted columns of one model worded anew; inherited ones stay.

    Raises:
        ModelError: the endpoint failed.
    """
    wanted = [one for one in drafts if one.source == "drafted" and one.column]
    done: dict[str, Draft] = {}
    rejected: dict[str, str] = {}
    used = [0, 0]
    for start in range(0, len(wanted), COLUMNS_PER_CALL):
        batch = wanted[start : start + COLUMNS_PER_CALL]
        facts = {
            one.column: _facts(one, model, origins.get(one.column), profile, allow_values)
            for one in batch
        }
        prompt = prompts.text(
            "document",
            model=model.name,
            description=model.description or "(not described)",
            columns="\n".join(f"- {name}: {said}" for name, said in facts.items()),
        )
        with endpoint.mapped(settings):
            answer = endpoint.client(settings).invoke([HumanMessage(prompt)])
        if answer.usage_metadata:
            used[0] += answer.usage_metadata["input_tokens"]
            used[1] += answer.usage_metadata["output_tokens"]
        said = parsed(str(answer.text))
        for one in batch:
            text = " ".join(str(said.get(one.column, "")).split())
            why = wrong(
                text, facts[one.column], profile.columns.get(one.column) if profile else None, model
            )
            if why:
                rejected[f"{model.name}.{one.column}"] = why
            else:
                done[one.column] = replace(one, text=escaped(text), source=settings.name)
    return Reworded(
        tuple(done.get(one.column, one) if one.column else one for one in drafts),
        rejected,
        used[0],
        used[1],
    )


def parsed(text: str) -> dict[str, object]:
    """The JSON object in an answer, whatever stands around it; empty if there is none."""
    start, end = text.find("{"), text.rfind("}")
    try:
        found = json.loads(text[start : end + 1]) if 0 <= start < end else {}
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def wrong(text: str, facts: str, profile: ColumnProfile | None, model: Model) -> str:
    """Why a sentence may not be used; "" if it may."""
    if not text:
        return "there is none"
    if len(text) > LONGEST:
        return f"it has {len(text)} characters"
    if "{" in text or "}" in text:
        return "it has braces in it"
    numbers = figures.unsupported(text, [], [facts])
    if numbers:
        return f"numbers from nowhere: {', '.join(numbers)}"
    name = profile.name if profile else ""
    tested = {test.name for test in model.column_tests if test.column == name}
    if _UNIQUE.search(text) and "unique" not in tested and not (profile and profile.unique):
        return "it says unique, which is not so"
    if _FILLED.search(text) and "not_null" not in tested and (not profile or profile.empty_share):
        return "it says never empty, which is not so"
    return ""


def _facts(
    draft: Draft, model: Model, origin: Origin | None, profile: Profile | None, allow_values: bool
) -> str:
    said = [f"draft: {draft.text if allow_values else draft.bare}"]
    if origin and origin.expression:
        said.append(f"SQL: {' '.join(origin.expression.split())[:300]}")
    tests = sorted({test.name for test in model.column_tests if test.column == draft.column})
    if tests:
        said.append(f"tests: {', '.join(tests)}")
    one = profile.columns.get(draft.column) if profile else None
    if one is not None:
        said.append(f"type: {one.data_type}")
        said.append(f"empty: {100 * one.empty_share:.0f} %")
        said.append("unique" if one.unique else f"{one.distinct} distinct values")
        if allow_values and not one.personal:
            if one.low:
                said.append(f"from {one.low} to {one.high}")
            if one.categories:
                said.append(f"values: {', '.join(one.categories)}")
    return "; ".join(said)
