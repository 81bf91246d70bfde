{{ config(
    materialized='incremental',
    meta={'own_files': ['payments']},
    incremental_strategy='replace_affected',
    changed_key='payment_id',
    indexes=[
        {'columns': ['_file_id', '_line'], 'unique': True},
        {'columns': ['payment_id']},
    ],
    pre_hook="{{ affected_by_files('stg_pay__payments', 'payment_id', ['payments'], links=[('order_id', ['int_links__orders'])]) }}",
    post_hook='{{ note_built() }}',
) }}

with payments as (
    {{- rows_to_judge('stg_pay__payments', ['payments']) }}
),

copies as (
    select
        payments._file_id,
        payments._line,
        {{ kept_instead('payments.payment_id', is_excluded('payments', 'payments._issues')) }} as kept_instead
    from payments
    left join {{ ref('stg_ledger__files') }} as files on payments._file_id = files.file_id
),

judged as (
    select
        payments._file_id,
        payments._line,
        copies.kept_instead,
        orders.order_id as known_order_id,
        coalesce(orders.customer_key, 'unknown') as customer_key,
        orders.currency as order_currency,
        orders.order_date,
        payments._issues || {{ issue_codes([
            ('payment_duplicate', "copies.kept_instead is not null"),
            ('order_orphan', "orders.order_id is null"),
            ('currency_mismatch', "payments.currency <> orders.currency"),
        ]) }} as all_issues
    from payments
    inner join copies on payments._file_id = copies._file_id and payments._line = copies._line
    left join {{ ref('int_orders__deduplicated') }} as orders
        on payments.order_id = orders.order_id and not orders.is_excluded
)

select
    payments.payment_id,
    payments.order_id,
    judged.known_order_id,
    judged.customer_key,
    payments.method,
    payments.amount,
    coalesce(payments.currency, judged.order_currency, 'EUR') as currency,
    payments.status,
    payments.paid_at,
    coalesce((payments.paid_at at time zone 'UTC')::date, judged.order_date) as payment_date,
    payments.provider,
    payments.provider_reference,
    payments.provider_fee,
    judged.all_issues as _issues,
    {{ is_excluded('payments', 'judged.all_issues') }} as is_excluded,
    judged.kept_instead,
    payments._file_id,
    payments._line
from payments
inner join judged on payments._file_id = judged._file_id and payments._line = judged._line
