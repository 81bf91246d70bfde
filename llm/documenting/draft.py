"""Descriptions of columns and models, written from what is known of them, without a model.

A column that is handed on keeps the description of the one it comes from, word for word. Any other
gets a plain sentence or two from its SQL, its tests and its profile; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dbt_project.artifacts import Artifacts, Column, ColumnTest, Model
from llm.documenting.lineage import Origin, Relation, Rows
from llm.documenting.profile import ColumnProfile, Profile
from llm.documenting.wording import in_words
from llm.documenting.yaml_edit import escaped

LONGEST_EXPRESSION = 100
LONGEST_CONDITION = 60
LONGEST_MEANING = 120
MAX_INPUTS = 4
MAX_CONDITIONS = 3
NOTHING_KNOWN = Rows()


@dataclass(frozen=True)
class Draft:
    """A description for a column, or for the model if `column` is empty.

    Attributes:
        text: as it goes into the YAML.
        source: how it came about: inherited, drafted, or the name of a language model.
        bare: the text without stored values, for those who may not see them.
    """

    model: str
    column: str
    text: str
    source: str
    bare: str = ""


# (relation, column) -> what the YAML says of it, ready to be repeated; "" if nothing.
Known = Callable[[Relation, str], str]


def known_descriptions(artifacts: Artifacts) -> dict[tuple[Relation, str], str]:
    """What every documented column is described as, in a form that may stand in YAML again."""
    return {
        (relation, column.name): repeated(column)
        for relation, columns in artifacts.relations.items()
        for column in columns
        if column.description.strip()
    }


def repeated(column: Column) -> str:
    """A column's description to be used again: its docs block by name, or its text, escaped."""
    if column.doc_block:
        return f"{{{{ doc('{column.doc_block}') }}}}"
    return escaped(" ".join(column.description.split()))


def column_draft(
    model: Model,
    name: str,
    origin: Origin | None,
    known: Mapping[tuple[Relation, str], str],
    profile: Profile | None,
) -> Draft:
    """The best description that is to be had without a model."""
    if origin and origin.column and known.get(origin.column):
        return Draft(model.name, name, known[origin.column], "inherited")
    elsewhere = {said for (_, column), said in known.items() if column == name}
    if len(elsewhere) == 1 and next(iter(elsewhere)).startswith("{{ doc("):
        # Everywhere it is said by one docs block: a column means the same everywhere.
        return Draft(model.name, name, elsewhere.pop(), "inherited")
    figures = profile.columns.get(name) if profile else None
    tests = [test for test in model.column_tests if test.column == name]
    said = [_what(name, origin, figures, known), *_tested(tests)]
    filled = _filled(figures, tests)
    text = " ".join([*said, *_values(figures, tests), *filled])
    return Draft(model.name, name, escaped(text), "drafted", " ".join([*said, *filled]))


def model_draft(
    model: Model, artifacts: Artifacts, rows: Rows = NOTHING_KNOWN, profile: Profile | None = None
) -> Draft:
    """Grain and origin of a model.

    Args:
        rows: what its SQL says of its rows.
        profile: what it holds; None if it is not built.
    """
    parents = [
        one.name for one in artifacts.models.values() if one.unique_id in set(model.parents)
    ] or [f"raw.{entity}" for entity in artifacts.sources_of(model.name)]
    made = [f"Made from {_listed(sorted(parents))}."] if parents else []
    text = " ".join([*_grain(model, rows, profile), *made])
    return Draft(model.name, "", escaped(text), "drafted")


