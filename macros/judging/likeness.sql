{# How alike two people are. For comparing few candidates, not every row with every other. #}

{# The parts of a name, folded, in the alphabet's order, as text[]: `Meier, Anna-Maria` and `Anna Maria Meier` are one. #}
{% macro name_parts(column) -%}
    {{ adapter.dispatch('name_parts', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__name_parts(column) -%}
    array(
        select {{ fold_name('part.word') }} as folded
        from regexp_split_to_table({{ column }}, '[[:space:],.-]+') as part (word)
        where {{ fold_name('part.word') }} is not null
        order by folded
    )
{%- endmacro %}


{# The pairs of letters that follow each other in a text, each once, as text[]; `anna` has an, na, nn. #}
{% macro letter_pairs(column) -%}
    {{ adapter.dispatch('letter_pairs', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__letter_pairs(column) -%}
    array(
        select distinct substr({{ column }}, place.at, 2) as pair
        from generate_series(1, length({{ column }}) - 1) as place (at)
    )
{%- endmacro %}


{# The letters of a text in the alphabet's order, as text[]. #}
{% macro letters_in_order(column) -%}
    {{ adapter.dispatch('letters_in_order', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__letters_in_order(column) -%}
    array(
        select place.letter
        from regexp_split_to_table({{ column }}, '') as place (letter)
        order by place.letter
    )
{%- endmacro %}


{# The first letters of the parts of a name in the alphabet's order, as text[]. #}
{% macro initials(parts) -%}
    {{ adapter.dispatch('initials', 'assay')(parts) }}
{%- endmacro %}

{% macro postgres__initials(parts) -%}
    array(
        select left(part.word, 1) as initial
        from unnest({{ parts }}) as part (word)
        order by initial
    )
{%- endmacro %}


{#
    How alike two lists of name parts are, 0 to 1: the share of letter pairs that both have (Dice). Where one name has
    all parts of the other and at least two, it is 0.95 at least: a second given name tells nobody apart. Where both
    have the same letters and the same initials, it is 0.9: two letters were swapped, which in a short name (Roth,
    Rtoh) leaves few pairs alike.
#}
{% macro name_similarity(parts_a, parts_b) -%}
    {{ adapter.dispatch('name_similarity', 'assay')(parts_a, parts_b) }}
{%- endmacro %}

{% macro postgres__name_similarity(parts_a, parts_b) -%}
    case
        when {{ parts_a }} = {{ parts_b }} then 1.0
        when
            least(cardinality({{ parts_a }}), cardinality({{ parts_b }})) >= 2
            and ({{ parts_a }} <@ {{ parts_b }} or {{ parts_b }} <@ {{ parts_a }})
            then 0.95
        when
            {{ letters_in_order("array_to_string(" ~ parts_a ~ ", '')") }}
            = {{ letters_in_order("array_to_string(" ~ parts_b ~ ", '')") }}
            and {{ initials(parts_a) }} = {{ initials(parts_b) }}
            then 0.9
        else
            round(coalesce(
                2.0
                * cardinality(array(
                    select unnest({{ letter_pairs("array_to_string(" ~ parts_a ~ ", '')") }})
                    intersect
                    select unnest({{ letter_pairs("array_to_string(" ~ parts_b ~ ", '')") }})
                ))
                / nullif(
                    cardinality({{ letter_pairs("array_to_string(" ~ parts_a ~ ", '')") }})
                    + cardinality({{ letter_pairs("array_to_string(" ~ parts_b ~ ", '')") }}),
                    0
                ),
                0
            ), 2)
    end
{%- endmacro %}


{# A street and house number for comparing: folded, `straße`, `strasse` and `str.` all `str`. NULL for NULL. #}
{% macro fold_street(column) -%}
    {{ adapter.dispatch('fold_street', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__fold_street(column) -%}
    regexp_replace({{ fold_name(column) }}, 'stra(ss|sz)e', 'str', 'g')
{%- endmacro %}
