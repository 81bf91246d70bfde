"""Workbooks: several sheets, headers of several rows, what Excel shows and what it hides."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter

from extract.errors import CorruptFile, DuplicateContent, ExpandsTooMuch, NoColumns, WrongFormat
from extract.formats.compression import Limits
from extract.report import LoadReport

Write = Callable[..., Path]
Load = Callable[..., LoadReport]
Rows = Callable[..., list[tuple[Any, ...]]]


def book(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    with xlsxwriter.Workbook(path) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for index, row in enumerate(rows):
                sheet.write_row(index, 0, row)
    return path


def test_each_filled_sheet_is_a_table_of_its_own(
    load: Load, folder: Path, rows: Rows, fetch: Rows
) -> None:
    path = book(
        folder / "sales.xlsx",
        {"North #1": [["a", "b"], [1, 2]], "Süd": [["a"], ["x"]], "empty": []},
    )
    report = load()
    assert [file.uri for file in report.files] == [f"{path}#North #1", f"{path}#Süd"]
    assert rows("sales_north_no_1", "a, b, _line") == [("1", "2", 2)]
    assert rows("sales_sud", "a") == [("x",)]
    assert [file.outcome for file in load().files] == ["unchanged", "unchanged"]
    book(path, {"North #1": [["a", "b"], [1, 2], [3, 4]], "Süd": [["a"], ["x"]]})
    assert [file.outcome for file in load().files] == ["replaced", "replaced"]
    assert len(rows("sales_north_no_1")) == 2
    assert fetch("select uri, dialect->>'sheet' from raw._files where status = 'loaded'") == [
        (f"{path}#North #1", "North #1"), (f"{path}#Süd", "Süd"),
    ]  # fmt: skip
    (folder / "copy.xlsx").write_bytes(path.read_bytes())
    copies = [file for file in load().files if "copy" in file.uri]
    assert [type(file.error) for file in copies] == [DuplicateContent, DuplicateContent]


def test_a_workbook_that_gets_a_second_sheet_and_loses_it_again(
    load: Load, folder: Path, rows: Rows, fetch: Rows
) -> None:
    path = book(folder / "b.xlsx", {"one": [["a"], [1]]})
    load()
    assert rows("b", "a") == [("1",)]
    book(path, {"one": [["a"], [1]], "two": [["a"], [2]]})
    assert load().ok
    assert rows("b") == []
    assert (rows("b_one", "a"), rows("b_two", "a")) == ([("1",)], [("2",)])
    book(path, {"one": [["a"], [3]]})
    assert load().ok
    assert (rows("b", "a"), rows("b_one"), rows("b_two")) == ([("3",)], [], [])
    assert fetch("select uri from raw._files where status = 'loaded'") == [(str(path),)]


def test_merged_header_cells_and_a_title(load: Load, folder: Path, rows: Rows) -> None:
    with xlsxwriter.Workbook(folder / "t.xlsx") as made:
        sheet = made.add_worksheet("s")
        sheet.merge_range(0, 0, 0, 4, "Sales of the year")
        sheet.write(1, 0, "made by Eva")
        sheet.merge_range(3, 0, 4, 0, "Region")
        sheet.merge_range(3, 1, 3, 2, "Q1")
        sheet.merge_range(3, 3, 3, 4, "Q2")
        sheet.write_row(4, 1, ["net", "gross", "net", "gross"])
        sheet.write_row(5, 0, ["North", 1, 2, 3, 4])
        sheet.merge_range(6, 0, 7, 0, "South")
        sheet.write_row(6, 1, [5, 6, 7, 8])
        sheet.write_row(7, 1, [9, 9, 9, 9])
    report = load()
    assert rows("t", "region, q1_net, q1_gross, q2_net, q2_gross, _line") == [
        ("North", "1", "2", "3", "4", 6), ("South", "5", "6", "7", "8", 7),
        (None, "9", "9", "9", "9", 8),
    ]  # fmt: skip
    assert report.files[0].dialect == {
        "sheet": "s", "header_row": 4, "header_rows": 2,
        "above_the_header": ["Sales of the year", "made by Eva"],
        "columns": ["Region", "Q1 net", "Q1 gross", "Q2 net", "Q2 gross"],
    }  # fmt: skip
    assert "1 merged cells: each lands in its first cell only" in report.files[0].notes


def test_what_excel_shows_and_what_it_hides(load: Load, folder: Path, rows: Rows) -> None:
    with xlsxwriter.Workbook(folder / "t.xlsx") as made:
        sheet = made.add_worksheet("s")
        sheet.write_row(0, 0, ["formula", "text", "error", "when", "clock", "long", "ok"])
        sheet.write_formula(1, 0, "=1+1", None, 2)
        sheet.write_string(1, 1, "00123")
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_datetime(
            1, 3, dt.datetime(2025, 3, 1, 12, 30), made.add_format({"num_format": "dd.mm.yy hh:mm"})
        )
        sheet.write_datetime(1, 4, dt.time(3, 4), made.add_format({"num_format": "hh:mm"}))
        sheet.write_number(1, 5, 123456789012)
        sheet.write_boolean(1, 6, False)
        sheet.write_row(2, 0, ["hidden row"])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
        made.add_worksheet("secret").write_column(0, 0, ["a", 1])
        made.worksheets_objs[1].hide()
    report = load()
    assert rows("t_s") == [
        (2, "2", "00123", "#DIV/0!", "2025-03-01T12:30:00", "03:04:00", "123456789012", "false"),
        (3, "hidden row", None, None, None, None, None, None),
    ]
    assert rows("t_secret", "a") == [("1",)]
    assert report.files[1].notes == ("the sheet is hidden in Excel",)


def test_a_zero_character_is_rejected_with_the_row_as_json(
    load: Load, folder: Path, rows: Rows, fetch: Rows
) -> None:
    path = book(folder / "t.xlsx", {"s": [["a", "b"], ["x_x0000_", 1], ["y", 2]]})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data.replace(b"_x005F_x0000_", b"_x0000_"))
    load()
    assert rows("t", "a, b") == [("y", "2")]
    assert fetch("select line, reason, convert_from(raw, 'UTF8') from raw._rejects") == [
        (2, "nul_character", '{"a": "x\\u0000", "b": "1"}')
    ]


def test_what_is_no_workbook(load: Load, write: Write, folder: Path) -> None:
    data = book(folder / "cut.xlsx", {"s": [["a"], [1]]}).read_bytes()
    write("cut.xlsx", data[: len(data) // 2])
    write("text.xlsx", "a,b\n1,2\n")
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("hello.txt", "x")
    write("zip.xlsx", sink.getvalue())
    book(folder / "void.xlsx", {"s": []})
    errors = [type(file.error) for file in load().files]
    assert errors == [CorruptFile, WrongFormat, NoColumns, CorruptFile]


def test_a_workbook_that_is_a_bomb(load: Load, folder: Path) -> None:
    with zipfile.ZipFile(folder / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<c/>" * (1 << 25))
    report = load()
    assert isinstance(report.files[0].error, ExpandsTooMuch)
    assert "--max-ratio" in report.files[0].error.hint
    # With leave, it fails for what it is.
    limits = Limits(ratio=1e6)
    assert isinstance(load(limits=limits).files[0].error, CorruptFile)
