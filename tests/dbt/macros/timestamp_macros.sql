with cases (input, expected_iso, expected_dmy, expected_epoch) as (
    values
    ('2025-03-30T01:30:00+01:00', timestamptz '2025-03-30 00:30:00+00', null::timestamptz, null::timestamptz),
    ('2025-03-30T01:30:00Z', timestamptz '2025-03-30 01:30:00+00', null, null),
    ('2025-03-30 01:30', timestamptz '2025-03-30 01:30:00+00', null, null),
    ('2025-03-30', timestamptz '2025-03-30 00:00:00+00', null, null),
    ('2025-03-30T01:30:00.123456-0500', timestamptz '2025-03-30 06:30:00.123456+00', null, null),
    ('30/03/2025 01:30', null, timestamptz '2025-03-30 01:30:00+00', null),
    ('30.03.2025 01:30:15', null, timestamptz '2025-03-30 01:30:15+00', null),
    ('31/02/2025 01:30', null, null, null),
    ('00/00/0000 00:00', null, null, null),
    ('2025-03-30T25:61:00Z', null, null, null),
    ('2025-02-30T10:15:00+01:00', null, null, null),
    ('2025-03-30T10:15:00+99:00', null, null, null),
    ('1743298200000', null, null, timestamptz '2025-03-30 01:30:00+00'),
    ('1743298200123', null, null, timestamptz '2025-03-30 01:30:00.123+00'),
    ('1743298200', null, null, null),
    ('9999-12-31T23:59:59Z', null, null, null),
    ('now', null, null, null),
    ('-infinity', null, null, null),
    ('allballs', null, null, null),
    ('2025-03-30Tnull', null, null, null),
    ('', null, null, null),
    (null, null, null, null)
),

results as (
    select
        input,
        expected_iso,
        {{ to_timestamp_iso('input') }} as actual_iso,
        expected_dmy,
        {{ to_timestamp_dmy('input') }} as actual_dmy,
        expected_epoch,
        {{ to_timestamp_epoch_millis('input') }} as actual_epoch
    from cases
)

select
    input,
    actual_iso,
    actual_dmy,
    actual_epoch
from results
where
    actual_iso is distinct from expected_iso
    or actual_dmy is distinct from expected_dmy
    or actual_epoch is distinct from expected_epoch
