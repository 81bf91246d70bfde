"""The plan of a list inside a column: its elements, each with the key and the time of its row."""

from __future__ import annotations

from dataclasses import replace

from dbt_project.profiling.lists import POSITION
from dbt_project.profiling.values import ListIn, TableProfile
from dbt_project.profiling.words import label, singular
from dbt_project.scaffold import columns
from dbt_project.scaffold.plan import Column, Entity, Link, Listed, Role, begun

ELEMENT = "item.element"
"""The element, in the model that takes the list apart."""


_ROW = ("_file_id", "_line")


def entity(profile: TableProfile, place: ListIn, parent: Entity) -> Entity:
    """The plan of a list's elements.

    Args:
        profile: of the elements.
        place: where the list is.
        parent: the table whose rows have the list.
    """
    many = begun(profile.entity, parent.source)
    one = singular(many)
    column_of_it = _holder(parent, place)
    inherited = _inherited(parent)
    taken = {column.name for column in inherited}
    position = f"{one}_{POSITION}" if POSITION in taken else POSITION
    taken.add(position)
    names = columns.names({column.name: column for column in profile.columns}, one)
    own = []
    for column in profile.columns:
        name = names[column.name]
        name = columns.free(f"{one}_{name}" if name in taken else name, taken)
        taken.add(name)
        planned = columns.planned(column, name, profile, None)
        own.append(replace(planned, path=(ELEMENT, *column.path[1:])))
    questions = [f"{profile.entity}.{c.name}: {c.doubt}" for c in own if c.doubt]
    if place.mark:
        questions.append(
            f"{parent.name}.{column_of_it.name}: lists with `{place.mark}` between the values? "
            f"Each value is a row of fct_{profile.entity}, too."
        )
    places = (*(parent.list_of.places if parent.list_of else ()), position)
    place_of_it = f"Place of the {one.replace('_', ' ')} in its list, from 1."
    return Entity(
        name=profile.entity,
        source=parent.source,
        one=one,
        many=many,
        staging=parent.staging,
        judged=f"int_{profile.entity}",
        mart=f"fct_{profile.entity}",
        rows=profile.rows,
        columns=(*inherited, _made(position, "bigint", "attribute", place_of_it), *own),
        key=(*parent.parts_of_key, position),
        key_column=columns.free(f"{one}_key", taken),
        time=columns.time(own, profile) or parent.time,
        measures=tuple(
            found
            for column, seen in zip(own, profile.columns, strict=True)
            if (found := columns.measure(column, seen))
        ),
        links=_to_parent(parent, profile.rows),
        questions=tuple(questions),
        list_of=Listed(
            model=parent.judged,
            column=column_of_it.name,
            of_objects=place.of_objects,
            mark=place.mark,
            is_map=place.is_map,
            position=position,
            places=places,
            owner_key="" if parent.is_natural else parent.key_column,
            owner_parts=() if parent.is_natural else parent.parts_of_key,
        ),
    )


def _holder(parent: Entity, place: ListIn) -> Column:
    """The column that has the list: of an element, the path's start is the element's."""
    return next(
        column
        for column in parent.columns
        if column.path[1:] == place.path[1:]
        and column.path[:1] == ((ELEMENT,) if parent.list_of else place.path[:1])
    )


def _made(name: str, data_type: str, role: Role, meaning: str) -> Column:
    """A column that is in no file."""
    return Column(
        name=name,
        path=(),
        reader="",
        arguments="",
        data_type=data_type,
        role=role,
        label=label(name),
        meaning=meaning,
    )


def _inherited(parent: Entity) -> list[Column]:
    """The key and the time of the row that has the list, and what leads from it further up."""
    one = parent.one.replace("_", " ")
    time = [parent.time] if parent.time else []
    above = [link.column for link in parent.links] if parent.list_of else []
    names = dict.fromkeys([*above, *parent.key, *time])
    found = [
        replace(
            column,
            path=(),
            typed=False,
            doubt="",
            tests=(),
            usual=None,
            meaning=column.meaning if column.name in above else f"Of the {one}: {column.meaning}",
        )
        for column in (parent.column(name) for name in names if name not in _ROW)
    ]
    if parent.is_natural:
        return found
    meaning = f"Key of the {one} that has the list."
    return [_made(parent.key_column, "text", "link", meaning), *found]


def _to_parent(parent: Entity, rows: int) -> tuple[Link, ...]:
    above = [replace(link, given=rows) for link in parent.links] if parent.list_of else []
    return (
        *above,
        Link(
            column=parent.key_column,
            entity=parent.one,
            parent=parent.name,
            parent_mart=parent.mart,
            parent_column=parent.key_column,
            holds=True,
            given=rows,
            orphans=0,
            examples=(),
        ),
    )
