"""Writes the two customer systems: the CRM's German export and the shop's English one.

Not for who the customers are: `customers.py` draws them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from extract.datagen.customers import FIRST_NAMES, SEGMENTS, SURNAMES, Customers, emails
from extract.datagen.name_pools import POOLS
from extract.datagen.output import AnswerKey, Batch, Mark, Output, TextFile, csv_row, write_batch
from extract.datagen.plan import COUNTRIES, LANGUAGES, Picker, planned
from extract.datagen.timeline import Ints, Rng, from_day_number

CRM_FILE = "customers_crm/kunden_2026-10.csv"
SHOP_FILES = ("customers_shop/customers_2025.csv", "customers_shop/customers_2026.csv")
CRM_COLUMNS = (
    "Kundennr;Anrede;Name;E-Mail;Telefon;Straße;PLZ;Ort;Land;Geburtsdatum;Kunde seit;Segment;"
    "Newsletter"
)
SHOP_COLUMNS = (
    "customer_id,first_name,last_name,email,phone,street,postcode,city,country,birth_date,"
    "created_at,segment,language,marketing_opt_in"
)

_GERMAN_NAME = {"DE": "Deutschland", "AT": "Österreich", "CH": "Schweiz"}
_CRM_COUNTRIES = {
    "DE": ["DE", "D", "Germany", "BRD", "deutschland", "DEUTSCHLAND", "Deutschland "],
    "AT": ["AT", "A", "Austria", "Oesterreich", "österreich", "AUT"],
    "CH": ["CH", "Switzerland", "Suisse", "SCHWEIZ", "schweiz", "CHE"],
}
_SHOP_COUNTRIES = {
    "DE": ["de", "Germany", "Deutschland", "DEU", "D", "germany"],
    "AT": ["at", "Austria", "Österreich", "AUT"],
    "CH": ["ch", "Switzerland", "Schweiz", "Suisse", "CHE"],
    "FR": ["fr", "France", "FRA", "FRANCE", "F"],
    "GB": ["gb", "UK", "United Kingdom", "GBR", "Great Britain", "U.K.", "England"],
    "NL": ["nl", "Netherlands", "Nederland", "NLD", "Holland"],
    "ES": ["es", "Spain", "España", "ESP", "spain"],
    "US": ["us", "USA", "United States", "U.S.A.", "United States of America"],
}
_UNKNOWN_COUNTRIES = ["XX", "Atlantis", "Unbekannt", "ZZ", "unknown", "??"]
_BAD_PHONES = ["12345", "keine", "000", "+49", "siehe Notiz", "0", "n.v.t.", "call me", "123-45"]
_SEGMENTS_DE = {"standard": "Standard", "plus": "Plus", "premium": "Premium", "business": "Firma"}


@dataclass(frozen=True)
class _Row:
    """One customer as text, before a file's layout."""

    id: str
    first: str
    last: str
    email: str
    phone: str
    street: str
    postcode: str
    city: str
    code: str
    country: str
    birth: str
    created: str
    segment: str
    language: str
    opt_in: bool
    is_woman: bool


def _phone(rng: Rng, code: str, *, abroad: bool) -> str:
    """A mobile number that the country's numbering plan allows, in one of its usual spellings."""

    def digits(n: int) -> str:
        return f"{int(rng.integers(0, 10**n)):0{n}d}"

    style = 0 if abroad else int(rng.integers(0, 4))
    if code == "US":
        area = str(rng.choice(["212", "415", "312", "617", "206", "305", "512"]))
        exchange = f"{int(rng.integers(2, 10))}{int(rng.integers(2, 10))}{int(rng.integers(2, 10))}"
        line = digits(4)
        return (
            f"+1 {area}-{exchange}-{line}",
            f"({area}) {exchange}-{line}",
            f"{area}-{exchange}-{line}",
            f"+1{area}{exchange}{line}",
        )[style]
    prefixes, length, dial = {
        "DE": (["151", "152", "157", "159", "160", "171", "175", "176"], 0, "49"),
        "AT": (["664", "676", "660", "699"], 7, "43"),
        "CH": (["76", "77", "78", "79"], 7, "41"),
        "FR": (["6"], 8, "33"),
        "GB": (["740", "741", "742", "743", "744"], 7, "44"),
        "NL": (["61", "62", "63", "64"], 7, "31"),
        "ES": (["61", "62", "63", "65", "66"], 7, "34"),
    }[code]
    prefix = str(rng.choice(prefixes))
    if code == "DE":
        length = 8 if prefix in ("151", "152", "157", "159", "176") else 7
    rest = digits(length)
    if code == "FR":
        grouped = " ".join(rest[k : k + 2] for k in range(0, 8, 2))
        return (f"+33 6 {grouped}", f"06 {grouped}", f"06{rest}", f"00336{rest}")[style]
    trunk = "" if code == "ES" else "0"
    return (
        f"+{dial} {prefix} {rest}",
        f"{trunk}{prefix} {rest}",
        f"{trunk}{prefix}/{rest}" if code in ("DE", "AT") else f"{trunk}{prefix}{rest}",
        f"00{dial}{prefix}{rest}",
    )[style]


