{{ config(
    materialized='incremental',
    incremental_strategy='replace_affected',
    on_schema_change='append_new_columns',
    affected_key='payment_id',
    changed_key='payment_id',
    indexes=[
        {'columns': ['payment_id'], 'unique': True},
        {'columns': ['order_id']},
        {'columns': ['payment_date']},
    ],
    pre_hook="{{ affected_by(
        'payment_id', [('int_payments__judged', 'payment_id')], ['int_payments__judged'],
        links=[('int_payments__judged', 'payment_id', 'payment_date', ['int_links__rates'])]
    ) }}",
    post_hook='{{ note_built() }}',
) }}

with payments as (
    select * from {{ ref('int_payments__judged') }}
    where not is_excluded and {{ is_affected('payment_id') }}
)

select
    payments.payment_id,
    payments.known_order_id as order_id,
    payments.customer_key,
    coalesce(payments.method, 'unknown') as method,
    payments.provider,
    payments.provider_reference,
    payments.currency,
    payments.amount,
    round(payments.amount / rates.rate, 2) as amount_eur,
    case
        when payments.status = 'captured' then round(payments.amount / rates.rate, 2)
        else 0
    end as captured_eur,
    round(payments.provider_fee / rates.rate, 2) as provider_fee_eur,
    coalesce(payments.status, 'unknown') as status,
    coalesce(payments.status = 'failed', false) as is_failed,
    payments.paid_at,
    payments.payment_date,
    payments._issues as issues,
    payments._file_id,
    payments._line
from payments
left join {{ ref('int_fx_rates__daily') }} as rates
    on payments.payment_date = rates.rate_date and payments.currency = rates.currency
