{{ config(
    meta={'own_files': ['fx_rates']},
    indexes=[{'columns': ['_file_id', '_line'], 'unique': True}],
) }}

with rates as (
    select * from {{ ref('stg_finance__fx_rates') }}
),

copies as (
    select
        rates._file_id,
        rates._line,
        {{ kept_instead(
            "concat(rates.rate_date, ' ', rates.currency)",
            is_excluded('fx_rates', 'rates._issues')
        ) }} as kept_instead
    from rates
    left join {{ ref('stg_ledger__files') }} as files on rates._file_id = files.file_id
),

judged as (
    select
        rates._file_id,
        rates._line,
        copies.kept_instead,
        rates._issues || {{ issue_codes([
            ('fx_duplicate', "copies.kept_instead is not null and rates.rate_date is not null and rates.currency is not null"),
        ]) }} as all_issues
    from rates
    inner join copies on rates._file_id = copies._file_id and rates._line = copies._line
)

select
    concat(rates.rate_date, ' ', rates.currency) as rate_key,
    rates.rate_date,
    rates.currency,
    rates.rate,
    rates.rate_source,
    judged.all_issues as _issues,
    {{ is_excluded('fx_rates', 'judged.all_issues') }} as is_excluded,
    judged.kept_instead,
    rates._file_id,
    rates._line
from rates
inner join judged on rates._file_id = judged._file_id and rates._line = judged._line
