"""Who the customers are: drawn once, held as small arrays that the months draw from.

Not for the files: `customer_files.py` writes them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from extract.datagen.look_alikes import NAMESAKE, RELATIVE, Pair, draw_pairs
from extract.datagen.name_pools import MAIL_DOMAINS, POOLS
from extract.datagen.plan import COUNTRIES, LANGUAGES, SHARES, Sizes
from extract.datagen.timeline import (
    FIRST,
    LAST,
    Bools,
    Floats,
    Ints,
    Rng,
    day_number,
    day_weights,
    pick_weighted,
)

CRM, SHOP = 0, 1
SEGMENTS = ("standard", "plus", "premium", "business")
_GERMAN = [COUNTRIES.index(c) for c in ("DE", "AT", "CH")]


def _pool_indices() -> tuple[list[str], list[str], dict[str, tuple[int, int, int]], dict[str, int]]:
    """All first names and surnames in two lists, and where each country's begin."""
    firsts: list[str] = []
    lasts: list[str] = []
    first_at: dict[str, tuple[int, int, int]] = {}
    last_at: dict[str, int] = {}
    for code, pool in POOLS.items():
        first_at[code] = (len(firsts), len(firsts) + len(pool.women), len(pool.men))
        firsts += pool.women + pool.men
        last_at[code] = len(lasts)
        lasts += pool.surnames
    return firsts, lasts, first_at, last_at


FIRST_NAMES, SURNAMES, _FIRST_AT, _LAST_AT = _pool_indices()


@dataclass(frozen=True)
class Customers:
    """The customers of both systems; the CRM's first. All arrays have one entry a customer.

    `shop_twin` is the position of the same person in the shop's system, or -1. `look_alikes` are
    pairs of different addresses, one customer in each system.
    """

    n_crm: int
    country: Ints
    language: Ints
    created: Ints
    birth: Ints
    first: Ints
    last: Ints
    is_woman: Bools
    segment: Ints
    mail: Ints
    activity: Floats
    gone: Ints
    shop_twin: Ints
    is_test: Bools
    look_alikes: list[Pair]

    @property
    def n(self) -> int:
        """Customers in both systems."""
        return len(self.country)

    def ids(self, which: Ints) -> list[str]:
        """Customer ids as they stand in the files."""
        n = self.n_crm
        return [f"K-{100_001 + i}" if i < n else f"S-{i - n + 1:06d}" for i in which.tolist()]

    def first_names(self, which: Ints) -> list[str]:
        """First names."""
        return [FIRST_NAMES[i] for i in self.first[which].tolist()]

    def visitors(self, which: Ints) -> list[str]:
        """The browser cookie of each customer."""
        return [f"v{(i + 1) * 2_654_435_761 % 2**48:012x}" for i in which.tolist()]

    @cached_property
    def by_country(self) -> list[tuple[Ints, Ints, Floats]]:
        """For each country: its customers by the day they came, those days, summed activity."""
        result = []
        for country in range(len(COUNTRIES)):
            who = np.flatnonzero((self.country == country) & (self.activity > 0))
            who = who[np.argsort(self.created[who], kind="stable")]
            result.append((who, self.created[who], np.cumsum(self.activity[who])))
        return result


