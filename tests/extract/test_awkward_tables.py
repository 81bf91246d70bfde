"""Small tables as people write them, each with what its author meant.

Written after real files (spreadsheets' exports, banks', measuring instruments', R's), not after
the reader. Where two readings are as good as each other, there is no case here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.extract.pollution import Case, measure
from tests.extract.test_pollution import read

TABLES = Path(__file__).parents[1] / "data" / "awkward_tables.jsonl"


def tables() -> list[Any]:
    """The cases of the file."""
    found = []
    for line in TABLES.read_text("utf-8").strip().split("\n"):
        facts = json.loads(line)
        data = facts["text"].encode(facts.get("encoding", "utf-8"))
        name = facts.get("file", "source.csv")
        case = Case(facts["name"], data, facts["header"], facts["records"], 1.0, name)
        found.append(pytest.param(case, id=case.name))
    return found


@pytest.mark.parametrize("case", tables())
def test_header_and_records_come_out_as_meant(case: Case) -> None:
    header, records, _ = read(case)
    assert header == case.header
    assert records == case.records
    assert measure(case, lambda case: read(case)[:2]).points == 10


def test_most_rows_may_lack_their_last_cells_if_the_header_names_them() -> None:
    plain = b"".join(b"%d,item %d\n" % (n, n) for n in range(40))
    noted = b"".join(b"%d,item %d,see page %d\n" % (n, n, n) for n in range(40, 45))
    _, records, rejects = read(Case("x", b"id,name,note\n" + plain + noted, [], []))
    assert rejects == []
    assert records[0] == ["0", "item 0", ""]
    assert records[-1] == ["44", "item 44", "see page 44"]


def test_a_lone_wide_row_does_not_make_the_others_short() -> None:
    plain = b"".join(b"%d,item %d\n" % (n, n) for n in range(40))
    _, records, rejects = read(Case("x", b"id,name\n" + plain + b"41,a,b\n" + plain, [], []))
    assert len(records) == 80
    assert rejects == [(42, "wrong_width", b"41,a,b")]


def test_a_column_of_row_names_does_not_shift_the_labels() -> None:
    data = b'"weight","feed"\n' + b"".join(b'"%d",%d.5,%d\n' % (n, n, n * 7) for n in range(1, 30))
    header, records, _ = read(Case("x", data, [], []))
    assert header == ["", "weight", "feed"]
    assert records[1] == ["2", "2.5", "14"]
    # With an empty cell at the end of each record it is the last column that has no label.
    ended = b"a,b\n" + b"".join(b"%d,%d,\n" % (n, n) for n in range(1, 9))
    assert read(Case("x", ended, [], []))[0] == ["a", "b", ""]


def test_a_label_that_is_a_value_further_down_by_chance_is_a_label() -> None:
    codes = [f"{a}{b}" for a in "IJK" for b in "ABCDEFGH"]
    rows = "".join(f"land {code},{'EW'[n % 2]}. Asia,{code}\n" for n, code in enumerate(codes))
    header, records, _ = read(Case("x", f"Country,Group,ID\n{rows}".encode(), [], []))
    assert header == ["Country", "Group", "ID"]
    assert ["land ID", "W. Asia", "ID"] in records
    # Not where two are.
    header, records, _ = read(Case("x", f"land ID,x ID,ID\n{rows}".encode(), [], []))
    assert header == []
