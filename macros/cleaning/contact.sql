{#
    E-mail, telephone, postcode, country, currency. No macro here raises on any text; NULL in, NULL out.
    What differs by country stands in the seeds, which a query reads once.
#}

{% macro clean_email(column, nulls=none) -%}
    case
        when {{ column }} ~ '^[a-z0-9._%+''@-]+$' then {{ null_if_token(column, nulls) }}
        else
            {{ null_if_token(
                "lower(regexp_replace(normalize(" ~ column ~ ", nfkc), '^[" ~ white_space() ~ "<]*(mailto:)?|[" ~ white_space() ~ invisible() ~ "]|>$', '', 'gi'))",
                nulls
            ) }}
    end
{%- endmacro %}


{#
    Whether a cleaned text can be an e-mail address: a dot-atom of ASCII before the @, at most 64 characters,
    and behind it a name of at least two labels of at most 63, the last one of letters.
#}
{% macro is_email(column) -%}
    coalesce(
        {{ column }} ~ '^[a-z0-9_%+''-]+(\.[a-z0-9_%+''-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$'
        and length({{ column }}) <= 254
        and strpos({{ column }}, '@') <= 65,
        false
    )
{%- endmacro %}


{# What a seed holds for a key: the whole seed is one JSON object, made once a query. #}
{% macro listed_value(seed, key, value, column) -%}
    ((select jsonb_object_agg(listed.{{ key }}, listed.{{ value }}) from {{ ref(seed) }} as listed) ->> ({{ column }}))
{%- endmacro %}


{% macro country_code(column) -%}
    {{ listed_value(
        'country_spellings', 'spelling', 'country_code',
        "btrim(regexp_replace(lower(replace(" ~ column ~ ", '.', '')), '[[:space:]\\u00a0]+', ' ', 'g'))"
    ) }}
{%- endmacro %}


{% macro currency_code(column) -%}
    {{ listed_value('currency_spellings', 'spelling', 'currency', "lower(btrim(" ~ column ~ ", e' \\t\\u00a0'))") }}
{%- endmacro %}


{#
    A telephone number in the form of E.164, +49151..., as it would be dialled from anywhere; NULL when it cannot
    be completed or is none that its country could give out. The country's dialling code, trunk prefix and pattern
    stand in the seed `country_formats`; of a country that is not there, a number written with + is taken as it is.
    A national number needs its country. An extension is left out.
#}
{% macro to_phone(column, country) -%}
    (
        select
            case
                when numbers.dialled ~ '^\+' and numbers.foreign_plan is null
                    then substring(numbers.dialled, '^\+[1-9]\d{6,14}$')
                when numbers.dialled ~ '^\+' and numbers.foreign_rest ~ (numbers.foreign_plan ->> 'phone_pattern')
                    then '+' || (numbers.foreign_plan ->> 'dial_code') || numbers.foreign_rest
                when numbers.dialled !~ '^\+' and numbers.own_rest ~ (numbers.own_plan ->> 'phone_pattern')
                    then '+' || (numbers.own_plan ->> 'dial_code') || numbers.own_rest
            end
        from (
            select
                prefixed.dialled,
                prefixed.own_plan,
                prefixed.foreign_plan,
                regexp_replace(
                    substr(prefixed.dialled, 2 + length(prefixed.foreign_plan ->> 'dial_code')),
                    '^' || coalesce(nullif(prefixed.foreign_plan ->> 'trunk_prefix', ''), 'none'), ''
                ) as foreign_rest,
                case prefixed.own_plan ->> 'trunk_prefix'
                    when '0' then substring(prefixed.dialled, '^0(.*)$')
                    else regexp_replace(
                        prefixed.dialled,
                        '^' || coalesce(nullif(prefixed.own_plan ->> 'trunk_prefix', ''), 'none'), ''
                    )
                end as own_rest
            from (
                select
                    digits.dialled,
                    plans.by_country -> {{ country }} as own_plan,
                    case
                        when digits.dialled ~ '^\+'
                            then coalesce(
                                plans.by_dial_code -> substr(digits.dialled, 2, 1),
                                plans.by_dial_code -> substr(digits.dialled, 2, 2),
                                plans.by_dial_code -> substr(digits.dialled, 2, 3)
                            )
                    end as foreign_plan
                from (
                    select
                        case
                            when written.as_text ~ '^(tel:)?[ (]*\+?[ ()./\d-]+$'
                                then regexp_replace(
                                    regexp_replace(
                                        regexp_replace(written.as_text, '^tel:|[^+\d()]', '', 'g'),
                                        '^(\(*\+.*|\(?00.*)\(0\)', '\1'
                                    ),
                                    '[()]', '', 'g'
                                )
                        end as compact
                    from (
                        select
                            regexp_replace(
                                regexp_replace(
                                    translate(lower(normalize({{ column }}, nfkc)), e'\u2010\u2011\u2012\u2013\u2014\u2212\t', '------ '),
                                    '[{{ invisible() }}]', '', 'g'
                                ),
                                '[ ,;]*(ext\.?|extension|x|durchwahl|dw\.?|poste) ?\d{1,6} *$', ''
                            ) as as_text
                    ) as written
                ) as cut
                cross join lateral (
                    select
                        case
                            when {{ country }} = 'US' then regexp_replace(cut.compact, '^(011|00)', '+')
                            else regexp_replace(cut.compact, '^00', '+')
                        end as dialled
                ) as digits
                cross join lateral (
                    select
                        (
                            select jsonb_object_agg(listed.country_code, to_jsonb(listed))
                            from {{ ref('country_formats') }} as listed
                        ) as by_country,
                        (
                            select jsonb_object_agg(listed.dial_code, to_jsonb(listed))
                            from {{ ref('country_formats') }} as listed
                        ) as by_dial_code
                ) as plans
            ) as prefixed
        ) as numbers
    )
{%- endmacro %}


{# A postcode in capitals with the space where its country writes one: `sw1a1aa` is SW1A 1AA in GB. #}
{% macro clean_postcode(column, country, nulls=none) -%}
    {%- set compact -%}
        regexp_replace(upper({{ clean_text(column, nulls) }}), '[ ]', '', 'g')
    {%- endset -%}
    case {{ country }}
        when 'GB' then regexp_replace({{ compact }}, '^([A-Z0-9]{2,4})([0-9][A-Z]{2})$', '\1 \2')
        when 'NL' then regexp_replace({{ compact }}, '^([0-9]{4})([A-Z]{2})$', '\1 \2')
        else upper({{ clean_text(column, nulls) }})
    end
{%- endmacro %}


{# Whether a cleaned postcode has its country's shape. NULL where postcode or country are, or the country is unlisted. #}
{% macro is_postcode(column, country) -%}
    {{ column }} ~ {{ listed_value('country_formats', 'country_code', 'postcode_pattern', country) }}
{%- endmacro %}
