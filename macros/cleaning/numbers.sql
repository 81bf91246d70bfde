{#
    Numbers written by people and programs. No macro here raises on any text; NULL in, NULL out.
    Digits are spelt [0-9]: in some collations \d has those of all scripts, which no cast takes.
#}

{#
    A number as programs write it: with a point, no grouping, perhaps an exponent (`1.5e-05`), at most twelve
    digits before the point. Anything but plain characters is looked at only where the text is no number as it stands.
#}
{% macro to_number(column) -%}
    {{ adapter.dispatch('to_number', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_number(column) -%}
    {%- set number -%}
        '^[+-]?([0-9]{1,12}(\.[0-9]{0,20})?|\.[0-9]{1,20}|[0-9](\.[0-9]{1,17})?[eE]([+-]?0?[0-9]|\+?1[01]|-1[0-9]))$'
    {%- endset -%}
    case
        when btrim({{ column }}) ~ {{ number }} then btrim({{ column }})::numeric
        when {{ column }} ~ '[^ -~]' and {{ plain_value(column) }} ~ {{ number }} then {{ plain_value(column) }}::numeric
    end
{%- endmacro %}


{% macro to_integer(column) -%}
    {{ adapter.dispatch('to_integer', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_integer(column) -%}
    {%- set number -%}
        '^[+-]?[0-9]{1,9}(\.0*)?$'
    {%- endset -%}
    case
        when btrim({{ column }}) ~ {{ number }} then btrim({{ column }})::numeric::integer
        when {{ column }} ~ '[^ -~]' and {{ plain_value(column) }} ~ {{ number }}
            then {{ plain_value(column) }}::numeric::integer
    end
{%- endmacro %}


{# As `to_integer`, for whole numbers of up to eighteen digits. #}
{% macro to_bigint(column) -%}
    {{ adapter.dispatch('to_bigint', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_bigint(column) -%}
    {%- set number -%}
        '^[+-]?[0-9]{1,18}(\.0*)?$'
    {%- endset -%}
    case
        when btrim({{ column }}) ~ {{ number }} then btrim({{ column }})::numeric::bigint
        when {{ column }} ~ '[^ -~]' and {{ plain_value(column) }} ~ {{ number }}
            then {{ plain_value(column) }}::numeric::bigint
    end
{%- endmacro %}


{# Words in five languages. `x` is none of them: it says yes in one form and no in another. #}
{% macro to_boolean(column) -%}
    {{ adapter.dispatch('to_boolean', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_boolean(column) -%}
    {%- set words = [
        ('true', [
            'true', 't', 'yes', 'y', '1', '1.0', 'on', 'ja', 'j', 'wahr', 'oui', 'o', 'vrai', 'si', 'sí', 's', 'verdadero',
            'waar', 'sì', 'sim', 'tak', 'ano', 'да', 'evet', 'active', 'aktiv', 'enabled', '✓', '✔', '☑'
        ]),
        ('false', [
            'false', 'f', 'no', 'n', '0', '0.0', 'off', 'nein', 'falsch', 'non', 'faux', 'falso', 'nee', 'onwaar', 'inactive',
            'inaktiv', 'não', 'nie', 'nej', 'nei', 'нет', 'hayır', 'disabled', '✗', '✘', '☐'
        ]),
    ] -%}
    case lower(btrim({{ column }}))
        {% for value, spellings in words -%}
        {% for word in spellings -%}
        when '{{ word }}' then {{ value }}
        {% endfor -%}
        {% endfor -%}
        else
            case
                when {{ column }} ~ '[^ -~]'
                    then
                        case lower(normalize({{ plain_value(column) }}, nfkc))
                            {% for value, spellings in words -%}
                            {% for word in spellings -%}
                            when '{{ word }}' then {{ value }}
                            {% endfor -%}
                            {% endfor -%}
                        end
            end
    end
{%- endmacro %}


{#
    How money is called in front of an amount or behind it, as a regular expression. Codes that are words, or that
    name other things beside a number (ALL, TOP, TRY, CUP, Ft), are none of them.
#}
{% macro currency_marks() -%}
    {{ [
        'EUR|Euros?|GBP|CHF|USD|SFr\\.?|Fr\\.|US\\$|\\$US|£GB|€|£|\\$',
        'AED|ARS|AUD|BGN|BRL|CAD|CLP|CNY|COP|CZK|DKK|EGP|HKD|HUF|IDR|ILS|INR|ISK|JPY|KES|KRW|KZT|MXN|MYR|NGN',
        'NOK|NZD|PEN|PHP|PKR|PLN|RMB|RON|RSD|RUB|SAR|SEK|SGD|THB|TWD|UAH|VND|ZAR',
        '(?:R|A|C|S|CA|AU|NZ|HK|NT|MX)\\$|kr\\.?|zł|Kč|лв\\.?|грн\\.?|руб\\.?|Rs\\.?|lei',
        '[¥￥元円원₹₨₩₽₴₺₪฿₫₱₦₸]',
    ] | join('|') }}
{%- endmacro %}


{#
    An amount in any of the styles 1234.50, 1,234.50, 1.234,50, 1'234.50, 1 234,50, with a currency's code or
    sign before or behind, or its sign before and its code behind (`$12.50 USD`); below nought as -12.50, 12.50-
    or, as accountants write, (12.50); `12.-` is twelve, `1,23,456` a lakh and more, as India groups digits. Two
    currencies that differ are none.
    The last separator is the decimal one when one, two, or more than three digits follow it; a separator that
    repeats, or that one to three digits stand before and three behind, groups thousands. Where a source says
    which sign is its decimal one, name it: then `1.234` is what that source means.
#}
{% macro to_money(column, decimal='auto') -%}
    {{ adapter.dispatch('to_money', 'assay')(column, decimal) }}
{%- endmacro %}

{% macro postgres__to_money(column, decimal='auto') -%}
    case
        when {{ column }} ~ '^-?[0-9]{1,12}{% if decimal != 'comma' %}(\.[0-9]{1,2})?{% endif %}$' then ({{ column }})::numeric
        else {{ money_as_written(column, decimal) }}
    end
{%- endmacro %}


{# A step of `to_money`, for what is not plain. Each subquery ends in `limit 1`: worked out once, not for each place that reads it. #}
{% macro money_as_written(column, decimal) -%}
    {{ adapter.dispatch('money_as_written', 'assay')(column, decimal) }}
{%- endmacro %}

{% macro postgres__money_as_written(column, decimal) -%}
    (
        select
            case
                {% if decimal == 'auto' -%}
                when signed.body ~ '^([0-9]{1,12}([.,]([0-9]{1,2}|[0-9]{4,20}))?|[1-9][0-9]{3,11}[.,][0-9]{3}|0?[.,][0-9]{1,20})$'
                    then signed.factor * replace(signed.body, ',', '.')::numeric
                when signed.body ~ '^[1-9][0-9]{0,2}(,[0-9]{3}){1,3}(\.[0-9]{1,20})?$'
                    then signed.factor * replace(signed.body, ',', '')::numeric
                when signed.body ~ '^[1-9][0-9]?(,[0-9]{2}){1,4},[0-9]{3}(\.[0-9]{1,20})?$'
                    then signed.factor * replace(signed.body, ',', '')::numeric
                when signed.body ~ '^[1-9][0-9]{0,2}(\.[0-9]{3}){1,3}(,[0-9]{1,20})?$'
                    then signed.factor * replace(replace(signed.body, '.', ''), ',', '.')::numeric
                when signed.body ~ '^[1-9][0-9]{0,2}(''[0-9]{3}){1,3}([.,][0-9]{1,2})?$'
                    then signed.factor * replace(replace(signed.body, '''', ''), ',', '.')::numeric
                {%- else -%}
                {%- set point, group = ('\\.', ',') if decimal == 'point' else (',', '\\.') -%}
                when
                    signed.body ~ '^([0-9]{1,12}|[1-9][0-9]{0,2}({{ group }}[0-9]{3}){1,3}|[1-9][0-9]{0,2}(''[0-9]{3}){1,3}
                    {%- if decimal == 'point' %}|[1-9][0-9]?(,[0-9]{2}){1,4},[0-9]{3}{% endif %})({{ point }}[0-9]{1,20})?$'
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
                    -- Without one currency, without the spaces that group thousands, without `,-` for no cents.
                    regexp_replace(
                        regexp_replace(
                            regexp_replace(
                                regexp_replace(
                                    written.body,
                                    '^([-+(]?) *({{ currency_marks() }}) *| *({{ currency_marks() }})(\)?)$', '\1\4', 'i'
                                ),
                                '^([-+]) +| +(-)$', '\1\2', 'g'
                            ),
                            '([0-9]) (?=[0-9])', '\1''', 'g'
                        ),
                        '[.,]-{1,2}$', ''
                    ) as body
                from (
                    select
                        case
                            when value.plain ~* '^[^a-z]*(€[^a-z]*EUR|£[^a-z]*GBP|\$[^a-z]*USD|[¥￥][^a-z]*(JPY|CNY)|₹[^a-z]*INR)$'
                                then rtrim(left(value.plain, -3), ' ')
                            else value.plain
                        end as body
                    from (
                        select replace({{ plain_value(column) }}, '`', '''') as plain
                        limit 1
                    ) as value
                    limit 1
                ) as written
                limit 1
            ) as stripped
            limit 1
        ) as signed
    )
{%- endmacro %}


{# A share: `12.5 %` and `12,5%` are 0.125; without the sign the number is the share itself. #}
{% macro to_share(column) -%}
    {{ adapter.dispatch('to_share', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_share(column) -%}
    case
        when {{ plain_value(column) }} ~ '^[+-]?[0-9]{1,9}([.,][0-9]{1,8})? ?%$'
            then replace(rtrim({{ plain_value(column) }}, ' %'), ',', '.')::numeric / 100
        else {{ to_number(column) }}
    end
{%- endmacro %}


{# The currency that stands beside an amount, by its ISO 4217 code; NULL when none does. #}
{% macro currency_of_amount(column) -%}
    {{ currency_code(
        "coalesce("
        ~ "substring(" ~ column ~ ", '(?i)^[-+( ]*(" ~ currency_marks() ~ ")[-+( 0-9]'), "
        ~ "substring(" ~ column ~ ", '(?i)[-)., 0-9](" ~ currency_marks() ~ ")[) ]*$'))"
    ) }}
{%- endmacro %}
