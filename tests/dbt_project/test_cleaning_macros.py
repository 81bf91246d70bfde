"""The cleaning macros against other implementations, on thousands of inputs in one query each.

What a macro does with single odd cases stands in `tests/dbt/macros`; here are the many.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import babel.numbers
import ftfy
import phonenumbers
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dbt_project import postgres, runner
from dbt_project.embedded import EmbeddedServer
from tests.conftest import own_project
from tests.dbt_project import macro_references as reference

Row = tuple[Any, ...]
Read = Callable[..., list[Row]]

INTEREST = [
    *" \t\n\r\u00a0\u200b\u200d\ufeff\u00ad\u202e\u2028\u3000\u0085\u001f\u007f",
    *"aZ0 .,;:'\"-+/()%$€£@#&=?[]{}<>\\|_", *"äÖßéñøŒ李ﬁ½²①Ⅷｱ", "\U0001f469", "\U0001f3fd",
    "e\u0301", "null", "NaN", "n/a", "infinity", "today", "1e5", "0x1A", "2025-02-30", "1.234,5",
    "5 Jan 2024", "P1DT2H", "1 h", "10:15 pm", "12 kg", "20240105T101112Z",
    "--", "+49", "00", "(0)", "T10:00", "Z", "\\N", "{\"a\":", "\\u0000", "Ã¼", "â‚¬", "&amp;",
    "<b>",
]  # fmt: skip


@pytest.fixture(scope="module")
def read(
    postgres_server: EmbeddedServer,
    root: Path,
    run_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Read]:
    """Evaluates macros of the list, by their names, over the columns `a` and `b` of many rows."""
    folder = tmp_path_factory.mktemp("macros")
    with own_project(postgres_server, root, folder, run_folder):
        runner.invoke(["seed"])
        inline = " /* next */ ".join(MACROS.values())
        compiled = runner.invoke(["compile", "--inline", inline]).results[0].node.compiled_code
        sql = dict(zip(MACROS, compiled.split(" /* next */ "), strict=True))
        with postgres.connect(autocommit=True) as connection:
            yield lambda names, rows, collation="default": _read(
                connection, [sql[name] for name in names], rows, collation
            )


def _read(
    connection: psycopg.Connection, columns: list[str], rows: Sequence[Row], collation: str
) -> list[Row]:
    connection.execute("drop table if exists inputs")
    connection.execute(
        f'create temp table inputs (position serial, a text collate "{collation}", b text)'
    )
    with connection.cursor() as cursor:
        with cursor.copy("copy inputs (a, b) from stdin") as copy:
            for row in rows:
                copy.write_row((*row, None)[:2])
        # One by one: Postgres keeps 32 compiled patterns; with more, it compiles each anew a row.
        found = [
            cursor.execute(
                f"select {column} from inputs order by position", prepare=False
            ).fetchall()
            for column in columns
        ]
    return [tuple(value for (value,) in row) for row in zip(*found, strict=True)]


def junk(rng: random.Random, n: int) -> list[str]:
    """Texts of anything: pieces that macros look for, and any character that Postgres can keep."""

    def any_character() -> str:
        while True:
            character = chr(
                rng.randrange(1, 0x2FFF) if rng.random() < 0.9 else rng.randrange(0x110000)
            )
            if character != "\0" and not 0xD800 <= ord(character) <= 0xDFFF:
                return character

    return [
        "".join(
            rng.choice(INTEREST) if rng.random() < 0.85 else any_character()
            for _ in range(rng.randrange(0, 12))
        )
        for _ in range(n)
    ]


def differences(
    inputs: Sequence[Row], found: Sequence[Any], expected: Sequence[Any]
) -> list[tuple[Row, Any, Any]]:
    """The inputs on which two readings differ; there must be as many of each."""
    assert len(inputs) == len(found) == len(expected) >= 500
    return [
        (i, f, e) for i, f, e in zip(inputs, found, expected, strict=True) if f != e
    ][:5]  # fmt: skip


MACROS = {
    "is_given": "{{ is_given('a') }}",
    "clean_text": "{{ clean_text('a') }}",
    "clean_name": "{{ clean_name('a') }}",
    "clean_prose": "{{ clean_prose('a') }}",
    "plain_value": "{{ plain_value('a') }}",
    "clean_id": "{{ clean_id('a') }}",
    "clean_word": "{{ clean_word('a', null_tokens('web')) }}",
    "fold_name": "{{ fold_name('a') }}",
    "strip_html": "{{ strip_html('a') }}",
    "has_html": "{{ has_html('a') }}",
    "fix_mojibake": "{{ fix_mojibake('a') }}",
    "content_hash": "{{ content_hash(['a', 'b']) }}",
    "to_number": "{{ to_number('a') }}",
    "to_integer": "{{ to_integer('a') }}",
    "to_boolean": "{{ to_boolean('a') }}",
    "to_money": "{{ to_money('a') }}",
    "to_money_point": "{{ to_money('a', 'point') }}",
    "to_money_comma": "{{ to_money('a', 'comma') }}",
    "to_share": "{{ to_share('a') }}",
    "currency_of_amount": "{{ currency_of_amount('a') }}",
    "to_date": "{{ to_date('a') }}",
    "to_date_dmy": "{{ to_date_dmy('a') }}",
    "to_date_mdy": "{{ to_date_mdy('a') }}",
    "to_date_excel": "{{ to_date_excel('a') }}",
    "to_timestamp_iso": "{{ to_timestamp_iso('a', 'Europe/Berlin') }}",
    "to_timestamp_dmy": "{{ to_timestamp_dmy('a') }}",
    "to_timestamp_mdy": "{{ to_timestamp_mdy('a') }}",
    "to_timestamp_epoch": "{{ to_timestamp_epoch('a') }}",
    "to_timestamp_epoch_millis": "{{ to_timestamp_epoch_millis('a') }}",
    "to_timestamp_epoch_any": "{{ to_timestamp_epoch_any('a') }}",
    "to_timestamp_excel": "{{ to_timestamp_excel('a') }}",
    "to_date_named": "{{ to_date_named('a') }}",
    "to_time_of_day": "{{ to_time_of_day('a') }}",
    "to_duration": "{{ to_duration('a') }}",
    "to_measure": "{{ to_measure('a', ['kg', 'kilos?']) }}",
    "clean_email": "{{ clean_email('a') }}",
    "is_email": "{{ is_email('a') }}",
    "country_code": "{{ country_code('a') }}",
    "currency_code": "{{ currency_code('a') }}",
    "to_phone": "{{ to_phone('a', 'b') }}",
    "clean_postcode": "{{ clean_postcode('a', 'b') }}",
    "is_postcode": "{{ is_postcode('a', 'b') }}",
    "url_host": "{{ url_host('a') }}",
    "url_path": "{{ url_path('a') }}",
    "url_parameter": "{{ url_parameter('a', 'q') }}",
    "to_json": "{{ to_json('a') }}",
    "json_text": "{{ json_text(to_json('a'), ['b', 1]) }}",
    "json_list": "{{ json_list(to_json('a')) }}",
    "json_pairs": "{{ json_pairs(to_json('a')) }}",
    "pii_kinds": "{{ pii_kinds('a') }}",
    "mask_pii": "{{ mask_pii('a') }}",
    "mask_shape": "{{ mask_shape('a') }}",
    "period_start_of_file": "{{ period_start_of_file('a') }}",
    "period_end_of_file": "{{ period_end_of_file('a') }}",
}
NEVER_NULL = {
    "is_given",
    "has_html",
    "is_email",
    "content_hash",
    "json_list",
    "json_pairs",
    "pii_kinds",
}


# In the second, `\d` has the digits of all scripts, as with ICU on many servers.
@pytest.mark.parametrize("collation", ["default", "pg_unicode_fast"])
def test_no_macro_raises_on_any_text_and_null_stays_null(read: Read, collation: str) -> None:
    rng = random.Random(collation)
    rows: list[Row] = [(text, rng.choice((*reference.COUNTRIES, None))) for text in junk(rng, 6000)]
    rows += [
        ("9" * n + tail, "DE") for n in range(1, 60) for tail in ("", ".", ".5", "-", "%", "Z")
    ]
    foreign = str.maketrans(string.digits, "٠١٢٣٤٥٦٧٨٩")
    rows += [
        (text.translate(foreign), "DE")
        for text in ("2025-02-03", "03.02.2025 10:15", "2025-02-03T10:15:00Z", "45000.5", "1e5")
    ]
    rows += [
        (f"{n}".translate(foreign) + tail, "DE") for n in (7, 4711, 10**15) for tail in ".,%€-"
    ]
    found = read(list(MACROS), [*rows, (None, "DE")], collation)
    assert len(found) == len(rows) + 1
    of_null = dict(zip(MACROS, found[-1], strict=True))
    assert {name for name, value in of_null.items() if value is not None} == NEVER_NULL


@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), max_size=20
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_macro_raises_on_what_hypothesis_thinks_of(read: Read, texts: list[str]) -> None:
    rows = [(text, country) for text in texts for country in ("DE", "GB")]
    assert len(read(list(MACROS), rows, "pg_unicode_fast")) == len(rows)


def test_text_is_what_unicode_says(read: Read) -> None:
    rows = [(text,) for text in junk(random.Random(2), 8000)]
    found = read(["clean_name", "clean_text"], rows)
    expected = [(reference.clean_name(a), reference.clean_text(a)) for (a,) in rows]
    assert differences(rows, found, expected) == []


def test_clean_text_is_done_after_one_pass(read: Read) -> None:
    rows = [(text,) for text in junk(random.Random(3), 4000)]
    once = read(["clean_text", "clean_prose"], rows)
    for position, macro in enumerate(("clean_text", "clean_prose")):
        left = [(row[position],) for row in once]
        assert read([macro], left) == left


def test_mojibake_is_read_back_as_ftfy_does(read: Read) -> None:
    rng = random.Random(4)
    words = [
        "Größe",
        "schön",
        "Übung",
        "élevé",
        "garçon",
        "mañana",
        "„gut“",
        "–",
        "10 €",
        "d’été",
        "ok",
    ]
    texts = [
        " ".join(["für", *(rng.choice(words) for _ in range(rng.randrange(1, 9)))])
        for _ in range(2000)
    ]
    wrong = [t.encode().decode("latin-1") for t in texts]
    found = read(["fix_mojibake"], [(t,) for t in wrong])
    assert differences(wrong, [f for (f,) in found], texts) == []
    assert [ftfy.fix_encoding(t) for t in wrong] == texts
    untouched = read(["fix_mojibake"], [(t,) for t in texts])
    assert differences(texts, [f for (f,) in untouched], texts) == []


@pytest.mark.parametrize("country", reference.COUNTRIES)
def test_phones_are_those_of_libphonenumber(read: Read, country: str) -> None:
    rng = random.Random(country)
    rows = [(written, country) for written in _phones(rng, country, 3000)]
    found = read(["to_phone"], rows)
    seen = {"valid": 0, "impossible": 0}
    for (written, _), (number,) in zip(rows, found, strict=True):
        expected, possible = reference.phone(written, country)
        if expected:
            seen["valid"] += 1
            assert number == expected, written
        elif not possible:
            seen["impossible"] += 1
            assert number is None, written
    assert min(seen.values()) > 100, seen


def test_dialling_codes_are_those_of_libphonenumber(read: Read) -> None:
    given_out = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    # Numbers of our own countries must have their form, too; 7 and 1 have one digit.
    ours = {1, *(phonenumbers.country_code_for_region(c) for c in reference.COUNTRIES)}
    codes = [
        n
        for n in range(1, 1000)
        if not {int(str(n)[:k]) for k in (1, 2)} & (ours | {7}) and n not in ours
    ]
    found = read(["to_phone"], [(f"+{code:<03d} 5551234", None) for code in codes])

    def known(code: int) -> bool:
        padded = f"{code:<03d}"
        return any(int(padded[:k]) in given_out for k in (1, 2, 3))

    expected = [(f"+{code:<03d}5551234" if known(code) else None,) for code in codes]
    assert differences(codes, found, expected) == []


def _phones(rng: random.Random, country: str, n: int) -> Iterator[str]:
    """Numbers of the country in many spellings: as given out, and with digits changed."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    for _ in range(n):
        example = phonenumbers.example_number_for_type(country, rng.choice(kinds))
        digits = list(str(example.national_number))
        for _ in range(rng.randrange(0, 6)):
            digits[rng.randrange(1, len(digits))] = rng.choice(string.digits)
        if rng.random() < 0.25:
            digits = digits[: rng.randrange(1, 4)] if rng.random() < 0.5 else digits + ["7"] * 8
        national = "".join(digits)
        grouped = re.sub(
            r"(\d{3})(?=\d{2})", rng.choice((r"\1 ", r"\1-", r"\1.", r"\1", r"\1/")), national
        )
        trunk = metadata.national_prefix or ""
        dial = str(metadata.country_code)
        yield rng.choice(
            (
                f"+{dial} {grouped}",
                f"+{dial}{national}",
                f"00{dial} {grouped}" if country != "US" else f"011 {dial} {grouped}",
                f"{trunk}{national}",
                f" {trunk}{grouped} ",
                f"({trunk}{national[:2]}) {national[2:]}",
                f"+{dial} ({trunk}) {grouped}" if trunk == "0" else f"+{dial} {grouped}",
            )
        )


