-- A source that says which sign is its decimal one is not guessed at; shares; the currency beside an amount.
with cases (input, expected_point, expected_comma, expected_share, expected_currency) as (
    values
    ('1.234', 1.234, 1234, 1.234, null),
    ('1,234', 1234, 1.234, null, null),
    ('1,234.5', 1234.5, null, null, null),
    ('1.234,5', null, 1234.5, null, null),
    ('1''234.5', 1234.5, null, null, null),
    ('1 234,5 €', null, 1234.5, null, 'EUR'),
    ('(12)', -12, -12, null, null),
    ('USD 12', 12, 12, null, 'USD'),
    ('12 sfr', 12, 12, null, 'CHF'),
    ('12.50 XYZ', null, null, null, null),
    ('12.5 %', null, null, 0.125, null),
    ('12,5%', null, null, 0.125, null),
    ('-3%', null, null, -0.03, null),
    ('0.125', 0.125, null, 0.125, null),
    ('50% EUR', null, null, null, 'EUR'),
    ('EUROPE', null, null, null, null),
    ('%', null, null, null, null),
    ('', null, null, null, null),
    (null, null, null, null, null)
),

results as (
    select
        input,
        expected_point,
        {{ to_money('input', 'point') }} as actual_point,
        expected_comma,
        {{ to_money('input', 'comma') }} as actual_comma,
        expected_share,
        {{ to_share('input') }} as actual_share,
        expected_currency,
        {{ currency_of_amount('input') }} as actual_currency
    from cases
)

select
    input,
    actual_point,
    actual_comma,
    actual_share,
    actual_currency
from results
where
    actual_point is distinct from expected_point
    or actual_comma is distinct from expected_comma
    or actual_share is distinct from expected_share
    or actual_currency is distinct from expected_currency
