"""The CSV reader against files written in every odd way, scored as published benchmarks do."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extract import overrides
from extract.dialect import Given
from extract.errors import UsageError
from extract.formats.base import NO_RECORDS, Tally
from extract.formats.csv import CsvReader
from extract.report import LoadReport
from tests.extract import pollution
from tests.extract.pollution import Case, Table

Load = Callable[..., LoadReport]
Write = Callable[..., Path]
Rows = Callable[..., list[tuple[Any, ...]]]

FLOOR = 9.98


def read(
    case: Case, given: Given | None = None, block: int = 1 << 16
) -> tuple[list[str], Table, list[tuple[int, str, bytes]]]:
    """Labels, records, and rejects as (line, reason, bytes)."""
    rejects: list[tuple[int, str, bytes]] = []
    tally = Tally(lambda line, reason, _, raw: rejects.append((line, reason, raw)))
    reader = CsvReader(
        lambda: io.BytesIO(case.data), name=case.file_name, uri=case.name, given=given, block=block
    )
    payload = b"".join(reader.payloads(1, ["text"] * len(reader.shape.columns), tally))
    shape = reader.shape
    rows = pollution.parsed(payload, shape.delimiter, shape.quote)
    assert len(rows) == tally.landed
    assert len(rejects) == tally.rejected
    header = [column.label or "" for column in shape.columns] if reader.dialect.header else []
    return header, rows, rejects


@pytest.mark.parametrize(("rows", "seed"), [(84, 5), (84, 3), (12, 11)])
def test_headers_records_and_cells_come_out_as_meant(rows: int, seed: int) -> None:
    scores = {
        case.name: (pollution.measure(case, lambda case: read(case)[:2]), case.weight)
        for case in pollution.cases(rows, seed)
    }
    points = [score.points for score, _ in scores.values()]
    weighted = sum(score.points * weight for score, weight in scores.values())
    low = {
        name: round(score.points, 3) for name, (score, _) in scores.items() if score.points < 9.5
    }
    assert len(points) > 300
    assert sum(points) / len(points) > (FLOOR if rows > 50 else 9.93), low
    assert weighted / sum(weight for _, weight in scores.values()) > (FLOOR if rows > 50 else 9.93)


@pytest.mark.parametrize("case", list(pollution.cases(20, 2)), ids=lambda case: case.name)
def test_the_size_of_blocks_changes_nothing_and_no_line_is_lost(case: Case) -> None:
    whole = read(case)
    assert read(case, block=37) == whole
    _, records, rejects = whole
    if case.name.startswith("utf-") or not records:
        return
    text = case.data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    filled = [line for line in text.lstrip("\ufeff").split("\n") if line.strip(" \t")]
    breaks = sum(cell.count("\n") + cell.count("\r") for row in records for cell in row)
    kept = len(records) + breaks + sum(raw.count(b"\n") + 1 for _, _, raw in rejects)
    header_rows = len(filled) - kept
    assert 0 <= header_rows <= 3
    assert (header_rows > 0) == bool(whole[0])


def test_what_stands_around_the_records_is_set_aside_with_its_reason() -> None:
    data = (
        b"Sales report, 2018\n\nmade by J. Doe\nid,name,price\n1,lamp,2.50\n# new prices\n"
        b"2,oak,7.00\nid,name,price\n3,steel,1.20\n4,tin,1\n5,x\n6,rope,3.10\n\nTotal: 6 rows\n"
    )
    header, records, rejects = read(Case("x", data, [], []))
    assert header == ["id", "name", "price"]
    assert [row[0] for row in records] == ["1", "2", "3", "4", "6"]
    assert rejects == [
        (1, "preamble", b"Sales report, 2018"), (3, "preamble", b"made by J. Doe"),
        (6, "comment", b"# new prices"), (8, "repeated_header", b"id,name,price"),
        (11, "wrong_width", b"5,x"), (14, "footer", b"Total: 6 rows"),
    ]  # fmt: skip
    assert {"preamble", "comment", "footer", "repeated_header"} == NO_RECORDS


def test_a_quote_is_mended_only_where_one_reading_is_left() -> None:
    rows = "".join(f'{n},"item {n}","x"\n' for n in range(20))
    data = f'{rows}20,"a 5" screen","x"\n21,"never closed,"x"\n22,"b"tail,"x"\n{rows}'.encode()
    _, records, rejects = read(Case("x", data, [], []))
    assert ["20", 'a 5" screen', "x"] in records
    assert len(records) == 41
    assert {(line, reason) for line, reason, _ in rejects} == {
        (22, "broken_quote"), (23, "broken_quote")
    }  # fmt: skip


def test_short_records_are_padded_only_if_the_whole_file_leaves_empty_cells_out() -> None:
    full = b"".join(b"%d,a,%d,note\n" % (n, n) for n in range(30))
    short = b"".join(b"%d,b,%d\n" % (n, n) for n in range(5))
    _, records, rejects = read(Case("x", b"id,k,n,note\n" + full + short, [], []))
    assert records[-1] == ["4", "b", "4", ""]
    assert rejects == []
    # Another record writes its empty cell out: then a short one is a fault.
    _, records, rejects = read(Case("x", b"id,k,n,note\n" + full + b"9,c,9,\n" + short, [], []))
    assert len(records) == 31
    assert len(rejects) == 5
    # And what is cut off at the end of the file is never padded.
    _, records, rejects = read(Case("x", b"id,k,n,note\n" + short + full + b"7,b,1", [], []))
    assert rejects == [(37, "wrong_width", b"7,b,1")]


def test_five_thousand_columns(load: Load, write: Write, fetch: Rows) -> None:
    labels = ",".join(f"c {n}" for n in range(5000))
    row = ",".join(str(n) if n % 7 else "" for n in range(5000))
    quoted = ",".join(f'"v, ""{n}"""' for n in range(5000))
    write("wide.csv", f"{labels}\n{row}\n{quoted}\n")
    report = load()
    assert report.ok
    assert "5,000 columns are more than a Postgres row can hold" in report.files[0].notes[0]
    first, second = fetch('select c_0, c_399, _rest from raw."wide" order by _line')
    assert first[:2] == (None, None)  # 0 and 399 are multiples of 7
    assert first[2]["c_401"] == "401"
    assert first[2]["c_406"] is None
    assert len(first[2]) == 4600
    assert second[1] == 'v, "399"'
    assert second[2]["c_4999"] == 'v, "4999"'
    assert load().files[0].outcome == "unchanged"


