"""Names as words: the singular of a table's name, a column's label."""

from __future__ import annotations

import re

_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "series": "series",
    "species": "species", "news": "news", "data": "data", "indices": "index", "matrices": "matrix",
    "vertices": "vertex", "criteria": "criterion", "media": "media", "movies": "movie",
    "cookies": "cookie", "statuses": "status", "analyses": "analysis", "leaves": "leaf",
    "calories": "calorie", "ties": "tie", "pies": "pie", "gas": "gas", "atlas": "atlas",
    "canvas": "canvas", "lens": "lens", "alias": "alias",
}  # fmt: skip
_NOUNS = (
    "account actor address airline airport album answer article artist author bank book booking "
    "branch brand campaign car carrier case category city class client comment company contact "
    "contract country county course currency customer department device district driver employee "
    "event exam film flight game genre group hospital hotel house inspection invoice item job "
    "journey language league line loan location log machine match measurement member message "
    "meter model movie office order package page patient payment person plane planet player post "
    "product project purchase question race rating reading region rental report reservation "
    "restaurant result review ride road role room route sale school score season seller sensor "
    "service session shipment shop song staff_member state station status stock stop store "
    "student subscription supplier survey tag task teacher team territory test ticket track "
    "trade transaction trip university user vehicle venue visit vote warehouse"
)
_COUNTED = frozenset(_NOUNS.split())
"""English nouns in the singular that tables are named by: of others, no plural is made up."""
_CUT_SHORT = {
    "acct": "account", "addr": "address", "alt": "altitude", "amt": "amount", "arr": "arrival",
    "avg": "average", "bal": "balance", "cat": "category", "cnt": "count", "ctry": "country",
    "curr": "currency", "cust": "customer", "dep": "departure", "dept": "department",
    "desc": "description", "dest": "destination", "dewp": "dew point", "dist": "distance",
    "dob": "date of birth", "dt": "date", "dur": "duration", "emp": "employee", "est": "estimated",
    "humid": "humidity", "lat": "latitude", "len": "length", "lng": "longitude", "loc": "location",
    "lon": "longitude", "mag": "magnitude", "mfr": "manufacturer", "mgr": "manager",
    "num": "number", "orig": "origin",
    "pct": "percent", "percap": "per capita", "pop": "population", "precip": "precipitation",
    "prod": "product", "qty": "quantity", "sched": "scheduled", "tel": "telephone",
    "temp": "temperature", "tot": "total", "ts": "timestamp", "txn": "transaction",
    "tz": "time zone", "tzone": "time zone",
    "vol": "volume", "visib": "visibility", "wt": "weight", "yr": "year",
}  # fmt: skip
"""Words of column names that are cut short, and the word that is meant."""
_UPPER = {"id", "url", "ip", "iata", "icao", "isbn", "sku", "uuid", "utc", "faa", "zip"}


def singular(name: str) -> str:
    """The singular of a snake-case name, by its last word; the name itself if it has none."""
    head, _, last = name.rpartition("_")
    word = _IRREGULAR.get(last)
    if word is None:
        word = last
        if re.search(r"[^aeiou]ies$", last) and len(last) > 4:
            word = last[:-3] + "y"
        elif re.search(r"(ss|sh|ch|x|zz|ias)es$|...oes$", last):
            word = last[:-2]
        elif re.search(r".[^su]s$", last) and not re.search(r"(is|ics)$", last):
            word = last[:-1]
    return f"{head}_{word}" if head else word


def plural(name: str) -> str:
    """The plural of a snake-case name that is an English singular; all else stays as it is.

    `mitglieder` and `data` are plurals without saying so: a name that is not known stays.
    """
    head, _, last = name.rpartition("_")
    word = next((many for many, one in _IRREGULAR.items() if one == last), "")
    if not word:
        if last not in _COUNTED:
            return name
        if re.search(r"[^aeiou]y$", last):
            word = last[:-1] + "ies"
        elif re.search(r"(s|sh|ch|x|z)$", last):
            word = last + "es"
        else:
            word = last + "s"
    return f"{head}_{word}" if head else word


def bare(name: str) -> str:
    """A name that is an English plural without the number behind it: `cities15000` is `cities`."""
    match = re.fullmatch(r"([a-z_]{3,}[a-z])[0-9]+", name)
    return match[1] if match and singular(match[1]) != match[1] else name


def label(name: str) -> str:
    """A snake-case name as words, the first with a capital: `dep_delay` is `Dep delay`."""
    words = [word.upper() if word in _UPPER else word for word in name.strip("_").split("_")]
    text = " ".join(word for word in words if word)
    return text[:1].upper() + text[1:]


def in_full(name: str) -> str:
    """A snake-case name as words, what is cut short in full: `dep_delay` is a departure delay.

    Words that are written together are two: `countrycode` is a country code.
    """
    apart = re.sub(r"([a-z]{3})(code|name|number|date|type)(?=_|$)", r"\1_\2", name)
    apart = re.sub(r"(^|_)life_?exp(?=_|$)", r"\1life_expectancy", apart)
    return " ".join(_CUT_SHORT.get(word, word) for word in apart.strip("_").split("_") if word)


def joined(parts: list[str], last: str = "and") -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"
