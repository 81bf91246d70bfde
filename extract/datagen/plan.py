"""How much of everything: sizes, how often each defect is planted, which anomalies and when.

Not for how a defect looks: each entity's module knows that.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from extract.datagen.timeline import (
    DAYS,
    FIRST,
    MONTH_STARTS,
    Bools,
    Floats,
    Ints,
    Rng,
    day_weights,
)

COUNTRIES = ("DE", "FR", "GB", "NL", "ES", "AT", "CH", "US")
SHARES = np.array([0.30, 0.18, 0.17, 0.09, 0.08, 0.07, 0.06, 0.05])
CURRENCIES = ("EUR", "EUR", "GBP", "EUR", "EUR", "EUR", "CHF", "USD")
ZONES = [(1, "europe"), (1, "europe"), (0, "europe"), *[(1, "europe")] * 4, (-5, "america")]
LANGUAGES = ("de", "fr", "en", "es")

RATES: dict[str, dict[str, float]] = {
    "customers_crm": {
        "email_invalid": 0.008,
        "email_normalised": 0.010,
        "phone_invalid": 0.008,
        "country_normalised": 0.015,
        "country_unknown": 0.004,
        "birth_date_implausible": 0.006,
        "name_whitespace": 0.012,
        "customer_duplicate": 0.010,
        "customer_merged": 0.050,
        "customer_merged_fuzzy": 0.020,
        "test_account": 0.005,
    },
    "customers_shop": {
        "email_invalid": 0.008,
        "email_normalised": 0.012,
        "phone_invalid": 0.008,
        "country_normalised": 0.018,
        "country_unknown": 0.004,
        "birth_date_implausible": 0.005,
        "name_whitespace": 0.012,
        "customer_duplicate": 0.010,
        "test_account": 0.004,
    },
    "products": {"product_duplicate": 0.015, "price_missing": 0.015, "category_missing": 0.0175},
    "orders": {
        "order_duplicate": 0.006,
        "ordered_at_invalid": 0.002,
        "ordered_at_format": 0.010,
        "amount_format": 0.010,
        "total_missing": 0.002,
        "currency_missing": 0.006,
        "status_normalised": 0.015,
        "status_unknown": 0.003,
        "customer_orphan": 0.004,
        "delivered_before_ordered": 0.003,
        "late_arriving": 0.012,
        "total_mismatch": 0.005,
        "test_order": 0.003,
        "wrong_width": 0.001,
    },
    "order_items": {
        "item_duplicate": 0.004,
        "quantity_not_positive": 0.003,
        "order_orphan": 0.002,
        "product_orphan": 0.003,
        "unit_price_outlier": 0.001,
    },
    "payments": {
        "payment_duplicate": 0.005,
        "order_orphan": 0.003,
        "amount_invalid": 0.004,
        "currency_mismatch": 0.004,
        "bad_json": 0.001,
    },
    "web_events": {
        "event_duplicate": 0.004,
        "occurred_at_invalid": 0.002,
        "clock_skew": 0.002,
        "bot_traffic": 0.012,
        "bad_json": 0.001,
    },
    "support_tickets": {
        "ticket_duplicate": 0.008,
        "opened_at_invalid": 0.004,
        "closed_before_opened": 0.008,
        "no_message": 0.006,
        "customer_orphan": 0.006,
    },
    "reviews": {
        "review_duplicate": 0.006,
        "rating_out_of_range": 0.008,
        "html_in_text": 0.012,
        "mojibake": 0.010,
        "product_orphan": 0.004,
        "bad_encoding": 0.002,
    },
    "fx_rates": {"fx_duplicate": 0.006, "rate_invalid": 0.005},
}
"""Share of an entity's rows that carries each planted defect."""


@dataclass(frozen=True)
class Sizes:
    """Rows of each source before duplicates and other extra rows are planted."""

    crm: int
    shop: int
    products: int
    orders: int
    sessions: int
    tickets: int
    reviews: int
    scale: float

    @classmethod
    def of(cls, scale: float) -> Sizes:
        """The sizes at a scale; about 200,000 rows in all at scale 1."""

        def times(n: int, least: int) -> int:
            return max(least, round(n * scale))

        return cls(
            crm=times(1800, 60),
            shop=times(4200, 140),
            products=times(400, 40),
            orders=times(20_000, 400),
            sessions=times(25_500, 200),
            tickets=times(3000, 60),
            reviews=times(5000, 80),
            scale=scale,
        )


