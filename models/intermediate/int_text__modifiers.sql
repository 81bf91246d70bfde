{{ config(post_hook='analyze {{ this }}') }}

-- Joined with every word of every text: without statistics the planner would sort all of these.
select
    seed.language,
    member.word,
    seed.kind,
    seed.factor
from {{ ref('sentiment_modifiers') }} as seed
cross join lateral string_to_table(seed.words, ' ') as member (word)
