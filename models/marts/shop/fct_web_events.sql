{{ config(
    materialized='incremental',
    incremental_strategy='replace_affected',
    on_schema_change='append_new_columns',
    affected_key='visitor_id',
    changed_key='visitor_id',
    partition_by={
        'column': 'event_date',
        'months_of': [
            'int_web_events__judged', "case when not is_excluded then (occurred_at at time zone 'UTC')::date end"
        ],
    },
    indexes=[
        {'columns': ['event_id']},
        {'columns': ['visitor_id']},
        {'columns': ['session_id']},
        {'columns': ['occurred_at']},
    ],
    pre_hook="{{ affected_by(
        'visitor_id', [('int_web_events__judged', 'visitor_id')], ['int_web_events__judged'],
        links=[
            ('int_web_events__judged', 'visitor_id', 'customer_id', ['int_links__customers']),
            ('int_web_events__judged', 'visitor_id', 'product_id', ['int_links__products']),
            ('int_web_events__judged', 'visitor_id', 'order_id', ['int_links__orders']),
        ]
    ) }}",
    post_hook=['{{ settle_partitions() }}', '{{ note_built() }}'],
) }}

with events as (
    select * from {{ ref('int_web_events__judged') }}
    where not is_excluded and {{ is_affected('visitor_id') }}
),

gaps as (
    select
        _file_id,
        _line,
        visitor_id,
        occurred_at,
        event_id,
        occurred_at - lag(occurred_at) over visit as gap
    from events
    window visit as (partition by visitor_id order by occurred_at, event_id)
),

-- The how-manieth visit it is: one more than the long gaps before it.
visits as (
    select
        _file_id,
        _line,
        visitor_id,
        occurred_at,
        event_id,
        count(*) filter (where gap is null or gap > interval '{{ var("session_gap_minutes") }} minutes') over visit
            as visit_number
    from gaps
    window visit as (partition by visitor_id order by occurred_at, event_id)
),

-- Numbered here, where rows are narrow: sorted with all their columns they would not fit into memory.
numbered as (
    select
        _file_id,
        _line,
        visit_number,
        row_number() over (partition by visitor_id, visit_number order by occurred_at, event_id) as event_number
    from visits
)

select
    events.event_id,
    concat(events.visitor_id, '-', numbered.visit_number) as session_id,
    numbered.event_number::integer as event_number,
    events.visitor_id,
    coalesce(crosswalk.customer_key, 'unknown') as customer_key,
    events.occurred_at,
    (events.occurred_at at time zone 'UTC')::date as event_date,
    coalesce(events.event_type, 'unknown') as event_type,
    events.page_url,
    events.referrer,
    events.utm_source,
    events.utm_medium,
    events.utm_campaign,
    events.device,
    events.os,
    events.browser,
    events.country_code,
    products.product_id,
    orders.order_id,
    events.search_term,
    events._issues as issues,
    events._file_id,
    events._line
from events
inner join numbered on events._file_id = numbered._file_id and events._line = numbered._line
left join {{ ref('int_customers__crosswalk') }} as crosswalk on events.customer_id = crosswalk.linked_id
left join {{ ref('int_products__judged') }} as products
    on events.product_id = products.product_id and not products.is_excluded
left join {{ ref('int_orders__judged') }} as orders
    on events.order_id = orders.order_id and not orders.is_excluded
