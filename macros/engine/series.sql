{# Rows out of nothing. #}

{# To join: a row of each day from the first to the last, in `alias.day`. #}
{% macro days(first, last, alias) -%}
    {{ adapter.dispatch('days', 'assay')(first, last, alias) }}
{%- endmacro %}

{% macro postgres__days(first, last, alias) -%}
    lateral (
        select moment::date as day
        from generate_series({{ first }}, {{ last }}, interval '1 day') as moment
    ) as {{ alias }}
{%- endmacro %}


{# To join: a row of each whole number from the first to the last, in `alias.number`; none where the last is less. #}
{% macro whole_numbers(first, last, alias) -%}
    {{ adapter.dispatch('whole_numbers', 'assay')(first, last, alias) }}
{%- endmacro %}

{% macro postgres__whole_numbers(first, last, alias) -%}
    generate_series({{ first }}, {{ last }}) as {{ alias }} (number)
{%- endmacro %}