@pytest.mark.parametrize(
    ("locale", "decimal"),
    [
        ("en_US", "point"), ("de_DE", "comma"), ("fr_FR", "comma"), ("es_ES", "comma"),
        ("de_CH", "point"), ("pl_PL", "comma"), ("sv_SE", "comma"), ("nb_NO", "comma"),
        ("da_DK", "comma"), ("cs_CZ", "comma"), ("pt_BR", "comma"), ("tr_TR", "comma"),
        ("ru_RU", "comma"), ("ro_RO", "comma"), ("en_IN", "point"), ("ja_JP", "point"),
        ("zh_CN", "point"), ("he_IL", "point"), ("ko_KR", "point"), ("es_MX", "point"),
        ("en_AU", "point"), ("th_TH", "point"), ("vi_VN", "comma"), ("uk_UA", "comma"),
    ],
)  # fmt: skip
def test_amounts_are_those_of_babel(read: Read, locale: str, decimal: str) -> None:
    rng = random.Random(locale)
    amounts = [
        Decimal(rng.randrange(-(10 ** rng.randrange(1, 11)), 10 ** rng.randrange(1, 11))) / 100
        for _ in range(3000)
    ]
    style = "#,##,##0.00" if locale == "en_IN" else "#,##0.00"
    plain = [babel.numbers.format_decimal(a, style, locale=locale) for a in amounts]
    (own,) = babel.numbers.get_territory_currencies(locale[-2:])
    money = [
        babel.numbers.format_currency(
            a, rng.choice(("EUR", "USD", "CHF", "GBP", own)), locale=locale, currency_digits=False
        )
        for a in amounts
    ]
    assert [reference.money(text, locale) for text in plain[:200]] == amounts[:200]
    for texts in (plain, money):
        found = read(["to_money", f"to_money_{decimal}"], [(t,) for t in texts])
        assert differences(texts, found, [(a, a) for a in amounts]) == []


