{{ config(
    materialized='incremental',
    incremental_strategy='replace_affected',
    on_schema_change='append_new_columns',
    affected_key='customer_key',
    changed_key='order_id',
    indexes=[
        {'columns': ['order_id'], 'unique': True},
        {'columns': ['order_date']},
        {'columns': ['customer_key']},
    ],
    pre_hook="{{ affected_by(
        'customer_key', [('int_orders__judged', 'customer_key')], [],
        links=[
            (
                'int_orders__judged', 'customer_key', 'order_id',
                ['int_orders__deduplicated', 'int_order_items__judged', 'int_order_items__valued', 'int_links__order_rates']
            ),
            (
                'this', 'customer_key', 'order_id',
                ['int_orders__deduplicated', 'int_order_items__judged', 'int_order_items__valued', 'int_links__order_rates']
            ),
        ]
    ) }}",
    post_hook='{{ note_built() }}',
) }}

with orders as (
    select * from {{ ref('int_orders__judged') }}
    where not is_excluded and {{ is_affected('customer_key') }}
),

items_by_order as (
    select
        order_id,
        sum(quantity) as items_count,
        sum(gross_eur) as gross_eur,
        sum(discount_eur) as discount_eur,
        sum(revenue_eur) as revenue_eur,
        sum(cost_eur) as cost_eur,
        -- Items of unknown cost are left out of the margin.
        sum(revenue_eur - cost_eur) as margin_eur,
        sum(returned_eur) as returned_eur,
        sum(returned_quantity) as returned_count
    from {{ ref('int_order_items__valued') }}
    group by order_id
),

-- A customer's first order is the first that was not cancelled.
numbered as (
    select
        order_id,
        row_number() over (partition by customer_key order by ordered_at, order_id) as order_number
    from orders
    where status <> 'cancelled' and customer_key <> 'unknown'
),

-- From ordered to delivered, in days.
timed as (
    select
        order_id,
        round(extract(epoch from delivered_at - ordered_at) / 86400, 2) as days_to_deliver
    from orders
)

select
    orders.order_id,
    orders.customer_key,
    orders.customer_id,
    orders.ordered_at,
    orders.order_date,
    coalesce(orders.country_code, 'unknown') as country_code,
    coalesce(countries.country, 'Unknown') as country,
    coalesce(orders.channel, 'unknown') as channel,
    orders.currency,
    orders.status,
    orders.status = 'cancelled' as is_cancelled,
    orders.status = 'returned' or coalesce(items_by_order.returned_count, 0) > 0 as is_returned,
    coalesce(numbered.order_number = 1, false) as is_first_order,
    numbered.order_number::integer as order_number,
    orders.coupon_code,
    coalesce(items_by_order.items_count, 0)::integer as items_count,
    round(coalesce(items_by_order.gross_eur, 0), 2) as gross_eur,
    round(coalesce(items_by_order.discount_eur, 0), 2) as discount_eur,
    round(coalesce(orders.shipping_fee, 0) / rates.rate, 2) as shipping_eur,
    round(coalesce(items_by_order.revenue_eur, 0), 2) as revenue_eur,
    round(coalesce(items_by_order.cost_eur, 0), 2) as cost_eur,
    round(coalesce(items_by_order.margin_eur, 0), 2) as margin_eur,
    round(coalesce(items_by_order.returned_eur, 0), 2) as returned_eur,
    round(orders.total_amount / rates.rate, 2) as total_eur,
    orders.shipped_at,
    orders.delivered_at,
    timed.days_to_deliver,
    timed.days_to_deliver > {{ var('late_after_days') }} as is_delivered_late,
    orders._issues as issues,
    orders._file_id,
    orders._line
from orders
left join items_by_order on orders.order_id = items_by_order.order_id
left join numbered on orders.order_id = numbered.order_id
left join timed on orders.order_id = timed.order_id
left join {{ ref('countries') }} as countries on orders.country_code = countries.country_code
left join {{ ref('int_fx_rates__daily') }} as rates
    on orders.order_date = rates.rate_date and orders.currency = rates.currency
