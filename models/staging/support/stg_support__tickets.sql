with source as (
    select * from {{ source('support', 'support_tickets') }}
),

cleaned as (
    select
        _file_id,
        _line,
        {{ clean_id('ticket_id') }} as ticket_id,
        {{ clean_id('customer_id') }} as customer_id,
        {{ clean_id('order_id') }} as order_id,
        {{ clean_word('channel') }} as channel,
        {{ clean_word('priority') }} as priority,
        {{ clean_word('status') }} as status,
        {{ clean_prose('subject') }} as subject,
        {{ to_timestamp_iso('opened_at') }} as opened_at,
        {{ to_timestamp_iso('closed_at') }} as closed_at,
        {{ to_integer('satisfaction') }} as satisfaction_as_written,
        {{ json_list('messages') }} as messages,
        satisfaction as raw_satisfaction,
        closed_at as raw_closed_at
    from source
),

flagged as (
    select
        _file_id,
        _line,
        ticket_id,
        customer_id,
        order_id,
        channel,
        priority,
        status,
        subject,
        opened_at,
        closed_at,
        raw_satisfaction,
        raw_closed_at,
        satisfaction_as_written,
        messages,
        {{ json_list_length('messages') }} as messages_count,
        coalesce(closed_at < opened_at, false) as is_closed_before_opened
    from cleaned
)

select
    ticket_id,
    customer_id,
    order_id,
    channel,
    priority,
    status,
    subject,
    opened_at,
    case when not is_closed_before_opened then closed_at end as closed_at,
    case when satisfaction_as_written between 1 and 5 then satisfaction_as_written end as satisfaction,
    messages,
    messages_count,
    {{ issue_codes([
        ('key_missing', 'ticket_id is null'),
        ('opened_at_invalid', 'opened_at is null'),
        ('closed_before_opened', 'is_closed_before_opened'),
        ('no_message', 'messages_count = 0'),
        ('satisfaction_out_of_range', is_given('raw_satisfaction')
            ~ ' and coalesce(satisfaction_as_written not between 1 and 5, true)'),
        ('closed_at_invalid', is_unreadable('raw_closed_at', 'closed_at')),
    ]) }} as _issues,
    _file_id,
    _line
from flagged
