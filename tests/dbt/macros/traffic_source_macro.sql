with cases (utm_source, referrer, expected) as (
    values
    ('newsletter', 'https://www.google.com/search', 'newsletter'),
    (null, 'https://www.google.de/', 'search'),
    (null, 'https://m.facebook.com/x', 'social'),
    (null, 'https://blog.example.org/google.com', 'referral'),
    (null, null, 'direct')
),

results as (
    select
        utm_source,
        referrer,
        expected,
        {{ traffic_source('utm_source', 'referrer') }} as actual
    from cases
)

select
    utm_source,
    referrer,
    actual
from results
where actual is distinct from expected