class Quota:
    """Spreads one rule's defects over the months so that the total is met.

    Args:
        total: how many to plant.
        weights: share of the entity's rows in each month; 0 where none may be planted.
    """

    def __init__(self, total: int, weights: Floats) -> None:
        self._due = np.round(np.cumsum(weights) / np.sum(weights) * total).astype(int)
        self._planted = 0

    def due(self, month: int) -> int:
        """How many are owed by the end of this month."""
        return max(0, int(self._due[month]) - self._planted)

    def planted(self, n: int) -> None:
        """State that `n` were planted (fewer than due where too few rows were fit for it)."""
        self._planted += n


def planned(entity: str, rule: str, rows: int, scale: float) -> int:
    """How often a rule is planted among that many rows: at least 5 times from scale 1 on."""
    least = 5 if scale >= 1 else 2
    return max(least, round(RATES[entity][rule] * rows))


class Picker:
    """Chooses rows for defects, each row for at most one."""

    def __init__(self, rng: Rng, n: int) -> None:
        self._rng = rng
        self.free: Bools = np.ones(n, dtype=bool)

    def take(self, n: int, fit: Bools | None = None) -> Ints:
        """Up to `n` rows that are fit and still free, in row order; they are free no more."""
        if n <= 0:
            return np.empty(0, dtype=np.int64)
        candidates = np.flatnonzero(self.free if fit is None else self.free & fit)
        chosen = candidates
        if len(candidates) > n:
            chosen = np.sort(self._rng.choice(candidates, size=n, replace=False))
        self.free[chosen] = False
        return chosen.astype(np.int64)

    def take_list(self, n: int, fit: Bools | None = None) -> list[int]:
        """The same as plain numbers."""
        return [int(i) for i in self.take(n, fit)]


@dataclass(frozen=True)
class Anomalies:
    """What is unusual on purpose. Days are indices from the first day of the window."""

    spikes: list[tuple[int, int]] = field(default_factory=list)
    """(country, day): several times the usual orders, and some very large ones."""
    dips: list[tuple[int, int]] = field(default_factory=list)
    """(country, day): no order at all."""
    surges: list[tuple[int, int]] = field(default_factory=list)
    """(rank of the product by sales, month): most of what is sold comes back."""
    drops: list[int] = field(default_factory=list)
    """Days on which many come and nobody buys."""
    strikes: list[int] = field(default_factory=list)
    """First days (Mondays) of weeks in which complaints about late parcels pour in."""


def _days_of(month: int) -> range:
    return range(MONTH_STARTS[month] - FIRST, MONTH_STARTS[month + 1] - FIRST)


def plan_anomalies(rng: Rng) -> Anomalies:
    """Choose the anomalies, far enough from each other and from the yearly feasts."""
    # Months by index: 0 is November 2024, 12 November 2025, 23 October 2026.
    spikes = [
        (country, int(rng.choice(list(_days_of(month))[6:24])))
        for country, month in ((0, 3), (1, 6), (2, 9), (0, 16), (1, 20), (2, 22))
    ]
    dips = [
        (0, int(rng.choice(list(_days_of(month))[lo:hi])))
        for month, lo, hi in ((1, 8, 20), (12, 9, 20), (13, 8, 20))
    ]
    surge_months = sorted(rng.choice(np.arange(3, 22), size=5, replace=False).tolist())
    surges = [(int(r), int(m)) for r, m in zip(rng.permutation(12)[:5], surge_months, strict=True)]
    drops = [int(rng.choice(list(_days_of(month))[4:25])) for month in (2, 5, 8, 11, 15, 18, 21)]
    strikes = []
    for month in (4, 10, 15, 19):
        days = [d for d in _days_of(month) if (FIRST + d + 3) % 7 == 0]
        strikes.append(int(rng.choice(days[1:3])))
    return Anomalies(spikes, dips, surges, drops, strikes)


SPIKE_FACTOR = 7.0


def order_counts(rng: Rng, total: int, anomalies: Anomalies) -> Ints:
    """Orders by country and day, shape (countries, DAYS), `total` in all.

    Days differ by the calendar and a little noise, less than independent buyers would make: at
    small scales the planted anomalies would otherwise be hard to tell from chance.
    """
    expected = SHARES[:, None] * day_weights()[None, :]
    expected = expected * np.exp(rng.normal(0, 0.08, size=expected.shape))
    for country, day in anomalies.spikes:
        expected[country, day] *= SPIKE_FACTOR
    for country, day in anomalies.dips:
        expected[country, day] = 0.0
    expected *= total / expected.sum()
    # Systematic sampling along each country's days: counts stay within one of what is expected.
    edges = np.cumsum(expected.ravel()) + rng.random()
    counts = np.diff(np.floor(np.concatenate(([0.0], edges)))).astype(np.int64)
    counts[0] += total - int(counts.sum())
    grid: Ints = np.maximum(counts, 0).reshape(len(COUNTRIES), DAYS)
    return grid
