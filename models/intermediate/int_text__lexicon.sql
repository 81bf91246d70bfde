with words as (
    select
        language,
        word,
        weight
    from {{ ref('int_text__words') }}
),

modifiers as (
    {{ modifier_rows('negator') }}
    union all
    {{ modifier_rows('contrast') }}
    union all
    {{ modifier_rows('function') }}
),

listed_phrases as (
    select
        seed.language,
        member.phrase,
        seed.weight
    from {{ ref('sentiment_phrases') }} as seed
    cross join lateral string_to_table(seed.phrases, ' | ') as member (phrase)
),

phrase_words as (
    select
        phrases.language,
        phrases.phrase,
        phrases.weight,
        string_to_array(phrases.phrase, ' ') as words_of_phrase,
        member.word,
        member.position,
        words.weight as word_weight,
        coalesce(modifiers.kind = 'negator', false) as is_negator,
        stop_words.word is not null as is_stop_word
    from listed_phrases as phrases
    cross join {{ elements("string_to_array(phrases.phrase, ' ')", 'member', 'word', 'position') }}
    left join words on phrases.language = words.language and member.word = words.word
    left join modifiers on phrases.language = modifiers.language and member.word = modifiers.word
    left join {{ ref('int_text__stop_words') }} as stop_words
        on phrases.language = stop_words.language and member.word = stop_words.word
),

-- A phrase hangs on one of its words: the longest, which is seldom looked at in vain, but no stop word or
-- negator where there are others.
ranked_words as (
    select
        language,
        phrase,
        position,
        word_weight,
        row_number() over (
            partition by language, phrase
            order by (is_negator or is_stop_word) asc, is_stop_word asc, length(word) desc, position desc
        ) as word_rank
    from phrase_words
),

hooks as (
    select
        language,
        phrase,
        position as hook_position,
        coalesce(word_weight, 0) as hook_weight
    from ranked_words
    where word_rank = 1
),

negators as (
    select
        language,
        phrase,
        min(position) as first_position
    from phrase_words
    where is_negator
    group by language, phrase
),

-- What a phrase adds to what its words count by themselves, so that their sum is the phrase's weight.
-- A negator before a word within the phrase turns that word, and whatever hangs on it.
additions as (
    select
        phrase_words.language,
        phrase_words.phrase,
        concat(' ', phrase_words.phrase, ' ') as between_blanks,
        phrase_words.words_of_phrase,
        hooks.hook_position,
        negators.first_position as negator_position,
        (
            phrase_words.weight
            - coalesce(sum(
                phrase_words.word_weight
                * case when negators.first_position < phrase_words.position then -0.75 else 1 end
            ) filter (where phrase_words.position <> hooks.hook_position), 0)
        )
        / case when negators.first_position < hooks.hook_position then -0.75 else 1 end
        - hooks.hook_weight as weight
    from phrase_words
    inner join hooks on phrase_words.language = hooks.language and phrase_words.phrase = hooks.phrase
    left join negators on phrase_words.language = negators.language and phrase_words.phrase = negators.phrase
    group by
        phrase_words.language,
        phrase_words.phrase,
        phrase_words.words_of_phrase,
        phrase_words.weight,
        hooks.hook_position,
        hooks.hook_weight,
        negators.first_position
),

-- `hard to` counts within `hard to put down`, too: the longer phrase makes up for it.
phrases as (
    select
        additions.language,
        additions.words_of_phrase,
        additions.hook_position,
        additions.words_of_phrase[additions.hook_position] as word,
        additions.weight
        - coalesce(sum(
            shorter.weight * case
                when
                    additions.negator_position
                    < shorter.hook_position
                    + length(split_part(additions.phrase, shorter.phrase, 1))
                    - length(replace(split_part(additions.phrase, shorter.phrase, 1), ' ', ''))
                    then -0.75
                else 1
            end
        ), 0)
        / case when additions.negator_position < additions.hook_position then -0.75 else 1 end as weight
    from additions
    left join additions as shorter
        on
            additions.language = shorter.language
            and additions.phrase <> shorter.phrase
            and strpos(additions.between_blanks, shorter.between_blanks) > 0
    group by
        additions.language,
        additions.phrase,
        additions.words_of_phrase,
        additions.hook_position,
        additions.negator_position,
        additions.weight
)

select
    language,
    word,
    'word' as kind,
    round(1000 * weight)::integer as thousandths,
    {{ null_texts() }} as phrase,
    null::integer as words_before,
    null::integer as words_after,
    null::integer as beside,
    null::text as word_beside
from words
union all
select
    language,
    word,
    'phrase' as kind,
    round(1000 * weight)::integer as thousandths,
    words_of_phrase as phrase,
    (hook_position - 1)::integer as words_before,
    ({{ elements_count('words_of_phrase') }} - hook_position)::integer as words_after,
    case when hook_position > 1 then -1 else 1 end as beside,
    words_of_phrase[case when hook_position > 1 then hook_position - 1 else 2 end] as word_beside
from phrases
union all
select
    language,
    word,
    kind,
    case kind when 'function' then 2700 else 0 end as thousandths,
    {{ null_texts() }} as phrase,
    null::integer as words_before,
    null::integer as words_after,
    null::integer as beside,
    null::text as word_beside
from modifiers
where kind in ('contrast', 'function')
