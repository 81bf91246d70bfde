"""Writes web_events/YYYY-MM.jsonl.gz, with robots and the defects of its rows."""

from __future__ import annotations

import json
from urllib.parse import quote_plus

import numpy as np

from extract.datagen.customers import ascii_text
from extract.datagen.orders import Orders
from extract.datagen.output import Batch, Mark, TextFile, write_batch
from extract.datagen.plan import COUNTRIES, Picker
from extract.datagen.products import CATEGORIES
from extract.datagen.timeline import (
    DAY_SECONDS,
    MONTH_NAMES,
    MONTH_STARTS,
    Ints,
    Rng,
    iso_utc,
    pick_weighted,
)
from extract.datagen.web import EVENTS, PAGE, SEARCH, VIEW, Events, draw_events
from extract.datagen.world import Sheet, World

ENTITY = "web_events"
_SITE = "https://shop.example"

_SOURCES = (
    (0.24, ("direct", "none", None), None),
    (0.26, ("google", "organic", None), "https://www.google.com/"),
    (0.14, ("google", "cpc", "brand"), "https://www.google.com/"),
    (0.08, ("google", "cpc", "shopping_q4"), "https://www.google.com/"),
    (0.10, ("newsletter", "email", "weekly"), None),
    (0.06, ("newsletter", "email", "winback"), None),
    (0.06, ("instagram", "social", "stories"), "https://l.instagram.com/"),
    (0.03, ("pinterest", "social", None), "https://www.pinterest.com/"),
    (0.03, ("affiliate", "referral", "dealblog"), "https://dealblog.example/top-10?x=1&y=2"),
)
_DEVICES = (
    (0.26, ("mobile", "iOS", "Safari")),
    (0.24, ("mobile", "Android", "Chrome")),
    (0.03, ("mobile", "Android", "Samsung Internet")),
    (0.22, ("desktop", "Windows", "Chrome")),
    (0.06, ("desktop", "Windows", "Edge")),
    (0.05, ("desktop", "Windows", "Firefox")),
    (0.06, ("desktop", "macOS", "Safari")),
    (0.02, ("desktop", "Linux", "Firefox")),
    (0.06, ("tablet", "iPadOS", "Safari")),
)
_ROBOTS = (
    "Googlebot/2.1", "bingbot/2.0", "AhrefsBot/7.0", "Baiduspider/2.0", "YandexBot/3.0",
    "SemrushBot", "PriceCrawler/1.4", "DotBot/1.2", "Sogou web spider/4.0", "facebook crawler",
)  # fmt: skip
_PAGES = ("/", "/", "/sale", "/account", "/help/shipping", "/help/returns", "/new", "/wishlist")
_TERMS: dict[str, tuple[str, ...]] = {
    "de": ("lampe", "schreibtischlampe", "rucksack", "kopfhörer", "zelt 2 personen",
           "geschenk mama", "winterjacke damen", "handcreme", "fahrradhelm", "kissen grau",
           "turnschuhe gr. 43",
           "bürostuhl ergonomisch", "gießkanne", "teekanne", "wollmantel", "powerbank 20000 mah"),
    "fr": ("lampe de chevet", "sac à dos", "casque audio", "tente", "cadeau noël", "manteau femme",
           "crème visage", "coussin", "baskets 42", "chaise de bureau", "théière", "bougie"),
    "en": ("desk lamp", "backpack", "headphones", "2 person tent", "gift for dad", "rain jacket",
           "face cream", "cushion", "sneakers size 9", "office chair", "kettle", "earbuds",
           "bike light", "candel", "smart plug", "wool throw"),
    "es": ("lámpara", "mochila", "auriculares", "tienda de campaña", "regalo", "abrigo mujer",
           "crema facial", "cojín", "zapatillas 41", "silla oficina", "vela aromática"),
}  # fmt: skip
_LANGUAGE = ("de", "fr", "en", "en", "es", "de", "de", "en")
_BAD_TIMES = ("not-a-date", "NaN", "undefined", "2025-02-30T10:61:00Z", "Invalid Date", "[object]")


def _text(value: str | None) -> str:
    return json.dumps(value, ensure_ascii=False)


