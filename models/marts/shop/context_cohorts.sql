{{ config(indexes=[{'columns': ['cohort_month', 'months_since'], 'unique': True}]) }}

with orders as (
    select
        orders.customer_key,
        date_trunc('month', orders.order_date)::date as order_month,
        date_trunc('month', min(orders.order_date) over (partition by orders.customer_key))::date as cohort_month,
        orders.revenue_eur
    from {{ ref('fct_orders') }} as orders
    where not orders.is_cancelled and orders.customer_key <> 'unknown'
),

activity as (
    select
        cohort_month,
        {{ months_between('cohort_month', 'order_month') }} as months_since,
        count(distinct customer_key) as active_customers,
        sum(revenue_eur) as revenue_eur
    from orders
    group by cohort_month, order_month
),

sizes as (
    select
        cohort_month,
        active_customers as customers_count
    from activity
    where months_since = 0
),

last_month as (
    select max(order_month) as last_month
    from orders
),

-- A month in which nobody came back is a month of the cohort, too.
every_month as (
    select
        sizes.cohort_month,
        sizes.customers_count,
        months.number as months_since
    from sizes
    cross join last_month
    cross join {{ whole_numbers('0', months_between('sizes.cohort_month', 'last_month.last_month'), 'months') }}
)

select
    concat(every_month.cohort_month, ' +', every_month.months_since) as cohort_and_month,
    every_month.cohort_month,
    every_month.months_since,
    every_month.customers_count::integer as customers_count,
    coalesce(activity.active_customers, 0)::integer as active_customers,
    round(coalesce(activity.active_customers, 0) / every_month.customers_count::numeric, 4) as retention_rate,
    coalesce(activity.revenue_eur, 0) as revenue_eur,
    sum(coalesce(activity.revenue_eur, 0)) over (
        partition by every_month.cohort_month order by every_month.months_since
    ) as cumulative_revenue_eur
from every_month
left join activity
    on every_month.cohort_month = activity.cohort_month and every_month.months_since = activity.months_since
