with visits (visitor, visited_at, page) as (
    values
    ('a', '2025-01-01 10:00:00+00'::timestamptz, 'home'),
    ('a', '2025-01-01 10:30:00+00'::timestamptz, 'shop'),
    ('a', '2025-01-01 11:00:01+00'::timestamptz, 'cart'),
    ('b', '2025-01-03 10:00:00+00'::timestamptz, 'home')
),

beside as (
    select
        visitor,
        visited_at,
        page,
        {{ previous('page', 'visitor', 'visited_at') }} as previous_page,
        {{ following('page', 'visitor', 'visited_at') }} as next_page,
        {{ previous('visited_at', 'visitor', 'visited_at') }} as previous_at
    from visits
),

results as (
    select
        page,
        previous_page,
        next_page,
        {{ opens_session('visited_at', 'previous_at', 30) }} as opens_session,
        {{ hours_between('previous_at', 'visited_at') }} as hours,
        {{ days_between("'2025-01-01 10:00:00+00'::timestamptz", 'visited_at') }} as days,
        visitor
    from beside
),

expected (visitor, page, previous_page, next_page, opens_session, hours, days) as (
    values
    ('a', 'home', null, 'shop', true, null::numeric, 0::numeric),
    -- Exactly the allowed gap is no new session; a second more is.
    ('a', 'shop', 'home', 'cart', false, 0.50, 0.02),
    ('a', 'cart', 'shop', null, true, 0.50, 0.04),
    ('b', 'home', null, null, true, null, 2)
)

select
    expected.visitor,
    expected.page,
    results.previous_page,
    results.next_page,
    results.opens_session,
    results.hours,
    results.days
from expected
left join results on expected.visitor = results.visitor and expected.page = results.page
where
    results.previous_page is distinct from expected.previous_page
    or results.next_page is distinct from expected.next_page
    or results.opens_session is distinct from expected.opens_session
    or results.hours is distinct from expected.hours
    or results.days is distinct from expected.days
union all
select
    spans.earlier::text as visitor,
    spans.later::text as page,
    null as previous_page,
    null as next_page,
    null as opens_session,
    {{ months_between('spans.earlier', 'spans.later') }} as hours,
    spans.months as days
from (
    values
    ('2025-01-31'::date, '2025-02-01'::date, 1),
    ('2024-11-15', '2026-02-01', 15),
    ('2025-03-01', '2025-03-31', 0),
    ('2025-03-01', '2024-12-31', -3),
    (null, '2024-12-31', null)
) as spans (earlier, later, months)
where {{ months_between('spans.earlier', 'spans.later') }} is distinct from spans.months
