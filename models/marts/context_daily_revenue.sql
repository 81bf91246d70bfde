{{ config(indexes=[{'columns': ['country_code', 'order_date'], 'unique': True}]) }}

{%- set weeks = 13 %}

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

-- Revenue varies by factors, not by amounts: it is compared on a logarithmic scale.
same_weekday_before as (
    select
        country_code,
        order_date,
        weekday,
        revenue_eur,
        orders_count,
        array_agg(ln(1 + greatest(revenue_eur, 0))) over weeks_before as logs_before,
        array_agg(orders_count) over weeks_before as orders_before
    from every_day
    window weeks_before as (
        partition by country_code, weekday order by order_date rows between {{ weeks }} preceding and 1 preceding
    )
),

medians as (
    select
        country_code,
        order_date,
        weekday,
        revenue_eur,
        orders_count,
        logs_before,
        coalesce(cardinality(logs_before), 0) as weeks_count,
        {{ median_of('orders_before') }} as median_orders,
        {{ median_of('logs_before') }} as median_log
    from same_weekday_before
),

deviations as (
    select
        country_code,
        order_date,
        weekday,
        revenue_eur,
        orders_count,
        weeks_count,
        median_orders,
        median_log,
        {{ median_distance('logs_before', 'median_log') }} as mad_log
    from medians
),

-- 1.4826 makes the median absolute deviation comparable with a standard deviation. The band is never
-- narrower than a factor of three, so that some much alike weeks do not make every day unusual. e to the
-- 30th is more than any day's revenue, and keeps the band of an erratic market finite.
banded as (
    select
        country_code,
        order_date,
        weekday,
        revenue_eur,
        orders_count,
        weeks_count,
        median_orders as expected_orders,
        exp(median_log) - 1 as expected_eur,
        greatest(exp(median_log - greatest(5 * 1.4826 * mad_log, ln(3))) - 1, 0) as lower_eur,
        exp(least(median_log + greatest(5 * 1.4826 * mad_log, ln(3)), 30)) - 1 as upper_eur
    from deviations
),

compared as (
    select
        country_code,
        order_date,
        weekday,
        revenue_eur,
        orders_count,
        weeks_count,
        expected_orders,
        expected_eur,
        lower_eur,
        upper_eur,
        case
            when weeks_count < 4 then 'no baseline'
            when revenue_eur > upper_eur then 'above'
            when revenue_eur < lower_eur then 'below'
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
    compared.expected_orders::numeric as expected_orders,
    round(compared.expected_eur::numeric, 2) as expected_eur,
    round(compared.lower_eur::numeric, 2) as lower_eur,
    round(compared.upper_eur::numeric, 2) as upper_eur,
    compared.position_in_band,
    compared.position_in_band in ('above', 'below') as is_unusual,
    case
        when compared.position_in_band in ('above', 'below')
            then
                format(
                    '%s EUR (orders: %s) is %s the usual %s to %s EUR; '
                    'the median of the %s %ss before is %s EUR (orders: %s).',
                    round(compared.revenue_eur),
                    compared.orders_count,
                    compared.position_in_band,
                    round(compared.lower_eur::numeric),
                    round(compared.upper_eur::numeric),
                    compared.weeks_count,
                    compared.weekday,
                    round(compared.expected_eur::numeric),
                    compared.expected_orders
                )
    end as why
from compared
left join {{ ref('countries') }} as countries on compared.country_code = countries.country_code
