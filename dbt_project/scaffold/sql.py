"""The SQL of a plan: staging, judged rows and mart, in the shapes of the project's own models.

The shapes are templates with brackets for braces, since braces are dbt's.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dbt_project.scaffold.plan import RESERVED, Column, Context, Entity, Listed, Texts, day_of

WIDEST = 96
"""Characters of a line of a comment."""


def staging(entity: Entity) -> str:
    """`stg_<source>__<entity>`: source, cleaned, flagged."""
    typed = [column for column in entity.columns if column.typed]
    readings: list[str] = []
    for column in entity.columns:
        readings += [f"-- {line}" for line in textwrap.wrap(column.doubt, WIDEST)]
        call = _call(column)
        readings.append(f"{call}," if call == column.name else f"{call} as {column.name},")
    readings += [f"{_given(column)} as raw_{column.name}," for column in typed]
    readings[-1] = readings[-1].removesuffix(",")
    passed = [column.name for column in entity.columns]
    passed += [f"raw_{column.name}" for column in typed]
    return _render("staging.sql", entity=entity, typed=typed, passed=passed, readings=readings)


def listed(entity: Entity) -> str:
    """`int_<entity>`: the elements of a list inside a column, typed."""
    own = [column for column in entity.columns if column.path]
    typed = [column for column in own if column.typed]
    readings = [f"{_call(column)} as {column.name}," for column in own]
    readings += [f"{_given(column)} as raw_{column.name}," for column in typed]
    place = _place(entity)
    inherited = [c.name for c in entity.columns if not c.path and c.name != place.position]
    from_owner = [
        f"{_joined([f'records.{part}' for part in place.owner_parts])} as {name}"
        if name == place.owner_key
        else f"records.{name}"
        for name in inherited
    ]
    return _render(
        "listed.sql", entity=entity, typed=typed, readings=readings, elements=_elements(place),
        from_owner=from_owner,
    )  # fmt: skip


def _place(entity: Entity) -> Listed:
    if entity.list_of is None:
        raise ValueError(f"{entity.name} is no list")
    return entity.list_of


def _elements(place: Listed) -> str:
    column = f"records.{place.column}"
    if place.mark:
        return f"string_to_table({column}, '{place.mark}')"
    kind = "" if place.of_objects else "_text"
    macro = "json_pairs" if place.is_map else "json_list"
    return f"jsonb_array_elements{kind}({{{{ {macro}('{column}') }}}})"


def judged(entity: Entity) -> str:
    """`int_<entity>__judged`: the rows as they go into the mart."""
    rows = "judged" if entity.copies else "records"
    read = [f"{rows}.{name}" for name in entity.parts]
    # A year alone is its first day, a month its first.
    parts = ", ".join([*read, *["1"] * (3 - len(read))])
    return _render("judged.sql", entity=entity, rows=rows, parts=parts)


def mart(entity: Entity) -> str:
    """`dim_<entity>` or `fct_<entity>`: one row per record kept."""
    columns = [] if entity.is_natural else [_key(entity)]
    for column in entity.columns_kept:
        columns.append(column.name)
        if column.is_time and day_of(column) != column.name:
            columns.append(f"({column.name} at time zone 'UTC')::date as {day_of(column)}")
    if not entity.time:
        columns.append("loaded_on")
    return _render("mart.sql", entity=entity, columns=columns)


def context(entity: Entity, of: Context) -> str:
    """`context_<entity>_by_day`: each day beside the days that are like it."""
    return _render("context.sql", entity=entity, context=of)


def texts(entity: Entity, of: Texts) -> str:
    """`context_<entity>_texts`: each free text beside the others."""
    return _render("texts.sql", entity=entity, texts=of)


@cache
def _environment() -> Environment:
    return Environment(  # noqa: S701 - SQL, not HTML
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        variable_start_string="[[", variable_end_string="]]",
        block_start_string="[%", block_end_string="%]",
        comment_start_string="[#", comment_end_string="#]",
        trim_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined,
    )  # fmt: skip


def _render(template: str, **values: object) -> str:
    return _environment().get_template(template).render(**values)


def _key(entity: Entity) -> str:
    return f"{_joined(entity.parts_of_key)} as {entity.key_column}"


def _joined(parts: Sequence[str]) -> str:
    """The text that a key of several columns is; of a file and a line it has its own sign."""
    if [part.rpartition(".")[2] for part in parts] == ["_file_id", "_line"]:
        return f"concat({parts[0]}, ':', {parts[1]})"
    return f"concat_ws('|', {', '.join(parts)})"


def _call(column: Column) -> str:
    if not column.reader:
        return _raw(column)
    read = _argument(column)
    if any(map(str.isdigit, "".join(column.nothing))):
        # Only numbers could be read as values: words are none to a macro that reads numbers.
        read = f"null_if_token({read}, {list(column.nothing)!r})"
    return f"{{{{ {column.reader}({read}{column.arguments}) }}}}"


def _given(column: Column) -> str:
    if not column.nothing:
        return _raw(column)
    return f"{{{{ null_if_token({_argument(column)}, {list(column.nothing)!r}) }}}}"


def _argument(column: Column) -> str:
    return _json(column) if len(column.path) > 1 else f"'{_quoted(column.path[0])}'"


def _raw(column: Column) -> str:
    if len(column.path) > 1:
        return f"{{{{ {_json(column)} }}}}"
    return _quoted(column.path[0])


def _json(column: Column) -> str:
    keys = ", ".join("'" + key.replace("'", "\\'") + "'" for key in column.path[1:])
    return f"json_text('{_quoted(column.path[0])}', [{keys}])"


def _quoted(name: str) -> str:
    return f'"{name}"' if name in RESERVED or name[0].isdigit() else name
