"""Records that do not fit in memory: the same come out, and the memory stays small."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from extract.dialect import sniff
from extract.formats import csv as csv_format
from tests.extract.test_csv_reader import PLAIN, dirty, read, regular

Write = Callable[..., Path]
Rows = Callable[..., list[tuple[Any, ...]]]

LARGEST = 100_000_000
"""Bytes of memory that a process may take, whatever the size of a text file."""


@given(data=dirty | regular, block=st.integers(1, 24))
@example(data=b'1,"a""b\n",3\r\n4,5,6', block=1)
@example(data=b'1,2,"3\n4,5,6\n7,8,9\n', block=4)
@example(data=b'1,2,"3\n4,5,"6\n7,8,9\n', block=4)
@example(data=b'1,"\xe2\x82\xac","\xe2\x82"\n4,5,6\n', block=2)
@example(data=b"1,2\r,3\n4,5,6\n", block=3)
@settings(deadline=None, max_examples=300)
def test_records_read_piece_by_piece_are_the_same(data: bytes, block: int) -> None:
    with mock.patch.object(csv_format, "GIANT", 1):
        piece_by_piece = read(data, PLAIN, block)
    assert piece_by_piece == read(data, PLAIN)


CHILD = """
import sys
from pathlib import Path
import extract
report = extract.load(sys.argv[1:], workers=1)
status = Path("/proc/self/status").read_text()
print(report.ok, status.split("VmHWM:")[1].split()[0])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_giant_cells_take_little_memory(
    database: str, write: Write, folder: Path, fetch: Rows
) -> None:
    path = write("t.csv", b"id,name,text\n1,a,b\n2,b,c\n3,c,d\n")
    want = []
    with path.open("ab") as out:
        for number, (piece, quote) in enumerate(
            [(b"x" * 99 + b"\n", b'"'), (b'{""a"": ""b"", ', b'"'), ("grün €".encode() * 20, b"")]
        ):
            times = 33_000_000 // len(piece)
            out.write(b"%d,giant," % number + quote)
            out.writelines([piece] * times)
            out.write(quote + b"\n")
            text = piece.replace(b'""', b'"') * times
            want.append((str(number), hashlib.md5(text).hexdigest()))
        out.write(b"5,e,f\n")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder)],
        capture_output=True, text=True, check=True, env=os.environ,
    )  # fmt: skip
    ok, kilobytes = done.stdout.split()
    assert ok == "True", done.stderr
    assert int(kilobytes) * 1024 < LARGEST
    assert fetch("select id, md5(text) from raw.t where name = 'giant' order by 1") == want
    assert fetch("select id from raw.t where name <> 'giant' order by 1") == [
        ("1",), ("2",), ("3",), ("5",),
    ]  # fmt: skip


def test_a_cell_that_the_sample_does_not_see_the_end_of_is_one() -> None:
    start = b"id;name;text\n1;a;b\n2;b;c\n"
    cut = start + b'3;c;"' + b"a line, with commas, in it\n" * 40_000
    assert sniff(cut, whole=False, name="x.csv", uri="x").labels == ("id", "name", "text")


def test_a_stray_quote_far_from_the_next_costs_one_record() -> None:
    good = b"5,e,f\n" * 200_000
    data = b'4,d,"e\n' + good + b'6,f,"g\n' + good
    stray = read(data, PLAIN)
    assert stray.rejects == [
        (1, "broken_quote", b'4,d,"e'), (200_002, "broken_quote", b'6,f,"g'),
    ]  # fmt: skip
    assert len(stray.rows) == 400_000
