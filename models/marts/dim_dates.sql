{{ config(indexes=[{'columns': ['date_day'], 'unique': True}]) }}

with active_days as (
    {% if var('sample_shop') %}
    select
        min(order_date) as first_day,
        max(order_date) as last_day
    from {{ ref('int_orders__judged') }}
    where not is_excluded
    union all
    select
        min(payment_date) as first_day,
        max(payment_date) as last_day
    from {{ ref('int_payments__judged') }}
    where not is_excluded
    union all
    select
        (min(occurred_at) at time zone 'UTC')::date as first_day,
        (max(occurred_at) at time zone 'UTC')::date as last_day
    from {{ ref('int_web_events__judged') }}
    where not is_excluded
    union all
    select
        (min(opened_at) at time zone 'UTC')::date as first_day,
        (max(opened_at) at time zone 'UTC')::date as last_day
    from {{ ref('int_support_tickets__judged') }}
    where not is_excluded
    union all
    select
        (min(reviewed_at) at time zone 'UTC')::date as first_day,
        (max(reviewed_at) at time zone 'UTC')::date as last_day
    from {{ ref('int_reviews__judged') }}
    where not is_excluded
    union all
    {% endif %}
    {% for entity in entities() if entity.is_own %}
    {% for day in entity.days %}
    select
        min({{ day }})::date as first_day,
        max({{ day }})::date as last_day
    from {{ ref(entity.judged) }}
    union all
    {% endfor %}
    {% endfor %}
    -- Where no table has a day: the calendar is then that of this year.
    select
        null::date as first_day,
        null::date as last_day
),

covered_period as (
    select
        date_trunc('year', coalesce(min(first_day), current_date)) as first_day,
        date_trunc('month', coalesce(max(last_day), current_date)) + interval '1 month - 1 day' as last_day
    from active_days
),

days as (
    select each.day as date_day
    from covered_period
    cross join {{ days('covered_period.first_day', 'covered_period.last_day', 'each') }}
)

select
    date_day,
    extract(isodow from date_day)::integer as weekday_number,
    to_char(date_day, 'FMDay') as weekday,
    extract(isodow from date_day) >= 6 as is_weekend,
    extract(week from date_day)::integer as iso_week,
    extract(month from date_day)::integer as month_number,
    to_char(date_day, 'FMMonth') as month,
    extract(quarter from date_day)::integer as quarter_number,
    extract(year from date_day)::integer as year_number,
    date_trunc('week', date_day)::date as first_day_of_week,
    date_trunc('month', date_day)::date as first_day_of_month,
    date_trunc('quarter', date_day)::date as first_day_of_quarter,
    date_trunc('year', date_day)::date as first_day_of_year
from days
