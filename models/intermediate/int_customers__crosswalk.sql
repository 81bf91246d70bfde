{{ config(indexes=[{'columns': ['customer_id'], 'unique': True}]) }}

-- A test account is known, but is nobody: it leads to the unknown customer.
select
    customer_id,
    case entity when 'customers_crm' then 'crm' else 'shop' end as source_system,
    coalesce(customer_key, 'unknown') as customer_key,
    email,
    _file_id,
    _line
from {{ ref('int_customers__judged') }}
where is_latest and customer_id is not null
