with source as (
    select * from {{ source('shop', 'orders') }}
),

cleaned as (
    select
        source._file_id,
        source._line,
        reading.order_id,
        reading.customer_id,
        reading.ordered_at_iso,
        reading.ordered_at_dmy,
        reading.status,
        reading.channel,
        reading.country_code,
        reading.currency,
        reading.shipping_fee_plain,
        reading.shipping_fee,
        reading.discount_amount_plain,
        reading.discount_amount,
        reading.coupon_code,
        reading.total_amount_plain,
        reading.total_amount,
        reading.shipped_at,
        reading.delivered_at,
        reading.note,
        reading.raw_status,
        reading.raw_shipping_fee,
        reading.raw_discount_amount,
        reading.raw_shipped_at,
        reading.raw_delivered_at
    from source
    cross join
        lateral ( -- noqa: ST05
            -- `limit 1`: each value is worked out once a row, not again for every code that looks at it.
            select
                {{ clean_id('order_id') }} as order_id,
                {{ clean_id('customer_id') }} as customer_id,
                {{ to_timestamp_iso('ordered_at') }} as ordered_at_iso,
                {{ to_timestamp_dmy('ordered_at') }} as ordered_at_dmy,
                {{ clean_word('status') }} as status,
                {{ clean_word('channel') }} as channel,
                {{ country_code('country') }} as country_code,
                {{ currency_code('currency') }} as currency,
                {{ to_number('shipping_fee') }} as shipping_fee_plain,
                {{ to_money('shipping_fee') }} as shipping_fee,
                {{ to_number('discount_amount') }} as discount_amount_plain,
                {{ to_money('discount_amount') }} as discount_amount,
                upper({{ clean_id('coupon_code') }}) as coupon_code,
                {{ to_number('total_amount') }} as total_amount_plain,
                {{ to_money('total_amount') }} as total_amount,
                {{ to_timestamp_iso('shipped_at') }} as shipped_at,
                {{ to_timestamp_iso('delivered_at') }} as delivered_at,
                {{ clean_prose('note') }} as note,
                status as raw_status,
                shipping_fee as raw_shipping_fee,
                discount_amount as raw_discount_amount,
                shipped_at as raw_shipped_at,
                delivered_at as raw_delivered_at
            limit 1
        ) as reading
),

flagged as (
    select
        _file_id,
        _line,
        order_id,
        customer_id,
        ordered_at_dmy,
        status,
        channel,
        country_code,
        currency,
        shipping_fee_plain,
        shipping_fee,
        discount_amount_plain,
        discount_amount,
        coupon_code,
        total_amount_plain,
        total_amount,
        shipped_at,
        delivered_at,
        note,
        raw_status,
        raw_shipping_fee,
        raw_discount_amount,
        raw_shipped_at,
        raw_delivered_at,
        coalesce(ordered_at_iso, ordered_at_dmy) as ordered_at,
        coalesce(delivered_at < coalesce(ordered_at_iso, ordered_at_dmy), false) as is_delivered_before_ordered,
        coalesce(
            status in ('placed', 'paid', 'shipped', 'delivered', 'returned', 'cancelled'), false
        ) as has_status
    from cleaned
)

select
    order_id,
    customer_id,
    ordered_at,
    case when has_status then status else 'unknown' end as status,
    channel,
    country_code,
    currency,
    coalesce(shipping_fee_plain, shipping_fee) as shipping_fee,
    coalesce(discount_amount_plain, discount_amount) as discount_amount,
    coupon_code,
    coalesce(total_amount_plain, total_amount) as total_amount,
    shipped_at,
    case when not is_delivered_before_ordered then delivered_at end as delivered_at,
    note,
    {{ issue_codes([
        ('key_missing', 'order_id is null'),
        ('ordered_at_invalid', "ordered_at is null"),
        ('test_order', "coupon_code = 'TEST100'"),
        ('ordered_at_format', "ordered_at_dmy is not null"),
        ('amount_format', "(total_amount_plain is null and total_amount is not null)
            or (shipping_fee_plain is null and shipping_fee is not null)
            or (discount_amount_plain is null and discount_amount is not null)"),
        ('total_missing', "total_amount_plain is null and total_amount is null"),
        ('currency_missing', "currency is null"),
        ('status_normalised', "has_status and status <> raw_status"),
        ('status_unknown', "not has_status"),
        ('delivered_before_ordered', "is_delivered_before_ordered"),
        ('country_unknown', "country_code is null"),
        ('shipping_fee_invalid', is_unreadable('raw_shipping_fee', 'coalesce(shipping_fee_plain, shipping_fee)')),
        ('discount_amount_invalid', is_unreadable(
            'raw_discount_amount', 'coalesce(discount_amount_plain, discount_amount)'
        )),
        ('shipped_at_invalid', is_unreadable('raw_shipped_at', 'shipped_at')),
        ('delivered_at_invalid', is_unreadable('raw_delivered_at', 'delivered_at')),
    ]) }} as _issues,
    _file_id,
    _line
from flagged
