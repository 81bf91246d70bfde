with source as (
    select * from {{ source('shop', 'customers_shop') }}
),

cleaned as (
    select
        source._file_id,
        source._line,
        reading.customer_id,
        reading.first_name,
        reading.last_name,
        reading.email_as_written,
        reading.street,
        reading.city,
        place.country_code,
        reading.phone,
        reading.postcode,
        reading.birth_date_as_written,
        reading.customer_since,
        reading.segment,
        reading.language,
        reading.marketing_opt_in,
        reading.raw_first_name,
        reading.raw_last_name,
        reading.raw_email,
        reading.raw_phone,
        reading.raw_country,
        reading.raw_birth_date,
        reading.raw_postcode,
        reading.raw_customer_since,
        reading.raw_marketing_opt_in
    from source
    cross join
        lateral ( -- noqa: ST05
            select {{ country_code('country') }} as country_code
            limit 1
        ) as place
    cross join
        lateral ( -- noqa: ST05
            -- `limit 1`: each value is worked out once a row, not again for every code that looks at it.
            select
                {{ clean_id('customer_id') }} as customer_id,
                {{ clean_name('first_name') }} as first_name,
                {{ clean_name('last_name') }} as last_name,
                {{ clean_email('email') }} as email_as_written,
                {{ clean_text('street') }} as street,
                {{ clean_text('city') }} as city,
                {{ to_phone('phone', 'place.country_code') }} as phone,
                {{ clean_postcode('postcode', 'place.country_code') }} as postcode,
                {{ to_date('birth_date') }} as birth_date_as_written,
                {{ to_date('created_at') }} as customer_since,
                {{ clean_word('segment') }} as segment,
                {{ clean_word('language') }} as language,
                {{ to_boolean('marketing_opt_in') }} as marketing_opt_in,
                first_name as raw_first_name,
                last_name as raw_last_name,
                email as raw_email,
                phone as raw_phone,
                country as raw_country,
                birth_date as raw_birth_date,
                postcode as raw_postcode,
                created_at as raw_customer_since,
                marketing_opt_in as raw_marketing_opt_in
            limit 1
        ) as reading
),

flagged as (
    select
        _file_id,
        _line,
        customer_id,
        first_name,
        last_name,
        email_as_written,
        street,
        city,
        country_code,
        birth_date_as_written,
        customer_since,
        segment,
        language,
        marketing_opt_in,
        raw_first_name,
        raw_last_name,
        raw_email,
        raw_phone,
        raw_country,
        raw_birth_date,
        raw_postcode,
        raw_customer_since,
        raw_marketing_opt_in,
        phone,
        postcode,
        {{ is_email('email_as_written') }} as has_email,
        {{ is_plausible_birth_date('birth_date_as_written', 'customer_since') }} as has_birth_date
    from cleaned
)

select
    customer_id,
    first_name,
    last_name,
    case when has_email then email_as_written end as email,
    phone,
    street,
    postcode,
    city,
    country_code,
    case when has_birth_date then birth_date_as_written end as birth_date,
    customer_since,
    segment,
    language,
    marketing_opt_in,
    {{ issue_codes([
        ('key_missing', 'customer_id is null'),
        ('test_account', is_test_account("concat_ws(' ', first_name, last_name)", 'email_as_written')),
        ('email_invalid', is_given('raw_email') ~ " and not has_email"),
        ('email_normalised', "has_email and email_as_written <> raw_email"),
        ('phone_invalid', is_unreadable('raw_phone', 'phone')),
        ('country_normalised', "country_code is not null and country_code <> raw_country"),
        ('country_unknown', "country_code is null"),
        ('birth_date_implausible', is_given('raw_birth_date') ~ " and not has_birth_date"),
        ('name_whitespace', "first_name <> raw_first_name or last_name <> raw_last_name"),
        ('postcode_invalid', 'not ' ~ is_postcode('postcode', 'country_code')),
        ('customer_since_invalid', is_unreadable('raw_customer_since', 'customer_since')),
        ('marketing_opt_in_invalid', is_unreadable('raw_marketing_opt_in', 'marketing_opt_in')),
    ]) }} as _issues,
    _file_id,
    _line
from flagged
