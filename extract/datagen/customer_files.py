"""Writes the two customer systems: the CRM's German export and the shop's English one.

Not for who the customers are: `customers.py` draws them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from extract.datagen.contacts import address, broken_email, mobile, spaced, unusual_email
from extract.datagen.customers import FIRST_NAMES, SEGMENTS, SURNAMES, Customers
from extract.datagen.look_alikes import SAME_PERSON, shared_cells
from extract.datagen.output import AnswerKey, Batch, Mark, Output, TextFile, csv_row, write_batch
from extract.datagen.plan import COUNTRIES, LANGUAGES, Picker, planned
from extract.datagen.timeline import Bools, Rng, day_number, from_day_number

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
_CRM_LABELS = {
    "id": "Kundennr",
    "email": "E-Mail",
    "phone": "Telefon",
    "country": "Land",
    "birth": "Geburtsdatum",
    "last": "Name",
}
_SHOP_LABELS = {
    "id": "customer_id",
    "first": "first_name",
    "last": "last_name",
    "email": "email",
    "phone": "phone",
    "country": "country",
    "birth": "birth_date",
}
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


def _rows(rng: Rng, customers: Customers, which: range, mails: list[str]) -> list[_Row]:
    """The clean rows of these customers."""
    rows = []
    ids = customers.ids(np.array(which))
    for customer_id, i in zip(ids, which, strict=True):
        code = COUNTRIES[int(customers.country[i])]
        street, postcode, city = address(rng, code)
        phone = "" if rng.random() < 0.08 else mobile(rng, code, abroad=rng.random() < 0.4)
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


def shared_contacts(rng: Rng, customers: Customers) -> dict[int, dict[str, Any]]:
    """The cells that look-alikes have in common, by customer: they replace those drawn for each."""
    shared: dict[int, dict[str, Any]] = {}
    for pair in customers.look_alikes:
        names = (FIRST_NAMES[customers.first[pair.crm]], SURNAMES[customers.last[pair.crm]])
        birth = from_day_number(int(customers.birth[pair.shop])).isoformat()
        code = COUNTRIES[int(customers.country[pair.crm])]
        crm, shop = shared_cells(rng, pair, code, names, birth)
        if pair.kind != SAME_PERSON:
            crm["birth"] = from_day_number(int(customers.birth[pair.crm])).isoformat()
        shared[pair.crm], shared[pair.shop] = crm, shop
    return shared


def _exported_again(rng: Rng, row: _Row) -> _Row:
    """The row as it stands in a later export: half of them have changed."""
    if rng.random() < 0.5:
        return row
    street, postcode, city = address(rng, row.code)
    return replace(row, street=street, postcode=postcode, city=city)


_RULES = (
    "email_invalid",
    "email_normalised",
    "phone_invalid",
    "country_normalised",
    "country_unknown",
    "birth_date_implausible",
    "name_whitespace",
    "customer_duplicate",
)


def _assign(rng: Rng, entity: str, free: Bools, scale: float) -> dict[int, str]:
    """Which row gets which defect; only rows that are free get one."""
    picker = Picker(rng, len(free))
    picker.free = free.copy()
    return {
        i: rule
        for rule in _RULES
        for i in picker.take_list(planned(entity, rule, len(free), scale))
    }


def _spoil(
    rng: Rng, row: _Row, rule: str, labels: dict[str, str], countries: dict[str, list[str]]
) -> tuple[_Row, list[Mark]]:
    """The row with one cell changed, and the defect; `labels` names each field's column."""

    def change(field: str, raw: str, expected: str) -> tuple[_Row, list[Mark]]:
        cell: dict[str, Any] = {field: raw}
        return replace(row, **cell), [Mark(rule, labels[field], row.id, raw, expected)]

    if rule == "email_invalid":
        return change("email", broken_email(rng, row.email), "")
    if rule == "email_normalised":
        return change("email", unusual_email(rng, row.email), row.email)
    if rule == "phone_invalid":
        return change("phone", str(rng.choice(_BAD_PHONES)), "")
    if rule == "country_normalised":
        return change("country", str(rng.choice(countries[row.code])), row.code)
    if rule == "country_unknown":
        # A national number could not be judged without its country.
        row = replace(row, phone=mobile(rng, row.code, abroad=True))
        return change("country", str(rng.choice(_UNKNOWN_COUNTRIES)), "")
    if rule == "birth_date_implausible":
        year = int(rng.choice([*range(1851, 1899), *range(2028, 2050)]))
        raw = f"{year}-{int(rng.integers(1, 13)):02d}-{int(rng.integers(1, 29)):02d}"
        return change("birth", raw, "")
    if rule == "name_whitespace":
        field = "last" if rng.random() < 0.5 or "first" not in labels else "first"
        name = getattr(row, field)
        return change(field, spaced(rng, name), name)
    mark = Mark("customer_duplicate", labels["id"], row.id, row.id, row.id)
    return row, [mark]


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


