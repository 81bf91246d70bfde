"""Runs the generator: the world once, then month after month, each with its own streams."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from extract.datagen.customer_files import shared_contacts, write_crm, write_shop
from extract.datagen.customers import emails
from extract.datagen.errors import BadRequest
from extract.datagen.fx import write_rates
from extract.datagen.item_files import ItemFiles
from extract.datagen.order_files import write_orders
from extract.datagen.orders import draw_orders
from extract.datagen.output import AnswerKey, Output, write_manifest
from extract.datagen.payments import write_payments
from extract.datagen.plan import COUNTRIES
from extract.datagen.products import write_products
from extract.datagen.reviews import ReviewFiles
from extract.datagen.tickets import TicketFiles
from extract.datagen.timeline import FIRST, MONTH_NAMES, MONTH_STARTS, MONTHS, from_day_number
from extract.datagen.web import session_counts
from extract.datagen.web_files import write_events
from extract.datagen.world import Sheet, World, build_world

LARGEST_SCALE = 200.0
"""Beyond it, ids would run into those of customers, products and orders that do not exist."""

Progress = Callable[[str, int, int], None]
"""Called with what was just finished, how many steps are done, and how many there are."""


@dataclass(frozen=True)
class SourceSummary:
    """One source: its folder, and what was written into it."""

    source: str
    rows: int
    files: int
    bytes: int
    defects: dict[str, int]
    """How often each rule was planted."""


@dataclass(frozen=True)
class Summary:
    """What a run wrote."""

    out: Path
    scale: float
    seed: int
    sources: list[SourceSummary]
    anomalies: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of all sources, the answer key not counted."""
        return sum(s.rows for s in self.sources)

    @property
    def files(self) -> int:
        """Files of all sources."""
        return sum(s.files for s in self.sources)

    @property
    def bytes(self) -> int:
        """Size of all sources' files."""
        return sum(s.bytes for s in self.sources)

    @property
    def defects(self) -> int:
        """How many defects the answer key lists."""
        return sum(sum(s.defects.values()) for s in self.sources)


def generate(
    out: Path | str,
    scale: float = 1.0,
    seed: int = 7,
    progress: Progress | None = None,
    *,
    force: bool = False,
) -> Summary:
    """Write the sample data with its answer key; the same arguments give the same bytes.

    Args:
        out: the folder to write to; made if missing. What an earlier run wrote there is replaced.
        scale: about 200,000 rows at 1, in proportion otherwise; above 0, at most `LARGEST_SCALE`.
        seed: 0 or greater.
        progress: called after each step.
        force: write even if the folder holds files that were not generated.

    Raises:
        BadRequest: scale or seed cannot be used.
        FolderNotOurs: the folder holds other files, and `force` is not set.
        FolderUnwritable: the folder cannot be made or written; nothing was replaced.
    """
    if not (math.isfinite(scale) and 0 < scale <= LARGEST_SCALE):
        raise BadRequest(
            f"the scale {scale} cannot be used",
            hint=f"choose a number above 0 and at most {LARGEST_SCALE:g}",
        )
    if seed < 0:
        raise BadRequest(f"the seed {seed} cannot be used", hint="choose 0 or a greater number")
    folder = Path(out)
    with Output(folder, force=force) as output:
        key = AnswerKey(output)
        sheet = Sheet(output, key)
        steps = len(MONTHS) + 2
        world_seeds, base_seeds, month_seeds = np.random.SeedSequence(seed).spawn(3)
        world = build_world(world_seeds, scale)
        _write_base(world, sheet, base_seeds, scale)
        if progress:
            progress("customers, products and rates", 1, steps)
        _write_months(world, sheet, month_seeds, progress, steps)
        _write_anomalies(world, key)
        key.close()
        write_manifest(output, scale, seed, sheet.rows)
        sizes = {name: output.part(name).stat().st_size for name in output.files}
        if progress:
            progress("answer key", steps, steps)
    return Summary(
        out=folder,
        scale=scale,
        seed=seed,
        sources=_summarise(sheet, sizes),
        anomalies=dict(key.anomalies),
    )


