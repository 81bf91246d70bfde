select
    seed.language,
    member.word,
    seed.kind,
    seed.factor
from {{ ref('sentiment_modifiers') }} as seed
cross join lateral string_to_table(seed.words, ' ') as member (word)
