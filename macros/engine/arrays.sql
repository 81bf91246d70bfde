{#
    What engines say in other words, each in one place. A macro here is the name of an operation; how it is said, its
    implementation, is `default__` where standard SQL says it so, and `postgres__` where only Postgres does. Another
    engine gets implementations of its own: `duckdb__elements`. This file is of arrays.
#}

{# How many elements an array has; NULL for NULL. #}
{% macro elements_count(array) -%}
    {{ adapter.dispatch('elements_count', 'assay')(array) }}
{%- endmacro %}

{% macro default__elements_count(array) -%}
    cardinality({{ array }})
{%- endmacro %}


{# To join: a row of each element; `position`, a name, numbers them from one. None of an empty array and of NULL. #}
{% macro elements(array, alias, column, position=none) -%}
    {{ adapter.dispatch('elements', 'assay')(array, alias, column, position) }}
{%- endmacro %}

{% macro default__elements(array, alias, column, position=none) -%}
    unnest({{ array }}){% if position %} with ordinality{% endif %} as {{ alias }} ({{ column }}{% if position %}, {{ position }}{% endif %})
{%- endmacro %}


{# Aggregate, also over a window: the values as an array, in the order `by`, of the rows that `where` holds for. #}
{% macro gathered(value, by=none, where=none) -%}
    {{ adapter.dispatch('gathered', 'assay')(value, by, where) }}
{%- endmacro %}

{% macro default__gathered(value, by=none, where=none) -%}
    array_agg({{ value }}{% if by %} order by {{ by }}{% endif %}){% if where %} filter (where {{ where }}){% endif %}
{%- endmacro %}


{# Aggregate: the different values as an array, sorted. #}
{% macro gathered_once(value) -%}
    {{ adapter.dispatch('gathered_once', 'assay')(value) }}
{%- endmacro %}

{% macro default__gathered_once(value) -%}
    array_agg(distinct {{ value }} order by {{ value }})
{%- endmacro %}


{# Aggregate: the value of the first row in the order `by`, of those that `where` holds for. #}
{% macro first_gathered(value, by, where=none) -%}
    {{ adapter.dispatch('first_gathered', 'assay')(value, by, where) }}
{%- endmacro %}

{% macro default__first_gathered(value, by, where=none) -%}
    ({{ gathered(value, by, where) }})[1]
{%- endmacro %}


{# Whether a value is one of an array; NULL where either is. #}
{% macro is_element(value, array) -%}
    {{ adapter.dispatch('is_element', 'assay')(value, array) }}
{%- endmacro %}

{% macro postgres__is_element(value, array) -%}
    {{ value }} = any({{ array }})
{%- endmacro %}


{# The texts of an array as one, `separator` between them. #}
{% macro joined_texts(array, separator) -%}
    {{ adapter.dispatch('joined_texts', 'assay')(array, separator) }}
{%- endmacro %}

{% macro postgres__joined_texts(array, separator) -%}
    array_to_string({{ array }}, '{{ separator }}')
{%- endmacro %}


{# A list of texts with nothing in it. #}
{% macro no_texts() -%}
    {{ adapter.dispatch('no_texts', 'assay')() }}
{%- endmacro %}

{% macro postgres__no_texts() -%}
    '{}'::text[]
{%- endmacro %}


{# NULL where others have a list of texts. #}
{% macro null_texts() -%}
    {{ adapter.dispatch('null_texts', 'assay')() }}
{%- endmacro %}

{% macro postgres__null_texts() -%}
    null::text[]
{%- endmacro %}
