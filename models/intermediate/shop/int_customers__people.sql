{{ config(indexes=[{'columns': ['_file_id', '_line'], 'unique': True}]) }}

with recursive accounts as (
    select
        entity,
        customer_id,
        own_key,
        email,
        customer_since,
        _file_id,
        _line,
        -- Accounts with one e-mail address are one person's from the start.
        coalesce(email, concat(_file_id, ':', _line)) as login
    from {{ ref('int_customers__accounts') }}
    where is_account
),

links as (
    select
        one.login,
        other.login as linked_login
    from {{ ref('int_customers__look_alikes') }} as pairs
    inner join accounts as one on pairs.one_file_id = one._file_id and pairs.one_line = one._line
    inner join accounts as other on pairs.other_file_id = other._file_id and pairs.other_line = other._line
    where pairs.is_same_person
),

links_both_ways as (
    select
        login,
        linked_login
    from links
    union distinct
    select
        linked_login as login,
        login as linked_login
    from links
),

-- Whoever can be reached over links is the same person: A like B and B like C makes three accounts one.
reached as (
    select
        login,
        login as reached_login
    from links_both_ways
    union distinct
    select
        reached.login,
        links_both_ways.linked_login as reached_login
    from reached
    inner join links_both_ways on reached.reached_login = links_both_ways.login
),

persons as (
    select
        login,
        min(reached_login) as person
    from reached
    group by login
),

-- Of a person's accounts the shop's oldest is kept.
ranked as (
    select
        accounts._file_id,
        accounts._line,
        accounts.email,
        row_number() over same_person as account_number,
        first_value(accounts.own_key) over same_person as customer_key,
        first_value(accounts.email) over same_person as kept_email,
        first_value(accounts._file_id) over same_person as kept_file_id,
        first_value(accounts._line) over same_person as kept_line
    from accounts
    left join persons on accounts.login = persons.login
    window same_person as (
        partition by coalesce(persons.person, accounts.login)
        order by accounts.entity desc, accounts.customer_since asc, accounts.customer_id asc, accounts._line asc
    )
)

select
    ranked._file_id,
    ranked._line,
    ranked.customer_key,
    ranked.kept_file_id,
    ranked.kept_line,
    case
        when ranked.account_number = 1 then 'kept'
        when ranked.email = ranked.kept_email then 'same e-mail address'
        else 'look-alike'
    end as merged_by,
    case
        when ranked.account_number = 1 then null
        when ranked.email = ranked.kept_email then 'same e-mail address'
        else coalesce(pairs.why, 'like another account of the same person')
    end as why
from ranked
left join {{ ref('int_customers__look_alikes') }} as pairs
    on
        pairs.is_same_person
        and least((ranked._file_id, ranked._line), (ranked.kept_file_id, ranked.kept_line))
        = (pairs.one_file_id, pairs.one_line)
        and greatest((ranked._file_id, ranked._line), (ranked.kept_file_id, ranked.kept_line))
        = (pairs.other_file_id, pairs.other_line)
