with source as (
    select * from {{ source('shop', 'customers_shop') }}
),

cleaned as (
    select
        _file_id,
        _line,
        {{ clean_id('customer_id') }} as customer_id,
        {{ clean_text('first_name') }} as first_name,
        {{ clean_text('last_name') }} as last_name,
        {{ clean_email('email') }} as email_as_written,
        {{ clean_phone('phone') }} as phone,
        {{ clean_text('street') }} as street,
        {{ clean_id('postcode') }} as postcode,
        {{ clean_text('city') }} as city,
        {{ country_code('country') }} as country_code,
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
        birth_date as raw_birth_date
    from source
),

flagged as (
    select
        _file_id,
        _line,
        customer_id,
        first_name,
        last_name,
        email_as_written,
        phone,
        street,
        postcode,
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
        ('email_invalid', "raw_email is not null and not has_email"),
        ('email_normalised', "has_email and email_as_written <> raw_email"),
        ('phone_invalid', "raw_phone is not null and phone is null"),
        ('country_normalised', "country_code is not null and country_code <> raw_country"),
        ('country_unknown', "country_code is null"),
        ('birth_date_implausible', "raw_birth_date is not null and not has_birth_date"),
        ('name_whitespace', "first_name <> raw_first_name or last_name <> raw_last_name"),
    ]) }} as _issues,
    _file_id,
    _line
from flagged