def _address(rng: Rng, code: str) -> tuple[str, str, str]:
    """Street with number, postcode and town of a country."""
    pool = POOLS[code]
    street = pool.streets[int(rng.integers(0, len(pool.streets)))]
    town, prefix = pool.towns[int(rng.integers(0, len(pool.towns)))]
    number = int(1 + rng.integers(0, 140) * rng.random())
    letter = "" if rng.random() < 0.9 else "abc"[int(rng.integers(0, 3))]
    if code in ("FR", "GB", "US"):
        line = f"{number}{'bis' if letter == 'b' and code == 'FR' else ''} {street}"
        if code == "GB" and rng.random() < 0.1:
            line = f"Flat {int(rng.integers(1, 30))}, {line}"
        if code == "US" and rng.random() < 0.15:
            line += f", Apt {int(rng.integers(1, 30))}{'ABCD'[int(rng.integers(0, 4))]}"
    elif code == "ES":
        line = f"{street}, {number}" + (f", {int(rng.integers(1, 9))}º" if letter else "")
    else:
        line = f"{street} {number}{letter}"
    if code == "GB":
        inward = f"{int(rng.integers(1, 10))}{''.join(rng.choice(list('ABDEFGHJLNPQRSTUWXYZ'), 2))}"
        return line, f"{prefix} {inward}", town
    width = 4 if code in ("AT", "CH", "NL") else 5
    postcode = (
        prefix + f"{int(rng.integers(0, 10 ** (width - len(prefix)))):0{width - len(prefix)}d}"
    )
    if code == "NL":
        postcode += f" {''.join(rng.choice(list('ABCDEGHJKLMNPRSTVWXZ'), 2))}"
    return line, postcode, town


def _rows(rng: Rng, customers: Customers, which: Ints, mails: list[str]) -> list[_Row]:
    """The clean rows of these customers."""
    rows = []
    ids = customers.ids(which)
    for customer_id, i in zip(ids, which.tolist(), strict=True):
        code = COUNTRIES[int(customers.country[i])]
        street, postcode, city = _address(rng, code)
        phone = "" if rng.random() < 0.08 else _phone(rng, code, abroad=rng.random() < 0.4)
        birth = "" if rng.random() < 0.1 else from_day_number(int(customers.birth[i])).isoformat()
        last = SURNAMES[int(customers.last[i])]
        if i < customers.n_crm and customers.shop_twin[i] >= 0 and rng.random() < 0.25:
            # The same person as another system spells them.
            last = last.replace("ü", "ue").replace("ö", "oe").replace("ä", "ae").replace("ß", "ss")
        first = FIRST_NAMES[int(customers.first[i])]
        if customers.is_test[i]:
            first, last = ("Test", "Testkunde" if i < customers.n_crm else "Tester")
        rows.append(
            _Row(
                id=customer_id,
                first=first,
                last=last,
                email=mails[i],
                phone=phone,
                street=street,
                postcode=postcode,
                city=city,
                code=code,
                country=_GERMAN_NAME[code] if i < customers.n_crm else code,
                birth=birth,
                created=from_day_number(int(customers.created[i])).isoformat(),
                segment=SEGMENTS[int(customers.segment[i])],
                language=LANGUAGES[int(customers.language[i])],
                opt_in=bool(rng.random() < 0.4),
                is_woman=bool(customers.is_woman[i]),
            )
        )
    return rows


def _broken_email(rng: Rng, email: str) -> str:
    name, domain = email.split("@")
    return (
        f"{name}{domain}",
        f"{name}@@{domain}",
        f"{name}@{domain.split('.')[0]}",
        f"{name}@{domain.replace('.', ',', 1)}",
        f"{name}@",
        f"@{domain}",
        f"{name}(at){domain}",
        f"{name}@{domain.replace('.', '..', 1)}",
    )[int(rng.integers(0, 8))]