def test_accounting_negatives_and_percentages(read: Read) -> None:
    rng = random.Random(5)
    amounts = [Decimal(rng.randrange(-(10**8), 10**8)) / 100 for _ in range(2000)]
    texts = [
        babel.numbers.format_currency(a, "USD", locale="en_US", format_type="accounting")
        for a in amounts
    ]
    assert (
        differences(texts, read(["to_money"], [(t,) for t in texts]), [(a,) for a in amounts]) == []
    )
    shares = [Decimal(rng.randrange(0, 100_000)) / 100_000 for _ in range(2000)]
    texts = [
        babel.numbers.format_percent(
            s, "0.###%" if rng.random() < 0.5 else "0.### %", locale=rng.choice(("de_DE", "en_US"))
        )
        for s in shares
    ]
    assert (
        differences(texts, read(["to_share"], [(t,) for t in texts]), [(s,) for s in shares]) == []
    )


def test_numbers_are_those_that_decimal_reads_plainly(read: Read) -> None:
    rng = random.Random(6)
    texts = [
        "".join(rng.choice("0123456789.,+-e_ ") for _ in range(rng.randrange(1, 9)))
        for _ in range(8000)
    ]
    found = read(["to_number", "to_integer"], [(t,) for t in texts])

    def expected(text: str) -> tuple[Decimal | None, int | None]:
        bare = text.strip(" ")
        if not re.fullmatch(
            r"[+-]?([0-9.]*|[0-9](\.[0-9]+)?e([+-]?0?[0-9]|\+?1[01]|-1[0-9]))", bare
        ):
            return None, None
        try:
            number = Decimal(bare)
        except ArithmeticError:
            return None, None
        whole = int(number) if re.fullmatch(r"[+-]?\d+(\.0*)?", bare) else None
        return number, whole

    assert differences(texts, found, [expected(t) for t in texts]) == []