def _grain(model: Model, rows: Rows, profile: Profile | None) -> list[str]:
    by = list(model.keys[:1]) or list(rows.by)
    of = f" of `{rows.of[1]}`" if rows.of else ""
    where = [one for one in rows.where if len(one) <= LONGEST_CONDITION and "`" not in one]
    left_out = ""
    if of and where and len(where) == len(rows.where) <= MAX_CONDITIONS:
        left_out = f" where {' and '.join(f'`{one}`' for one in where)}"
    if by and of and left_out:
        return [f"One row per {_and([_words(name) for name in by])}.", f"Only rows{of}{left_out}."]
    if by:
        return [f"One row per {_and([_words(name) for name in by])}."]
    if of:
        return [f"One row per row{of}{left_out}."]
    differ = [one.name for one in profile.columns.values() if one.unique] if profile else []
    return [f"So far `{differ[0]}` differs in every row."] if differ else []


def _what(
    name: str,
    origin: Origin | None,
    figures: ColumnProfile | None,
    known: Mapping[tuple[Relation, str], str],
) -> str:
    words = _words(name)
    if figures and figures.data_type == "boolean":
        for start in ("is ", "has ", "was "):
            if words.startswith(start):
                return f"Whether it {words}." + _computed(origin)
        return f"Whether {words}." + _computed(origin)
    phrase = in_words(origin) if origin and origin.expression else ""
    if origin and phrase:
        return f"{phrase[:1].upper()}{phrase[1:]}{_meaning(phrase, origin, known)}."
    if figures and figures.data_type.startswith("timestamp"):
        return f"When: {words.removesuffix(' at')}." + _computed(origin)
    return f"{words[:1].upper()}{words[1:]}." + _computed(origin)


def _meaning(phrase: str, origin: Origin, known: Mapping[tuple[Relation, str], str]) -> str:
    """What the only column of a phrase means, if that is one short sentence."""
    if len(origin.inputs) != 1:
        return ""
    (_, relation), column = origin.inputs[0]
    said = known.get(origin.inputs[0], "").removesuffix(".")
    short = 0 < len(said) <= LONGEST_MEANING and not any(mark in said for mark in ("{{", ". ", ":"))
    if not short or not phrase.endswith(f"`{relation}.{column}`"):
        return ""
    return f" ({said[:1].lower()}{said[1:]})"


def _computed(origin: Origin | None) -> str:
    if origin is None:
        return ""
    if origin.column:
        (schema, relation), column = origin.column
        return f" Taken from `{schema}.{relation}.{column}`."
    if not origin.expression:
        return ""
    inputs = [f"`{relation[1]}.{column}`" for relation, column in origin.inputs[:MAX_INPUTS]]
    more = ", ..." if len(origin.inputs) > MAX_INPUTS else ""
    of = f", from {', '.join(inputs)}{more}" if inputs else ""
    expression = " ".join(origin.expression.split())
    if len(expression) > LONGEST_EXPRESSION:
        return f" Computed{of}." if of else ""
    return f" Computed as `{expression}`{of}."


def _tested(tests: Sequence[ColumnTest]) -> list[str]:
    said = []
    for test in tests:
        match test.name:
            case "unique":
                said.append("Unique.")
            case "accepted_values":
                values = [str(value) for value in test.arguments.get("values", [])]
                said.append(f"One of: {', '.join(values)}.")
            case "relationships":
                to = str(test.arguments.get("to", "")).removeprefix("ref(").strip("'\")")
                said.append(f"Refers to `{to}.{test.arguments.get('field', '')}`.")
    return said


def _values(figures: ColumnProfile | None, tests: Sequence[ColumnTest]) -> list[str]:
    if figures is None or not figures.categories or any(t.name == "accepted_values" for t in tests):
        return []
    return [f"Values seen: {', '.join(figures.categories)}."]


def _filled(figures: ColumnProfile | None, tests: Sequence[ColumnTest]) -> list[str]:
    if figures is None:
        return []
    if figures.empty_share >= 0.995:
        return ["Always empty so far."]
    if figures.empty_share > 0:
        return ["May be empty."]
    return ["Never empty."] if any(test.name == "not_null" for test in tests) else []


def _words(name: str) -> str:
    return name.strip("_").replace("_", " ")


def _listed(names: Sequence[str]) -> str:
    return _and([f"`{name}`" for name in names])


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
