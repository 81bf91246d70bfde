-- Days with month names in four languages, times of day, durations and measures as other files have them: right or NULL.
with cases (kind, input, expected) as (
    values
    ('named', 'Jan 5th, 2024', '2024-01-05'),
    ('named', 'January 5 2024', '2024-01-05'),
    ('named', '5 janv. 2024', '2024-01-05'),
    ('named', '1er janvier 2024', '2024-01-01'),
    ('named', '5. Januar 2024', '2024-01-05'),
    ('named', '5. März 2024', '2024-03-05'),
    ('named', e'5. Ma\u0308rz 2024', '2024-03-05'),
    ('named', '3 août 2024', '2024-08-03'),
    ('named', '12 gennaio 2024', '2024-01-12'),
    ('named', '3 de março de 2024', '2024-03-03'),
    ('named', '5 sty 2024', '2024-01-05'),
    ('named', '1 października 2024', '2024-10-01'),
    ('named', '2 mei 2024', '2024-05-02'),
    ('named', 'tisdag, 9 augusti 2022', '2022-08-09'),
    ('named', '5 de enero de 2024', '2024-01-05'),
    ('named', '05-JAN-2024', '2024-01-05'),
    ('named', 'Mon, 5 Feb 2024', '2024-02-05'),
    ('named', '2nd of May 2024', '2024-05-02'),
    ('named', '30 Feb 2024', null),
    ('named', '5 Jan 24', null),
    ('named', 'Jan 2024', null),
    ('named', '5 Janu 2024', null),
    ('named', '05/01/2024', null),
    ('named', 'ca. 5 Jan 2024', null),
    ('named', 'null', null),
    ('historic', '1492-10-12', '1492-10-12'),
    ('historic', '1789/7/14', '1789-07-14'),
    ('historic', '2024-01-05 10:15', '2024-01-05'),
    ('historic', '1900-02-29', null),
    ('historic', '17890714', null),
    ('historic', '0999-01-01', null),
    ('historic', '14/07/1789', null),
    ('month', '2024-01', '2024-01-01'),
    ('month', '2024/1', '2024-01-01'),
    ('month', '2024-M12', '2024-12-01'),
    ('month', '2024M3', '2024-03-01'),
    ('month', '2024-13', null),
    ('month', '202401', null),
    ('month', '2024-01-05', null),
    ('month', '2024', null),
    ('clock', '10:15', '10:15:00'),
    ('clock', '7:05', '07:05:00'),
    ('clock', '10:15:30.25', '10:15:30.25'),
    ('clock', '10h30', '10:30:00'),
    ('clock', '10.30 Uhr', '10:30:00'),
    ('clock', '10:30 Uhr', '10:30:00'),
    ('clock', '3:05 PM', '15:05:00'),
    ('clock', '12:00am', '00:00:00'),
    ('clock', '13:05 pm', null),
    ('clock', '24:00', null),
    ('clock', '10.30', null),
    ('clock', '1015', null),
    ('clock', 'allballs', null),
    ('duration', 'PT1H30M', '01:30:00'),
    ('duration', 'P2DT4H', '2 days 04:00:00'),
    ('duration', 'P3W', '21 days'),
    ('duration', 'PT', null),
    ('duration', 'P', null),
    ('duration', 'P1M', null),
    ('duration', '1:30:00', '01:30:00'),
    ('duration', '100:00:01', '100:00:01'),
    ('duration', '1 h 30 min', '01:30:00'),
    ('duration', '1h30m', '01:30:00'),
    ('duration', '1 hr 5m', '01:05:00'),
    ('duration', '3m 20s', '00:03:20'),
    ('duration', '5 m', null),
    ('duration', '29:39:00', '29:39:00'),
    ('duration', '90 Minuten', '01:30:00'),
    ('duration', '1 Std. 5 Min.', '01:05:00'),
    ('duration', '1,5 h', '01:30:00'),
    ('duration', '250 ms', '00:00:00.25'),
    ('duration', '2 semaines', '14 days'),
    ('duration', '3 días', '3 days'),
    ('duration', '90', null),
    ('duration', '1 month', null),
    ('duration', '-5 min', null),
    ('measure', '12 kg', '12'),
    ('measure', '1.234,5kg', '1234.5'),
    ('measure', '12,5 Kilo', '12.5'),
    ('measure', '12', '12'),
    ('measure', '-3 kg', '-3'),
    ('measure', '12 lb', null),
    ('measure', '€12 kg', null),
    ('measure', 'kg', null),
    ('time', '20240105T101112Z', '2024-01-05 10:11:12+00'),
    ('time', '20240105101112', '2024-01-05 10:11:12+00'),
    ('time', '20240105T101112+0100', '2024-01-05 09:11:12+00'),
    ('time', '20241305T101112Z', null),
    ('time', '20240105T251112Z', null),
    ('time', '2024010510111', null)
),

results as (
    select
        kind,
        input,
        expected,
        case kind
            when 'named' then {{ to_date_named('input') }}::text
            when 'historic' then {{ to_date_historic('input') }}::text
            when 'month' then {{ to_month('input') }}::text
            when 'clock' then {{ to_time_of_day('input') }}::text
            when 'duration' then {{ to_duration('input') }}::text
            when 'measure' then {{ to_measure('input', ['kg', 'kilos?']) }}::text
            when 'time' then ({{ to_timestamp_iso('input') }} at time zone 'UTC')::text || '+00'
        end as actual
    from cases
)

select
    kind,
    input,
    expected,
    actual
from results
where actual is distinct from expected
