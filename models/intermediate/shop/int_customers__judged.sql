{{ config(indexes=[{'columns': ['_file_id', '_line'], 'unique': True}]) }}

with accounts as (
    select * from {{ ref('int_customers__accounts') }}
),

judged as (
    select
        accounts._file_id,
        accounts._line,
        people.customer_key,
        people.merged_by,
        people.why,
        coalesce(
            accounts.kept_copy,
            case when people.merged_by <> 'kept' then concat(people.kept_file_id, ':', people.kept_line) end
        ) as kept_instead,
        accounts._issues || {{ issue_codes([
            ('customer_duplicate', 'accounts.kept_copy is not null'),
            ('customer_merged', "people.merged_by = 'same e-mail address'"),
            ('customer_merged_fuzzy', "people.merged_by = 'look-alike'"),
        ]) }} as all_issues
    from accounts
    left join {{ ref('int_customers__people') }} as people
        on accounts._file_id = people._file_id and accounts._line = people._line
)

select
    accounts.entity,
    accounts.customer_id,
    judged.customer_key,
    accounts.first_name,
    accounts.last_name,
    accounts.email,
    accounts.phone,
    accounts.street,
    accounts.postcode,
    accounts.city,
    accounts.country_code,
    accounts.birth_date,
    accounts.customer_since,
    accounts.segment,
    accounts.language,
    accounts.marketing_opt_in,
    accounts.is_latest,
    judged.merged_by,
    judged.why as merged_why,
    judged.all_issues as _issues,
    case accounts.entity
        when 'customers_crm' then {{ is_excluded('customers_crm', 'judged.all_issues') }}
        else {{ is_excluded('customers_shop', 'judged.all_issues') }}
    end as is_excluded,
    judged.kept_instead,
    accounts._file_id,
    accounts._line
from accounts
inner join judged on accounts._file_id = judged._file_id and accounts._line = judged._line
