"""`explain_row`: where one mart row comes from and what was found wrong with it.

Only what `assay_reader` may see: the row, its file and line from the ledger, the issues recorded on
the way. The raw text itself is `assay trace`'s, which reads as the owner.
"""

from __future__ import annotations

from typing import Any

from psycopg import sql

from dbt_project.artifacts import Artifacts, Model
from llm.database import Door, QueryResult
from llm.errors import RequestError

COLUMNS = ("what", "value")
LONGEST_VALUE = 200


def explain(door: Door, artifacts: Artifacts, key: str, model: str = "") -> QueryResult:
    """The row as (what, value) pairs: its columns, its file and line, each issue.

    Args:
        key: the row's key as text, such as O-0000014.
        model: the mart; empty to look in all that are keyed by one column.

    Raises:
        RequestError: no such mart or row.
        QueryError: the tables cannot be read.
    """
    marts = [m for m in artifacts.models.values() if m.schema == "marts" and m.keys]
    # Rows that stand for one record of a file come first.
    marts.sort(
        key=lambda m: (
            all(column.name != "_file_id" for column in m.columns),
            m.name.startswith("context_"),
        )
    )
    name = model.rpartition(".")[2].strip().lower()
    wanted = [m for m in marts if m.name == name] if name else marts
    if not wanted:
        raise RequestError(
            f"there is no mart {model!r} whose rows have a key",
            hint=f"There are: {', '.join(sorted(m.name for m in marts))}.",
        )
    for mart in wanted:
        found = _row(door, mart, key.strip())
        if found is not None:
            return _explained(door, artifacts, mart, *found)
    raise RequestError(
        f"no row of {wanted[0].name if name else 'any mart'} has the key {key!r}",
        hint="Was it excluded? quality.exclusions lists excluded rows by key.",
    )


def narrate(result: QueryResult) -> str:
    """The explanation in words."""
    found = {str(what): str(value) for what, value in result.rows}
    issues = [str(value) for what, value in result.rows if str(what).startswith("issue (")]
    said = f"It is a row of {found['mart']} and came from {found.get('came from', 'no file')}."
    if "loaded" in found:
        said += f" The file was loaded {found['loaded']}."
    if issues:
        return f"{said} What was found on the way: {' '.join(issues)}"
    return f"{said} Nothing was found wrong with it."


def _row(door: Door, mart: Model, key: str) -> tuple[str, dict[str, Any]] | None:
    if door.relations().find(mart.name, mart.schema) is None:
        return None
    hidden = _hidden(mart)
    statement = sql.SQL("select to_jsonb(r) from {} as r where r.{}::text = {} limit 1").format(
        sql.Identifier(mart.schema, mart.name), sql.Identifier(mart.keys[0]), sql.Literal(key)
    )
    text = statement.as_string()
    rows = door.fetch(text.replace("%", "%%"))
    if not rows:
        return None
    return text, {name: value for name, value in rows[0][0].items() if name not in hidden}


def _explained(
    door: Door, artifacts: Artifacts, mart: Model, statement: str, row: dict[str, Any]
) -> QueryResult:
    file_id, line = row.pop("_file_id", None), row.pop("_line", None)
    values = [(c.name, _text(row[c.name])) for c in mart.columns if c.name in row]
    pairs = [("mart", mart.name), *values]
    relations = [f"{mart.schema}.{mart.name}"]
    known = door.relations()
    if file_id is not None and known.find("files", "quality"):
        relations.append("quality.files")
        for uri, entity, loaded in door.fetch(
            "select uri, entity, loaded_at from quality.files where file_id = %s", (file_id,)
        ):
            pairs += [
                ("came from", f"{uri}, line {line}"),
                ("raw table", f"raw.{entity}"),
                ("loaded", f"{loaded:%Y-%m-%d %H:%M} UTC"),
            ]
    if file_id is not None and known.find("issues", "quality"):
        relations.append("quality.issues")
        for rule, severity, column, raw, meaning in door.fetch(
            """
            select i.rule, i.severity, i.column_name, i.raw_value, coalesce(r.meaning, '')
            from quality.issues as i
            join quality.files as f on f.file_id = i._file_id and f.entity = i.entity
            left join quality.rules as r on r.entity = i.entity and r.code = i.rule
            where i._file_id = %s and i._line = %s
            order by 1
            """,
            (file_id, line),
        ):
            was = "" if column in _hidden(mart) else f" The source had {column} = {raw!r}."
            pairs.append((f"issue ({severity})", f"{rule}: {meaning}{was}"))
    elif file_id is None:
        made = ", ".join(artifacts.sources_of(mart.name))
        pairs.append(("came from", f"no single record: it is made from {made}"))
    return QueryResult(
        sql=statement,
        columns=COLUMNS,
        rows=tuple(pairs),
        truncated=False,
        seconds=0.0,
        relations=tuple(relations),
    )


def _hidden(mart: Model) -> frozenset[str]:
    return frozenset(column.name for column in mart.columns if column.meta.get("pii"))


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
