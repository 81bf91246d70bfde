{{ config(meta={
    'failure_means': 'An event stands in no session, or in two: visits and conversion are wrong by it.',
}) }}

-- The sessions' events add up to all events, and a session's events are no further apart than allowed.
with events_by_session as (
    select
        session_id,
        count(*) as events_count,
        count(distinct visitor_id) as visitors_count
    from {{ ref('fct_web_events') }}
    group by session_id
)

select
    events_by_session.session_id,
    events_by_session.events_count,
    sessions.events_count as events_count_of_session
from events_by_session
full join {{ ref('fct_sessions') }} as sessions on events_by_session.session_id = sessions.session_id
where
    events_by_session.events_count is distinct from sessions.events_count
    or events_by_session.visitors_count <> 1
