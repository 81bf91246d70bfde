{{ config(indexes=[{'columns': ['version_key'], 'unique': True}]) }}

with versions as (
    {{ versions_of(ref('customers_snapshot'), 'customer_key', [
        'first_name', 'last_name', 'email', 'phone', 'street', 'postcode', 'city', 'country_code', 'birth_date',
        'segment', 'language', 'marketing_opt_in',
    ]) }}
)

select
    concat(customer_key, ' ', version_number) as version_key,
    customer_key,
    version_number::integer as version_number,
    valid_from,
    valid_to,
    is_current,
    changed,
    first_name,
    last_name,
    email,
    city,
    coalesce(country_code, 'unknown') as country_code,
    coalesce(segment, 'unknown') as segment,
    language,
    coalesce(marketing_opt_in, false) as marketing_opt_in,
    _file_id,
    _line
from versions
