with cases (input, country, expected, has_shape) as (
    values
    ('80331', 'DE', '80331', true),
    (' 80331 ', 'DE', '80331', true),
    ('8033', 'DE', '8033', false),
    ('1067', 'CH', '1067', true),
    ('0106', 'AT', '0106', false),
    ('sw1a1aa', 'GB', 'SW1A 1AA', true),
    ('SW1A  1AA', 'GB', 'SW1A 1AA', true),
    ('M1 1AE', 'GB', 'M1 1AE', true),
    ('1234ab', 'NL', '1234 AB', true),
    ('0234 AB', 'NL', '0234 AB', false),
    ('28001', 'ES', '28001', true),
    ('53001', 'ES', '53001', false),
    ('12345-6789', 'US', '12345-6789', true),
    ('n/a', 'DE', null, null),
    ('80331', 'XX', '80331', null),
    ('80331', null, '80331', null),
    ('', 'DE', null, null),
    (null, 'DE', null, null)
),

results as (
    select
        input,
        country,
        expected,
        {{ clean_postcode('input', 'country') }} as actual,
        has_shape,
        {{ is_postcode(clean_postcode('input', 'country'), 'country') }} as found_shape
    from cases
)

select
    input,
    country,
    actual,
    found_shape
from results
where actual is distinct from expected or found_shape is distinct from has_shape
