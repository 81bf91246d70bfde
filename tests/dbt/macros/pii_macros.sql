with cases (input, expected_kinds, expected_masked, expected_shape) as (
    values
    ('Write to Anna.M@shop.example please', array['email'], 'Write to [email] please', 'Xxxxx xx Xxxx.X@xxxx.xxxxxxx xxxxxx'),
    ('call +49 151 12345678!', array['phone'], 'call [phone]!', 'xxxx +99 999 99999999!'),
    ('IBAN DE89 3704 0044 0532 0130 00', array['iban'], 'IBAN [iban]', 'XXXX XX99 9999 9999 9999 9999 99'),
    ('card 4111 1111 1111 1111', array['card'], 'card [card]', 'xxxx 9999 9999 9999 9999'),
    ('number 4111 1111 1111 1112', array[]::text[], 'number [card]', 'xxxxxx 9999 9999 9999 9999'),
    ('order O-0000123 of 2025-03-01', array[]::text[], 'order O-0000123 of 2025-03-01', 'xxxxx X-9999999 xx 9999-99-99'),
    ('Größe 5 @ home', array[]::text[], 'Größe 5 @ home', 'Xxxxx 9 @ xxxx'),
    ('', array[]::text[], '', ''),
    (null, array[]::text[], null, null)
),

results as (
    select
        input,
        expected_kinds,
        {{ pii_kinds('input') }} as actual_kinds,
        expected_masked,
        {{ mask_pii('input') }} as actual_masked,
        expected_shape,
        {{ mask_shape('input') }} as actual_shape
    from cases
)

select
    input,
    actual_kinds,
    actual_masked,
    actual_shape
from results
where
    actual_kinds is distinct from expected_kinds::text[]
    or actual_masked is distinct from expected_masked
    or actual_shape is distinct from expected_shape
