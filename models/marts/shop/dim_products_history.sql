{{ config(indexes=[{'columns': ['version_key'], 'unique': True}]) }}

with versions as (
    {{ versions_of(ref('products_snapshot'), 'product_id', [
        'product_name', 'category', 'department', 'list_price', 'currency', 'unit_cost', 'supplier',
        'supplier_country', 'colour', 'material', 'weight_g', 'is_active', 'launched_on',
    ]) }}
)

select
    concat(product_id, ' ', version_number) as version_key,
    product_id,
    version_number::integer as version_number,
    valid_from,
    valid_to,
    is_current,
    changed,
    product_name,
    category,
    department,
    supplier,
    list_price,
    currency,
    unit_cost,
    coalesce(is_active, false) as is_active,
    _file_id,
    _line
from versions
