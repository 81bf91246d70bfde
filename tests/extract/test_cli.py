"""The commands: what they print, where, and their exit codes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from extract import cli, errors

Write = Callable[..., Path]
Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def run(database: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(cli.app, [str(part) for part in arguments])


def test_load_prints_a_table_and_what_went_wrong(
    run: Callable[..., Result], write: Write, folder: Path
) -> None:
    write("orders/1.csv", "a,b\n1,2\n3\n")
    write("orders/2.csv", b"%PDF-1.7")
    done = run("load", folder)
    assert done.exit_code == 1
    assert "raw.orders" in done.stdout
    assert "1 loaded, 1 failed" in done.stdout
    assert "2.csv: the name says csv but the content is PDF data" in done.stderr
    assert "rename the file" in done.stderr
    write("orders/2.csv", "a,b\n5,6\n")
    assert run("load", folder).exit_code == 0


def test_load_as_json(run: Callable[..., Result], write: Write, folder: Path) -> None:
    write("t.csv", "a;b\n1;2\n")
    facts = json.loads(run("load", folder, "--json").stdout)
    assert facts["ok"] is True
    assert facts["counts"] == {"loaded": 1}
    assert facts["files"][0]["dialect"]["delimiter"] == ";"


def test_dry_run_shows_the_dialect(
    run: Callable[..., Result], write: Write, folder: Path, fetch: Rows
) -> None:
    write("t.csv", "a;b\n1;2\n")
    done = run("load", folder, "--dry-run")
    assert done.exit_code == 0
    assert '"delimiter": ";"' in done.stdout
    assert "nothing written" in done.stdout
    assert fetch("select to_regclass('raw._files')") == [(None,)]


def test_a_path_that_is_not_there(run: Callable[..., Result], folder: Path) -> None:
    done = run("load", folder / "nowhere")
    assert isinstance(done.exception, errors.SourceNotFound)
    assert done.exception.exit_code == 1


@pytest.mark.parametrize(
    "arguments", [["load"], ["load", "x", "--no-such-flag"], ["load", "x", "--max-rejects", "-1"]]
)
def test_wrong_usage_is_exit_code_2(run: Callable[..., Result], arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_ledger_lists_filters_and_explains(
    run: Callable[..., Result], write: Write, folder: Path
) -> None:
    assert "no such file" in run("ledger").stderr
    write("a/1.csv", "x\n1\n")
    write("b/2.csv", b"%PDF-1.7")
    run("load", folder)
    both = json.loads(run("ledger", "--json").stdout)
    assert [entry["status"] for entry in both] == ["loaded", "failed"]
    assert [
        e["entity"] for e in json.loads(run("ledger", "--status", "failed", "--json").stdout)
    ] == ["b"]
    assert [e["entity"] for e in json.loads(run("ledger", "--entity", "a", "--json").stdout)] == [
        "a"
    ]
    one = run("ledger", "--file", "1.csv").stdout
    assert "content_hash" in one
    assert '"encoding": "utf-8"' in one
    assert isinstance(run("ledger", "--status", "odd").exception, errors.UsageError)


def test_rejects_are_shown_and_exported_byte_for_byte(
    run: Callable[..., Result], write: Write, folder: Path, tmp_path: Path
) -> None:
    assert "no rejected records" in run("rejects").stderr
    write("t.csv", b"a,b\nf\xc3\xbcr,\xc3\xa9\n\xe9,2\n1,2,3\n")
    run("load", folder)
    assert "wrong_width" in run("rejects").stdout
    lines = run("rejects", "--json").stdout.splitlines()
    assert [base64.b64decode(json.loads(line)["raw"]) for line in lines] == [b"\xe9,2", b"1,2,3"]
    run("rejects", "--export", tmp_path / "out")
    exported = list((tmp_path / "out").rglob("*.rejects"))
    assert [path.read_bytes() for path in exported] == [b"\xe9,2\n1,2,3\n"]


def test_help_has_examples_and_imports_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, extract.cli\n"
        "print([m for m in ('pyarrow', 'boto3', 'numpy', 'psycopg') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert "assay load dataGen" in CliRunner().invoke(cli.app, ["load", "--help"]).stdout
