{{ config(indexes=[{'columns': ['topic', 'week_start'], 'unique': True}]) }}

{%- set weeks = 13 %}

with tickets_by_week as (
    select
        topic,
        date_trunc('week', opened_date)::date as week_start,
        count(*) as tickets_count
    from {{ ref('fct_support_tickets') }}
    group by topic, date_trunc('week', opened_date)
),

topics as (
    select
        topic,
        min(week_start) as first_week
    from tickets_by_week
    group by topic
),

weeks as (
    select first_day_of_week as week_start
    from {{ ref('dim_dates') }}
    group by first_day_of_week
),

every_week as (
    select
        topics.topic,
        weeks.week_start,
        coalesce(tickets_by_week.tickets_count, 0) as tickets_count
    from topics
    inner join weeks on topics.first_week <= weeks.week_start
    left join tickets_by_week
        on topics.topic = tickets_by_week.topic and weeks.week_start = tickets_by_week.week_start
    where weeks.week_start <= (select max(latest.week_start) from tickets_by_week as latest)
),

weeks_before as (
    select
        topic,
        week_start,
        tickets_count,
        lag(tickets_count) over (partition by topic order by week_start) as tickets_last_week,
        {{ gathered('tickets_count') }} over weeks_before_it as counts_before
    from every_week
    window weeks_before_it as (
        partition by topic order by week_start rows between {{ weeks }} preceding and 1 preceding
    )
),

expected as materialized (
    select
        topic,
        week_start,
        tickets_count,
        tickets_last_week,
        coalesce({{ elements_count('counts_before') }}, 0) as weeks_compared,
        {{ middle_mean('counts_before') }} as expected_tickets
    from weeks_before
),

compared as (
    select
        topic,
        week_start,
        tickets_count,
        tickets_last_week,
        weeks_compared,
        expected_tickets,
        {{ usual_at_most('expected_tickets', 1, 4, 2.5) }} as usual_at_most,
        {{ surprise('tickets_count', 'expected_tickets') }} as surprise
    from expected
)

select
    concat(topic, ' ', week_start) as topic_week,
    topic,
    week_start,
    week_start + 6 as week_end,
    tickets_count::integer as tickets_count,
    tickets_last_week::integer as tickets_last_week,
    weeks_compared::integer as weeks_compared,
    round(expected_tickets::numeric, 1) as expected_tickets,
    round(usual_at_most::numeric, 1) as usual_at_most,
    round(surprise::numeric, 2) as surprise,
    coalesce(weeks_compared >= 4 and tickets_count > usual_at_most, false) as is_unusual,
    case
        when weeks_compared >= 4 and tickets_count > usual_at_most
            then format(
                '%s tickets about %s in one week; the %s weeks before had about %s each, and up to %s would be usual.',
                tickets_count,
                topic,
                weeks_compared,
                round(expected_tickets::numeric, 1),
                round(usual_at_most::numeric, 1)
            )
    end as why
from compared
