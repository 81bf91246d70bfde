with cases (input, expected_iso, expected_dmy, expected_mdy, expected_excel) as (
    values
    ('2025-02-28', date '2025-02-28', null::date, null::date, null::date),
    (' 2025-02-28 ', date '2025-02-28', null, null, null),
    ('2025-02-28T10:00:00Z', date '2025-02-28', null, null, null),
    ('2025-02-30', null, null, null, null),
    ('2024-02-29', date '2024-02-29', null, null, null),
    ('2025-2-8', date '2025-02-08', null, null, null),
    ('28.02.2025', null, date '2025-02-28', null, null),
    ('28/02/2025', null, date '2025-02-28', null, null),
    ('30.02.2025', null, null, null, null),
    ('02.28.2025', null, null, date '2025-02-28', null),
    ('0000-00-00', null, null, null, null),
    ('9999-12-31', null, null, null, null),
    ('01.01.1899', null, null, null, null),
    ('1/2/2025', null, date '2025-02-01', date '2025-01-02', null),
    ('1/2-2025', null, null, null, null),
    ('1.2.25', null, null, null, null),
    ('45000.75', null, null, null, date '2023-03-15'),
    ('61', null, null, null, date '1900-03-01'),
    ('60', null, null, null, null),
    ('73051', null, null, null, null),
    ('today', null, null, null, null),
    ('infinity', null, null, null, null),
    ('20250228', date '2025-02-28', null, null, null),
    ('45000', null, null, null, date '2023-03-15'),
    ('', null, null, null, null),
    (null, null, null, null, null)
),

results as (
    select
        input,
        expected_iso,
        {{ to_date('input') }} as actual_iso,
        expected_dmy,
        {{ to_date_dmy('input') }} as actual_dmy,
        expected_mdy,
        {{ to_date_mdy('input') }} as actual_mdy,
        expected_excel,
        {{ to_date_excel('input') }} as actual_excel
    from cases
)

select
    input,
    actual_iso,
    actual_dmy,
    actual_mdy,
    actual_excel
from results
where
    actual_iso is distinct from expected_iso
    or actual_dmy is distinct from expected_dmy
    or actual_mdy is distinct from expected_mdy
    or actual_excel is distinct from expected_excel
