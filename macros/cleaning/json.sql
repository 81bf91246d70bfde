{# JSON. No macro here raises on any text; NULL in, NULL out. #}

{# The text at a path of a jsonb column, such as ['category', 'name'] or ['messages', 0, 'text']; NULL when nothing is there. #}
{% macro json_text(column, path) -%}
    {{ adapter.dispatch('json_text', 'assay')(column, path) }}
{%- endmacro %}

{% macro postgres__json_text(column, path) -%}
    {{ column }} #>> array[{% for step in path %}'{{ step | string | replace("'", "''") }}'{% if not loop.last %}, {% endif %}{% endfor %}]
{%- endmacro %}


{# The text in that column of a row whose name another column holds; `messages.0.text` leads into its JSON. #}
{% macro value_at(relation, path) -%}
    {{ adapter.dispatch('value_at', 'assay')(relation, path) }}
{%- endmacro %}

{% macro postgres__value_at(relation, path) -%}
    (to_jsonb({{ relation }}) #>> string_to_array({{ path }}, '.'))
{%- endmacro %}


{# The list in a jsonb column; an empty one when it holds something else or nothing. Never NULL. #}
{% macro json_list(column) -%}
    {{ adapter.dispatch('json_list', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__json_list(column) -%}
    case when jsonb_typeof({{ column }}) = 'array' then {{ column }} else '[]'::jsonb end
{%- endmacro %}


{# The members of an object in a jsonb column, as a list of objects with a `key` and a `value` each; an empty one when it holds something else or nothing. Never NULL. #}
{% macro json_pairs(column) -%}
    {{ adapter.dispatch('json_pairs', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__json_pairs(column) -%}
    coalesce(
        (
            select jsonb_agg(jsonb_build_object('key', pair.key, 'value', pair.value) order by pair.key)
            from jsonb_each(case when jsonb_typeof({{ column }}) = 'object' then {{ column }} end) as pair
        ),
        '[]'::jsonb
    )
{%- endmacro %}


{# How many elements such a list has. #}
{% macro json_list_length(list) -%}
    {{ adapter.dispatch('json_list_length', 'assay')(list) }}
{%- endmacro %}

{% macro postgres__json_list_length(list) -%}
    jsonb_array_length({{ list }})
{%- endmacro %}


{# To join: a row of each element of such a list, numbered from one in `position`. #}
{% macro json_elements(list, alias, column, position) -%}
    {{ adapter.dispatch('json_elements', 'assay')(list, alias, column, position) }}
{%- endmacro %}

{% macro postgres__json_elements(list, alias, column, position) -%}
    jsonb_array_elements({{ list }}) with ordinality as {{ alias }} ({{ column }}, {{ position }})
{%- endmacro %}


{# Whether a jsonb value has keys and values. #}
{% macro is_json_object(column) -%}
    {{ adapter.dispatch('is_json_object', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__is_json_object(column) -%}
    jsonb_typeof({{ column }}) = 'object'
{%- endmacro %}


{# A text read as jsonb; NULL when it is none. #}
{% macro to_json(column) -%}
    {{ adapter.dispatch('to_json', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_json(column) -%}
    case when pg_input_is_valid({{ column }}, 'jsonb') then ({{ column }})::jsonb end
{%- endmacro %}
