with cases (input, expected_number, expected_integer, expected_money) as (
    values
    ('12', 12, 12, 12),
    (' 12.50 ', 12.50, null, 12.50),
    ('-3', -3, -3, -3),
    ('+7', 7, 7, 7),
    ('3.0', 3.0, 3, 3.0),
    ('.5', 0.5, null, 0.5),
    ('1,5', null, null, 1.5),
    ('1.234,50', null, null, 1234.50),
    ('1,234.50', null, null, 1234.50),
    ('1.234.567,89', null, null, 1234567.89),
    ('1''234.50', null, null, 1234.50),
    (e'1\u00a0234,50', null, null, 1234.50),
    ('EUR 12.50', null, null, 12.50),
    ('12,50 €', null, null, 12.50),
    ('$1,234', null, null, 1234),
    ('1.234', 1.234, null, 1234),
    ('1_000', null, null, null),
    ('1e5', 100000, null, null),
    ('1.5e-05', 0.000015, null, null),
    ('1e12', null, null, null),
    ('12.989999999999998', 12.989999999999998, null, 12.989999999999998),
    ('NaN', null, null, null),
    ('Infinity', null, null, null),
    ('0x1A', null, null, null),
    ('12.34.56', null, null, null),
    ('12.', 12, 12, null),
    ('0.125', 0.125, null, 0.125),
    ('012.345', 12.345, null, null),
    ('12 34', null, null, null),
    ('12EUR50', null, null, null),
    ('(1,234.50)', null, null, -1234.50),
    ('($12.50)', null, null, -12.50),
    ('12,50-', null, null, -12.50),
    ('−12,50 €', null, null, -12.50),
    ('€ -12.50', null, null, -12.50),
    ('12.– CHF', null, null, 12),
    ('Fr. 12.50', null, null, 12.50),
    ('--12', null, null, null),
    ('(-12)', null, null, null),
    ('(12', null, null, null),
    ('5 %', null, null, null),
    ('99999999999999999999', null, null, null),
    ('n/a', null, null, null),
    ('', null, null, null),
    (null, null, null, null)
),

results as (
    select
        input,
        expected_number,
        {{ to_number('input') }} as actual_number,
        expected_integer,
        {{ to_integer('input') }} as actual_integer,
        expected_money,
        {{ to_money('input') }} as actual_money
    from cases
)

select
    input,
    actual_number,
    actual_integer,
    actual_money
from results
where
    actual_number is distinct from expected_number
    or actual_integer is distinct from expected_integer
    or actual_money is distinct from expected_money
