with cases (numbers, centre, expected_median, expected_distance) as (
    values
    (array[1, 2, 9]::numeric[], 2::double precision, 2::double precision, 1::double precision),
    (array[1, 3], 2, 2, 1),
    (array[5, 5, 5, 100], 5, 5, 0),
    (array[7, null], 7, 7, 0),
    (array[null]::numeric[], 1, null, null),
    (array[]::numeric[], 1, null, null),
    (null, 1, null, null)
),

results as (
    select
        numbers,
        expected_median,
        {{ median_of('numbers') }} as actual_median,
        expected_distance,
        {{ median_distance('numbers', 'centre') }} as actual_distance
    from cases
)

select
    numbers,
    actual_median,
    actual_distance
from results
where
    actual_median is distinct from expected_median
    or actual_distance is distinct from expected_distance
