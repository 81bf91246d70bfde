{# When the newest file of a raw table was loaded, for `dbt source freshness`. #}
{% macro loaded_at(entity) -%}
    select max(loaded_at) from raw._files where entity = '{{ entity }}' and status = 'loaded'
{%- endmacro %}
