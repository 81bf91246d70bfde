{{ config(
    meta={'own_files': ['customers_crm', 'customers_shop']},
    indexes=[{'columns': ['_file_id', '_line'], 'unique': True}],
) }}

with customers as (
    select
        'customers_crm' as entity,
        customer_id,
        first_name,
        last_name,
        email,
        phone,
        street,
        postcode,
        city,
        country_code,
        birth_date,
        customer_since,
        segment,
        'de' as language,
        marketing_opt_in,
        -- A number that both systems have given is two people's; the shop's keeps it as it is.
        case
            when customer_id in (select shop.customer_id from {{ ref('stg_shop__customers') }} as shop)
                then concat('crm ', customer_id)
            else customer_id
        end as own_key,
        _issues,
        {{ is_excluded('customers_crm', '_issues') }} as is_unusable,
        _file_id,
        _line
    from {{ ref('stg_crm__customers') }}
    union all
    select
        'customers_shop' as entity,
        customer_id,
        first_name,
        last_name,
        email,
        phone,
        street,
        postcode,
        city,
        country_code,
        birth_date,
        customer_since,
        segment,
        language,
        marketing_opt_in,
        customer_id as own_key,
        _issues,
        {{ is_excluded('customers_shop', '_issues') }} as is_unusable,
        _file_id,
        _line
    from {{ ref('stg_shop__customers') }}
),

copies as (
    select
        customers._file_id,
        customers._line,
        {{ kept_instead("customers.entity || ' ' || customers.customer_id", 'customers.is_unusable') }} as kept_copy
    from customers
    left join {{ ref('stg_ledger__files') }} as files on customers._file_id = files.file_id
)

select
    customers.entity,
    customers.customer_id,
    customers.own_key,
    customers.first_name,
    customers.last_name,
    customers.email,
    customers.phone,
    customers.street,
    customers.postcode,
    customers.city,
    customers.country_code,
    customers.birth_date,
    customers.customer_since,
    customers.segment,
    customers.language,
    customers.marketing_opt_in,
    customers._issues,
    copies.kept_copy,
    copies.kept_copy is null as is_latest,
    copies.kept_copy is null and not customers.is_unusable as is_account,
    customers._file_id,
    customers._line
from customers
inner join copies on customers._file_id = copies._file_id and customers._line = copies._line