class _Writer:
    """The fixed pieces of JSON, and one month's lines."""

    def __init__(self, rng: Rng, world: World, orders: Orders, events: Events) -> None:
        self.events = events
        n = len(events.country)
        source = pick_weighted(rng, [w for w, _, _ in _SOURCES], n)
        device = pick_weighted(rng, [w for w, _ in _DEVICES], n)
        names = ("source", "medium", "campaign")
        utm = [
            "{" + ", ".join(f'"{k}": {_text(v)}' for k, v in zip(names, u, strict=True)) + "}"
            for _, u, _ in _SOURCES
        ]
        referrers = [_text(r) for _, _, r in _SOURCES]
        self.devices = [device_json(*d) for _, d in _DEVICES]
        signed = events.customer.clip(min=0)
        ids = world.customers.ids(signed)
        self.customer = [
            f'"{name}"' if c >= 0 else "null"
            for name, c in zip(ids, events.customer.tolist(), strict=True)
        ]
        session = events.session.tolist()
        self.head = [
            f'"visitor_id": "{v}", "customer_id": {c}, '
            for v, c in zip(events.visitor, self.customer, strict=True)
        ]
        self.tail = [
            f'"referrer": {referrers[s]}, "utm": {utm[s]}, "device": {self.devices[d]}, '
            for s, d in zip(source.tolist(), device.tolist(), strict=True)
        ]
        self.country = [COUNTRIES[c] for c in events.country.tolist()]
        self.url, self.term = _pages(rng, world, events)
        self.at = iso_utc(events.at)
        product_ids = world.products.ids(events.product.clip(min=0))
        self.product = [
            f'"{p}"' if i >= 0 else "null"
            for p, i in zip(product_ids, events.product.tolist(), strict=True)
        ]
        self.order = ["null"] * events.n
        bought = np.flatnonzero(events.order >= 0)
        for i, name in zip(bought.tolist(), orders.ids(events.order[bought]), strict=True):
            self.order[i] = f'"{name}"'
        self.session = session

    def lines(self, names: list[str]) -> list[str]:
        """Every event as it stands in the file."""
        head, tail, country = self.head, self.tail, self.country
        kinds = [EVENTS[k] for k in self.events.kind.tolist()]
        return [
            f'{{"event_id": "{name}", {head[s]}"occurred_at": "{at}", "event_type": "{kind}", '
            f'"page_url": "{url}", {tail[s]}"product_id": {product}, "order_id": {order}, '
            f'"search_term": {term}, "country": "{country[s]}"}}'
            for name, s, at, kind, url, product, order, term in zip(
                names, self.session, self.at, kinds, self.url, self.product, self.order,
                self.term, strict=True,
            )
        ]  # fmt: skip


def device_json(kind: str, system: str, browser: str) -> str:
    """The device as a JSON object."""
    return f'{{"type": "{kind}", "os": "{system}", "browser": "{browser}"}}'


def _pages(rng: Rng, world: World, events: Events) -> tuple[list[str], list[str]]:
    """Page address and search term (as JSON) of each event."""
    languages = [_LANGUAGE[c] for c in events.country.tolist()]
    categories = [c.name.lower().replace(" ", "-") for c in CATEGORIES]
    any_page = [*_PAGES, *(f"/c/{c}" for c in categories)]
    draws = rng.integers(0, 2**31, events.n).tolist()
    urls, terms = [], []
    fixed = {3: "/cart", 4: "/checkout", 5: "/checkout/thank-you"}
    slugs: dict[int, str] = {}
    rows = zip(
        events.kind.tolist(), events.session.tolist(), events.product.tolist(), draws, strict=True
    )
    for kind, session, product, draw in rows:
        language = languages[session]
        term = "null"
        if kind == PAGE:
            path = any_page[draw % len(any_page)]
        elif kind == VIEW:
            if product not in slugs:
                words = (ascii_text(w) for w in world.products.names[product].split())
                slugs[product] = f"/p/P-{product + 1:04d}-{'-'.join(words)}"
            path = slugs[product]
        elif kind == SEARCH:
            words_of = _TERMS[language]
            text = words_of[draw % len(words_of)]
            path, term = f"/search?q={quote_plus(text)}", _text(text)
        else:
            path = fixed[kind]
        urls.append(f"{_SITE}/{language}{path}")
        terms.append(term)
    return urls, terms


