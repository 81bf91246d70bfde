{{ config(
    materialized='incremental',
    incremental_strategy='replace_different',
    changed_key='customer_id',
    indexes=[{'columns': ['customer_id'], 'unique': True}],
    post_hook='{{ note_built() }}',
) }}

with current_links as (
    select
        linked_id as customer_id,
        customer_key
    from {{ ref('int_customers__crosswalk') }}
    where linked_id is not null
)

{{ differences('current_links', 'customer_id', ['customer_key']) }}
