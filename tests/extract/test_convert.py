"""Blocks of dialects that COPY does not know: turned at once, they give what one by one gives."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.dialect import Dialect
from extract.formats.base import Tally
from extract.formats.convert import Converter
from extract.formats.csv import CsvReader
from tests.extract.pollution import parsed

DIALECTS = [
    ("||", '"', "", False), (", ", '"', "", False), ("<|>", "", "", False), (" ", '"', "", True),
    ("  ", "", "", True), (",", '"', "\\", False), (";", "'", "\\", False), ("\t", "", "\\", False),
    ("|", '"', "^", False),
]  # fmt: skip


def dialect(delimiter: str, quote: str, escape: str, runs: bool, width: int = 3) -> Dialect:
    return Dialect(
        "utf-8", 0, True, delimiter, quote, "\n", False, width, 0, False,
        (None,) * width, 1.0, runs=runs, escape=escape,
    )  # fmt: skip


def read(
    data: bytes, how: Dialect, block: int
) -> tuple[list[list[str]], list[tuple[int, str, bytes]]]:
    rejects: list[tuple[int, str, bytes]] = []
    tally = Tally(lambda line, reason, _, raw: rejects.append((line, reason, raw)))
    reader = CsvReader(lambda: io.BytesIO(data), name="x.csv", uri="x", dialect=how, block=block)
    payload = b"".join(reader.payloads(1, ["text"] * how.width, tally))
    shape = reader.shape
    return parsed(payload, shape.delimiter, shape.quote), rejects


@pytest.fixture(autouse=True)
def _short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extract.formats.csv._SHORTEST_PIECE", 8)


@st.composite
def texts(draw: st.DrawFn) -> tuple[tuple[str, str, str, bool], bytes]:
    """Lines of what matters in a dialect: many that are records, some that are anything."""
    how = draw(st.sampled_from(DIALECTS))
    delimiter, quote, escape, _ = how
    signs = [
        delimiter, quote or '"', escape or "\\", "a", "b c", " ", "\x1f", ",", '""', "é", "\r"
    ]  # fmt: skip
    odd = st.lists(st.sampled_from(signs), max_size=8).map("".join)
    plain = st.sampled_from(
        ["", "1", "x y" if delimiter.strip() else "x", "é", f"{escape}{escape}"]
    )
    inner = st.sampled_from(["a", delimiter, f"{escape or quote}{quote}", "z", "\n"])
    quoted = st.lists(inner, max_size=4).map(lambda parts: f"{quote}{''.join(parts)}{quote}")
    cell = st.one_of(plain, plain, plain, quoted)
    good = st.lists(cell, min_size=3, max_size=3).map(delimiter.join)
    lines = draw(st.lists(st.one_of(good, good, good, good, odd), max_size=12))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return how, (end.join(lines) + draw(st.sampled_from(["", end]))).encode()


@settings(deadline=None, max_examples=200)
@given(texts(), st.sampled_from([5, 40, 1 << 16]))
def test_the_fast_way_gives_what_the_careful_one_gives(
    case: tuple[tuple[str, str, str, bool], bytes], block: int
) -> None:
    (delimiter, quote, escape, runs), data = case
    how = dialect(delimiter, quote, escape, runs)
    fast = read(data, how, block)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Converter, "split", lambda *_: None)
        careful = read(data, how, block)
    assert fast == careful


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_an_escape_at_the_very_end_escapes_nothing(end: bytes) -> None:
    records, rejects = read(b"1,2,3\n4,5,6\\" + end, dialect(",", '"', "\\", False), 1 << 16)
    assert records == [["1", "2", "3"], ["4", "5", "6\\"]]
    assert rejects == []


def lines_of(cells: Sequence[Sequence[str]], delimiter: str) -> Iterator[str]:
    return (delimiter.join(row) for row in cells)


@pytest.mark.parametrize("delimiter", ["||", "::", " | "])
def test_blocks_without_quotes_are_turned_at_once(
    monkeypatch: pytest.MonkeyPatch, delimiter: str
) -> None:
    cells = [[str(n), f"name, {n}", "x;y"] for n in range(5000)]
    cells[2500] = ["2500", f'"quoted {delimiter} name"', "x"]
    data = "\n".join([*lines_of(cells, delimiter), f"4{delimiter}x", ""]).encode()
    one_by_one: list[int] = []
    careful = CsvReader._one_by_one

    def counted(self: CsvReader, text: bytes, *rest: object) -> object:
        one_by_one.append(len(text))
        return careful(self, text, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(CsvReader, "_one_by_one", counted)
    records, rejects = read(data, dialect(delimiter, '"', "", False), 1 << 14)
    cells[2500][1] = f"quoted {delimiter} name"
    assert records == cells
    assert rejects == [(5001, "wrong_width", f"4{delimiter}x".encode())]
    assert sum(one_by_one) < 400
