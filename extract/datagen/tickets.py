"""Support tickets as threads of messages, in support_tickets/YYYY.jsonl.

Complaints about late parcels are about orders that really were late; in the weeks of a planted
strike they pour in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from extract.datagen.orders import Orders
from extract.datagen.output import Mark, TextFile, write_batch
from extract.datagen.plan import COUNTRIES, Picker
from extract.datagen.texts import TOPICS, Facts, Writer, carrier_of, written_date
from extract.datagen.timeline import (
    DAY_SECONDS,
    END,
    FIRST,
    MONTHS,
    Bools,
    Ints,
    Rng,
    iso_utc,
    month_of,
    pick_weighted,
    to_datetime,
)
from extract.datagen.world import Sheet, World

ENTITY = "support_tickets"
_OTHER_TOPICS = np.array([0, 0.17, 0.09, 0.17, 0.19, 0.10, 0.17, 0.11])
_CHANNELS = ("email", "chat", "phone", "web_form")
_BAD_TIMES = ("unknown", "2025-02-31T09:00:00Z", "n/a", "yesterday", "0000-00-00T00:00:00Z", "--")


@dataclass(frozen=True)
class _Tickets:
    order: Ints
    topic: Ints
    opened: Ints


class TicketFiles:
    """The year's file that is being written. Months must come in their order."""

    def __init__(self, world: World, sheet: Sheet) -> None:
        self._world = world
        self._sheet = sheet
        self._file: TextFile | None = None
        self._next_id = 1

    def write(self, rng: Rng, orders: Orders) -> None:
        """Draw the tickets about one month's orders; append those opened by its end."""
        tickets = _draw(rng, self._world, orders)
        self._compose(rng, orders, tickets)
        month = orders.month
        name = f"support_tickets/{MONTHS[month][0]}.jsonl"
        if self._file is None or self._file.name != name:
            self.close()
            self._file = TextFile(self._sheet.output, name)
        ready = self._world.carried.pop((ENTITY, month), None)
        if ready is not None:
            write_batch(self._file, ENTITY, ready, self._sheet.key)

    def close(self) -> None:
        """Finish the file, if one is open."""
        if self._file is not None:
            self._file.close()
            self._sheet.rows[self._file.name] = self._file.rows
            self._file = None

    def _compose(self, rng: Rng, orders: Orders, tickets: _Tickets) -> None:
        world = self._world
        writer = Writer(rng)
        n = len(tickets.order)
        customers = orders.customer[tickets.order]
        ids = world.customers.ids(customers)
        picker = Picker(rng, n)
        rule_of: dict[int, str] = {}
        for rule in ("opened_at_invalid", "closed_before_opened", "no_message", "customer_orphan"):
            rule_of.update(dict.fromkeys(self._take(picker, rule, orders.month), rule))
        twice = set(self._take(picker, "ticket_duplicate", orders.month))
        months = month_of(tickets.opened).tolist()
        # A product of each order, to speak of.
        item = np.searchsorted(orders.items.order, tickets.order)
        product = orders.items.product[item.clip(max=orders.items.n - 1)].tolist()
        languages = world.customers.language[customers].tolist()
        names = world.customers.first_names(customers)
        for i in range(n):
            order = int(tickets.order[i])
            opened = int(tickets.opened[i])
            day = to_datetime(int(orders.ordered[order])).date()
            code = COUNTRIES[int(orders.country[order])]
            facts = Facts(
                product=world.products.names[product[i]],
                order=f"O-{orders.first_id + order:07d}",
                carrier=carrier_of(code, orders.first_id + order),
                date=written_date(day, languages[i]),
                days=str(max(2, (opened - int(orders.ordered[order])) // DAY_SECONDS)),
                name=names[i],
            )
            topic = TOPICS[int(tickets.topic[i])]
            ticket = _thread(writer, topic, opened, facts, languages[i])
            ticket = {"ticket_id": f"T-{self._next_id:06d}", "customer_id": ids[i], **ticket}
            self._next_id += 1
            marks = _spoil(rng, ticket, rule_of.get(i), opened)
            batch = world.carried[ENTITY, months[i]]
            key = float(opened)
            if i in twice:
                # First exported when it was new, and again when it had gone on.
                name = str(ticket["ticket_id"])
                early = {**ticket, "status": "open", "closed_at": None, "satisfaction": None}
                early["messages"] = list(ticket["messages"])[:1]
                mark = Mark("ticket_duplicate", "ticket_id", name, name, name)
                batch.append(_json(early), key, mark)
                key += float(rng.uniform(600, 5 * DAY_SECONDS))
            batch.append(_json(ticket), key, *marks)

    def _take(self, picker: Picker, rule: str, month: int) -> list[int]:
        chosen = picker.take_list(self._world.due(ENTITY, rule, month))
        self._world.planted(ENTITY, rule, len(chosen))
        return chosen


def _json(ticket: dict[str, Any]) -> str:
    return msgspec.json.encode(ticket).decode()


def _draw(rng: Rng, world: World, orders: Orders) -> _Tickets:
    """Which orders are spoken of, about what and when; none opened after the window."""
    late = orders.late & (orders.delivered >= 0) & ~orders.quiet
    struck = orders.struck >= 0
    about_late = np.flatnonzero(late & (rng.random(orders.n) < np.where(struck, 0.42, 0.45)))
    opened_late = _opened_late(rng, world, orders, about_late)
    share = world.month_share()[orders.month]
    n = round(world.sizes.tickets * 0.77 * share)
    # Not of orders with a planted delay: they would complain about that.
    fit = np.flatnonzero(~orders.quiet & ~orders.late)
    others = rng.choice(fit, size=min(n, len(fit)), replace=False)
    topic = pick_weighted(rng, _OTHER_TOPICS, len(others))
    arrived = np.where(orders.delivered >= 0, orders.delivered, orders.ordered)[others]
    after = np.isin(topic, [1, 2, 3, 4])
    wait = rng.integers(3600, 12 * DAY_SECONDS, len(others))
    opened = np.where(after, arrived, orders.ordered[others]) + wait
    order = np.concatenate([about_late, others])
    moment = _daytime(rng, np.concatenate([opened_late, opened]))
    topics = np.concatenate([np.zeros(len(about_late), dtype=np.int64), topic])
    kept: Bools = moment <= END - 3600
    by_time = np.argsort(moment[kept], kind="stable")
    return _Tickets(order[kept][by_time], topics[kept][by_time], moment[kept][by_time])


def _opened_late(rng: Rng, world: World, orders: Orders, which: Ints) -> Ints:
    """When people ask for a late parcel: while they wait; in a strike, all in its week."""
    ordered, delivered = orders.ordered[which], orders.delivered[which]
    patience = ordered + 7 * DAY_SECONDS
    opened = patience + (rng.random(len(which)) * (delivered + DAY_SECONDS - patience)).astype(int)
    strikes = np.array([*world.anomalies.strikes, 0])[orders.struck[which]]
    monday = (FIRST + strikes) * DAY_SECONDS
    earliest = np.maximum(monday, ordered + 3 * DAY_SECONDS)
    latest = np.minimum(monday + 7 * DAY_SECONDS, delivered + DAY_SECONDS)
    within = earliest + (rng.random(len(which)) * (latest - earliest).clip(min=1)).astype(int)
    moments: Ints = np.where(orders.struck[which] >= 0, within, opened)
    return moments


def _daytime(rng: Rng, moments: Ints) -> Ints:
    """Moved into the hours in which people write, on the same day."""
    second = 7 * 3600 + (rng.beta(2, 2, len(moments)) * 14 * 3600).astype(np.int64)
    moved: Ints = moments - moments % DAY_SECONDS + second
    return moved


def _thread(writer: Writer, topic: str, opened: int, facts: Facts, language: int) -> dict[str, Any]:
    """A ticket with its messages up to the end of the window."""
    draw = writer.chance
    waiting = int(facts.days)
    anger = 0
    if topic == "late_delivery":
        anger = 2 if draw() < 0.2 + 0.03 * waiting else 1
    elif topic in ("damaged", "wrong_item", "refund"):
        anger = (draw() < 0.45) + (draw() < 0.12)
    subject, first = writer.complaint(language, topic, facts, anger)
    messages = [(opened, "customer", first)]
    at = opened

    def add(author: str, text: str, hours: float) -> None:
        nonlocal at
        at += int(hours * 3600) + 60 + int(draw() * 240)
        messages.append((at, author, text))

    urgent = anger == 2
    add("agent", writer.answer(language, topic, facts), (6 if urgent else 20) * draw() + 0.3)
    happy = draw() < (0.35, 0.25, 0.15)[anger] + 0.35
    if anger and not happy:
        add("customer", writer.say(language, "reply.angry", facts), 30 * draw() + 0.2)
        add("agent", writer.say(language, "agent.final", facts), 20 * draw() + 0.5)
        if draw() < 0.4:
            add("customer", writer.say(language, "reply.happy", facts), 30 * draw() + 1)
            happy = True
    elif draw() < 0.2:
        add("customer", writer.say(language, "reply.waiting", facts), 24 + 40 * draw())
        add("agent", writer.say(language, "agent.final", facts), 12 * draw() + 0.5)
    elif happy and draw() < 0.5:
        add("customer", writer.say(language, "reply.happy", facts), 40 * draw() + 0.2)
    closed = at + int(draw() * 7200) + 300
    sent = [m for m in messages if m[0] <= END]
    done = closed <= END and draw() < 0.97
    low = 1 + int(draw() * 2.2)
    score = 4 + int(draw() * 2) if happy else low
    # How a ticket's order is known: most people name it.
    named = topic not in ("question", "account") or draw() < 0.3
    stamps = iso_utc(np.array([m[0] for m in sent] + [closed]))
    return {
        "order_id": facts.order if named else None,
        "channel": _CHANNELS[min(3, int(draw() * 4.6))] if draw() < 0.7 else "email",
        "priority": ("low", "normal", "high")[anger] if draw() < 0.8 else "normal",
        "status": ("closed" if draw() < 0.6 else "solved") if done else
                  ("pending" if len(sent) > 1 else "open"),
        "subject": subject,
        "opened_at": stamps[0],
        "closed_at": stamps[-1] if done else None,
        "satisfaction": score if done and draw() < 0.55 else None,
        "messages": [
            {"at": stamp, "author": author, "text": text}
            for stamp, (_, author, text) in zip(stamps, sent, strict=False)
        ],
    }  # fmt: skip


def _spoil(rng: Rng, ticket: dict[str, Any], rule: str | None, opened: int) -> list[Mark]:
    """Plant one defect in a ticket."""
    name = str(ticket["ticket_id"])
    if rule == "opened_at_invalid":
        raw = _BAD_TIMES[int(rng.integers(0, len(_BAD_TIMES)))]
        ticket["opened_at"] = raw
        return [Mark(rule, "opened_at", name, raw, "")]
    if rule == "closed_before_opened":
        early = opened - int(rng.integers(1800, 6 * DAY_SECONDS))
        ticket["closed_at"] = iso_utc(np.array([early]))[0]
        if ticket["status"] in ("open", "pending"):
            ticket["status"] = "closed"
        return [Mark(rule, "closed_at", name, str(ticket["closed_at"]), "")]
    if rule == "no_message":
        ticket["messages"] = [] if rng.random() < 0.6 else None
        return [Mark(rule, "messages", name, "[]" if ticket["messages"] == [] else "", "")]
    if rule == "customer_orphan":
        raw = f"{'KS'[int(rng.integers(0, 2))]}-9{int(rng.integers(0, 10**5)):05d}"
        ticket["customer_id"] = raw
        return [Mark(rule, "customer_id", name, raw, "")]
    return []