def _unusual_email(rng: Rng, email: str) -> str:
    return (email.upper(), f" {email}", f"{email} ", email.title(), f"mailto:{email}")[
        int(rng.integers(0, 5))
    ]


def _spaced(rng: Rng, name: str) -> str:
    doubled = name.replace(" ", "  ", 1) if " " in name else f"{name} "
    return (f" {name}", f"{name} ", doubled, f"{name}\u00a0", f"  {name}")[int(rng.integers(0, 5))]


def _exported_again(rng: Rng, row: _Row) -> _Row:
    """The row as it stands in a later export: half of them have changed."""
    if rng.random() < 0.5:
        return row
    street, postcode, city = _address(rng, row.code)
    return replace(row, street=street, postcode=postcode, city=city)


def _plant(
    rng: Rng, picker: Picker, entity: str, rows: list[_Row], names: dict[str, str], scale: float
) -> list[list[Mark]]:
    """Plant the defects that change one cell; `names` gives each field's column label."""
    marks: list[list[Mark]] = [[] for _ in rows]
    n = len(rows)

    def take(rule: str, fit: np.ndarray | None = None) -> list[int]:
        return picker.take_list(planned(entity, rule, n, scale), fit)

    def change(i: int, rule: str, field: str, raw: str, expected: str) -> None:
        marks[i].append(Mark(rule, names[field], rows[i].id, raw, expected))
        cell: dict[str, Any] = {field: raw}
        rows[i] = replace(rows[i], **cell)

    variants = _CRM_COUNTRIES if entity == "customers_crm" else _SHOP_COUNTRIES
    has_phone = np.array([bool(r.phone) for r in rows])
    for i in take("email_invalid"):
        change(i, "email_invalid", "email", _broken_email(rng, rows[i].email), "")
    for i in take("email_normalised"):
        email = rows[i].email
        change(i, "email_normalised", "email", _unusual_email(rng, email), email)
    for i in take("phone_invalid", has_phone):
        change(i, "phone_invalid", "phone", str(rng.choice(_BAD_PHONES)), "")
    for i in take("country_normalised"):
        code = rows[i].code
        raw = str(rng.choice(variants[code]))
        change(i, "country_normalised", "country", raw, code)
    for i in take("country_unknown"):
        # A national number could not be judged without its country.
        rows[i] = replace(rows[i], phone=_phone(rng, rows[i].code, abroad=True))
        change(i, "country_unknown", "country", str(rng.choice(_UNKNOWN_COUNTRIES)), "")
    for i in take("birth_date_implausible"):
        year = int(rng.choice([*range(1851, 1899), *range(2028, 2050)]))
        raw = f"{year}-{int(rng.integers(1, 13)):02d}-{int(rng.integers(1, 29)):02d}"
        change(i, "birth_date_implausible", "birth", raw, "")
    for i in take("name_whitespace"):
        field = "last" if rng.random() < 0.5 or entity == "customers_crm" else "first"
        name = getattr(rows[i], field)
        change(i, "name_whitespace", field, _spaced(rng, name), name)
    return marks


def _german_date(iso: str) -> str:
    return f"{iso[8:10]}.{iso[5:7]}.{iso[:4]}" if iso else ""


def _crm_record(row: _Row) -> str:
    salutation = "Firma" if row.segment == "business" else "Frau" if row.is_woman else "Herr"
    cells = (
        row.id,
        salutation,
        f"{row.last}, {row.first}",
        row.email,
        row.phone,
        row.street,
        row.postcode,
        row.city,
        row.country,
        _german_date(row.birth),
        _german_date(row.created),
        _SEGMENTS_DE[row.segment],
        "ja" if row.opt_in else "nein",
    )
    return csv_row(cells, ";")


def _shop_record(row: _Row) -> str:
    cells = (
        row.id,
        row.first,
        row.last,
        row.email,
        row.phone,
        row.street,
        row.postcode,
        row.city,
        row.country,
        row.birth,
        row.created,
        row.segment,
        row.language,
        "true" if row.opt_in else "false",
    )
    return csv_row(cells)


