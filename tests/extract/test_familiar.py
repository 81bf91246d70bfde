"""A file like the one before it is read like it, but only as far as it is like it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract import familiar
from extract.dialect import Dialect, Given, sniff

HEAD = "id,name,price,placed\n"
ROWS = "".join(f'{n},"Miller, {n}",{n}.50,2026-01-{n:02d}\n' for n in range(10, 29))


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    familiar.forget()


def judge(text: str, encoding: str = "utf-8", given: Given | None = None) -> Dialect:
    return sniff(text.encode(encoding), whole=True, name="t.csv", uri="t.csv", given=given)


def taken_over(dialect: Dialect) -> bool:
    return "the same line as" in dialect.evidence["delimiter"]


def facts(dialect: Dialect) -> Dialect:
    return replace(dialect, evidence={}, confidence=1.0)


def test_the_second_file_is_read_like_the_first() -> None:
    first = judge(HEAD + ROWS)
    second = judge(HEAD + ROWS.replace("Miller", "Müller")[:200].rpartition("\n")[0])
    assert not taken_over(first)
    assert taken_over(second)
    assert facts(replace(second, encoding_certain=False)) == facts(first)
    assert taken_over(judge((HEAD + ROWS).replace("\n", "\r\n")))
    assert judge((HEAD + ROWS).replace("\n", "\r\n")).crlf
    assert judge(HEAD).header


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD.replace("price", "cost") + ROWS, id="another header"),
        pytest.param(HEAD + "number,of person,in EUR,on day\n" + ROWS, id="a second header row"),
        pytest.param(HEAD + ROWS + "10,too few\n", id="a record too short"),
        pytest.param(HEAD + ROWS.replace('"Miller, ', '"Mil"ler, '), id="stray quotes"),
        pytest.param(HEAD + ROWS.replace(",", ";"), id="another delimiter below"),
        pytest.param(HEAD + ROWS + "# the end, of, this, file\n# x\n", id="a comment below"),
    ],
)
def test_what_differs_is_judged_afresh(text: str) -> None:
    alone = judge(text)
    familiar.forget()
    judge(HEAD + ROWS)
    after = judge(text)
    assert not taken_over(after)
    assert after == alone


def test_what_a_person_said_of_one_file_is_not_said_of_another() -> None:
    judge(HEAD + ROWS, given=Given(columns=("a", "b", "c", "d")))
    assert judge(HEAD + ROWS).labels == ("id", "name", "price", "placed")


cells = st.text(st.sampled_from('ab1 ,;"é.-'), max_size=6)


@given(
    tables=st.integers(2, 4).flatmap(
        lambda width: st.lists(
            st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8),
            min_size=2,
            max_size=2,
        )
    ),
)
@settings(deadline=None, max_examples=200)
def test_no_file_is_read_otherwise_for_the_one_before_it(tables: list[list[list[str]]]) -> None:
    labels = ["alpha", "beta", "gamma", "delta"][: len(tables[0][0])]
    texts = []
    for table in tables:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([labels, *table])
        texts.append(text.getvalue())
    familiar.forget()
    first = judge(texts[0])
    if (first.width, first.delimiter, first.header_rows) != (len(labels), ",", 1):
        return  # Too short a file to tell, and what it taught is as good as nothing.
    second = judge(texts[1])
    if taken_over(second):
        assert (second.labels, second.delimiter, second.quote) == (tuple(labels), ",", '"')


def test_quotes_that_were_text_in_one_file_may_be_around_cells_in_the_next() -> None:
    text = b"".join(b'%d;a "b" c %d\n' % (n, n) for n in range(9))
    around = b"".join(b'%d;"a ""b"" c %d"\n' % (n, n) for n in range(9))
    familiar.forget()
    quotes = [
        sniff(b"id;note\n" + body, whole=True, name="x.csv", uri="x").quote
        for body in (text, around)
    ]
    assert quotes == ["", '"']
