-- American order, zones by name and by declaration, seconds since 1970, spreadsheets.
with cases (input, expected_iso_in_berlin, expected_mdy, expected_epoch, expected_excel) as (
    values
    ('2025-03-30 10:00', timestamptz '2025-03-30 08:00:00+00', null::timestamptz, null::timestamptz, null::timestamptz),
    ('2025-01-30 10:00', timestamptz '2025-01-30 09:00:00+00', null, null, null),
    ('2025-01-30 10:00Z', timestamptz '2025-01-30 10:00:00+00', null, null, null),
    ('2025-01-30 10:00 Europe/London', timestamptz '2025-01-30 10:00:00+00', null, null, null),
    ('2025-07-30 10:00 Europe/London', timestamptz '2025-07-30 09:00:00+00', null, null, null),
    ('2025-07-30 10:00 CEST', timestamptz '2025-07-30 08:00:00+00', null, null, null),
    ('2025-07-30 10:00 Europe/Atlantis', null, null, null, null),
    ('2025-07-30 10:00 PST8PDT', null, null, null, null),
    ('03/30/2025 1:30 PM', null, timestamptz '2025-03-30 13:30:00+00', null, null),
    ('3/30/2025, 12:05am', null, timestamptz '2025-03-30 00:05:00+00', null, null),
    ('03/30/2025 13:30:05', null, timestamptz '2025-03-30 13:30:05+00', null, null),
    ('13/30/2025 13:30', null, null, null, null),
    ('03/30/2025 13:30 PM', null, null, null, null),
    ('1743298200', null, null, timestamptz '2025-03-30 01:30:00+00', null),
    ('1743298200.5', null, null, timestamptz '2025-03-30 01:30:00.5+00', null),
    ('1743298200000', null, null, null, null),
    ('45746.0625', null, null, null, timestamptz '2025-03-30 01:30:00+00'),
    ('45746', null, null, null, timestamptz '2025-03-30 00:00:00+00'),
    ('2025-03-30 24:00', timestamptz '2025-03-30 22:00:00+00', null, null, null),
    ('2025-03-30 10:00:60', null, null, null, null),
    ('', null, null, null, null),
    (null, null, null, null, null)
),

results as (
    select
        input,
        expected_iso_in_berlin,
        {{ to_timestamp_iso('input', 'Europe/Berlin') }} as actual_iso_in_berlin,
        expected_mdy,
        {{ to_timestamp_mdy('input') }} as actual_mdy,
        expected_epoch,
        {{ to_timestamp_epoch('input') }} as actual_epoch,
        expected_excel,
        {{ to_timestamp_excel('input') }} as actual_excel
    from cases
)

select
    input,
    actual_iso_in_berlin,
    actual_mdy,
    actual_epoch,
    actual_excel
from results
where
    actual_iso_in_berlin is distinct from expected_iso_in_berlin
    or actual_mdy is distinct from expected_mdy
    or actual_epoch is distinct from expected_epoch
    or actual_excel is distinct from expected_excel
