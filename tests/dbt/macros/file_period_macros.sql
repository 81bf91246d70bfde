with cases (input, expected_start, expected_end) as (
    values
    ('/data/orders/2026-03.csv', date '2026-03-01', date '2026-04-01'),
    ('s3://bucket/2019/orders_2026-12.csv.gz', date '2026-12-01', date '2027-01-01'),
    ('order_items/2025-Q4.parquet', date '2025-10-01', date '2026-01-01'),
    ('reviews/reviews_2025.csv', date '2025-01-01', date '2026-01-01'),
    ('kunden_2026-10-31.csv', date '2026-10-01', date '2026-11-01'),
    ('events-202603.jsonl', date '2026-03-01', date '2026-04-01'),
    ('orders/2026-13.csv', date '2026-01-01', date '2027-01-01'),
    ('orders/2026-03/part-0001.csv', date '2026-03-01', date '2026-04-01'),
    ('products.json', null, null),
    ('export_12345678.csv', null, null),
    ('', null, null),
    (null, null, null)
),

results as (
    select
        input,
        expected_start,
        {{ period_start_of_file('input') }} as actual_start,
        expected_end,
        {{ period_end_of_file('input') }} as actual_end
    from cases
)

select
    input,
    actual_start,
    actual_end
from results
where
    actual_start is distinct from expected_start
    or actual_end is distinct from expected_end
