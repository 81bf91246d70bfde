{# Aggregates that engines have by other names. #}

{# The median of a number, double precision; NULLs are left out. #}
{% macro median(number) -%}
    {{ adapter.dispatch('median', 'assay')(number) }}
{%- endmacro %}

{% macro default__median(number) -%}
    percentile_cont(0.5) within group (order by {{ number }})
{%- endmacro %}


{# The most frequent value, of the rows that `where` holds for; of equally frequent ones the first. #}
{% macro most_frequent(value, where=none) -%}
    {{ adapter.dispatch('most_frequent', 'assay')(value, where) }}
{%- endmacro %}

{% macro postgres__most_frequent(value, where=none) -%}
    mode() within group (order by {{ value }}){% if where %} filter (where {{ where }}){% endif %}
{%- endmacro %}
