with cases (numbers, expected_mean, value, median, deviation, expected_distance) as (
    values
    -- Of eight numbers the middle four: the hundred is not among them.
    (array[1, 2, 3, 4, 5, 6, 7, 100]::numeric[], 4.5::numeric, 8::numeric, 5::numeric, 2::numeric, 1.01::numeric),
    (array[7, null, 7, 7], 7, 5, 5, 2, 0),
    (array[1, 2], 1.5, 3, 5, 2, -0.67),
    (array[null]::numeric[], null, 5, 5, 0, null),
    (array[]::numeric[], null, null, 5, 2, null),
    (null, null, 5, null, 2, null)
),

results as (
    select
        numbers,
        expected_mean,
        round({{ middle_mean('numbers') }}::numeric, 2) as actual_mean,
        expected_distance,
        round({{ robust_distance('value', 'median', 'deviation') }}::numeric, 2) as actual_distance
    from cases
)

select
    numbers,
    actual_mean,
    actual_distance
from results
where
    actual_mean is distinct from expected_mean
    or actual_distance is distinct from expected_distance
