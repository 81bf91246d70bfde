"""Training sets: what was known of each customer on a day, as Parquet with a manifest beside it.

The SQL is the dbt macro `customer_features`. Here it is compiled, held to the tests of every model
that it is made from, run in one read-only snapshot of the database, and written down together with
what somebody needs to make the same file again or to say where a value came from.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
from psycopg import sql

from dbt_project import artifacts, postgres, runner
from dbt_project.errors import ConfigurationError, GateClosed, mapped

if TYPE_CHECKING:
    import pyarrow as pa

MACRO = "customer_features"
_BAD = frozenset({"fail", "error", "runtime error"})
_KEYS = frozenset({"customer_key", "as_of"})


@dataclass(frozen=True)
class Column:
    """A column of the training set; its `role` is `key`, `feature` or `label`."""

    name: str
    data_type: str
    role: str
    description: str


@dataclass(frozen=True)
class Source:
    """A file that the data came from, as the ledger has it."""

    file_id: int
    uri: str
    content_hash: str
    loaded_at: str


@dataclass(frozen=True)
class Manifest:
    """What a training set is and what it was made from.

    Attributes:
        as_of: the last day of which anything was known, UTC.
        horizon_days: days after it that the labels look at.
        tests: how the last runs of all tests behind it ended, such as `{"pass": 610}`.
        failing: names of those that failed; empty unless the export was forced.
        sources: the files behind it; `data_version` is one hash over all of their contents.
        caveats: what is known of today all the same.
    """

    as_of: str
    horizon_days: int
    rows: int
    sha256: str
    columns: tuple[Column, ...]
    sql: str
    models: tuple[str, ...]
    tests: dict[str, int]
    failing: tuple[str, ...]
    data_version: str
    sources: tuple[Source, ...]
    caveats: tuple[str, ...]
    made_at: str
    made_with: dict[str, str]


@dataclass(frozen=True)
class Export:
    """What was written, and where."""

    data: Path
    manifest: Path
    content: Manifest


CAVEATS = (
    "Which accounts are one person was judged by all files loaded so far.",
    "Rows that came late are there from the moment they tell of, not from their file's arrival.",
    "Versions of a customer go back to the first build that saw them; before it, the first holds.",
)


def export(as_of: date, out: Path, *, horizon_days: int = 90, force: bool = False) -> Export:
    """Write `customers_<as_of>.parquet` and `customers_<as_of>.json`.

    Args:
        as_of: the last day, UTC, of which anything may be known.
        out: the folder; made if it is not there.
        horizon_days: days after `as_of` that the labels look at.
        force: write although tests of the models behind it failed.

    Raises:
        ConfigurationError: the day lies outside the data, or the horizon is not positive.
        GateClosed: tests failed, were never run, or models are not built.
        ArtifactsMissing: the project has not been built.
    """
    if horizon_days < 1:
        raise ConfigurationError(f"a horizon of {horizon_days} days", hint="use 1 or more")
    project = artifacts.load()
    query, parents = _compiled(as_of, horizon_days)
    models = sorted({model.name for name in parents for model in project.ancestors(name)})
    with postgres.connect() as connection, mapped("the features' query"):
        connection.execute("set transaction isolation level repeatable read, read only")
        connection.execute("set local timezone = 'UTC'")
        _check_day(connection, as_of)
        tests, failing = _gate(connection, project, models, force=force)
        sources = _sources(connection, project, parents)
        out.mkdir(parents=True, exist_ok=True)
        data = out / f"customers_{as_of}.parquet"
        rows, columns = _write(connection, query, data)
    content = Manifest(
        as_of=as_of.isoformat(),
        horizon_days=horizon_days,
        rows=rows,
        sha256=hashlib.sha256(data.read_bytes()).hexdigest(),
        columns=columns,
        sql=query,
        models=tuple(models),
        tests=tests,
        failing=failing,
        data_version=_fingerprint(sources),
        sources=sources,
        caveats=CAVEATS,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        made_with={name: version(name) for name in ("assay", "dbt-core", "pyarrow")},
    )
    manifest = data.with_suffix(".json")
    manifest.write_text(json.dumps(asdict(content), indent=2) + "\n", encoding="utf-8")
    return Export(data, manifest, content)


def _compiled(as_of: date, horizon_days: int) -> tuple[str, list[str]]:
    """The SQL and the names of the models in it."""
    call = f"{{{{ {MACRO}('{as_of.isoformat()}', {horizon_days}) }}}}"
    # Without --no-write-json the manifest of the last build would be replaced.
    result = runner.invoke(["compile", "--no-write-json", "--inline", call])
    node = result.results[0].node
    return node.compiled_code.strip(), [each.split(".")[-1] for each in node.depends_on.nodes]


def _check_day(connection: psycopg.Connection, as_of: date) -> None:
    found = connection.execute("select min(order_date), max(order_date) from marts.fct_orders")
    first, last = found.fetchone() or (None, None)
    if first is None or not first <= as_of <= last:
        raise ConfigurationError(
            f"{as_of} is outside the data, which have orders from {first} to {last}",
            hint="choose a day between the two",
        )


def _gate(
    connection: psycopg.Connection,
    project: artifacts.Artifacts,
    models: list[str],
    *,
    force: bool,
) -> tuple[dict[str, int], tuple[str, ...]]:
    """How the tests of these models ended, and the names of those that did not pass.

    Raises:
        GateClosed: some failed, or there are no results, and it is not forced.
    """
    tests = sorted({test for name in models for test in project.models[name].tests})
    rows = connection.execute(
        "select name, status from quality.node_status where node_id = any(%s)", [tests]
    ).fetchall()
    counts = Counter(status for _, status in rows)
    counts["never run"] = len(tests) - len(rows)
    failing = tuple(sorted(name for name, status in rows if status in _BAD))
    if not force and (failing or counts["never run"]):
        what = f"{len(failing)} of {len(tests)} tests behind the features failed"
        if failing:
            what += f": {', '.join(failing[:5])}{' ...' if len(failing) > 5 else ''}"
        elif counts["never run"]:
            what = f"{counts['never run']} of {len(tests)} tests behind the features never ran"
        raise GateClosed(
            what, hint="mend and run `assay build`, or use --force to export all the same"
        )
    return {status: count for status, count in sorted(counts.items()) if count}, failing


def _sources(
    connection: psycopg.Connection, project: artifacts.Artifacts, parents: list[str]
) -> tuple[Source, ...]:
    entities = sorted({entity for name in parents for entity in project.sources_of(name)})
    rows = connection.execute(
        "select file_id, uri, content_hash, loaded_at from raw._files"
        " where status = 'loaded' and entity = any(%s) order by content_hash, uri",
        [entities],
    )
    return tuple(Source(number, uri, content, at.isoformat()) for number, uri, content, at in rows)


def _fingerprint(sources: tuple[Source, ...]) -> str:
    return hashlib.sha256("\n".join(each.content_hash for each in sources).encode()).hexdigest()


def _write(
    connection: psycopg.Connection, query: str, target: Path
) -> tuple[int, tuple[Column, ...]]:
    """Run the query into a Parquet file; rows and columns."""
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    body = sql.SQL(query)  # Compiled from our own macro.
    shape = connection.execute(sql.SQL("select * from ({}) as features limit 0").format(body))
    fields = [(each.name, _arrow(each.type_code)) for each in shape.description or ()]
    said = _descriptions()
    with tempfile.TemporaryFile() as spool:
        statement = sql.SQL("copy ({}) to stdout (format csv)").format(body)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for block in copy:
                spool.write(block)
        spool.seek(0)
        reader = pa_csv.open_csv(
            spool,
            read_options=pa_csv.ReadOptions(column_names=[name for name, _ in fields]),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict(fields),
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
            ),
        )
        rows = 0
        with pq.ParquetWriter(target, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
                rows += batch.num_rows
    return rows, tuple(
        Column(name, str(kind), _role(name), said.get(name, "")) for name, kind in fields
    )


def _role(name: str) -> str:
    if name in _KEYS:
        return "key"
    return "label" if name.startswith("label_") else "feature"


def _arrow(type_code: int) -> pa.DataType:
    import pyarrow as pa

    kinds: dict[str, pa.DataType] = {
        "int4": pa.int32(),
        "int8": pa.int64(),
        "float8": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
        "text": pa.string(),
    }
    return kinds[psycopg.adapters.types[type_code].name]


class _Macro(msgspec.Struct):
    meta: dict[str, Any] = {}


class _Macros(msgspec.Struct):
    macros: dict[str, _Macro]


def _descriptions() -> dict[str, str]:
    """What the macro's documentation says of each column."""
    path = artifacts.target_folder() / "manifest.json"
    macros = msgspec.json.decode(path.read_bytes(), type=_Macros).macros
    found = macros.get(f"macro.assay.{MACRO}")
    return dict(found.meta.get("columns", {})) if found else {}
