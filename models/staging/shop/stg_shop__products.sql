with source as (
    select * from {{ source('shop', 'products') }}
),

cleaned as (
    select
        _file_id,
        _line,
        {{ clean_id('product_id') }} as product_id,
        {{ clean_text('name') }} as product_name,
        {{ clean_text(json_text('category', ['name'])) }} as category,
        {{ clean_text(json_text('category', ['department'])) }} as department,
        {{ to_number(json_text('price', ['amount'])) }} as list_price_plain,
        {{ to_money(json_text('price', ['amount'])) }} as list_price_in_words,
        {{ currency_code(json_text('price', ['currency'])) }} as currency,
        {{ to_number('cost') }} as unit_cost_plain,
        {{ to_money('cost') }} as unit_cost_in_words,
        {{ clean_text(json_text('attributes', ['colour'])) }} as colour,
        {{ clean_text(json_text('attributes', ['material'])) }} as material,
        {{ to_number(json_text('attributes', ['weight_g'])) }} as weight_g,
        {{ clean_text(json_text('supplier', ['name'])) }} as supplier,
        {{ clean_text(json_text('supplier', ['country'])) }} as supplier_country,
        {{ to_boolean('active') }} as is_active,
        {{ to_date('launched_on') }} as launched_on,
        {{ json_list('tags') }} as tags,
        cost as raw_unit_cost,
        {{ json_text('attributes', ['weight_g']) }} as raw_weight_g,
        active as raw_is_active,
        launched_on as raw_launched_on
    from source
),

flagged as (
    select
        _file_id,
        _line,
        product_id,
        product_name,
        category,
        department,
        coalesce(list_price_plain, list_price_in_words) as list_price,
        currency,
        coalesce(unit_cost_plain, unit_cost_in_words) as unit_cost,
        colour,
        material,
        weight_g,
        supplier,
        supplier_country,
        is_active,
        launched_on,
        tags,
        {{ issue_codes([
            ('key_missing', 'product_id is null'),
            ('price_missing', 'coalesce(list_price_plain, list_price_in_words) is null'),
            ('currency_missing', 'coalesce(list_price_plain, list_price_in_words) is not null and currency is null'),
            ('category_missing', 'category is null'),
            ('cost_invalid', is_unreadable('raw_unit_cost', 'coalesce(unit_cost_plain, unit_cost_in_words)')),
            ('weight_invalid', is_unreadable('raw_weight_g', 'weight_g')),
            ('active_invalid', is_unreadable('raw_is_active', 'is_active')),
            ('launched_on_invalid', is_unreadable('raw_launched_on', 'launched_on')),
            ('amount_format', '(list_price_plain is null and list_price_in_words is not null)
                or (unit_cost_plain is null and unit_cost_in_words is not null)'),
        ]) }} as _issues
    from cleaned
)

select
    product_id,
    coalesce(product_name, product_id) as product_name,
    coalesce(category, 'Uncategorised') as category,
    coalesce(department, 'Uncategorised') as department,
    list_price,
    coalesce(currency, 'EUR') as currency,
    unit_cost,
    colour,
    material,
    weight_g,
    tags,
    supplier,
    supplier_country,
    is_active,
    launched_on,
    _issues,
    _file_id,
    _line
from flagged
