{{ config(indexes=[{'columns': ['product_id'], 'unique': True}]) }}

with products as (
    select * from {{ ref('int_products__judged') }}
    where not is_excluded
),

latest_rates as (
    select
        currency,
        rate
    from {{ ref('int_fx_rates__daily') }}
    where rate_date = (select max(fx.rate_date) from {{ ref('int_fx_rates__daily') }} as fx)
),

known_products as (
    select
        products.product_id,
        products.product_name,
        products.category,
        products.department,
        coalesce(products.supplier, 'Unknown') as supplier,
        products.supplier_country,
        products.colour,
        products.material,
        products.weight_g,
        round(products.list_price / latest_rates.rate, 2) as list_price_eur,
        round(products.unit_cost / latest_rates.rate, 2) as unit_cost_eur,
        coalesce(products.is_active, false) as is_active,
        products.launched_on,
        products._issues as issues,
        products._file_id,
        products._line
    from products
    left join latest_rates on products.currency = latest_rates.currency
),

unknown_product as (
    select
        'unknown' as product_id,
        'Unknown product' as product_name,
        'Unknown' as category,
        'Unknown' as department,
        'Unknown' as supplier,
        null::text as supplier_country,
        null::text as colour,
        null::text as material,
        null::numeric as weight_g,
        null::numeric as list_price_eur,
        null::numeric as unit_cost_eur,
        false as is_active,
        null::date as launched_on,
        {{ no_texts() }} as issues,
        null::bigint as _file_id,
        null::bigint as _line
)

select
    product_id,
    product_name,
    category,
    department,
    supplier,
    supplier_country,
    colour,
    material,
    weight_g,
    list_price_eur,
    unit_cost_eur,
    is_active,
    launched_on,
    issues,
    _file_id,
    _line
from known_products
union all
select
    product_id,
    product_name,
    category,
    department,
    supplier,
    supplier_country,
    colour,
    material,
    weight_g,
    list_price_eur,
    unit_cost_eur,
    is_active,
    launched_on,
    issues,
    _file_id,
    _line
from unknown_product
