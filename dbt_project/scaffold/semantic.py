"""Semantic models and metrics of a plan: what can be asked of the mart, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from types import MappingProxyType
from typing import Any

from dbt_project.profiling.words import label, singular
from dbt_project.scaffold.plan import Column, Entity, Texts, day_of, is_name, link_stem
from dbt_project.scaffold.yaml_text import Inline, Row

_GRAINS = {"day", "week", "month", "quarter", "year", "hour", "minute", "second", "date", "time"}
"""Names that MetricFlow keeps for itself, or that a question means otherwise."""


def of_two_kinds(entities: Iterable[Entity], words: Set[str] = frozenset()) -> frozenset[str]:
    """Names that are a dimension in one table and in another an entity, or a time.

    MetricFlow wants a name to be one thing in the whole project, so that such dimensions are called
    by their table, too.

    Args:
        words: names of metrics, semantic models and entities of the rest of the project.
    """
    named = set(words)
    times: set[str] = set()
    others: set[str] = set()
    for entity in entities:
        named |= {entity.one, *entity.entity_names, *(link.entity for link in entity.links)}
        for column in entity.columns_kept:
            if column.is_time:
                times.add(day_of(column))
            else:
                others.add(column.name)
    return frozenset((named & (times | others)) | (times & others))


def semantic_model(
    entity: Entity,
    unclear: Set[str] = frozenset(),
    words: Mapping[tuple[str, str], Sequence[str]] = MappingProxyType({}),
) -> dict[str, Any]:
    """The semantic model over an entity's mart.

    Args:
        unclear: names `of_two_kinds`.
        words: what entities are `called`.
    """
    entities: list[dict[str, Any]] = [
        {
            "name": entity.one,
            "type": "primary",
            "expr": entity.key_column,
            "description": f"The {entity.one.replace('_', ' ')}.",
            **_also(words.get((entity.name, entity.one), ())),
        }
    ]
    entities += [
        {
            "name": name,
            "type": "unique",
            "expr": entity.key_column,
            "description": f"The same {entity.one.replace('_', ' ')}, as others lead to it.",
            **_also(words.get((entity.name, name), ())),
        }
        for name in entity.entity_names
    ]
    entities += [
        {
            "name": link.entity,
            # Its own key may lead to another table's, as ratings lead to titles: one to one.
            "type": "foreign" if link.column != entity.key_column else "unique",
            "expr": link.column,
            "description": f"The {link.entity.replace('_', ' ')}, by {link.column}.",
            **_also(words.get((link.parent, link.entity), ())),
        }
        for link in entity.links
        if link.holds
    ]
    taken = {one["name"] for one in entities}
    dimensions = _dimensions(entity, taken, unclear)
    return {
        "name": _name(entity),
        "description": f"{label(entity.many)}, one row each.",
        "model": f"ref('{entity.mart}')",
        "defaults": {"agg_time_dimension": _element(entity.day, entity, unclear)},
        "entities": entities,
        "dimensions": dimensions,
        "measures": _measures(entity),
    }


def called(entities: Iterable[Entity]) -> dict[tuple[str, str], list[str]]:
    """What columns that lead to a table call its rows: (table, entity's name) -> words.

    Of a `damage_class_id` that leads to `move_damage_classes` people say damage class.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for entity in entities:
        for link in entity.links:
            word = link_stem(link.column)
            words = found.setdefault((link.parent, link.entity), [])
            if word != link.entity and word.replace("_", " ") not in words:
                words.append(word.replace("_", " "))
    return found


def _also(words: Sequence[str]) -> dict[str, Any]:
    return {"config": {"meta": Inline(synonyms=Row(list(words)))}} if words else {}


def _element(name: str, entity: Entity, unclear: Set[str]) -> str:
    """A column's name in the semantic layer: by the table, too, where it may not stand alone."""
    if name in _GRAINS | unclear or not is_name(name):
        return f"{entity.one}_{re.sub('_+', '_', name).strip('_')}"
    return name


def _dimensions(entity: Entity, taken: set[str], unclear: Set[str]) -> list[dict[str, Any]]:
    measured = {measure.column for measure in entity.measures}
    found = []
    for column in entity.columns_kept:
        name = _element(column.name, entity, unclear)
        if column.is_time:
            found.append(_time(column, entity, unclear))
        elif {name, column.name} & taken or column.name in measured or column.role == "text":
            continue
        elif column.data_type in ("text", "boolean", "integer") and not column.personal:
            found.append(
                {
                    "name": name,
                    "type": "categorical",
                    **({"expr": column.name} if name != column.name else {}),
                    "label": column.label,
                    "description": column.meaning,
                    **_synonyms(column),
                }
            )
    if not entity.time:
        found.insert(
            0,
            {
                "name": "loaded_on",
                "type": "time",
                "type_params": Inline(time_granularity="day"),
                "label": "Loaded on",
                "description": "The day on which the row's file was loaded; it has no other time.",
                "config": {"meta": Inline(is_load_day=True)},
            },
        )
    return found


def _time(column: Column, entity: Entity, unclear: Set[str]) -> dict[str, Any]:
    day = day_of(column)
    name = _element(day, entity, unclear)
    return {
        "name": name,
        "type": "time",
        **({"expr": day} if name != day else {}),
        "type_params": Inline(time_granularity="day"),
        "label": column.label,
        "description": f"{column.meaning} By day, in UTC.",
        **_synonyms(column),
    }


def _synonyms(column: Column) -> dict[str, Any]:
    if not column.synonyms:
        return {}
    return {"config": {"meta": Inline(synonyms=Row(column.synonyms))}}


def _measures(entity: Entity) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": _count(entity),
            "agg": "sum",
            "expr": "1",
            "description": f"{label(entity.many)}.",
        }
    ]
    for measure in entity.measures:
        column = entity.column(measure.column)
        for aggregation in measure.aggregations:
            how = "in all" if aggregation == "sum" else "on average"
            found.append(
                {
                    "name": measure_name(entity, column.name, aggregation),
                    "agg": aggregation,
                    "expr": measure.expression or column.name,
                    "description": f"{column.label}, {how}.",
                }
            )
    return found


