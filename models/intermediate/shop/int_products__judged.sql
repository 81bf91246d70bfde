{{ config(
    meta={'own_files': ['products']},
    indexes=[{'columns': ['_file_id', '_line'], 'unique': True}],
) }}

with products as (
    select * from {{ ref('stg_shop__products') }}
),

copies as (
    select
        products._file_id,
        products._line,
        {{ kept_instead('products.product_id', is_excluded('products', 'products._issues')) }} as kept_instead
    from products
    left join {{ ref('stg_ledger__files') }} as files on products._file_id = files.file_id
),

judged as (
    select
        products._file_id,
        products._line,
        copies.kept_instead,
        products._issues || {{ issue_codes([
            ('product_duplicate', "copies.kept_instead is not null"),
        ]) }} as all_issues
    from products
    inner join copies on products._file_id = copies._file_id and products._line = copies._line
)

select
    products.product_id,
    products.product_name,
    products.category,
    products.department,
    products.list_price,
    products.currency,
    products.unit_cost,
    products.colour,
    products.material,
    products.weight_g,
    products.tags,
    products.supplier,
    products.supplier_country,
    products.is_active,
    products.launched_on,
    judged.all_issues as _issues,
    {{ is_excluded('products', 'judged.all_issues') }} as is_excluded,
    judged.kept_instead,
    products._file_id,
    products._line
from products
inner join judged on products._file_id = judged._file_id and products._line = judged._line
