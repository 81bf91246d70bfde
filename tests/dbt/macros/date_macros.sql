with cases (input, expected_iso, expected_dmy) as (
    values
    ('2025-02-28', date '2025-02-28', null::date),
    (' 2025-02-28 ', date '2025-02-28', null),
    ('2025-02-28T10:00:00Z', date '2025-02-28', null),
    ('2025-02-30', null, null),
    ('2024-02-29', date '2024-02-29', null),
    ('2025-2-8', null, null),
    ('28.02.2025', null, date '2025-02-28'),
    ('28/02/2025', null, date '2025-02-28'),
    ('30.02.2025', null, null),
    ('02.28.2025', null, null),
    ('0000-00-00', null, null),
    ('9999-12-31', null, null),
    ('01.01.1899', null, null),
    ('today', null, null),
    ('infinity', null, null),
    ('20250228', null, null),
    ('45000', null, null),
    ('', null, null),
    (null, null, null)
),

results as (
    select
        input,
        expected_iso,
        {{ to_date('input') }} as actual_iso,
        expected_dmy,
        {{ to_date_dmy('input') }} as actual_dmy
    from cases
)

select
    input,
    actual_iso,
    actual_dmy
from results
where
    actual_iso is distinct from expected_iso
    or actual_dmy is distinct from expected_dmy
