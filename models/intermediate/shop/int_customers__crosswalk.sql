{{ config(indexes=[{'columns': ['linked_id'], 'unique': True}]) }}

-- A test account is known, but is nobody: it leads to the unknown customer.
select
    customer_id,
    case entity when 'customers_crm' then 'crm' else 'shop' end as source_system,
    coalesce(customer_key, 'unknown') as customer_key,
    case
        when row_number() over (partition by customer_id order by entity desc) = 1 then customer_id
    end as linked_id,
    coalesce(merged_by, 'nobody') as merged_by,
    merged_why,
    email,
    _file_id,
    _line
from {{ ref('int_customers__judged') }}
where is_latest and customer_id is not null
