{{ config(
    materialized='incremental',
    incremental_strategy='replace_affected',
    on_schema_change='append_new_columns',
    affected_key='ticket_id',
    changed_key='ticket_id',
    indexes=[
        {'columns': ['ticket_id'], 'unique': True},
        {'columns': ['opened_date']},
    ],
    pre_hook="{{ affected_by(
        'ticket_id', [('int_support_tickets__judged', 'ticket_id')], ['int_support_tickets__judged'],
        links=[
            ('int_support_tickets__judged', 'ticket_id', 'order_id', ['int_orders__deduplicated']),
            ('int_support_tickets__judged', 'ticket_id', 'customer_key', ['int_links__people']),
        ]
    ) }}",
    post_hook='{{ note_built() }}',
) }}

with tickets as (
    select * from {{ ref('int_support_tickets__judged') }}
    where not is_excluded and {{ is_affected('ticket_id') }}
),

messages as (
    select
        tickets.ticket_id,
        message.position,
        {{ json_text('message.entry', ['author']) }} as author,
        {{ json_text('message.entry', ['text']) }} as body,
        {{ to_timestamp_iso('(' ~ json_text('message.entry', ['at']) ~ ')') }} as written_at
    from tickets
    cross join {{ json_elements('tickets.messages', 'message', 'entry', 'position') }}
),

messages_by_ticket as (
    select
        ticket_id,
        {{ first_gathered('body', 'position', "author = 'customer'") }} as first_message,
        string_agg(body, ' ' order by position) filter (where author = 'customer') as customer_text,
        min(written_at) filter (where author = 'agent') as first_answered_at,
        count(*) filter (where author = 'agent') as answers_count
    from messages
    group by ticket_id
),

-- The topic is the first in the dictionary's order whose words stand in the subject, or else in what
-- the customer wrote.
topics_found as (
    select
        tickets.ticket_id,
        topics.topic,
        row_number() over (
            partition by tickets.ticket_id
            order by coalesce({{ matches('tickets.subject', 'topics.pattern') }}, false) desc, topics.priority asc
        ) as topic_rank
    from tickets
    left join messages_by_ticket on tickets.ticket_id = messages_by_ticket.ticket_id
    inner join {{ ref('ticket_topics') }} as topics
        on
            {{ matches('tickets.subject', 'topics.pattern') }}
            or {{ matches('messages_by_ticket.customer_text', 'topics.pattern') }}
),

topics_by_ticket as (
    select
        ticket_id,
        topic
    from topics_found
    where topic_rank = 1
),

orders as (
    select
        order_id,
        country_code
    from {{ ref('int_orders__judged') }}
    where not is_excluded
)

select
    tickets.ticket_id,
    tickets.customer_key,
    tickets.known_order_id as order_id,
    coalesce(tickets.channel, 'unknown') as channel,
    coalesce(tickets.priority, 'unknown') as priority,
    coalesce(tickets.status, 'unknown') as status,
    coalesce(topics_by_ticket.topic, 'other') as topic,
    tickets.subject,
    messages_by_ticket.first_message,
    tickets.opened_at,
    (tickets.opened_at at time zone 'UTC')::date as opened_date,
    tickets.closed_at,
    tickets.closed_at is not null as is_closed,
    messages_by_ticket.first_answered_at,
    round(extract(epoch from messages_by_ticket.first_answered_at - tickets.opened_at) / 3600, 2)
        as first_answer_hours,
    round(extract(epoch from tickets.closed_at - tickets.opened_at) / 3600, 2) as resolution_hours,
    tickets.satisfaction,
    tickets.messages_count,
    coalesce(messages_by_ticket.answers_count, 0)::integer as answers_count,
    coalesce(orders.country_code, customers.country_code, 'unknown') as country_code,
    coalesce(countries.country, 'Unknown') as country,
    tickets._issues as issues,
    tickets._file_id,
    tickets._line
from tickets
left join messages_by_ticket on tickets.ticket_id = messages_by_ticket.ticket_id
left join topics_by_ticket on tickets.ticket_id = topics_by_ticket.ticket_id
left join orders on tickets.known_order_id = orders.order_id
left join {{ ref('dim_customers') }} as customers
    on tickets.customer_key = customers.customer_key and customers.customer_key <> 'unknown'
left join {{ ref('countries') }} as countries
    on coalesce(orders.country_code, customers.country_code) = countries.country_code