def write_crm(
    rng: Rng, output: Output, key: AnswerKey, customers: Customers, scale: float
) -> dict[str, int]:
    """Write the CRM's export; the rows by file."""
    entity = "customers_crm"
    which = np.arange(customers.n_crm)
    mails = emails(customers)
    rows = _rows(rng, customers, which, mails)
    picker = Picker(rng, len(rows))
    merged = customers.shop_twin[which] >= 0
    picker.free = ~merged & ~customers.is_test[which]
    names = {
        "email": "E-Mail",
        "phone": "Telefon",
        "country": "Land",
        "birth": "Geburtsdatum",
        "last": "Name",
    }
    marks = _plant(rng, picker, entity, rows, names, scale)
    for i, row_marks in enumerate(marks):
        # The file's cells, not our fields: names are one cell, dates are German.
        full = f"{rows[i].last}, {rows[i].first}"
        for j, mark in enumerate(row_marks):
            if mark.rule == "name_whitespace":
                clean = f"{mark.expected}, {rows[i].first}"
                row_marks[j] = mark._replace(raw=full, expected=clean)
            if mark.rule == "birth_date_implausible":
                row_marks[j] = mark._replace(raw=_german_date(mark.raw))
    shop_ids = customers.ids(customers.shop_twin)
    for i in np.flatnonzero(merged).tolist():
        if rng.random() < 0.3:
            clean, raw = rows[i].email, _unusual_email(rng, rows[i].email)
            rows[i] = replace(rows[i], email=raw)
            marks[i].append(Mark("email_normalised", "E-Mail", rows[i].id, raw, clean))
        marks[i].append(Mark("customer_merged", "E-Mail", rows[i].id, rows[i].email, shop_ids[i]))
    for i in np.flatnonzero(customers.is_test[which]).tolist():
        marks[i].append(Mark("test_account", "E-Mail", rows[i].id, rows[i].email, ""))
    batch = Batch()
    for i, row in enumerate(rows):
        batch.append(_crm_record(row), float(i), *marks[i])
    for i in picker.take(planned(entity, "customer_duplicate", len(rows), scale)).tolist():
        batch.mark(i, Mark("customer_duplicate", "Kundennr", rows[i].id, rows[i].id, rows[i].id))
        again = _exported_again(rng, rows[i])
        batch.append(_crm_record(again), float(rng.uniform(i + 0.5, len(rows) + 1)))
    file = TextFile(output, CRM_FILE, header=CRM_COLUMNS, encoding="cp1252", newline="\r\n")
    write_batch(file, entity, batch, key)
    file.close()
    return {file.name: file.rows}


def write_shop(
    rng: Rng, output: Output, key: AnswerKey, customers: Customers, scale: float
) -> dict[str, int]:
    """Write the shop's two exports; the rows by file."""
    entity = "customers_shop"
    which = np.arange(customers.n_crm, customers.n)
    rows = _rows(rng, customers, which, emails(customers))
    picker = Picker(rng, len(rows))
    twins = np.zeros(customers.n, dtype=bool)
    twins[customers.shop_twin[customers.shop_twin >= 0]] = True
    picker.free = ~twins[which] & ~customers.is_test[which]
    names = {
        "email": "email",
        "phone": "phone",
        "country": "country",
        "birth": "birth_date",
        "first": "first_name",
        "last": "last_name",
    }
    marks = _plant(rng, picker, entity, rows, names, scale)
    for i in np.flatnonzero(customers.is_test[which]).tolist():
        marks[i].append(Mark("test_account", "email", rows[i].id, rows[i].email, ""))
    batches = (Batch(), Batch())
    position = []
    for i, row in enumerate(rows):
        batch = batches[row.created >= "2026"]
        position.append(len(batch.records))
        batch.append(_shop_record(row), float(i), *marks[i])
    for i in picker.take(planned(entity, "customer_duplicate", len(rows), scale)).tolist():
        home = rows[i].created >= "2026"
        mark = Mark("customer_duplicate", "customer_id", rows[i].id, rows[i].id, rows[i].id)
        batches[home].mark(position[i], mark)
        target = batches[home or rng.random() < 0.5]
        again = _shop_record(_exported_again(rng, rows[i]))
        target.append(again, float(rng.uniform(i + 0.5, len(rows) + 1)))
    counts = {}
    for name, batch in zip(SHOP_FILES, batches, strict=True):
        file = TextFile(output, name, header=SHOP_COLUMNS)
        write_batch(file, entity, batch, key)
        file.close()
        counts[name] = file.rows
    return counts
