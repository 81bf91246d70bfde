with events as (
    select
        events.*,
        files.period_start,
        coalesce(files.period_end, files.loaded_at::date) as period_end,
        {{ is_excluded('web_events', 'events._issues') }} as is_unusable
    from {{ ref('stg_web__events') }} as events
    left join {{ ref('stg_ledger__files') }} as files on events._file_id = files.file_id
),

ranked as (
    select
        *,
        {{ copy_number('event_id') }} as copy_number,
        {{ kept_copy('event_id') }} as kept_copy
    from events
),

judged as (
    select
        *,
        _issues || {{ issue_codes([
            ('event_duplicate', "copy_number > 1"),
            ('clock_skew', "occurred_at >= (period_end + 1)::timestamp at time zone 'UTC'"),
        ]) }} as all_issues
    from ranked
)

select
    event_id,
    visitor_id,
    customer_id,
    occurred_at,
    event_type,
    page_url,
    referrer,
    utm_source,
    utm_medium,
    utm_campaign,
    device,
    os,
    browser,
    product_id,
    order_id,
    search_term,
    country_code,
    all_issues as _issues,
    {{ is_excluded('web_events', 'all_issues') }} as is_excluded,
    case when copy_number > 1 then kept_copy end as kept_instead,
    _file_id,
    _line
from judged
