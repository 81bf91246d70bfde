with rates as (
    select
        rates.*,
        files.period_start,
        concat(rates.rate_date, ' ', rates.currency) as rate_key,
        {{ is_excluded('fx_rates', 'rates._issues') }} as is_unusable
    from {{ ref('stg_finance__fx_rates') }} as rates
    left join {{ ref('stg_ledger__files') }} as files on rates._file_id = files.file_id
),

ranked as (
    select
        *,
        {{ copy_number('rate_key') }} as copy_number,
        {{ kept_copy('rate_key') }} as kept_copy
    from rates
),

judged as (
    select
        *,
        _issues || {{ issue_codes([
            ('fx_duplicate', 'copy_number > 1 and rate_date is not null and currency is not null'),
        ]) }} as all_issues
    from ranked
)

select
    rate_key,
    rate_date,
    currency,
    rate,
    rate_source,
    all_issues as _issues,
    {{ is_excluded('fx_rates', 'all_issues') }} as is_excluded,
    case when copy_number > 1 then kept_copy end as kept_instead,
    _file_id,
    _line
from judged
