{{ config(indexes=[{'columns': ['country_code', 'order_date'], 'unique': True}]) }}

{%- set weeks = 8 %}

with orders_by_day as (
    select
        country_code,
        order_date,
        sum(revenue_eur) as revenue_eur,
        count(*) filter (where not is_cancelled) as orders_count
    from {{ ref('fct_orders') }}
    group by country_code, order_date
),

first_days as (
    select
        country_code,
        min(order_date) as first_day
    from orders_by_day
    group by country_code
),

last_day as (
    select max(order_date) as last_day
    from orders_by_day
),

-- A day without an order is a day with no revenue, not a gap.
every_day as (
    select
        first_days.country_code,
        dates.date_day as order_date,
        dates.weekday,
        coalesce(orders_by_day.revenue_eur, 0) as revenue_eur,
        coalesce(orders_by_day.orders_count, 0) as orders_count
    from first_days
    cross join last_day
    inner join {{ ref('dim_dates') }} as dates
        on first_days.first_day <= dates.date_day and last_day.last_day >= dates.date_day
    left join orders_by_day
        on first_days.country_code = orders_by_day.country_code and dates.date_day = orders_by_day.order_date
),

same_weekday_before as (
    select
        today.country_code,
        today.order_date,
        before.revenue_eur
    from every_day as today
    cross join generate_series(1, {{ weeks }}) as weeks_ago
    inner join every_day as before
        on
            today.country_code = before.country_code
            and today.order_date - 7 * weeks_ago = before.order_date
),

medians as (
    select
        country_code,
        order_date,
        count(*) as weeks_count,
        percentile_cont(0.5) within group (order by revenue_eur) as median_eur
    from same_weekday_before
    group by country_code, order_date
),

baselines as (
    select
        medians.country_code,
        medians.order_date,
        medians.weeks_count,
        medians.median_eur,
        percentile_cont(0.5) within group (
            order by abs(same_weekday_before.revenue_eur - medians.median_eur)
        ) as mad_eur
    from medians
    inner join same_weekday_before
        on
            medians.country_code = same_weekday_before.country_code
            and medians.order_date = same_weekday_before.order_date
    group by medians.country_code, medians.order_date, medians.weeks_count, medians.median_eur
),

-- 1.4826 makes the MAD comparable with a standard deviation. The band is never narrower than a
-- quarter of the median, so that eight much alike weeks do not make every day unusual.
banded as (
    select
        every_day.country_code,
        every_day.order_date,
        every_day.weekday,
        every_day.revenue_eur,
        every_day.orders_count,
        coalesce(baselines.weeks_count, 0) as weeks_count,
        baselines.median_eur as expected_eur,
        greatest(3.5 * 1.4826 * baselines.mad_eur, 0.25 * baselines.median_eur) as tolerance_eur
    from every_day
    left join baselines
        on every_day.country_code = baselines.country_code and every_day.order_date = baselines.order_date
),

compared as (
    select
        country_code,
        order_date,
        weekday,
        revenue_eur,
        orders_count,
        weeks_count,
        expected_eur,
        greatest(expected_eur - tolerance_eur, 0) as lower_eur,
        expected_eur + tolerance_eur as upper_eur,
        case
            when weeks_count < 4 then 'no baseline'
            when revenue_eur > expected_eur + tolerance_eur then 'above'
            when revenue_eur < expected_eur - tolerance_eur then 'below'
            else 'within'
        end as position_in_band
    from banded
)

select
    concat(compared.country_code, ' ', compared.order_date) as country_day,
    compared.country_code,
    coalesce(countries.country, 'Unknown') as country,
    compared.order_date,
    compared.weekday,
    round(compared.revenue_eur, 2) as revenue_eur,
    compared.orders_count::integer as orders_count,
    compared.weeks_count::integer as weeks_compared,
    round(compared.expected_eur::numeric, 2) as expected_eur,
    round(compared.lower_eur::numeric, 2) as lower_eur,
    round(compared.upper_eur::numeric, 2) as upper_eur,
    compared.position_in_band,
    compared.position_in_band in ('above', 'below') as is_unusual,
    case
        when compared.position_in_band in ('above', 'below')
            then
                format(
                    '%s EUR on %s %s is %s the band of %s to %s EUR around %s EUR, the median of the %s %ss before.',
                    round(compared.revenue_eur),
                    compared.weekday,
                    compared.order_date,
                    compared.position_in_band,
                    round(compared.lower_eur::numeric),
                    round(compared.upper_eur::numeric),
                    round(compared.expected_eur::numeric),
                    compared.weeks_count,
                    compared.weekday
                )
    end as why
from compared
left join {{ ref('countries') }} as countries on compared.country_code = countries.country_code
