with cases (birth_date, since, is_plausible, full_name, email, is_test) as (
    values
    (date '1980-05-01', date '2024-01-01', true, 'Anna Meier', 'anna@shop.example', false),
    (date '2012-05-01', date '2024-01-01', false, 'Test Tester', 'anna@shop.example', true),
    (date '2010-01-01', date '2024-01-01', true, 'Testa Rossa', 'testa.rossa@shop.example', false),
    (date '1918-12-31', date '2024-01-01', false, 'Testkunde, Test', null, true),
    (date '2100-01-01', null, false, null, 'test+17@shop.example', true),
    (null, date '2024-01-01', false, null, 'protest@shop.example', false),
    (date '1980-05-01', null, true, null, 'anna@qa.shop.example', true)
),

results as (
    select
        birth_date,
        since,
        is_plausible,
        full_name,
        email,
        is_test,
        {{ is_plausible_birth_date('birth_date', 'since') }} as found_plausible,
        {{ is_test_account('full_name', 'email') }} as found_test,
        {{ issue_codes([('first', 'is_test'), ('second', 'birth_date is null'), ('third', 'since is null')]) }} as codes
    from cases
)

select
    birth_date,
    since,
    full_name,
    email,
    found_plausible,
    found_test,
    codes
from results
where
    found_plausible is distinct from is_plausible
    or found_test is distinct from is_test
    or codes <> array_remove(
        array[
            case when is_test then 'first' end,
            case when birth_date is null then 'second' end,
            case when since is null then 'third' end
        ],
        null
    )
