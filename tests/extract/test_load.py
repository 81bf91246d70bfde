"""The ledger's promises: each file once, changed ones replaced, copies refused, drift told."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import extract
from extract.errors import (
    CorruptFile,
    DriftRefused,
    DuplicateContent,
    NoColumns,
    OtherTable,
    SourceNotFound,
    SourceUnreadable,
    TooManyRejects,
    UnsupportedFormat,
    WrongFormat,
)
from extract.report import LoadReport

Write = Callable[..., Path]
Load = Callable[..., LoadReport]
Rows = Callable[..., list[tuple[Any, ...]]]


def outcomes(report: LoadReport) -> dict[str, str]:
    return {Path(file.uri).name: file.outcome for file in report.files}


def test_a_second_run_lands_nothing(load: Load, write: Write, rows: Rows, fetch: Rows) -> None:
    write("orders/2026-01.csv", "id,total\n1,5\n2,6\n")
    write("orders/2026-02.csv", "id,total\n3,7\n")
    assert outcomes(load()) == {"2026-01.csv": "loaded", "2026-02.csv": "loaded"}
    assert outcomes(load()) == {"2026-01.csv": "unchanged", "2026-02.csv": "unchanged"}
    assert rows("orders", "id") == [("1",), ("2",), ("3",)]
    assert fetch("select count(*) from raw._files") == [(2,)]


def test_a_touched_file_is_unchanged(load: Load, write: Write, fetch: Rows) -> None:
    path = write("a.csv", "x\n1\n")
    load()
    os.utime(path, (1, 1))
    assert outcomes(load()) == {"a.csv": "unchanged"}
    assert fetch("select version like '1000000000-%%' from raw._files") == [(True,)]


def test_a_changed_file_takes_the_place_of_its_older_state(
    load: Load, write: Write, rows: Rows, fetch: Rows
) -> None:
    write("a.csv", "x,y\n1,2\n3,4\n5\n")
    load()
    write("a.csv", "x,y\n1,2\n7,8\n9,9\n")
    assert outcomes(load()) == {"a.csv": "replaced"}
    assert rows("a", "x") == [("1",), ("7",), ("9",)]
    assert fetch("select status, rows_landed, superseded_by from raw._files order by file_id") == [
        ("superseded", 2, 2),
        ("loaded", 3, None),
    ]
    assert fetch("select count(*) from raw._rejects") == [(0,)]


def test_a_change_that_fails_leaves_the_older_state(
    load: Load, write: Write, rows: Rows, fetch: Rows
) -> None:
    write("a.csv", "x,y\n1,2\n")
    load()
    write("a.csv", "")
    assert outcomes(load()) == {"a.csv": "failed"}
    assert rows("a", "x") == [("1",)]
    assert fetch("select status from raw._files order by file_id") == [("loaded",), ("failed",)]
    write("a.csv", "x,y\n3,4\n")
    assert outcomes(load()) == {"a.csv": "replaced"}
    assert fetch("select status from raw._files order by file_id") == [
        ("superseded",), ("superseded",), ("loaded",),
    ]  # fmt: skip


def test_the_same_bytes_elsewhere_are_refused(load: Load, write: Write, rows: Rows) -> None:
    first = write("a/1.csv", "x\n1\n")
    write("a/2.csv", "x\n1\n")
    report = load()
    assert outcomes(report) == {"1.csv": "loaded", "2.csv": "refused"}
    error = report.files[1].error
    assert isinstance(error, DuplicateContent)
    assert str(first) in str(error)
    assert "--allow-duplicates" in error.hint
    assert not report.ok
    write("b/3.csv", "x\n1\n")
    assert outcomes(load())["3.csv"] == "refused"
    assert load(allow_duplicates=True).ok
    assert len(rows("a")) == 2
    assert len(rows("b")) == 1


def test_a_failed_file_leaves_no_row_and_the_others_go_on(
    load: Load, write: Write, rows: Rows, fetch: Rows
) -> None:
    write("t/1.csv", "a,b\n1,2\n")
    write("t/2.csv", "a,b\n1,2,3\n" + "1,2\n" * 3 + "1\n")
    write("t/3.csv", "a,b\n5,6\n")
    report = load(max_rejects=1)
    assert outcomes(report) == {"1.csv": "loaded", "2.csv": "failed", "3.csv": "loaded"}
    error = report.files[1].error
    assert isinstance(error, TooManyRejects)
    assert error.line == 6
    assert rows("t", "a") == [("1",), ("5",)]
    assert fetch("select count(*) from raw._rejects") == [(0,)]
    assert fetch("select error from raw._files where status = 'failed'")[0][0]
    assert load(max_rejects=2).ok


def test_rows_read_are_rows_landed_and_rejected(load: Load, write: Write, fetch: Rows) -> None:
    write("t.csv", 'a,b\n1,2\n3\n4,"5\n6,7\n')
    load()
    assert fetch("select rows_read, rows_landed, rows_rejected from raw._files") == [(4, 2, 2)]
    assert fetch("select line, reason, raw from raw._rejects order by line") == [
        (3, "wrong_width", b"3"),
        (4, "broken_quote", b'4,"5'),
    ]


def test_drift_is_taken_in_and_told(load: Load, write: Write, rows: Rows, fetch: Rows) -> None:
    write("t/1.csv", "Id,Name,Old\n1,a,x\n")
    load()
    write("t/2.csv", "name,New Col,Id\nb,n,2\n")
    report = load()
    assert report.ok
    assert rows("t", "id, name, old, new_col") == [("1", "a", "x", None), ("2", "b", None, "n")]
    notes = "; ".join(report.files[1].notes)
    assert "new columns: new_col" in notes
    assert "not in this file: old" in notes
    assert "'name' here, 'Name' before" in notes
    assert fetch(
        "select column_name, label, first_file_id, last_file_id from raw._columns order by 1"
    ) == [("id", "Id", 1, 2), ("name", "Name", 1, 2), ("new_col", "New Col", 2, 2),
          ("old", "Old", 1, 1)]  # fmt: skip


SHOP_ORDERS = "order_id,customer_id,status,total\n1,2,paid,5\n"
OTHER_ORDERS = "order_id,ship_via,freight,ship_name,ship_city\n7,1,3.2,Vins,Reims\n"


def test_two_kinds_of_things_do_not_share_a_table(load: Load, write: Write, rows: Rows) -> None:
    assert load(write("shop/orders.csv", SHOP_ORDERS).parent).ok
    other = write("more/orders.csv", OTHER_ORDERS).parent
    (refused,) = load(other).files
    assert isinstance(refused.error, OtherTable)
    assert "1 of its 5 columns" in str(refused.error)
    assert "--prefix" in refused.error.hint
    (foretold,) = load(other, dry_run=True).files
    assert isinstance(foretold.error, OtherTable)
    assert rows("orders", "order_id") == [("1",)]

    assert load(other, prefix="More").ok
    assert rows("more_orders", "ship_city") == [("Reims",)]
    assert rows("orders", "order_id") == [("1",)]
    assert outcomes(load(other)) == {"orders.csv": "unchanged"}


def test_a_number_that_is_no_part_of_a_series_stays_in_the_name(
    load: Load, write: Write, rows: Rows
) -> None:
    write("iso-1.csv", "code,name,numeric,flag\nFR,France,250,f\n")
    write("iso-2.csv", "subdivision,type,parent,since\nFR-75,city,FR,1968\n")
    write("iso-3.csv", "code,name,withdrawn,comment\nDD,East Germany,1990,\n")
    assert {file.entity for file in load(dry_run=True).files} == {"iso", "iso_2", "iso_3"}
    assert load().ok
    assert rows("iso", "code") == [("FR",)]
    assert rows("iso_2", "parent") == [("FR",)]
    assert rows("iso_3", "code") == [("DD",)]


def test_a_table_that_a_person_names_takes_any_columns(
    load: Load, write: Write, rows: Rows
) -> None:
    assert load(write("shop/sales.csv", SHOP_ORDERS), into="orders").ok
    assert load(write("more/orders.csv", OTHER_ORDERS), into="orders").ok
    assert rows("orders", "order_id") == [("1",), ("7",)]


def test_many_tables_that_are_alike_are_told_of(load: Load, write: Write, rows: Rows) -> None:
    names = ("austria", "chad", "fiji", "mali", "peru")
    for n, name in enumerate(names):
        write(f"{name}.csv", f"name,area,capital,people\n{name},{n},c{n},9\n")
    write("other.csv", "name,area,capital,mayor\nx,1,y,z\n")
    assert load().alike == (names,)
    assert load().alike == ()
    # What the note advises.
    again = load(into="countries", replay=True)
    assert (again.counts, again.alike) == ({"replaced": 6}, ())
    assert len(rows("countries", "name")) == 6
    assert rows("peru", "name") == []


def test_the_only_file_of_a_table_may_change_altogether(
    load: Load, write: Write, rows: Rows
) -> None:
    write("orders.csv", SHOP_ORDERS)
    assert load().ok
    write("orders.csv", OTHER_ORDERS)
    assert outcomes(load()) == {"orders.csv": "replaced"}
    assert rows("orders", "ship_city") == [("Reims",)]


def test_half_of_the_narrower_side_is_enough(load: Load, write: Write) -> None:
    write("a/1.csv", "id,name,city,country\n1,x,y,z\n")
    assert load().ok
    write("a/2.csv", "id,name,town,land\n1,x,y,q\n")
    write("a/3.csv", "id,n1,n2,n3,n4,n5,n6\n1,1,2,3,4,5,6\n")
    report = load()
    assert outcomes(report) == {"1.csv": "unchanged", "2.csv": "loaded", "3.csv": "failed"}


@pytest.mark.parametrize("text", ["a,b,c\n1,2,3\n", "a\n1\n", "a,c\n1,2\n"])
def test_frozen_refuses_drift(load: Load, write: Write, rows: Rows, text: str) -> None:
    write("t/1.csv", "a,b\n1,2\n")
    load()
    write("t/2.csv", text)
    report = load(frozen=True)
    assert isinstance(report.files[1].error, DriftRefused)
    assert rows("t") == [(2, "1", "2")]
    write("t/2.csv", "b,a\n3,4\n")
    assert load(frozen=True).ok


def test_frozen_makes_no_table(load: Load, write: Write) -> None:
    write("t/1.csv", "a,b\n1,2\n")
    assert isinstance(load(frozen=True).files[0].error, DriftRefused)


def test_odd_headers(load: Load, write: Write, rows: Rows, fetch: Rows) -> None:
    write(
        "t.csv", "E-Mail,e mail,,Straße,_file_id,xmin,2024,客户,orderID\n" + ",".join("abcdefghi")
    )
    assert load().ok
    assert fetch(
        "select column_name, label from raw._columns order by position"
    ) == [("e_mail", "E-Mail"), ("e_mail_2", "e mail"), ("column_3", None), ("strasse", "Straße"),
          ("file_id", "_file_id"), ("xmin_", "xmin"), ("_2024", "2024"), ("column_8", "客户"),
          ("order_id", "orderID")]  # fmt: skip
    assert rows("t")[0][1:] == tuple("abcdefghi")


def test_a_dry_run_writes_nothing(load: Load, write: Write, fetch: Rows) -> None:
    write("t.csv", "a;b\n1;2\n")
    write("broken.csv", b"%PDF-1.7")
    report = load(dry_run=True)
    assert outcomes(report) == {"t.csv": "loaded", "broken.csv": "failed"}
    assert report.files[1].notes == ("new table raw.t of 2 columns: a, b",)
    assert report.files[1].dialect is not None
    assert report.files[1].dialect["delimiter"] == ";"
    assert fetch("select to_regclass('raw._files'), to_regclass('raw.t')") == [(None, None)]


def test_names_with_underscore_or_dot_are_left_out(load: Load, write: Write) -> None:
    for name in ("_answer_key/defects.csv", ".hidden/a.csv", "_x.csv", ".x.csv", "t/a.csv"):
        write(name, "a,b\n1,2\n")
    write("notes.pdf", b"%PDF-1.4")
    report = load()
    assert outcomes(report) == {"a.csv": "loaded"}
    assert [Path(uri).name for uri in report.ignored] == ["notes.pdf"]


def test_a_folder_loaded_from_within_comes_to_the_same(
    load: Load, write: Write, folder: Path
) -> None:
    write("customers_crm/kunden_2026-10.csv", "a,b\n1,2\n")
    load()
    write("customers_crm/kunden_2026-11.csv", "a,b\n3,4\n")
    report = load(folder / "customers_crm")
    assert {file.entity for file in report.files} == {"customers_crm"}


def test_links_in_a_circle_are_not_followed(load: Load, write: Write, folder: Path) -> None:
    write("t/a.csv", "a,b\n1,2\n")
    (folder / "t" / "again").symlink_to(folder)
    (folder / "t" / "copy.csv").symlink_to(folder / "t" / "a.csv")
    assert outcomes(load()) == {"a.csv": "loaded"}


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("empty.jsonl", b"", NoColumns),
        ("zip.csv", b"PK\x03\x04" + bytes(100), WrongFormat),
        ("gzip.csv", b"\x1f\x8b\x08\x00" + bytes(100), WrongFormat),
        ("parquet.csv", b"PAR1" + bytes(100), WrongFormat),
        ("text.csv.gz", b"a,b\n1,2\n", WrongFormat),
        ("text.parquet", b"a,b\n1,2\n", WrongFormat),
        ("text.xlsx", b"a,b\n1,2\n", WrongFormat),
        ("text.json", b"a,b\n1,2\n", WrongFormat),
        ("cut.parquet", b"PAR1" + bytes(100), CorruptFile),
        ("cut.xlsx", b"PK\x03\x04" + bytes(100), CorruptFile),
        ("cut.json", b'[{"a": 1}, {"a":', CorruptFile),
        ("all_bad.csv", b"a,b\n" + b"\xff,1\n" * 5 + b"\xc3\xa9" * 5 + b"\n", TooManyRejects),
    ],
)  # fmt: skip
def test_what_cannot_be_read_fails_with_a_reason(
    load: Load, write: Write, fetch: Rows, name: str, content: bytes, error: type[Exception]
) -> None:
    path = write(name, content)
    report = load()
    assert [file.outcome for file in report.files] == ["failed"]
    found = report.files[0].error
    assert isinstance(found, error)
    assert found.uri == str(path)
    assert found.hint
    assert str(path) in str(found)
    assert fetch("select status, error from raw._files") == [("failed", found.what)]
    assert fetch(
        "select count(*) from pg_tables where schemaname = 'raw' and left(tablename, 1) <> '_'"
    ) == [(0,)]


def test_a_header_without_records_makes_an_empty_table(
    load: Load, write: Write, rows: Rows, fetch: Rows
) -> None:
    write("t.csv", "a,b\n")
    report = load()
    assert report.ok
    assert report.files[0].notes == ("no records",)
    assert rows("t") == []
    assert fetch("select column_name from raw._columns") == [("a",), ("b",)]


def test_paths_that_cannot_be_loaded(load: Load, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="no file here that could be loaded"):
        load()
    with pytest.raises(SourceNotFound, match="no such file or folder"):
        load(tmp_path / "missing")
    with pytest.raises(SourceNotFound, match="nothing matches"):
        load(tmp_path / "in" / "*.csv")
    (folder / "x.exe").write_bytes(b"MZ")
    assert isinstance(load(folder / "x.exe").files[0].error, UnsupportedFormat)


def test_an_unreadable_file_fails_alone(
    load: Load, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = write("a.csv", "a,b\n1,2\n")
    write("b.csv", "a,b\n3,4\n5,6\n")
    if os.geteuid():
        locked.chmod(0)
    else:  # Nothing is locked for root.
        original = Path.open

        def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
            if path == locked:
                raise PermissionError(13, "Permission denied")
            return original(path, *arguments, **options)

        monkeypatch.setattr(Path, "open", refuse)
    report = load()
    assert outcomes(report) == {"a.csv": "failed", "b.csv": "loaded"}
    assert isinstance(report.files[0].error, SourceUnreadable)


def test_file_ids_follow_the_order_of_the_files(load: Load, write: Write, fetch: Rows) -> None:
    for month in range(1, 13):
        write(f"t/2026-{month:02d}.csv", "a,b\n" + f"{month},1\n" * month)
    load(workers=2)
    uris = [row[0] for row in fetch("select uri from raw._files order by file_id")]
    assert uris == sorted(uris)


def test_two_loaders_at_once_land_each_file_once(
    load: Load, write: Write, folder: Path, rows: Rows, fetch: Rows
) -> None:
    for number in range(12):
        write(f"t/{number}.csv", "a,b\n" + f"{number},x\n" * 2000)
    reports: list[LoadReport] = []
    threads = [
        threading.Thread(target=lambda: reports.append(extract.load([folder]))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(report.ok for report in reports)
    assert len(rows("t")) == 24_000
    assert fetch("select count(*), count(distinct uri) from raw._files") == [(12, 12)]


def test_two_loaders_with_the_same_bytes_in_two_places(
    load: Load, write: Write, folder: Path, rows: Rows
) -> None:
    write("a/t.csv", "a,b\n" + "1,x\n" * 50_000)
    write("b/t.csv", "a,b\n" + "1,x\n" * 50_000)
    reports: list[LoadReport] = []
    threads = [
        threading.Thread(target=lambda place=place: reports.append(extract.load([place])))
        for place in (folder / "a", folder / "b")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.files[0].outcome for report in reports) == ["loaded", "refused"]
    assert len(rows("t") + rows("a") + rows("b")) == 50_000
