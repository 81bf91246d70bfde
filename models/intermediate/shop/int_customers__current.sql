{{ config(materialized='view') }}

{%- set tracked = [
    'first_name', 'last_name', 'email', 'phone', 'street', 'postcode', 'city', 'country_code', 'birth_date', 'segment',
    'language', 'marketing_opt_in',
] %}

select
    customers.customer_key,
    customers.first_name,
    customers.last_name,
    customers.email,
    customers.phone,
    customers.street,
    customers.postcode,
    customers.city,
    customers.country_code,
    customers.birth_date,
    customers.segment,
    customers.language,
    customers.marketing_opt_in,
    {{ content_hash(tracked) }} as content_hash,
    customers._file_id,
    customers._line
from {{ ref('int_customers__judged') }} as customers
where not customers.is_excluded
