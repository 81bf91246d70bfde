"""Currencies as the units of measures: a metric whose `unit` is one of these codes is money.

Which of them a project reports in is said by its metrics; how people call them, here.
"""

from __future__ import annotations

CALLED = {
    "eur": ("euro", "euros", "€"),
    "usd": ("dollar", "dollars", "$"),
    "gbp": ("pound", "pounds", "sterling", "£"),
    "chf": ("franc", "francs"),
    "jpy": ("yen", "¥"),
    "cny": ("yuan", "renminbi"),
    "inr": ("rupee", "rupees"),
    "sek": ("krona", "kronor"),
    "nok": ("krone", "kroner"),
    "dkk": (),
    "pln": ("zloty",),
    "czk": ("koruna",),
    "huf": ("forint",),
    "aud": (),
    "cad": (),
    "brl": ("reais",),
    "mxn": ("pesos",),
    "zar": ("rand",),
}
# Word or sign -> code.
WORDS = {word: code for code, called in CALLED.items() for word in (code, *called)}


def is_money(unit: str) -> bool:
    """Whether a metric of this unit is an amount of money."""
    return unit in CALLED
