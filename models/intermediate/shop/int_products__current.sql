{{ config(materialized='view') }}

{%- set tracked = [
    'product_name', 'category', 'department', 'list_price', 'currency', 'unit_cost', 'supplier', 'supplier_country',
    'colour', 'material', 'weight_g', 'is_active', 'launched_on',
] %}

select
    products.product_id,
    products.product_name,
    products.category,
    products.department,
    products.list_price,
    products.currency,
    products.unit_cost,
    products.supplier,
    products.supplier_country,
    products.colour,
    products.material,
    products.weight_g,
    products.is_active,
    products.launched_on,
    {{ content_hash(tracked) }} as content_hash,
    products._file_id,
    products._line
from {{ ref('int_products__judged') }} as products
where not products.is_excluded
