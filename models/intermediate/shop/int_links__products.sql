{{ config(
    materialized='incremental',
    incremental_strategy='replace_different',
    changed_key='product_id',
    indexes=[{'columns': ['product_id'], 'unique': True}],
    post_hook='{{ note_built() }}',
) }}

with current_links as (
    select
        product_id,
        product_name,
        list_price,
        unit_cost,
        currency
    from {{ ref('int_products__judged') }}
    where not is_excluded
)

{{ differences('current_links', 'product_id', ['product_name', 'list_price', 'unit_cost', 'currency']) }}