def _name(entity: Entity) -> str:
    """The semantic model's name: the table's, or its words where others have that name."""
    return entity.name if singular(entity.name) == entity.one else entity.many


def _count(entity: Entity) -> str:
    return f"{_name(entity)}_counted"


def measure_name(entity: Entity, column: str, aggregation: str) -> str:
    """The measure of a column: unique in the project, as MetricFlow wants it."""
    return f"{entity.one}_{column}_{'sum' if aggregation == 'sum' else 'average'}"


def metrics(
    entity: Entity, taken: set[str], shared: Set[str] = frozenset()
) -> list[dict[str, Any]]:
    """The metrics over an entity's measures.

    Args:
        taken: gathers the names used in the project.
        shared: columns that several tables measure: their metrics say of what.
    """
    one, many = entity.one.replace("_", " "), entity.many.replace("_", " ")
    name = _metric_name(entity.many, entity, taken)
    found = [
        {
            "name": name,
            "label": label(entity.many),
            "description": f"How many {many} there are.",
            "type": "simple",
            "type_params": Inline(measure=Inline(name=_count(entity), fill_nulls_with=0)),
            "config": {
                "meta": Inline(
                    owner=entity.source,
                    unit="count",
                    synonyms=Row(_counted(entity)),
                )
            },
        }
    ]
    for measure in entity.measures:
        column = entity.column(measure.column)
        words = column.label.lower()
        in_unit = f", in {measure.unit}" if measure.expression else ""
        for aggregation in measure.aggregations:
            total = aggregation == "sum"
            how = "in all" if total else "on average"
            prefix = "total" if total else "average"
            own = "total" if total else "average|avg|mean"
            stem = re.sub(rf"^({own})_(?=.)", "", column.name)
            if stem != column.name:
                words = label(stem).lower()
            also = [f"mean {words}", f"avg {words}"] if not total else [f"sum of {words}"]
            also += [f"{prefix} {other}" for other in column.synonyms]
            plain = [words, *column.synonyms] if total or len(measure.aggregations) == 1 else []
            name, title = f"{prefix}_{stem}", f"{prefix.capitalize()} {words}"
            if column.name in shared:
                name, title = f"{entity.one}_{name}", f"{title} of {many}"
                plain = [f"{one} {words}", f"{words} of {many}", *plain] if plain else []
                also = [f"{prefix} {one} {words}", *also]
            found.append(
                {
                    "name": _metric_name(name, entity, taken),
                    "label": title,
                    "description": f"{column.label} of {many}, {how}{in_unit}.",
                    "type": "simple",
                    "type_params": Inline(measure=measure_name(entity, column.name, aggregation)),
                    "config": {
                        "meta": Inline(
                            owner=entity.source,
                            unit=measure.unit or "number",
                            synonyms=Row(list(dict.fromkeys([*plain, *also]))),
                        )
                    },
                }
            )
    return found


