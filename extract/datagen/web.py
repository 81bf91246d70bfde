"""Visits to the shop: sessions with funnels whose purchases are real orders.

The events are a sample of all visitors (those who agreed to be counted), so that most orders have
no session. Not for the file: `web_files.py` writes it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extract.datagen.orders import Orders
from extract.datagen.plan import SHARES, ZONES
from extract.datagen.timeline import (
    DAY_SECONDS,
    END,
    FIRST,
    MONTH_STARTS,
    Bools,
    Floats,
    Ints,
    Rng,
    day_weights,
    pick_weighted,
    time_of_day,
)
from extract.datagen.world import World

EVENTS = ("page_view", "search", "product_view", "add_to_cart", "checkout", "purchase")
PAGE, SEARCH, VIEW, CART, CHECKOUT, PURCHASE = range(6)
CONVERSION = 0.10
_DROP_TRAFFIC = 4.0

_BROWSING: tuple[tuple[float, tuple[int, ...]], ...] = (
    (0.12, (PAGE,)),
    (0.06, (VIEW,)),
    (0.09, (PAGE, VIEW)),
    (0.04, (PAGE, PAGE)),
    (0.11, (PAGE, SEARCH, VIEW)),
    (0.10, (PAGE, VIEW, VIEW)),
    (0.10, (PAGE, SEARCH, VIEW, VIEW, PAGE)),
    (0.09, (PAGE, VIEW, VIEW, VIEW, SEARCH, VIEW)),
    (0.08, (SEARCH, VIEW, VIEW, PAGE, SEARCH, VIEW, VIEW, PAGE, VIEW)),
    (0.07, (PAGE, VIEW, CART)),
    (0.06, (PAGE, SEARCH, VIEW, VIEW, CART, PAGE)),
    (0.04, (VIEW, CART, CHECKOUT)),
    (0.04, (PAGE, SEARCH, VIEW, CART, CHECKOUT, PAGE)),
)
_BUYING: tuple[tuple[float, tuple[int, ...]], ...] = (
    (0.15, (VIEW, CART, CHECKOUT, PURCHASE)),
    (0.25, (PAGE, VIEW, VIEW, CART, CHECKOUT, PURCHASE)),
    (0.25, (PAGE, SEARCH, VIEW, VIEW, CART, CHECKOUT, PURCHASE)),
    (0.20, (PAGE, VIEW, VIEW, SEARCH, VIEW, VIEW, CART, PAGE, CHECKOUT, PURCHASE)),
    (0.15, (PAGE, SEARCH, VIEW, VIEW, CART, VIEW, CART, CHECKOUT, CHECKOUT, PURCHASE)),
)
_TEMPLATES = [t for _, t in (*_BROWSING, *_BUYING)]
_LENGTHS = np.array([len(t) for t in _TEMPLATES])
_STEPS = np.array([e for t in _TEMPLATES for e in t])
_STARTS = np.concatenate(([0], np.cumsum(_LENGTHS)[:-1]))


@dataclass(frozen=True)
class Events:
    """One month of events, session by session."""

    session: Ints
    kind: Ints
    at: Ints
    product: Ints
    order: Ints
    """Position of the order in the month for a purchase, else -1."""
    length: Ints
    """Events in the session that the event belongs to."""
    visitor: list[str]
    customer: Ints
    country: Ints
    """Visitor, customer (-1 if not signed in) and country of each session."""

    @property
    def n(self) -> int:
        """How many events."""
        return len(self.kind)


def session_counts(world: World) -> Ints:
    """Sessions by day of the window, more on the days on which nobody buys."""
    weights = day_weights()
    weights[world.anomalies.drops] *= _DROP_TRAFFIC
    edges = np.floor(np.cumsum(weights / weights.sum() * world.sizes.sessions) + 1e-6)
    return np.diff(np.concatenate(([0.0], edges))).astype(np.int64)


def draw_events(rng: Rng, world: World, orders: Orders, per_day: Ints) -> Events:
    """Draw one month of sessions and spread them into events."""
    start = MONTH_STARTS[orders.month]
    counts = per_day[start - FIRST : MONTH_STARTS[orders.month + 1] - FIRST]
    bought = _tracked(rng, world, orders, int(counts.sum()))
    n_bought, n = len(bought), int(counts.sum())
    country, started = _arrivals(rng, start, counts, n - n_bought)
    drops = FIRST + np.array(world.anomalies.drops)
    template = _templates(rng, np.isin(started // DAY_SECONDS, drops))
    buying = len(_BROWSING) + pick_weighted(rng, [w for w, _ in _BUYING], n_bought)
    template = np.concatenate([template, buying])
    country = np.concatenate([country, orders.country[bought]])
    length = _LENGTHS[template]
    session = np.repeat(np.arange(n), length)
    first = np.concatenate(([0], np.cumsum(length)[:-1]))
    step = np.arange(len(session)) - first[session]
    kind = _STEPS[_STARTS[template[session]] + step]
    gap = np.where(
        step == 0, 0, 4 + rng.gamma(1.1, 50, len(session)).astype(np.int64).clip(max=480)
    )
    passed = np.cumsum(gap)
    passed -= passed[first][session]
    # A purchase happens when its order does; what led to it lies before.
    whole = passed[first + length - 1]
    begun = np.concatenate([started, orders.ordered[bought]])
    begun[n - n_bought :] -= whole[n - n_bought :]
    at = begun[session] + passed
    customer, visitor = _visitors(rng, world, orders, bought, n - n_bought)
    order = np.where(
        kind == PURCHASE, np.concatenate([np.full(n - n_bought, -1), bought])[session], -1
    )
    over = np.zeros(n, dtype=bool)
    over[session[at > END]] = True
    at = np.where(over[session] & (order[first + length - 1][session] < 0), at - 6 * 3600, at)
    product = pick_weighted(rng, world.products.weights(orders.month), len(kind))
    product = _bought_products(orders, bought, product, session - (n - n_bought), kind)
    return Events(
        session=session,
        kind=kind,
        at=at,
        product=np.where((kind == VIEW) | (kind == CART), product, -1),
        order=order,
        length=length[session],
        visitor=visitor,
        customer=customer,
        country=country,
    )


def _tracked(rng: Rng, world: World, orders: Orders, sessions: int) -> Ints:
    """The orders whose purchase is seen: from the web or the app, none on a planted drop."""
    drops = FIRST + np.array(world.anomalies.drops)
    fit = (orders.channel <= 1) & ~orders.quiet
    fit &= ~np.isin(orders.ordered // DAY_SECONDS, drops)
    fit &= ~np.isin((orders.ordered - 5400) // DAY_SECONDS, drops)
    candidates = np.flatnonzero(fit)
    n = min(len(candidates), round(CONVERSION * sessions))
    return np.sort(rng.choice(candidates, size=n, replace=False))


def _arrivals(rng: Rng, start: int, counts: Ints, n: int) -> tuple[Ints, Ints]:
    """Country and first instant of the sessions without a purchase."""
    day = start + np.repeat(np.arange(len(counts)), counts)
    day = np.sort(rng.choice(day, size=n, replace=False))
    country = pick_weighted(rng, SHARES, n)
    offset = np.array([z[0] for z in ZONES])[country]
    # Shifted within its own day, so that each day keeps its count.
    second = (time_of_day(rng, n) - offset * 3600) % DAY_SECONDS
    return country, day * DAY_SECONDS + second


def _templates(rng: Rng, on_drop: Bools) -> Ints:
    weights: Floats = np.array([w for w, _ in _BROWSING])
    stuck = weights * np.array([3.0 if CHECKOUT in t else 1.0 for _, t in _BROWSING])
    usual = pick_weighted(rng, weights, len(on_drop))
    return np.where(on_drop, pick_weighted(rng, stuck, len(on_drop)), usual)


def _visitors(
    rng: Rng, world: World, orders: Orders, bought: Ints, n: int
) -> tuple[Ints, list[str]]:
    """Customer (-1 if not signed in) and cookie of each session, those that buy last."""
    known = orders.customer[~orders.quiet]
    customer = np.where(rng.random(n) < 0.12, rng.choice(known, size=n), -1)
    cookie = rng.integers(0, 2**47, n)
    returns = rng.random(n) < 0.15
    cookie[returns] = rng.choice(cookie, size=int(returns.sum()))
    names = [f"v{c + 2**47:012x}" for c in cookie.tolist()]
    signed_in = np.flatnonzero(customer >= 0)
    for i, name in zip(
        signed_in.tolist(), world.customers.visitors(customer[signed_in]), strict=True
    ):
        names[i] = name
    buyers = orders.customer[bought]
    return np.concatenate([customer, buyers]), names + world.customers.visitors(buyers)


def _bought_products(orders: Orders, bought: Ints, product: Ints, buyer: Ints, kind: Ints) -> Ints:
    """What buyers put into the cart is the first thing that they order."""
    if not len(bought):
        return product
    first = np.searchsorted(orders.items.order, bought)
    wanted = orders.items.product[first]
    carts = (buyer >= 0) & (kind == CART)
    looks = np.concatenate([carts[1:], [False]]) & (buyer >= 0) & (kind == VIEW)
    chosen = carts | looks
    product[chosen] = wanted[buyer[chosen]]
    return product
