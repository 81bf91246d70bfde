with cases (input, expected_name, expected_second, expected_list) as (
    values
    ('{"a": {"name": "x"}, "list": [1, 2.50]}', 'x', '2.50', '[]'),
    ('{"a": null}', null, null, '[]'),
    ('{"a": {"name": {"deep": true}}}', '{"deep": true}', null, '[]'),
    ('[1, "two"]', null, null, '[1, "two"]'),
    ('"text"', null, null, '[]'),
    ('null', null, null, '[]'),
    ('12', null, null, '[]'),
    ('{"a": "\u0000"}', null, null, '[]'),
    ('{"a": ', null, null, '[]'),
    ('', null, null, '[]'),
    (null, null, null, '[]')
),

documents as (
    select
        input,
        expected_name,
        expected_second,
        expected_list,
        {{ to_json('input') }} as document
    from cases
),

results as (
    select
        input,
        expected_name,
        {{ json_text('document', ['a', 'name']) }} as actual_name,
        expected_second,
        {{ json_text('document', ['list', 1]) }} as actual_second,
        expected_list,
        {{ json_list('document') }}::text as actual_list
    from documents
)

select
    input,
    actual_name,
    actual_second,
    actual_list
from results
where
    actual_name is distinct from expected_name
    or actual_second is distinct from expected_second
    or actual_list is distinct from expected_list
