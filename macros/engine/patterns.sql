{# Regular expressions. Which language they are written in is the engine's, too: these are Postgres' own. #}

{# Whether a pattern occurs in a text, in upper or lower case; NULL for NULL. #}
{% macro matches(column, pattern) -%}
    {{ adapter.dispatch('matches', 'assay')(column, pattern) }}
{%- endmacro %}

{% macro postgres__matches(column, pattern) -%}
    {{ column }} ~* {{ pattern }}
{%- endmacro %}


{# What of a text a pattern matches first; NULL where it does nowhere, and for NULL. #}
{% macro first_match(column, pattern) -%}
    {{ adapter.dispatch('first_match', 'assay')(column, pattern) }}
{%- endmacro %}

{% macro postgres__first_match(column, pattern) -%}
    (regexp_match({{ column }}, {{ pattern }}))[1]
{%- endmacro %}


{# To join: a row of each match of a pattern in a text, in `alias.match`. #}
{% macro text_matches(column, pattern, alias) -%}
    {{ adapter.dispatch('text_matches', 'assay')(column, pattern, alias) }}
{%- endmacro %}

{% macro postgres__text_matches(column, pattern, alias) -%}
    lateral (
        select found.groups[1] as match
        from regexp_matches({{ column }}, {{ pattern }}, 'g') as found (groups)
    ) as {{ alias }}
{%- endmacro %}
