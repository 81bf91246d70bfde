"""A folder to load from, and a look at what arrived."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

import extract
from extract.report import LoadReport


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder to load."""
    path = tmp_path / "in"
    path.mkdir()
    return path


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """write("orders/a.csv", bytes or text) -> the file's path."""

    def _write(name: str, content: bytes | str) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


@pytest.fixture
def load(folder: Path, database: str) -> Callable[..., LoadReport]:
    """load(**options) loads the folder into a fresh database."""

    def _load(*paths: Path, **options: Any) -> LoadReport:
        return extract.load(paths or [folder], **options)

    return _load


@pytest.fixture
def rows(connection: psycopg.Connection) -> Callable[..., list[tuple[Any, ...]]]:
    """rows("orders") -> its rows by file and line, without _file_id; "a, b" picks columns."""

    def _rows(entity: str, columns: str = "") -> list[tuple[Any, ...]]:
        names = [
            row[0]
            for row in connection.execute(
                "select attname from pg_attribute where attrelid = to_regclass(%s)"
                " and attnum > 0 and not attisdropped order by attnum",
                [f'raw."{entity}"'],
            )
        ]
        if not names:
            return []
        wanted = columns.split(", ") if columns else [n for n in names if n != "_file_id"]
        return connection.execute(
            sql.SQL("select {} from {} order by _file_id, _line").format(
                sql.SQL(", ").join(map(sql.Identifier, wanted)), sql.Identifier("raw", entity)
            )
        ).fetchall()

    return _rows


@pytest.fixture
def fetch(connection: psycopg.Connection) -> Callable[..., list[tuple[Any, ...]]]:
    """fetch("select ...", parameters) -> all rows."""
    return lambda query, *values: connection.execute(query, values).fetchall()