def write_events(
    rng: Rng, world: World, sheet: Sheet, orders: Orders, per_day: Ints, next_id: int
) -> int:
    """Write one month.

    Returns:
        The number that the next event's id takes.
    """
    month = orders.month
    events = draw_events(rng, world, orders, per_day)
    writer = _Writer(rng, world, orders, events)
    # Ids rise with time, as the tracker gives them out.
    rank = np.empty(events.n, dtype=np.int64)
    rank[np.argsort(events.at, kind="stable")] = np.arange(events.n)
    names = [f"E-{next_id + i:09d}" for i in rank.tolist()]
    keys = events.at + np.where(rng.random(events.n) < 0.02, rng.integers(0, 7200, events.n), 0)
    picker = Picker(rng, events.n)
    plain = ((events.kind == PAGE) | (events.kind == VIEW)) & (events.length >= 3)
    marks: dict[int, Mark] = {}
    for rule in ("occurred_at_invalid", "clock_skew", "bad_json", "event_duplicate"):
        fit = None if rule == "event_duplicate" else plain
        for i in _take(world, picker, rule, month, fit).tolist():
            name = names[i]
            marks[i] = Mark(rule, "event_id" if rule == "event_duplicate" else "", name, name, name)
            if rule == "occurred_at_invalid":
                raw = _BAD_TIMES[int(rng.integers(0, len(_BAD_TIMES)))]
                writer.at[i] = raw
                marks[i] = Mark(rule, "occurred_at", name, raw, "")
            elif rule == "clock_skew":
                years = int(rng.integers(2, 13)) * 365 * DAY_SECONDS
                writer.at[i] = iso_utc(np.array([int(events.at[i]) + years + 730 * DAY_SECONDS]))[0]
                marks[i] = Mark(rule, "occurred_at", name, writer.at[i], "")
    lines = writer.lines(names)
    for i, mark in marks.items():
        if mark.rule == "bad_json":
            lines[i] = lines[i][: int(rng.integers(80, 240))]
            marks[i] = mark._replace(raw=lines[i], expected="")
    batch = Batch()
    batch.extend(lines, keys)
    for i, mark in sorted(marks.items()):
        batch.mark(i, mark)
        if mark.rule == "event_duplicate":
            batch.append(lines[i], float(keys[i]) + float(rng.uniform(1, 6000)))
    n_robots = _robots(rng, world, batch, month, next_id + events.n)
    file = TextFile(sheet.output, f"web_events/{MONTH_NAMES[month]}.jsonl.gz")
    write_batch(file, ENTITY, batch, sheet.key)
    file.close()
    sheet.rows[file.name] = file.rows
    return next_id + events.n + n_robots


def _take(
    world: World, picker: Picker, rule: str, month: int, fit: np.ndarray | None = None
) -> Ints:
    chosen = picker.take(world.due(ENTITY, rule, month), fit)
    world.planted(ENTITY, rule, len(chosen))
    return chosen


def _robots(rng: Rng, world: World, batch: Batch, month: int, next_id: int) -> int:
    """Robots read one product after the other; how many events they left."""
    due = world.due(ENTITY, "bot_traffic", month)
    world.planted(ENTITY, "bot_traffic", due)
    left, number = due, 0
    first_day, last_day = MONTH_STARTS[month], MONTH_STARTS[month + 1]
    while left > 0:
        size = min(left, int(rng.integers(6, 18)))
        browser = _ROBOTS[int(rng.integers(0, len(_ROBOTS)))]
        visitor = f"v{int(rng.integers(0, 2**47)) + 2**47:012x}"
        # Not in the last hours, so that none ends after the window.
        begin = int(rng.integers(first_day * DAY_SECONDS, last_day * DAY_SECONDS - 7200))
        at = begin + np.cumsum(rng.integers(1, 9, size))
        products = rng.integers(0, world.products.n, size)
        stamps, ids = iso_utc(at), world.products.ids(products)
        for k in range(size):
            name = f"E-{next_id + number:09d}"
            number += 1
            line = (
                f'{{"event_id": "{name}", "visitor_id": "{visitor}", "customer_id": null, '
                f'"occurred_at": "{stamps[k]}", "event_type": "product_view", '
                f'"page_url": "{_SITE}/en/p/{ids[k]}", "referrer": null, '
                '"utm": {"source": "direct", "medium": "none", "campaign": null}, '
                f'"device": {device_json("desktop", "Linux", browser)}, '
                f'"product_id": "{ids[k]}", "order_id": null, "search_term": null, '
                '"country": "US"}'
            )
            batch.append(line, float(at[k]), Mark("bot_traffic", "device", name, browser, ""))
        left -= size
    return number
