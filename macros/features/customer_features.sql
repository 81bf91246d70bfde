{#
    One row per customer as they were known at the end of a day (UTC): what had happened until then, and
    beside it, as labels, what they did in the days after it.

    Nothing a feature is made of may have been learned later. So an order counts from the moment it was
    placed, whatever became of it; a delivery, a return, a rating or the end of a ticket counts from its
    own moment. Cancellations bear no date in the sources: no feature knows of them. What a customer is
    (segment, country) is the version that held on that day.
#}
{% macro customer_features(as_of, horizon_days) -%}
with moments as (
    select
        date '{{ as_of }}' as as_of,
        (date '{{ as_of }}' + 1)::timestamp at time zone 'UTC' as known_before,
        (date '{{ as_of }}' + 1 + {{ horizon_days }})::timestamp at time zone 'UTC' as horizon_end
),

last_known as (
    select max(ordered_at) as ordered_at
    from {{ ref('fct_orders') }}
),

customers as (
    select
        customers.customer_key,
        moments.as_of,
        versions.country_code,
        versions.segment,
        versions.language,
        versions.marketing_opt_in,
        moments.as_of - customers.customer_since::date as customer_for_days
    from {{ ref('dim_customers') }} as customers
    cross join moments
    inner join {{ ref('dim_customers_history') }} as versions
        on
            customers.customer_key = versions.customer_key
            and (versions.valid_from is null or versions.valid_from < moments.known_before)
            and (versions.valid_to is null or versions.valid_to >= moments.known_before)
    where customers.customer_key <> 'unknown' and customers.customer_since::date <= moments.as_of
),

orders as (
    select
        orders.customer_key,
        count(*)::integer as orders_count,
        moments.as_of - max(orders.order_date) as days_since_last_order,
        {% for days in [30, 90, 365] -%}
        count(*) filter (where orders.order_date > moments.as_of - {{ days }})::integer as orders_{{ days }}d,
        coalesce(sum(orders.gross_eur) filter (where orders.order_date > moments.as_of - {{ days }}), 0)::double precision
            as gross_eur_{{ days }}d,
        {% endfor -%}
        avg(orders.gross_eur)::double precision as average_order_eur,
        count(*) filter (where orders.coupon_code is not null)::double precision / count(*) as coupon_share,
        count(*) filter (where orders.delivered_at < moments.known_before and orders.is_delivered_late)::integer
            as late_deliveries
    from {{ ref('fct_orders') }} as orders
    cross join moments
    where orders.ordered_at < moments.known_before
    group by orders.customer_key, moments.as_of
),

items as (
    select
        items.customer_key,
        count(distinct products.category)::integer as categories_count,
        coalesce(
            sum(items.returned_eur) filter (where items.returned_at < moments.known_before), 0
        )::double precision as returned_eur
    from {{ ref('fct_order_items') }} as items
    inner join {{ ref('dim_products') }} as products on items.product_id = products.product_id
    cross join moments
    where items.ordered_at < moments.known_before
    group by items.customer_key
),

sessions as (
    select
        sessions.customer_key,
        count(*)::integer as sessions_30d,
        count(*) filter (where sessions.has_add_to_cart and not sessions.has_purchase)::integer as abandoned_carts_30d
    from {{ ref('fct_sessions') }} as sessions
    cross join moments
    where sessions.ended_at < moments.known_before and sessions.session_date > moments.as_of - 30
    group by sessions.customer_key
),

tickets as (
    select
        tickets.customer_key,
        count(*) filter (where tickets.opened_date > moments.as_of - 90)::integer as tickets_90d,
        count(*) filter (where tickets.closed_at is null or tickets.closed_at >= moments.known_before)::integer
            as open_tickets,
        min(tickets.satisfaction) filter (where tickets.closed_at < moments.known_before) as worst_satisfaction
    from {{ ref('fct_support_tickets') }} as tickets
    cross join moments
    where tickets.opened_at < moments.known_before
    group by tickets.customer_key
),

messages as (
    select
        tickets.customer_key,
        avg(messages.sentiment)::double precision as sentiment_180d
    from {{ ref('context_messages') }} as messages
    inner join {{ ref('fct_support_tickets') }} as tickets on messages.ticket_id = tickets.ticket_id
    cross join moments
    where
        messages.author = 'customer'
        and messages.written_at < moments.known_before
        and messages.written_at >= moments.known_before - interval '180 days'
    group by tickets.customer_key
),

reviews as (
    select
        reviews.customer_key,
        count(*)::integer as reviews_count,
        avg(reviews.rating)::double precision as average_rating
    from {{ ref('fct_reviews') }} as reviews
    cross join moments
    where reviews.reviewed_at < moments.known_before
    group by reviews.customer_key
),

labels as (
    select
        orders.customer_key,
        count(*)::integer as orders_next,
        sum(orders.gross_eur)::double precision as gross_eur_next
    from {{ ref('fct_orders') }} as orders
    cross join moments
    where orders.ordered_at >= moments.known_before and orders.ordered_at < moments.horizon_end
    group by orders.customer_key
)

select
    customers.customer_key,
    customers.as_of,
    customers.country_code,
    customers.segment,
    customers.language,
    customers.marketing_opt_in,
    customers.customer_for_days,
    coalesce(orders.orders_count, 0) as orders_count,
    orders.days_since_last_order,
    {% for days in [30, 90, 365] -%}
    coalesce(orders.orders_{{ days }}d, 0) as orders_{{ days }}d,
    coalesce(orders.gross_eur_{{ days }}d, 0) as gross_eur_{{ days }}d,
    {% endfor -%}
    orders.average_order_eur,
    orders.coupon_share,
    coalesce(orders.late_deliveries, 0) as late_deliveries,
    coalesce(items.categories_count, 0) as categories_count,
    coalesce(items.returned_eur, 0) as returned_eur,
    coalesce(sessions.sessions_30d, 0) as sessions_30d,
    coalesce(sessions.abandoned_carts_30d, 0) as abandoned_carts_30d,
    coalesce(tickets.tickets_90d, 0) as tickets_90d,
    coalesce(tickets.open_tickets, 0) as open_tickets,
    tickets.worst_satisfaction,
    messages.sentiment_180d,
    coalesce(reviews.reviews_count, 0) as reviews_count,
    reviews.average_rating,
    case when last_known.ordered_at >= moments.horizon_end then coalesce(labels.orders_next, 0) end as label_orders_next,
    case when last_known.ordered_at >= moments.horizon_end then coalesce(labels.gross_eur_next, 0) end
        as label_gross_eur_next
from customers
cross join moments
cross join last_known
left join orders on customers.customer_key = orders.customer_key
left join items on customers.customer_key = items.customer_key
left join sessions on customers.customer_key = sessions.customer_key
left join tickets on customers.customer_key = tickets.customer_key
left join messages on customers.customer_key = messages.customer_key
left join reviews on customers.customer_key = reviews.customer_key
left join labels on customers.customer_key = labels.customer_key
order by customers.customer_key
{%- endmacro %}
