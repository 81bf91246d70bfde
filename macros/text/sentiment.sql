{#
    The sentiment of texts, as a query of one row per text in which a word of the lexicon occurs.

    Every word of every text is looked up in the lexicon once, by hash, whatever the number of texts. A
    word's weight is turned by a negator up to four words before it in the same clause (a face's is not),
    and made stronger or weaker by an adverb right before it. What stands shortly before a `but` counts half, what follows it
    more. Phrases add to their words.

    `relation` has one row per text: `id`, `language` (de, en, es, fr) and `tokens` (see text_tokens).
    Columns: id, sentiment (-1 to 1), praise and complaint (sums of weights), and hits: what was found, as
    position * 100000 + 50000 + value in thousandths (see hit_position, hit_value), in no certain order.
#}
{% macro sentiment_of(relation, id='id', language='language', tokens='tokens') -%}
    {{ adapter.dispatch('sentiment_of', 'assay')(relation, id, language, tokens) }}
{%- endmacro %}

{% macro postgres__sentiment_of(relation, id='id', language='language', tokens='tokens') -%}
    {%- set marks = "('.', ',', '!', '?')" %}
    {%- set negators = modifier_words('negator') %}
    {%- set before = {} %}
    {%- for words in range(1, 5) %}
        {%- do before.update({words: 'texts.' ~ tokens ~ '[found.position - ' ~ words ~ ']'}) %}
    {%- endfor %}
    select
        weighed.id,
        {{ bounded_sentiment('(weighed.total::double precision / 1000)') }} as sentiment,
        (weighed.praise / 1000.0)::real as praise,
        (weighed.complaint / 1000.0)::real as complaint,
        weighed.hits
    from (
        select
            summed.id,
            case
                when summed.turned_at is null then summed.total
                else (
                    select sum(
                        {{ hit_value('part.hit') }} * case
                            when
                                {{ hit_position('part.hit') }} between summed.turned_at - 15 and summed.turned_at
                                then 5
                            when
                                {{ hit_position('part.hit') }} between summed.turned_at and summed.turned_at + 15
                                then 13
                            else 10
                        end
                    ) / 10
                    from unnest(summed.hits) as part (hit)
                )
            end as total,
            summed.praise,
            summed.complaint,
            summed.hits
        from (
            select
                valued.id,
                sum(valued.value) as total,
                sum(case when valued.value > 0 then valued.value else 0 end) as praise,
                sum(case when valued.value < 0 then valued.value else 0 end) as complaint,
                array_agg(valued.position::bigint * 100000 + 50000 + valued.value) as hits,
                max(case when valued.kind = 'contrast' then valued.position end) as turned_at
            from (
                select
                    texts.{{ id }} as id,
                    lexicon.kind,
                    found.position::integer as position,
                    -- In whole thousandths, which have one sum, in whatever order they come.
                    (
                        lexicon.thousandths
                        * case
                            -- A face says what it says, whatever was denied before it.
                            when found.token in ('xhappyface', 'xsadface') then 100
                            when {{ before[1] }} in {{ negators }} then -75
                            when lexicon.kind = 'function' then 0
                            when {{ before[1] }} in {{ marks }} then 100
                            when {{ before[2] }} in {{ negators }} then -75
                            when {{ before[2] }} not in {{ marks }} and {{ before[3] }} in {{ negators }} then -75
                            when
                                {{ before[2] }} not in {{ marks }}
                                and {{ before[3] }} not in {{ marks }}
                                and {{ before[4] }} in {{ negators }}
                                then -75
                            when {{ before[1] }} in {{ modifier_words('booster') }} then 130
                            when {{ before[1] }} in {{ modifier_words('damper') }} then 60
                            else 100
                        end
                        / 100
                    ) as value
                from {{ relation }} as texts
                -- A function in `from`, not in `select`: so the workers share the join behind it.
                cross join lateral unnest(texts.{{ tokens }}) with ordinality as found (token, position)
                inner join {{ ref('int_text__lexicon') }} as lexicon
                    on found.token = lexicon.word and texts.{{ language }} = lexicon.language
                where
                    lexicon.phrase is null
                    or (
                        texts.{{ tokens }}[found.position + lexicon.beside] = lexicon.word_beside
                        and texts.{{ tokens }}[
                            found.position - lexicon.words_before:found.position + lexicon.words_after
                        ] = lexicon.phrase
                    )
                -- Holds the planner off weighing a word again for each sum.
                offset 0
            ) as valued
            group by valued.id
        ) as summed
        -- ... and off adding up twice.
        offset 0
    ) as weighed
    where weighed.praise <> 0 or weighed.complaint <> 0
{%- endmacro %}


{#
    The sentiment of any table with a key and a text, as a query: id, sentiment, praise, complaint, hits.
    `language` is an expression, by default a constant: with it, no time is spent on finding out. Give a
    column's name where texts differ. Texts without a word of the lexicon have no row: they are neutral.
#}
{% macro sentiment_of_bodies(relation, id='id', body='body', language="'en'") -%}
    {{ sentiment_of(
        "(select " ~ id ~ " as id, " ~ language ~ "::text as language, " ~ text_tokens(body) ~ " as tokens from "
        ~ relation ~ " offset 0)"
    ) }}
{%- endmacro %}


{# Which word of a text a hit is, from 1. #}
{% macro hit_position(hit) -%}
    ({{ hit }} / 100000)
{%- endmacro %}


{# What a hit counts, in thousandths. #}
{% macro hit_value(hit) -%}
    ({{ hit }} % 100000 - 50000)
{%- endmacro %}


{# A sum of weights between -1 and 1: half way at two, the weight of one clear word. #}
{% macro bounded_sentiment(total) -%}
    ({{ total }} / (abs({{ total }}) + 2))::real
{%- endmacro %}


{# positive, negative or neutral; NULL for NULL. #}
{% macro sentiment_word(sentiment) -%}
    case
        when {{ sentiment }} >= 0.1 then 'positive'
        when {{ sentiment }} <= -0.1 then 'negative'
        when {{ sentiment }} is not null then 'neutral'
    end
{%- endmacro %}
