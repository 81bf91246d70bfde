with cases (input, expected, is_html, is_mojibake) as (
    values
    ('fÃ¼r', 'für', false, true),
    ('Gute QualitÃ¤t, schÃ¶ne GrÃ¶ÃŸe', 'Gute Qualität, schöne Größe', false, true),
    (e'Gr\u00c3\u00b6\u00c3\u009fe', 'Größe', false, true),
    ('prix Ã©levÃ© â€“ dommage', 'prix élevé – dommage', false, true),
    ('gut â€“ aber teuer', 'gut – aber teuer', false, true),
    ('für', 'für', false, false),
    ('São Paulo', 'São Paulo', false, false),
    ('Â', 'Â', false, false),
    ('für â‚¬', 'für â‚¬', false, false),
    ('5 € für Größe Ü', '5 € für Größe Ü', false, false),
    ('<p>Good &amp; cheap</p>', ' Good & cheap ', true, false),
    ('one<br/>two<br>three', 'one two three', true, false),
    ('3 < 5 and 7 > 6', '3 < 5 and 7 > 6', false, false),
    ('a <3 b', 'a <3 b', false, false),
    ('R&D', 'R&D', false, false),
    ('', '', false, false),
    (null, null, false, false)
),

results as (
    select
        input,
        expected,
        {{ strip_html(fix_mojibake('input')) }} as actual,
        is_html,
        {{ has_html('input') }} as found_html,
        is_mojibake,
        {{ has_mojibake('input') }} as found_mojibake
    from cases
)

select
    input,
    actual,
    found_html,
    found_mojibake
from results
where
    actual is distinct from expected
    or found_html is distinct from is_html
    or found_mojibake is distinct from is_mojibake
