"""The answer key is exactly right: each rule, found anew from the data, gives the same rows."""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from datagen_files import Data, Row

from extract.datagen.customers import ascii_text
from extract.datagen.plan import RATES

Places = set[tuple[str, int]]
END = datetime.fromisoformat("2026-10-31T23:59:59+00:00")
CRM = {
    "customer_id": "Kundennr", "email": "E-Mail", "phone": "Telefon", "country": "Land",
    "birth_date": "Geburtsdatum",
}  # fmt: skip
COUNTRY_WORDS = {
    "DE": "de d deu germany brd deutschland",
    "AT": "at a aut austria oesterreich österreich",
    "CH": "ch che switzerland suisse schweiz",
    "FR": "fr f fra france",
    "GB": "gb gbr uk u.k. united_kingdom great_britain england",
    "NL": "nl nld netherlands nederland holland",
    "ES": "es esp spain españa",
    "US": "us usa u.s.a. united_states united_states_of_america",
}
CODE_OF = {w.replace("_", " "): code for code, text in COUNTRY_WORDS.items() for w in text.split()}
CURRENCY_OF = {"GB": "GBP", "CH": "CHF", "US": "USD"}
STATUSES = {"placed", "paid", "shipped", "delivered", "returned", "cancelled"}
EMAIL = re.compile(r"[a-z0-9._+-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}")


def moment(text: str | None) -> datetime | None:
    """An ISO instant, None for anything else."""
    try:
        parsed = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None


def ordered_at(row: Row) -> datetime | None:
    text = row.values["ordered_at"]
    if re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d", text):
        try:
            return datetime.strptime(text + " +0000", "%d/%m/%Y %H:%M %z")
        except ValueError:
            return None
    return moment(text)


def amount(text: str) -> Decimal | None:
    text = re.sub(r"^[A-Z]{3} ", "", text)
    if re.fullmatch(r"\d{1,3}(\.\d{3})*,\d\d", text):
        text = text.replace(".", "").replace(",", ".")
    text = text.replace(",", "")
    return Decimal(text) if re.fullmatch(r"\d+\.\d\d", text) else None


def email(text: str) -> str:
    return text.strip().lower().removeprefix("mailto:")


def where(rows: Iterable[Row], test: Callable[[Row], object]) -> Places:
    return {row.place for row in rows if test(row)}


def earlier(rows: Iterable[Row], name: Callable[[Row], object]) -> Places:
    """All but the last row of each name; rows come by file and line."""
    groups: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        groups[name(row)].append(row)
    return {row.place for group in groups.values() for row in group[:-1]}


def find_customers(data: Data, entity: str) -> dict[str, Places]:
    rows = data.rows[entity]
    label = CRM if entity == "customers_crm" else {k: k for k in CRM}
    names = ["Name"] if entity == "customers_crm" else ["first_name", "last_name"]
    words = {"DE": "Deutschland", "AT": "Österreich", "CH": "Schweiz"}
    usual = words if entity == "customers_crm" else {c: c for c in COUNTRY_WORDS}

    def code(row: Row) -> str | None:
        return CODE_OF.get(row.values[label["country"]].strip().lower())

    def born(row: Row) -> date | None:
        text = row.values[label["birth_date"]]
        if not text:
            return None
        if entity == "customers_crm":
            return datetime.strptime(text, "%d.%m.%Y").date()
        return date.fromisoformat(text)

    def spaced(text: str) -> bool:
        clean = ", ".join(" ".join(part.split()) for part in text.split(","))
        return text != clean

    def bad_phone(row: Row) -> bool:
        text = row.values[label["phone"]]
        digits = re.sub(r"\D", "", text)
        return bool(text) and (len(digits) < 8 or bool(re.search(r"[a-z]", text, re.IGNORECASE)))

    def mail(row: Row) -> str:
        return row.values[label["email"]]

    shop = {email(r.values["email"]) for r in data.rows["customers_shop"]}
    found = {
        "email_invalid": where(rows, lambda r: not EMAIL.fullmatch(email(mail(r)))
                               or ".." in mail(r)),
        "email_normalised": where(rows, lambda r: EMAIL.fullmatch(email(mail(r)))
                                  and mail(r) != email(mail(r))),
        "phone_invalid": where(rows, bad_phone),
        "country_unknown": where(rows, lambda r: code(r) is None),
        "country_normalised": where(
            rows, lambda r: code(r) and r.values[label["country"]] != usual[code(r)]
        ),
        "birth_date_implausible": where(
            rows, lambda r: born(r) and not date(1906, 1, 1) < born(r) < date(2026, 10, 31)
        ),
        "name_whitespace": where(rows, lambda r: any(spaced(r.values[n]) for n in names)),
        "customer_duplicate": earlier(rows, lambda r: r.values[label["customer_id"]]),
        "test_account": where(rows, lambda r: re.search(r"@example\.(com|org)$", mail(r))),
    }  # fmt: skip
    if entity == "customers_crm":
        found["customer_merged"] = where(
            rows, lambda r: EMAIL.fullmatch(email(mail(r))) and email(mail(r)) in shop
        )
        shop_people = [
            person(r.values, {name: name for name in CRM}) for r in data.rows["customers_shop"]
        ]
        found["customer_merged_fuzzy"] = where(
            rows,
            lambda r: (
                r.place not in found["customer_merged"]
                and any(look_alike(person(r.values, CRM), other) for other in shop_people)
            ),
        )
    return found


