{{ config(indexes=[{'columns': ['language', 'word'], 'unique': True}]) }}

with listed as (
    select
        seed.language,
        member.word
    from {{ ref('stop_words') }} as seed
    cross join lateral string_to_table(seed.words, ' ') as member (word)
    group by seed.language, member.word
)

select
    language,
    word,
    -- A word that is of several languages tells less.
    case when count(*) over (partition by word) = 1 then 2 else 1 end as counts
from listed
