{{ config(
    materialized='incremental',
    meta={'own_files': ['order_items']},
    incremental_strategy='replace_affected',
    changed_key='order_id',
    indexes=[
        {'columns': ['_file_id', '_line'], 'unique': True},
        {'columns': ['order_id']},
        {'columns': ['order_item_id']},
    ],
    pre_hook="{{ affected_by_files('stg_shop__order_items', 'order_item_id', ['order_items'], links=[('order_id', ['int_links__orders', 'int_links__order_rates']), ('product_id', ['int_links__products'])]) }}",
    post_hook='{{ note_built() }}',
) }}

with items as (
    {{- rows_to_judge('stg_shop__order_items', ['order_items']) }}
),

copies as (
    select
        items._file_id,
        items._line,
        {{ kept_instead('items.order_item_id', is_excluded('order_items', 'items._issues')) }} as kept_instead
    from items
    left join {{ ref('stg_ledger__files') }} as files on items._file_id = files.file_id
),

-- The order and the product, if they are kept, and the price beside the list price of that day.
links as (
    select
        items._file_id,
        items._line,
        orders.order_id is not null as has_order,
        products.product_id is not null as has_product,
        items.unit_price / nullif(products.list_price / product_rates.rate * order_rates.rate, 0) as price_ratio
    from items
    left join {{ ref('int_orders__deduplicated') }} as orders
        on items.order_id = orders.order_id and not orders.is_excluded
    left join {{ ref('int_products__judged') }} as products
        on items.product_id = products.product_id and not products.is_excluded
    left join {{ ref('int_fx_rates__daily') }} as order_rates
        on orders.order_date = order_rates.rate_date and orders.currency = order_rates.currency
    left join {{ ref('int_fx_rates__daily') }} as product_rates
        on orders.order_date = product_rates.rate_date and products.currency = product_rates.currency
),

judged as (
    select
        items._file_id,
        items._line,
        copies.kept_instead,
        links.has_product,
        coalesce(links.price_ratio between 40 and 250, false) as is_price_outlier,
        items._issues || {{ issue_codes([
            ('item_duplicate', "copies.kept_instead is not null"),
            ('order_orphan', "not links.has_order"),
            ('product_orphan', "not links.has_product"),
            ('unit_price_outlier', "links.price_ratio between 40 and 250"),
        ]) }} as all_issues
    from items
    inner join copies on items._file_id = copies._file_id and items._line = copies._line
    inner join links on items._file_id = links._file_id and items._line = links._line
)

select
    items.order_item_id,
    items.order_id,
    items.product_id,
    case when judged.has_product then items.product_id else 'unknown' end as product_key,
    items.quantity,
    items.unit_price as unit_price_as_written,
    case when judged.is_price_outlier then items.unit_price * 0.01 else items.unit_price end as unit_price,
    items.discount_rate,
    items.tax_rate,
    least(greatest(items.returned_quantity, 0), items.quantity) as returned_quantity,
    items.returned_at,
    items.return_reason,
    judged.all_issues as _issues,
    {{ is_excluded('order_items', 'judged.all_issues') }} as is_excluded,
    judged.kept_instead,
    items._file_id,
    items._line
from items
inner join judged on items._file_id = judged._file_id and items._line = judged._line
