-- Each phrase of the lexicon, by itself, comes out on its own side: whatever its words, what they deny and
-- shorter phrases within it count, the sum is what the list says.
with phrases as (
    select
        seed.language || ' ' || member.phrase as id,
        seed.language,
        seed.weight,
        string_to_array(member.phrase, ' ') as tokens
    from {{ ref('sentiment_phrases') }} as seed
    cross join lateral string_to_table(seed.phrases, ' | ') as member (phrase)
),

sentiments as (
    {{ sentiment_of('phrases') }}
)

select
    phrases.id,
    phrases.weight,
    sentiments.sentiment,
    sentiments.praise,
    sentiments.complaint
from phrases
left join sentiments on phrases.id = sentiments.id
where
    -- A `but` within or a booster leaves the side as it is.
    sign(phrases.weight) is distinct from sign(round(coalesce(sentiments.sentiment, 0)::numeric, 2))
