"""One month's orders and their items as arrays: who bought what, and what became of it.

Not for the files: `order_files.py` and `item_files.py` write them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extract.datagen.baskets import (
    Items,
    draw_items,
    return_items,
    spoil_prices,
    spoil_quantities,
)
from extract.datagen.plan import CURRENCIES, Picker
from extract.datagen.timeline import (
    DAY_SECONDS,
    END,
    FIRST,
    MONTH_STARTS,
    Bools,
    Ints,
    Rng,
    from_day_number,
    month_of,
    time_of_day,
)
from extract.datagen.world import World

CHANNELS = ("web", "app", "marketplace", "phone")
STATUSES = ("placed", "paid", "shipped", "delivered", "returned", "cancelled")
COUPONS = ("", "WELCOME10", "SEASON15", "LOYAL5", "FIVER", "BLACK20")
LATE_AFTER_DAYS = 7
"""An order in time is there within this many days; a late one takes at least two more."""

_SHIPPING = {"EUR": 495, "GBP": 395, "CHF": 790, "USD": 695}
_TRANSIT = np.array([(1, 2.8), (1.4, 3.4), (1.8, 4), (1.2, 3), (2.3, 4.9), (1.6, 3.4), (2, 4.4),
                     (3, 5.1)])  # fmt: skip


@dataclass
class Orders:
    """One month of orders, by time. Times are epoch seconds (UTC), -1 for none; money in cents."""

    month: int
    first_id: int
    customer: Ints
    country: Ints
    ordered: Ints
    offset: Ints
    channel: Ints
    coupon: Ints
    shipping: Ints
    discount: Ints
    total: Ints
    shipped: Ints
    delivered: Ints
    late: Bools
    struck: Ints
    """Index of the strike that delayed the order, or -1."""
    status: Ints
    dead: dict[str, Ints]
    """Orders that leave no other trace, by the rule that was planted in them."""
    unpriced: Ints
    """Orders whose total is missing since one of their prices lost its decimal point."""
    quiet: Bools
    """Orders that no ticket and no review may speak of."""
    large: Ints
    """Orders of great value, an anomaly and no defect."""
    items: Items

    @property
    def n(self) -> int:
        """How many orders."""
        return len(self.customer)

    def ids(self, which: Ints | None = None) -> list[str]:
        """Order ids as they stand in the files."""
        indices = range(self.n) if which is None else which.tolist()
        return [f"O-{self.first_id + i:07d}" for i in indices]


def draw_orders(rng: Rng, world: World, month: int, first_id: int) -> Orders:
    """Draw one month: its orders by time, with consistent totals, and the dead ones chosen."""
    customer, country, day = _who_and_when(rng, world, month)
    ordered, offset = _moments(rng, world, month, country, day)
    by_time = np.argsort(ordered, kind="stable")
    customer, country, day = customer[by_time], country[by_time], day[by_time]
    ordered, offset = ordered[by_time], offset[by_time]
    n = len(customer)
    picker = Picker(rng, n)
    large = _large_orders(rng, world, country, day)
    picker.free[large] = False
    dead = {}
    for rule in ("ordered_at_invalid", "test_order", "wrong_width"):
        dead[rule] = picker.take(world.due("orders", rule, month))
        world.planted("orders", rule, len(dead[rule]))
    is_dead = ~picker.free
    is_dead[large] = False
    cancelled = (rng.random(n) < 0.04) & ~np.isin(np.arange(n), large)
    shipped, delivered, late, struck = _delivery(rng, world, month, country, ordered, cancelled)
    items = draw_items(rng, world, month, country, day, large)
    return_items(rng, world, month, items, ordered, delivered, cancelled)
    items = items.keep(~is_dead[items.order])
    spoil_quantities(rng, world, month, items, large)
    unpriced = spoil_prices(rng, world, month, items, picker)
    sums = np.bincount(items.order, weights=items.values(), minlength=n).astype(np.int64)
    shipping = _shipping(rng, country, sums)
    coupon, discount = _coupons(rng, world, customer, day, sums)
    test = dead["test_order"]
    # So that a dead order adds up although it has no items.
    for bare in (test, dead["ordered_at_invalid"], dead["wrong_width"]):
        discount[bare] = 0
        coupon[bare] = 0
        shipped[bare] = delivered[bare] = -1
    shipping[test] = 0
    shipping[dead["ordered_at_invalid"]] = shipping[dead["ordered_at_invalid"]].clip(min=395)
    came_back = np.bincount(items.order, weights=items.returned, minlength=n) > 0
    status = np.select(
        [cancelled & ~is_dead, came_back, delivered >= 0, shipped >= 0, is_dead],
        [5, 4, 3, 2, 0],
        np.where(rng.random(n) < 0.3, 0, 1),
    )
    return Orders(
        month=month,
        first_id=first_id,
        customer=customer,
        country=country,
        ordered=ordered,
        offset=offset,
        channel=_channels(rng, world, customer, ordered),
        coupon=coupon,
        shipping=shipping,
        discount=discount,
        total=sums + shipping - discount,
        shipped=shipped,
        delivered=delivered,
        late=late & (status != 5) & ~is_dead,
        struck=struck,
        status=status,
        dead=dead,
        unpriced=unpriced,
        quiet=is_dead.copy(),
        large=large,
        items=items,
    )


def _who_and_when(rng: Rng, world: World, month: int) -> tuple[Ints, Ints, Ints]:
    """Customer, country and local day of each order. New customers mostly order at once."""
    start, end = MONTH_STARTS[month], MONTH_STARTS[month + 1]
    customers, countries, days = [], [], []
    for country, (who, created, edges) in enumerate(world.customers.by_country):
        counts = world.counts[country, start - FIRST : end - FIRST]
        day = np.repeat(np.arange(start, end), counts)
        if len(day) == 0 or len(who) == 0:
            continue
        known = np.searchsorted(created, day, side="right").clip(min=1)
        drawn = np.searchsorted(edges, rng.random(len(day)) * edges[known - 1])
        for _ in range(4):
            left = world.customers.gone[who[drawn]] < day
            again = np.searchsorted(edges, rng.random(len(day)) * edges[known - 1])
            drawn = np.where(left, again, drawn)
        fresh = np.arange(*np.searchsorted(created, [start, end]))
        fresh = fresh[rng.random(len(fresh)) < 0.75]
        first_slot = np.searchsorted(day, created[fresh])
        rank = np.arange(len(fresh)) - np.searchsorted(created[fresh], created[fresh])
        fits = first_slot + rank < np.searchsorted(day, created[fresh], side="right")
        drawn[(first_slot + rank)[fits]] = fresh[fits]
        customers.append(who[drawn])
        countries.append(np.full(len(day), country))
        days.append(day)
    return np.concatenate(customers), np.concatenate(countries), np.concatenate(days)


def _moments(rng: Rng, world: World, month: int, country: Ints, day: Ints) -> tuple[Ints, Ints]:
    """The instant of each order and its local offset.

    The local and the UTC time are in the same month: which file a row belongs to must not hang on
    how its month is read.
    """
    offset = world.offsets[country, day - FIRST]
    seconds = time_of_day(rng, len(day))
    moment = day * DAY_SECONDS + seconds - offset * 3600
    crosses = month_of(moment) != month
    seconds[crosses] = 10 * 3600 + rng.integers(0, 6 * 3600, int(crosses.sum()))
    return day * DAY_SECONDS + seconds - offset * 3600, offset


def _large_orders(rng: Rng, world: World, country: Ints, day: Ints) -> Ints:
    """The orders of great value: they stand on the days of the planted revenue spikes.

    Anywhere else one of them would by itself make a day unusual that is not in the key.
    """
    chosen = []
    for place, index in world.anomalies.spikes:
        here = np.flatnonzero((country == place) & (day == FIRST + index))
        if len(here):
            chosen.append(rng.choice(here, size=min(2, len(here)), replace=False))
    return np.sort(np.concatenate(chosen)).astype(np.int64) if chosen else np.empty(0, np.int64)


def _delivery(
    rng: Rng, world: World, month: int, country: Ints, ordered: Ints, cancelled: Bools
) -> tuple[Ints, Ints, Bools, Ints]:
    """Shipped, delivered (-1 where not within the window), late, and the strike to blame."""
    n = len(ordered)
    low, high = _TRANSIT[country].T
    handling = 0.2 + rng.beta(1.6, 3, n) * 1.6
    december = month % 12 in (0, 1)
    late = rng.random(n) < (0.075 if december else 0.045)
    struck = np.full(n, -1, dtype=np.int64)
    local_day = ordered // DAY_SECONDS - FIRST
    for number, monday in enumerate(world.anomalies.strikes):
        hit = (local_day >= monday - 8) & (local_day <= monday) & (rng.random(n) < 0.7)
        struck[hit] = number
    late |= struck >= 0
    days = handling + low + rng.random(n) * (high - low)
    delay = LATE_AFTER_DAYS + 2 + rng.gamma(2.0, 1.8, n).clip(max=16)
    days = np.where(late, delay, days)
    shipped = ordered + (handling * DAY_SECONDS).astype(np.int64)
    delivered = ordered + (days * DAY_SECONDS).astype(np.int64)
    # Parcels are handed over in daytime.
    delivered += 9 * 3600 + rng.integers(0, 8 * 3600, n) - delivered % DAY_SECONDS
    delivered = np.maximum(delivered, shipped + 6 * 3600)
    none = cancelled | (shipped > END)
    shipped = np.where(none, -1, shipped)
    delivered = np.where(none | (delivered > END), -1, delivered)
    return shipped, delivered, late & ~cancelled, np.where(cancelled, -1, struck)


def _shipping(rng: Rng, country: Ints, sums: Ints) -> Ints:
    fee = np.array([_SHIPPING[c] for c in CURRENCIES])[country]
    express = rng.random(len(country)) < 0.08
    return np.where(express, fee + 500, np.where(sums >= 6_000, 0, fee)).astype(np.int64)


def _coupons(rng: Rng, world: World, customer: Ints, day: Ints, sums: Ints) -> tuple[Ints, Ints]:
    """Which coupon each order used, and what it took off."""
    n = len(customer)
    fresh = (day - world.customers.created[customer] < 3) & (rng.random(n) < 0.5)
    coupon = np.where(rng.random(n) < 0.10, rng.integers(2, 5, n), 0)
    sale = np.array([from_day_number(d).month == 11 for d in np.unique(day)])
    november = sale[np.searchsorted(np.unique(day), day)]
    coupon = np.where(november & (coupon == 2), 5, coupon)
    coupon = np.where(fresh, 1, coupon)
    percent = np.array([0, 10, 15, 5, 0, 20])[coupon]
    discount = (sums * percent + 50) // 100
    discount = np.where(coupon == 4, np.minimum(500, sums // 2), discount)
    return coupon.astype(np.int64), discount.astype(np.int64)


def _channels(rng: Rng, world: World, customer: Ints, ordered: Ints) -> Ints:
    """People keep to their channel; the app gains over the two years."""
    n = len(customer)
    habit = (world.customers.mail[customer] % 997) / 997
    mood = np.where(rng.random(n) < 0.7, habit, rng.random(n))
    app = 0.18 + 0.12 * (ordered // DAY_SECONDS - FIRST) / 730
    edges = [mood < app, mood < 0.80, mood < 0.94]
    return np.select(edges, [1, 0, 2], 3).astype(np.int64)
