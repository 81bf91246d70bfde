with crm_customers as (
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
        _issues,
        {{ is_excluded('customers_crm', '_issues') }} as is_unusable,
        _file_id,
        _line
    from {{ ref('stg_crm__customers') }}
),

shop_customers as (
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
        _issues,
        {{ is_excluded('customers_shop', '_issues') }} as is_unusable,
        _file_id,
        _line
    from {{ ref('stg_shop__customers') }}
),

customers as (
    select * from crm_customers
    union all
    select * from shop_customers
),

copies as (
    select
        customers.*,
        files.period_start
    from customers
    left join {{ ref('stg_ledger__files') }} as files on customers._file_id = files.file_id
),

ranked as (
    select
        *,
        {{ copy_number('customer_id') }} as copy_number,
        {{ kept_copy('customer_id') }} as kept_copy
    from copies
),

-- Of the usable accounts with one e-mail address, the shop's oldest is the person's.
people as (
    select
        _file_id,
        _line,
        row_number() over same_person as account_number,
        first_value(customer_id) over same_person as customer_key,
        first_value(concat(_file_id, ':', _line)) over same_person as kept_account
    from ranked
    where copy_number = 1 and not is_unusable
    window same_person as (
        partition by coalesce(email, concat(entity, ' ', customer_id, _file_id, ':', _line))
        order by entity desc, customer_since asc, customer_id asc
    )
),

judged as (
    select
        ranked.*,
        people.customer_key,
        ranked._issues || {{ issue_codes([
            ('customer_duplicate', 'ranked.copy_number > 1'),
            ('customer_merged', 'people.account_number > 1'),
        ]) }} as all_issues,
        case
            when ranked.copy_number > 1 then ranked.kept_copy
            when people.account_number > 1 then people.kept_account
        end as kept_instead
    from ranked
    left join people on ranked._file_id = people._file_id and ranked._line = people._line
)

select
    entity,
    customer_id,
    customer_key,
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
    copy_number,
    all_issues as _issues,
    case entity
        when 'customers_crm' then {{ is_excluded('customers_crm', 'all_issues') }}
        else {{ is_excluded('customers_shop', 'all_issues') }}
    end as is_excluded,
    kept_instead,
    _file_id,
    _line
from judged
