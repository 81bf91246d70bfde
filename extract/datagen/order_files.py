"""Writes orders/YYYY-MM.csv, with the defects that a row of an order can carry.

Not for who bought what: `orders.py` draws that.
"""

from __future__ import annotations

import numpy as np

from extract.datagen.orders import CHANNELS, COUPONS, STATUSES, Orders
from extract.datagen.output import Batch, Mark, TextFile, csv_cell, write_batch
from extract.datagen.plan import COUNTRIES, Picker
from extract.datagen.timeline import (
    DAY_SECONDS,
    FIRST,
    MONTH_NAMES,
    MONTH_STARTS,
    MONTHS,
    Ints,
    Rng,
    iso_local,
    to_datetime,
)
from extract.datagen.world import Sheet, World, currency_of

ENTITY = "orders"
COLUMNS = (
    "order_id,customer_id,ordered_at,status,channel,country,currency,shipping_fee,"
    "discount_amount,coupon_code,total_amount,shipped_at,delivered_at,note"
)
_PLACE = {name: i for i, name in enumerate(COLUMNS.split(","))}

_NOTES: dict[str, list[str]] = {
    "de": ["Bitte beim Nachbarn abgeben", "Klingel defekt, bitte anrufen",
           "Geschenk, ohne Rechnung",
           'Grußkarte: "Alles Gute zum 40., liebe Oma!"', "Abstellort: Garage, hinter dem Haus",
           "Firma im Hinterhof, 2. OG", "nicht vor 17 Uhr"],
    "fr": ["Laisser chez le gardien, merci", "Code d'entrée : 24B7", "Cadeau, sans facture SVP",
           'Carte : "Joyeux anniversaire, maman"', "Appeler avant de livrer", "2e étage, à gauche"],
    "en": ["Leave with neighbour at no. 12", "Please ring twice, the bell is quiet",
           'Gift note: "Happy Birthday, Sam!"', "Behind the bins, not on the doorstep",
           "Gate code 4471", "No plastic packaging if possible", "Call on arrival"],
    "es": ["Dejar en portería, gracias", "Llamar antes de entregar, por favor",
           'Tarjeta: "Feliz cumpleaños, abuela"', "Es un regalo, sin factura",
           "Entregar por la tarde"],
}  # fmt: skip
_LANGUAGE = ("de", "fr", "en", "en", "es", "de", "de", "en")
_BROKEN_TIMES = (
    "0000-00-00 00:00:00", "N/A", "{d}T25:61:00+00:00", "2025-02-30T10:15:00+01:00",
    "unknown", "2025-13-04T08:00:00+01:00", "#VALUE!", "00/00/0000 00:00", "{d}Tnull",
)  # fmt: skip
_UNKNOWN_STATUSES = ("lost", "in_review", "tbd", "99", "unknown", "wip", "pending?")


def money(cents: int) -> str:
    """`12.50` for 1250."""
    return f"{cents // 100}.{cents % 100:02d}"


def write_orders(rng: Rng, world: World, sheet: Sheet, orders: Orders) -> None:
    """Write one month's file; rows that arrive late or twice are carried to a later month."""
    month = orders.month
    rows = _rows(rng, world, orders)
    keys = _file_order(rng, orders)
    plant = _Planting(rng, world, orders, rows)
    plant.dead_orders()
    plant.amounts()
    plant.times()
    plant.words()
    late = set(plant.take("late_arriving").tolist())
    again = set(plant.take("order_duplicate").tolist())
    batch = world.carried.pop((ENTITY, month), Batch())
    for i, row in enumerate(rows):
        name, ordered_at = row[0], row[2]
        if i in late or i in again:
            wait = 2 if month + 2 < len(MONTHS) and rng.random() < 0.2 and i in late else 1
            target = world.carried[ENTITY, month + wait]
            place = rng.uniform(MONTH_STARTS[month + wait], MONTH_STARTS[month + wait + 1])
            mark = Mark("late_arriving", "ordered_at", name, ordered_at, "")
            target.append(",".join(row), place * DAY_SECONDS, mark)
        if i in again:
            mark = Mark("order_duplicate", "order_id", name, name, name)
            batch.append(",".join(_as_it_was(row)), keys[i], mark)
        elif i not in late:
            batch.append(",".join(row), keys[i], *plant.marks.get(i, ()))
    file = TextFile(sheet.output, f"orders/{MONTH_NAMES[month]}.csv", header=COLUMNS)
    write_batch(file, ENTITY, batch, sheet.key)
    file.close()
    sheet.rows[file.name] = file.rows


