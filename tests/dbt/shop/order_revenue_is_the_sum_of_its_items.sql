{{ config(meta={
    'failure_means': "An order's revenue is not what its items add up to: one of the two reports is wrong.",
}) }}

-- An order's figures are its items': they may differ by the rounding of the order to cents only.
with items_by_order as (
    select
        order_id,
        sum(revenue_eur) as revenue_eur,
        sum(returned_eur) as returned_eur,
        sum(given_discount_eur) as given_discount_eur
    from {{ ref('fct_order_items') }}
    group by order_id
)

select
    orders.order_id,
    orders.revenue_eur,
    items_by_order.revenue_eur as items_revenue_eur
from {{ ref('fct_orders') }} as orders
left join items_by_order on orders.order_id = items_by_order.order_id
where
    abs(orders.revenue_eur - coalesce(items_by_order.revenue_eur, 0)) > 0.01
    or abs(orders.returned_eur - coalesce(items_by_order.returned_eur, 0)) > 0.01
    or orders.revenue_eur < orders.returned_eur - 0.01