def _in_crm(row: _Row, mark: Mark) -> Mark:
    """The defect as the CRM's file shows it: names are one cell, dates are German."""
    if mark.rule == "name_whitespace":
        return mark._replace(
            raw=f"{row.last}, {row.first}", expected=f"{mark.expected}, {row.first}"
        )
    if mark.rule == "birth_date_implausible":
        return mark._replace(raw=_german_date(mark.raw))
    return mark


def write_crm(
    rng: Rng,
    output: Output,
    key: AnswerKey,
    customers: Customers,
    mails: list[str],
    shared: dict[int, dict[str, Any]],
    scale: float,
) -> dict[str, int]:
    """Write the CRM's export; the rows by file."""
    entity = "customers_crm"
    twin, is_test = customers.shop_twin[: customers.n_crm], customers.is_test[: customers.n_crm]
    free = (twin < 0) & ~is_test
    free[[pair.crm for pair in customers.look_alikes]] = False
    rules = _assign(rng, entity, free, scale)
    same_person = {p.crm: p.shop for p in customers.look_alikes if p.kind == SAME_PERSON}
    file = TextFile(output, CRM_FILE, header=CRM_COLUMNS, encoding="cp1252", newline="\r\n")
    for which in _chunks(0, customers.n_crm):
        batch = Batch()
        shop_ids = customers.ids(twin[which])
        for at, (i, row) in enumerate(zip(which, _rows(rng, customers, which, mails), strict=True)):
            marks: list[Mark] = []
            row = replace(row, **shared.get(i, {}))
            if i in rules:
                row, marks = _spoil(rng, row, rules[i], _CRM_LABELS, _CRM_COUNTRIES)
                marks = [_in_crm(row, mark) for mark in marks]
            if twin[i] >= 0:
                if rng.random() < 0.3:
                    row, marks = _spoil(rng, row, "email_normalised", _CRM_LABELS, {})
                marks.append(Mark("customer_merged", "E-Mail", row.id, row.email, shop_ids[at]))
            if i in same_person:
                shop_id = customers.ids(np.array([same_person[i]]))[0]
                name = f"{row.last}, {row.first}"
                marks.append(Mark("customer_merged_fuzzy", "Name", row.id, name, shop_id))
            if is_test[i]:
                marks.append(Mark("test_account", "E-Mail", row.id, row.email, ""))
            batch.append(_crm_record(row), float(at), *marks)
            if rules.get(i) == "customer_duplicate":
                again = _crm_record(_exported_again(rng, row))
                batch.append(again, float(rng.uniform(at + 0.5, len(which) + 1)))
        write_batch(file, entity, batch, key)
    file.close()
    return {file.name: file.rows}


def write_shop(
    rng: Rng,
    output: Output,
    key: AnswerKey,
    customers: Customers,
    mails: list[str],
    shared: dict[int, dict[str, Any]],
    scale: float,
) -> dict[str, int]:
    """Write the shop's two exports; the rows by file."""
    entity = "customers_shop"
    n = customers.n
    twins = np.zeros(n, dtype=bool)
    twins[customers.shop_twin[customers.shop_twin >= 0]] = True
    free = ~twins & ~customers.is_test
    free[[pair.shop for pair in customers.look_alikes]] = False
    rules = {
        i + customers.n_crm: rule
        for i, rule in _assign(rng, entity, free[customers.n_crm :], scale).items()
    }
    # Ids rise with the day, so that the second file begins where the year does.
    edge = customers.n_crm + int(
        np.searchsorted(customers.created[customers.n_crm :], day_number(date(2026, 1, 1)))
    )
    counts = {}
    resent: list[str] = []
    for name, first, last in zip(SHOP_FILES, (customers.n_crm, edge), (edge, n), strict=True):
        file = TextFile(output, name, header=SHOP_COLUMNS)
        for which in _chunks(first, last):
            batch = Batch()
            rows = _rows(rng, customers, which, mails)
            for at, (i, row) in enumerate(zip(which, rows, strict=True)):
                marks: list[Mark] = []
                row = replace(row, **shared.get(i, {}))
                if i in rules:
                    row, marks = _spoil(rng, row, rules[i], _SHOP_LABELS, _SHOP_COUNTRIES)
                if customers.is_test[i]:
                    marks.append(Mark("test_account", "email", row.id, row.email, ""))
                batch.append(_shop_record(row), float(at), *marks)
                if rules.get(i) == "customer_duplicate":
                    again = _shop_record(_exported_again(rng, row))
                    if last == edge < n and rng.random() < 0.5:
                        resent.append(again)
                    else:
                        batch.append(again, float(rng.uniform(at + 0.5, len(which) + 1)))
            if last == n:
                for record in resent:
                    batch.append(record, float(rng.uniform(0, len(which))))
                resent = []
            write_batch(file, entity, batch, key)
        file.close()
        counts[name] = file.rows
    return counts


def _chunks(first: int, last: int) -> Iterator[range]:
    """The customers in portions: their rows as text are not all held at once."""
    for start in range(first, last, 5000):
        yield range(start, min(last, start + 5000))
