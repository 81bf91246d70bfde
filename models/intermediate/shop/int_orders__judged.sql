{{ config(
    materialized='incremental',
    incremental_strategy='replace_affected',
    changed_key='order_id',
    indexes=[
        {'columns': ['order_id']},
        {'columns': ['_file_id', '_line'], 'unique': True},
    ],
    pre_hook="{{ affected_rows_by(
        'order_id', 'int_orders__deduplicated', ['int_orders__deduplicated', 'int_order_items__judged']
    ) }}",
    post_hook='{{ note_built() }}',
) }}

with orders as (
    select * from {{ ref('int_orders__deduplicated') }}
    where {{ is_affected_row() }}
),

items_by_order as (
    select
        order_id,
        sum(round(quantity * unit_price_as_written * (1 - discount_rate), 2)) as items_amount
    from {{ ref('int_order_items__judged') }}
    where
        not is_excluded
        {%- if works_on_changes() %}
        and order_id in (select orders.order_id from orders)
        {%- endif %}
    group by order_id
)

select
    orders.order_id,
    orders.customer_id,
    orders.customer_key,
    orders.ordered_at,
    orders.order_date,
    orders.status,
    orders.channel,
    orders.country_code,
    orders.currency,
    orders.shipping_fee,
    orders.discount_amount,
    orders.coupon_code,
    orders.total_amount,
    orders.shipped_at,
    orders.delivered_at,
    orders.note,
    orders._issues || {{ issue_codes([
        ('total_mismatch', "not orders.is_excluded and abs(
            orders.total_amount - coalesce(items_by_order.items_amount, 0)
            - coalesce(orders.shipping_fee, 0) + coalesce(orders.discount_amount, 0)
        ) > 0.05"),
    ]) }} as _issues,
    orders.is_excluded,
    orders.kept_instead,
    orders._file_id,
    orders._line
from orders
left join items_by_order on orders.order_id = items_by_order.order_id
