with source as (
    select * from {{ source('crm', 'customers_crm') }}
),

cleaned as (
    select
        _file_id,
        _line,
        {{ clean_id('kundennr') }} as customer_id,
        {{ clean_text('anrede') }} as salutation,
        {{ clean_text('name') }} as full_name,
        {{ clean_email('e_mail') }} as email_as_written,
        {{ clean_phone('telefon') }} as phone,
        {{ clean_text('strasse') }} as street,
        {{ clean_id('plz') }} as postcode,
        {{ clean_text('ort') }} as city,
        {{ country_code('land') }} as country_code,
        {{ to_date_dmy('geburtsdatum') }} as birth_date_as_written,
        {{ to_date_dmy('kunde_seit') }} as customer_since,
        case {{ clean_word('segment') }}
            when 'firma' then 'business'
            else {{ clean_word('segment') }}
        end as segment,
        {{ to_boolean('newsletter') }} as marketing_opt_in,
        name as raw_name,
        e_mail as raw_email,
        telefon as raw_phone,
        land as raw_country,
        geburtsdatum as raw_birth_date
    from source
),

flagged as (
    select
        _file_id,
        _line,
        customer_id,
        salutation,
        full_name,
        email_as_written,
        phone,
        street,
        postcode,
        city,
        country_code,
        birth_date_as_written,
        customer_since,
        segment,
        marketing_opt_in,
        raw_name,
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
    segment,
    marketing_opt_in,
    {{ issue_codes([
        ('key_missing', 'customer_id is null'),
        ('test_account', is_test_account('full_name', 'email_as_written')),
        ('email_invalid', "raw_email is not null and not has_email"),
        ('email_normalised', "has_email and email_as_written <> raw_email"),
        ('phone_invalid', "raw_phone is not null and phone is null"),
        ('country_normalised', "country_code is not null and raw_country not in ('Deutschland', 'Österreich', 'Schweiz')"),
        ('country_unknown', "country_code is null"),
        ('birth_date_implausible', "raw_birth_date is not null and not has_birth_date"),
        ('name_whitespace', "full_name <> raw_name or full_name like '% ,%'"),
    ]) }} as _issues,
    _file_id,
    _line
from flagged
