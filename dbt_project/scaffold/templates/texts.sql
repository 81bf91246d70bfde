[% set told = ['text_id', entity.day, 'language', 'words_count', 'sentiment', 'same_wording_count'] %]
{{ config(indexes=[{'columns': ['[[ entity.key_column ]]'], 'unique': True}]) }}

with texts as (
    select
        [[ entity.key_column ]] as text_id,
        [[ entity.day ]],
        {{ text_tokens('[[ texts.column ]]') }} as tokens
    from {{ ref('[[ entity.mart ]]') }}
    where [[ texts.column ]] is not null
),

languages as (
    {{ languages_of('texts') }}
),

told as (
    select
        texts.text_id,
        texts.[[ entity.day ]],
        coalesce(languages.language, 'unknown') as language,
        texts.tokens
    from texts
    left join languages on texts.text_id = languages.text_id
),

sentiments as (
    {{ sentiment_of('told', id='text_id') }}
),

felt as (
    select
        told.text_id,
        told.[[ entity.day ]],
        told.language,
        {{ elements_count('told.tokens') }} as words_count,
        coalesce(sentiments.sentiment, 0) as sentiment,
        count(*) over (partition by told.tokens) as same_wording_count
    from told
    left join sentiments on told.text_id = sentiments.id
),

ranked as (
    select
[% for name in told %]
        [[ name ]],
[% endfor %]
        cume_dist() over (order by sentiment) as share_as_critical,
        cume_dist() over (order by sentiment desc) as share_as_kind
    from felt
),

judged as (
    select
[% for name in told %]
        [[ name ]],
[% endfor %]
        share_as_critical,
        case
            when sentiment <= -0.3 and share_as_critical <= 0.05 then 'more critical than nearly all of the others'
            when sentiment >= 0.3 and share_as_kind <= 0.05 then 'kinder than nearly all of the others'
        end as why
    from ranked
)

select
    text_id as [[ entity.key_column ]],
[% for name in told[1:] %]
    [[ name ]],
[% endfor %]
    share_as_critical,
    why is not null as is_unusual,
    why
from judged
