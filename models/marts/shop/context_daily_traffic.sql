{{ config(indexes=[{'columns': ['session_date'], 'unique': True}]) }}

{%- set days = 28 %}

with sessions_by_day as (
    select
        session_date,
        count(*) as sessions_count,
        count(*) filter (where has_purchase) as purchases_count
    from {{ ref('fct_sessions') }}
    group by session_date
),

-- A day on which nobody came is compared, too.
every_day as (
    select
        dates.date_day as session_date,
        dates.weekday,
        coalesce(sessions_by_day.sessions_count, 0) as sessions_count,
        coalesce(sessions_by_day.purchases_count, 0) as purchases_count
    from {{ ref('dim_dates') }} as dates
    left join sessions_by_day on dates.date_day = sessions_by_day.session_date
    where
        dates.date_day >= (select min(earlier.session_date) from sessions_by_day as earlier)
        and dates.date_day <= (select max(later.session_date) from sessions_by_day as later)
),

days_before as (
    select
        session_date,
        weekday,
        sessions_count,
        purchases_count,
        {{ gathered('sessions_count') }} over days_before_it as sessions_before,
        {{ gathered('purchases_count / nullif(sessions_count, 0)::double precision') }} over days_before_it
            as rates_before
    from every_day
    window days_before_it as (order by session_date rows between {{ days }} preceding and 1 preceding)
),

expected as materialized (
    select
        session_date,
        weekday,
        sessions_count,
        purchases_count,
        coalesce({{ elements_count('sessions_before') }}, 0) as days_compared,
        {{ middle_mean('sessions_before') }} as expected_sessions,
        {{ middle_mean('rates_before') }} as usual_rate,
        sessions_count * {{ middle_mean('rates_before') }} as expected_purchases
    from days_before
),

traffic as (
    select
        session_date,
        weekday,
        sessions_count,
        purchases_count,
        days_compared,
        expected_sessions,
        usual_rate,
        expected_purchases,
        case
            when days_compared < 14 then 'no baseline'
            when sessions_count < {{ usual_at_least('expected_sessions', 1, 5, 2.5) }} then 'below'
            when sessions_count > {{ usual_at_most('expected_sessions', 1, 5, 2.5) }} then 'above'
            else 'within'
        end as traffic_position
    from expected
),

-- Where the visits themselves are unusual already, less is needed to call their purchases so.
compared as (
    select
        session_date,
        weekday,
        sessions_count,
        purchases_count,
        days_compared,
        expected_sessions,
        usual_rate,
        expected_purchases,
        traffic_position,
        {{ surprise('purchases_count', 'expected_purchases') }} as purchases_surprise,
        case
            when days_compared < 14 then 'no baseline'
            when
                purchases_count < {{ usual_at_least(
                    'expected_purchases', 1, "case when traffic_position = 'above' then 2.5 else 3.3 end", 3
                ) }}
                then 'below'
            when purchases_count > {{ usual_at_most('expected_purchases', 1, 5, 3) }} then 'above'
            else 'within'
        end as conversion_position
    from traffic
)

select
    session_date,
    weekday,
    sessions_count::integer as sessions_count,
    purchases_count::integer as purchases_count,
    round((purchases_count / nullif(sessions_count, 0)::double precision)::numeric, 4) as conversion_rate,
    days_compared::integer as days_compared,
    round(expected_sessions::numeric, 1) as expected_sessions,
    round(usual_rate::numeric, 4) as usual_conversion_rate,
    round(expected_purchases::numeric, 1) as expected_purchases,
    round(purchases_surprise::numeric, 2) as purchases_surprise,
    traffic_position,
    conversion_position,
    conversion_position = 'below' as is_conversion_drop,
    traffic_position in ('above', 'below') or conversion_position in ('above', 'below') as is_unusual,
    {{ sentence([
        "case when conversion_position in ('above', 'below') then format(
            '%s of %s visits bought something, where %s were to be expected at the usual rate of %s %%',
            purchases_count, sessions_count, round(expected_purchases::numeric, 1), round(100 * usual_rate::numeric, 1)
        ) end",
        "case when traffic_position in ('above', 'below') then format(
            '%s visits are %s times the usual %s', sessions_count,
            round((sessions_count / nullif(expected_sessions, 0))::numeric, 1), round(expected_sessions::numeric, 1)
        ) end",
    ]) }} as why
from compared
