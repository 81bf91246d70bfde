"""Encodings that sources.yml names, and bytes that are not of them: a record's fault, no crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extract import overrides
from extract.encoding import Recoder
from extract.errors import CorruptFile
from extract.report import LoadReport

Load = Callable[..., LoadReport]
Write = Callable[..., Path]
Rows = Callable[..., list[tuple[Any, ...]]]
Say = Callable[[str], None]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Name the encoding of every file."""

    def write(encoding: str) -> None:
        path = tmp_path / "sources.yml"
        path.write_text(f'files:\n  - {{match: "*", encoding: {encoding}}}\n')
        monkeypatch.setenv(overrides.VARIABLE, str(path))

    return write


@pytest.mark.parametrize(
    ("said", "encoding", "town"),
    [
        ("latin-1", "latin-1", "Tromsø"), ("cp1250", "cp1250", "Łódź"),
        ("koi8-r", "koi8-r", "Омск"), ("UTF8", "utf-8", "Łódź"),
        ("utf-8-sig", "utf-8-sig", "Łódź"), ("utf-16", "utf-16", "Łódź"),
        ("utf-16", "utf-16-le", "Łódź"), ("utf-16", "utf-16-be", "Łódź"),
        ("sjis", "shift_jis", "東京"), ("gb18030", "gb18030", "東京"),
        ("cp1252", "cp1252", "Tromsø"), ("cp037", "cp037", "Oslo"),
    ],
)  # fmt: skip
def test_an_encoding_that_is_named(
    say: Say, load: Load, write: Write, fetch: Rows, said: str, encoding: str, town: str
) -> None:
    write("t.csv", f"id,town\n1,{town}\n2,{town}\n3,broken\n4\n".encode(encoding))
    say(said)
    assert load().ok
    assert fetch("select id, town from raw.t order by _line limit 2") == [("1", town), ("2", town)]
    raw = "4".encode(encoding).removeprefix(b"\xff\xfe").removeprefix(b"\xef\xbb\xbf")
    assert fetch("select line, raw from raw._rejects") == [(5, raw)]


@pytest.mark.parametrize("encoding", ["ascii", "shift_jis", "cp1253"])
def test_bytes_that_are_not_of_it_reject_their_record_only(
    say: Say, load: Load, write: Write, fetch: Rows, encoding: str
) -> None:
    # 0xd2 is unassigned in cp1253, and opens two bytes of Shift JIS of which a comma is no second.
    lines = [b"%d,x" % n for n in range(200_000)]
    lines[5] = b"5,\xd2,"[:3] + b"\xff"
    lines[150_000] = b"150000,\xd2\xff"
    write("t.csv", b"id,x\n" + b"\n".join(lines) + b"\n")
    say(encoding)
    assert load().ok
    assert fetch("select count(*) from raw.t") == [(199_998,)]
    assert fetch("select line, reason, raw from raw._rejects order by line") == [
        (7, "bad_encoding", lines[5]), (150_002, "bad_encoding", lines[150_000])
    ]  # fmt: skip


def test_json_lines_in_an_encoding_with_a_byte_that_is_not_of_it(
    say: Say, load: Load, write: Write, fetch: Rows
) -> None:
    write("t.jsonl", b'{"id": 1}\n{"id": "\xf8"}\n{"id": 3}\n')
    say("ascii")
    assert load().ok
    assert fetch("select id from raw.t order by _line") == [("1",), ("3",)]
    assert fetch("select line, reason, raw from raw._rejects") == [
        (2, "bad_encoding", b'{"id": "\xf8"}')
    ]


def test_what_cannot_be_read_on_fails_the_file_and_not_the_run(load: Load, write: Write) -> None:
    good = "id,x\n1,y\n".encode("utf-32")
    write("a.csv", good + b"\xff\xff\xff\x7f" + good[4:])
    write("b.csv", good[:-1])
    write("c.csv", "id,x\n1,y\n")
    report = load()
    assert [file.outcome for file in report.files] == ["failed", "failed", "loaded"]
    assert all(isinstance(file.error, CorruptFile) for file in report.files[:2])
    assert "the utf-32-le text is cut off or damaged" in str(report.files[1].error)


@pytest.mark.parametrize("encoding", ["ascii", "shift_jis", "latin-1", "gb18030", "windows-1252"])
def test_every_byte_comes_back(encoding: str) -> None:
    data = bytes(range(256)) * 3 + b"\xfd\xfe\xff\x80\n"
    recoder = Recoder(encoding)
    recoded = b"".join(recoder.recode(data[n : n + 7]) for n in range(0, len(data), 7))
    recoded += recoder.recode(b"", final=True)
    assert recoder.stored(recoded) == data


@pytest.mark.parametrize(
    ("encoding", "names", "is_doubted"),
    [
        ("cp1250", ["Żółw", "Łódź, półka", "Wąsik", "główny"], True),
        ("iso8859-2", ["Żółw", "główna", "książka"], True),
        ("cp1252", ["Café", "Ærø", "Müller", "Straße", "d´Or", "10 m³", "n° 5", "½ l"], False),
    ],
)
def test_signs_inside_words_are_told_to_be_letters_of_another_code_page(
    say: Say, load: Load, write: Write, encoding: str, names: list[str], is_doubted: bool
) -> None:
    lines = ["id,name", *(f'{n},"{name}"' for n, name in enumerate(names * 3)), ""]
    write("guessed.csv", "\n".join(lines).encode(encoding))
    (guessed,) = load().files
    assert any("inside words" in note for note in guessed.notes) is is_doubted
    say(encoding)
    write("named.csv", "\n".join(lines).encode(encoding))
    (named,) = [file for file in load().files if file.uri.endswith("named.csv")]
    assert not any("inside words" in note for note in named.notes)
