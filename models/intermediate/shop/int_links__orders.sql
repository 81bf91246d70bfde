{{ config(
    materialized='incremental',
    incremental_strategy='replace_different',
    changed_key='order_id',
    indexes=[{'columns': ['order_id'], 'unique': True}],
    post_hook='{{ note_built() }}',
) }}

with current_links as (
    select
        order_id,
        customer_key,
        currency,
        order_date
    from {{ ref('int_orders__deduplicated') }}
    where not is_excluded
)

{{ differences('current_links', 'order_id', ['customer_key', 'currency', 'order_date']) }}
