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
    {%- set marks = "('.', ',', '!', '?')" %}
    {%- set negators = modifier_words('negator') %}
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
                    hits.id,
                    hits.kind,
                    hits.position,
                    -- In whole thousandths, which have one sum, in whatever order they come.
                    (
                        hits.thousandths
                        * case
                            -- A face says what it says, whatever was denied before it.
                            when hits.token in ('xhappyface', 'xsadface') then 100
                            when hits.before_1 in {{ negators }} then -75
                            when hits.before_1 in {{ marks }} then 100
                            when hits.before_2 in {{ negators }} then -75
                            when hits.before_2 not in {{ marks }} and (
                                hits.before_3 in {{ negators }}
                                or hits.before_3 not in {{ marks }} and hits.before_4 in {{ negators }}
                            ) then -75
                            when hits.before_1 in {{ modifier_words('booster') }} then 130
                            when hits.before_1 in {{ modifier_words('damper') }} then 60
                            else 100
                        end
                        / 100
                    ) as value
                from (
                    select
                        found.id,
                        found.token,
                        found.position,
                        lexicon.kind,
                        lexicon.thousandths,
                        found.tokens[found.position - 1] as before_1,
                        found.tokens[found.position - 2] as before_2,
                        found.tokens[found.position - 3] as before_3,
                        found.tokens[found.position - 4] as before_4
                    from (
                        select
                            texts.{{ id }} as id,
                            texts.{{ language }} as language,
                            texts.{{ tokens }} as tokens,
                            unnest(texts.{{ tokens }}) as token,
                            generate_subscripts(texts.{{ tokens }}, 1) as position
                        from {{ relation }} as texts
                    ) as found
                    inner join {{ ref('int_text__lexicon') }} as lexicon
                        on
                            found.token = lexicon.word
                            -- Compared, not hashed: few words are in more than one language.
                            and not found.language <> lexicon.language
                    where
                        lexicon.phrase is null
                        or (
                            found.tokens[found.position + lexicon.beside] = lexicon.word_beside
                            and found.tokens[
                                found.position - lexicon.words_before:found.position + lexicon.words_after
                            ] = lexicon.phrase
                        )
                    -- Holds the planner off carrying the whole text any further.
                    offset 0
                ) as hits
                -- ... and here off sorting more than is summed.
                offset 0
            ) as valued
            group by valued.id
        ) as summed
        -- ... and here off adding up twice.
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
