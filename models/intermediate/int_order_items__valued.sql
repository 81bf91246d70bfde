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
    where not is_excluded
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
        *,
        quantity * unit_price as gross_amount,
        round(quantity * unit_price * (1 - discount_rate), 2) as item_amount,
        sum(round(quantity * unit_price * (1 - discount_rate), 2)) over (partition by order_id) as order_amount
    from {{ ref('int_order_items__judged') }}
    where not is_excluded
),

-- The order's own discount is spread over its items by value.
discounted as (
    select
        items.*,
        orders.customer_key,
        orders.ordered_at,
        orders.order_date,
        orders.status,
        orders.currency,
        orders.country_code,
        coalesce(orders.discount_amount * items.item_amount / nullif(items.order_amount, 0), 0) as order_discount
    from items
    inner join orders on items.order_id = orders.order_id
),

in_euro as (
    select
        discounted.*,
        discounted.gross_amount / order_rates.rate as gross_eur,
        (discounted.item_amount - discounted.order_discount) / order_rates.rate as value_eur,
        discounted.quantity * products.unit_cost / product_rates.rate as cost_of_items_eur
    from discounted
    left join products on discounted.product_key = products.product_id
    left join {{ ref('int_fx_rates__daily') }} as order_rates
        on discounted.order_date = order_rates.rate_date and discounted.currency = order_rates.currency
    left join {{ ref('int_fx_rates__daily') }} as product_rates
        on discounted.order_date = product_rates.rate_date and products.currency = product_rates.currency
)

select
    order_item_id,
    order_id,
    product_key as product_id,
    customer_key,
    ordered_at,
    order_date,
    country_code,
    currency,
    status = 'cancelled' as is_cancelled,
    quantity,
    unit_price,
    discount_rate,
    tax_rate,
    case when status = 'cancelled' then 0 else returned_quantity end as returned_quantity,
    returned_at,
    return_reason,
    round(gross_eur, 4) as gross_eur,
    round(gross_eur - value_eur, 4) as discount_eur,
    case when status = 'cancelled' then 0 else round(value_eur, 4) end as revenue_eur,
    case when status = 'cancelled' then 0 else round(cost_of_items_eur, 4) end as cost_eur,
    case when status = 'cancelled' then 0 else round(value_eur * returned_quantity / quantity, 4) end as returned_eur,
    _issues,
    _file_id,
    _line
from in_euro
