with cases (input, expected_country, expected_currency) as (
    values
    ('DE', 'DE', null),
    (' deutschland ', 'DE', null),
    ('D', 'DE', null),
    ('Österreich', 'AT', null),
    ('U.S.A.', 'US', null),
    ('UK', 'GB', null),
    ('Atlantis', null, null),
    ('EUR', null, 'EUR'),
    (' chf', null, 'CHF'),
    ('€', null, 'EUR'),
    ('United  Kingdom', 'GB', null),
    (e'\u00a0ESPAÑA', 'ES', null),
    ('US$', null, 'USD'),
    ('XXX', null, null),
    ('', null, null),
    (null, null, null)
),

results as (
    select
        input,
        expected_country,
        {{ country_code('input') }} as actual_country,
        expected_currency,
        {{ currency_code('input') }} as actual_currency
    from cases
)

select
    input,
    actual_country,
    actual_currency
from results
where
    actual_country is distinct from expected_country
    or actual_currency is distinct from expected_currency
