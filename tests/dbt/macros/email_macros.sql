with cases (input, expected, is_valid) as (
    values
    ('anna@example.org', 'anna@example.org', true),
    (' Anna.Meier@Example.ORG ', 'anna.meier@example.org', true),
    ('mailto:anna@example.org', 'anna@example.org', true),
    ('a+b@sub.example.co.uk', 'a+b@sub.example.co.uk', true),
    ('anna@@example.org', 'anna@@example.org', false),
    ('anna@example', 'anna@example', false),
    ('anna@example..org', 'anna@example..org', false),
    ('anna@example,org', 'anna@example,org', false),
    ('anna.example.org', 'anna.example.org', false),
    ('.anna@example.org', '.anna@example.org', false),
    ('anna(at)example.org', 'anna(at)example.org', false),
    ('anna@-example.org', 'anna@-example.org', false),
    ('@example.org', '@example.org', false),
    ('anna@', 'anna@', false),
    ('', null, false),
    (null, null, false)
),

results as (
    select
        input,
        expected,
        {{ clean_email('input') }} as actual,
        is_valid,
        {{ is_email(clean_email('input')) }} as found_valid
    from cases
)

select
    input,
    actual,
    found_valid
from results
where actual is distinct from expected or found_valid is distinct from is_valid
