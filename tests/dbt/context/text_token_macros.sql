with cases (body, expected, expected_terms) as (
    values
    ('It isn''t good, is it?', array['it', 'isnt', 'good', ',', 'is', 'it', '?'], array['isnt', 'good']),
    ('Good, very good. Bad', array['good', ',', 'very', 'good', '.', 'bad'], array['good', 'very', 'bad']),
    ('J’adore ! Très beau', array['j', 'adore', '!', 'très', 'beau'], array['adore', 'très', 'beau']),
    (
        'Well-made -- (really) "nice"...',
        array['well-made', ',', 'really', 'nice'],
        array['well-made', 'really', 'nice']
    ),
    (e'Two\nlines: #one/two', array['two', 'lines', ',', 'one', 'two'], array['two', 'lines', 'one']),
    (
        'Great :) or not :-(',
        array['great', 'xhappyface', 'or', 'not', 'xsadface'],
        array['great', 'xhappyface', 'not', 'xsadface']
    ),
    ('Love it 😊❤', array['love', 'it', 'xhappyface', 'xhappyface'], array['love', 'xhappyface']),
    -- The address of a page is no sad face.
    ('see http://x.de', array['see', 'http', ',', 'x', '.', 'de'], array['see', 'http']),
    ('ÄRGER über Größe', array['ärger', 'über', 'größe'], array['ärger', 'über', 'größe']),
    ('   ', array[]::text[], array[]::text[]),
    ('', array[]::text[], array[]::text[]),
    (null, null, array[]::text[])
),

results as (
    select
        body,
        expected,
        expected_terms,
        {{ text_tokens('body') }} as actual,
        {{ text_terms(text_tokens('body')) }} as actual_terms
    from cases
)

select
    body,
    actual,
    actual_terms
from results
where actual is distinct from expected or actual_terms is distinct from expected_terms