def build_customers(
    rng: Rng, sizes: Sizes, merged: int, tests: tuple[int, int], own: Rng, alike: int
) -> Customers:
    """Draw the customers.

    Args:
        rng: the stream of random numbers.
        sizes: how many.
        merged: how many people are in both systems.
        tests: how many test accounts are in the CRM and in the shop.
        own: the stream for look-alikes.
        alike: how many people are in both systems under different addresses; half as many pairs
            only look like it.
    """
    n = sizes.crm + sizes.shop
    system = np.repeat([CRM, SHOP], [sizes.crm, sizes.shop])
    country = _countries(rng, sizes)
    created = np.where(
        rng.random(n) < 0.42,
        day_number(date(2021, 3, 1))
        + (rng.random(n) ** 0.7 * (FIRST - day_number(date(2021, 3, 1)))),
        FIRST + pick_weighted(rng, day_weights(), n),
    ).astype(np.int64)
    # Ids rise with the day, in each system by itself.
    for part in (slice(0, sizes.crm), slice(sizes.crm, n)):
        created[part] = np.sort(created[part])
    age = np.clip(rng.normal(43, 14, n), 18.2, 88)
    woman = rng.random(n) < 0.54
    first, last = _names(rng, country, woman)
    activity = np.exp(rng.normal(0, 1.0, n))
    gone = np.where(rng.random(n) < 0.35, created + 30 + rng.exponential(260, n), LAST + 999)
    is_test = np.zeros(n, dtype=bool)
    is_test[rng.choice(sizes.crm, size=tests[0], replace=False)] = True
    is_test[sizes.crm + rng.choice(sizes.shop, size=tests[1], replace=False)] = True
    activity[is_test] = 0.0
    columns = {
        "country": country,
        "birth": (created.clip(max=LAST) - age * 365.25).astype(np.int64),
        "first": first,
        "last": last,
        "is_woman": woman.astype(np.int64),
        "mail": rng.integers(0, 2**31, n),
        "language": _languages(rng, country),
    }
    twin = _twins(rng, system, country, is_test, merged)
    for values in columns.values():
        values[twin >= 0] = values[twin[twin >= 0]]
    taken = is_test | (twin >= 0)
    taken[twin[twin >= 0]] = True
    pairs = draw_pairs(own, sizes.crm, country, taken, columns["birth"], alike, alike // 2)
    for pair in pairs:
        shared = ["last"] if pair.kind == RELATIVE else ["first", "last", "is_woman"]
        if pair.kind not in (RELATIVE, NAMESAKE):
            shared.append("birth")
        for name in shared:
            columns[name][pair.crm] = columns[name][pair.shop]
    return Customers(
        n_crm=sizes.crm,
        country=country,
        language=columns["language"],
        created=created,
        birth=columns["birth"],
        first=first,
        last=last,
        is_woman=columns["is_woman"].astype(bool),
        segment=rng.choice(4, size=n, p=[0.62, 0.2, 0.1, 0.08]),
        mail=columns["mail"],
        activity=activity,
        gone=gone.astype(np.int64),
        shop_twin=twin,
        is_test=is_test,
        look_alikes=pairs,
    )


def _countries(rng: Rng, sizes: Sizes) -> Ints:
    """The CRM holds German-speaking customers only; the shares hold over both systems."""
    german = SHARES[_GERMAN] / SHARES[_GERMAN].sum()
    crm = np.array(_GERMAN)[rng.choice(3, size=sizes.crm, p=german)]
    left = SHARES * (sizes.crm + sizes.shop) - np.bincount(crm, minlength=len(SHARES))
    shop = rng.choice(len(SHARES), size=sizes.shop, p=left.clip(1) / left.clip(1).sum())
    return np.concatenate([crm, shop]).astype(np.int64)


def _names(rng: Rng, country: Ints, woman: Bools) -> tuple[Ints, Ints]:
    first = np.empty(len(country), dtype=np.int64)
    last = np.empty(len(country), dtype=np.int64)
    for index, code in enumerate(COUNTRIES):
        here = np.flatnonzero(country == index)
        women_at, men_at, n_men = _FIRST_AT[code]
        n_women = men_at - women_at
        # Squared: some names are far more common than others.
        u = rng.random(len(here)) ** 1.5
        first[here] = np.where(woman[here], women_at + u * n_women, men_at + u * n_men)
        n_last = len(POOLS[code].surnames)
        last[here] = _LAST_AT[code] + rng.random(len(here)) ** 1.4 * n_last
    return first, last


def _languages(rng: Rng, country: Ints) -> Ints:
    spoken = {"DE": 0, "AT": 0, "CH": 0, "FR": 1, "GB": 2, "NL": 2, "ES": 3, "US": 2}
    language = np.array([spoken[c] for c in COUNTRIES])[country]
    swiss_french = (country == COUNTRIES.index("CH")) & (rng.random(len(country)) < 0.25)
    language[swiss_french] = LANGUAGES.index("fr")
    return language.astype(np.int64)


def _twins(rng: Rng, system: Ints, country: Ints, is_test: Bools, n: int) -> Ints:
    twin = np.full(len(system), -1, dtype=np.int64)
    fit = np.isin(country, _GERMAN) & ~is_test
    crm = np.flatnonzero(fit & (system == CRM))
    shop = np.flatnonzero(fit & (system == SHOP))
    n = min(n, len(crm) // 2, len(shop) // 2)
    twin[rng.choice(crm, size=n, replace=False)] = rng.choice(shop, size=n, replace=False)
    return twin


def ascii_text(text: str) -> str:
    """`Müller` -> `mueller`, `Élodie` -> `elodie`: letters and digits only."""
    text = text.lower()
    for mark, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(mark, plain)
    text = unicodedata.normalize("NFKD", text)
    return "".join(c for c in text if c.isascii() and c.isalnum())


def emails(customers: Customers) -> list[str]:
    """One address a person: lower case, unique, shared only by the two rows of a twin."""
    first_slugs = [ascii_text(name) for name in FIRST_NAMES]
    last_slugs = [ascii_text(name) for name in SURNAMES]
    seen: dict[str, int] = {}
    result = [""] * customers.n
    rows = zip(
        customers.first.tolist(),
        customers.last.tolist(),
        customers.mail.tolist(),
        customers.birth.tolist(),
        customers.country.tolist(),
        customers.shop_twin.tolist(),
        customers.is_test.tolist(),
        strict=True,
    )
    for i, (first, last, mail, birth, country, twin, is_test) in enumerate(rows):
        if twin >= 0:
            continue
        if is_test:
            result[i] = (
                f"{('test', 'qa', 'testkunde')[mail % 3]}+{i}@example.{('com', 'org')[i % 2]}"
            )
            continue
        style, mail = mail % 6, mail // 6
        f, s = first_slugs[first], last_slugs[last]
        year = 1970 + birth // 365
        local = (f"{f}.{s}", f"{f[0]}.{s}", f"{f}{s}", f"{s}.{f}", f"{f}_{s}", f"{f}")[style]
        if mail % 10 < 6 or style == 5:
            local += str(year) if mail % 3 == 0 else f"{year % 100:02d}"
        domains = MAIL_DOMAINS[COUNTRIES[country]]
        domain = domains[mail // 10 % len(domains)]
        address = f"{local}@{domain}"
        count = seen.get(address, 0)
        seen[address] = count + 1
        result[i] = f"{local}.{count + 1}@{domain}" if count else address
    for i in np.flatnonzero(customers.shop_twin >= 0).tolist():
        result[i] = result[int(customers.shop_twin[i])]
    return result
