with tickets as (
    select
        tickets.*,
        files.period_start,
        {{ is_excluded('support_tickets', 'tickets._issues') }} as is_unusable
    from {{ ref('stg_support__tickets') }} as tickets
    left join {{ ref('stg_ledger__files') }} as files on tickets._file_id = files.file_id
),

ranked as (
    select
        *,
        {{ copy_number('ticket_id') }} as copy_number,
        {{ kept_copy('ticket_id') }} as kept_copy
    from tickets
),

linked as (
    select
        ranked.*,
        crosswalk.customer_id is not null as has_customer,
        coalesce(crosswalk.customer_key, 'unknown') as customer_key,
        orders.order_id as known_order_id
    from ranked
    left join {{ ref('int_customers__crosswalk') }} as crosswalk on ranked.customer_id = crosswalk.customer_id
    left join {{ ref('int_orders__deduplicated') }} as orders
        on ranked.order_id = orders.order_id and not orders.is_excluded
),

judged as (
    select
        *,
        _issues || {{ issue_codes([
            ('ticket_duplicate', "copy_number > 1"),
            ('customer_orphan', "not has_customer"),
        ]) }} as all_issues
    from linked
)

select
    ticket_id,
    customer_id,
    customer_key,
    order_id,
    known_order_id,
    channel,
    priority,
    status,
    subject,
    opened_at,
    closed_at,
    satisfaction,
    messages,
    messages_count,
    all_issues as _issues,
    {{ is_excluded('support_tickets', 'all_issues') }} as is_excluded,
    case when copy_number > 1 then kept_copy end as kept_instead,
    _file_id,
    _line
from judged
