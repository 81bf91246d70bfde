with payments as (
    select
        payments.*,
        files.period_start,
        {{ is_excluded('payments', 'payments._issues') }} as is_unusable
    from {{ ref('stg_pay__payments') }} as payments
    left join {{ ref('stg_ledger__files') }} as files on payments._file_id = files.file_id
),

ranked as (
    select
        *,
        {{ copy_number('payment_id') }} as copy_number,
        {{ kept_copy('payment_id') }} as kept_copy
    from payments
),

linked as (
    select
        ranked.*,
        orders.order_id is not null as has_order,
        coalesce(orders.customer_key, 'unknown') as customer_key,
        orders.currency as order_currency,
        orders.order_date
    from ranked
    left join {{ ref('int_orders__deduplicated') }} as orders
        on ranked.order_id = orders.order_id and not orders.is_excluded
),

judged as (
    select
        *,
        _issues || {{ issue_codes([
            ('payment_duplicate', "copy_number > 1"),
            ('order_orphan', "not has_order"),
            ('currency_mismatch', "currency <> order_currency"),
        ]) }} as all_issues
    from linked
)

select
    payment_id,
    order_id,
    case when has_order then order_id end as known_order_id,
    customer_key,
    method,
    amount,
    coalesce(currency, order_currency) as currency,
    status,
    paid_at,
    (coalesce(paid_at at time zone 'UTC', order_date))::date as payment_date,
    provider,
    provider_reference,
    provider_fee,
    all_issues as _issues,
    {{ is_excluded('payments', 'all_issues') }} as is_excluded,
    case when copy_number > 1 then kept_copy end as kept_instead,
    _file_id,
    _line
from judged
