{{ config(
    materialized='incremental',
    incremental_strategy='replace_affected',
    affected_key='text_id',
    changed_key='text_id',
    indexes=[
        {'columns': ['text_id'], 'unique': True},
    ],
    pre_hook=[
        '{{ in_parallel() }}',
        "{{ affected_by('text_id', [('int_texts', 'text_id')], ['int_texts']) }}",
        "{{ texts_naming_changed_products() }}",
    ],
    post_hook='{{ note_built() }}',
) }}

with texts as not materialized (
    select
        text_id,
        language,
        body,
        tokens,
        _file_id
    from {{ ref('int_texts') }}
    where {{ is_affected('text_id') }}
),

sentiments as (
    {{ sentiment_of('texts', id='text_id') }}
),

-- The words that weigh most, for the reader to see why.
strongest_words as (
    select
        sentiments.id as text_id,
        (
            select string_agg(ranked.word, ', ' order by ranked.weight desc, ranked.word asc)
            from (
                select
                    texts.tokens[{{ hit_position('part.hit') }}] as word,
                    max(abs({{ hit_value('part.hit') }})) as weight
                from {{ elements('sentiments.hits', 'part', 'hit') }}
                where sign({{ hit_value('part.hit') }}) = sign(sentiments.sentiment)
                group by texts.tokens[{{ hit_position('part.hit') }}]
                order by max(abs({{ hit_value('part.hit') }})) desc, texts.tokens[{{ hit_position('part.hit') }}] asc
                limit 3
            ) as ranked
        ) as words
    from sentiments
    inner join texts on sentiments.id = texts.text_id
),

topic_phrases as (
    select
        seed.language,
        seed.topic as key,
        string_to_array(member.phrase, ' ') as words
    from {{ ref('text_topics') }} as seed
    cross join lateral string_to_table(seed.phrases, ' | ') as member (phrase)
),

topics_found as (
    {{ phrases_in('texts', 'topic_phrases', by_language=true) }}
),

topics_by_text as (
    select
        text_id,
        {{ gathered('key', 'times desc, key asc', "key <> 'urgent'") }} as topics,
        bool_or(key = 'urgent') as is_urgent
    from topics_found
    group by text_id
),

product_names as (
    select
        product_id as key,
        {{ text_tokens('product_name') }} as words
    from {{ ref('int_products__judged') }}
    where not is_excluded and product_name is not null
),

products_by_text as (
    select
        found.text_id,
        {{ gathered('found.key', 'found.key') }} as product_ids
    from ({{ phrases_in('texts', 'product_names') }}) as found
    group by found.text_id
),

orders_by_text as (
    select
        texts.text_id,
        {{ gathered_once('mention.match') }} as order_ids
    from texts
    cross join {{ text_matches('texts.body', "'\\m(O-[0-9]{4,})\\M'", 'mention') }}
    where texts.body like '%O-%'
    group by texts.text_id
),

shingles_by_text as (
    select
        texts.text_id,
        {{ shingles('texts.tokens') }} as shingles
    from texts
)

select
    texts.text_id,
    coalesce(sentiments.sentiment, 0)::real as sentiment,
    coalesce(sentiments.praise, 0)::real as praise,
    coalesce(sentiments.complaint, 0)::real as complaint,
    strongest_words.words as strongest_words,
    coalesce(topics_by_text.topics, {{ no_texts() }}) as topics,
    coalesce(topics_by_text.is_urgent, false) as is_urgent,
    coalesce(orders_by_text.order_ids, {{ no_texts() }}) as mentioned_orders,
    coalesce(products_by_text.product_ids, {{ no_texts() }}) as mentioned_products,
    {{ wording_key('shingles_by_text.shingles') }} as wording,
    texts._file_id
from texts
left join sentiments on texts.text_id = sentiments.id
left join strongest_words on texts.text_id = strongest_words.text_id
left join topics_by_text on texts.text_id = topics_by_text.text_id
left join orders_by_text on texts.text_id = orders_by_text.text_id
left join products_by_text on texts.text_id = products_by_text.text_id
left join shingles_by_text on texts.text_id = shingles_by_text.text_id
