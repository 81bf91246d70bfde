{{ config(
    materialized='incremental',
    incremental_strategy='replace_different',
    changed_key='order_id',
    indexes=[{'columns': ['order_id'], 'unique': True}],
    post_hook='{{ note_built() }}',
) }}

with current_links as (
    select
        orders.order_id,
        day_rates.rates
    from {{ ref('int_orders__deduplicated') }} as orders
    inner join {{ ref('int_links__rates') }} as day_rates
        on orders.order_date = day_rates.rate_date and not day_rates.is_gone
    where not orders.is_excluded
)

{{ differences('current_links', 'order_id', ['rates']) }}
