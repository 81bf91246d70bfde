with texts (text_id, language, tokens) as (
    values
    ('a', 'en', array['the', 'money', 'back', 'please', 'money', 'back']),
    ('b', 'en', array['money']),
    ('c', 'de', array['geld', 'zurück']),
    ('d', 'en', array[]::text[]),
    ('e', 'en', null)
),

listed (key, language, words) as (
    values
    ('refund', 'en', array['money', 'back']),
    ('refund', 'de', array['geld', 'zurück']),
    ('money', 'en', array['money']),
    ('money', 'de', array['money'])
),

results as (
    {{ phrases_in('texts', 'listed', by_language=true) }}
),

expected (text_id, key, times) as (
    values
    ('a', 'refund', 2),
    ('a', 'money', 2),
    ('b', 'money', 1),
    ('c', 'refund', 1)
),

keys (shingles, expected_key) as (
    values
    (array[30, 10, 20, 40, 10], '10 20 30'),
    (array[40, 30, 20, 10], '10 20 30'),
    (array[1, 2], null),
    (array[]::integer[], null),
    (null, null)
)

select coalesce(results.text_id, expected.text_id) as wrong
from results
full outer join expected
    on results.text_id = expected.text_id and results.key = expected.key and results.times = expected.times
where results.text_id is null or expected.text_id is null
union all
select keys.expected_key as wrong
from keys
where {{ wording_key('shingles') }} is distinct from keys.expected_key
