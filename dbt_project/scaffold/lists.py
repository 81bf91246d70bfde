"""The plan of a list inside a column: its elements, each with the key and the time of its row."""

from __future__ import annotations

from dataclasses import replace

from dbt_project.profiling.lists import POSITION
from dbt_project.profiling.values import ListIn, TableProfile
from dbt_project.profiling.words import singular
from dbt_project.scaffold import columns
from dbt_project.scaffold.plan import Column, Entity, Link, Listed

ELEMENT = "item.element"
"""The element, in the model that takes the list apart."""


def entity(profile: TableProfile, place: ListIn, parent: Entity) -> Entity:
    """The plan of a list's elements.

    Args:
        profile: of the elements.
        place: where the list is.
        parent: the table whose rows have the list.
    """
    one = singular(profile.entity)
    column_of_it = next(column for column in parent.columns if column.path == place.path)
    inherited = _inherited(parent)
    taken = {column.name for column in inherited} | {POSITION}
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
    key = (*(parent.key or ("_file_id", "_line")), POSITION)
    return Entity(
        name=profile.entity,
        source=parent.source,
        one=one,
        many=profile.entity,
        staging=parent.staging,
        judged=f"int_{profile.entity}",
        mart=f"fct_{profile.entity}",
        rows=profile.rows,
        columns=(*inherited, _POSITION, *own),
        key=key,
        key_column=columns.free(f"{one}_key", taken),
        time=parent.time,
        measures=tuple(
            found
            for column, seen in zip(own, profile.columns, strict=True)
            if (found := columns.measure(column, seen))
        ),
        links=_to_parent(parent, profile.rows),
        questions=tuple(questions),
        list_of=Listed(parent.judged, column_of_it.name, place.of_objects, place.mark),
    )


_POSITION = Column(
    name=POSITION,
    path=(),
    reader="",
    arguments="",
    data_type="bigint",
    role="attribute",
    label="Position",
    meaning="Place in the list, from 1.",
)


def _inherited(parent: Entity) -> list[Column]:
    """The key and the time of the row that has the list."""
    names = dict.fromkeys([*parent.key, *([parent.time] if parent.time else [])])
    return [
        replace(parent.column(name), path=(), typed=False, doubt="", tests=(), usual=None)
        for name in names
    ]


def _to_parent(parent: Entity, rows: int) -> tuple[Link, ...]:
    if not parent.is_natural:
        return ()
    return (
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
