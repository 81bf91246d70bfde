{{ config(indexes=[{'columns': ['ticket_id'], 'unique': True}]) }}

with tickets as (
    select * from {{ ref('fct_support_tickets') }}
),

messages as (
    select * from {{ ref('context_messages') }}
),

threads as (
    select
        ticket_id,
        string_agg(case author when 'customer' then 'c' when 'agent' then 'a' else '?' end, '' order by position)
            as turns,
        count(*) as messages_count,
        count(*) filter (where author = 'customer') as customer_messages,
        {{ first_gathered('author', 'position desc') }} as last_author,
        max(hours_since_previous) as longest_silence_hours,
        avg(hours_since_previous) filter (where author = 'agent' and previous_author = 'customer') as answer_hours,
        {{ first_gathered('sentiment', 'position asc', "author = 'customer'") }} as first_sentiment,
        {{ first_gathered('sentiment', 'position desc', "author = 'customer'") }} as last_sentiment,
        min(sentiment) filter (where author = 'customer') as lowest_sentiment,
        {{ first_gathered('strongest_words', 'sentiment', "author = 'customer' and sentiment <= -0.1") }}
            as worst_words,
        {{ most_frequent('language', "author = 'customer'") }} as language,
        bool_or(is_urgent) filter (where author = 'customer') as says_urgent,
        max(same_wording_count) filter (where author = 'customer' and position = 1) as similar_tickets
    from messages
    group by ticket_id
),

topics_by_ticket as (
    select
        messages.ticket_id,
        {{ gathered_once('listed.topic') }} as topics
    from messages
    cross join {{ elements('messages.topics', 'listed', 'topic') }}
    where messages.author = 'customer'
    group by messages.ticket_id
),

-- Orders that a message names and that are there; the ticket's own is among them or not.
orders_by_ticket as (
    select
        messages.ticket_id,
        {{ gathered_once('orders.order_id') }} as order_ids
    from messages
    cross join {{ elements('messages.mentioned_orders', 'mention', 'order_id') }}
    inner join {{ ref('fct_orders') }} as orders on mention.order_id = orders.order_id
    group by messages.ticket_id
),

products_by_ticket as (
    select
        messages.ticket_id,
        {{ gathered_once('mention.product_id') }} as product_ids
    from messages
    cross join {{ elements('messages.mentioned_products', 'mention', 'product_id') }}
    group by messages.ticket_id
),

judged as (
    select
        tickets.ticket_id,
        coalesce(tickets.order_id, orders_by_ticket.order_ids[1]) as linked_order_id,
        (
            coalesce(threads.says_urgent, false)::integer
            + coalesce(tickets.priority = 'high', false)::integer
            + coalesce(threads.lowest_sentiment <= -0.5, false)::integer
        ) as urgency
    from tickets
    left join threads on tickets.ticket_id = threads.ticket_id
    left join orders_by_ticket on tickets.ticket_id = orders_by_ticket.ticket_id
)

select
    tickets.ticket_id,
    tickets.customer_key,
    judged.linked_order_id as order_id,
    tickets.topic,
    coalesce(topics_by_ticket.topics, {{ no_texts() }}) as topics,
    coalesce(threads.language, 'unknown') as language,
    tickets.opened_at,
    tickets.opened_date,
    threads.turns,
    coalesce(threads.messages_count, 0)::integer as messages_count,
    coalesce(threads.customer_messages, 0)::integer as customer_messages,
    threads.last_author,
    tickets.first_answer_hours,
    round(threads.answer_hours, 2) as answer_hours,
    threads.longest_silence_hours,
    tickets.resolution_hours,
    threads.first_sentiment,
    threads.last_sentiment,
    threads.lowest_sentiment,
    case when threads.customer_messages > 1 then threads.last_sentiment - threads.first_sentiment end
        as sentiment_change,
    tickets.satisfaction,
    judged.urgency,
    coalesce(threads.says_urgent, false) as says_urgent,
    coalesce(orders_by_ticket.order_ids, {{ no_texts() }}) as mentioned_orders,
    coalesce(products_by_ticket.product_ids, {{ no_texts() }}) as mentioned_products,
    orders.is_delivered_late,
    {{ days_between('orders.ordered_at', 'tickets.opened_at') }} as days_since_order,
    coalesce(threads.similar_tickets, 1)::integer as similar_tickets,
    {{ sentence([
        "case when judged.urgency >= 2 then format('urgency %s of 3', judged.urgency) end",
        "case when threads.worst_words is not null then 'the customer writes: ' || threads.worst_words end",
        "case when threads.customer_messages > 1 and threads.last_sentiment - threads.first_sentiment <= -0.3
            then 'got angrier in the course of the thread' end",
        "case when threads.customer_messages > 1 and threads.last_sentiment - threads.first_sentiment >= 0.3
            then 'ended on a better note' end",
        "case when orders.is_delivered_late then format(
            'the order was delivered late, after %s days', round(orders.days_to_deliver)
        ) end",
        "case when threads.longest_silence_hours >= 48 then format(
            'silent for %s hours', round(threads.longest_silence_hours)
        ) end",
        "case when not tickets.is_closed and threads.last_author = 'customer' then 'the customer waits for an answer' end",
    ]) }} as why,
    tickets._file_id,
    tickets._line
from tickets
inner join judged on tickets.ticket_id = judged.ticket_id
left join threads on tickets.ticket_id = threads.ticket_id
left join topics_by_ticket on tickets.ticket_id = topics_by_ticket.ticket_id
left join orders_by_ticket on tickets.ticket_id = orders_by_ticket.ticket_id
left join products_by_ticket on tickets.ticket_id = products_by_ticket.ticket_id
left join {{ ref('fct_orders') }} as orders on judged.linked_order_id = orders.order_id
