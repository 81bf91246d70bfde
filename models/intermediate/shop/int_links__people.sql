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
        coalesce(country_code, 'unknown') as country_code
    from {{ ref('int_customers__judged') }}
    where not is_excluded
    union all
    select
        'unknown' as customer_key,
        'unknown' as country_code
)

{{ differences('current_links', 'customer_key', ['country_code']) }}