def _rows(rng: Rng, world: World, orders: Orders) -> list[list[str]]:
    """The clean cells of each order, quoted where CSV wants it."""
    codes = [COUNTRIES[c] for c in orders.country.tolist()]
    notes = [""] * orders.n
    for i in np.flatnonzero(rng.random(orders.n) < 0.06).tolist():
        texts = _NOTES[_LANGUAGE[int(orders.country[i])]]
        notes[i] = csv_cell(texts[int(rng.integers(0, len(texts)))])
    columns = (
        orders.ids(),
        world.customers.ids(orders.customer),
        iso_local(orders.ordered, orders.offset),
        [STATUSES[s] for s in orders.status.tolist()],
        [CHANNELS[c] for c in orders.channel.tolist()],
        codes,
        currency_of(orders.country),
        [money(c) for c in orders.shipping.tolist()],
        [money(c) for c in orders.discount.tolist()],
        [COUPONS[c] for c in orders.coupon.tolist()],
        [money(c) for c in orders.total.tolist()],
        _local_times(world, orders, orders.shipped),
        _local_times(world, orders, orders.delivered),
        notes,
    )
    return [list(cells) for cells in zip(*columns, strict=True)]


def _local_times(world: World, orders: Orders, moments: Ints) -> list[str]:
    day = (moments // DAY_SECONDS - FIRST).clip(0, world.offsets.shape[1] - 1)
    texts = iso_local(moments, world.offsets[orders.country, day])
    return [text if moment >= 0 else "" for text, moment in zip(texts, moments, strict=True)]


def _file_order(rng: Rng, orders: Orders) -> list[float]:
    """By time, but for a few rows that stand up to two days from their place."""
    keys = orders.ordered.astype(float)
    moved = rng.random(orders.n) < 0.03
    keys[moved] += rng.uniform(-2, 2, int(moved.sum())) * DAY_SECONDS
    return [float(k) for k in keys]


def _as_it_was(row: list[str]) -> list[str]:
    """The row as an earlier export knew it: on its way, not yet there."""
    earlier = list(row)
    if row[_PLACE["status"]] in ("delivered", "returned"):
        earlier[_PLACE["status"]] = "shipped"
        earlier[_PLACE["delivered_at"]] = ""
    return earlier


class _Planting:
    """Plants the defects that change a row where it stands, and remembers them."""

    def __init__(self, rng: Rng, world: World, orders: Orders, rows: list[list[str]]) -> None:
        self.rng = rng
        self.world = world
        self.orders = orders
        self.rows = rows
        self.marks: dict[int, list[Mark]] = {}
        self._picker = Picker(rng, orders.n)
        for taken in (*orders.dead.values(), orders.unpriced, orders.large):
            self._picker.free[taken] = False

    def take(self, rule: str, fit: np.ndarray | None = None) -> Ints:
        """Choose this month's rows for a rule."""
        chosen = self._picker.take(self.world.due(ENTITY, rule, self.orders.month), fit)
        self.world.planted(ENTITY, rule, len(chosen))
        return chosen

    def change(self, i: int, rule: str, column: str, raw: str, expected: str) -> None:
        """Put another value into a cell and state it."""
        name = self.rows[i][0]
        self.rows[i][_PLACE[column]] = csv_cell(raw)
        self.marks.setdefault(i, []).append(Mark(rule, column, name, raw, expected))

    def dead_orders(self) -> None:
        """Orders that no other source knows: broken times, tests, rows with a cell too many."""
        day = MONTH_NAMES[self.orders.month] + "-17"
        for i in self.orders.dead["ordered_at_invalid"].tolist():
            raw = _BROKEN_TIMES[int(self.rng.integers(0, len(_BROKEN_TIMES)))].format(d=day)
            self.change(i, "ordered_at_invalid", "ordered_at", raw, "")
        for i in self.orders.dead["test_order"].tolist():
            self.change(i, "test_order", "coupon_code", "TEST100", "")
        for i in self.orders.dead["wrong_width"].tolist():
            cut = int(self.rng.integers(3, 13))
            self.rows[i].insert(cut, ("", "0", "x")[int(self.rng.integers(0, 3))])
            line = ",".join(self.rows[i])
            self.marks[i] = [Mark("wrong_width", "", self.rows[i][0], line, "")]

    def amounts(self) -> None:
        """Totals that are missing, wrong or oddly written, and currencies left out."""
        unpriced = self.orders.unpriced
        for i in [*unpriced.tolist(), *self.take("total_missing").tolist()]:
            self.change(i, "total_missing", "total_amount", "", money(int(self.orders.total[i])))
        for i in self.take("amount_format").tolist():
            cents = int(self.orders.total[i])
            self.change(i, "amount_format", "total_amount", self._oddly(i, cents), money(cents))
        for i in self.take("total_mismatch").tolist():
            cents = int(self.orders.total[i])
            off = int(self.rng.integers(50, 2500))
            wrong = cents - off if self.rng.random() < 0.5 and cents > 2 * off else cents + off
            self.change(i, "total_mismatch", "total_amount", money(wrong), money(cents))
        for i in self.take("currency_missing").tolist():
            self.change(i, "currency_missing", "currency", "", self.rows[i][_PLACE["currency"]])

    def _oddly(self, i: int, cents: int) -> str:
        plain = money(cents)
        english = f"{cents // 100:,}.{cents % 100:02d}"
        if cents >= 100_000 and self.rng.random() < 0.5:
            return english
        if self.rng.random() < 0.5:
            return english.translate(str.maketrans(",.", ".,"))
        return f"{self.rows[i][_PLACE['currency']]} {plain}"

    def times(self) -> None:
        """Order times in another format, parcels that arrive before they were ordered."""
        for i in self.take("ordered_at_format").tolist():
            minute = int(self.orders.ordered[i]) // 60 * 60
            raw = to_datetime(minute).strftime("%d/%m/%Y %H:%M")
            expected = to_datetime(minute).strftime("%Y-%m-%dT%H:%M:%SZ")
            self.change(i, "ordered_at_format", "ordered_at", raw, expected)
        arrived = (self.orders.delivered >= 0) & (self.orders.status == 3)
        for i in self.take("delivered_before_ordered", arrived).tolist():
            early = int(self.orders.ordered[i]) - int(self.rng.integers(1, 31)) * DAY_SECONDS
            raw = iso_local(np.array([early]), self.orders.offset[i : i + 1])[0]
            self.change(i, "delivered_before_ordered", "delivered_at", raw, "")

    def words(self) -> None:
        """Statuses nobody knows or nobody spells so, customers that do not exist."""
        for i in self.take("status_normalised").tolist():
            status = self.rows[i][_PLACE["status"]]
            forms = (
                status.upper(),
                status.title(),
                f" {status}",
                f"{status} ",
                f" {status.upper()}",
            )
            raw = forms[int(self.rng.integers(0, len(forms)))]
            self.change(i, "status_normalised", "status", raw, status)
        for i in self.take("status_unknown").tolist():
            raw = _UNKNOWN_STATUSES[int(self.rng.integers(0, len(_UNKNOWN_STATUSES)))]
            self.change(i, "status_unknown", "status", raw, "")
        for i in self.take("customer_orphan").tolist():
            raw = f"{'KS'[int(self.rng.integers(0, 2))]}-9{int(self.rng.integers(0, 10**5)):05d}"
            self.change(i, "customer_orphan", "customer_id", raw, "")
            self.orders.quiet[i] = True
