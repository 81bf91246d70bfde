"""The CSV reader by itself: against the csv module, against itself, and against Postgres."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, replace

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from extract.dialect import Dialect
from extract.formats import roads
from extract.formats.base import Tally
from extract.formats.csv import CsvReader

csv.field_size_limit(1 << 30)

PLAIN = Dialect(
    encoding="utf-8", mark=0, encoding_certain=True, delimiter=",", quote='"', newline="\n",
    crlf=False, width=3, preamble=0, header=False, labels=(None, None, None), confidence=1.0,
    evidence={},
)  # fmt: skip


@dataclass
class Read:
    """What came out of a reader: rows as (line, cells), and rejects as (line, reason, bytes)."""

    rows: list[tuple[int, list[str]]]
    rejects: list[tuple[int, str, bytes]]
    payload: bytes


def read(data: bytes, dialect: Dialect | None, block: int = 1 << 16) -> Read:
    rejects: list[tuple[int, str, bytes]] = []
    tally = Tally(lambda line, reason, _, raw: rejects.append((line, reason, raw)))
    reader = CsvReader(
        lambda: io.BytesIO(data), name="x.csv", uri="x.csv", dialect=dialect, block=block
    )
    payload = b"".join(reader.payloads(1, ["text"] * len(reader.shape.columns), tally))
    parsed = csv.reader(
        io.StringIO(payload.decode(), newline=""), delimiter=reader.shape.delimiter, strict=True
    )
    rows = [(int(row[1]), row[2:]) for row in parsed]
    assert tally.landed == len(rows)
    assert tally.rejected == len(rejects)
    return Read(rows, sorted(rejects), payload)


cells = st.text(
    st.sampled_from('ab1 ,;"\n\r\t|é€😀\\.') | st.characters(blacklist_categories=["Cs", "Cc"]),
    max_size=8,
)


@given(
    table=st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1)
    ),
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    block=st.sampled_from([1, 2, 3, 7, 16, 64, 1 << 16]),
    last_newline=st.booleans(),
)
@settings(deadline=None, max_examples=150)
def test_what_the_csv_module_writes_lands_as_it_reads_it(
    table: list[list[str]], delimiter: str, newline: str, quoting: int, block: int,
    last_newline: bool,
) -> None:  # fmt: skip
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=quoting).writerows(table)  # type: ignore[arg-type]
    written = text.getvalue()
    if newline == "\n" and quoting == csv.QUOTE_MINIMAL:
        # Before Python 3.13 the module leaves a carriage return unquoted here.
        table = [[cell.replace("\r", "") for cell in row] for row in table]
        written = written.replace("\r", "")
    if not last_newline:
        written = written.removesuffix(newline)
    dialect = replace(PLAIN, delimiter=delimiter, width=len(table[0]))
    got = read(written.encode(), dialect, block)
    assert [row for _, row in got.rows] == table
    assert got.rejects == []
    starts = []
    line = 1
    for row in table:
        starts.append(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    assert [line for line, _ in got.rows] == starts


dirty = st.lists(
    st.sampled_from([b"a", b"bc", b",", b",", b'"', b'"', b'""', b"\n", b"\r\n", b"\r", b"\0",
                     b"\xc3\xa9", b"\xe9", b" ", b"\\."]),
    max_size=40,
).map(b"".join)  # fmt: skip


regular = st.lists(
    st.lists(st.sampled_from(["", "a", "é", '"b"', '"c,d"', '""']), min_size=3, max_size=3),
    min_size=1,
).map(lambda rows: "".join(",".join(row) + "\n" for row in rows).encode())


@given(data=dirty, block=st.integers(1, 24))
@example(data=b'a,"b,c\n1,2,3\n4,"5",6\n', block=5)
@example(data=b'"a"\r\n', block=1)
@settings(deadline=None, max_examples=400)
def test_block_size_changes_nothing(data: bytes, block: int) -> None:
    assert read(data, PLAIN, block) == read(data, PLAIN)


@given(data=dirty | regular, block=st.integers(1, 24), sprinkled=st.sampled_from([1, 200]))
@example(data=b'a,"b,c",d\n1,2,3\n"4,","5",""\n', block=64, sprinkled=1)
@example(data=b'1,"a""b",3\n1,2,3\n', block=64, sprinkled=1)
@example(data=b'1,a"",3\n1,"2,3\n4",5\n', block=64, sprinkled=1)
@settings(deadline=None, max_examples=400)
def test_lines_that_go_out_as_they_stand_hold_the_same_records(
    data: bytes, block: int, sprinkled: int
) -> None:
    want = read(data, PLAIN, block)
    reader = CsvReader(lambda: io.BytesIO(data), name="t.csv", uri="t", dialect=PLAIN, block=block)
    refused: list[tuple[int, str, bytes]] = []
    tally = Tally(lambda line, reason, _, raw: refused.append((line, reason, raw)))
    rows = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(roads, "_SPRINKLED", sprinkled)  # How many quotes are held to be few.
        for payload, lines in reader.bare_payloads(tally):
            found = list(csv.reader(io.StringIO(payload.decode(), newline="")))
            if lines is None:
                rows += [(int(cells[0]), cells[1:]) for cells in found]
            else:
                rows += list(zip(lines, found, strict=True))
    assert (rows, sorted(refused)) == (want.rows, want.rejects)
    assert tally.landed == len(rows)


@given(data=dirty)
@example(data=b",,\r,,\0")
@settings(deadline=None, max_examples=400)
def test_no_byte_is_lost(data: bytes) -> None:
    got = read(data, PLAIN)
    lines = data.split(b"\n")
    kept = {line for line, _ in got.rows} | {line for line, _, _ in got.rejects}
    for line, _, raw in got.rejects:
        # Where a lone `\r` ends a record, too, there are more lines than are counted here.
        alone = re.search(rb"\r(?!\n)", data) is not None
        assert raw in data if alone else b"\n".join(lines[line - 1 :]).startswith(raw)
    assert len(kept) == len(got.rows) + len(got.rejects)
    covered = set()
    spans = [(line, sum(cell.count("\n") for cell in row)) for line, row in got.rows]
    spans += [(line, raw.count(b"\n")) for line, _, raw in got.rejects]
    for line, more in spans:
        covered |= set(range(line, line + more + 1))
    for number, line in enumerate(lines, start=1):
        assert number in covered or line in (b"", b"\r")


@given(data=dirty)
@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_postgres_takes_every_payload_and_sees_the_same_cells(
    connection: psycopg.Connection, data: bytes
) -> None:
    got = read(data, PLAIN)
    connection.execute(
        "create temp table if not exists t (_file_id bigint, _line bigint, a text, b text, c text)"
    )
    connection.execute("truncate t")
    with connection.cursor().copy("copy t from stdin (format csv)") as copy:
        copy.write(got.payload)
    found = connection.execute(
        "select _line, coalesce(a, ''), coalesce(b, ''), coalesce(c, '') from t order by _line"
    ).fetchall()
    assert [(row[0], list(row[1:])) for row in found] == got.rows


@pytest.mark.parametrize(
    ("data", "rows", "rejects"),
    [
        pytest.param(
            b"a,b,c\n1,2,3,4\nd,e\nf,g,h\n",
            [(1, ["a", "b", "c"]), (4, ["f", "g", "h"])],
            [(2, "wrong_width", b"1,2,3,4"), (3, "wrong_width", b"d,e")],
            id="ragged",
        ),
        pytest.param(
            b'a,"b,c\nd,e,f\ng,"h",i\n',
            [(2, ["d", "e", "f"]), (3, ["g", "h", "i"])],
            [(1, "broken_quote", b'a,"b,c')],
            id="a quote that is never closed costs its own line only",
        ),
        pytest.param(
            b'a,"b"x,c\nd,e,f\n',
            [(2, ["d", "e", "f"])],
            [(1, "broken_quote", b'a,"b"x,c')],
            id="text behind a closing quote",
        ),
        pytest.param(
            b'a,12" screen,c\nd,5\' 6",f\n',
            [(1, ["a", '12" screen', "c"]), (2, ["d", "5' 6\"", "f"])],
            [],
            id="a quote inside an unquoted cell is text",
        ),
        pytest.param(
            b"a,b,c\nd,\xe9,f\ng,h,i\n",
            [(1, ["a", "b", "c"]), (3, ["g", "h", "i"])],
            [(2, "bad_encoding", b"d,\xe9,f")],
            id="a byte that is not UTF-8",
        ),
        pytest.param(
            b"a,b,c\nd,\0,f\n", [(1, ["a", "b", "c"])], [(2, "nul_byte", b"d,\0,f")], id="zero byte"
        ),
        pytest.param(
            b'a,"b\nb",c,d\ne,f,g\n',
            [(3, ["e", "f", "g"])],
            [(1, "wrong_width", b'a,"b\nb",c,d')],
            id="a ragged record of several lines stays in one piece",
        ),
        pytest.param(
            b"a,b,c\n\n\r\nd,e,f",
            [(1, ["a", "b", "c"]), (4, ["d", "e", "f"])],
            [],
            id="blank lines",
        ),
        pytest.param(
            b"a,b\rb,c\nd,e,f\r\n",
            [(1, ["a", "b\rb", "c"]), (2, ["d", "e", "f"])],
            [],
            id="a lone carriage return is text, line ends may be mixed",
        ),
        pytest.param(b"\\.,b,c\n", [(1, ["\\.", "b", "c"])], [], id="COPY's end marker"),
        pytest.param(
            b'a,b,"c\n\\.\nd"\ne,f,g\n',
            [(1, ["a", "b", "c\n\\.\nd"]), (4, ["e", "f", "g"])],
            [],
            id="COPY's end marker on a line of its own",
        ),
        pytest.param(
            b'a,b,c\nd,e,"f\n',
            [(1, ["a", "b", "c"])],
            [(2, "broken_quote", b'd,e,"f')],
            id="cut off inside a quoted cell",
        ),
    ],
)
def test_bad_records_are_set_aside(
    data: bytes, rows: list[tuple[int, list[str]]], rejects: list[tuple[int, str, bytes]]
) -> None:
    for block in (1, 5, 1 << 16):
        got = read(data, PLAIN, block)
        assert got.rows == rows
        assert got.rejects == rejects


def test_one_bad_record_in_a_hundred_thousand_is_found() -> None:
    lines = [b"a%d,b,c" % number for number in range(100_000)]
    lines[77_777] = b"one,cell,too,many"
    got = read(b"\n".join(lines), PLAIN)
    assert got.rejects == [(77_778, "wrong_width", b"one,cell,too,many")]
    assert len(got.rows) == 99_999
    assert got.rows[-1] == (100_000, ["a99999", "b", "c"])


def test_a_long_quoted_cell_is_read_in_linear_time() -> None:
    cell = "x\n" * 4_000_000
    got = read(f'a,"{cell}",c\nd,e,f\n'.encode(), PLAIN)
    assert got.rows[0] == (1, ["a", cell, "c"])
    assert got.rows[1] == (4_000_002, ["d", "e", "f"])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_wide_encodings(encoding: str) -> None:
    text = "\ufeffa,b,c\n1,é€,3\n1,2\n"
    got = read(text.encode(encoding), None)
    assert got.rows == [(2, ["1", "é€", "3"])]
    assert got.rejects == [(3, "wrong_width", "1,2".encode(encoding))]


def test_latin_1_is_recoded_and_rejected_bytes_are_not() -> None:
    text = "a;b\r\nß;\x80\r\né\r\n"
    got = read(text.encode("latin-1"), None)
    assert got.rows == [(2, ["ß", "€"])]  # 0x80 is the euro sign in Windows-1252
    assert got.rejects == [(3, "wrong_width", b"\xe9")]


def test_latin_1_that_shows_only_after_the_sample() -> None:
    data = b"a,b\n" + b"plain,ascii\n" * 200_000 + "naïve,café\n".encode("latin-1") * 50
    got = read(data, None)
    assert got.rows[-1][1] == ["naïve", "café"]
    assert got.rejects == []


def test_a_file_with_old_macintosh_line_ends() -> None:
    got = read(b'a,b\r1,2\r3,"4\r5"\r6\r', None)
    assert got.rows == [(2, ["1", "2"]), (3, ["3", "4\r5"])]
    assert got.rejects == [(5, "wrong_width", b"6")]
