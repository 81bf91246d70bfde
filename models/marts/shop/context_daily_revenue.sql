{{ config(indexes=[{'columns': ['country_code', 'order_date'], 'unique': True}]) }}

{%- set weeks = 13 %}
{%- set times = 5 %}
{%- set factor = 3.3 %}

with orders_by_day as (
    select
        country_code,
        order_date,
        sum(revenue_eur) as revenue_eur,
        count(*) filter (where not is_cancelled) as orders_count,
        count(*) as placed_count
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
        coalesce(orders_by_day.revenue_eur, 0)::double precision as revenue_eur,
        coalesce(orders_by_day.orders_count, 0) as orders_count,
        coalesce(orders_by_day.placed_count, 0) as placed_count
    from first_days
    cross join last_day
    inner join {{ ref('dim_dates') }} as dates
        on first_days.first_day <= dates.date_day and last_day.last_day >= dates.date_day
    left join orders_by_day
        on first_days.country_code = orders_by_day.country_code and dates.date_day = orders_by_day.order_date
),

same_weekday_before as (
    select
        country_code,
        order_date,
        weekday,
        revenue_eur,
        orders_count,
        placed_count,
        {{ gathered('revenue_eur') }} over weeks_before as revenues_before,
        {{ gathered('placed_count') }} over weeks_before as counts_before
    from every_day
    window weeks_before as (
        partition by country_code, weekday order by order_date rows between {{ weeks }} preceding and 1 preceding
    )
),

expected as (
    select
        country_code,
        order_date,
        weekday,
        revenue_eur,
        orders_count,
        placed_count,
        coalesce({{ elements_count('counts_before') }}, 0) as weeks_compared,
        {{ middle_mean('revenues_before') }} as expected_eur,
        {{ middle_mean('counts_before') }} as expected_count
    from same_weekday_before
),

-- How much the days of a country vary about what is expected of them, as a multiple of pure chance.
spreads as (
    select
        country_code,
        greatest(
            1.4826 * {{ median('abs(' ~ surprise('placed_count', 'expected_count') ~ ')') }},
            0.5
        ) as spread
    from expected
    where weeks_compared >= 4
    group by country_code
),

banded as (
    select
        expected.country_code,
        expected.order_date,
        expected.weekday,
        expected.revenue_eur,
        expected.orders_count,
        expected.placed_count,
        expected.weeks_compared,
        expected.expected_eur,
        expected.expected_count,
        {{ usual_at_least('expected.expected_count', 'spreads.spread', times, factor) }} as least_count,
        {{ usual_at_most('expected.expected_count', 'spreads.spread', times, factor) }} as most_count
    from expected
    left join spreads on expected.country_code = spreads.country_code
),

-- The band of the revenue is that of the orders at the usual value of an order.
compared as (
    select
        country_code,
        order_date,
        weekday,
        revenue_eur,
        orders_count,
        placed_count,
        weeks_compared,
        expected_eur,
        expected_count,
        least_count,
        most_count,
        expected_eur * least_count / nullif(expected_count, 0) as lower_eur,
        expected_eur * most_count / nullif(expected_count, 0) as upper_eur
    from banded
),

placed as (
    select
        country_code,
        order_date,
        case
            when weeks_compared < 4 then 'no baseline'
            when placed_count > most_count and revenue_eur > coalesce(upper_eur, 0) then 'above'
            when placed_count < least_count and revenue_eur < lower_eur then 'below'
            else 'within'
        end as position_in_band
    from compared
)

select
    concat(compared.country_code, ' ', compared.order_date) as country_day,
    compared.country_code,
    coalesce(countries.country, 'Unknown') as country,
    compared.order_date,
    compared.weekday,
    round(compared.revenue_eur::numeric, 2) as revenue_eur,
    compared.orders_count::integer as orders_count,
    compared.placed_count::integer as placed_count,
    compared.weeks_compared::integer as weeks_compared,
    round(compared.expected_count::numeric, 1) as expected_orders,
    round(compared.expected_eur::numeric, 2) as expected_eur,
    round(compared.lower_eur::numeric, 2) as lower_eur,
    round(compared.upper_eur::numeric, 2) as upper_eur,
    placed.position_in_band,
    placed.position_in_band in ('above', 'below') as is_unusual,
    case
        when placed.position_in_band in ('above', 'below')
            then
                format(
                    '%s EUR from %s orders is %s the usual %s to %s EUR; '
                    'the %s %ss before had about %s EUR from %s orders.',
                    round(compared.revenue_eur::numeric),
                    compared.placed_count,
                    placed.position_in_band,
                    round(compared.lower_eur::numeric),
                    round(compared.upper_eur::numeric),
                    compared.weeks_compared,
                    compared.weekday,
                    round(compared.expected_eur::numeric),
                    round(compared.expected_count::numeric, 1)
                )
    end as why
from compared
inner join placed
    on compared.country_code = placed.country_code and compared.order_date = placed.order_date
left join {{ ref('countries') }} as countries on compared.country_code = countries.country_code
