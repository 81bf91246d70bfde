"""Payments of a month's orders: attempts, captures, refunds, in payments/YYYY-MM.jsonl."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extract.datagen.order_files import money
from extract.datagen.orders import Orders
from extract.datagen.output import Batch, Mark, TextFile, write_batch
from extract.datagen.plan import Picker
from extract.datagen.timeline import (
    DAY_SECONDS,
    END,
    MONTH_NAMES,
    Bools,
    Ints,
    Rng,
    iso_utc,
    month_of,
    pick_weighted,
)
from extract.datagen.world import Sheet, World, currency_of

ENTITY = "payments"
METHODS = ("card", "paypal", "klarna", "invoice", "bank_transfer")
PAY_STATUSES = ("captured", "failed", "refunded", "authorised")
_PROVIDERS = ("CardStream", "PayPal", "Klarna", "Debitor24", "EuroGiro", "NordPay")
EPOCH_PROVIDER = 5
"""This provider sends its times as milliseconds since 1970."""
# Rows: DE FR GB NL ES AT CH US; columns as METHODS.
_HABITS = np.array([
    (25, 30, 22, 18, 5), (58, 24, 8, 3, 7), (62, 25, 9, 2, 2), (40, 20, 18, 7, 15),
    (60, 27, 5, 2, 6), (30, 26, 22, 16, 6), (42, 14, 8, 30, 6), (70, 26, 3, 1, 0),
])  # fmt: skip
_BAD_AMOUNTS = ("n/a", "--", "12.3.4", "#REF!", "abc", "1O.50", "NaN", "?")
_OTHER = {"EUR": "USD", "GBP": "EUR", "CHF": "EUR", "USD": "EUR"}


@dataclass
class _Payments:
    order: Ints
    status: Ints
    method: Ints
    amount: Ints
    at: Ints


def write_payments(rng: Rng, world: World, sheet: Sheet, orders: Orders, next_id: int) -> int:
    """Write the payments made in one month; later ones of its orders are carried on.

    Returns:
        The number that the next payment's id takes.
    """
    payments = _draw(rng, orders)
    month_at = month_of(payments.at)
    names = [f"PAY-{next_id + i:08d}" for i in range(len(payments.at))]
    provider = np.where(
        (payments.method == 0) & (rng.random(len(names)) < 0.03), EPOCH_PROVIDER, payments.method
    )
    lines = _Lines(rng, orders, payments, names, provider)
    marks = _spoil(rng, world, orders, lines)
    for i, name in enumerate(names):
        batch = world.carried[ENTITY, int(month_at[i])]
        at = float(payments.at[i])
        batch.append(lines.text(i), at, *marks.get(i, ()))
        if i in lines.twice:
            batch.append(lines.text(i), at + rng.uniform(1, 3) * 3600)
        if i in lines.strays:
            stray = f"PAY-{next_id + len(names) + lines.strays[i]:08d}"
            lost = f"O-9{int(rng.integers(0, 10**6)):06d}"
            mark = Mark("order_orphan", "order_id", stray, lost, "")
            text = lines.text(i).replace(lines.orders[i], lost).replace(name, stray)
            batch.append(text, at + 60, mark)
    month = orders.month
    ready = world.carried.pop((ENTITY, month), Batch())
    file = TextFile(sheet.output, f"payments/{MONTH_NAMES[month]}.jsonl")
    write_batch(file, ENTITY, ready, sheet.key)
    file.close()
    sheet.rows[file.name] = file.rows
    return next_id + len(names) + len(lines.strays)


def _draw(rng: Rng, orders: Orders) -> _Payments:
    """The payments of a month's orders, by order and time; those after the window are left out."""
    n = orders.n
    dead = np.isin(np.arange(n), np.concatenate(list(orders.dead.values())))
    method = np.empty(n, dtype=np.int64)
    for country in range(len(_HABITS)):
        here = orders.country == country
        method[here] = pick_weighted(rng, _HABITS[country], int(here.sum()))
    wait = np.where(method >= 3, rng.integers(DAY_SECONDS, 14 * DAY_SECONDS, n), 0)
    at = orders.ordered + wait + rng.integers(5, 240, n)
    cancelled = orders.status == 5
    never_paid = cancelled & (rng.random(n) < 0.5)
    items = orders.items
    back = items.values() * items.returned // np.maximum(items.quantity, 1)
    refund = np.bincount(items.order, weights=back, minlength=n).astype(np.int64)
    refunded_at = np.zeros(n, dtype=np.int64)
    np.maximum.at(refunded_at, items.order, items.returned_at)
    refunded_at = np.where(
        cancelled, at + rng.integers(DAY_SECONDS, 4 * DAY_SECONDS, n),
        refunded_at + rng.integers(DAY_SECONDS, 8 * DAY_SECONDS, n),
    )  # fmt: skip
    refund = np.where(cancelled & ~never_paid, orders.total, np.minimum(refund, orders.total))
    parts: list[tuple[Bools, int, Ints, Ints]] = [
        (rng.random(n) < 0.035, 1, orders.total, at - rng.integers(20, 300, n)),
        (~never_paid, 0, orders.total, at),
        (never_paid & (rng.random(n) < 0.5), 3, orders.total, at),
        (refund > 0, 2, refund, refunded_at),
    ]
    order, status, amount, when = [], [], [], []
    for which, code, cents, moment in parts:
        chosen = np.flatnonzero(which & ~dead & (moment <= END))
        order.append(chosen)
        status.append(np.full(len(chosen), code))
        amount.append(cents[chosen])
        when.append(np.maximum(moment, orders.ordered)[chosen])
    positions = np.concatenate(order)
    moments = np.concatenate(when)
    by_time = np.lexsort((moments, positions))
    positions = positions[by_time]
    return _Payments(
        order=positions,
        status=np.concatenate(status)[by_time],
        method=method[positions],
        amount=np.concatenate(amount)[by_time],
        at=moments[by_time],
    )