@pytest.mark.parametrize(("macro", "dayfirst"), [("to_date_dmy", True), ("to_date_mdy", False)])
def test_dates_are_those_of_dateutil(read: Read, macro: str, dayfirst: bool) -> None:
    rng = random.Random(7)
    texts = []
    for _ in range(5000):
        mark = rng.choice("./-")
        first, second, year = rng.randrange(0, 34), rng.randrange(0, 34), rng.randrange(1890, 2110)
        form = rng.choice(("{:02d}{m}{:02d}{m}{}", "{}{m}{}{m}{}", "{}{m}{}/{}"))
        texts.append(form.format(first, second, year, m=mark))
    found = read([macro], [(t,) for t in texts])
    expected = [reference.day(t, dayfirst=dayfirst) for t in texts]
    assert sum(e is not None for e in expected) > 500
    assert differences(texts, [f for (f,) in found], expected) == []


def test_iso_dates_and_times_are_those_of_dateutil(read: Read) -> None:
    rng = random.Random(8)
    texts = []
    for _ in range(5000):
        moment = datetime(1890, 1, 1) + timedelta(seconds=rng.randrange(220 * 365 * 86_400))
        text = moment.isoformat(
            sep=rng.choice("T "), timespec=rng.choice(("minutes", "seconds", "milliseconds"))
        )
        zone = rng.choice(("", "Z", "+01:00", "-0500", "+14", "-03:30"))
        broken = rng.random()
        if broken < 0.15:
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(string.digits) + text[at + 1 :]
        texts.append(text + zone)
    zone = "Europe/Berlin"
    found = read(["to_timestamp_iso", "to_date"], [(t,) for t in texts])
    moments = [f and f.astimezone(UTC) for f, _ in found]
    # An hour that a change of clocks leaves out or repeats has two readings.
    clear = [
        i for i, t in enumerate(texts) if not re.search(r"-(03|10)-(2[5-9]|3[01])[T ]0[12]", t)
    ]
    expected = [reference.moment(texts[i], zone) for i in clear]
    assert differences([texts[i] for i in clear], [moments[i] for i in clear], expected) == []

    def day(text: str) -> date | None:
        try:
            found = date.fromisoformat(text[:10])
        except ValueError:
            return None
        return (
            found
            if found.year in reference.BUSINESS_YEARS
            and re.fullmatch(r"[T ]([01]\d|2[0-3]):[0-5]\d.*", text[10:])
            else None
        )

    assert differences(texts, [d for _, d in found], [day(t) for t in texts]) == []


