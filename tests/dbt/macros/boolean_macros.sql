with cases (input, expected) as (
    values
    ('true', true),
    (' JA ', true),
    ('1', true),
    ('oui', true),
    ('nein', false),
    ('False', false),
    ('0', false),
    ('on', true),
    ('Falsch', false),
    ('vrai', true),
    ('maybe', null),
    ('2', null),
    ('', null),
    (null, null)
),

results as (
    select
        input,
        expected,
        {{ to_boolean('input') }} as actual
    from cases
)

select
    input,
    actual
from results
where actual is distinct from expected
