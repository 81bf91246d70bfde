"""What all months share: customers, catalogue, rates, order counts, and what is owed to the key."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from extract.datagen.customers import Customers, build_customers
from extract.datagen.fx import Rates, build_rates
from extract.datagen.output import AnswerKey, Batch, Output
from extract.datagen.plan import (
    CURRENCIES,
    RATES,
    ZONES,
    Anomalies,
    Quota,
    Sizes,
    order_counts,
    plan_anomalies,
    planned,
)
from extract.datagen.products import Products, build_products
from extract.datagen.timeline import (
    FIRST,
    MONTH_STARTS,
    MONTHS,
    Floats,
    Ints,
    day_weights,
    offset_table,
)

# The resent and the late rows need a later file to stand in.
_NEEDS_LATER_FILE = {"order_duplicate": 1, "late_arriving": 2}


@dataclass
class World:
    """Drawn once from the seed; the months read it and only add to `carried` and `quotas`."""

    sizes: Sizes
    customers: Customers
    products: Products
    missing_price: list[int]
    rates: Rates
    fx: dict[str, Floats]
    anomalies: Anomalies
    counts: Ints
    offsets: Ints
    quotas: dict[tuple[str, str], Quota]
    carried: dict[tuple[str, int], Batch] = field(default_factory=lambda: defaultdict(Batch))

    def due(self, entity: str, rule: str, month: int) -> int:
        """How many defects of this rule are to be planted in this month."""
        return self.quotas[entity, rule].due(month)

    def planted(self, entity: str, rule: str, n: int) -> None:
        """State that `n` were planted."""
        self.quotas[entity, rule].planted(n)

    def month_share(self) -> Floats:
        """Share of all orders that falls into each month."""
        per_day = self.counts.sum(axis=0)
        edges = [s - FIRST for s in MONTH_STARTS[:-1]]
        share: Floats = np.add.reduceat(per_day, edges) / per_day.sum()
        return share


@dataclass
class Sheet:
    """Where things are written: the folder, the key, and the rows of each finished file."""

    output: Output
    key: AnswerKey
    rows: dict[str, int] = field(default_factory=dict)


def build_world(seeds: np.random.SeedSequence, scale: float) -> World:
    """Draw what all months share."""
    streams = [np.random.default_rng(s) for s in seeds.spawn(6)]
    sizes = Sizes.of(scale)
    tests = (
        planned("customers_crm", "test_account", sizes.crm, scale),
        planned("customers_shop", "test_account", sizes.shop, scale),
    )
    merged = planned("customers_crm", "customer_merged", sizes.crm, scale)
    alike = planned("customers_crm", "customer_merged_fuzzy", sizes.crm, scale)
    customers = build_customers(streams[0], sizes, merged, tests, streams[5], alike)
    products, missing_price = build_products(streams[1], sizes)
    rates = build_rates(streams[2])
    anomalies = plan_anomalies(streams[3])
    world = World(
        sizes=sizes,
        customers=customers,
        products=products,
        missing_price=missing_price,
        rates=rates,
        fx=rates.by_day(),
        anomalies=anomalies,
        counts=order_counts(streams[4], sizes.orders, anomalies),
        offsets=offset_table(ZONES),
        quotas={},
    )
    world.quotas.update(_quotas(world))
    return world


def _quotas(world: World) -> dict[tuple[str, str], Quota]:
    by_orders = world.month_share()
    edges = [s - FIRST for s in MONTH_STARTS[:-1]]
    by_days = np.add.reduceat(day_weights(), edges)
    sizes = world.sizes
    # Complaints and reviews follow the orders by some weeks.
    followed = np.convolve(by_orders, [0.5, 0.5])[: len(MONTHS)]
    followed[0] = 0.0
    rows_and_weights = {
        "orders": (sizes.orders, by_orders),
        "order_items": (int(sizes.orders * 1.9), by_orders),
        "payments": (int(sizes.orders * 1.08), by_orders),
        "web_events": (int(sizes.sessions * 4.6), by_days),
        "support_tickets": (sizes.tickets, followed),
        "reviews": (sizes.reviews, followed),
    }
    result = {}
    for entity, (rows, weights) in rows_and_weights.items():
        for rule in RATES[entity]:
            fit = weights.copy()
            if entity == "orders" and rule in _NEEDS_LATER_FILE:
                fit[-_NEEDS_LATER_FILE[rule] :] = 0.0
            result[entity, rule] = Quota(planned(entity, rule, rows, sizes.scale), fit)
    return result


def currency_of(country: Ints) -> list[str]:
    """The currency that each country pays in."""
    return [CURRENCIES[c] for c in country.tolist()]
