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
        {% for word in ['true', 't', 'yes', 'y', '1', 'on', 'ja', 'j', 'wahr', 'oui', 'o', 'vrai', 'si', 'sí', 's', 'verdadero'] -%}
        when '{{ word }}' then true
        {% endfor -%}
        {% for word in ['false', 'f', 'no', 'n', '0', 'off', 'nein', 'falsch', 'non', 'faux', 'falso'] -%}
        when '{{ word }}' then false
        {% endfor -%}
    end
{%- endmacro %}


{# How money is called in front of an amount or behind it, as a regular expression. #}
{% macro currency_marks() -%}
    EUR|GBP|CHF|USD|SFr\.?|Fr\.|US\$|\$US|£GB|€|£|\$
{%- endmacro %}


{#
    An amount in any of the styles 1234.50, 1,234.50, 1.234,50, 1'234.50, 1 234,50, with a currency's code or
    sign before or behind; below nought as -12.50, 12.50- or, as accountants write, (12.50); `12.-` is twelve.
    The last separator is the decimal one when one or two digits follow it; a separator that repeats, or that
    three digits follow, groups thousands. Where a source says which sign is its decimal one, name it: then
    `1.234` is what that source means.
#}
{% macro to_money(column, decimal='auto') -%}
    (
        select
            case
                {% if decimal == 'auto' -%}
                when signed.body ~ '^(\d{1,12}([.,]\d{1,2})?|0[.,]\d{1,10})$'
                    then signed.factor * replace(signed.body, ',', '.')::numeric
                when signed.body ~ '^[1-9]\d{0,2}(,\d{3}){1,3}(\.\d{1,2})?$'
                    then signed.factor * replace(signed.body, ',', '')::numeric
                when signed.body ~ '^[1-9]\d{0,2}(\.\d{3}){1,3}(,\d{1,2})?$'
                    then signed.factor * replace(replace(signed.body, '.', ''), ',', '.')::numeric
                when signed.body ~ '^[1-9]\d{0,2}(''\d{3}){1,3}([.,]\d{1,2})?$'
                    then signed.factor * replace(replace(signed.body, '''', ''), ',', '.')::numeric
                {%- else -%}
                {%- set point, group = ('\\.', ',') if decimal == 'point' else (',', '\\.') -%}
                when signed.body ~ '^(\d{1,12}|[1-9]\d{0,2}({{ group }}\d{3}){1,3}|[1-9]\d{0,2}(''\d{3}){1,3})({{ point }}\d{1,10})?$'
                    then
                        signed.factor
                        * replace(translate(signed.body, '{{ ',' if decimal == 'point' else '.' }}''', ''), ',', '.')::numeric
                {%- endif %}
            end
        from (
            select
                case when stripped.body ~ '^-|-$|^\(.*\)$' then -1 else 1 end as factor,
                case
                    when stripped.body ~ '^\([^()]*\)$' then substr(stripped.body, 2, length(stripped.body) - 2)
                    when stripped.body ~ '^[+-]' then substr(stripped.body, 2)
                    else regexp_replace(stripped.body, '-$', '')
                end as body
            from (
                select
                    regexp_replace(
                        regexp_replace(
                            regexp_replace(
                                translate(btrim({{ column }}, e' \t\u00a0\u202f'), e'\u2212\u2013\u2019\u00a0\u202f', '--''  '),
                                '^([-+(]?) *({{ currency_marks() }}) *| *({{ currency_marks() }})(\)?)$', '\1\4', 'gi'
                            ),
                            '(\d) (?=\d)', '\1''', 'g'
                        ),
                        '[.,]-{1,2}$', ''
                    ) as body
                -- `limit 1`: worked out once, not again for each place that reads it.
                limit 1
            ) as stripped
            limit 1
        ) as signed
    )
{%- endmacro %}


{# A share: `12.5 %` and `12,5%` are 0.125; without the sign the number is the share itself. #}
{% macro to_share(column) -%}
    case
        when btrim({{ column }}) ~ '^[+-]?\d{1,9}([.,]\d{1,8})?[ \u00a0\u202f]?%$'
            then replace(rtrim(btrim({{ column }}), e'% \u00a0\u202f'), ',', '.')::numeric / 100
        else {{ to_number(column) }}
    end
{%- endmacro %}


{# The currency that stands beside an amount, by its ISO 4217 code; NULL when none does. #}
{% macro currency_of_amount(column) -%}
    {{ currency_code(
        "coalesce("
        ~ "substring(" ~ column ~ ", '(?i)^[-+( ]*(" ~ currency_marks() ~ ")[-+( \\d]'), "
        ~ "substring(" ~ column ~ ", '(?i)[-)., \\d](" ~ currency_marks() ~ ")[) ]*$'))"
    ) }}
{%- endmacro %}
