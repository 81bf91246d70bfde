{{ config(indexes=[{'columns': ['product_id', 'other_product_id'], 'unique': True}]) }}

{%- set least_orders = 5 %}

with baskets as (
    select
        order_id,
        product_id
    from {{ ref('fct_order_items') }}
    where not is_cancelled and product_id <> 'unknown'
    group by order_id, product_id
),

sizes as (
    select count(distinct order_id) as orders_count
    from baskets
),

products as (
    select
        product_id,
        count(*) as orders_with_product
    from baskets
    group by product_id
),

pairs as (
    select
        baskets.product_id,
        others.product_id as other_product_id,
        count(*) as orders_with_both
    from baskets
    inner join baskets as others
        on baskets.order_id = others.order_id and baskets.product_id <> others.product_id
    group by baskets.product_id, others.product_id
    having count(*) >= {{ least_orders }}
),

measured as (
    select
        pairs.product_id,
        pairs.other_product_id,
        pairs.orders_with_both,
        products.orders_with_product,
        others.orders_with_product as orders_with_other,
        pairs.orders_with_both / sizes.orders_count::numeric as support,
        pairs.orders_with_both / products.orders_with_product::numeric as confidence,
        pairs.orders_with_both * sizes.orders_count
        / (products.orders_with_product * others.orders_with_product)::numeric as lift
    from pairs
    cross join sizes
    inner join products on pairs.product_id = products.product_id
    inner join products as others on pairs.other_product_id = others.product_id
)

select
    concat(measured.product_id, ' ', measured.other_product_id) as product_pair,
    measured.product_id,
    names.product_name,
    measured.other_product_id,
    other_names.product_name as other_product_name,
    measured.orders_with_both::integer as orders_with_both,
    measured.orders_with_product::integer as orders_with_product,
    round(measured.support, 6) as support,
    round(measured.confidence, 4) as confidence,
    round(measured.lift, 2) as lift,
    format(
        'Of %s orders with %s, %s %% also had %s: %s times as often as chance would have it.',
        measured.orders_with_product,
        names.product_name,
        round(100 * measured.confidence, 1),
        other_names.product_name,
        round(measured.lift, 1)
    ) as why
from measured
left join {{ ref('dim_products') }} as names on measured.product_id = names.product_id
left join {{ ref('dim_products') }} as other_names on measured.other_product_id = other_names.product_id
where measured.lift > 1
