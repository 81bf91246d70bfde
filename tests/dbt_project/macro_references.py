"""Python's own readings of what the cleaning macros read, to compare them with.

Each is written with another library than the macros' regular expressions: phonenumbers, babel,
dateutil, the standard library. Where macro and library differ on purpose, it stands here, named.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.errors import MessageError
from email.headerregistry import Address
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import babel.numbers
import phonenumbers
from dateutil import parser as dates

COUNTRIES = ("DE", "AT", "CH", "FR", "GB", "NL", "ES", "US")
BUSINESS_YEARS = range(1900, 2100)
INVISIBLE = set(
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\ufeff\ufff9\ufffa\ufffb"
) | {
    chr(i)
    for a, b in ((0x202A, 0x202E), (0x2060, 0x2064), (0x2066, 0x206F), (0xFE00, 0xFE0F))
    for i in range(a, b + 1)
}
NULL_TOKENS = {
    "", "null", "(null)", "[null]", "<null>", "\\n", "n/a", "n.a.", "n. a.", "na", "<na>", "none",
    "nil", "nan", "not available", "not applicable", "(blank)", "(empty)", "(leer)", "-", "--",
    "---", "–", "—", "?", "??", ".", '""', "#n/a", "#na", "#nv", "#ref!", "#value!", "#div/0!",
    "#name?", "#num!", "#null!",
}  # fmt: skip


def clean_name(text: str) -> str | None:
    """NFKC, nothing invisible, single spaces."""
    normal = unicodedata.normalize("NFKC", text)
    seen = "".join(c for c in normal if c not in INVISIBLE)
    spaced = "".join(" " if c.isspace() or unicodedata.category(c) == "Cc" else c for c in seen)
    return " ".join(spaced.split()) or None


def clean_text(text: str) -> str | None:
    """The same, and words for nothing are nothing."""
    cleaned = clean_name(text)
    return None if cleaned is None or cleaned.lower() in NULL_TOKENS else cleaned


def phone(text: str, country: str) -> tuple[str | None, bool]:
    """The number in E.164 if libphonenumber holds it valid, and whether it is even possible."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None, False
    plain = phonenumbers.PhoneNumber(number.country_code, number.national_number)
    possible = phonenumbers.is_possible_number(plain)
    if not phonenumbers.is_valid_number(plain):
        return None, possible
    return phonenumbers.format_number(plain, phonenumbers.PhoneNumberFormat.E164), True


def money(text: str, locale: str) -> Decimal:
    """A number as babel reads it for a locale, strictly."""
    return babel.numbers.parse_decimal(text, locale=locale, strict=True)


def day(text: str, *, dayfirst: bool) -> date | None:
    """A date written with numbers as dateutil reads it, the year in four digits at the end."""
    if not re.fullmatch(r"\d{1,2}([./-])\d{1,2}\1\d{4}", text.strip()):
        return None
    first, second, _ = (int(part) for part in re.split("[./-]", text.strip()))
    try:
        found = dates.parse(text.strip(), dayfirst=dayfirst).date()
    except (ValueError, OverflowError):
        return None
    # dateutil swaps day and month where the declared order gives no date; we mean what we declare.
    if (found.day, found.month) != ((first, second) if dayfirst else (second, first)):
        return None
    return found if found.year in BUSINESS_YEARS else None


def moment(text: str, zone: str) -> datetime | None:
    """An ISO time as dateutil's ISO parser reads it, which is not strict about what parts it.

    24:00 is the end of the day for both.
    """
    if text[10:11] not in ("T", " ") or text[13:14] != ":":
        return None
    try:
        found = dates.isoparse(text)
    except ValueError:
        return None
    if found.year not in BUSINESS_YEARS:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def excel_day(text: str) -> date | None:
    """Excel's serial days, from 1900-03-01, behind the leap day that never was."""
    serial = int(Decimal(text))
    return date(1899, 12, 30) + timedelta(days=serial) if 61 <= serial <= 73050 else None


def is_email(text: str) -> bool:
    """What the standard library takes for an address, of a host name with a dot, in plain ASCII."""
    if not text.isascii() or '"' in text or len(text) > 254 or text != text.strip():
        return False
    try:
        address = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError):
        return False
    labels = address.domain.split(".")
    # Characters that RFC 5322 allows in a name and no provider does are on purpose no address here.
    if not re.fullmatch(r"[a-z0-9_%+'.-]{1,64}", address.username) or address.addr_spec != text:
        return False
    return (
        len(labels) > 1
        and all(re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)", label) for label in labels)
        and re.fullmatch(r"[a-z]{2,24}|xn--[a-z0-9-]{1,58}[a-z0-9]", labels[-1]) is not None
    )


def host(url: str) -> str | None:
    """The host as urllib sees it, with the brackets of an IPv6 address."""
    found = urlsplit(url).hostname
    return f"[{found}]" if found and ":" in found else found


def parameter(url: str, name: str) -> str | None:
    """The first parameter of a name, percent signs as they stand."""
    query = re.sub(r"%|\+", lambda m: {"%": "\x01", "+": "\x02"}[m[0]], urlsplit(url).query)
    pairs = dict(reversed(parse_qsl(query, keep_blank_values=True, separator="&")))
    found = pairs.get(name)
    return None if found is None else found.replace("\x01", "%").replace("\x02", "+")


def json_at(text: str, *path: str | int) -> object:
    """The value at a path, or None."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def luhn(digits: str) -> bool:
    """The check of payment cards."""
    doubled = [
        sum(divmod(int(d) * 2, 10)) if i % 2 else int(d) for i, d in enumerate(reversed(digits))
    ]
    return sum(doubled) % 10 == 0


def content_hash(*values: str | None) -> str:
    """SHA-256 of the values, each behind its length."""
    text = "".join("-" if v is None else f"{len(v)}:{v}" for v in values)
    return hashlib.sha256(text.encode()).hexdigest()