def of_texts(entity: Entity, texts: Texts, unclear: Set[str] = frozenset()) -> dict[str, Any]:
    """The semantic model over the context of an entity's free texts."""
    one = entity.one.replace("_", " ")
    day = _element(entity.day, entity, unclear)
    return {
        "name": f"{_name(entity)}_texts",
        "description": f"Texts of {entity.many.replace('_', ' ')}, one row each.",
        "model": f"ref('{texts.name}')",
        "defaults": {"agg_time_dimension": day},
        "primary_entity": f"{entity.one}_text",
        "entities": [
            {
                "name": entity.one,
                "type": "unique",
                "expr": entity.key_column,
                "description": f"The {one} that has the text.",
            }
        ],
        "dimensions": [
            {
                "name": day,
                "type": "time",
                **({"expr": entity.day} if day != entity.day else {}),
                "type_params": Inline(time_granularity="day"),
                "label": "Day of the text",
                "description": "The day of the row that has the text.",
                **({} if entity.time else {"config": {"meta": Inline(is_load_day=True)}}),
            },
            {
                "name": f"{entity.one}_language",
                "type": "categorical",
                "expr": "language",
                "label": f"Language of the {one}",
                "description": "The text's language, by its stop words.",
                "config": {"meta": Inline(synonyms=Row(["language of the text", "text language"]))},
            },
        ],
        "measures": [
            {
                "name": f"{entity.one}_sentiment",
                "agg": "average",
                "expr": "sentiment",
                "description": "How the texts sound, from -1 to 1, on average.",
            }
        ],
    }


def sentiment(entity: Entity, taken: set[str]) -> dict[str, Any]:
    """The metric over an entity's free texts."""
    one, many = entity.one.replace("_", " "), entity.many.replace("_", " ")
    return {
        "name": _metric_name(f"sentiment_of_{entity.many}", entity, taken),
        "label": f"Sentiment of {many}",
        "description": f"How the texts of {many} sound, from -1 (complaint) to 1 (praise), on "
        "average.",
        "type": "simple",
        "type_params": Inline(measure=f"{entity.one}_sentiment"),
        "config": {
            "meta": Inline(
                owner=entity.source,
                unit="number",
                better="up",
                synonyms=Row(
                    [f"average sentiment of {many}", f"{one} sentiment", f"mood of {many}"]
                ),
            )
        },
    }


def _counted(entity: Entity) -> list[str]:
    """Words for how many there are, of the table's name and of its last part."""
    one, many = entity.one.replace("_", " "), entity.many.replace("_", " ")
    words = [f"number of {many}", f"{one} count", f"count of {many}"]
    own = entity.name.replace("_", " ")
    if own != many:
        words.insert(0, own)
    if entity.short:
        short = entity.short.replace("_", " ")
        words += [short, f"number of {short}"]
    return words


def _metric_name(name: str, entity: Entity, taken: set[str]) -> str:
    free = name.strip("_")
    if free in taken:
        free = f"{entity.one}_{free}"
    number = 2
    while free in taken:
        free, number = f"{entity.one}_{name}_{number}", number + 1
    taken.add(free)
    return free
