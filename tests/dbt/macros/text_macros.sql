with cases (input, expected_text, expected_name, expected_prose, expected_id, expected_word) as (
    values
    ('Anna  Meier', 'Anna Meier', 'Anna Meier', 'Anna Meier', 'Anna  Meier', 'anna meier'),
    ('  Anna Meier ', 'Anna Meier', 'Anna Meier', 'Anna Meier', 'Anna Meier', 'anna meier'),
    (e'Anna\u00a0Meier\u00a0', 'Anna Meier', 'Anna Meier', 'Anna Meier', e'Anna\u00a0Meier', 'anna meier'),
    (e'one\ttwo\r\nthree', 'one two three', 'one two three', 'one two three', e'one\ttwo\r\nthree', 'one two three'),
    (e'zero\u200bwidth\ufeff', 'zerowidth', 'zerowidth', 'zerowidth', e'zero\u200bwidth', 'zerowidth'),
    (e'so\u00adft\u202e', 'soft', 'soft', 'soft', e'so\u00adft\u202e', 'soft'),
    (e'u\u0308ber', 'über', 'über', 'über', e'u\u0308ber', 'über'),
    ('ﬁne ½ m²', 'fine 1⁄2 m2', 'fine 1⁄2 m2', 'ﬁne ½ m²', 'ﬁne ½ m²', 'fine 1⁄2 m2'),
    ('ＦＵＬＬ', 'FULL', 'FULL', 'ＦＵＬＬ', 'ＦＵＬＬ', 'full'),
    (e'\U0001f469\u200d\U0001f680', e'\U0001f469\U0001f680', e'\U0001f469\U0001f680', e'\U0001f469\u200d\U0001f680',
     e'\U0001f469\u200d\U0001f680', e'\U0001f469\U0001f680'),
    ('Null', null, 'Null', 'Null', null, null),
    ('N/A', null, 'N/A', 'N/A', null, null),
    (' - ', null, '-', '-', null, null),
    ('\N', null, '\N', '\N', null, null),
    ('   ', null, null, null, null, null),
    (e'\u200b', null, null, null, null, null),
    ('', null, null, null, null, null),
    (null, null, null, null, null, null)
),

results as (
    select
        input,
        expected_text,
        {{ clean_text('input') }} as actual_text,
        expected_name,
        {{ clean_name('input') }} as actual_name,
        expected_prose,
        {{ clean_prose('input') }} as actual_prose,
        expected_id,
        {{ clean_id('input') }} as actual_id,
        expected_word,
        {{ clean_word('input') }} as actual_word
    from cases
)

select
    input,
    actual_text,
    actual_name,
    actual_prose,
    actual_id,
    actual_word
from results
where
    actual_text is distinct from expected_text
    or actual_name is distinct from expected_name
    or actual_prose is distinct from expected_prose
    or actual_id is distinct from expected_id
    or actual_word is distinct from expected_word
