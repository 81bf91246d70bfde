"""One clean table, written in every odd way we can think of, with what its author meant.

Each pollution changes one thing, as published benchmarks of CSV readers do. `measure` scores what a
reader makes of it: 1 point for reading the file at all, and precision, recall and F1 of header,
records and cells: 10 points at best.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

Table = list[list[str]]

HEADER = ["DATE", "TIME", "Quantity", "Product ID", "Price", "Kind", "Description", "URL", "Notes"]
_KINDS = ("Garden", "Kitchen", "Office", "Sports")
_WORDS = (
    "lamp", "oak", "folding", "set of two", "steel", "for indoor use", "large", "café", "blue",
    "with lid", "recycled", "12 inch", "handmade",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A polluted file and what its author meant.

    Attributes:
        name: `kind` or `kind:parameters`.
        data: the file.
        header: the labels; empty if there are none.
        records: the cells.
        weight: how common such files are, roughly, out in the world.
        file_name: its name.
    """

    name: str
    data: bytes
    header: list[str]
    records: Table
    weight: float = 1.0
    file_name: str = "source.csv"


def source(rows: int = 84, seed: int = 5) -> Table:
    """The clean table's records: dates, times, numbers, codes, words, addresses, free text."""
    rng = random.Random(seed)
    table = []
    for number in range(rows):
        words = rng.sample(_WORDS, 3)
        note = rng.choice(
            (
                "",
                "",
                "OK",
                "call back",
                "sold out, back in May",
                'the "old" model',
                "see page 4; new",
            )
        )
        table.append(
            [
                f"{1 + number % 12:02d}/{1 + number % 28:02d}/2018",
                f"{rng.randrange(24):02d}:{rng.randrange(60):02d}",
                str(rng.randrange(1, 40)),
                f"P-{number:04d}",
                f"{rng.randrange(100, 90000) / 100:.2f}",
                rng.choice(_KINDS),
                " ".join(words).capitalize() + rng.choice(("", ", boxed", ".")),
                f"https://shop.example.com/p/{number}?ref={rng.randrange(99)}",
                note,
            ]
        )
    return table


def write(
    table: Sequence[Sequence[str]],
    *,
    delimiter: str = ",",
    quote: str = '"',
    escape: str = "",
    newline: str = "\r\n",
    every: bool = False,
) -> str:
    """The table as CSV.

    Args:
        table: header and records.
        delimiter: of any length.
        quote: empty to quote nothing.
        escape: stands before a quote (or, without quotes, a delimiter) that is text; empty to
            double quotes.
        newline: after each record.
        every: quote every cell, not only those that need it.
    """

    def cell(text: str) -> str:
        needs = every or any(
            m in text for m in (delimiter.strip() or delimiter, quote or delimiter, "\n", "\r")
        )
        if not quote:
            return text.replace(delimiter, escape + delimiter) if escape else text
        if not needs:
            return text
        if escape:
            text = text.replace(escape, escape * 2)
        return quote + text.replace(quote, (escape or quote) + quote) + quote

    return "".join(delimiter.join(map(cell, row)) + newline for row in table)


def cases(rows: int = 84, seed: int = 5) -> Iterator[Case]:
    """All of them."""
    clean = source(rows, seed)
    full = [HEADER, *clean]

    def case(name: str, text: str | bytes, **changes: object) -> Case:
        data = text if isinstance(text, bytes) else text.encode()
        return replace(Case(name, data, HEADER, clean), **changes)  # type: ignore[arg-type]

    yield case("clean", write(full), weight=20)
    yield from _files(case, clean, full)
    yield from _marks(case, full, clean)
    yield from _around(case, clean, full)
    yield from _rows(case, clean, full)
    yield from _encodings(case, full)
    yield from _shapes(case, clean)


_Make = Callable[..., Case]


