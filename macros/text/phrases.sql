{#
    Which phrases occur in which texts, as a query of one row per text and key. Every word of every text is
    looked up once among the phrases' first words, which are grouped so that the planner knows them for
    few and different and builds a hash table of them; of what is found the second words are compared,
    and only then the rest.

    `texts` has `text_id` and `tokens`; `phrases` has `key` and `words` (text[]), and, when `by_language`,
    both have `language`. Columns: text_id, key, times.
#}
{% macro phrases_in(texts, phrases, by_language=false) -%}
    {{ adapter.dispatch('phrases_in', 'assay')(texts, phrases, by_language) }}
{%- endmacro %}

{% macro postgres__phrases_in(texts, phrases, by_language=false) -%}
    select
        matched.text_id,
        matched.key,
        count(*)::integer as times
    from (
        with openings as (
            select
                found.text_id,
                {% if by_language %}found.language,{% endif %}
                found.token,
                found.next_token,
                found.tokens[found.position:found.position + 9] as tokens
            from (
                select
                    texts.text_id,
                    {% if by_language %}texts.language,{% endif %}
                    texts.tokens,
                    unnest(texts.tokens) as token,
                    unnest(texts.tokens[2:]) as next_token,
                    generate_subscripts(texts.tokens, 1) as position
                from {{ texts }} as texts
            ) as found
            inner join (
                select first_words.words[1] as word
                from {{ phrases }} as first_words
                group by first_words.words[1]
            ) as starts on found.token = starts.word
        )

        select
            openings.text_id,
            listed.key
        from openings
        inner join {{ phrases }} as listed
            on openings.token = listed.words[1]{% if by_language %} and openings.language = listed.language{% endif %}
        where cardinality(listed.words) = 1
        union all
        select
            openings.text_id,
            listed.key
        from openings
        inner join {{ phrases }} as listed
            on
                openings.token = listed.words[1]
                and openings.next_token = listed.words[2]
                {%- if by_language %} and openings.language = listed.language{% endif %}
        where cardinality(listed.words) = 2 or openings.tokens[1:cardinality(listed.words)] = listed.words
    ) as matched
    group by matched.text_id, matched.key
{%- endmacro %}


{#
    The hashes of a text's sequences of three words, as an array, without those that hold a digit: names and numbers
    differ in what says the same.
#}
{% macro shingles(tokens) -%}
    {{ adapter.dispatch('shingles', 'assay')(tokens) }}
{%- endmacro %}

{% macro postgres__shingles(tokens) -%}
    array(
        select hashtext(concat_ws(' ', found.first_word, found.second_word, found.third_word))
        from unnest({{ tokens }}, ({{ tokens }})[2:], ({{ tokens }})[3:]) as found (first_word, second_word, third_word)
        where
            found.third_word is not null
            and concat(found.first_word, found.second_word, found.third_word) !~ '[0-9]'
    )
{%- endmacro %}


{#
    A key that texts of nearly the same wording share: the three smallest hashes of their three-word
    sequences, numbers and names of things with digits left out. Two texts that share nine of ten sequences
    have the same key about three times in four. NULL for texts of fewer than five words.
    `shingles` is an array of such hashes.
#}
{% macro wording_key(shingles) -%}
    {{ adapter.dispatch('wording_key', 'assay')(shingles) }}
{%- endmacro %}

{% macro postgres__wording_key(shingles) -%}
    case
        when cardinality({{ shingles }}) >= 3
            then
                (
                    select string_agg(smallest.hash::text, ' ' order by smallest.hash)
                    from (
                        select element.hash
                        from unnest({{ shingles }}) as element (hash)
                        group by element.hash
                        order by element.hash
                        limit 3
                    ) as smallest
                )
    end
{%- endmacro %}
