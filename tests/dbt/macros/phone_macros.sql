with cases (input, expected) as (
    values
    ('+49 151 12345678', '+4915112345678'),
    ('0049 151 12345678', '+4915112345678'),
    ('+49 (0)151 12345678', '+4915112345678'),
    ('0151/12345678', '015112345678'),
    ('(212) 555-0123', '2125550123'),
    ('12345', null),
    ('000000', null),
    ('+0 123', null),
    ('+49 151 CALL ME', null),
    ('n/a', null),
    ('+491234567890123456', null),
    ('', null),
    (null, null)
),

results as (
    select
        input,
        expected,
        {{ clean_phone('input') }} as actual
    from cases
)

select
    input,
    actual
from results
where actual is distinct from expected
