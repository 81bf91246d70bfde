-- How people, spreadsheets and programs elsewhere write what the sample data never have. A value is read right or not at
-- all: what is not read is flagged by the rule of its column.

with cases (kind, input, expected) as (
    values
    ('number', '１２３４．５０', '1234.50'),
    ('number', '١٢٣٤٫٥٠', '1234.50'),
    ('number', e'\ufeff12\u00a0', '12'),
    ('number', e'\t12\r\n', '12'),
    ('number', '−12', '-12'),
    ('number', '-0', '0'),
    ('number', '12²', null),
    ('number', '½', null),
    ('number', '1_000', null),
    ('number', '1,234', null),
    ('integer', '१२', '12'),
    ('integer', '12²', null),
    ('integer', '3,0', null),
    ('money', 'CHF 1’234.—', '1234'),
    ('money', '1`234.50', '1234.50'),
    ('money', e'1\u2009234,50 €', '1234.50'),
    ('money', '12,50 Euro', '12.50'),
    ('money', '$12.50 USD', '12.50'),
    ('money', 'CHF 12 €', null),
    ('money', '€12 USD', null),
    ('money', '- 12,50', '-12.50'),
    ('money', '12.50 -', '-12.50'),
    ('money', '1.234,567', '1234.567'),
    ('money', '1,234.567', '1234.567'),
    ('money', '1234.567', '1234.567'),
    ('money', '1,2345', '1.2345'),
    ('money', ',50', '0.50'),
    ('money', '1,23,456.00', null),
    ('money', '1.23.456', null),
    ('money', '12 kr', null),
    ('money', 'ca. 12', null),
    ('money', '12 34', null),
    ('share', '１２％', '0.12'),
    ('share', '٥٠٪', '0.50'),
    ('share', '5‰', null),
    ('boolean', 'Ｙｅｓ', 'true'),
    ('boolean', e'Si\u0301', 'true'),
    ('boolean', '☑', 'true'),
    ('boolean', 'onwaar', 'false'),
    ('boolean', '0.0', 'false'),
    ('boolean', 'x', null),
    ('boolean', '2', null),
    ('date', '2025/02/03', '2025-02-03'),
    ('date', '2025-2-3', '2025-02-03'),
    ('date', '20250203', '2025-02-03'),
    ('date', '2025‑02‑03', '2025-02-03'),
    ('date', '٢٠٢٥-٠٢-٠٣', '2025-02-03'),
    ('date', '2025-02-29', null),
    ('date', '20250230', null),
    ('date', '2025-02/03', null),
    ('date', '25-02-03', null),
    ('date', '2025-02-03T25:00', null),
    ('date', '2025-W05-1', null),
    ('date', '2025-034', null),
    ('date dmy', '1. 2. 2025', '2025-02-01'),
    ('date dmy', '01.02.2025 00:00:00', '2025-02-01'),
    ('date dmy', '٢٥.٠٢.٢٠٢٥', '2025-02-25'),
    ('date dmy', '31.02.2025', null),
    ('date dmy', '29.02.2023', null),
    ('date dmy', '01.02.25', null),
    ('date dmy', '01.02/2025', null),
    ('time', '2025-02-03T24:00', '2025-02-04 00:00:00+00'),
    ('time', '2025-02-03T24:01', null),
    ('time', '2025-02-03t10:15:00z', '2025-02-03 10:15:00+00'),
    ('time', '2025-02-03 10:15:00,123', '2025-02-03 10:15:00.123+00'),
    ('time', '2025/02/03 10:15', '2025-02-03 10:15:00+00'),
    ('time', '2025-02-03T10:15:00+01:00[Europe/Berlin]', '2025-02-03 09:15:00+00'),
    ('time', '2025-02-03 10:15:00 America/Argentina/Buenos_Aires', '2025-02-03 13:15:00+00'),
    ('time', '2025-02-03 10:15:00 EST', '2025-02-03 15:15:00+00'),
    ('time', e'2025-02-03\u00a010:15', '2025-02-03 10:15:00+00'),
    ('time', '2025-02-03T10:15:00+15:59', null),
    ('time', '2025-02-03T10:15:00 XYZ', null),
    ('time', '2025-02-03T10:15:00 Europe/Atlantis', null),
    ('time', '2025-02-03 23:59:60', null),
    ('time', '03.02.2025 10:15', null),
    ('time dmy', '03.02.2025 10:15 Uhr', '2025-02-03 10:15:00+00'),
    ('time dmy', e'03/02/2025 10:15\u202fPM', '2025-02-03 22:15:00+00'),
    ('time dmy', '03/02/2025 24:00', null),
    ('time dmy', '03/02/25 10:15', null),
    ('epoch', '1743298200', '2025-03-30 01:30:00+00'),
    ('epoch', '1743298200.25', '2025-03-30 01:30:00.25+00'),
    ('epoch', '1743298200123.0', '2025-03-30 01:30:00.123+00'),
    ('epoch', '1743298200123456', '2025-03-30 01:30:00.123456+00'),
    ('epoch', '1743298200123456789', '2025-03-30 01:30:00.123456+00'),
    ('epoch', '99999999999', null),
    ('epoch', '-1743298200', null),
    ('epoch', '1.7432982E9', null),
    ('email', 'Anna Meier <Anna@Shop.example>', 'anna@shop.example'),
    ('email', 'mailto:anna@shop.example?subject=x', 'anna@shop.example'),
    ('email', 'anna@shop.example;', 'anna@shop.example'),
    ('email', 'anna @ shop.example', 'anna@shop.example'),
    ('email', e'anna\u200b＠shop．example', 'anna@shop.example'),
    ('email', 'anna@shop.xn--p1ai', 'anna@shop.xn--p1ai'),
    ('email', 'anna meier@shop.example', null),
    ('email', 'anna@shop.example eva@shop.example', null),
    ('email', 'anna@shop.example; eva@shop.example', null),
    ('email', 'аnna@shop.example', null),
    ('email', 'anna@192.168.0.1', null),
    ('phone DE', 'Tel.: 030 901820', '+4930901820'),
    ('phone DE', '030 901820 App. 12', '+4930901820'),
    ('phone DE', 'tel:+49-30-901820;ext=12', '+4930901820'),
    ('phone DE', '0151 12345678 (privat)', '+4915112345678'),
    ('phone DE', '٠١٥١١٢٣٤٥٦٧٨', '+4915112345678'),
    ('phone DE', '''+49 30 901820', '+4930901820'),
    ('phone DE', '+44 (0)20 7946 0958', '+442079460958'),
    ('phone DE', '0151 12345678 / 0152 12345678', null),
    ('phone DE', '0151 1234567O', null),
    ('phone DE', '+999 123456789', null),
    ('phone DE', '1.5112345678E10', null),
    ('country', 'Deutschland (DE)', 'DE'),
    ('country', e'O\u0308sterreich', 'AT'),
    ('country', e'DE\u200b', 'DE'),
    ('country', '756', 'CH'),
    ('country', 'EE.UU.', 'US'),
    ('country', 'Regno Unito', 'GB'),
    ('country', 'Italy', null),
    ('country', 'de-DE', null),
    ('currency', 'ＥＵＲ', 'EUR'),
    ('currency', e'\u200bCHF', 'CHF'),
    ('currency', '840', 'USD'),
    ('currency', 'JPY', null),
    ('postcode DE', 'D-12345', '12345'),
    ('postcode DE', '12345.0', '12345'),
    ('postcode DE', '12 345', '12345'),
    ('given', '#REF!', 'false'),
    ('given', '—', 'false'),
    ('given', e'\u200b\u3000', 'false'),
    ('given', 'n. a.', 'false'),
    ('given', 'unknown', 'true'),
    ('shape', 'Änne 李 ١٢', 'Xxxx x 99')
),

results as (
    select
        kind,
        input,
        expected,
        case kind
            when 'number' then {{ to_number('input') }}::text
            when 'integer' then {{ to_integer('input') }}::text
            when 'money' then {{ to_money('input') }}::text
            when 'share' then round({{ to_share('input') }}, 2)::text
            when 'boolean' then {{ to_boolean('input') }}::text
            when 'date' then {{ to_date('input') }}::text
            when 'date dmy' then {{ to_date_dmy('input') }}::text
            when 'time' then ({{ to_timestamp_iso('input') }} at time zone 'UTC')::text || '+00'
            when 'time dmy' then ({{ to_timestamp_dmy('input') }} at time zone 'UTC')::text || '+00'
            when 'epoch' then ({{ to_timestamp_epoch_any('input') }} at time zone 'UTC')::text || '+00'
            when 'email' then case when {{ is_email(clean_email('input')) }} then {{ clean_email('input') }} end
            when 'phone DE' then {{ to_phone('input', "'DE'") }}
            when 'country' then {{ country_code('input') }}
            when 'currency' then {{ currency_code('input') }}
            when 'postcode DE' then {{ clean_postcode('input', "'DE'") }}
            when 'given' then {{ is_given('input') }}::text
            when 'shape' then {{ mask_shape('input') }}
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
