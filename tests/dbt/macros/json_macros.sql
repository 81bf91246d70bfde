with cases (input, expected_name, expected_second, expected_list, expected_pairs) as (
    values
    ('{"list": [1, 2.50], "a": {"name": "x"}}', 'x', '2.50', '[]', '[{"key": "a", "value": {"name": "x"}}, {"key": "list", "value": [1, 2.50]}]'),
    ('{"a": null}', null, null, '[]', '[{"key": "a", "value": null}]'),
    ('{"a": {"name": {"deep": true}}}', '{"deep": true}', null, '[]', '[{"key": "a", "value": {"name": {"deep": true}}}]'),
    ('{"it''s": 1}', null, '1', '[]', '[{"key": "it''s", "value": 1}]'),
    ('[1, "two"]', null, null, '[1, "two"]', '[]'),
    ('"text"', null, null, '[]', '[]'),
    ('null', null, null, '[]', '[]'),
    ('12', null, null, '[]', '[]'),
    ('{"a": "\u0000"}', null, null, '[]', '[]'),
    ('{"a": ', null, null, '[]', '[]'),
    ('', null, null, '[]', '[]'),
    (null, null, null, '[]', '[]')
),

documents as (
    select
        input,
        expected_name,
        expected_second,
        expected_list,
        expected_pairs,
        {{ to_json('input') }} as document
    from cases
),

results as (
    select
        input,
        expected_name,
        {{ json_text('document', ['a', 'name']) }} as actual_name,
        expected_second,
        coalesce({{ json_text('document', ['list', 1]) }}, {{ json_text('document', ["it's"]) }}) as actual_second,
        expected_list,
        {{ json_list('document') }}::text as actual_list,
        expected_pairs,
        {{ json_pairs('document') }}::text as actual_pairs
    from documents
)

select
    input,
    actual_name,
    actual_second,
    actual_list,
    actual_pairs
from results
where
    actual_name is distinct from expected_name
    or actual_second is distinct from expected_second
    or actual_list is distinct from expected_list
    or actual_pairs is distinct from expected_pairs
