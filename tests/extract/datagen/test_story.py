"""The data tell one story: what one source says, the others agree with."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from datagen_files import Data, read
from test_answer_key import (
    END,
    email,
    item_sums,
    kept_orders,
    moment,
    ordered_at,
    orders_by_id,
)

from extract.datagen import generate
from extract.datagen.texts import phrases


def test_customer_addresses_are_unique_but_for_people_in_both_systems(sample: Data) -> None:
    bad = {
        (d["file"], int(d["line"]))
        for d in sample.defects
        if d["rule"] in ("customer_merged", "customer_duplicate", "email_invalid")
    }
    rows = [*sample.rows["customers_crm"], *sample.rows["customers_shop"]]
    mails = Counter(
        email(r.values.get("E-Mail") or r.values["email"]) for r in rows if r.place not in bad
    )
    assert max(mails.values()) == 1


def test_orders_follow_their_customer(sample: Data) -> None:
    since = {r.values["Kundennr"]: datetime.strptime(r.values["Kunde seit"], "%d.%m.%Y")
             for r in sample.rows["customers_crm"]}  # fmt: skip
    since |= {r.values["customer_id"]: datetime.fromisoformat(r.values["created_at"])
              for r in sample.rows["customers_shop"]}  # fmt: skip
    known = [
        (row, since[row.values["customer_id"]])
        for row in sample.good("orders")
        if row.values["customer_id"] in since and ordered_at(row)
    ]
    for row, start in known:
        # Local time may be a day ahead of UTC.
        assert ordered_at(row).date() >= start.date() - timedelta(days=1)


def test_repeat_customers_are_unevenly_busy(sample: Data) -> None:
    orders = Counter(r.values["customer_id"] for r in sample.good("orders"))
    counts = sorted(orders.values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.25 * sum(counts)
    assert sum(c > 1 for c in counts) > 0.4 * len(counts)


def test_times_of_an_order_are_in_order_and_within_the_window(sample: Data) -> None:
    wrong = sample.key("orders", "delivered_before_ordered")
    for row in sample.good("orders"):
        at = ordered_at(row)
        if at is None or row.place in wrong:
            continue
        times = [at, moment(row.values["shipped_at"]), moment(row.values["delivered_at"])]
        known = [t for t in times if t is not None]
        assert known == sorted(known)
        assert known[-1] <= END


def test_status_agrees_with_the_parcel(sample: Data) -> None:
    for row in sample.good("orders"):
        status = row.values["status"].strip().lower()
        if ordered_at(row) is None:
            continue
        if status in ("placed", "paid", "cancelled", "shipped"):
            assert not row.values["delivered_at"]
        if status in ("delivered", "returned"):
            assert row.values["delivered_at"]


def test_dead_orders_leave_no_trace(sample: Data) -> None:
    dead = set(orders_by_id(sample)) - kept_orders(sample)
    dead |= {d["key"] for d in sample.defects if d["rule"] == "wrong_width"}
    assert dead
    for entity in ("order_items", "payments", "web_events", "support_tickets"):
        assert not dead & {r.values["order_id"] for r in sample.good(entity)}


def test_captured_payments_are_what_the_order_costs(sample: Data) -> None:
    orders, sums = orders_by_id(sample), item_sums(sample)
    bad = sample.key("payments", "amount_invalid") | sample.key("payments", "order_orphan")
    unpriced = {d["key"] for d in sample.defects if d["rule"] == "total_missing"}
    captured = 0
    for row in sample.good("payments"):
        if row.values["status"] != "captured" or row.place in bad:
            continue
        order = orders[row.values["order_id"]].values
        if order["order_id"] in unpriced:
            continue
        due = float(sums[order["order_id"]]) + float(order["shipping_fee"])
        due -= float(order["discount_amount"])
        assert float(row.values["amount"]) == pytest.approx(due, abs=0.011)
        captured += 1
    assert captured > 0.85 * len(orders)


def test_returns_come_after_delivery(sample: Data) -> None:
    orders = orders_by_id(sample)
    wrong = {d["key"] for d in sample.defects if d["rule"] == "delivered_before_ordered"}
    returned = [r.values for r in sample.rows["order_items"] if r.values["returned_quantity"]]
    assert len(returned) > 0.05 * len(sample.rows["order_items"])
    for item in returned:
        assert 0 < item["returned_quantity"] <= item["quantity"]
        order = orders.get(item["order_id"])
        if order and item["order_id"] not in wrong:
            assert moment(order.values["delivered_at"]) < item["returned_at"] <= END


def test_purchases_are_real_orders_by_the_same_customer_at_the_same_time(sample: Data) -> None:
    orders = orders_by_id(sample)
    reformatted = {d["key"] for d in sample.defects if d["rule"] == "ordered_at_format"}
    bought = [r.values for r in sample.good("web_events") if r.values["event_type"] == "purchase"]
    assert len(bought) > 100
    for event in bought:
        order = orders[event["order_id"]]
        assert event["customer_id"] == order.values["customer_id"]
        assert order.values["channel"] in ("web", "app")
        if event["order_id"] not in reformatted:
            assert moment(event["occurred_at"]) == ordered_at(order)


def test_buyers_put_into_the_cart_what_they_order(sample: Data) -> None:
    items = defaultdict(set)
    for row in sample.rows["order_items"]:
        items[row.values["order_id"]].add(row.values["product_id"])
    swapped = {d["key"] for d in sample.defects if d["rule"] == "product_orphan"}
    unsure = {r.values["order_id"] for r in sample.rows["order_items"]
              if r.values["order_item_id"] in swapped}  # fmt: skip
    carts = defaultdict(set)
    for row in sample.good("web_events"):
        if row.values["event_type"] == "add_to_cart":
            carts[row.values["visitor_id"]].add(row.values["product_id"])
    for row in sample.good("web_events"):
        event = row.values
        if event["event_type"] == "purchase" and event["order_id"] not in unsure:
            assert carts[event["visitor_id"]] & items[event["order_id"]]


def test_about_one_session_in_ten_buys(sample: Data) -> None:
    robots = sample.key("web_events", "bot_traffic")
    visits: dict[str, list[datetime]] = defaultdict(list)
    for row in sample.good("web_events"):
        at = moment(row.values["occurred_at"])
        if at and at <= END and row.place not in robots:
            visits[row.values["visitor_id"]].append(at)
    sessions = 0
    for times in visits.values():
        times.sort()
        sessions += 1 + sum(b - a > timedelta(minutes=30) for a, b in pairwise(times))
    purchases = {r.values["order_id"] for r in sample.good("web_events")} - {None}
    assert 0.07 < len(purchases) / sessions < 0.13


def test_complaints_about_late_parcels_are_about_late_parcels(sample: Data) -> None:
    orders = orders_by_id(sample)
    wrong = {d["key"] for d in sample.defects if d["rule"] == "delivered_before_ordered"}
    subjects = set()
    for language in ("de", "fr", "en", "es"):
        for phrase in phrases(language)["subject.late_delivery"]:
            subjects.add(re.sub(r"\\\{\w+\\\}", ".+", re.escape(phrase)))
    late = re.compile("|".join(subjects))
    seen = 0
    for row in sample.rows["support_tickets"]:
        order = orders.get(row.values["order_id"] or "")
        if order is None or not late.fullmatch(row.values["subject"]):
            continue
        if order.values["order_id"] in wrong:
            continue
        seen += 1
        took = moment(order.values["delivered_at"]) - ordered_at(order)
        assert took > timedelta(days=8)
    assert seen > 50


def test_messages_of_a_thread_follow_each_other(sample: Data) -> None:
    for row in sample.rows["support_tickets"]:
        messages = row.values["messages"] or []
        times = [moment(m["at"]) for m in messages]
        assert times == sorted(times)
        assert {m["author"] for m in messages} <= {"customer", "agent"}
        if messages:
            assert messages[0]["author"] == "customer"
            assert all(m["text"].strip() and "{" not in m["text"] for m in messages)


def test_reviews_are_of_the_customers_language_and_their_words_agree_with_the_rating(
    sample: Data,
) -> None:
    odd = {d["key"] for d in sample.defects if d["rule"] == "rating_out_of_range"}
    languages = Counter()
    for row in sample.good("reviews"):
        values = row.values
        languages[values["language"]] += 1
        if values["review_id"] in odd:
            continue
        mood = {1: "neg", 2: "neg", 3: "mid"}.get(int(values["rating"]), "pos")
        assert values["title"] in phrases(values["language"])[f"title.{mood}"]
    assert set(languages) == {"de", "fr", "en", "es"}


def test_the_four_languages_say_the_same_things() -> None:
    german = phrases("de")
    for language in ("fr", "en", "es"):
        other = phrases(language)
        assert set(other) == set(german)
        assert all(other.values())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Data:
    folder: Path = tmp_path_factory.mktemp("story") / "out"
    generate(folder, 1, 11)
    return read(folder)


def anomalies(data: Data, kind: str) -> set[tuple[str, str]]:
    return {(a["subject"], a["period_start"]) for a in data.anomalies if a["kind"] == kind}


def test_planted_days_of_revenue_stand_out_and_no_other_does(whole: Data) -> None:
    sums, orders = item_sums(whole), orders_by_id(whole)
    unpriced = {d["key"] for d in whole.defects if d["rule"] == "total_missing"}
    revenue: dict[tuple[str, str], float] = defaultdict(float)
    for name in kept_orders(whole) - unpriced:
        order = orders[name]
        if order.values["status"].strip().lower() != "cancelled":
            day = ordered_at(order).date().isoformat()
            revenue[order.values["country"], day] += float(sums[name])
    first = datetime(2024, 11, 1)
    days = [(first + timedelta(days=i)).date().isoformat() for i in range(730)]
    spikes, dips = set(), set()
    for country in ("DE", "FR", "GB"):
        for i, day in enumerate(days):
            near = [revenue[country, days[j]] for j in range(max(0, i - 35), min(730, i + 36), 7)]
            share = revenue[country, day] / max(1.0, median(near))
            spikes |= {(country, day)} if share > 10 else set()
            dips |= {(country, day)} if share < 0.02 and country == "DE" else set()
    assert spikes == anomalies(whole, "revenue_spike")
    assert dips == anomalies(whole, "revenue_dip")


def test_planted_large_orders_are_far_above_all_others(whole: Data) -> None:
    large = {name for name, _ in anomalies(whole, "order_value_outlier")}
    unpriced = {d["key"] for d in whole.defects if d["rule"] == "total_missing"}
    sums = item_sums(whole)
    kept = kept_orders(whole) - unpriced
    assert min(sums[o] for o in large) > 3 * max(sums[o] for o in kept - large)


def test_planted_returns_and_weeks_of_complaints_stand_out(whole: Data) -> None:
    back: Counter[tuple[str, str]] = Counter()
    for row in whole.rows["order_items"]:
        if row.values["return_reason"] == "defective":
            month = row.values["returned_at"].strftime("%Y-%m-01")
            back[row.values["product_id"], month] += row.values["returned_quantity"]
    planted = anomalies(whole, "return_surge")
    assert {place for place, _ in back.most_common(len(planted))} == planted
    weeks: Counter[str] = Counter()
    for row in whole.rows["support_tickets"]:
        at = moment(row.values["opened_at"])
        if at:
            weeks[(at.date() - timedelta(days=at.weekday())).isoformat()] += 1
    surges = {start for _, start in anomalies(whole, "ticket_surge")}
    assert {week for week, _ in weeks.most_common(len(surges))} == surges


def test_on_days_of_a_planted_drop_many_come_and_nobody_buys(whole: Data) -> None:
    visitors: dict[str, set[str]] = defaultdict(set)
    bought: Counter[str] = Counter()
    for row in whole.good("web_events"):
        at = moment(row.values["occurred_at"])
        if at and at <= END:
            visitors[at.date().isoformat()].add(row.values["visitor_id"])
            bought[at.date().isoformat()] += row.values["event_type"] == "purchase"
    drops = {day for _, day in anomalies(whole, "conversion_drop")}
    assert {d for d in visitors if bought[d] == 0 and len(visitors[d]) > 60} == drops
