{{ config(indexes=[{'columns': ['order_id']}]) }}

with orders as (
    select
        orders.*,
        files.period_start,
        {{ is_excluded('orders', 'orders._issues') }} as is_unusable
    from {{ ref('stg_shop__orders') }} as orders
    left join {{ ref('stg_ledger__files') }} as files on orders._file_id = files.file_id
),

ranked as (
    select
        *,
        {{ copy_number('order_id') }} as copy_number,
        {{ kept_copy('order_id') }} as kept_copy
    from orders
),

linked as (
    select
        ranked.*,
        coalesce(crosswalk.customer_key, 'unknown') as customer_key,
        crosswalk.customer_id is not null as has_customer,
        coalesce(ranked.currency, countries.currency) as order_currency
    from ranked
    left join {{ ref('int_customers__crosswalk') }} as crosswalk on ranked.customer_id = crosswalk.customer_id
    left join {{ ref('countries') }} as countries on ranked.country_code = countries.country_code
),

judged as (
    select
        *,
        _issues || {{ issue_codes([
            ('order_duplicate', "copy_number > 1"),
            ('customer_orphan', "not has_customer"),
            ('late_arriving', "period_start > (ordered_at at time zone 'UTC')::date
                and period_start > date_trunc('month', ordered_at at time zone 'UTC')"),
        ]) }} as all_issues
    from linked
)

select
    order_id,
    customer_id,
    customer_key,
    ordered_at,
    (ordered_at at time zone 'UTC')::date as order_date,
    status,
    channel,
    country_code,
    order_currency as currency,
    shipping_fee,
    discount_amount,
    coupon_code,
    total_amount,
    shipped_at,
    delivered_at,
    note,
    all_issues as _issues,
    {{ is_excluded('orders', 'all_issues') }} as is_excluded,
    case when copy_number > 1 then kept_copy end as kept_instead,
    _file_id,
    _line
from judged