def test_a_hundred_megabytes_in_one_cell(load: Load, write: Write, fetch: Rows) -> None:
    write("long.csv", b'a,b\n1,"' + b"x, y\n" * 20_000_000 + b'"\n2,z\n')
    assert load().ok
    assert fetch("select a, length(b) from raw.long order by _line") == [
        ("1", 100_000_000), ("2", 1)
    ]  # fmt: skip


def test_an_empty_file_brings_nothing_and_takes_nothing_away(
    load: Load, write: Write, fetch: Rows
) -> None:
    write("t/1.csv", "")
    write("t/2.csv", "\r\n\r\n")
    report = load()
    assert [file.outcome for file in report.files] == ["loaded", "loaded"]
    assert "the file is empty" in report.files[0].notes
    assert fetch("select rows_read, status from raw._files") == [(0, "loaded")] * 2
    write("t/1.csv", "a,b\n1,2\n")
    assert [file.outcome for file in load().files] == ["replaced", "unchanged"]
    write("t/1.csv", "")
    assert [file.outcome for file in load().files] == ["failed", "unchanged"]
    assert fetch("select a from raw.t") == [("1",)]


def test_sources_yml_says_how_a_file_is_written(
    load: Load, write: Write, fetch: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "sources.yml"
    said.write_text(
        'files:\n  - match: "odd/*.txt"\n    entity: Strange Ones\n    delimiter: "-"\n'
        "    header: false\n    columns: [a, b]\n    skip: 1\n    ragged: pad\n"
    )
    monkeypatch.setenv(overrides.VARIABLE, str(said))
    write("odd/x.txt", "title\n1-2\n3-4\n5\n")
    assert load().ok
    assert fetch("select a, b from raw.strange_ones order by _line") == [
        ("1", "2"), ("3", "4"), ("5", None)
    ]  # fmt: skip
    assert fetch("select line, reason, raw from raw._rejects") == [(1, "preamble", b"title")]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("files: 3", "no list"),
        ("files:\n  - entity: x", "no text `match`"),
        ("files:\n  - match: x\n    delimeter: ';'", "no such setting: delimeter"),
        ("files:\n  - match: x\n    encoding: klingon", "no such encoding"),
        ("files:\n  - match: x\n    header: perhaps", "`header`"),
        ("files: [", "cannot be read"),
    ],
)
def test_a_wrong_sources_yml_says_where(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "sources.yml"
    path.write_text(text)
    with pytest.raises(UsageError, match=what) as caught:
        overrides.read(path)
    assert caught.value.uri == str(path)


def test_the_file_as_it_comes_is_valid() -> None:
    assert overrides.read(overrides.DEFAULT) == ()
