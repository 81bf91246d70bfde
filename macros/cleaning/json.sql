{# JSON. No macro here raises on any text; NULL in, NULL out. #}

{# The text at a path of a jsonb column, such as ['category', 'name'] or ['messages', 0, 'text']; NULL when nothing is there. #}
{% macro json_text(column, path) -%}
    {{ column }} #>> array[{% for step in path %}'{{ step }}'{% if not loop.last %}, {% endif %}{% endfor %}]
{%- endmacro %}


{# The list in a jsonb column; an empty one when it holds something else or nothing. Never NULL. #}
{% macro json_list(column) -%}
    case when jsonb_typeof({{ column }}) = 'array' then {{ column }} else '[]'::jsonb end
{%- endmacro %}


{# A text read as jsonb; NULL when it is none. #}
{% macro to_json(column) -%}
    case when pg_input_is_valid({{ column }}, 'jsonb') then ({{ column }})::jsonb end
{%- endmacro %}