def test_epochs_and_spreadsheets(read: Read) -> None:
    rng = random.Random(9)
    seconds = [rng.randrange(10**8, 4 * 10**9) for _ in range(2000)]
    found = read(["to_timestamp_epoch"], [(str(s),) for s in seconds])
    assert differences(seconds, found, [(datetime.fromtimestamp(s, UTC),) for s in seconds]) == []
    millis = [rng.randrange(10**11, 3 * 10**12 - 1) for _ in range(2000)]
    found = read(["to_timestamp_epoch_millis"], [(str(m),) for m in millis])
    since = datetime(1970, 1, 1, tzinfo=UTC)
    assert differences(millis, found, [(since + timedelta(milliseconds=m),) for m in millis]) == []
    serials = [
        str(rng.randrange(10, 99_999)) + rng.choice(("", ".5", ".25", ".0625")) for _ in range(3000)
    ]
    found = read(["to_date_excel", "to_timestamp_excel"], [(s,) for s in serials])

    def expected(serial: str) -> tuple[date | None, datetime | None]:
        day = reference.excel_day(serial)
        if day is None:
            return None, None
        midnight = datetime.combine(day, datetime.min.time(), UTC)
        return day, midnight + timedelta(seconds=int(Decimal(serial) % 1 * 86_400))

    assert differences(serials, found, [expected(s) for s in serials]) == []


