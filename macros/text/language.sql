{#
    The language of texts, as a query of one row per text in which a stop word occurs: the language with
    the most of them, where a word of several languages counts half; of equals English, then the first by name. `texts` has `text_id` and `tokens` (see text_tokens).
#}
{% macro languages_of(texts) -%}
    {{ adapter.dispatch('languages_of', 'assay')(texts) }}
{%- endmacro %}

{% macro postgres__languages_of(texts) -%}
    select distinct on (counted.text_id)
        counted.text_id,
        counted.language
    from (
        select
            found.text_id,
            stop_words.language,
            sum(stop_words.counts) as words_found
        from (
            select
                texts.text_id,
                unnest(texts.tokens) as token
            from {{ texts }} as texts
        ) as found
        inner join {{ ref('int_text__stop_words') }} as stop_words on found.token = stop_words.word
        group by found.text_id, stop_words.language
    ) as counted
    order by
        counted.text_id asc,
        counted.words_found desc,
        (counted.language = 'en') desc,
        counted.language asc
{%- endmacro %}
