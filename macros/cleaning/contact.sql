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
    A national number needs its country. An extension is left out. Each step ends in `limit 1`, so that it is worked out
    once and not again for each place that reads it.
#}
{% macro to_phone(column, country) -%}
    (
        select
            case
                when numbers.has_plus and numbers.plan is null
                    then substring(numbers.dialled, '^\+[1-9]\d{6,14}$')
                when numbers.rest ~ (numbers.plan ->> 'phone_pattern')
                    then '+' || (numbers.plan ->> 'dial_code') || numbers.rest
            end
        from (
            select
                planned.dialled,
                planned.has_plus,
                planned.plan,
                -- What is left without dialling code and trunk prefix; inside most countries the latter must be there.
                case
                    when planned.local is null or planned.plan ->> 'trunk_prefix' is null then planned.local
                    when starts_with(planned.local, planned.plan ->> 'trunk_prefix')
                        then substr(planned.local, 1 + length(planned.plan ->> 'trunk_prefix'))
                    when planned.has_plus or planned.plan ->> 'trunk_prefix' <> '0' then planned.local
                end as rest
            from (
                select
                    found.dialled,
                    found.has_plus,
                    found.plan,
                    case
                        when found.has_plus then substr(found.dialled, 2 + length(found.plan ->> 'dial_code'))
                        else found.dialled
                    end as local
                from (
                    select
                        digits.dialled,
                        digits.has_plus,
                        case
                            when digits.has_plus
                                then coalesce(
                                    plans.by_dial_code -> substr(digits.dialled, 2, 1),
                                    plans.by_dial_code -> substr(digits.dialled, 2, 2),
                                    plans.by_dial_code -> substr(digits.dialled, 2, 3)
                                )
                            else plans.by_country -> {{ country }}
                        end as plan
                    from (
                        select
                            starts_with(unprefixed.dialled, '+') as has_plus,
                            unprefixed.dialled
                        from (
                            select
                                case
                                    when starts_with(compact.dialled, '00') then '+' || substr(compact.dialled, 3)
                                    when starts_with(compact.dialled, '011') and {{ country }} = 'US'
                                        then '+' || substr(compact.dialled, 4)
                                    else compact.dialled
                                end as dialled
                            from (
                                select
                                    case
                                        when written.as_text ~ '^[ (]*\+?[ ()./\d-]+$'
                                            then translate(
                                                case
                                                    when ltrim(written.as_text, ' (') ~ '^(\+|00)'
                                                        then replace(written.as_text, '(0)', '')
                                                    else written.as_text
                                                end,
                                                ' ()./-', ''
                                            )
                                    end as dialled
                                from (
                                    select {{ phone_as_text(column) }} as as_text
                                    limit 1
                                ) as written
                                limit 1
                            ) as compact
                            limit 1
                        ) as unprefixed
                        limit 1
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
                    limit 1
                ) as found
                limit 1
            ) as planned
            limit 1
        ) as numbers
    )
{%- endmacro %}


{# A step of `to_phone`: plain characters and hyphens, without `tel:` and without an extension. #}
{% macro phone_as_text(column) -%}
    case
        when {{ column }} ~ '^[ ()+./\d-]*$' then {{ column }}
        else
            regexp_replace(
                translate(
                    lower(normalize({{ column }}, nfkc)),
                    e'\u2010\u2011\u2012\u2013\u2014\u2212\t\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\ufeff',
                    '------ '
                ),
                '^ *tel: *|[ ,;]*(ext\.?|extension|x|durchwahl|dw\.?|poste) ?\d{1,6} *$', '', 'g'
            )
    end
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
