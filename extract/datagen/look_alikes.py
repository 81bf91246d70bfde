"""Customers who resemble one another: the same person under two addresses, relatives, namesakes.

The first are planted as `customer_merged_fuzzy`; the others are there to be told apart from them.
Everything here draws from streams of its own, so that the rest of the data do not depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extract.datagen.contacts import address, mobile
from extract.datagen.timeline import Bools, Ints, Rng

SAME_PERSON, RELATIVE, NAMESAKE = 0, 1, 2
_SECOND_NAMES = ("Maria", "Sophie", "Peter", "Johann", "Elisabeth", "Luise")


@dataclass(frozen=True)
class Pair:
    """A customer of the CRM and one of the shop, by position, and what they are to each other."""

    crm: int
    shop: int
    kind: int


def draw_pairs(
    rng: Rng, n_crm: int, country: Ints, taken: Bools, born: Ints, same: int, others: int
) -> list[Pair]:
    """Choose pairs of one country from those not taken; as many as there are, up to what is asked.

    Args:
        rng: the stream of random numbers.
        n_crm: how many customers the CRM has; they stand first.
        country: each customer's.
        taken: customers that must not be chosen.
        born: each customer's day of birth; relatives and namesakes must not share it.
        same: pairs that are one person.
        others: pairs that are not.
    """
    waiting: dict[int, list[int]] = {}
    for i in rng.permutation(np.arange(n_crm, len(country))).tolist():
        if not taken[i]:
            waiting.setdefault(int(country[i]), []).append(i)
    pairs: list[Pair] = []
    kinds = [SAME_PERSON] * same + [RELATIVE, NAMESAKE] * (others // 2 + 1)
    for i in rng.permutation(np.arange(n_crm)).tolist():
        if len(pairs) == same + others:
            break
        candidates = waiting.get(int(country[i]))
        if taken[i] or not candidates:
            continue
        kind = kinds[len(pairs)]
        if kind == SAME_PERSON or born[i] != born[candidates[-1]]:
            pairs.append(Pair(i, candidates.pop(), kind))
    return pairs


def shared_cells(
    rng: Rng, pair: Pair, code: str, names: tuple[str, str], birth: str
) -> tuple[dict[str, str], dict[str, str]]:
    """What the two rows of a pair have in common: the cells to set in the CRM's and in the shop's.

    Args:
        rng: the stream of random numbers.
        pair: the pair.
        code: the country of both.
        names: first and last name in the CRM's row.
        birth: the shop's birth date, ISO.
    """
    phone = mobile(rng, code, abroad=True)
    street, postcode, city = address(rng, code)
    first, last = names
    if pair.kind == NAMESAKE:
        return {}, {"birth": birth}
    contact = {"phone": phone, "street": street, "postcode": postcode, "city": city}
    home = {**contact, "phone": _respelt(rng, phone), "street": _abbreviated(rng, street)}
    if pair.kind == RELATIVE:
        return home, {**contact, "birth": birth}
    first, last = _misspelt(rng, first, last)
    crm = {**home, "first": first, "last": last, "birth": birth}
    shop = {**contact, "birth": birth}
    lacks = int(rng.integers(0, 4))
    if lacks == 0:  # moved house
        for cell in ("street", "postcode", "city"):
            del crm[cell]
    elif lacks == 1:  # has a new telephone
        crm["phone"] = mobile(rng, code, abroad=True)
    elif lacks == 2:  # did not say when born
        crm["birth"] = ""
    return crm, shop


def _respelt(rng: Rng, phone: str) -> str:
    """The number, `+49 151 12345678`, in another spelling."""
    dial, prefix, rest = phone.split(" ")
    return (
        f"0{prefix} {rest}",
        f"00{dial[1:]}{prefix}{rest}",
        f"{dial}{prefix}{rest}",
        f"{dial} (0){prefix}/{rest}",
    )[int(rng.integers(0, 4))]


def _abbreviated(rng: Rng, street: str) -> str:
    if rng.random() < 0.5:
        return street
    return street.replace("straße", "str.").replace("strasse", "str.").replace("Straße", "Str.")


def _misspelt(rng: Rng, first: str, last: str) -> tuple[str, str]:
    """The name as another system has it: half the time with something different about it."""
    style = int(rng.integers(0, 8))
    if style == 0:
        at = int(rng.integers(1, len(last) - 1))
        return first, last[:at] + last[at + 1] + last[at] + last[at + 2 :]
    if style == 1:
        at = int(rng.integers(1, len(last)))
        return first, last[:at] + last[at - 1] + last[at:]
    if style == 2:
        return f"{first} {_SECOND_NAMES[int(rng.integers(0, len(_SECOND_NAMES)))]}", last
    if style == 3:
        return last, first
    return first, last
