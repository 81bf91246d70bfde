with cases (input, expected_host, expected_path, expected_query) as (
    values
    ('https://Shop.Example/a/b?q=red+shoe&p=2#top', 'shop.example', '/a/b', 'red+shoe'),
    ('https://me:pw@shop.example:8443/?p=2&q=', 'shop.example', '/', ''),
    ('http://[::1]:80/x', '[::1]', '/x', null),
    ('https://shop.example', 'shop.example', '', null),
    ('https://shop.example?q=1&q=2', 'shop.example', '', '1'),
    ('/a/b?xq=1', null, '/a/b', null),
    ('mailto:anna@shop.example', null, 'anna@shop.example', null),
    ('#q=1', null, '', null),
    ('no address', null, 'no address', null),
    ('', null, '', null),
    (null, null, null, null)
),

results as (
    select
        input,
        expected_host,
        {{ url_host('input') }} as actual_host,
        expected_path,
        {{ url_path('input') }} as actual_path,
        expected_query,
        {{ url_parameter('input', 'q') }} as actual_query
    from cases
)

select
    input,
    actual_host,
    actual_path,
    actual_query
from results
where
    actual_host is distinct from expected_host
    or actual_path is distinct from expected_path
    or actual_query is distinct from expected_query
