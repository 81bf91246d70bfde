{{ config(indexes=[{'columns': ['order_id']}]) }}

with items_by_order as (
    select
        order_id,
        sum(round(quantity * unit_price_as_written * (1 - discount_rate), 2)) as items_amount
    from {{ ref('int_order_items__judged') }}
    where not is_excluded
    group by order_id
),

judged as (
    select
        orders.*,
        orders._issues || {{ issue_codes([
            ('total_mismatch', "not orders.is_excluded and abs(
                orders.total_amount - items_by_order.items_amount
                - coalesce(orders.shipping_fee, 0) + coalesce(orders.discount_amount, 0)
            ) > 0.05"),
        ]) }} as all_issues
    from {{ ref('int_orders__deduplicated') }} as orders
    left join items_by_order on orders.order_id = items_by_order.order_id
)

select
    order_id,
    customer_id,
    customer_key,
    ordered_at,
    order_date,
    status,
    channel,
    country_code,
    currency,
    shipping_fee,
    discount_amount,
    coupon_code,
    total_amount,
    shipped_at,
    delivered_at,
    note,
    all_issues as _issues,
    is_excluded,
    kept_instead,
    _file_id,
    _line
from judged
