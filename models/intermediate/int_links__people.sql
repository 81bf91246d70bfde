{{ config(
    materialized='incremental',
    incremental_strategy='replace_different',
    changed_key='customer_key',
    indexes=[{'columns': ['customer_key'], 'unique': True}],
    post_hook='{{ note_built() }}',
) }}

with current_links as (
    select
        customer_key,
        country_code
    from {{ ref('dim_customers') }}
)

{{ differences('current_links', 'customer_key', ['country_code']) }}
