with source as (
    select * from {{ source('web', 'web_events') }}
),

cleaned as (
    select
        _file_id,
        _line,
        {{ clean_id('event_id') }} as event_id,
        {{ clean_id('visitor_id') }} as visitor_id,
        {{ clean_id('customer_id') }} as customer_id,
        {{ to_timestamp_iso('occurred_at') }} as occurred_at,
        {{ clean_word('event_type') }} as event_type,
        {{ clean_id('page_url') }} as page_url,
        {{ clean_id('referrer') }} as referrer,
        {{ clean_word("utm ->> 'source'") }} as utm_source,
        {{ clean_word("utm ->> 'medium'") }} as utm_medium,
        {{ clean_word("utm ->> 'campaign'") }} as utm_campaign,
        {{ clean_word("device ->> 'type'") }} as device,
        {{ clean_id("device ->> 'os'") }} as os,
        {{ clean_id("device ->> 'browser'") }} as browser,
        {{ clean_id('product_id') }} as product_id,
        {{ clean_id('order_id') }} as order_id,
        {{ clean_id('search_term') }} as search_term,
        {{ country_code('country') }} as country_code
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
            ('bot_traffic', "browser ~* '(bot|crawler|spider)'"),
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
