with source as (
    select * from {{ source('shop', 'order_items') }}
),

cleaned as (
    select
        source._file_id,
        source._line,
        reading.order_item_id,
        reading.order_id,
        reading.product_id,
        reading.quantity,
        reading.unit_price_plain,
        reading.unit_price_in_words,
        reading.discount_rate,
        reading.tax_rate,
        reading.returned_quantity,
        reading.returned_at,
        reading.return_reason,
        reading.raw_discount_rate,
        reading.raw_tax_rate,
        reading.raw_returned_quantity,
        reading.raw_returned_at
    from source
    cross join
        lateral ( -- noqa: ST05
            -- `limit 1`: each value is worked out once a row, not again for every code that looks at it.
            select
                {{ clean_id('order_item_id') }} as order_item_id,
                {{ clean_id('order_id') }} as order_id,
                {{ clean_id('product_id') }} as product_id,
                {{ to_integer('quantity') }} as quantity,
                {{ to_number('unit_price') }} as unit_price_plain,
                {{ to_money('unit_price') }} as unit_price_in_words,
                {{ to_number('discount_rate') }} as discount_rate,
                {{ to_number('tax_rate') }} as tax_rate,
                {{ to_integer('returned_quantity') }} as returned_quantity,
                {{ to_timestamp_iso('returned_at') }} as returned_at,
                {{ clean_word('return_reason') }} as return_reason,
                discount_rate as raw_discount_rate,
                tax_rate as raw_tax_rate,
                returned_quantity as raw_returned_quantity,
                returned_at as raw_returned_at
            limit 1
        ) as reading
),

flagged as (
    select
        _file_id,
        _line,
        order_item_id,
        order_id,
        product_id,
        quantity,
        coalesce(unit_price_plain, unit_price_in_words) as unit_price,
        discount_rate,
        tax_rate,
        returned_quantity,
        returned_at,
        return_reason,
        {{ issue_codes([
            ('key_missing', 'order_item_id is null'),
            ('quantity_not_positive', 'quantity is null or quantity <= 0'),
            ('unit_price_invalid', 'coalesce(unit_price_plain, unit_price_in_words, -1) < 0'),
            ('discount_rate_invalid', is_given('raw_discount_rate') ~ ' and coalesce(discount_rate not between 0 and 1, true)'),
            ('tax_rate_invalid', is_given('raw_tax_rate') ~ ' and coalesce(tax_rate not between 0 and 1, true)'),
            ('returned_quantity_invalid', is_given('raw_returned_quantity')
                ~ ' and coalesce(returned_quantity < 0 or returned_quantity > greatest(quantity, 0), true)'),
            ('returned_at_invalid', is_unreadable('raw_returned_at', 'returned_at')),
            ('amount_format', 'unit_price_plain is null and unit_price_in_words is not null'),
        ]) }} as _issues
    from cleaned
)

select
    order_item_id,
    order_id,
    product_id,
    quantity,
    case when unit_price >= 0 then unit_price else 0 end as unit_price,
    case when discount_rate between 0 and 1 then discount_rate else 0 end as discount_rate,
    case when tax_rate between 0 and 1 then tax_rate end as tax_rate,
    coalesce(returned_quantity, 0) as returned_quantity,
    returned_at,
    return_reason,
    _issues,
    _file_id,
    _line
from flagged
