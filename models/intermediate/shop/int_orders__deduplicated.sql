{{ config(
    materialized='incremental',
    meta={'own_files': ['orders']},
    incremental_strategy='replace_affected',
    changed_key='order_id',
    indexes=[
        {'columns': ['_file_id', '_line'], 'unique': True},
        {'columns': ['order_id']},
    ],
    pre_hook="{{ affected_by_files('stg_shop__orders', 'order_id', ['orders'], links=[('customer_id', ['int_links__customers'])]) }}",
    post_hook='{{ note_built() }}',
) }}

with orders as (
    {{- rows_to_judge('stg_shop__orders', ['orders']) }}
),

copies as (
    select
        orders._file_id,
        orders._line,
        files.period_start,
        {{ kept_instead('orders.order_id', is_excluded('orders', 'orders._issues')) }} as kept_instead
    from orders
    left join {{ ref('stg_ledger__files') }} as files on orders._file_id = files.file_id
),

judged as (
    select
        orders._file_id,
        orders._line,
        copies.kept_instead,
        coalesce(crosswalk.customer_key, 'unknown') as customer_key,
        coalesce(orders.currency, countries.currency, 'EUR') as order_currency,
        orders._issues || {{ issue_codes([
            ('order_duplicate', "copies.kept_instead is not null"),
            ('customer_orphan', "crosswalk.linked_id is null"),
            ('late_arriving', "copies.period_start > (orders.ordered_at at time zone 'UTC')::date"),
        ]) }} as all_issues
    from orders
    inner join copies on orders._file_id = copies._file_id and orders._line = copies._line
    left join {{ ref('int_customers__crosswalk') }} as crosswalk on orders.customer_id = crosswalk.linked_id
    left join {{ ref('countries') }} as countries on orders.country_code = countries.country_code
)

select
    orders.order_id,
    orders.customer_id,
    judged.customer_key,
    orders.ordered_at,
    (orders.ordered_at at time zone 'UTC')::date as order_date,
    orders.status,
    orders.channel,
    orders.country_code,
    judged.order_currency as currency,
    orders.shipping_fee,
    orders.discount_amount,
    orders.coupon_code,
    orders.total_amount,
    orders.shipped_at,
    orders.delivered_at,
    orders.note,
    judged.all_issues as _issues,
    {{ is_excluded('orders', 'judged.all_issues') }} as is_excluded,
    judged.kept_instead,
    orders._file_id,
    orders._line
from orders
inner join judged on orders._file_id = judged._file_id and orders._line = judged._line
