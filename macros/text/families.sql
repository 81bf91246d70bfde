{# The forms of an English root. Each returns a text[] with the root itself. #}

{# love, loves, loved, loving; carry, carries, carried, carrying; with `doubling` stop, stopped, stopping. #}
{% macro verb_forms(root, doubling) -%}
    {{ adapter.dispatch('verb_forms', 'assay')(root, doubling) }}
{%- endmacro %}

{% macro postgres__verb_forms(root, doubling) -%}
    array[
        {{ root }},
        case
            when {{ root }} ~ '[^aeiou]y$' then regexp_replace({{ root }}, 'y$', 'ies')
            when {{ root }} ~ '(s|x|z|sh|ch|o)$' then {{ root }} || 'es'
            else {{ root }} || 's'
        end,
        case
            when {{ root }} ~ 'e$' then {{ root }} || 'd'
            when {{ root }} ~ '[^aeiou]y$' then regexp_replace({{ root }}, 'y$', 'ied')
            when {{ doubling }} then {{ root }} || right({{ root }}, 1) || 'ed'
            else {{ root }} || 'ed'
        end,
        case
            when {{ root }} ~ '[^eoy]e$' then regexp_replace({{ root }}, 'e$', 'ing')
            when {{ doubling }} then {{ root }} || right({{ root }}, 1) || 'ing'
            else {{ root }} || 'ing'
        end
    ]
{%- endmacro %}


{# friend, friends; ally, allies; dress, dresses. #}
{% macro noun_forms(root) -%}
    {{ adapter.dispatch('noun_forms', 'assay')(root) }}
{%- endmacro %}

{% macro postgres__noun_forms(root) -%}
    array[
        {{ root }},
        case
            when {{ root }} ~ '[^aeiou]y$' then regexp_replace({{ root }}, 'y$', 'ies')
            when {{ root }} ~ '(s|x|z|sh|ch)$' then {{ root }} || 'es'
            else {{ root }} || 's'
        end
    ]
{%- endmacro %}


{# The noun of an adjective: sad, sadness; happy, happiness. #}
{% macro quality_forms(root) -%}
    {{ adapter.dispatch('quality_forms', 'assay')(root) }}
{%- endmacro %}

{% macro postgres__quality_forms(root) -%}
    array[{{ root }}, regexp_replace({{ root }}, 'y$', 'i') || 'ness']
{%- endmacro %}


{# The adverb of an adjective: sadly, happily, terribly, fantastically. #}
{% macro adverb_forms(root) -%}
    {{ adapter.dispatch('adverb_forms', 'assay')(root) }}
{%- endmacro %}

{% macro postgres__adverb_forms(root) -%}
    array[
        case
            when {{ root }} ~ 'ic$' then {{ root }} || 'ally'
            when {{ root }} ~ '[^aeiou]le$' then regexp_replace({{ root }}, 'e$', 'y')
            when {{ root }} ~ 'll$' then {{ root }} || 'y'
            when {{ root }} ~ 'y$' then regexp_replace({{ root }}, 'y$', 'ily')
            else {{ root }} || 'ly'
        end
    ]
{%- endmacro %}


{# sadder, saddest; nicer, nicest; happier, happiest; faster, fastest. #}
{% macro degree_forms(root) -%}
    {{ adapter.dispatch('degree_forms', 'assay')(root) }}
{%- endmacro %}

{% macro postgres__degree_forms(root) -%}
    array[
        case
            when {{ root }} ~ 'e$' then {{ root }} || 'r'
            when {{ root }} ~ '[^aeiou]y$' then regexp_replace({{ root }}, 'y$', 'ier')
            when {{ root }} ~ '^[^aeiou]+[aeiou][^aeiouwxy]$' then {{ root }} || right({{ root }}, 1) || 'er'
            else {{ root }} || 'er'
        end,
        case
            when {{ root }} ~ 'e$' then {{ root }} || 'st'
            when {{ root }} ~ '[^aeiou]y$' then regexp_replace({{ root }}, 'y$', 'iest')
            when {{ root }} ~ '^[^aeiou]+[aeiou][^aeiouwxy]$' then {{ root }} || right({{ root }}, 1) || 'est'
            else {{ root }} || 'est'
        end
    ]
{%- endmacro %}


{# The declined forms of a German, French or Spanish adjective, more than there are of some. #}
{% macro declined_forms(root, language) -%}
    {{ adapter.dispatch('declined_forms', 'assay')(root, language) }}
{%- endmacro %}

{% macro postgres__declined_forms(root, language) -%}
    case {{ language }}
        when 'de'
            then array[
                {{ root }}, regexp_replace({{ root }}, 'e$', '') || 'e', regexp_replace({{ root }}, 'e$', '') || 'er',
                regexp_replace({{ root }}, 'e$', '') || 'es', regexp_replace({{ root }}, 'e$', '') || 'en',
                regexp_replace({{ root }}, 'e$', '') || 'em', regexp_replace({{ root }}, 'e$', '') || 'ste'
            ]
        when 'fr'
            then array[
                {{ root }},
                {{ root }} || 's',
                case
                    when {{ root }} ~ 'eux$' then regexp_replace({{ root }}, 'x$', 'se')
                    when {{ root }} ~ 'f$' then regexp_replace({{ root }}, 'f$', 've')
                    when {{ root }} ~ '(el|il|en|on)$' then {{ root }} || right({{ root }}, 1) || 'e'
                    when {{ root }} ~ 'e$' then {{ root }}
                    else {{ root }} || 'e'
                end,
                case
                    when {{ root }} ~ 'eux$' then regexp_replace({{ root }}, 'x$', 'ses')
                    when {{ root }} ~ 'f$' then regexp_replace({{ root }}, 'f$', 'ves')
                    when {{ root }} ~ '(el|il|en|on)$' then {{ root }} || right({{ root }}, 1) || 'es'
                    when {{ root }} ~ 'e$' then {{ root }} || 's'
                    else {{ root }} || 'es'
                end
            ]
        when 'es'
            then array[
                {{ root }},
                regexp_replace({{ root }}, 'o$', 'a'),
                regexp_replace({{ root }}, '(l|z|r)$', '\1e') || 's',
                regexp_replace({{ root }}, 'o$', 'a') || 's'
            ]
    end
{%- endmacro %}
