{# Parts of an address on the web. No macro here raises on any text; NULL in, NULL out, NULL for a part that is not there. #}

{% macro url_host(column) -%}
    lower(substring({{ column }}, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:@\[\]]+|\[[^/?#\]]+\])'))
{%- endmacro %}


{% macro url_path(column) -%}
    substring({{ column }}, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)')
{%- endmacro %}


{# A parameter of the query, the first of its name, as it stands there: percent signs are not read. #}
{% macro url_parameter(column, name) -%}
    substring('&' || substring({{ column }}, '^[^?#]*\?([^#]*)'), '&{{ name }}=([^&]*)')
{%- endmacro %}