def test_addresses_are_those_of_the_standard_library(read: Read) -> None:
    rng = random.Random(10)
    pieces = [
        "anna",
        "b.c",
        ".",
        "..",
        "@",
        "shop",
        "example",
        "-",
        "com",
        "x" * 64,
        "+",
        "_",
        "9",
        "'",
        " ",
        "ä",
        "(",
        '"',
        ",",
    ]
    texts = [
        "".join(rng.choice(pieces) for _ in range(rng.randrange(1, 5)))
        + rng.choice(("@shop.example", "@a-b.co.uk", "@x", ""))
        for _ in range(6000)
    ]
    found = read(["is_email"], [(t,) for t in texts])
    expected = [reference.is_email(t) for t in texts]
    assert sum(expected) > 300
    assert differences(texts, [f for (f,) in found], expected) == []


def test_parts_of_urls_are_those_of_urllib(read: Read) -> None:
    rng = random.Random(11)
    urls = [
        rng.choice(("https", "http", "ftp", "HTTP"))
        + "://"
        + rng.choice(("", "me@", "me:pw@"))
        + rng.choice(("shop.example", "A.B-c.co.uk", "localhost", "127.0.0.1", "[::1]"))
        + rng.choice(("", ":80", ":8443"))
        + rng.choice(("", "/", "/a/b.html", "/ü/%20", "/a;b=1"))
        + rng.choice(("", "?q=1", "?p=2&q=a+b%20c", "?q=&q=2", "?xq=1&p", "?a=1&q=x/y?z"))
        + rng.choice(("", "#top", "#?q=3"))
        for _ in range(4000)
    ]
    found = read(
        ["url_host", "url_path", "url_parameter"],
        [(u,) for u in urls],
    )
    expected = [
        (reference.host(u), reference.urlsplit(u).path, reference.parameter(u, "q")) for u in urls
    ]
    assert differences(urls, found, expected) == []


def test_json_is_what_python_reads(read: Read) -> None:
    rng = random.Random(12)
    texts = [
        rng.choice(('{"a": %s, "b": [%s, 2]}', "[%s, %s]", '{"a": {"c": %s}} %s', '"%s%s"'))
        % (
            rng.choice(("1", '"x"', "true", "nul", '"\\u00e4"')),
            rng.choice(("0.50", '"y"', "[]", "")),
        )
        for _ in range(2000)
    ]
    found = read(["to_json", "json_text"], [(t,) for t in texts])
    for text, (document, second) in zip(texts, found, strict=True):
        assert document == reference.json_at(text), text
        expected = reference.json_at(text, "b", 1)
        assert second == (None if expected is None else str(expected)), text


def test_cards_are_told_by_their_check_digit(read: Read) -> None:
    rng = random.Random(13)
    numbers = [
        rng.choice("123456789")
        + "".join(rng.choice(string.digits) for _ in range(rng.randrange(12, 19)))
        for _ in range(3000)
    ]
    found = read(["pii_kinds"], [(f"paid with {n} today",) for n in numbers])
    expected = [(["card"] if reference.luhn(n) else [],) for n in numbers]
    assert differences(numbers, found, expected) == []


def test_hashes_tell_values_and_nothing_apart(read: Read) -> None:
    rng = random.Random(14)
    rows: list[Row] = [
        (rng.choice((None, *junk(rng, 1))), rng.choice((None, "", *junk(rng, 1))))
        for _ in range(3000)
    ]
    found = read(["content_hash"], rows)
    assert differences(rows, found, [(reference.content_hash(*row),) for row in rows]) == []
    assert len({f for (f,) in found}) == len(set(rows))
