{#
    The sentiment of texts, as a query of one row per text in which a word of the lexicon occurs.

    Every word of every text is looked up in the lexicon once, by hash, whatever the number of texts. A
    word's weight is turned by a negator up to three words before it in the same clause (a face's is not),
    and made stronger or weaker by an adverb right before it. What stands shortly before a `but` counts half, what follows it
    more. Phrases add to their words.

    `relation` has one row per text: `id`, `language` (de, en, es, fr) and `tokens` (see text_tokens).
    Columns: id, sentiment (-1 to 1), praise and complaint (sums of weights), words and values (what was
    found, in thousandths, in no certain order).
#}
{% macro sentiment_of(relation, id='id', language='language', tokens='tokens') -%}
    {%- set marks = "('.', ',', '!', '?')" %}
    select
        weighed.id,
        {{ bounded_sentiment('(weighed.total::double precision / 1000)') }} as sentiment,
        (weighed.praise / 1000.0)::real as praise,
        (weighed.complaint / 1000.0)::real as complaint,
        weighed.words,
        weighed.values
    from (
        select
            summed.id,
            case
                when summed.turned_at is null then summed.total
                else (
                    select sum(
                        part.value * case
                            when part.position between summed.turned_at - 15 and summed.turned_at then 5
                            when part.position between summed.turned_at and summed.turned_at + 15 then 13
                            else 10
                        end
                    ) / 10.0
                    from unnest(summed.values, summed.positions) as part (value, position)
                )
            end as total,
            summed.praise,
            summed.complaint,
            summed.words,
            summed.values
        from (
            select
                valued.id,
                sum(valued.value) as total,
                sum(case when valued.value > 0 then valued.value else 0 end) as praise,
                sum(case when valued.value < 0 then valued.value else 0 end) as complaint,
                array_agg(valued.token) as words,
                array_agg(valued.value) as values,
                array_agg(valued.position) as positions,
                max(case when valued.kind = 'contrast' then valued.position end) as turned_at
            from (
                select
                    hits.id,
                    hits.kind,
                    hits.token,
                    hits.position,
                    -- In thousandths: whole numbers have one sum, in whatever order they come.
                    round(
                        1000 * hits.weight
                        * case
                            -- A face says what it says, whatever was denied before it.
                            when hits.token in ('xhappyface', 'xsadface') then 1
                            when negator_1.factor is not null then negator_1.factor
                            when negator_2.factor is not null and hits.before_1 not in {{ marks }}
                                then negator_2.factor
                            when
                                negator_3.factor is not null
                                and hits.before_1 not in {{ marks }}
                                and hits.before_2 not in {{ marks }}
                                then negator_3.factor
                            else coalesce(degrees.factor, 1)
                        end
                    )::integer as value
                from (
                    select
                        texts.{{ id }} as id,
                        texts.{{ language }} as language,
                        found.token,
                        found.position::integer as position,
                        lexicon.kind,
                        lexicon.weight,
                        texts.{{ tokens }}[found.position - 1] as before_1,
                        texts.{{ tokens }}[found.position - 2] as before_2,
                        texts.{{ tokens }}[found.position - 3] as before_3
                    from {{ relation }} as texts
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
                    -- Holds the planner off carrying the whole text any further.
                    offset 0
                ) as hits
                left join {{ ref('int_text__modifiers') }} as negator_1
                    on
                        hits.before_1 = negator_1.word
                        and hits.language = negator_1.language
                        and negator_1.kind = 'negator'
                left join {{ ref('int_text__modifiers') }} as negator_2
                    on
                        hits.before_2 = negator_2.word
                        and hits.language = negator_2.language
                        and negator_2.kind = 'negator'
                left join {{ ref('int_text__modifiers') }} as negator_3
                    on
                        hits.before_3 = negator_3.word
                        and hits.language = negator_3.language
                        and negator_3.kind = 'negator'
                left join {{ ref('int_text__modifiers') }} as degrees
                    on
                        hits.before_1 = degrees.word
                        and hits.language = degrees.language
                        and degrees.kind in ('booster', 'damper')
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
