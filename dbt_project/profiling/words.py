"""Names as words: the singular of a table's name, a column's label."""

from __future__ import annotations

import re

_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "series": "series",
    "species": "species", "news": "news", "data": "data", "indices": "index", "matrices": "matrix",
    "vertices": "vertex", "criteria": "criterion", "media": "media", "movies": "movie",
    "cookies": "cookie", "statuses": "status", "analyses": "analysis", "leaves": "leaf",
    "calories": "calorie", "ties": "tie", "pies": "pie",
}  # fmt: skip
_UPPER = {"id", "url", "ip", "iata", "icao", "isbn", "sku", "uuid", "utc", "faa", "zip"}


def singular(name: str) -> str:
    """The singular of a snake-case name, by its last word; the name itself if it has none."""
    head, _, last = name.rpartition("_")
    word = _IRREGULAR.get(last)
    if word is None:
        word = last
        if re.search(r"[^aeiou]ies$", last) and len(last) > 4:
            word = last[:-3] + "y"
        elif re.search(r"(ss|sh|ch|x|zz)es$", last):
            word = last[:-2]
        elif re.search(r"[^su]s$", last) and not re.search(r"(is|ics)$", last):
            word = last[:-1]
    return f"{head}_{word}" if head else word


def plural(name: str) -> str:
    """The plural of a snake-case name that is a singular; a plural stays."""
    if singular(name) != name:
        return name
    head, _, last = name.rpartition("_")
    word = next((many for many, one in _IRREGULAR.items() if one == last), "")
    if not word:
        if re.search(r"[^aeiou]y$", last):
            word = last[:-1] + "ies"
        elif re.search(r"(s|sh|ch|x|z)$", last):
            word = last + "es"
        else:
            word = last + "s"
    return f"{head}_{word}" if head else word


def label(name: str) -> str:
    """A snake-case name as words, the first with a capital: `dep_delay` is `Dep delay`."""
    words = [word.upper() if word in _UPPER else word for word in name.strip("_").split("_")]
    text = " ".join(word for word in words if word)
    return text[:1].upper() + text[1:]


def joined(parts: list[str], last: str = "and") -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"
