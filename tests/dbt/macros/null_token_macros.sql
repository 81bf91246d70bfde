-- Each source has its own words for nothing, beside those that all have.
with cases (input, is_given_anywhere, is_given_in_crm, is_given_in_web) as (
    values
    ('Meier', true, true, true),
    ('NULL', false, false, false),
    (' n/a ', false, false, false),
    ('--', false, false, false),
    ('k.A.', true, false, true),
    ('(not set)', true, true, false),
    ('undefined', true, true, false),
    ('0', true, true, true),
    ('nein', true, true, true),
    (e'\t\u00a0', false, false, false),
    ('', false, false, false),
    (null, false, false, false)
),

results as (
    select
        input,
        is_given_anywhere,
        {{ is_given('input') }} as found_anywhere,
        is_given_in_crm,
        {{ is_given('input', null_tokens('crm')) }} as found_in_crm,
        is_given_in_web,
        {{ is_given('input', null_tokens('web')) }} as found_in_web,
        {{ null_if_token('input') }} as value,
        {{ is_unreadable('input', 'null::text') }} as is_unreadable,
        {{ is_unreadable('input', "'read'::text") }} as is_read_unreadable
    from cases
)

select
    input,
    found_anywhere,
    found_in_crm,
    found_in_web,
    value,
    is_unreadable,
    is_read_unreadable
from results
where
    found_anywhere is distinct from is_given_anywhere
    or found_in_crm is distinct from is_given_in_crm
    or found_in_web is distinct from is_given_in_web
    or value is distinct from case when is_given_anywhere then input end
    or is_unreadable is distinct from is_given_anywhere
    or is_read_unreadable