def _files(case: _Make, clean: Table, full: Table) -> Iterator[Case]:
    text = write(full)
    yield case("no newline at the end", text.removesuffix("\r\n"), weight=8)
    yield case("two newlines at the end", text + "\r\n", weight=4)
    yield case("blank lines at the end", text + "\r\n" * 5, weight=2)
    yield case("blank line at the start", "\r\n" + text)
    yield case("blank lines between records", text.replace("\r\n", "\r\n\r\n"))
    yield case("no payload", b"", header=[], records=[])
    yield case("line end only", b"\r\n", header=[], records=[])
    yield case("header only", write(full[:1]), records=[], weight=2)
    yield case("one record", write(full[:2]), records=clean[:1], weight=2)
    yield case("two records", write(full[:3]), records=clean[:2])
    yield case("no header", write(clean), header=[], weight=6)
    yield case("no header, one record", write(clean[:1]), header=[], records=clean[:1])
    yield case("cut off in a record", write(full) + "03/04/2018,10:2", weight=1)
    yield case(
        "cut off in a quoted cell", write(full) + '03/04/2018,10:20,3,P-9,4.0,Office,"Oak, bo'
    )
    yield case("separator line of spreadsheets", "sep=,\r\n" + text)
    yield case("long", write([HEADER, *clean * 200]), records=clean * 200)


