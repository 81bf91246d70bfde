-- Of several rows of one key the usable one wins, then the later period, the later load, the lower row.
with rows_of_keys (id, _file_id, _line, period_start, is_unusable, expected) as (
    values
    ('a', 1, 1, date '2025-01-01', false, 2),
    ('a', 2, 1, date '2025-02-01', false, 1),
    ('b', 2, 2, date '2025-01-01', false, 1),
    ('b', 1, 2, date '2025-02-01', true, 2),
    ('c', 1, 3, null, false, 2),
    ('c', 1, 4, null, false, 1),
    (null, 1, 5, null, false, 1),
    (null, 1, 6, null, false, 1)
),

results as (
    select
        *,
        {{ copy_number('id') }} as actual,
        {{ kept_copy('id') }} as kept
    from rows_of_keys
)

select
    id,
    _file_id,
    _line,
    actual,
    kept
from results
where
    actual <> expected
    or (id = 'a' and kept <> '2:1')
    or (id = 'b' and kept <> '2:2')
    or (id = 'c' and kept <> '1:4')
