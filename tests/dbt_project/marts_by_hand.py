"""Columns of the marts, worked out once more by hand from the rows behind them.

Each query returns the rows in which a mart and the hand-written reading of its description differ.
They are written another way than the models: joins of a row with those around it, not windows.
A test asks them of a whole shop; so does the check that breaks lines of the models.
"""

from __future__ import annotations

import psycopg

# What is compared: a query of the rows that differ, and one that counts what there is to compare.
QUERIES = {
    "an order beside the customer's earlier ones": (
        """
        select context.order_id
        from marts.context_orders as context
        inner join marts.fct_orders as orders using (order_id)
        cross join lateral (
            select round(avg(earlier.revenue_eur), 2) as usual_eur, count(*) as earlier_count
            from marts.fct_orders as earlier
            where earlier.customer_key = orders.customer_key
            and (earlier.ordered_at, earlier.order_id) < (orders.ordered_at, orders.order_id)
        ) as before
        where orders.customer_key <> 'unknown'
        and (context.customers_usual_eur is distinct from before.usual_eur
            or context.order_number is distinct from before.earlier_count + 1)
        """,
        "select count(*) from marts.context_orders where customers_usual_eur is not null",
    ),
    "tickets of the 30 days before and after an order": (
        """
        select context.order_id
        from marts.context_orders as context
        cross join lateral (
            select
                count(*) filter (where tickets.opened_at < context.ordered_at) as before,
                count(*) filter (where tickets.opened_at >= context.ordered_at) as after
            from marts.fct_support_tickets as tickets
            where context.customer_key <> 'unknown'
            and tickets.customer_key = context.customer_key
            and tickets.opened_at - context.ordered_at >= interval '-30 days'
            and tickets.opened_at - context.ordered_at < interval '30 days'
        ) as around
        where context.order_id like '%3'
        and (context.tickets_before, context.tickets_after) <> (around.before, around.after)
        """,
        "select count(*) from marts.context_orders where tickets_after > 0 and order_id like '%3'",
    ),
    "peers of an order": (
        """
        select context.order_id
        from marts.context_orders as context
        cross join lateral (
            select count(*) as n,
                percentile_cont(0.5) within group (order by ln(greatest(peers.gross_eur, 1)))
                as median
            from marts.context_orders as peers
            where peers.currency = context.currency and peers.segment = context.segment
            and date_trunc('quarter', peers.order_date) = date_trunc('quarter', context.order_date)
        ) as narrow
        where context.order_id like '%7'
        and (
            (narrow.n >= 30) <> (context.peer_group = 'segment, currency and quarter')
            or narrow.n >= 30 and (
                context.peers_count <> narrow.n
                or abs(context.peers_median_eur - exp(narrow.median)::numeric) > 0.01
            )
        )
        """,
        "select count(*) from marts.context_orders"
        " where peer_group = 'segment, currency and quarter' and peers_median_eur > 2",
    ),
    "a customer's orders that were not cancelled": (
        """
        select context.customer_key
        from marts.context_customers as context
        cross join lateral (
            select count(*) as n, coalesce(sum(orders.revenue_eur), 0) as revenue_eur,
                max(orders.order_date) as last_date
            from marts.fct_orders as orders
            where orders.customer_key = context.customer_key and orders.status <> 'cancelled'
        ) as own
        where (context.orders_count, context.revenue_eur) <> (own.n, own.revenue_eur)
        or context.last_order_date is distinct from own.last_date
        """,
        "select count(*) from marts.context_customers where orders_count > 1",
    ),
    "scores of customers rise with what they are about": (
        """
        select better.customer_key
        from marts.context_customers as better
        inner join (
            select monetary_score, max(revenue_eur) as most
            from marts.context_customers group by monetary_score
        ) as worse on better.monetary_score = worse.monetary_score + 1
        where better.revenue_eur < worse.most
        union all
        select better.customer_key
        from marts.context_customers as better
        inner join (
            select recency_score, max(last_order_date) as latest
            from marts.context_customers group by recency_score
        ) as worse on better.recency_score = worse.recency_score + 1
        where better.last_order_date < worse.latest
        """,
        "select count(*) from marts.context_customers where monetary_score = 5",
    ),
    "stages of a customer's life": (
        """
        select context.customer_key
        from marts.context_customers as context
        cross join lateral (
            select percentile_cont(0.5) within group (order by gaps.days) as usual
            from (
                select later.order_date - max(earlier.order_date) as days
                from marts.fct_orders as later
                inner join marts.fct_orders as earlier
                    on earlier.customer_key = later.customer_key
                    and (earlier.ordered_at, earlier.order_id) < (later.ordered_at, later.order_id)
                    and not earlier.is_cancelled
                where later.customer_key = context.customer_key and not later.is_cancelled
                group by later.order_id, later.order_date
            ) as gaps
        ) as gap
        cross join lateral (
            select context.days_since_last / coalesce(nullif(gap.usual, 0), 120) as waits
        ) as wait
        where gap.usual is distinct from 0
        and (
            (context.why like '%days since the last order%') <> (wait.waits > 2)
            or (context.lifecycle_stage = 'lost') <> (wait.waits > 4)
            or (context.lifecycle_stage = 'slipping') <> (wait.waits > 2 and wait.waits <= 4)
        )
        """,
        "select count(*) from marts.context_customers where lifecycle_stage = 'slipping'",
    ),
    "who of a cohort comes back": (
        """
        select context.cohort_month
        from marts.context_cohorts as context
        cross join lateral (
            select count(distinct orders.customer_key) as n
            from marts.fct_orders as orders
            inner join marts.context_customers as customers using (customer_key)
            where customers.cohort_month = context.cohort_month and not orders.is_cancelled
            and date_trunc('month', orders.order_date)
                = context.cohort_month + context.months_since * interval '1 month'
        ) as active
        cross join lateral (
            select count(*) as n from marts.context_customers as customers
            where customers.cohort_month = context.cohort_month
        ) as everybody
        where context.active_customers <> active.n or context.customers_count <> everybody.n
        or context.retention_rate <> round(active.n / everybody.n::numeric, 4)
        union all
        select cohort_month
        from marts.context_cohorts
        group by cohort_month
        having count(*) <> 1 + (
            select extract(year from a.age) * 12 + extract(month from a.age) from (
                select age(date_trunc('month', max(order_date)), cohort_month) as age
                from marts.fct_orders where not is_cancelled and customer_key <> 'unknown'
            ) as a
        )
        """,
        "select count(*) from marts.context_cohorts where active_customers > 0",
    ),
    "lines of a product that came back": (
        """
        select context.product_id
        from marts.context_products as context
        cross join lateral (
            select count(*) as sold, count(*) filter (where items.returned_quantity > 0) as returned
            from marts.fct_order_items as items
            where items.product_id = context.product_id and not items.is_cancelled
        ) as own
        where (context.lines_sold, context.lines_returned) <> (own.sold, own.returned)
        """,
        "select count(*) from marts.context_products where lines_returned > 1",
    ),
    "a product's usual rate of returns leaves the month out": (
        """
        select context.product_month
        from marts.context_product_months as context
        cross join lateral (
            select coalesce(sum(lines_returned), 0) as returned,
                coalesce(sum(lines_sold), 0) as sold
            from marts.context_product_months as others
            where others.product_id = context.product_id
            and others.month_start <> context.month_start
        ) as others
        cross join lateral (
            select sum(lines_returned) / nullif(sum(lines_sold), 0)::numeric as rate
            from marts.context_product_months as category where category.category = context.category
        ) as category
        where abs(
            context.usual_return_rate
            - (others.returned + 20 * category.rate) / nullif(others.sold + 20, 0)
        ) > 0.0001
        """,
        "select count(*) from marts.context_product_months where lines_returned > 0",
    ),
    "lift of two products": (
        """
        select context.product_pair
        from marts.context_product_pairs as context
        cross join lateral (
            select
                count(*) as n,
                count(*) filter (where basket.products @> array[context.product_id]) as one,
                count(*) filter (where basket.products @> array[context.other_product_id]) as other,
                count(*) filter (
                    where basket.products @> array[context.product_id, context.other_product_id]
                ) as both
            from baskets as basket
        ) as counts
        where context.product_id like '%3'
        and (
            context.orders_with_both <> counts.both
            or context.lift
                <> round(counts.both * counts.n / (counts.one * counts.other)::numeric, 2)
        )
        """,
        "select count(*) from marts.context_product_pairs where product_id like '%3'",
    ),
    "reviews whose words contradict their stars": (
        """
        select context.review_id
        from marts.context_reviews as context
        inner join intermediate.int_texts__measured as measured
            on context.review_id = measured.text_id
        where context.contradicts_rating <> coalesce(
            case when context.rating > 3 then measured.sentiment <= -0.3::numeric
                when context.rating < 3 then measured.sentiment >= 0.3::numeric end, false
        )
        """,
        "select count(*) from marts.context_reviews where contradicts_rating",
    ),
    "hours since the message before in a ticket": (
        """
        select context.message_id
        from marts.context_messages as context
        left join marts.context_messages as before
            on context.ticket_id = before.ticket_id and context.position = before.position + 1
        where context.previous_author is distinct from before.author
        or context.hours_since_previous is distinct from
            round((extract(epoch from context.written_at - before.written_at) / 3600)::numeric, 2)
        """,
        "select count(*) from marts.context_messages where hours_since_previous is not null",
    ),
    "a thread's mood from the customer's first to their last message": (
        """
        select context.ticket_id
        from marts.context_tickets as context
        cross join lateral (
            select min(position) as first, max(position) as last
            from marts.context_messages as messages
            where messages.ticket_id = context.ticket_id and messages.author = 'customer'
        ) as turns
        left join marts.context_messages as first
            on first.ticket_id = context.ticket_id and first.position = turns.first
        left join marts.context_messages as last
            on last.ticket_id = context.ticket_id and last.position = turns.last
        where context.first_sentiment is distinct from first.sentiment
        or context.last_sentiment is distinct from last.sentiment
        """,
        "select count(*) from marts.context_tickets where last_sentiment <> first_sentiment",
    ),
    "terms of a segment": (
        """
        select terms.segment_term
        from marts.context_terms as terms
        where terms.times_as_frequent < 1
        or exists (
            select from intermediate.int_text__stop_words as stop_words
            where stop_words.word = terms.term and stop_words.language = terms.language
        )
        """,
        "select count(*) from marts.context_terms where times_as_frequent > 1",
    ),
    "customers and their orders": (
        """
        select customers.customer_key
        from marts.dim_customers as customers
        cross join lateral (
            select count(*) as n from marts.fct_orders as orders
            where orders.customer_key = customers.customer_key and orders.status <> 'cancelled'
        ) as own
        where customers.customer_key <> 'unknown'
        and (customers.orders_count <> own.n or customers.is_repeat <> (own.n >= 2))
        union all
        select judged.customer_key
        from intermediate.int_customers__judged as judged
        where not judged.is_excluded and not exists (
            select from marts.dim_customers as customers
            where customers.customer_key = judged.customer_key
        )
        union all
        select 'unknown' where not exists (
            select from marts.dim_customers where customer_key = 'unknown'
        )
        """,
        "select count(*) from marts.dim_customers where is_repeat",
    ),
    "payments in euros of their day": (
        """
        select payments.payment_id
        from marts.fct_payments as payments
        inner join intermediate.int_fx_rates__daily as rates
            on rates.currency = payments.currency and rates.rate_date = payments.payment_date
        where payments.amount_eur is distinct from round(payments.amount / rates.rate, 2)
        or payments.captured_eur is distinct from
            case payments.status when 'captured' then payments.amount_eur else 0 end
        """,
        "select count(*) from marts.fct_payments where currency <> 'EUR' and status = 'failed'",
    ),
    "rates hold until the next one": (
        """
        select rates.rate_date, rates.currency
        from intermediate.int_fx_rates__daily as rates
        inner join lateral (
            select published.rate
            from marts.fct_fx_rates as published
            where published.currency = rates.currency and published.rate_date <= rates.rate_date
            order by published.rate_date desc
            limit 1
        ) as latest on true
        where rates.currency <> 'EUR' and rates.rate <> latest.rate
        """,
        "select count(*) from intermediate.int_fx_rates__daily where not is_published",
    ),
    "first and late orders": (
        """
        select orders.order_id
        from marts.fct_orders as orders
        where orders.is_delivered_late is distinct from (
            extract(epoch from orders.delivered_at - orders.ordered_at) > 7.005 * 86400
        ) and abs(orders.days_to_deliver - 7) > 0.01
        or orders.is_first_order <> (
            orders.status <> 'cancelled' and orders.customer_key <> 'unknown' and not exists (
                select from marts.fct_orders as earlier
                where earlier.customer_key = orders.customer_key and earlier.status <> 'cancelled'
                and (earlier.ordered_at, earlier.order_id) < (orders.ordered_at, orders.order_id)
            )
        )
        union all
        select judged.order_id
        from intermediate.int_orders__judged as judged
        where not judged.is_excluded
        and not exists (
            select from marts.fct_orders as orders where orders.order_id = judged.order_id
        )
        """,
        "select count(*) from marts.fct_orders where is_delivered_late",
    ),
    "a ticket's country is its order's, else its customer's": (
        """
        select tickets.ticket_id
        from marts.fct_support_tickets as tickets
        left join marts.fct_orders as orders using (order_id)
        left join marts.dim_customers as customers
            on customers.customer_key = tickets.customer_key
        where tickets.country_code <> coalesce(
            nullif(orders.country_code, 'unknown'), customers.country_code, 'unknown'
        )
        """,
        "select count(*) from marts.fct_support_tickets where order_id is null"
        " and country_code <> 'unknown'",
    ),
    "what a country's day is compared with": (
        """
        select context.country_day
        from marts.context_daily_revenue as context
        cross join lateral (
            select count(*) as n,
                min(earlier.placed_count) as least, max(earlier.placed_count) as most
            from marts.context_daily_revenue as earlier
            where earlier.country_code = context.country_code
            and (context.order_date - earlier.order_date) % 7 = 0
            and context.order_date - earlier.order_date between 7 and 91
        ) as before
        where context.weeks_compared <> before.n
        or context.expected_orders not between before.least and before.most
        """,
        "select count(*) from marts.context_daily_revenue where weeks_compared = 13",
    ),
    "what a day's visits are compared with": (
        """
        select context.session_date
        from marts.context_daily_traffic as context
        cross join lateral (
            select count(*) as n,
                min(earlier.sessions_count) as least, max(earlier.sessions_count) as most
            from marts.context_daily_traffic as earlier
            where context.session_date - earlier.session_date between 1 and 28
        ) as before
        where context.days_compared <> before.n
        or context.expected_sessions not between before.least and before.most
        """,
        "select count(*) from marts.context_daily_traffic where days_compared = 28",
    ),
    "what a week's tickets are compared with": (
        """
        select context.topic_week
        from marts.context_weekly_tickets as context
        cross join lateral (
            select count(*) as n,
                min(earlier.tickets_count) as least, max(earlier.tickets_count) as most
            from marts.context_weekly_tickets as earlier
            where earlier.topic = context.topic
            and context.week_start - earlier.week_start between 7 and 91
        ) as before
        where context.weeks_compared <> before.n
        or context.expected_tickets not between before.least and before.most
        """,
        "select count(*) from marts.context_weekly_tickets where weeks_compared = 13",
    ),
    "scorecards count issues": (
        """
        select scorecard.entity_rule
        from quality.scorecard as scorecard
        cross join lateral (
            select count(*) as n from quality.issues as issues
            where issues.entity = scorecard.entity and issues.rule = scorecard.rule
        ) as own
        where scorecard.rows_affected <> own.n
        union all
        select by_file.file_rule
        from quality.scorecard_by_file as by_file
        inner join quality.files as files using (file_id)
        cross join lateral (
            select count(*) as n from quality.issues as issues
            where issues._file_id = by_file.file_id and issues.rule = by_file.rule
        ) as own
        where by_file.rows_affected <> own.n
        or by_file.share_affected is distinct from
            round(own.n / nullif(files.rows_landed, 0)::numeric, 6)
        """,
        "select count(*) from quality.scorecard where rows_affected > 1",
    ),
    "what was kept instead is kept": (
        """
        select exclusions.key
        from quality.exclusions as exclusions
        left join (
            select concat(_file_id, ':', _line) as place, is_excluded, order_id
            from intermediate.int_orders__judged
        ) as kept on kept.place = exclusions.kept_instead
        where exclusions.entity = 'orders' and exclusions.rule = 'order_duplicate'
        and (kept.order_id is distinct from exclusions.key or kept.is_excluded)
        union all
        select flow.entity
        from quality.row_flow as flow
        where flow.rows_staged <> flow.rows_kept + flow.rows_excluded
        or flow.rows_landed <> flow.rows_staged
        """,
        "select count(*) from quality.exclusions where rule = 'order_duplicate'",
    ),
    "bots bring no visits": (
        "select event_id from marts.fct_web_events where browser ~* 'bot|crawler|spider'",
        "select count(*) from intermediate.int_web_events__judged"
        " where browser ~* 'bot|crawler|spider'",
    ),
    "reviews are shown without HTML": (
        "select review_id from marts.fct_reviews where concat(title, body) ~ '</?[a-z]+ ?/?>'",
        "select count(*) from quality.issues where entity = 'reviews' and rule = 'html_in_text'",
    ),
    "orders that a message names stand in it": (
        """
        select messages.message_id
        from marts.context_messages as messages
        cross join lateral unnest(messages.mentioned_orders) as mention (order_id)
        where messages.body !~ ('(^|[^A-Za-z0-9])' || mention.order_id || '($|[^A-Za-z0-9])')
        """,
        "select count(*) from marts.context_messages where cardinality(mentioned_orders) > 0",
    ),
    "urgency is no topic": (
        "select message_id from marts.context_messages where 'urgent' = any(topics)",
        "select count(*) from marts.context_messages where is_urgent",
    ),
    "of the topics in a ticket's subject the first in the dictionary": (
        """
        select tickets.ticket_id
        from marts.fct_support_tickets as tickets
        cross join lateral (
            select min(topics.priority) as priority from quality.ticket_topics as topics
            where tickets.subject ~* topics.pattern
        ) as first
        inner join quality.ticket_topics as topics on topics.priority = first.priority
        where tickets.topic <> topics.topic
        """,
        """
        select count(*) from (
            select from marts.fct_support_tickets as tickets
            inner join quality.ticket_topics as topics on tickets.subject ~* topics.pattern
            group by tickets.ticket_id having count(*) > 1
        ) as ambiguous
        """,
    ),
}


def prepare(connection: psycopg.Connection) -> None:
    """Make what several queries read."""
    connection.execute(
        "create temp table baskets as select array_agg(distinct product_id) as products"
        " from marts.fct_order_items where not is_cancelled and product_id <> 'unknown'"
        " group by order_id"
    )
