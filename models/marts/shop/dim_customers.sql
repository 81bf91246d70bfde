{{ config(indexes=[{'columns': ['customer_key'], 'unique': True}]) }}

with customers as (
    select * from {{ ref('int_customers__judged') }}
    where not is_excluded
),

numbers_by_system as (
    select
        customer_key,
        {{ gathered('customer_id', 'customer_id', "source_system = 'crm'") }} as crm_customer_ids,
        {{ gathered('customer_id', 'customer_id', "source_system = 'shop'") }} as shop_customer_ids
    from {{ ref('int_customers__crosswalk') }}
    group by customer_key
),

orders_by_customer as (
    select
        customer_key,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date,
        count(*) as orders_count
    from {{ ref('int_orders__judged') }}
    where not is_excluded and status <> 'cancelled'
    group by customer_key
),

known_customers as (
    select
        customers.customer_key,
        coalesce(numbers_by_system.crm_customer_ids, {{ no_texts() }}) as crm_customer_ids,
        coalesce(numbers_by_system.shop_customer_ids, {{ no_texts() }}) as shop_customer_ids,
        case customers.entity when 'customers_crm' then 'crm' else 'shop' end as source_system,
        customers.first_name,
        customers.last_name,
        customers.email,
        customers.city,
        coalesce(customers.country_code, 'unknown') as country_code,
        coalesce(countries.country, 'Unknown') as country,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.language, countries.main_language) as language,
        customers.customer_since,
        extract(year from customers.birth_date)::integer as birth_year,
        coalesce(customers.marketing_opt_in, false) as marketing_opt_in,
        orders_by_customer.first_order_date,
        orders_by_customer.last_order_date,
        coalesce(orders_by_customer.orders_count, 0)::integer as orders_count,
        coalesce(orders_by_customer.orders_count, 0) > 1 as is_repeat,
        customers._issues as issues,
        customers._file_id,
        customers._line
    from customers
    left join {{ ref('countries') }} as countries on customers.country_code = countries.country_code
    left join numbers_by_system on customers.customer_key = numbers_by_system.customer_key
    left join orders_by_customer on customers.customer_key = orders_by_customer.customer_key
),

-- What belongs to nobody we know is counted here, so that no total loses it.
unknown_customer as (
    select
        'unknown' as customer_key,
        {{ no_texts() }} as crm_customer_ids,
        {{ no_texts() }} as shop_customer_ids,
        'none' as source_system,
        null::text as first_name,
        null::text as last_name,
        null::text as email,
        null::text as city,
        'unknown' as country_code,
        'Unknown' as country,
        'unknown' as segment,
        null::text as language,
        null::date as customer_since,
        null::integer as birth_year,
        false as marketing_opt_in,
        null::date as first_order_date,
        null::date as last_order_date,
        0 as orders_count,
        false as is_repeat,
        {{ no_texts() }} as issues,
        null::bigint as _file_id,
        null::bigint as _line
)

select
    customer_key,
    crm_customer_ids,
    shop_customer_ids,
    source_system,
    first_name,
    last_name,
    email,
    city,
    country_code,
    country,
    segment,
    language,
    customer_since,
    birth_year,
    marketing_opt_in,
    first_order_date,
    last_order_date,
    orders_count,
    is_repeat,
    issues,
    _file_id,
    _line
from known_customers
union all
select
    customer_key,
    crm_customer_ids,
    shop_customer_ids,
    source_system,
    first_name,
    last_name,
    email,
    city,
    country_code,
    country,
    segment,
    language,
    customer_since,
    birth_year,
    marketing_opt_in,
    first_order_date,
    last_order_date,
    orders_count,
    is_repeat,
    issues,
    _file_id,
    _line
from unknown_customer