def person(values: dict[str, str], labels: dict[str, str]) -> tuple[str, str, str, str]:
    """Letters of the name, the last digits of the telephone, the birth date, the address."""
    in_crm = labels is CRM
    name = values["Name"] if in_crm else f"{values['first_name']} {values['last_name']}"
    born = values[labels["birth_date"]]
    if in_crm and born:
        born = "-".join(reversed(born.split(".")))
    street = values["Straße" if in_crm else "street"].lower()
    street = street.replace("straße", "str.").replace("strasse", "str.")
    return (
        "".join(sorted(ascii_text(name))),
        re.sub(r"\D", "", values[labels["phone"]])[-9:],
        born,
        f"{values['PLZ' if in_crm else 'postcode']} {street}",
    )


def look_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Two of telephone, birth date and address agree; so does the name but for a few letters."""
    agree = sum(bool(a) and a == b for a, b in zip(one[1:], other[1:], strict=True))
    if agree < 2 or (one[2] and other[2] and one[2] != other[2]):
        return False
    letters, others = Counter(one[0]), Counter(other[0])
    return not (others - letters) or (letters - others).total() <= 2


def find_products(data: Data) -> dict[str, Places]:
    rows = data.rows["products"]
    return {
        "product_duplicate": earlier(rows, lambda r: r.values["product_id"]),
        "price_missing": where(
            rows, lambda r: not r.values["price"] or r.values["price"]["amount"] is None
        ),
        "category_missing": where(
            rows, lambda r: not r.values["category"] or not r.values["category"]["name"]
        ),
    }


def item_sums(data: Data) -> dict[str, Decimal]:
    """What the kept items of each order are worth."""
    last = {r.values["order_item_id"]: r.values for r in data.rows["order_items"]}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for item in last.values():
        if item["quantity"] > 0:
            value = item["quantity"] * item["unit_price"] * (1 - item["discount_rate"])
            sums[item["order_id"]] += value.quantize(Decimal("0.01"), "ROUND_HALF_UP")
    return sums


def find_orders(data: Data) -> dict[str, Places]:
    rows = data.good("orders")
    sums = item_sums(data)
    customers = {r.values["Kundennr"] for r in data.rows["customers_crm"]}
    customers |= {r.values["customer_id"] for r in data.rows["customers_shop"]}

    def late(row: Row) -> bool:
        at = ordered_at(row)
        return at is not None and f"{at:%Y-%m}" < row.file[-11:-4]

    def mismatch(row: Row) -> bool:
        v = row.values
        total = amount(v["total_amount"])
        if total is None or ordered_at(row) is None:
            return False
        due = sums[v["order_id"]] + Decimal(v["shipping_fee"]) - Decimal(v["discount_amount"])
        return abs(total - due) > Decimal("0.05")

    def before(row: Row) -> bool:
        at, there = ordered_at(row), moment(row.values["delivered_at"])
        return at is not None and there is not None and there < at

    return {
        "wrong_width": where(data.rows["orders"], lambda r: r.reject == "wrong_width"),
        "order_duplicate": earlier(rows, lambda r: r.values["order_id"]),
        "ordered_at_invalid": where(rows, lambda r: ordered_at(r) is None),
        "ordered_at_format": where(
            rows, lambda r: ordered_at(r) and moment(r.values["ordered_at"]) is None
        ),
        "amount_format": where(
            rows,
            lambda r: (
                r.values["total_amount"]
                and not re.fullmatch(r"\d+\.\d\d", r.values["total_amount"])
            ),
        ),
        "total_missing": where(rows, lambda r: not r.values["total_amount"]),
        "currency_missing": where(rows, lambda r: not r.values["currency"]),
        "status_normalised": where(
            rows,
            lambda r: (
                r.values["status"].strip().lower() in STATUSES
                and r.values["status"] not in STATUSES
            ),
        ),
        "status_unknown": where(rows, lambda r: r.values["status"].strip().lower() not in STATUSES),
        "customer_orphan": where(rows, lambda r: r.values["customer_id"] not in customers),
        "delivered_before_ordered": where(rows, before),
        "late_arriving": where(rows, late),
        "total_mismatch": where(rows, mismatch),
        "test_order": where(rows, lambda r: r.values["coupon_code"] == "TEST100"),
    }


def orders_by_id(data: Data) -> dict[str, Row]:
    return {r.values["order_id"]: r for r in data.good("orders")}


def kept_orders(data: Data) -> set[str]:
    return {
        name
        for name, row in orders_by_id(data).items()
        if ordered_at(row) is not None and row.values["coupon_code"] != "TEST100"
    }


def products_by_id(data: Data) -> dict[str, dict]:
    return {r.values["product_id"]: r.values for r in data.rows["products"]}


def find_items(data: Data) -> dict[str, Places]:
    rows = data.rows["order_items"]
    orders, products = kept_orders(data), products_by_id(data)

    def outlier(row: Row) -> bool:
        product = products.get(row.values["product_id"])
        if product is None or not product["price"] or product["price"]["amount"] is None:
            return False
        return row.values["unit_price"] > 20 * product["price"]["amount"]

    return {
        "item_duplicate": earlier(rows, lambda r: r.values["order_item_id"]),
        "quantity_not_positive": where(rows, lambda r: r.values["quantity"] <= 0),
        "order_orphan": where(rows, lambda r: r.values["order_id"] not in orders),
        "product_orphan": where(rows, lambda r: r.values["product_id"] not in products),
        "unit_price_outlier": where(rows, outlier),
    }


def find_payments(data: Data) -> dict[str, Places]:
    rows = data.good("payments")
    orders, kept = orders_by_id(data), kept_orders(data)

    def other_currency(row: Row) -> bool:
        if row.values["order_id"] not in kept:
            return False
        order = orders[row.values["order_id"]].values
        currency = order["currency"] or CURRENCY_OF.get(order["country"], "EUR")
        return row.values["currency"] != currency

    return {
        "bad_json": where(data.rows["payments"], lambda r: r.reject),
        "payment_duplicate": earlier(rows, lambda r: r.values["payment_id"]),
        "order_orphan": where(rows, lambda r: r.values["order_id"] not in kept),
        "amount_invalid": where(rows, lambda r: not isinstance(r.values["amount"], Decimal)),
        "currency_mismatch": where(rows, other_currency),
        "paid_at_epoch": where(rows, lambda r: isinstance(r.values["paid_at"], int)),
    }


def find_events(data: Data) -> dict[str, Places]:
    rows = data.good("web_events")
    robot = re.compile("bot|crawler|spider", re.IGNORECASE)

    def skewed(row: Row) -> bool:
        at = moment(row.values["occurred_at"])
        return at is not None and at > END

    return {
        "bad_json": where(data.rows["web_events"], lambda r: r.reject),
        "event_duplicate": earlier(rows, lambda r: r.values["event_id"]),
        "occurred_at_invalid": where(rows, lambda r: moment(r.values["occurred_at"]) is None),
        "clock_skew": where(rows, skewed),
        "bot_traffic": where(rows, lambda r: robot.search(r.values["device"]["browser"])),
    }


def find_tickets(data: Data) -> dict[str, Places]:
    rows = data.rows["support_tickets"]
    customers = {r.values["Kundennr"] for r in data.rows["customers_crm"]}
    customers |= {r.values["customer_id"] for r in data.rows["customers_shop"]}

    def backwards(row: Row) -> bool:
        opened, closed = moment(row.values["opened_at"]), moment(row.values["closed_at"])
        return opened is not None and closed is not None and closed < opened

    return {
        "ticket_duplicate": earlier(rows, lambda r: r.values["ticket_id"]),
        "opened_at_invalid": where(rows, lambda r: moment(r.values["opened_at"]) is None),
        "closed_before_opened": where(rows, backwards),
        "no_message": where(rows, lambda r: not r.values["messages"]),
        "customer_orphan": where(rows, lambda r: r.values["customer_id"] not in customers),
    }


def find_reviews(data: Data) -> dict[str, Places]:
    rows = data.good("reviews")
    products = products_by_id(data)
    return {
        "bad_encoding": where(data.rows["reviews"], lambda r: r.reject == "bad_encoding"),
        "review_duplicate": earlier(rows, lambda r: r.values["review_id"]),
        "rating_out_of_range": where(rows, lambda r: not 1 <= int(r.values["rating"]) <= 5),
        "html_in_text": where(rows, lambda r: re.search(r"</?[a-z][^>]*>", r.values["body"])),
        "mojibake": where(rows, lambda r: re.search("[ÃÂ][\u0080-\u00bf]", r.values["body"])),
        "product_orphan": where(rows, lambda r: r.values["product_id"] not in products),
    }


def find_rates(data: Data) -> dict[str, Places]:
    rows = data.rows["fx_rates"]
    return {
        "fx_duplicate": earlier(rows, lambda r: (r.values["Date"], r.values["Currency"])),
        "rate_invalid": where(
            rows, lambda r: not isinstance(r.values["Rate"], float) or r.values["Rate"] <= 0
        ),
    }


FINDERS: dict[str, Callable[[Data], dict[str, Places]]] = {
    "customers_crm": lambda data: find_customers(data, "customers_crm"),
    "customers_shop": lambda data: find_customers(data, "customers_shop"),
    "products": find_products,
    "orders": find_orders,
    "order_items": find_items,
    "payments": find_payments,
    "web_events": find_events,
    "support_tickets": find_tickets,
    "reviews": find_reviews,
    "fx_rates": find_rates,
}
EVERY_RULE = {entity: set(rules) for entity, rules in RATES.items()}
EVERY_RULE["payments"].add("paid_at_epoch")


@pytest.mark.parametrize("entity", FINDERS)
def test_each_rule_found_anew_gives_the_rows_of_the_key(sample: Data, entity: str) -> None:
    found = FINDERS[entity](sample)
    assert set(found) == EVERY_RULE[entity] == sample.rules()[entity]
    for rule, places in found.items():
        assert places, rule
        assert places == sample.key(entity, rule), rule


def test_every_defect_stands_at_its_place_with_its_raw_value(sample: Data) -> None:
    rows = {row.place: row for rows in sample.rows.values() for row in rows}
    for defect in sample.defects:
        row = rows[defect["file"], int(defect["line"])]
        if defect["rule"] in ("wrong_width", "bad_json"):
            assert row.reject == defect["rule"]
            assert row.text == defect["raw_value"]
            continue
        value = row.values[defect["column"]]
        if defect["rule"] == "bot_traffic":
            value = value["browser"]
        elif defect["rule"] in ("price_missing", "category_missing"):
            value = None
        elif isinstance(value, list):
            value = value or "[]"
        elif defect["entity"] == "fx_rates" and isinstance(value, float):
            value = f"{value:g}"
        raw = "" if value is None else str(value)
        assert raw == defect["raw_value"], defect


def test_no_row_carries_two_defects_but_for_the_stated_pairs(sample: Data) -> None:
    rules: dict[tuple[str, str], set[str]] = defaultdict(set)
    for defect in sample.defects:
        assert defect["rule"] not in rules[defect["file"], defect["line"]]
        rules[defect["file"], defect["line"]].add(defect["rule"])
    pairs = Counter(frozenset(r) for r in rules.values() if len(r) > 1)
    assert set(pairs) <= {frozenset({"email_normalised", "customer_merged"})}


def test_repairs_state_what_the_value_should_be(sample: Data) -> None:
    def expected(entity: str, rule: str) -> list[tuple[str, str]]:
        return [
            (d["raw_value"], d["expected_value"])
            for d in sample.defects
            if (d["entity"], d["rule"]) == (entity, rule)
        ]

    assert all(Decimal(e) == amount(r) for r, e in expected("orders", "amount_format"))
    for raw, clean in expected("orders", "ordered_at_format"):
        assert datetime.strptime(raw + " +0000", "%d/%m/%Y %H:%M %z") == moment(clean)
    assert all(r.encode("latin-1").decode() == e for r, e in expected("reviews", "mojibake"))
    for raw, clean in expected("reviews", "html_in_text"):
        assert html.unescape(re.sub(r"<[^>]+>", "", raw)).strip() == clean
    for raw, clean in expected("payments", "paid_at_epoch"):
        assert moment(clean) == datetime.fromtimestamp(0, END.tzinfo) + timedelta(
            milliseconds=int(raw)
        )
    for raw, clean in expected("customers_crm", "email_normalised"):
        assert email(raw) == clean
    for raw, clean in expected("order_items", "unit_price_outlier"):
        assert Decimal(raw) == Decimal(clean) * 100


def test_a_merged_customer_is_named_by_the_shops_row_with_the_same_address(sample: Data) -> None:
    shop = {email(r.values["email"]): r.values for r in sample.rows["customers_shop"]}
    merged = [d for d in sample.defects if d["rule"] == "customer_merged"]
    assert merged
    for defect in merged:
        assert shop[email(defect["raw_value"])]["customer_id"] == defect["expected_value"]
