{{ config(indexes=[{'columns': ['order_id']}]) }}

with items as (
    select
        items.*,
        files.period_start,
        {{ is_excluded('order_items', 'items._issues') }} as is_unusable
    from {{ ref('stg_shop__order_items') }} as items
    left join {{ ref('stg_ledger__files') }} as files on items._file_id = files.file_id
),

ranked as (
    select
        *,
        {{ copy_number('order_item_id') }} as copy_number,
        {{ kept_copy('order_item_id') }} as kept_copy
    from items
),

linked as (
    select
        ranked.*,
        orders.order_id is not null as has_order,
        products.product_id is not null as has_product,
        products.list_price / nullif(product_rates.rate, 0) * order_rates.rate as list_price_in_order_currency
    from ranked
    left join {{ ref('int_orders__deduplicated') }} as orders
        on ranked.order_id = orders.order_id and not orders.is_excluded
    left join {{ ref('int_products__judged') }} as products
        on ranked.product_id = products.product_id and not products.is_excluded
    left join {{ ref('int_fx_rates__daily') }} as order_rates
        on orders.order_date = order_rates.rate_date and orders.currency = order_rates.currency
    left join {{ ref('int_fx_rates__daily') }} as product_rates
        on orders.order_date = product_rates.rate_date and products.currency = product_rates.currency
),

judged as (
    select
        *,
        coalesce(unit_price / nullif(list_price_in_order_currency, 0) between 40 and 250, false) as is_price_outlier,
        _issues || {{ issue_codes([
            ('item_duplicate', "copy_number > 1"),
            ('order_orphan', "not has_order"),
            ('product_orphan', "not has_product"),
            ('unit_price_outlier', "unit_price / nullif(list_price_in_order_currency, 0) between 40 and 250"),
        ]) }} as all_issues
    from linked
)

select
    order_item_id,
    order_id,
    product_id,
    case when has_product then product_id else 'unknown' end as product_key,
    quantity,
    unit_price as unit_price_as_written,
    case when is_price_outlier then unit_price * 0.01 else unit_price end as unit_price,
    discount_rate,
    tax_rate,
    least(greatest(returned_quantity, 0), quantity) as returned_quantity,
    returned_at,
    return_reason,
    all_issues as _issues,
    {{ is_excluded('order_items', 'all_issues') }} as is_excluded,
    case when copy_number > 1 then kept_copy end as kept_instead,
    _file_id,
    _line
from judged
