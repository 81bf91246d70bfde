"""The commands: what they print, where, and their exit codes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from extract import cli, errors, printing

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
    assert "cells between ';'" in done.stdout
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
    assert 'encoding: "utf-8"' in one
    assert isinstance(run("ledger", "--status", "odd").exception, errors.UsageError)


def test_ledger_explains_a_file(run: Callable[..., Result], write: Write, folder: Path) -> None:
    write("t.csv", "a,b\n1,2\n3\n4,5\n6\n")
    run("load", folder)
    write("t.csv", "a;b\n1;2\n3\n4;5\n4;6\n7;8;9\n")
    run("load", folder)
    shown = run("ledger", "--file", "t.csv").stdout
    assert "file_id  2" in shown
    assert 'delimiter: ";"' in shown
    assert "2 wrong_width, the first in line 3: 1 cells, not 2" in shown
    assert "assay rejects --file 2" in shown
    assert "before  file_id 1, superseded" in shown
    facts = json.loads(run("ledger", "--file", "t.csv", "--status", "loaded", "--json").stdout)
    assert facts[0]["rejects"] == [
        {
            "reason": "wrong_width",
            "count": 2,
            "first_line": 3,
            "first_detail": "1 cells, not 2",
        }
    ]
    write("t.csv", "")
    run("load", folder)
    shown = run("ledger", "--file", "t.csv").stdout
    assert "error  the file is empty" in shown


def test_replay_reads_an_unchanged_file_again(
    run: Callable[..., Result], write: Write, folder: Path, fetch: Rows
) -> None:
    write("t.csv", "a,b\n1,2\n")
    run("load", folder)
    assert "1 unchanged" in run("load", folder).stdout
    assert "1 replaced" in run("load", folder, "--replay").stdout
    assert fetch("select _file_id, a from raw.t") == [(2, "1")]
    assert fetch("select status, superseded_by from raw._files order by 1 desc") == [
        ("superseded", 2),
        ("loaded", None),
    ]


def test_dry_run_tells_of_tables_as_earlier_files_would_leave_them(
    run: Callable[..., Result], write: Write, folder: Path, fetch: Rows
) -> None:
    write("t/1.csv", "a,b\n1,2\n")
    write("t/2.csv", "b,c\n1,2\n")
    write("t/3.csv", "b,c\n1,2\n")
    write("t/4.jsonl", '{"a": 1, "b": {"x": 2}, "d": [1]}\n')
    write("u.csv", "a,b\n1,2\n")
    done = run("load", folder, "--dry-run")
    assert done.exit_code == 1
    for note in (
        "1.csv: new table raw.t of 2 columns: a, b",
        "2.csv: new columns: c; columns not in this file: a",
        "4.jsonl: new columns: d",
        "refused:",
    ):
        assert note in done.stderr
    assert "u.csv: would be refused" in done.stdout
    assert fetch("select to_regclass('raw.t')") == [(None,)]
    run("load", folder)
    assert "1.csv: unchanged, would be skipped" in run("load", folder, "--dry-run").stdout


def test_rejects_are_shown_byte_for_byte(
    run: Callable[..., Result], write: Write, folder: Path
) -> None:
    assert "no rejected records" in run("rejects").stderr
    write("t.csv", b"a,b\nf\xc3\xbcr,\xc3\xa9\n\xe9,2\n1,2,3\n")
    run("load", folder)
    assert "wrong_width" in run("rejects").stdout
    lines = run("rejects", "--json").stdout.splitlines()
    assert [base64.b64decode(json.loads(line)["raw"]) for line in lines] == [b"\xe9,2", b"1,2,3"]
    cut = run("rejects", "--limit", "1")
    assert "wrong_width" not in cut.stdout
    assert "--export writes them all" in cut.stderr


def exported(run: Callable[..., Result], folder: Path) -> dict[str, bytes]:
    assert run("rejects", "--export", folder).exit_code == 0
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_an_export_that_was_moved_closes_its_records_too(
    run: Callable[..., Result], write: Write, folder: Path, tmp_path: Path, rows: Rows
) -> None:
    write("t/a.csv", "k,v\n1,2\n3\n4,5\n")
    assert run("load", folder).exit_code == 0
    assert run("rejects", "--export", tmp_path / "mend").exit_code == 0
    (export,) = (tmp_path / "mend").rglob("*.csv")
    elsewhere = tmp_path / "done" / "t" / export.name
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_text("k,v\n3,3\n")
    export.unlink()
    assert run("load", tmp_path / "done").exit_code == 0
    assert len(rows("t")) == 3
    assert "wrong_width" not in run("rejects").stdout


def test_rejects_are_exported_mended_and_loaded(
    run: Callable[..., Result], write: Write, folder: Path, tmp_path: Path, rows: Rows, fetch: Rows
) -> None:
    lines = [f"{n};grün {n};x\r\n" for n in range(20)]
    lines[7] = "7;zu;viele;Zellen\r\n"
    lines[9] = "9;offen\r\n"
    text = '# exported by Eva\r\nNr;Name, lang;"Größe; cm"\r\n' + "".join(lines)
    write("kunden/2026-01.csv", text.encode("cp1252"))
    write("events.jsonl", '{"id": 1}\n{"id": 2,\n{"id": 3}\n')
    write("items.json", '[{"id": 1},\n{"id": \n2,},\n7, {"id": 4}]')
    assert run("load", folder).exit_code == 0
    mend = tmp_path / "mend"
    assert exported(run, mend) == {
        "events/events.1.jsonl": b'{"id": 2,\n',
        "items/items.2.json": b'[\n{"id": \n2,},\n7\n]\n',
        "kunden/2026-01.3.csv": (
            'Nr;Name, lang;"Größe; cm"\r\n7;zu;viele;Zellen\r\n9;offen\r\n'.encode("cp1252")
        ),
    }
    # As they are, they are refused once more; nothing lands twice.
    assert run("load", mend).exit_code == 1
    (mend / "events/events.1.jsonl").write_bytes(b'{"id": 2}\n')
    (mend / "items/items.2.json").write_bytes(b'[{"id": 2}, {"id": 3}]')
    csv = mend / "kunden/2026-01.3.csv"
    csv.write_bytes(csv.read_bytes().replace(b";Zellen", b"").replace(b"9;offen", b"9;offen;y"))
    assert run("load", mend).exit_code == 0
    assert len(rows("kunden")) == 20
    assert rows("kunden", "nr, name_lang, grosse_cm")[-2:] == [
        ("7", "zu", "viele"), ("9", "offen", "y"),
    ]  # fmt: skip
    assert sorted(rows("items", "id")) == [("1",), ("2",), ("3",), ("4",)]
    assert len(rows("events")) == 3
    assert fetch("select count(*) from raw._files where status = 'loaded'") == [(6,)]
    # What came back is not listed, nor exported, again; the remark above the header never was.
    left = run("rejects")
    assert "wrong_width" not in left.stdout
    assert "bad_json" not in left.stdout
    assert "exported by Eva" in left.stdout
    assert "of file 3 2 exported, 2 landed from " in left.stderr
    assert exported(run, tmp_path / "again") == {}
    shown = run("rejects", "--all", "--entity", "kunden").stdout
    assert shown.count("by file") == 2
    assert "mended  2 exported, 2 landed" in run("ledger", "--file", "3").stdout


def test_a_record_that_is_rejected_again_is_open_under_its_new_file(
    run: Callable[..., Result], write: Write, folder: Path, tmp_path: Path, rows: Rows
) -> None:
    write("t.csv", "a,b\n1,2\n3\n4,5\n6\n")
    run("load", folder)
    (path,) = exported(run, tmp_path / "mend")
    mended = tmp_path / "mend" / path
    mended.write_text(mended.read_text().replace("3\n", "3,4\n"))
    assert run("load", mended.parent).exit_code == 0
    assert len(rows("t")) == 3
    (line,) = run("rejects", "--json").stdout.splitlines()
    assert json.loads(line)["file_id"] == 2
    assert base64.b64decode(json.loads(line)["raw"]) == b"6"
    facts = [json.loads(line) for line in run("rejects", "--all", "--json").stdout.splitlines()]
    assert [(fact["file_id"], fact["mended_by"]) for fact in facts] == [(1, 2), (1, 2), (2, None)]
    # A file that is read again has rejects of its own, of which none was exported.
    run("load", folder, "--replay")
    assert len(run("rejects", "--json").stdout.splitlines()) == 3


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


def test_the_ledger_shows_whole_paths_on_a_narrow_terminal(
    run: Callable[..., Result], write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing.out, "width", 100)
    write("t/a_rather_long_name_of_a_file_that_was_exported_last_in_2026-01.csv", "x\n1\n")
    run("load", folder)
    shown = run("ledger").stdout
    assert "…" not in shown
    # Where its lines are broken depends on how long the folder's path is.
    assert "exported_last_in_2026-01.csv" in "".join(shown.split())
