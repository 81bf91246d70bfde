with cases (observed, expected, expected_surprise, expected_most, expected_least) as (
    values
    -- Ten where ten are expected are no surprise.
    (10::numeric, 10::double precision, 0::numeric, 32.36::numeric, 1.79::numeric),
    (0, 10, -5.22, 32.36, 1.79),
    -- Of two expected, none is no surprise: the band begins at nought.
    (0, 2, -1.86, 15.96, 0),
    -- Large counts: the factor rules both ends.
    (400, 100, 19.98, 300.00, 33.33),
    (0, 0, 0, 9.31, 0),
    -- Less than nothing counts as nothing.
    (-3, -1, 0, 9.31, 0),
    (null, 10, null, 32.36, 1.79),
    (5, null, null, null, null)
),

results as (
    select
        observed,
        expected,
        round({{ surprise('observed', 'expected') }}::numeric, 2) as actual_surprise,
        expected_surprise,
        round({{ usual_at_most('expected', 1, 5, 3) }}::numeric, 2) as actual_most,
        expected_most,
        round({{ usual_at_least('expected', 1, 3.5, 3) }}::numeric, 2) as actual_least,
        expected_least
    from cases
)

select
    observed,
    expected,
    actual_surprise,
    actual_most,
    actual_least
from results
where
    actual_surprise is distinct from expected_surprise
    or actual_most is distinct from expected_most
    or actual_least is distinct from expected_least
