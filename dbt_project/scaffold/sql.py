"""The SQL of a plan: staging, judged rows and mart, in the shapes of the project's own models."""

from __future__ import annotations

from dbt_project.scaffold.plan import Column, Entity, day_of

WIDEST = 110
"""Columns of a line from which a comment is broken."""


def staging(entity: Entity) -> str:
    """`stg_<source>__<entity>`: source, cleaned, flagged."""
    typed = [column for column in entity.columns if column.typed]
    passed = [f"reading.{column.name}" for column in entity.columns]
    passed += [f"reading.raw_{column.name}" for column in typed]
    readings = []
    for column in entity.columns:
        readings += _comment(column.doubt, 16)
        readings.append(f"                {_call(column)} as {column.name},")
    raw = [f"                {_raw(column)} as raw_{column.name}," for column in typed]
    lines = [*readings, *raw]
    last = max(i for i, line in enumerate(lines) if not line.strip().startswith("--"))
    lines[last] = lines[last].removesuffix(",")
    text = f"""with source as (
    select * from {{{{ source('{entity.source}', '{entity.name}') }}}}
),

cleaned as (
    select
        source._file_id,
        source._line,
{_list(passed, 8)}
    from source
    cross join
        lateral ( -- noqa: ST05
            -- `limit 1`: each value is worked out once a row, not again for every code that looks at it.
            select
{chr(10).join(lines)}
            limit 1
        ) as reading
)

select
{_list([column.name for column in entity.columns], 4)},
{_issues(typed)}
    _file_id,
    _line
from cleaned
"""
    return text


def judged(entity: Entity) -> str:
    """`int_<entity>__judged`: the rows as they go into the mart."""
    columns = [f"records.{column.name}" for column in entity.columns]
    files = ""
    if not entity.time:
        columns.append("(files.loaded_at at time zone 'UTC')::date as loaded_on")
        files = "\nleft join {{ ref('stg_ledger__files') }} as files on records._file_id = files.file_id"
    return f"""{{{{ config(indexes=[{{'columns': ['_file_id', '_line'], 'unique': True}}]) }}}}

with records as (
    select * from {{{{ ref('{entity.staging}') }}}}
)

select
{_list(columns, 4)},
    records._issues,
    false as is_excluded,
    null::text as kept_instead,
    records._file_id,
    records._line
from records{files}
"""


def mart(entity: Entity) -> str:
    """`dim_<entity>` or `fct_<entity>`: one row per record kept."""
    columns = []
    if not entity.is_natural:
        columns.append(_key(entity))
    for column in entity.columns:
        columns.append(column.name)
        if column.is_time and day_of(column) != column.name:
            columns.append(f"({column.name} at time zone 'UTC')::date as {day_of(column)}")
    if not entity.time:
        columns.append("loaded_on")
    return f"""{{{{ config(indexes=[{{'columns': ['{entity.key_column}'], 'unique': True}}]) }}}}

with records as (
    select * from {{{{ ref('{entity.judged}') }}}}
    where not is_excluded
)

select
{_list(columns, 4)},
    _issues as issues,
    _file_id,
    _line
from records
"""


def _key(entity: Entity) -> str:
    if entity.key:
        return f"concat_ws('|', {', '.join(entity.key)}) as {entity.key_column}"
    return f"concat(_file_id, ':', _line) as {entity.key_column}"


def _call(column: Column) -> str:
    if len(column.path) > 1:
        return f"{{{{ {column.reader}({_json(column)}{column.arguments}) }}}}"
    if not column.reader:
        return _raw(column)
    return f"{{{{ {column.reader}('{_quoted(column.path[0])}'{column.arguments}) }}}}"


def _raw(column: Column) -> str:
    if len(column.path) > 1:
        return f"{{{{ {_json(column)} }}}}"
    return _quoted(column.path[0])


def _json(column: Column) -> str:
    keys = ", ".join(f"'{key}'" for key in column.path[1:])
    return f"json_text('{_quoted(column.path[0])}', [{keys}])"


def _quoted(name: str) -> str:
    from dbt_project.scaffold.decide import RESERVED

    return f'"{name}"' if name in RESERVED or name[0].isdigit() else name


def _issues(typed: list[Column]) -> str:
    if not typed:
        return "    '{}'::text[] as _issues,"
    checks = "\n".join(
        f"        ('{column.rule}', is_unreadable('raw_{column.name}', '{column.name}')),"
        for column in typed
    )
    return f"    {{{{ issue_codes([\n{checks}\n    ]) }}}} as _issues,"


def _list(columns: list[str], indent: int) -> str:
    return ",\n".join(f"{' ' * indent}{column}" for column in columns)


def _comment(text: str, indent: int) -> list[str]:
    if not text:
        return []
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) + 1 > WIDEST - indent:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [f"{' ' * indent}-- {part}" for part in [*lines, line]]
