{# E-mail, telephone, country, currency. No macro here raises on any text; NULL in, NULL out. #}

{% macro clean_email(column) -%}
    nullif(lower(regexp_replace({{ column }}, '^\s*mailto:|[\s\u00a0\u200b]', '', 'gi')), '')
{%- endmacro %}


{% macro is_email(column) -%}
    coalesce(
        {{ column }} ~ '^[a-z0-9_%+''-]+(\.[a-z0-9_%+''-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}$',
        false
    )
{%- endmacro %}


{# The digits with the leading + if there was one (00 is read as +), or NULL when they cannot be
   dialled: too few, too many, or neither international, nor with a leading 0, nor of the length that
   numbers without one have in Spain and the United States. #}
{% macro clean_phone(column) -%}
    {%- set dialled -%}
        regexp_replace(regexp_replace({{ column }}, '\(0\)|[\s\u00a0()./-]', '', 'g'), '^00', '+')
    {%- endset -%}
    case
        when {{ dialled }} ~ '^(\+[1-9]\d{6,14}|0[1-9]\d{5,12}|[2-9]\d{8,9})$'
            then {{ dialled }}
    end
{%- endmacro %}


{# What a country is called in the sources, by ISO 3166 code. Lower case, without dots. #}
{% macro country_names() -%}
    {{ return({
        'DE': ['de', 'deu', 'ger', 'd', 'deutschland', 'germany', 'allemagne', 'alemania', 'brd'],
        'AT': ['at', 'aut', 'a', 'österreich', 'oesterreich', 'austria', 'autriche'],
        'CH': ['ch', 'che', 'schweiz', 'switzerland', 'suisse', 'svizzera', 'suiza'],
        'FR': ['fr', 'fra', 'f', 'france', 'frankreich', 'francia'],
        'GB': ['gb', 'gbr', 'uk', 'united kingdom', 'great britain', 'england', 'großbritannien',
               'grossbritannien', 'vereinigtes königreich', 'royaume-uni'],
        'NL': ['nl', 'nld', 'netherlands', 'the netherlands', 'holland', 'niederlande', 'nederland', 'pays-bas'],
        'ES': ['es', 'esp', 'spain', 'españa', 'espana', 'spanien', 'espagne'],
        'US': ['us', 'usa', 'united states', 'united states of america', 'vereinigte staaten', 'états-unis'],
    }) }}
{%- endmacro %}


{% macro country_code(column) -%}
    case btrim(replace(lower({{ column }}), '.', ''))
        {% for code, names in country_names().items() -%}
        {% for name in names -%}
        when '{{ name }}' then '{{ code }}'
        {% endfor -%}
        {% endfor -%}
    end
{%- endmacro %}


{% macro currency_code(column) -%}
    case upper(btrim({{ column }}))
        {% for code, spellings in {
            'EUR': ['EUR', 'EURO', '€'], 'GBP': ['GBP', '£'], 'CHF': ['CHF', 'SFR'], 'USD': ['USD', '$', 'US$'],
        }.items() -%}
        {% for spelling in spellings -%}
        when '{{ spelling }}' then '{{ code }}'
        {% endfor -%}
        {% endfor -%}
    end
{%- endmacro %}
