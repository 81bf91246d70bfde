with products as (
    select
        products.*,
        files.period_start,
        {{ is_excluded('products', 'products._issues') }} as is_unusable
    from {{ ref('stg_shop__products') }} as products
    left join {{ ref('stg_ledger__files') }} as files on products._file_id = files.file_id
),

ranked as (
    select
        *,
        {{ copy_number('product_id') }} as copy_number,
        {{ kept_copy('product_id') }} as kept_copy
    from products
),

judged as (
    select
        *,
        _issues || {{ issue_codes([('product_duplicate', 'copy_number > 1')]) }} as all_issues
    from ranked
)

select
    product_id,
    product_name,
    category,
    department,
    list_price,
    currency,
    unit_cost,
    colour,
    material,
    weight_g,
    tags,
    supplier,
    supplier_country,
    is_active,
    launched_on,
    all_issues as _issues,
    {{ is_excluded('products', 'all_issues') }} as is_excluded,
    case when copy_number > 1 then kept_copy end as kept_instead,
    _file_id,
    _line
from judged
