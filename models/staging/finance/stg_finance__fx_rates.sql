with source as (
    select * from {{ source('finance', 'fx_rates') }}
),

cleaned as (
    select
        _file_id,
        _line,
        {{ to_date('date') }} as rate_date,
        {{ currency_code('currency') }} as currency,
        {{ to_number('rate') }} as rate,
        {{ clean_text('source') }} as rate_source
    from source
),

flagged as (
    select
        _file_id,
        _line,
        rate_date,
        currency,
        rate,
        rate_source,
        {{ issue_codes([
            ('rate_invalid', 'rate is null or rate <= 0'),
            ('date_invalid', 'rate_date is null'),
            ('currency_unknown', 'currency is null'),
        ]) }} as _issues
    from cleaned
)

select
    rate_date,
    currency,
    rate,
    rate_source,
    _issues,
    _file_id,
    _line
from flagged
