with cases (body, expected) as (
    values
    ('It isn''t good, is it?', array['it', 'isnt', 'good', ',', 'is', 'it', '?']),
    ('J’adore ! Très beau', array['j', 'adore', '!', 'très', 'beau']),
    ('Well-made -- (really) "nice"...', array['well-made', ',', 'really', 'nice']),
    (e'Two\nlines: #one/two', array['two', 'lines', ',', 'one', 'two']),
    ('Great :) or not :-(', array['great', 'xhappyface', 'or', 'not', 'xsadface']),
    ('Love it 😊❤', array['love', 'it', 'xhappyface', 'xhappyface']),
    -- The address of a page is no sad face.
    ('see http://x.de', array['see', 'http', ',', 'x', '.', 'de']),
    ('ÄRGER über Größe', array['ärger', 'über', 'größe']),
    ('   ', array[]::text[]),
    ('', array[]::text[]),
    (null, null)
),

results as (
    select
        body,
        expected,
        {{ text_tokens('body') }} as actual
    from cases
)

select
    body,
    actual
from results
where actual is distinct from expected
