"""What the planner makes of a question: requests, read without running them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest

from dbt_project import artifacts
from llm import catalog, semantic
from llm.database import Door
from llm.errors import RequestError
from llm.question.lexicon import Lexicon
from llm.question.reading import Ask, Reading, Unusual, read
from llm.question.refusals import Clarify, Decline
from llm.request import Filter, Grain, MetricRequest, Operator
from llm.tools import Tools
from tests.built import Built

Read = Callable[..., Reading]


@pytest.fixture
def known(built_database: Built) -> catalog.Catalog:
    layer = semantic.load(artifacts.load().semantic_manifest_path)
    with Door() as door:
        return catalog.load(layer, door)


@pytest.fixture
def reading(known: catalog.Catalog) -> Read:
    lexicon = Lexicon(known)
    return lambda question, before=(): read(question, known, lexicon, before)


def request(found: Reading) -> MetricRequest:
    assert isinstance(found, Ask), found
    return found.request


@pytest.mark.parametrize(
    "wording",
    [
        "revenue by country in 2025",
        "Revenue per country for 2025?",
        "What was our revenue in 2025, broken down by country?",
        "in 2025, how much revenue did we make in each country",
        "show me 2025 sales split by market",
        "2025 turnover by country please",
        "revnue by contry in 2025",
        "give me total sales per country for last year",
        "REVENUE BY COUNTRY 2025",
    ],
)
def test_many_wordings_one_request(reading: Read, wording: str) -> None:
    found = request(reading(wording))
    assert found.metrics == ("revenue",)
    assert found.dimensions == ("order__country",)
    assert str(found.time) == "2025-01-01..2025-12-31"
    assert (found.filters, found.grain, found.compare, found.limit) == ((), None, None, None)


@pytest.mark.parametrize(
    ("question", "plainly"),
    [
        ("what did we lose on discounts in May 2026", "discounts in May 2026"),
        ("value lost through returns in 2026", "returned revenue in 2026"),
        ("units sold in May and June 2026 combined", "units sold from May to June 2026"),
        ("orders via phone plus marketplace", "orders via phone and marketplace together"),
        ("worst reviewed departments", "worst rated departments"),
        ("5 sellers with the most units in May 2026", "5 products with the most units in May 2026"),
        ("visitors from paid ads", "visitors with the medium cpc"),
        ("customers that ordered for the very first time in 2025", "new customers in 2025"),
        ("how many new products were launched in 2025", "new products in 2025"),
        ("refunds issued in May 2026", "refunds in May 2026"),
        ("orders with voucher by channel", "orders with a voucher by channel"),
        ("how many products are discontinued", "how many products are not active"),
        ("percent of jackets returned in 2026", "return rate of jackets in 2026"),
        ("aov of first orders vs repeat orders", "aov of first-time vs returning buyers"),
        ("total amount of shipping fees in May 2026", "shipping fees in May 2026"),
        ("refunds we paid out in May 2026", "refunds in May 2026"),
        ("share of defective returns", "share of units returned that were defective"),
        ("over 100 euros orders in May 2026", "orders over 100 euros in May 2026"),
        ("how many orders did we cancel in May 2026", "cancelled orders in May 2026"),
        ("suppliers with more than 8 % returns", "suppliers with a return rate above 8 %"),
        ("visit to checkout rate by browser", "checkouts divided by visits by browser"),
        ("orders with a voucher against orders without", "orders with and without a voucher"),
        ("cases by priority", "tickets by priority"),
        ("orders with any discount by country", "how many orders had a discount by country"),
        ("number of orders with a discount in 2025", "how many orders had a discount in 2025"),
        ("phone tickets that were not closed yet", "open phone tickets"),
        ("open phone tickets", "open tickets via phone"),
        ("canceled app orders in May 2026", "cancelled orders via app in May 2026"),
        ("revenue from orders charged in dollars", "revenue where the currency is USD"),
        ("orders in the uk", "orders in the UK"),
        (
            "which customers bought less than in 2025",
            "which customers had fewer orders than in 2025",
        ),
        ("share of new customers in May 2026", "new customers divided by customers in May 2026"),
        ("what did returning buyers spend in May 2026", "revenue of returning buyers in May 2026"),
    ],
)
def test_said_otherwise(reading: Read, question: str, plainly: str) -> None:
    assert request(reading(question)) == request(reading(plainly))


@pytest.mark.parametrize(
    ("question", "name", "operator", "values"),
    [
        ("orders in Germany", "order__country", Operator.IS, ("Germany",)),
        ("german orders", "order__country", Operator.IS, ("Germany",)),
        ("orders in DE", "order__country", Operator.IS, ("Germany",)),
        ("orders in Germany or Austria", "order__country", Operator.IN, ("Germany", "Austria")),
        ("orders excluding Spain", "order__country", Operator.IS_NOT, ("Spain",)),
        ("orders other than from the UK", "order__country", Operator.IS_NOT, ("United Kingdom",)),
        ("orders of premium customers", "customer__segment", Operator.IS, ("premium",)),
        ("tickets via phone", "ticket__channel", Operator.IS, ("phone",)),
        ("orders via phone", "order__channel", Operator.IS, ("phone",)),
        ("4-star reviews", "review__rating", Operator.IS, ("4",)),
        ("reviews in french", "review__language", Operator.IS, ("fr",)),
        ("orders from Monday to Tuesday", "weekday", Operator.IN, ("Monday", "Tuesday")),
        ("high priority tickets", "ticket__priority", Operator.IS, ("high",)),
    ],
)
def test_values_become_filters(
    reading: Read, question: str, name: str, operator: Operator, values: tuple[str, ...]
) -> None:
    (one,) = request(reading(question)).filters
    assert (one.name, one.operator, one.values) == (name, operator, values)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ticket volume by month", "number of tickets by month"),
        ("revenue/customer in 2026", "revenue per customer in 2026"),
        ("what part of the items sold was returned", "return rate"),
        ("app revenue as a share of all revenue", "share of revenue from the app"),
        ("ratio of refunds to all payments", "refunds divided by payments"),
        ("the 5 highest revenue customers", "top 5 customers by revenue"),
        ("customers who ordered the most in 2025", "customers with the most orders in 2025"),
        ("three customers that spent the least", "3 customers with the least revenue"),
        ("revenue of products from Nordhavn", "revenue from Nordhavn"),
        ("which supplier's products have the most returns", "supplier with the most returns"),
    ],
)
def test_what_is_said_otherwise_is_the_same_request(reading: Read, said: str, meant: str) -> None:
    assert request(reading(said)) == request(reading(meant))


def test_the_biggest_order_is_that_by_the_main_amount(reading: Read) -> None:
    found = request(reading("what was our biggest order in 2025"))
    assert (found.dimensions, found.order, found.limit) == (("order",), (("revenue", True),), 1)


@pytest.mark.parametrize(
    ("question", "order", "limit"),
    [
        ("top 5 products by revenue", ("revenue", True), 5),
        ("5 best products by revenue", ("revenue", True), 5),
        ("the three countries with the fewest orders", ("orders", False), 3),
        ("which country has the most orders", ("orders", True), 1),
        ("worst categories by return rate", ("return_rate", True), 10),
        ("best categories by return rate", ("return_rate", False), 10),
        ("best-selling products", ("items_sold", True), 10),
        ("top 10 customers by revenue", ("revenue", True), 10),
    ],
)
def test_rankings(reading: Read, question: str, order: tuple[str, bool], limit: int) -> None:
    found = request(reading(question))
    assert found.order == (order,)
    assert found.limit == limit


@pytest.mark.parametrize(
    ("question", "main", "other"),
    [
        (
            "revenue in March 2026 vs February 2026",
            "2026-03-01..2026-03-31",
            "2026-02-01..2026-02-28",
        ),
        (
            "revenue last month compared with the month before",
            "2026-09-01..2026-09-30",
            "2026-08-01..2026-08-31",
        ),
        (
            "revenue in March 2026 compared with last year",
            "2026-03-01..2026-03-31",
            "2025-03-01..2025-03-31",
        ),
        ("revenue Q2 2026 yoy", "2026-04-01..2026-06-30", "2025-04-01..2025-06-30"),
        (
            "change of revenue in the last 30 days",
            "2026-10-02..2026-10-31",
            "2026-09-02..2026-10-01",
        ),
        ("revenue this month vs last month", "2026-10-01..2026-10-31", "2026-09-01..2026-09-30"),
        (
            "did revenue grow from Q1 2026 to Q2 2026",
            "2026-04-01..2026-06-30",
            "2026-01-01..2026-03-31",
        ),
        ("revenue compared with 2025", "2026-01-01..2026-10-31", "2025-01-01..2025-10-31"),
        ("orders May vs June", "2026-06-01..2026-06-30", "2026-05-01..2026-05-31"),
        (
            "orders in June 2026 against June a year earlier",
            "2026-06-01..2026-06-30",
            "2025-06-01..2025-06-30",
        ),
        (
            "visits last weekend versus the weekend before",
            "2026-10-24..2026-10-25",
            "2026-10-17..2026-10-18",
        ),
        ("orders in Q3 2025 against Q4", "2025-10-01..2025-12-31", "2025-07-01..2025-09-30"),
        (
            "tickets in the first half of July against the second half",
            "2026-07-16..2026-07-31",
            "2026-07-01..2026-07-15",
        ),
    ],
)
def test_comparisons(reading: Read, question: str, main: str, other: str) -> None:
    found = request(reading(question))
    assert str(found.time) == main
    assert found.compare is not None
    assert str(found.compare.range) == other


@pytest.mark.parametrize(
    ("question", "name", "operator"),
    [
        ("departments where units sold dropped against 2025", "items_sold_change", Operator.LESS),
        ("which channels grew in orders in Q3 2026", "orders_change", Operator.MORE),
        ("topics with rising tickets vs last quarter", "support_tickets_change", Operator.MORE),
        ("countries that improved in return rate yoy", "return_rate_change", Operator.LESS),
    ],
)
def test_those_that_rose_or_fell(
    reading: Read, question: str, name: str, operator: Operator
) -> None:
    assert request(reading(question)).filters[-1] == Filter(name, operator, (0,))


def test_reasons_are_counted_by_what_they_are_of(reading: Read) -> None:
    for question in ("why do customers bring back shoes", "return reasons of shoes in percent"):
        found = request(reading(question))
        assert found.metrics == ("returned_items",)
        assert found.dimensions == ("order_item__return_reason",)
        assert found.share is ("percent" in question)


def test_suppliers_have_a_country_of_their_own(reading: Read) -> None:
    for question in ("units sold of Dutch suppliers", "best suppliers from Portugal by revenue"):
        found = request(reading(question))
        assert "product__supplier" in found.dimensions
        assert found.filters[0].name == "product__supplier_country"
    (one, *_) = request(reading("revenue by supplier in Germany")).filters
    assert one.name == "order__country"


def test_bounds_on_several_figures(reading: Read) -> None:
    found = request(reading("customers with over 3 orders and above 400 euros"))
    assert [(f.name, f.values) for f in found.filters[:2]] == [
        ("orders", (3,)),
        ("revenue", (400,)),
    ]


def test_grain_before_campaign_of_that_name(reading: Read) -> None:
    found = request(reading("weekly sessions"))
    assert (found.grain, found.filters) == (Grain.WEEK, ())
    (one,) = request(reading("sessions of the weekly campaign")).filters
    assert one.name == "session__campaign"


def test_a_share_without_groups_is_a_rate(reading: Read) -> None:
    assert request(reading("percentage of orders cancelled")).metrics == ("cancellation_rate",)
    found = request(reading("what share of revenue comes from the app"))
    assert found.share
    assert found.dimensions == ("order__channel",)


@pytest.mark.parametrize(
    "question",
    [
        "revenue in dollars",
        "average revenue",
        "rate by country",
        "top products",
        "how did we do last month",
        "what's new today",
        "what do customers in Spain buy",
        "revenue from registrations",
        "products launched in 2026 and their revenue",
        "best traffic source in May 2026",
        "average revenue per coupon order",
        "how much revenue was lost to returned items",
    ],
)
def test_close_readings_are_asked_back(reading: Read, question: str) -> None:
    found = reading(question)
    assert isinstance(found, Clarify)
    assert found.options


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("revenue by warehouse", "warehouse"),
        ("revenue by device", "device"),
        ("revenue next year", "forecast"),
        ("orders from Atlantis", "Atlantis"),
        ("revenue above 5 in Germany", "bound"),
        ("orders of customers under 40 years", "in years"),
        ("how many visits had tickets", "visits"),
        ("products without stars", "stars"),
        ("tickets with more than 3 tickets by ticket", "says nothing"),
        ("how many customers did not order in 2026", "not in a part"),
        ("Revenue split by new and returning customers", "new customers"),
        ("tickets about registrations", "registrations"),
        ("hello", "nothing"),
    ],
)
def test_refusals_say_why_and_what_is_near(reading: Read, question: str, said: str) -> None:
    found = reading(question)
    assert isinstance(found, Decline)
    assert said in found.reason
    assert found.nearest


def test_reading_is_quick(reading: Read) -> None:
    long = "revenue by country and channel in 2026 " * 50
    assert isinstance(reading(long), Ask | Clarify | Decline)


@pytest.mark.parametrize(
    ("question", "within", "limit"),
    [
        ("top 3 products by revenue in each country", ("order__country",), 3),
        ("which channel had the most orders each month", ("metric_time__month",), 1),
        ("best month by orders for each channel", ("order__channel",), 1),
    ],
)
def test_rankings_within_groups(
    reading: Read, question: str, within: tuple[str, ...], limit: int
) -> None:
    found = request(reading(question))
    assert (found.within, found.limit) == (within, limit)


@pytest.mark.parametrize(
    ("question", "function", "over"),
    [
        ("how many customers have more than 5 orders", "count", ("customer",)),
        ("how many days had more than 50 orders", "count", ("metric_time__day",)),
        ("average monthly revenue", "average", ("metric_time__month",)),
        ("median order value", "median", ("order",)),
        ("median resolution time by priority", "median", ("ticket",)),
    ],
)
def test_many_figures_become_one(
    reading: Read, question: str, function: str, over: tuple[str, ...]
) -> None:
    summary = request(reading(question)).summary
    assert summary is not None
    assert (summary.function, summary.over) == (function, over)


def test_unknown_members_are_no_members(reading: Read) -> None:
    filters = request(reading("top 10 customers by revenue")).filters
    assert [(f.name, f.operator, f.values) for f in filters] == [
        ("customer", Operator.IS_NOT, ("unknown",))
    ]
    departments = request(reading("how many departments do we have")).filters
    assert ("product", ("unknown",)) in [(f.name, f.values) for f in departments]


def test_a_population_is_no_second_measure(reading: Read) -> None:
    for wording in ("bounce rate of google traffic", "bounce rate of sessions from google"):
        found = request(reading(wording))
        assert found.metrics == ("bounce_rate",)
        assert [f.values for f in found.filters] == [("google",)]
    found = request(reading("return rate of new customers"))
    assert found.metrics == ("return_rate",)
    assert [f.values for f in found.filters] == [("first-time",)]


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("revenue in 2025", "and by country?", "revenue by country in 2025"),
        ("revenue by country in 2025", "only Germany", "revenue by country in Germany in 2025"),
        ("orders by channel last month", "and in August 2026?", "orders by channel in August 2026"),
        ("orders by channel", "and the revenue?", "revenue by channel"),
        ("orders by channel", "also by country", "orders by channel and country"),
        ("orders in Germany in 2025", "what about France", "orders in France in 2025"),
        ("orders in Germany in 2025", "how many sessions in 2026", "sessions in 2026"),
        ("revenue by category", "just the top 3", "top 3 categories by revenue"),
        ("revenue by channel in May 2026", "in total?", "revenue in May 2026"),
        (
            "orders by channel in May 2026",
            "how long did they take to arrive?",
            "orders and delivery time by channel in May 2026",
        ),
        (
            "revenue in Q2 2026",
            "how much of it came from the app",
            "share of revenue from the app in Q2 2026",
        ),
        ("tickets by priority", "sort by satisfaction", "satisfaction by priority"),
    ],
)
def test_questions_lean_on_the_one_before(
    reading: Read, before: str, question: str, expected: str
) -> None:
    assert request(reading(question, (before,))) == request(reading(expected))


def test_a_comparison_moves_along(reading: Read) -> None:
    found = request(
        reading("and in August 2026?", ("revenue in July 2026 compared with last year",))
    )
    assert found.compare is not None
    assert str(found.time) == "2026-08-01..2026-08-31"
    assert str(found.compare.range) == "2025-08-01..2025-08-31"


def test_without_a_question_before_there_is_nothing_to_lean_on(reading: Read) -> None:
    assert not isinstance(reading("and by country?"), Ask)


@pytest.mark.parametrize(
    ("question", "mart"),
    [
        ("why was revenue unusual in November 2025", "context_daily_revenue"),
        ("anything odd about conversion in 2026", "context_daily_traffic"),
        ("unusual tickets last month", "context_weekly_tickets"),
        ("unusual returns in 2026", "context_product_months"),
    ],
)
def test_what_is_unusual_comes_from_a_context_mart(reading: Read, question: str, mart: str) -> None:
    found = reading(question)
    assert isinstance(found, Unusual)
    assert f"marts.{mart}" in found.sql


def test_why_without_a_context_is_declined(reading: Read) -> None:
    found = reading("why are registrations low")
    assert isinstance(found, Decline)
    assert "do not say why" in found.reason


def test_a_typing_error_is_told(reading: Read) -> None:
    found = reading("revnue by chanel")
    assert isinstance(found, Ask)
    assert 'I took it that you meant "channel".' in found.notes


def test_a_part_of_one_measures_name_is_taken_for_it(reading: Read) -> None:
    found = reading("filled by month")
    assert isinstance(found, Ask)
    assert found.request.metrics == ("add_to_cart_sessions",)
    assert 'I took "filled" for sessions with a filled cart.' in found.notes
    assert isinstance(reading("orders again"), Decline), "again is not against"


def test_a_definition_is_told_beside_the_figure(reading: Read) -> None:
    found = reading("how is the margin rate calculated?")
    assert isinstance(found, Ask)
    assert any("gross_margin / revenue_with_known_cost" in note for note in found.notes)


@pytest.mark.parametrize(
    ("question", "hours"),
    [
        ("orders between 9 and 12 o'clock", "9 10 11"),
        ("orders from 9am to noon", "9 10 11"),
        ("orders after 10 pm", "22 23"),
        ("orders between 22:00 and 01:00", "22 23 0"),
        ("orders at 8 o'clock", "8"),
    ],
)
def test_times_of_day_are_the_hours_that_they_cover(
    reading: Read, question: str, hours: str
) -> None:
    (one,) = request(reading(question)).filters
    assert one.name == "order__hour_of_day"
    assert one.values == tuple(hours.split())


def test_a_day_or_a_month_of_a_year_is_asked_about(reading: Read) -> None:
    found = reading("orders in Aug 26")
    assert isinstance(found, Clarify)
    assert found.options == ("26 August 2026", "August 2026")
    assert str(request(reading("orders in Aug 27")).time) == "2026-08-27"


def test_the_part_that_conditions_pick(reading: Read) -> None:
    found = request(reading("percentage of orders over 100 euros by country"))
    assert found.parted
    assert found.shown_keys == ("order__country",)
    assert [f.name for f in found.filters if found.picks(f)] == ["revenue"]
    found = request(reading("what share of orders used a coupon, by channel"))
    assert [f.operator for f in found.filters if found.picks(f)] == [Operator.PRESENT]


def test_a_measure_without_a_time_is_asked_for_by_a_column_of_years(
    known: catalog.Catalog,
) -> None:
    timeless = copy.copy(known)
    rating, year = known.metrics["average_rating"], known.dimensions["product__department"]
    timeless.metrics = {**known.metrics, rating.name: replace(rating, load_day=True)}
    without = Lexicon(timeless)
    found = read("average rating in 2025", timeless, without)
    assert isinstance(found, Decline)
    assert "no time of its own" in found.reason
    timeless.dimensions = {**known.dimensions, year.name: replace(year, element="start_year")}
    timeless.values = {**known.values, year.name: ("2023", "2024", "2025")}
    (one,) = request(read("average rating since 2024", timeless, Lexicon(timeless))).filters
    assert (one.name, one.values) == (year.name, ("2024", "2025"))
    by_year = request(read("average rating by year", timeless, Lexicon(timeless)))
    assert (by_year.dimensions, by_year.grain) == ((year.name,), None)
    assert isinstance(read("average rating by month", timeless, Lexicon(timeless)), Decline)


def test_a_country_stored_by_its_code_is_called_by_its_name(
    known: catalog.Catalog, reading: Read
) -> None:
    coded = copy.copy(known)
    named = [name for name, values in known.values.items() if "Germany" in values]
    coded.values = {**known.values, **dict.fromkeys(named, ("AT", "DE", "IT"))}
    by_code = Lexicon(coded)
    for question, codes in (("orders in Germany", ("DE",)), ("orders from Italy", ("IT",))):
        (one,) = request(read(question, coded, by_code)).filters
        assert (one.name, one.values) == ("order__country", codes)
    # Where the names are stored, a code elsewhere is not meant: suppliers have codes.
    assert isinstance(reading("revenue in Italy"), Decline)


def test_a_total_of_all_time_is_measured_over_whole_periods(known: catalog.Catalog) -> None:
    with Door() as door, pytest.raises(RequestError, match="whole months"):
        Tools(known, door).query_metrics(
            metrics=["cumulative_revenue"], grain="month", start_date="2026-01-15"
        )


def test_a_value_that_is_a_word_of_every_question_counts_in_capitals(
    built_database: Built,
) -> None:
    layer = semantic.load(artifacts.load().semantic_manifest_path)
    with Door() as door:
        known = catalog.load(layer, door)
    known.values["order__channel"] = (*known.values["order__channel"], "are", "The", "top")
    lexicon = Lexicon(known)
    plain = request(read("how many orders are there in the US?", known, lexicon, ()))
    assert "order__channel" not in {one.name for one in plain.filters}
    ranked = request(read("top 3 countries by orders", known, lexicon, ()))
    assert ranked.limit == 3
    assert "order__channel" not in {one.name for one in ranked.filters}
    meant = request(read("how many orders came through ARE?", known, lexicon, ()))
    assert [one.values for one in meant.filters if one.name == "order__channel"] == [("are",)]
