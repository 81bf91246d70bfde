{{ config(
    materialized='incremental',
    incremental_strategy='replace_different',
    changed_key='rate_date',
    indexes=[{'columns': ['rate_date'], 'unique': True}],
    post_hook='{{ note_built() }}',
) }}

with current_links as (
    select
        rate_date,
        string_agg(concat(currency, ' ', rate), ', ' order by currency) as rates
    from {{ ref('int_fx_rates__daily') }}
    group by rate_date
)

{{ differences('current_links', 'rate_date', ['rates']) }}