def _write_base(world: World, sheet: Sheet, seeds: np.random.SeedSequence, scale: float) -> None:
    streams = [np.random.default_rng(s) for s in seeds.spawn(5)]
    output, key, rows = sheet.output, sheet.key, sheet.rows
    mails = emails(world.customers)
    shared = shared_contacts(streams[4], world.customers)
    rows.update(write_crm(streams[0], output, key, world.customers, mails, shared, scale))
    rows.update(write_shop(streams[1], output, key, world.customers, mails, shared, scale))
    rows.update(write_products(streams[2], output, key, world.products, world.missing_price, scale))
    rows.update(write_rates(streams[3], output, key, world.rates))


def _write_months(
    world: World,
    sheet: Sheet,
    seeds: np.random.SeedSequence,
    progress: Progress | None,
    steps: int,
) -> None:
    items, tickets, reviews = (
        ItemFiles(world, sheet),
        TicketFiles(world, sheet),
        ReviewFiles(world, sheet),
    )
    per_day = session_counts(world)
    next_order = next_payment = next_event = 1
    large: list[str] = []
    for month, month_seeds in enumerate(seeds.spawn(len(MONTHS))):
        streams = [np.random.default_rng(s) for s in month_seeds.spawn(7)]
        orders = draw_orders(streams[0], world, month, next_order)
        next_order += orders.n
        write_orders(streams[1], world, sheet, orders)
        items.write(streams[2], orders)
        next_payment = write_payments(streams[3], world, sheet, orders, next_payment)
        next_event = write_events(streams[4], world, sheet, orders, per_day, next_event)
        tickets.write(streams[5], orders)
        reviews.write(streams[6], orders)
        for i, name in zip(orders.large.tolist(), orders.ids(orders.large), strict=True):
            day = from_day_number(int(orders.ordered[i]) // 86_400).isoformat()
            place = COUNTRIES[int(orders.country[i])]
            large.append(name)
            worth = f"{int(orders.total[i]) / 100:.2f}"
            detail = f"a single order worth {worth} in the currency of {place}"
            sheet.key.anomaly("order_value_outlier", name, day, day, "up", detail)
        if progress:
            progress(MONTH_NAMES[month], month + 2, steps)
    for files in (items, tickets, reviews):
        files.close()


def _write_anomalies(world: World, key: AnswerKey) -> None:
    plan = world.anomalies

    def day(index: int) -> str:
        return from_day_number(FIRST + index).isoformat()

    for country, index in plan.spikes:
        detail = "about seven times the usual orders, some of them very large"
        key.anomaly("revenue_spike", COUNTRIES[country], day(index), day(index), "up", detail)
    for country, index in plan.dips:
        key.anomaly("revenue_dip", COUNTRIES[country], day(index), day(index), "down", "no orders")
    for rank, month in plan.surges:
        if rank < len(world.products.ranked):
            name = world.products.ids(world.products.ranked[rank : rank + 1])[0]
            start = from_day_number(MONTH_STARTS[month]).isoformat()
            end = from_day_number(MONTH_STARTS[month + 1] - 1).isoformat()
            detail = "most of what was ordered up to the 20th came back as defective"
            key.anomaly("return_surge", name, start, end, "up", detail)
    for index in plan.drops:
        detail = "four times the usual visits and no purchase"
        key.anomaly("conversion_drop", "all", day(index), day(index), "down", detail)
    for index in plan.strikes:
        detail = "complaints about late parcels after a strike at the carriers"
        key.anomaly("ticket_surge", "late delivery", day(index), day(index + 6), "up", detail)


def _summarise(sheet: Sheet, sizes: dict[str, int]) -> list[SourceSummary]:
    sources = []
    for source in sorted({name.split("/")[0] for name in sheet.rows}):
        names = [name for name in sheet.rows if name.startswith(source + "/")]
        sources.append(
            SourceSummary(
                source=source,
                rows=sum(sheet.rows[name] for name in names),
                files=len(names),
                bytes=sum(sizes[name] for name in names),
                defects={
                    rule: n for (entity, rule), n in sheet.key.defects.items() if entity == source
                },
            )
        )
    return sources
