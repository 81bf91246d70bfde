{{ config(
    materialized='incremental',
    incremental_strategy='replace_affected',
    affected_key='order_id',
    changed_key='order_id',
    indexes=[
        {'columns': ['order_id']},
    ],
    pre_hook="{{ affected_by(
        'order_id', [('int_orders__deduplicated', 'order_id')], ['int_orders__deduplicated', 'int_order_items__judged']
    ) }}",
    post_hook='{{ note_built() }}',
) }}

with orders as (
    select
        order_id,
        customer_key,
        ordered_at,
        order_date,
        status,
        currency,
        country_code,
        coalesce(discount_amount, 0) as discount_amount
    from {{ ref('int_orders__judged') }}
    where not is_excluded and {{ is_affected('order_id') }}
),

products as (
    select
        product_id,
        unit_cost,
        currency
    from {{ ref('int_products__judged') }}
    where not is_excluded
),

items as (
    select
        order_item_id,
        order_id,
        product_key,
        quantity,
        unit_price,
        discount_rate,
        tax_rate,
        returned_quantity,
        returned_at,
        return_reason,
        _issues,
        _file_id,
        _line,
        quantity * unit_price as gross_amount,
        round(quantity * unit_price * (1 - discount_rate), 2) as item_amount,
        sum(round(quantity * unit_price * (1 - discount_rate), 2)) over (partition by order_id) as order_amount
    from {{ ref('int_order_items__judged') }}
    where not is_excluded and {{ is_affected('order_id') }}
),

-- The order's own discount is spread over its items by value; it is never more than they are worth.
valued as (
    select
        items.order_item_id,
        orders.status = 'cancelled' as is_cancelled,
        items.gross_amount / order_rates.rate as gross_eur,
        (
            items.item_amount
            - coalesce(
                least(greatest(orders.discount_amount, 0), items.order_amount)
                * items.item_amount / nullif(items.order_amount, 0),
                0
            )
        ) / order_rates.rate as value_eur,
        items.quantity * products.unit_cost / product_rates.rate as cost_eur
    from items
    inner join orders on items.order_id = orders.order_id
    left join products on items.product_key = products.product_id
    left join {{ ref('int_fx_rates__daily') }} as order_rates
        on orders.order_date = order_rates.rate_date and orders.currency = order_rates.currency
    left join {{ ref('int_fx_rates__daily') }} as product_rates
        on orders.order_date = product_rates.rate_date and products.currency = product_rates.currency
)

select
    items.order_item_id,
    items.order_id,
    items.product_key as product_id,
    orders.customer_key,
    orders.ordered_at,
    orders.order_date,
    orders.country_code,
    orders.currency,
    valued.is_cancelled,
    items.quantity,
    items.unit_price,
    items.discount_rate,
    items.tax_rate,
    case when valued.is_cancelled then 0 else items.returned_quantity end as returned_quantity,
    items.returned_at,
    items.return_reason,
    round(valued.gross_eur, 4) as gross_eur,
    round(valued.gross_eur - valued.value_eur, 4) as discount_eur,
    case when valued.is_cancelled then 0 else round(valued.value_eur, 4) end as revenue_eur,
    case when valued.is_cancelled then 0 else round(valued.cost_eur, 4) end as cost_eur,
    case
        when valued.is_cancelled then 0
        else round(valued.value_eur * items.returned_quantity / items.quantity, 4)
    end as returned_eur,
    items._issues,
    items._file_id,
    items._line
from items
inner join orders on items.order_id = orders.order_id
inner join valued on items.order_item_id = valued.order_item_id
