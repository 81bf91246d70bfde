with source as (
    select * from {{ source('pay', 'payments') }}
),

cleaned as (
    select
        source._file_id,
        source._line,
        reading.payment_id,
        reading.order_id,
        reading.method,
        reading.amount_plain,
        reading.amount_in_words,
        reading.currency,
        reading.status,
        reading.paid_at_iso,
        reading.paid_at_epoch,
        reading.provider,
        reading.provider_reference,
        reading.provider_fee,
        reading.raw_provider_fee
    from source
    cross join
        lateral ( -- noqa: ST05
            -- `limit 1`: each value is worked out once a row, not again for every code that looks at it.
            select
                {{ clean_id('payment_id') }} as payment_id,
                {{ clean_id('order_id') }} as order_id,
                {{ clean_word('method') }} as method,
                {{ to_number('amount') }} as amount_plain,
                {{ to_money('amount') }} as amount_in_words,
                {{ currency_code('currency') }} as currency,
                {{ clean_word('status') }} as status,
                {{ to_timestamp_iso('paid_at') }} as paid_at_iso,
                {{ to_timestamp_epoch_any('paid_at') }} as paid_at_epoch,
                {{ clean_text(json_text('provider', ['name'])) }} as provider,
                {{ clean_id(json_text('provider', ['reference'])) }} as provider_reference,
                {{ to_number(json_text('provider', ['fee'])) }} as provider_fee,
                {{ json_text('provider', ['fee']) }} as raw_provider_fee
            limit 1
        ) as reading
),

flagged as (
    select
        _file_id,
        _line,
        payment_id,
        order_id,
        method,
        coalesce(amount_plain, amount_in_words) as amount,
        currency,
        status,
        paid_at_iso,
        paid_at_epoch,
        provider,
        provider_reference,
        provider_fee,
        {{ issue_codes([
            ('key_missing', 'payment_id is null'),
            ('amount_invalid', 'coalesce(amount_plain, amount_in_words, 0) <= 0'),
            ('paid_at_invalid', 'paid_at_iso is null and paid_at_epoch is null'),
            ('currency_missing', 'currency is null'),
            ('paid_at_epoch', 'paid_at_epoch is not null'),
            ('provider_fee_invalid', is_unreadable('raw_provider_fee', 'provider_fee')),
            ('amount_format', 'amount_plain is null and amount_in_words is not null'),
        ]) }} as _issues
    from cleaned
)

select
    payment_id,
    order_id,
    method,
    amount,
    currency,
    status,
    coalesce(paid_at_iso, paid_at_epoch) as paid_at,
    provider,
    provider_reference,
    provider_fee,
    _issues,
    _file_id,
    _line
from flagged
