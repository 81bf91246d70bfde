-- Of several rows of one key the usable one wins, then the later period, the later load, the lower row.
with rows_of_keys (id, _file_id, _line, period_start, is_unusable, expected) as (
    values
    ('a', 1, 1, date '2025-01-01', false, '2:1'),
    ('a', 2, 1, date '2025-02-01', false, null),
    ('b', 2, 2, date '2025-01-01', false, null),
    ('b', 1, 2, date '2025-02-01', true, '2:2'),
    ('c', 1, 3, null, false, '1:4'),
    ('c', 1, 4, null, false, null),
    ('d', 3, 1, null, false, null),
    ('d', 2, 9, null, false, '3:1'),
    ('e', 2, 7, date '2025-01-01', false, null),
    ('e', 3, 7, null, false, '2:7'),
    (null, 1, 5, null, false, null),
    (null, 1, 6, null, false, null)
),

results as (
    select
        id,
        _file_id,
        _line,
        expected,
        {{ kept_instead('id', 'is_unusable') }} as actual
    from rows_of_keys
)

select
    id,
    _file_id,
    _line,
    actual
from results
where actual is distinct from expected
