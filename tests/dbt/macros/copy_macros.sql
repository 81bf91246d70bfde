-- Of several rows of one key the usable one wins, then the later period, the later load, the lower row.
with rows_of_keys (id, _file_id, _line, period_start, is_unusable, expected_last, expected_first) as (
    values
    ('a', 1, 1, date '2025-01-01', false, 2, 2),
    ('a', 2, 1, date '2025-02-01', false, 1, 1),
    ('b', 2, 2, date '2025-01-01', false, 1, 1),
    ('b', 1, 2, date '2025-02-01', true, 2, 2),
    ('c', 1, 3, null, false, 2, 1),
    ('c', 1, 4, null, false, 1, 2),
    (null, 1, 5, null, false, 1, 1),
    (null, 1, 6, null, false, 1, 1)
),

results as (
    select
        *,
        {{ copy_number('id') }} as actual_last,
        {{ kept_copy('id') }} as kept,
        {{ copy_number('id', first_row_wins=true) }} as actual_first
    from rows_of_keys
)

select
    id,
    _file_id,
    _line,
    actual_last,
    actual_first,
    kept
from results
where
    actual_last <> expected_last
    or actual_first <> expected_first
    or (id = 'a' and kept <> '2:1')
    or (id = 'b' and kept <> '2:2')
    or (id = 'c' and kept <> '1:4')
