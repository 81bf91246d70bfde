{{ config(meta={
    'failure_means': 'A customer number of a source leads to nobody in dim_customers: its orders count under nobody.',
}) }}

-- Merging loses no customer number: each leads to a person who is there and who knows it as theirs; only
-- those of test accounts lead to the unknown customer.
select
    crosswalk.customer_id,
    crosswalk.customer_key
from {{ ref('int_customers__crosswalk') }} as crosswalk
left join {{ ref('dim_customers') }} as customers
    on
        crosswalk.customer_key = customers.customer_key
        and (
            crosswalk.customer_id = any(customers.crm_customer_ids)
            or crosswalk.customer_id = any(customers.shop_customer_ids)
        )
left join {{ ref('exclusions') }} as exclusions
    on
        crosswalk._file_id = exclusions._file_id
        and crosswalk._line = exclusions._line
        and exclusions.rule = 'test_account'
where
    (customers.customer_key is null and exclusions.rule is null)
    or (crosswalk.customer_key = 'unknown' and exclusions.rule is null)
