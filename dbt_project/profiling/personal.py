"""Which columns may hold personal data: by what the values look like, else by the column's name."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAMES = {
    "email": r"(^|_)e?_?mail(_?address)?(_|$)",
    "phone": r"(^|_)(telephone|phone|telefon|mobile|handy|cell|fax)(_?(no|number|nr))?(_|$)",
    "name": r"(^|_)(first|last|given|family|full|sur|middle|birth|fore|vor|nach)_?name(_|$)",
    "address": r"(^|_)(street|strasse|address_line\w*|home_address)(_|$)",
    "birth_date": r"(^|_)(birth_?(date|day)|date_of_birth|dob|geburtsdatum)(_|$)",
    "ip": r"(^|_)(ip|ip_?address)(_|$)",
    "bank": r"(^|_)(iban|bic|account_number|card_number|credit_?card)(_|$)",
    "identity": r"(^|_)(ssn|passport\w*|national_id|tax_id|social_security\w*)(_|$)",
}  # fmt: skip
_PERSONS = re.compile(
    r"(^|_)(people|persons?|customers?|patients?|players?|users?|employees?|members?|artists?|"
    r"authors?|students?|contacts?|clients?|guests?|drivers?|actors?|riders?|physicians?)(_|$)"
)


def kind_by_name(column: str) -> str:
    """The kind of personal data that a column's name speaks of; empty if of none."""
    for kind, pattern in _NAMES.items():
        if re.search(pattern, column):
            return kind
    return ""


def is_about_persons(entity: str, columns: Iterable[str]) -> bool:
    """Whether a table is one of persons, so that its column `name` is a person's."""
    return bool(_PERSONS.search(entity)) or any(
        kind_by_name(column) in ("name", "birth_date", "email") for column in columns
    )
