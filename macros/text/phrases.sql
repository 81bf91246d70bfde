{#
    Which phrases occur in which texts, as a query of one row per text and key: every word of every text is
    looked up once among the phrases' first words, and only then the rest is compared.

    `texts` has `text_id` and `tokens`; `phrases` has `key` and `words` (text[]), and, when `by_language`,
    both have `language`. Columns: text_id, key, times.
#}
{% macro phrases_in(texts, phrases, by_language=false) -%}
    select
        found.text_id,
        listed.key,
        count(*)::integer as times
    from (
        select
            texts.text_id,
            {% if by_language %}texts.language,{% endif %}
            texts.tokens,
            unnest(texts.tokens) as token,
            generate_subscripts(texts.tokens, 1) as position
        from {{ texts }} as texts
    ) as found
    inner join {{ phrases }} as listed
        on found.token = listed.words[1]{% if by_language %} and found.language = listed.language{% endif %}
    where
        cardinality(listed.words) = 1
        or found.tokens[found.position:found.position + cardinality(listed.words) - 1] = listed.words
    group by found.text_id, listed.key
{%- endmacro %}


{#
    A key that texts of nearly the same wording share: the three smallest hashes of their three-word
    sequences, numbers and names of things with digits left out. Two texts that share nine of ten sequences
    have the same key about three times in four. NULL for texts of fewer than five words.
    `shingles` is an array of such hashes.
#}
{% macro wording_key(shingles) -%}
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