def _marks(case: _Make, full: Table, clean: Table) -> Iterator[Case]:
    for delimiter, weight in (
        (";", 10), ("\t", 8), ("|", 4), (" ", 1), (":", 1), ("^", 1), ("~", 1), ("\x1f", 1),
        ("\x01", 1), (", ", 3), ("; ", 1), ("||", 1), ("::", 1), ("|~|", 1), ("<|>", 1), ("¦", 1),
        ("#", 1), ("!", 1), ("~|~", 1), (" | ", 1), ("*", 1),
    ):  # fmt: skip
        for every in (False, True):
            yield case(
                f"delimiter:{delimiter!r}{' all quoted' if every else ''}",
                write(full, delimiter=delimiter, every=every),
                weight=weight,
            )
    yield case("all quoted", write(full, every=True), weight=8)
    for delimiter in (",", ";", "\t", "|"):
        yield case(
            f"quote:' {delimiter!r}",
            write(full, quote="'", delimiter=delimiter, every=True), weight=2,
        )  # fmt: skip
    yield case("quote:' where needed", write(full, quote="'"))
    for escape, weight in (("\\", 4), ("^", 1), ("~", 1)):
        for every in (False, True):
            yield case(
                f"escape:{escape}{' all quoted' if every else ''}",
                write(full, escape=escape, every=every), weight=weight,
            )  # fmt: skip
    yield case("escape:\\ quote:'", write(full, escape="\\", quote="'", every=True))
    yield case("escaped delimiters, no quotes", write(full, quote="", escape="\\"))
    yield case("no quotes, tab", write(full, quote="", delimiter="\t"), weight=2)
    yield case("no quotes, semicolon in no cell", write(
        [[c.replace(";", ".") for c in row] for row in full], quote="", delimiter=";"),
        records=[[c.replace(";", ".") for c in row] for row in clean])  # fmt: skip
    plain = "".join(
        ",".join(f'"{cell}"' for cell in row) + "\r\n" for row in full
    )  # quotes within cells neither doubled nor escaped
    yield case("quotes within quoted cells as they are", plain, weight=2)
    for newline, weight in (("\n", 20), ("\r", 2)):
        for every in (False, True):
            yield case(
                f"newline:{newline!r}{' all quoted' if every else ''}",
                write(full, newline=newline, every=every), weight=weight,
            )  # fmt: skip
    mixed = "".join(
        write([row], newline=("\n", "\r\n")[index % 2]) for index, row in enumerate(full)
    )
    yield case("newlines mixed", mixed, weight=2)
    lines = [[*row[:6], f"{row[6]}\nsecond line, {row[3]}", *row[7:]] for row in clean]
    for newline in ("\n", "\r\n", "\r"):
        yield case(
            f"line breaks in cells:{newline!r}", write([HEADER, *lines], newline=newline),
            records=lines, weight=3,
        )  # fmt: skip
    for row in sorted({1, (len(clean) + 1) // 2, len(clean)}):
        parts = [write([line]) for line in full]
        for end in ("\r", "\n"):
            changed = [*parts]
            changed[row] = changed[row].removesuffix("\r\n") + end
            yield case(f"newline of one record:{row} {end!r}", "".join(changed))
        parts = [part.replace("\r\n", "\n") for part in parts]
        parts[row] = parts[row].removesuffix("\n") + "\r"
        yield case(f"newline of one record:{row} '\\r' among '\\n'", "".join(parts))
    spaced = "".join(", ".join(write([[c]], newline="") for c in row) + "\r\n" for row in full)
    yield case("space after each delimiter, quotes behind it", spaced, weight=2)


def _around(case: _Make, clean: Table, full: Table) -> Iterator[Case]:
    text = write(full)
    for number, lines in enumerate(
        (
            ["Sales of the garden department"],
            ["Sales of the garden department", ""],
            ["Report 17", "made on 2018-12-31 by J. Doe, all shops", ""],
            ["Report 17", "Shop:,Berlin", "Period:,2018", "", ""],
            ['"Quoted title, with a comma"', "second line"],
            ['a line with a stray " quote', ""],
            ["Report;17", "made on: 2018-12-31"],
        )
    ):
        yield case(f"preamble:{number}", "".join(f"{x}\r\n" for x in lines) + text, weight=5)
        tabbed = write(full, delimiter="\t")
        yield case(f"preamble, tabs:{number}", "".join(f"{x}\r\n" for x in lines) + tabbed)
        yield case(
            f"preamble, no header:{number}", "".join(f"{x}\r\n" for x in lines) + write(clean),
            header=[],
        )  # fmt: skip
    padded = [["Sales report", *[""] * 8], ["All shops", "2018", *[""] * 7], [""] * 9]
    yield case("preamble as wide as the table", write([*padded, *full]), weight=4)
    yield case("preamble as wide as the table, one line", write([padded[0], *full]), weight=2)
    for mark in ("#", "//", "%", "--"):
        comments = f"{mark} made by export 4.2\r\n{mark} on 2018-12-31, by J. Doe\r\n"
        yield case(f"comments above:{mark}", comments + text, weight=3)
    lines = text.splitlines(keepends=True)
    for mark in ("#", "//"):
        half = len(lines) // 2
        inner = [*lines[:half], f"{mark} from here on new prices\r\n", *lines[half:]]
        yield case(f"comment between records:{mark}", "".join(inner), weight=2)
        inner = [*lines[:2], f"{mark} don't mix, please: \"old\r\n", *lines[2:]]
        yield case(f"comment with a quote:{mark}", "".join(inner))
    for number, footer in enumerate(
        (
            ["Total: 84 rows"], ["", "Total: 84 rows"], ["", "Source: shop system", "printed 2018"],
            ["# end of file"], ["(84 rows)", ""], ["Total,,1234"],
        )
    ):  # fmt: skip
        yield case(f"footer:{number}", text + "".join(f"{x}\r\n" for x in footer), weight=4)
    for count in (2, 3):
        more = [["of sale", "of day", "in pieces", "code", "in EUR", "of product", "free text",
                 "of page", "by clerk"], ["(d)", "(t)", "(n)", "(c)", "(e)", "(k)", "(f)", "(u)",
                 "(x)"]][: count - 1]  # fmt: skip
        joined = [" ".join(column) for column in zip(HEADER, *more, strict=True)]
        yield case(f"header rows:{count}", write([HEADER, *more, *clean]), header=joined, weight=4)
    group = ["When", "", "What", "", "", "", "", "Where", "More"]
    yield case("header of merged groups", write([group, *full]), weight=2,
               header=[f"{g} {h}".strip() for g, h in zip(group, HEADER, strict=True)])  # fmt: skip
    third = len(full) // 3
    yield case("header repeated", write([*full[:-third], HEADER, *full[-third:]]), weight=1)
    again = [*full[:third], HEADER, *full[third:-third], HEADER, *full[-third:]]
    yield case("header repeated twice", write(again))
    for name, other in (
        ("narrower", [["Shop", "City"], ["1", "Berlin"], ["2", "Paris"], ["3", "Rome"]]),
        (
            "wider",
            [[f"c{i}" for i in range(12)], *[[str(i + r) for i in range(12)] for r in range(3)]],
        ),
    ):
        yield case(f"second table:{name}", write(full) + "\r\n" + write(other), weight=2)
        yield case(f"second table above:{name}", write(other) + "\r\n" + write(full))
    twice = [HEADER, *clean[:30]]
    yield case("second table:same", write(full) + "\r\n" + write(twice),
               records=clean + clean[:30], weight=2)  # fmt: skip


def _rows(case: _Make, clean: Table, full: Table) -> Iterator[Case]:
    """One record is spoilt. Where nobody can know what its author meant, it is left out."""
    lines = [write([row]).removesuffix("\r\n") for row in full]
    quoted = [write([row], every=True).removesuffix("\r\n") for row in full]
    for row in sorted({1, 2, (len(clean) + 1) // 2, len(clean)}):
        others = clean[: row - 1] + clean[row:]
        for column in range(9):
            # A delimiter too many: within a cell, unquoted.
            cells = [write([[c]], newline="") for c in full[row]]
            cells[column] = cells[column].strip('"') + ","
            yield _spoilt(case, "cell too many", lines, row, ",".join(cells), others, column)
            # A delimiter too few: two cells run into one.
            if column < 8:
                cells = [write([[c]], newline="") for c in full[row]]
                cells[column : column + 2] = [
                    "".join(c.strip('"') for c in cells[column : column + 2])
                ]
                text = ",".join(c if c.startswith('"') or "," not in c else f'"{c}"' for c in cells)
                yield _spoilt(case, "cell too few", lines, row, text, others, column)
            # A quote within a quoted cell.
            value = full[row][column]
            if '"' in value:
                continue
            middle = max(1, len(value) // 2)
            meant = value[:middle] + '"' + value[middle:]
            cells = [f'"{c}"' for c in full[row]]
            cells[column] = f'"{meant}"'
            fixed = list(clean)
            fixed[row - 1] = [*clean[row - 1]]
            fixed[row - 1][column] = meant
            if '"' not in "".join(full[row]):
                yield _spoilt(case, "quote within", quoted, row, ",".join(cells), fixed, column)
            # A quote within a cell that has none.
            if "," not in value and len(value) > 1:
                cells = [write([[c]], newline="") for c in full[row]]
                cells[column] = meant
                yield _spoilt(
                    case, "quote within, bare", lines, row, ",".join(cells), fixed, column
                )
        semicolons = write([full[row]], delimiter=";", newline="")
        yield _spoilt(case, "another delimiter", lines, row, semicolons, others, 0)
        fixed = [*clean]
        yield _spoilt(case, "all quoted but the others are not", lines, row, quoted[row], fixed, 0)
    trimmed = [row if row[-1] else row[:-1] for row in clean]
    yield case("empty cells at the end left out", write([HEADER, *trimmed]), weight=3)
    doubled = [*HEADER[:8], "DATE"]
    yield case("label twice", write([doubled, *clean]), header=doubled)
    yield case("label missing", write([[*HEADER[:3], "", *HEADER[4:]], *clean]),
               header=[*HEADER[:3], "", *HEADER[4:]], weight=2)  # fmt: skip
    yield case("header one cell short", write([HEADER[:8], *clean]), header=[*HEADER[:8], ""])
    ended = [[*row, ""] for row in clean]
    yield case("delimiter at the end of every line", write([[*HEADER, ""], *ended]),
               header=[*HEADER, ""], records=ended, weight=2)  # fmt: skip


def _spoilt(
    case: _Make, kind: str, lines: list[str], row: int, text: str, records: Table, column: int
) -> Case:
    changed = [*lines]
    changed[row] = text
    return case(f"{kind}:{row},{column}", "\r\n".join(changed) + "\r\n", records=records)


def _encodings(case: _Make, full: Table) -> Iterator[Case]:
    text = write(full)
    yield case("UTF-8 with mark", b"\xef\xbb\xbf" + text.encode(), weight=6)
    yield case("UTF-8 with mark, all quoted", b"\xef\xbb\xbf" + write(full, every=True).encode())
    for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        yield case(name, text.encode(name))
    yield case("Windows-1252", text.encode("cp1252"), weight=6)
    head, tail = text[: text.index("\r\n") + 2], text[text.index("\r\n") + 2 :]
    yield case("mark in the middle", (head + tail[: tail.index("\r\n") + 2]).encode()
               + b"\xef\xbb\xbf" + tail[tail.index("\r\n") + 2 :].encode())  # fmt: skip


def _shapes(case: _Make, clean: Table) -> Iterator[Case]:
    for column, label in ((2, "Quantity"), (3, "Product ID"), (6, "Description")):
        single = [[row[column]] for row in clean]
        yield case(f"one column:{label}", write([[label], *single]), header=[label], records=single,
                   weight=2)  # fmt: skip
        yield case(f"one column, all quoted:{label}", write([[label], *single], every=True),
                   header=[label], records=single)  # fmt: skip
    prose = [[f"{row[6]}, said {row[5]}. Then, after a while, nothing"[: 20 + i % 40]]
             for i, row in enumerate(clean)]  # fmt: skip
    text = write([["text"], *prose], delimiter="\x1f", quote="")
    yield case("one column of unquoted prose", text,
               header=["text"], records=prose)  # fmt: skip
    for first, second in ((2, 4), (3, 5), (0, 1)):
        two = [[row[first], row[second]] for row in clean]
        for delimiter in (",", ";", "\t", "|", ":"):
            if any(delimiter in cell for row in two for cell in row):
                continue
            yield case(
                f"two columns:{first},{second} {delimiter!r}",
                write([[HEADER[first], HEADER[second]], *two], delimiter=delimiter),
                header=[HEADER[first], HEADER[second]], records=two,
            )  # fmt: skip
    words = [[row[5], row[3], row[1]] for row in clean]
    head = ["kind", "code", "at"]
    aligned = "".join(f"{a:<12}{b:<10}{c}\n" for a, b, c in [head, *words])
    yield case("columns of blanks", aligned, header=head, records=words, weight=2,
               file_name="source.txt")  # fmt: skip
    phrases = [[row[5] + " goods", row[3], row[1]] for row in clean]
    aligned = "".join(f"{a:<20}{b:<10}{c}\n" for a, b, c in [head, *phrases])
    yield case("columns of blanks, blanks in cells", aligned, header=head, records=phrases,
               file_name="source.txt")  # fmt: skip
    decimal = [[row[2], row[4].replace(".", ","), row[4].replace(".", ",")] for row in clean]
    yield case("decimal commas", write([["n", "price", "paid"], *decimal], delimiter=";"),
               header=["n", "price", "paid"], records=decimal, weight=2)  # fmt: skip
    wide = [[str(r * c % 97) for c in range(300)] for r in range(30)]
    names = [f"col {c}" for c in range(300)]
    yield case("300 columns", write([names, *wide]), header=names, records=wide)
    words_only = [
        [row[5], row[6].split()[0], ("open", "closed")[i % 2]] for i, row in enumerate(clean)
    ]
    yield case("words only", write([["kind", "word", "state"], *words_only]),
               header=["kind", "word", "state"], records=words_only, weight=2)  # fmt: skip
    yield case("words only, no header", write(words_only), header=[], records=words_only)
    years = [[row[5], row[2], row[2], row[2]] for row in clean]
    yield case("years as labels", write([["kind", "2016", "2017", "2018"], *years]),
               header=["kind", "2016", "2017", "2018"], records=years)  # fmt: skip


# The measure -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Score:
    """What a reader made of a case, 10 points at best."""

    success: float
    header: float
    records: float
    cells: float
    points: float


def _agreement(got: Counter[object], meant: Counter[object]) -> tuple[float, float, float]:
    if not got and not meant:
        return 1.0, 1.0, 1.0
    common = sum((got & meant).values())
    precision = common / sum(got.values()) if got else 0.0
    recall = common / sum(meant.values()) if meant else 0.0
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0


def measure(case: Case, read: Callable[[Case], tuple[list[str], Table]]) -> Score:
    """Score a reader on a case; one that raises gets nothing."""
    try:
        header, records = read(case)
    except Exception:
        return Score(0, 0, 0, 0, 0)
    heads = _agreement(Counter(enumerate(header)), Counter(enumerate(case.header)))
    rows = _agreement(Counter(map(tuple, records)), Counter(map(tuple, case.records)))
    cells = _agreement(
        Counter(cell for row in records for cell in row),
        Counter(cell for row in case.records for cell in row),
    )
    return Score(1, heads[2], rows[2], cells[2], 1 + sum(heads) + sum(rows) + sum(cells))


def parsed(payload: bytes, delimiter: str, quote: str) -> Table:
    """The records of a COPY payload, file and line left off."""
    csv.field_size_limit(1 << 30)
    text = io.StringIO(payload.decode(), newline="")
    return [row[2:] for row in csv.reader(text, delimiter=delimiter, quotechar=quote)]
