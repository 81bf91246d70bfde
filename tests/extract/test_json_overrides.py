"""JSON files of which extract/sources.yml says where their records are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extract import overrides
from extract.errors import UsageError, WrongFormat
from extract.report import LoadReport

Load = Callable[..., LoadReport]
Write = Callable[..., Path]
Rows = Callable[..., list[tuple[Any, ...]]]
Say = Callable[[str], None]

SHOPS = {"north": {"id": 1, "town": "Oslo"}, "south": {"id": 2, "town": "Rome"}}


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Write the entry of a sources.yml that matches every file."""

    def write(settings: str) -> None:
        path = tmp_path / "sources.yml"
        path.write_text(f'files:\n  - {{match: "*", {settings}}}\n')
        monkeypatch.setenv(overrides.VARIABLE, str(path))

    return write


def test_two_alike_objects_are_records_if_somebody_says_so(
    say: Say, load: Load, write: Write, fetch: Rows
) -> None:
    write("t.json", json.dumps(SHOPS))
    assert load(dry_run=True).files[0].dialect["layout"] == "object"
    say("layout: map")
    assert load(dry_run=True).files[0].dialect["layout"] == "map"
    assert load().ok
    assert fetch("select key, id, town from raw.t order by _line") == [
        ("north", "1", "Oslo"), ("south", "2", "Rome")
    ]  # fmt: skip
    assert fetch("select dialect->>'evidence' from raw._files") == [("as configured",)]


def test_five_alike_objects_are_one_record_if_somebody_says_so(
    say: Say, load: Load, write: Write, fetch: Rows
) -> None:
    write("t.json", json.dumps({f"s{n}": {"id": n} for n in range(7)}))
    say("layout: object")
    assert load().ok
    assert fetch("select s3 from raw.t") == [({"id": 3},)]


@pytest.mark.parametrize("path", ["reply.rows", "[reply, rows]"])
def test_the_one_of_two_lists_that_holds_the_records(
    say: Say, load: Load, write: Write, fetch: Rows, path: str
) -> None:
    document = {"notes": [{"n": 1}], "reply": {"rows": [{"id": 1}, {"id": 2}], "at": "noon"}}
    write("t.json", json.dumps(document))
    assert load(dry_run=True).files[0].dialect["layout"] == "object"
    say(f"records: {path}")
    assert load().ok
    assert fetch("select id from raw.t order by _line") == [("1",), ("2",)]
    around = fetch("select dialect->'around' from raw._files")[0][0]
    assert around == {"notes": [{"n": 1}], "reply": {"rows": [], "at": "noon"}}


def test_lines_below_a_line_that_is_none(say: Say, load: Load, write: Write, fetch: Rows) -> None:
    write("t.json", 'export of 3 May\n{"id": 1}\n{"id": 2}\n')
    report = load()
    assert isinstance(report.files[0].error, WrongFormat)
    say("layout: lines")
    assert load().ok
    assert fetch("select id from raw.t order by _line") == [("1",), ("2",)]
    assert fetch("select line, reason, raw from raw._rejects") == [
        (1, "bad_json", b"export of 3 May")
    ]


def test_an_encoding(say: Say, load: Load, write: Write, fetch: Rows) -> None:
    write("t.jsonl", '{"town": "Tromsø"}\n{"town": "Rome"}\n'.encode("cp1252"))
    say("encoding: windows-1252")
    assert load().ok
    assert fetch("select town from raw.t order by _line") == [("Tromsø",), ("Rome",)]


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ("layout: array", "says array, but it starts with {"),
        ("records: reply.items", "says reply.items, but in its first 67 bytes are the keys rows"),
        ("records: reply", "says reply, but that is not a list"),
        ("records: notes.rows", "says notes, but that is not an object"),
    ],
)
def test_what_does_not_fit_the_document_fails_the_file(
    say: Say, load: Load, write: Write, settings: str, what: str
) -> None:
    write("t.json", '{"notes": [{"n": "ø"}], "reply": {"rows": [{"id": 1}, {"id": 2}]}}')
    say(settings)
    error = load().files[0].error
    assert isinstance(error, WrongFormat)
    assert what in error.what
    assert "sources.yml" in error.what
    assert error.hint


def test_what_means_nothing_for_a_format_is_said(say: Say, load: Load, write: Write) -> None:
    write("t.jsonl", '{"id": 1}\n')
    write("u.csv", "id\n1\n")
    say('delimiter: ";", layout: lines')
    notes = {Path(file.uri).name: " ".join(file.notes) for file in load().files}
    assert "says delimiter, which means nothing for jsonl" in notes["t.jsonl"]
    assert "says layout, which means nothing for csv" in notes["u.csv"]


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ("layout: table", "`layout` has to be one of lines, array, records"),
        ("layout: 3", "`layout` has to be text"),
        ("layout: records", "go together"),
        ("layout: array, records: a.b", "go together"),
        ("records: [1, 2]", "`records` has to be the keys"),
        ('records: "a..b"', "`records` has to be the keys"),
    ],
)
def test_a_wrong_setting_is_an_error(
    say: Say, load: Load, write: Write, settings: str, what: str
) -> None:
    write("t.json", "{}")
    say(settings)
    with pytest.raises(UsageError) as caught:
        load()
    assert what in str(caught.value)
    assert "entry 1" in str(caught.value)
