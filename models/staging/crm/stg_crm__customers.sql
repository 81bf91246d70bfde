{% set nulls = null_tokens('crm') %}

with source as (
    select * from {{ source('crm', 'customers_crm') }}
),

cleaned as (
    select
        source._file_id,
        source._line,
        reading.customer_id,
        reading.salutation,
        reading.full_name,
        reading.email_as_written,
        reading.street,
        reading.city,
        place.country_code,
        reading.phone,
        reading.postcode,
        reading.birth_date_as_written,
        reading.customer_since,
        reading.segment_word,
        reading.marketing_opt_in,
        reading.raw_name,
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
            select {{ country_code('land') }} as country_code
            limit 1
        ) as place
    cross join
        lateral ( -- noqa: ST05
            -- `limit 1`: each value is worked out once a row, not again for every code that looks at it.
            select
                {{ clean_id('kundennr', nulls) }} as customer_id,
                {{ clean_text('anrede', nulls) }} as salutation,
                {{ clean_name('name') }} as full_name,
                {{ clean_email('e_mail', nulls) }} as email_as_written,
                {{ clean_text('strasse', nulls) }} as street,
                {{ clean_text('ort', nulls) }} as city,
                {{ to_phone('telefon', 'place.country_code') }} as phone,
                {{ clean_postcode('plz', 'place.country_code', nulls) }} as postcode,
                {{ to_date_dmy('geburtsdatum') }} as birth_date_as_written,
                {{ to_date_dmy('kunde_seit') }} as customer_since,
                {{ clean_word('segment', nulls) }} as segment_word,
                {{ to_boolean('newsletter') }} as marketing_opt_in,
                name as raw_name,
                e_mail as raw_email,
                telefon as raw_phone,
                land as raw_country,
                geburtsdatum as raw_birth_date,
                plz as raw_postcode,
                kunde_seit as raw_customer_since,
                newsletter as raw_marketing_opt_in
            limit 1
        ) as reading
),

flagged as (
    select
        _file_id,
        _line,
        customer_id,
        salutation,
        full_name,
        email_as_written,
        street,
        city,
        country_code,
        birth_date_as_written,
        customer_since,
        segment_word,
        marketing_opt_in,
        raw_name,
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
    salutation,
    nullif(btrim(split_part(full_name, ',', 2)), '') as first_name,
    nullif(btrim(split_part(full_name, ',', 1)), '') as last_name,
    case when has_email then email_as_written end as email,
    phone,
    street,
    postcode,
    city,
    country_code,
    case when has_birth_date then birth_date_as_written end as birth_date,
    customer_since,
    case segment_word when 'firma' then 'business' else segment_word end as segment,
    marketing_opt_in,
    {{ issue_codes([
        ('key_missing', 'customer_id is null'),
        ('test_account', is_test_account('full_name', 'email_as_written')),
        ('email_invalid', is_given('raw_email', nulls) ~ " and not has_email"),
        ('email_normalised', "has_email and email_as_written <> raw_email"),
        ('phone_invalid', is_unreadable('raw_phone', 'phone', nulls)),
        ('country_normalised', "country_code is not null and raw_country not in ('Deutschland', 'Österreich', 'Schweiz')"),
        ('country_unknown', "country_code is null"),
        ('birth_date_implausible', is_given('raw_birth_date', nulls) ~ " and not has_birth_date"),
        ('name_whitespace', "full_name <> raw_name or full_name like '% ,%'"),
        ('postcode_invalid', 'not ' ~ is_postcode('postcode', 'country_code')),
        ('customer_since_invalid', is_unreadable('raw_customer_since', 'customer_since', nulls)),
        ('marketing_opt_in_invalid', is_unreadable('raw_marketing_opt_in', 'marketing_opt_in', nulls)),
    ]) }} as _issues,
    _file_id,
    _line
from flagged
