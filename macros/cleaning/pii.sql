{#
    Personal data: what a free text gives away, and values made unreadable. Which columns hold personal data is
    said once, by `meta: {pii: <kind>}` on the column. No macro here raises on any text; NULL in, NULL out.
#}

{% macro pii_patterns() -%}
    {{ return({
        'email': '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+',
        'iban': '\\m[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\\M',
        'card': '\\m(?:[0-9][ -]?){12,18}[0-9]\\M',
        'phone': '(?:\\+|\\m00)[1-9][0-9]{0,2}[ ./()-]*(?:[0-9][ ./()-]*){6,12}[0-9]',
    }) }}
{%- endmacro %}


{#
    Which kinds of personal data a free text holds, in alphabetical order; empty when none. What is taken for one kind is
    not taken for another too. A card's digits must add up (Luhn).
#}
{% macro pii_kinds(column) -%}
    {{ adapter.dispatch('pii_kinds', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__pii_kinds(column) -%}
    array_remove(array[
        case when {{ has_luhn_number(masked_kinds(column, ['email', 'iban', 'phone'])) }} then 'card' end,
        case when {{ column }} ~ '{{ pii_patterns().email }}' then 'email' end,
        case when {{ column }} ~ '{{ pii_patterns().iban }}' then 'iban' end,
        case when {{ masked_kinds(column, ['email', 'iban']) }} ~ '{{ pii_patterns().phone }}' then 'phone' end
    ], null)::text[]
{%- endmacro %}


{# Whether one of the long numbers in a text passes the check of payment cards. #}
{% macro has_luhn_number(column) -%}
    {{ adapter.dispatch('has_luhn_number', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__has_luhn_number(column) -%}
    exists (
        select 1
        from (
            select reverse(regexp_replace(found.hit[1], '[^0-9]', '', 'g')) as digits
            from regexp_matches({{ column }}, '({{ pii_patterns().card }})', 'g') as found (hit)
        ) as numbers
        where (
            select
                sum(
                    case
                        when places.place % 2 = 1 then substr(numbers.digits, places.place, 1)::integer
                        else (substr(numbers.digits, places.place, 1)::integer * 2) / 10
                            + (substr(numbers.digits, places.place, 1)::integer * 2) % 10
                    end
                ) % 10
            from generate_series(1, length(numbers.digits)) as places (place)
        ) = 0
    )
{%- endmacro %}


{# A free text with each piece of personal data replaced by its kind in brackets. #}
{% macro mask_pii(column) -%}
    {{ masked_kinds(column, ['email', 'iban', 'phone', 'card']) }}
{%- endmacro %}


{# A step of the macros above: the kinds named replaced, one after the other. #}
{% macro masked_kinds(column, kinds) -%}
    {{ adapter.dispatch('masked_kinds', 'assay')(column, kinds) }}
{%- endmacro %}

{% macro postgres__masked_kinds(column, kinds) -%}
    {% for kind in kinds %}regexp_replace({% endfor %}{{ column }}
    {%- for kind in kinds %}, '{{ pii_patterns()[kind] }}', '[{{ kind }}]', 'g'){% endfor %}
{%- endmacro %}


{#
    A value's shape without the value: letters become x or X, digits of any script 9, the rest stays. What was wrong with
    it still shows.
#}
{% macro mask_shape(column) -%}
    {{ adapter.dispatch('mask_shape', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__mask_shape(column) -%}
    regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        -- Digits first: under glibc's collations those of other scripts are letters too.
        {{ column }}, '[0-9\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19]', '9', 'g'),
        '[[:upper:]]', 'X', 'g'), '[[:lower:]]', 'x', 'g'),
        -- Letters that have no capitals, as Chinese and Arabic ones, and marks that stand on letters.
        '(?=[^\u0001-\u007f])[[:alpha:]]|[\u0300-\u036f]', 'x', 'g')
{%- endmacro %}


{# The columns of a source table or model that hold personal data, by their `meta`, as a list. For other macros, not SQL. #}
{% macro pii_columns(relation_name) -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for node in (graph.sources.values() | list) + (graph.nodes.values() | list)
            if node.name == relation_name and node.resource_type in ['source', 'model', 'snapshot'] -%}
            {%- for column in node.columns.values() if column.config.meta.pii or column.meta.pii -%}
                {%- do found.append(column.name) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}


{# A value by its shape only where the column that it came from holds personal data, as it is where not. #}
{% macro masked_by_meta(relation_name, column_name, value) -%}
    {%- set private = pii_columns(relation_name) -%}
    {%- if private -%}
    case
        when {{ column_name }} in ({% for name in private %}'{{ name }}'{% if not loop.last %}, {% endif %}{% endfor %})
            then {{ mask_shape(value) }}
        else {{ value }}
    end
    {%- else -%}
    {{ value }}
    {%- endif -%}
{%- endmacro %}