class _Lines:
    """The payments as JSON texts, built one by one so that a defect can change a value."""

    def __init__(
        self, rng: Rng, orders: Orders, payments: _Payments, names: list[str], provider: Ints
    ) -> None:
        self.n = len(names)
        self.names = names
        self.orders = orders.ids(payments.order)
        self.method = [METHODS[m] for m in payments.method.tolist()]
        self.provider = provider
        self.amount = [money(c) for c in payments.amount.tolist()]
        self.currency = currency_of(orders.country[payments.order])
        self.status = [PAY_STATUSES[s] for s in payments.status.tolist()]
        self.at = [f'"{t}"' for t in iso_utc(payments.at)]
        for i in np.flatnonzero(provider == EPOCH_PROVIDER).tolist():
            self.at[i] = str(int(payments.at[i]) * 1000 + int(rng.integers(0, 1000)))
        self.reference = [f"{r:016x}" for r in rng.integers(0, 2**62, self.n).tolist()]
        fee = np.where(payments.status == 0, payments.amount * 14 // 1000 + 25, 0)
        self.fee = [money(c) for c in fee.tolist()]
        self.cut: dict[int, int] = {}
        self.twice: set[int] = set()
        self.strays: dict[int, int] = {}

    def text(self, i: int) -> str:
        """One payment as it stands in the file."""
        line = (
            f'{{"payment_id": "{self.names[i]}", "order_id": "{self.orders[i]}", '
            f'"method": "{self.method[i]}", "amount": {self.amount[i]}, '
            f'"currency": "{self.currency[i]}", "status": "{self.status[i]}", '
            f'"paid_at": {self.at[i]}, "provider": {{"name": "{_PROVIDERS[self.provider[i]]}", '
            f'"reference": "{self.reference[i]}", "fee": {self.fee[i]}}}}}'
        )
        return line[: self.cut[i]] if i in self.cut else line


def _spoil(rng: Rng, world: World, orders: Orders, lines: _Lines) -> dict[int, list[Mark]]:
    """Plant the defects of this month's payments."""
    month = orders.month
    marks: dict[int, list[Mark]] = {}
    picker = Picker(rng, lines.n)

    def take(rule: str) -> list[int]:
        chosen = picker.take_list(world.due(ENTITY, rule, month))
        world.planted(ENTITY, rule, len(chosen))
        return chosen

    for i in np.flatnonzero(lines.provider == EPOCH_PROVIDER).tolist():
        picker.free[i] = False
        whole = iso_utc(np.array([int(lines.at[i]) // 1000]))[0]
        expected = f"{whole[:-1]}.{int(lines.at[i]) % 1000:03d}Z"
        marks[i] = [Mark("paid_at_epoch", "paid_at", lines.names[i], lines.at[i], expected)]
    for i in take("amount_invalid"):
        raw = _BAD_AMOUNTS[int(rng.integers(0, len(_BAD_AMOUNTS)))]
        lines.amount[i] = f'"{raw}"'
        marks[i] = [Mark("amount_invalid", "amount", lines.names[i], raw, "")]
    for i in take("currency_mismatch"):
        right = lines.currency[i]
        lines.currency[i] = _OTHER[right]
        marks[i] = [Mark("currency_mismatch", "currency", lines.names[i], _OTHER[right], right)]
    for i in take("bad_json"):
        lines.cut[i] = int(rng.integers(60, 150))
        marks[i] = [Mark("bad_json", "", lines.names[i], lines.text(i), "")]
    for i in take("payment_duplicate"):
        name = lines.names[i]
        marks[i] = [Mark("payment_duplicate", "payment_id", name, name, name)]
        lines.twice.add(i)
    for number, i in enumerate(take("order_orphan")):
        lines.strays[i] = number
    return marks
