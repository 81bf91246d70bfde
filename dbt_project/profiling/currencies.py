"""Which currency a code or sign beside an amount means, where it means one.

`kr`, `Rs` and the like are several countries' and mean none.
"""

from __future__ import annotations

_MARKS = {
    "EUR": "eur euro euros €",
    "USD": "usd us$ $us $",
    "GBP": "gbp £ £gb",
    "CHF": "chf sfr sfr. fr.",
    "JPY": "jpy 円 ¥ ￥",
    "CNY": "cny rmb 元",
    "INR": "inr ₹",
    "SEK": "sek",
    "NOK": "nok",
    "DKK": "dkk",
    "PLN": "pln zł",
    "CZK": "czk kč",
    "HUF": "huf",
    "AUD": "aud a$ au$",
    "CAD": "cad c$ ca$",
    "BRL": "brl r$",
    "MXN": "mxn mx$",
    "ZAR": "zar",
}
_CODES = {mark: code for code, marks in _MARKS.items() for mark in marks.split()}
DOUBTFUL = {"$": "US dollars", "¥": "Japanese yen", "￥": "Japanese yen"}
"""Signs that other currencies share, and which one is taken."""


def named_by(column: str) -> str:
    """The code that a column's name ends with, such as `amount_usd`; "" if with none."""
    last = column.rpartition("_")[2].upper()
    return last if last in _MARKS else ""


def currency(mark: str) -> str:
    """The ISO 4217 code of a mark, in whatever case; "" if it means none or several."""
    return _CODES.get(mark.lower(), "")
