with cases (input, expected_text, expected_id, expected_word) as (
    values
    ('  Anna   Maria ', 'Anna Maria', 'Anna   Maria', 'anna   maria'),
    (e'tab\tand\nline', 'tab and line', e'tab\tand\nline', e'tab\tand\nline'),
    (e'no\u00a0break\u200b', 'no break', e'no\u00a0break\u200b', e'no\u00a0break\u200b'),
    ('   ', null, null, null),
    ('', null, null, null),
    (null, null, null, null),
    ('ÄÖÜ', 'ÄÖÜ', 'ÄÖÜ', 'äöü')
),

results as (
    select
        input,
        expected_text,
        {{ clean_text('input') }} as actual_text,
        expected_id,
        {{ clean_id('input') }} as actual_id,
        expected_word,
        {{ clean_word('input') }} as actual_word
    from cases
)

select
    input,
    actual_text,
    actual_id,
    actual_word
from results
where
    actual_text is distinct from expected_text
    or actual_id is distinct from expected_id
    or actual_word is distinct from expected_word
