select
    seed.language,
    member.word
from {{ ref('stop_words') }} as seed
cross join lateral string_to_table(seed.words, ' ') as member (word)
group by seed.language, member.word
