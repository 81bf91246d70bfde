{{ config(indexes=[{'columns': ['rate_key'], 'unique': True}]) }}

select
    rate_key,
    rate_date,
    currency,
    rate,
    rate_source,
    _issues as issues,
    _file_id,
    _line
from {{ ref('int_fx_rates__judged') }}
where not is_excluded
