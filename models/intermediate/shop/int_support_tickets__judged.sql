{{ config(
    materialized='incremental',
    meta={'own_files': ['support_tickets']},
    incremental_strategy='replace_affected',
    changed_key='ticket_id',
    indexes=[
        {'columns': ['_file_id', '_line'], 'unique': True},
        {'columns': ['ticket_id']},
    ],
    pre_hook="{{ affected_by_files('stg_support__tickets', 'ticket_id', ['support_tickets'], links=[('customer_id', ['int_links__customers']), ('order_id', ['int_links__orders'])]) }}",
    post_hook='{{ note_built() }}',
) }}

with tickets as (
    {{- rows_to_judge('stg_support__tickets', ['support_tickets']) }}
),

copies as (
    select
        tickets._file_id,
        tickets._line,
        {{ kept_instead('tickets.ticket_id', is_excluded('support_tickets', 'tickets._issues')) }} as kept_instead
    from tickets
    left join {{ ref('stg_ledger__files') }} as files on tickets._file_id = files.file_id
),

judged as (
    select
        tickets._file_id,
        tickets._line,
        copies.kept_instead,
        coalesce(crosswalk.customer_key, 'unknown') as customer_key,
        orders.order_id as known_order_id,
        tickets._issues || {{ issue_codes([
            ('ticket_duplicate', "copies.kept_instead is not null"),
            ('customer_orphan', "crosswalk.linked_id is null"),
        ]) }} as all_issues
    from tickets
    inner join copies on tickets._file_id = copies._file_id and tickets._line = copies._line
    left join {{ ref('int_customers__crosswalk') }} as crosswalk on tickets.customer_id = crosswalk.linked_id
    left join {{ ref('int_orders__deduplicated') }} as orders
        on tickets.order_id = orders.order_id and not orders.is_excluded
)

select
    tickets.ticket_id,
    tickets.customer_id,
    judged.customer_key,
    tickets.order_id,
    judged.known_order_id,
    tickets.channel,
    tickets.priority,
    tickets.status,
    tickets.subject,
    tickets.opened_at,
    tickets.closed_at,
    tickets.satisfaction,
    tickets.messages,
    tickets.messages_count,
    judged.all_issues as _issues,
    {{ is_excluded('support_tickets', 'judged.all_issues') }} as is_excluded,
    judged.kept_instead,
    tickets._file_id,
    tickets._line
from tickets
inner join judged on tickets._file_id = judged._file_id and tickets._line = judged._line
