{{ config(
    materialized='incremental',
    meta={'own_files': ['web_events']},
    incremental_strategy='replace_affected',
    changed_key='visitor_id',
    indexes=[
        {'columns': ['_file_id', '_line'], 'unique': True},
        {'columns': ['event_id']},
        {'columns': ['visitor_id']},
    ],
    pre_hook="{{ affected_by_files('stg_web__events', 'event_id', ['web_events']) }}",
    post_hook='{{ note_built() }}',
) }}

with events as (
    {{- rows_to_judge('stg_web__events', ['web_events']) }}
),

copies as (
    select
        events._file_id,
        events._line,
        coalesce(files.period_end, files.loaded_at::date) as period_end,
        {{ kept_instead('events.event_id', is_excluded('web_events', 'events._issues')) }} as kept_instead
    from events
    left join {{ ref('stg_ledger__files') }} as files on events._file_id = files.file_id
),

judged as (
    select
        events._file_id,
        events._line,
        copies.kept_instead,
        events._issues || {{ issue_codes([
            ('event_duplicate', "copies.kept_instead is not null"),
            ('clock_skew', "events.occurred_at >= (copies.period_end + 1)::timestamp at time zone 'UTC'"),
        ]) }} as all_issues
    from events
    inner join copies on events._file_id = copies._file_id and events._line = copies._line
)

select
    events.event_id,
    events.visitor_id,
    events.customer_id,
    events.occurred_at,
    events.event_type,
    events.page_url,
    events.referrer,
    events.utm_source,
    events.utm_medium,
    events.utm_campaign,
    events.device,
    events.os,
    events.browser,
    events.product_id,
    events.order_id,
    events.search_term,
    events.country_code,
    judged.all_issues as _issues,
    {{ is_excluded('web_events', 'judged.all_issues') }} as is_excluded,
    judged.kept_instead,
    events._file_id,
    events._line
from events
inner join judged on events._file_id = judged._file_id and events._line = judged._line
