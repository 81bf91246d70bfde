with cases (input, expected) as (
    values
    ('12', 12),
    ('-3.0', -3),
    ('7794798739', 7794798739),
    (' 123456789012345678 ', 123456789012345678),
    ('1234567890123456789', null),
    ('1.5', null),
    ('1,000', null),
    ('', null),
    (null, null)
)

select
    input,
    expected,
    {{ to_bigint('input') }} as found
from cases
where {{ to_bigint('input') }} is distinct from expected
