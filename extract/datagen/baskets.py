"""What is in a month's orders: products, prices, returns, and the items that are spoilt.

Spoilt items are chosen here, before the totals are known, since totals must agree with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extract.datagen.plan import CURRENCIES, Picker
from extract.datagen.products import CATEGORIES
from extract.datagen.timeline import (
    DAY_SECONDS,
    END,
    FIRST,
    MONTH_STARTS,
    Bools,
    Floats,
    Ints,
    Rng,
    pick_weighted,
)
from extract.datagen.world import World

REASONS = ("too_small", "too_large", "defective", "not_as_described", "changed_mind", "late")
_PRICE_LEVEL = {"EUR": 1.0, "GBP": 0.86, "CHF": 1.05, "USD": 1.12}
_TAX = np.array([0.19, 0.20, 0.20, 0.21, 0.21, 0.20, 0.081, 0.0])


@dataclass
class Items:
    """The items of a month's orders, `order` being the order's position in the month."""

    order: Ints
    product: Ints
    quantity: Ints
    price: Ints
    discount: Ints
    tax: Floats
    returned: Ints
    returned_at: Ints
    reason: Ints
    not_positive: Bools
    outlier: Bools

    @property
    def n(self) -> int:
        """How many items."""
        return len(self.order)

    def values(self) -> Ints:
        """What each item is worth after its discount, in cents, rounded half up."""
        value = (self.quantity * self.price * (100 - self.discount) + 50) // 100
        return np.where(self.not_positive, 0, value)

    def keep(self, which: Bools) -> Items:
        """Some of the items."""
        return Items(**{name: values[which] for name, values in vars(self).items()})


def draw_items(rng: Rng, world: World, month: int, country: Ints, day: Ints, large: Ints) -> Items:
    """Fill the orders; the large ones with many pieces of one thing."""
    n = len(country)
    products = world.products
    size = 1 + rng.choice(6, size=n, p=[0.47, 0.27, 0.14, 0.07, 0.03, 0.02])
    size[large] = 1
    order = np.repeat(np.arange(n), size)
    weights = products.weights(month)
    for rank, when in world.anomalies.surges:
        if when == month and rank < len(products.ranked):
            weights[products.ranked[rank]] *= 2.2
    product = pick_weighted(rng, weights, len(order))
    # Some things are bought together.
    second = np.flatnonzero(np.diff(order, prepend=-1) == 0)
    with_first = second[rng.random(len(second)) < 0.22]
    companion = products.companion[product[with_first - 1]]
    product[with_first] = np.where(weights[companion] > 0, companion, product[with_first])
    _, kept = np.unique(order * products.n + product, return_index=True)
    kept = np.sort(kept)
    order, product = order[kept], product[kept]
    list_price = products.price[product]
    many = np.where(list_price > 12_000, 1, np.where(list_price > 4_000, 2, 4))
    quantity = 1 + np.minimum(rng.geometric(0.78, len(order)) - 1, many - 1)
    is_large = np.isin(order, large)
    if is_large.any():
        fit = np.flatnonzero((products.price > 3_000) & (products.price < 9_000) & (weights > 0))
        fit = fit if len(fit) else np.flatnonzero(weights > 0)
        product[is_large] = rng.choice(fit, size=int(is_large.sum()))
        worth = rng.uniform(6_500, 12_000, int(is_large.sum())) * 100
        quantity[is_large] = np.ceil(worth / products.price[product[is_large]])
    currency = np.array([_PRICE_LEVEL[c] for c in CURRENCIES])[country[order]]
    older = np.where(day[order] < FIRST + 242, 0.96, 1.0)
    price = np.round(products.price[product] * currency * older / 10).astype(np.int64) * 10 - 1
    busy = month in (0, 12)
    chances = [0.68, 0.08, 0.12, 0.08, 0.04] if busy else [0.82, 0.07, 0.06, 0.03, 0.02]
    discount = np.array([0, 5, 10, 20, 30])[rng.choice(5, size=len(order), p=chances)]
    discount[is_large] = 0
    none = np.zeros(len(order), dtype=np.int64)
    return Items(
        order=order,
        product=product,
        quantity=quantity.astype(np.int64),
        price=price.clip(min=99),
        discount=discount,
        tax=_TAX[country[order]],
        returned=none.copy(),
        returned_at=none - 1,
        reason=none - 1,
        not_positive=none.astype(bool),
        outlier=none.astype(bool),
    )


def return_items(
    rng: Rng,
    world: World,
    month: int,
    items: Items,
    ordered: Ints,
    delivered: Ints,
    cancelled: Bools,
) -> None:
    """Send some items back; nearly all of a product with a planted surge."""
    n = items.n
    chance = world.products.return_rates()[items.product]
    wait = rng.integers(3 * DAY_SECONDS, 19 * DAY_SECONDS, n)
    category = world.products.category[items.product]
    fashion = np.array([c.department == "Fashion" for c in CATEGORIES])[category]
    reason = np.where(
        fashion & (rng.random(n) < 0.6), rng.integers(0, 2, n), rng.integers(2, len(REASONS), n)
    )
    chance = np.where(items.quantity > 20, 0.0, chance)
    for rank, when in world.anomalies.surges:
        if when == month and rank < len(world.products.ranked):
            # The bad batch is sold out on the 20th, and what comes back does so within the month.
            day = ordered[items.order] // DAY_SECONDS - MONTH_STARTS[month]
            bad = (items.product == world.products.ranked[rank]) & (day < 20)
            chance = np.where(bad, 0.92, chance)
            wait = np.where(bad, rng.integers(DAY_SECONDS, 5 * DAY_SECONDS, n), wait)
            reason = np.where(bad, REASONS.index("defective"), reason)
    at = delivered[items.order] + wait
    back = (rng.random(n) < chance) & (delivered[items.order] >= 0) & (at <= END)
    back &= ~cancelled[items.order]
    some = np.minimum(items.quantity, rng.integers(1, 5, n))
    items.returned[back] = np.where(rng.random(n) < 0.85, items.quantity, some)[back]
    items.returned_at[back] = at[back]
    items.reason[back] = reason[back]


def spoil_quantities(rng: Rng, world: World, month: int, items: Items, large: Ints) -> None:
    """Choose items whose quantity will be zero or less; their order keeps another item."""
    fit = np.diff(items.order, prepend=-1) == 0
    fit &= (items.returned == 0) & ~np.isin(items.order, large)
    due = world.due("order_items", "quantity_not_positive", month)
    chosen = Picker(rng, items.n).take(due, fit)
    world.planted("order_items", "quantity_not_positive", len(chosen))
    items.not_positive[chosen] = True
    items.quantity[chosen] = rng.choice([0, 0, -1, -2], size=len(chosen))


def spoil_prices(rng: Rng, world: World, month: int, items: Items, picker: Picker) -> Ints:
    """Choose items whose price will lose its decimal point; their orders have no total."""
    fit = world.products.has_price[items.product] & picker.free[items.order]
    fit &= ~items.not_positive
    due = world.due("order_items", "unit_price_outlier", month)
    chosen = Picker(rng, items.n).take(due, fit)
    _, once = np.unique(items.order[chosen], return_index=True)
    chosen = chosen[once]
    world.planted("order_items", "unit_price_outlier", len(chosen))
    items.outlier[chosen] = True
    orders = items.order[chosen]
    picker.free[orders] = False
    return orders
