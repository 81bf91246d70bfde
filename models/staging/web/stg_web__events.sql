{% set nulls = null_tokens('web') %}

with source as (
    select * from {{ source('web', 'web_events') }}
),

cleaned as (
    select
        _file_id,
        _line,
        {{ clean_id('event_id', nulls) }} as event_id,
        {{ clean_id('visitor_id', nulls) }} as visitor_id,
        {{ clean_id('customer_id', nulls) }} as customer_id,
        {{ to_timestamp_iso('occurred_at') }} as occurred_at,
        {{ clean_word('event_type', nulls) }} as event_type,
        {{ clean_id('page_url', nulls) }} as page_url,
        {{ clean_id('referrer', nulls) }} as referrer,
        {{ clean_word(json_text('utm', ['source']), nulls) }} as utm_source,
        {{ clean_word(json_text('utm', ['medium']), nulls) }} as utm_medium,
        {{ clean_word(json_text('utm', ['campaign']), nulls) }} as utm_campaign,
        {{ clean_word(json_text('device', ['type']), nulls) }} as device,
        {{ clean_id(json_text('device', ['os']), nulls) }} as os,
        {{ clean_id(json_text('device', ['browser']), nulls) }} as browser,
        {{ clean_id('product_id', nulls) }} as product_id,
        {{ clean_id('order_id', nulls) }} as order_id,
        {{ clean_id('search_term', nulls) }} as search_term,
        {{ country_code('country') }} as country_code,
        country as raw_country
    from source
),

flagged as (
    select
        _file_id,
        _line,
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
        {{ issue_codes([
            ('key_missing', 'event_id is null'),
            ('occurred_at_invalid', 'occurred_at is null'),
            ('bot_traffic', matches('browser', "'(bot|crawler|spider)'")),
            ('country_unknown', is_unreadable('raw_country', 'country_code', nulls)),
        ]) }} as _issues
    from cleaned
)

select
    event_id,
    -- An event of nobody is a visitor's only one.
    coalesce(visitor_id, concat('event ', event_id)) as visitor_id,
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
    _issues,
    _file_id,
    _line
from flagged
