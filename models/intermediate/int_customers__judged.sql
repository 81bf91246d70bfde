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
),

-- Of the usable accounts with one e-mail address, the shop's oldest is the person's.
people as (
    select
        customers._file_id,
        customers._line,
        row_number() over same_person as account_number,
        first_value(customers.own_key) over same_person as customer_key,
        first_value(concat(customers._file_id, ':', customers._line)) over same_person as kept_account
    from customers
    left join copies on customers._file_id = copies._file_id and customers._line = copies._line
    where copies.kept_copy is null and not customers.is_unusable
    window same_person as (
        partition by coalesce(customers.email, concat(customers._file_id, ':', customers._line))
        order by customers.entity desc, customers.customer_since asc, customers.customer_id asc
    )
),

judged as (
    select
        customers._file_id,
        customers._line,
        people.customer_key,
        copies.kept_copy is null as is_latest,
        coalesce(copies.kept_copy, case when people.account_number > 1 then people.kept_account end) as kept_instead,
        customers._issues || {{ issue_codes([
            ('customer_duplicate', 'copies.kept_copy is not null'),
            ('customer_merged', 'people.account_number > 1'),
        ]) }} as all_issues
    from customers
    left join copies on customers._file_id = copies._file_id and customers._line = copies._line
    left join people on customers._file_id = people._file_id and customers._line = people._line
)

select
    customers.entity,
    customers.customer_id,
    judged.customer_key,
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
    judged.is_latest,
    judged.all_issues as _issues,
    case customers.entity
        when 'customers_crm' then {{ is_excluded('customers_crm', 'judged.all_issues') }}
        else {{ is_excluded('customers_shop', 'judged.all_issues') }}
    end as is_excluded,
    judged.kept_instead,
    customers._file_id,
    customers._line
from customers
inner join judged on customers._file_id = judged._file_id and customers._line = judged._line
