{{ config(indexes=[{'columns': ['pair_key'], 'unique': True}]) }}

with accounts as (
    select
        _file_id,
        _line,
        customer_id,
        email,
        phone,
        birth_date,
        country_code,
        postcode || ' ' || {{ fold_street('street') }} as address,
        {{ name_parts("concat_ws(' ', first_name, last_name)") }} as name_parts
    from {{ ref('int_customers__accounts') }}
    where is_account
),

-- A number or an address that many accounts share is a company's or a placeholder, and tells nothing of a person.
blocks as (
    select
        'phone' as kind,
        phone as block
    from accounts
    where phone is not null
    group by phone
    having count(*) between 2 and {{ var('look_alike_block') }}
    union all
    select
        'address' as kind,
        address as block
    from accounts
    where address is not null
    group by address
    having count(*) between 2 and {{ var('look_alike_block') }}
),

in_blocks as (
    select
        accounts._file_id,
        accounts._line,
        blocks.kind,
        blocks.block
    from accounts
    inner join blocks on accounts.phone = blocks.block and blocks.kind = 'phone'
    union all
    select
        accounts._file_id,
        accounts._line,
        blocks.kind,
        blocks.block
    from accounts
    inner join blocks on accounts.address = blocks.block and blocks.kind = 'address'
),

candidates as (
    select
        one._file_id as one_file_id,
        one._line as one_line,
        other._file_id as other_file_id,
        other._line as other_line
    from in_blocks as one
    inner join in_blocks as other
        on
            one.kind = other.kind
            and one.block = other.block
            and (one._file_id, one._line) < (other._file_id, other._line)
    group by one._file_id, one._line, other._file_id, other._line
),

compared as (
    select
        candidates.one_file_id,
        candidates.one_line,
        candidates.other_file_id,
        candidates.other_line,
        one.customer_id as one_customer_id,
        other.customer_id as other_customer_id,
        {{ name_similarity('one.name_parts', 'other.name_parts') }} as name_similarity,
        one.birth_date = other.birth_date as has_same_birth_date,
        coalesce(one.phone = other.phone, false) as has_same_phone,
        coalesce(one.address = other.address, false) as has_same_address
    from candidates
    inner join accounts as one on candidates.one_file_id = one._file_id and candidates.one_line = one._line
    inner join accounts as other on candidates.other_file_id = other._file_id and candidates.other_line = other._line
    -- Those with one e-mail address are one person already.
    where one.email is distinct from other.email or one.email is null
),

scored as (
    select
        one_file_id,
        one_line,
        other_file_id,
        other_line,
        one_customer_id,
        other_customer_id,
        name_similarity,
        has_same_birth_date,
        has_same_phone,
        has_same_address,
        coalesce(has_same_birth_date, false)::integer
        + has_same_phone::integer
        + has_same_address::integer as agreements
    from compared
)

select
    concat(one_file_id, ':', one_line, ' ', other_file_id, ':', other_line) as pair_key,
    one_file_id,
    one_line,
    other_file_id,
    other_line,
    one_customer_id,
    other_customer_id,
    name_similarity,
    has_same_birth_date,
    has_same_phone,
    has_same_address,
    round(0.4 * name_similarity + 0.2 * agreements, 2) as score,
    coalesce(
        name_similarity >= {{ var('look_alike_name') }}
        and agreements >= 2
        and has_same_birth_date is distinct from false,
        false
    ) as is_same_person,
    concat_ws(
        ', ',
        case
            when name_similarity = 1 then 'same name'
            else format('names %s %% alike', round(100 * name_similarity))
        end,
        case
            when has_same_birth_date then 'same birth date'
            when has_same_birth_date is null then 'a birth date missing'
            else 'other birth date'
        end,
        case when has_same_phone then 'same telephone' else 'other telephone' end,
        case when has_same_address then 'same address' else 'other address' end
    ) as why
from scored
