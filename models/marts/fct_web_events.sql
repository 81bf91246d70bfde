{{ config(indexes=[
    {'columns': ['event_id'], 'unique': True},
    {'columns': ['session_id']},
    {'columns': ['occurred_at']},
]) }}

with events as (
    select * from {{ ref('int_web_events__judged') }}
    where not is_excluded
),

timed as (
    select
        *,
        occurred_at - lag(occurred_at) over visit as gap
    from events
    window visit as (partition by visitor_id order by occurred_at, event_id)
),

numbered as (
    select
        *,
        count(*) filter (where gap is null or gap > interval '{{ var("session_gap_minutes") }} minutes') over visit
            as session_number
    from timed
    window visit as (partition by visitor_id order by occurred_at, event_id)
)

select
    numbered.event_id,
    concat(numbered.visitor_id, '-', numbered.session_number) as session_id,
    row_number() over (
        partition by numbered.visitor_id, numbered.session_number order by numbered.occurred_at, numbered.event_id
    )::integer as event_number,
    numbered.visitor_id,
    coalesce(crosswalk.customer_key, 'unknown') as customer_key,
    numbered.occurred_at,
    (numbered.occurred_at at time zone 'UTC')::date as event_date,
    numbered.event_type,
    numbered.page_url,
    numbered.referrer,
    numbered.utm_source,
    numbered.utm_medium,
    numbered.utm_campaign,
    numbered.device,
    numbered.os,
    numbered.browser,
    numbered.country_code,
    products.product_id,
    orders.order_id,
    numbered.search_term,
    numbered._issues as issues,
    numbered._file_id,
    numbered._line
from numbered
left join {{ ref('int_customers__crosswalk') }} as crosswalk on numbered.customer_id = crosswalk.customer_id
left join {{ ref('int_products__judged') }} as products
    on numbered.product_id = products.product_id and not products.is_excluded
left join {{ ref('int_orders__judged') }} as orders
    on numbered.order_id = orders.order_id and not orders.is_excluded
