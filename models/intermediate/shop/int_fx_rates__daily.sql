{{ config(indexes=[{'columns': ['rate_date', 'currency'], 'unique': True}]) }}

with rates as (
    select
        rate_date,
        currency,
        rate
    from {{ ref('int_fx_rates__judged') }}
    where not is_excluded and currency <> 'EUR'
),

covered_period as (
    select
        least(min(rates.rate_date), min(files.period_start)) as first_day,
        greatest(max(rates.rate_date), max(files.period_end)) as last_day
    from {{ ref('stg_ledger__files') }} as files
    cross join rates
),

currencies as (
    select currency
    from rates
    group by currency
),

days as (
    select
        currencies.currency,
        each.day as rate_date
    from covered_period
    cross join currencies
    cross join {{ days('covered_period.first_day', 'covered_period.last_day', 'each') }}
),

-- Every published rate opens a block of days that it holds for. Days before the first one are block 0.
blocks as (
    select
        days.currency,
        days.rate_date,
        rates.rate,
        count(rates.rate) over (partition by days.currency order by days.rate_date) as block
    from days
    left join rates on days.currency = rates.currency and days.rate_date = rates.rate_date
),

filled as (
    select
        currency,
        rate_date,
        rate is not null as is_published,
        coalesce(
            first_value(rate) over (partition by currency, block order by rate_date),
            min(case when block = 1 then rate end) over (partition by currency)
        ) as rate
    from blocks
),

euro as (
    select
        'EUR' as currency,
        each.day as rate_date,
        false as is_published,
        1::numeric as rate
    from covered_period
    cross join {{ days('covered_period.first_day', 'covered_period.last_day', 'each') }}
)

select
    rate_date,
    currency,
    rate,
    is_published
from filled
union all
select
    rate_date,
    currency,
    rate,
    is_published
from euro
