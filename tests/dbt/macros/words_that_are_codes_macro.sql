with cases (input, expected) as (
    values
    ('NA', 'NA'),
    ('na', 'na'),
    ('NaN', 'NaN'),
    ('n/a', null),
    ('null', null),
    ('DE', 'DE'),
    ('', null),
    (null, null)
)

select
    input,
    expected,
    {{ clean_id('input', null_tokens_but(['na', 'nan'])) }} as found
from cases
where {{ clean_id('input', null_tokens_but(['na', 'nan'])) }} is distinct from expected
