{{ config(
    materialized='incremental',
    incremental_strategy='replace_affected',
    on_schema_change='append_new_columns',
    affected_key='visitor_id',
    changed_key='session_id',
    indexes=[
        {'columns': ['session_id'], 'unique': True},
        {'columns': ['visitor_id']},
        {'columns': ['session_date']},
    ],
    pre_hook="{{ affected_by('visitor_id', [('fct_web_events', 'visitor_id')], ['fct_web_events']) }}",
    post_hook='{{ note_built() }}',
) }}

with first_events as (
    select
        session_id,
        visitor_id,
        page_url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        device,
        os,
        browser,
        country_code
    from {{ ref('fct_web_events') }}
    where event_number = 1 and {{ is_affected('visitor_id') }}
),

events_by_session as (
    select
        session_id,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        count(*) as events_count,
        count(*) filter (where event_type = 'page_view') as page_views_count,
        count(*) filter (where event_type = 'product_view') as product_views_count,
        count(*) filter (where event_type = 'search') as searches_count,
        bool_or(event_type = 'product_view') as has_product_view,
        bool_or(event_type = 'add_to_cart') as has_add_to_cart,
        bool_or(event_type = 'checkout') as has_checkout,
        bool_or(event_type = 'purchase') as has_purchase,
        min(order_id) filter (where event_type = 'purchase') as order_id,
        -- Whoever signs in during the session was there from its beginning.
        coalesce(min(customer_key) filter (where customer_key <> 'unknown'), 'unknown') as customer_key,
        min(_file_id) as _file_id
    from {{ ref('fct_web_events') }}
    where {{ is_affected('visitor_id') }}
    group by session_id
)

select
    events_by_session.session_id,
    first_events.visitor_id,
    events_by_session.customer_key,
    events_by_session.started_at,
    events_by_session.ended_at,
    (events_by_session.started_at at time zone 'UTC')::date as session_date,
    extract(epoch from events_by_session.ended_at - events_by_session.started_at)::integer as duration_seconds,
    events_by_session.events_count::integer as events_count,
    events_by_session.page_views_count::integer as page_views_count,
    events_by_session.product_views_count::integer as product_views_count,
    events_by_session.searches_count::integer as searches_count,
    events_by_session.events_count = 1 as is_bounce,
    events_by_session.has_product_view,
    events_by_session.has_add_to_cart,
    events_by_session.has_checkout,
    events_by_session.has_purchase,
    events_by_session.order_id,
    {{ traffic_source('first_events.utm_source', 'first_events.referrer') }} as traffic_source,
    coalesce(first_events.utm_medium, 'none') as traffic_medium,
    first_events.utm_campaign as campaign,
    first_events.page_url as landing_page,
    coalesce(first_events.device, 'unknown') as device,
    coalesce(first_events.os, 'unknown') as os,
    coalesce(first_events.browser, 'unknown') as browser,
    coalesce(first_events.country_code, 'unknown') as country_code,
    coalesce(countries.country, 'Unknown') as country,
    events_by_session._file_id
from events_by_session
inner join first_events on events_by_session.session_id = first_events.session_id
left join {{ ref('countries') }} as countries on first_events.country_code = countries.country_code
