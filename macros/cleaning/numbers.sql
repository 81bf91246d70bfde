{# Numbers written by people and programs. No macro here raises on any text; NULL in, NULL out. #}

{% macro to_number(column) -%}
    case
        when btrim({{ column }}) ~ '^[+-]?(\d{1,12}(\.\d{0,10})?|\.\d{1,10})$'
            then btrim({{ column }})::numeric
    end
{%- endmacro %}


{% macro to_integer(column) -%}
    case
        when btrim({{ column }}) ~ '^[+-]?\d{1,9}(\.0+)?$'
            then btrim({{ column }})::numeric::integer
    end
{%- endmacro %}


{% macro to_boolean(column) -%}
    case lower(btrim({{ column }}))
        {% for word in ['true', 't', 'yes', 'y', '1', 'ja', 'oui', 'si', 'sí'] -%}
        when '{{ word }}' then true
        {% endfor -%}
        {% for word in ['false', 'f', 'no', 'n', '0', 'nein', 'non'] -%}
        when '{{ word }}' then false
        {% endfor -%}
    end
{%- endmacro %}


{#
    An amount in any of the styles 1234.50, 1,234.50, 1.234,50, 1'234.50, 1 234,50, with a currency's
    code or sign before or behind. The last separator is the decimal one when one or two digits follow
    it; a separator that repeats, or that three digits follow, groups thousands.
#}
{% macro to_money(column) -%}
    {%- set digits -%}
        regexp_replace({{ column }}, '[[:space:]\u00a0\u202f''’]|EUR|GBP|CHF|USD|[€£$]|Fr\.', '', 'gi')
    {%- endset -%}
    case
        when {{ digits }} ~ '^[+-]?\d{1,12}([.,]\d{1,2})?$'
            then replace({{ digits }}, ',', '.')::numeric
        when {{ digits }} ~ '^[+-]?\d{1,3}(,\d{3}){1,3}(\.\d{1,2})?$'
            then replace({{ digits }}, ',', '')::numeric
        when {{ digits }} ~ '^[+-]?\d{1,3}(\.\d{3}){1,3}(,\d{1,2})?$'
            then replace(replace({{ digits }}, '.', ''), ',', '.')::numeric
    end
{%- endmacro %}
