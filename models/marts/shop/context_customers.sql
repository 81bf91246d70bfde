{{ config(indexes=[{'columns': ['customer_key'], 'unique': True}]) }}

{%- set default_gap_days = 120 %}

with orders as (
    select
        orders.order_id,
        orders.customer_key,
        orders.order_date,
        orders.revenue_eur,
        orders.is_delivered_late,
        orders.returned_eur,
        orders.order_date
        - {{ previous('orders.order_date', 'orders.customer_key', 'orders.ordered_at, orders.order_id') }} as gap_days
    from {{ ref('fct_orders') }} as orders
    where not orders.is_cancelled and orders.customer_key <> 'unknown'
),

last_day as (
    select max(order_date) as today
    from orders
),

orders_by_customer as (
    select
        customer_key,
        count(*) as orders_count,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date,
        sum(revenue_eur) as revenue_eur,
        sum(returned_eur) as returned_eur,
        count(*) filter (where is_delivered_late) as late_deliveries,
        {{ median('gap_days') }} as usual_gap_days
    from orders
    group by customer_key
),

tickets_by_customer as (
    select
        tickets.customer_key,
        count(*) as tickets_count,
        count(*) filter (where tickets.opened_date > last_day.today - 90) as tickets_last_90_days,
        min(tickets.satisfaction) filter (where tickets.opened_date > last_day.today - 180) as worst_recent_satisfaction
    from {{ ref('fct_support_tickets') }} as tickets
    cross join last_day
    where tickets.customer_key <> 'unknown'
    group by tickets.customer_key
),

reviews_by_customer as (
    select
        customer_key,
        avg(rating) as average_rating
    from {{ ref('fct_reviews') }}
    where customer_key <> 'unknown'
    group by customer_key
),

histories as (
    select
        customers.customer_key,
        customers.segment,
        customers.country_code,
        customers.customer_since,
        orders_by_customer.first_order_date,
        orders_by_customer.last_order_date,
        last_day.today - orders_by_customer.last_order_date as days_since_last,
        orders_by_customer.usual_gap_days,
        coalesce(orders_by_customer.orders_count, 0) as orders_count,
        coalesce(orders_by_customer.revenue_eur, 0) as revenue_eur,
        coalesce(orders_by_customer.returned_eur, 0) as returned_eur,
        coalesce(orders_by_customer.late_deliveries, 0) as late_deliveries,
        coalesce(tickets_by_customer.tickets_count, 0) as tickets_count,
        coalesce(tickets_by_customer.tickets_last_90_days, 0) as tickets_last_90_days,
        tickets_by_customer.worst_recent_satisfaction,
        reviews_by_customer.average_rating
    from {{ ref('dim_customers') }} as customers
    cross join last_day
    left join orders_by_customer on customers.customer_key = orders_by_customer.customer_key
    left join tickets_by_customer on customers.customer_key = tickets_by_customer.customer_key
    left join reviews_by_customer on customers.customer_key = reviews_by_customer.customer_key
    where customers.customer_key <> 'unknown'
),

scores as (
    select
        customer_key,
        {{ fifth('last_order_date, customer_key') }} as recency_score,
        {{ fifth('orders_count, revenue_eur, customer_key') }} as frequency_score,
        {{ fifth('revenue_eur, customer_key') }} as monetary_score
    from histories
    where orders_count > 0
),

judged as (
    select
        customer_key,
        {{ lifecycle_stage('orders_count', 'days_since_last', 'usual_gap_days', default_gap_days) }} as lifecycle_stage,
        orders_count > 0
        and days_since_last > 2 * coalesce(usual_gap_days, {{ default_gap_days }}) as is_overdue,
        coalesce(worst_recent_satisfaction <= 2, false)
        or coalesce(average_rating < 2.5, false)
        or tickets_last_90_days >= 2 as is_unhappy,
        coalesce(returned_eur > 0.4 * nullif(revenue_eur, 0), false) as returns_much,
        orders_count = 1 as bought_once
    from histories
)

select
    histories.customer_key,
    histories.segment,
    histories.country_code,
    histories.first_order_date,
    histories.last_order_date,
    date_trunc('month', histories.first_order_date)::date as cohort_month,
    histories.days_since_last,
    round(histories.usual_gap_days::numeric, 1) as usual_gap_days,
    histories.orders_count::integer as orders_count,
    histories.revenue_eur,
    histories.returned_eur,
    histories.late_deliveries::integer as late_deliveries,
    histories.tickets_count::integer as tickets_count,
    histories.tickets_last_90_days::integer as tickets_last_90_days,
    round(histories.average_rating::numeric, 2) as average_rating,
    scores.recency_score,
    scores.frequency_score,
    scores.monetary_score,
    concat(scores.recency_score, scores.frequency_score, scores.monetary_score) as rfm,
    judged.lifecycle_stage,
    case
        when histories.orders_count > 0
            then {{ churn_risk(
                'judged.is_overdue', 'judged.is_unhappy', 'judged.returns_much', 'judged.bought_once'
            ) }}
        else 'none'
    end as churn_risk,
    {{ sentence([
        "case when judged.is_overdue then format(
            '%s days since the last order, where %s are usual for %s', histories.days_since_last,
            round(coalesce(histories.usual_gap_days, " ~ default_gap_days ~ ")),
            case when histories.usual_gap_days is null then 'a first order' else 'this customer' end
        ) end",
        "case when histories.worst_recent_satisfaction <= 2 then format(
            'gave the support %s of 5 within half a year', histories.worst_recent_satisfaction
        ) end",
        "case when histories.tickets_last_90_days >= 2 then format(
            '%s tickets within 90 days', histories.tickets_last_90_days
        ) end",
        "case when histories.average_rating < 2.5 then format(
            'rates products %s stars on average', round(histories.average_rating, 1)
        ) end",
        "case when judged.returns_much then format(
            'sends back %s %% of what they buy', round(100 * histories.returned_eur / histories.revenue_eur)
        ) end",
        "case when judged.bought_once then 'has ordered only once' end",
    ]) }} as why
from histories
inner join judged on histories.customer_key = judged.customer_key
left join scores on histories.customer_key = scores.customer_key
