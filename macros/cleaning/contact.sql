{#
    E-mail, telephone, postcode, country, currency. No macro here raises on any text; NULL in, NULL out.
    What differs by country stands in the seeds, which a query reads once.
#}

{#
    An address in lower case without what stands around it: white space, `mailto:`, a name before angle brackets, a comma
    or full stop behind. White space inside stays, unless it is beside the @: two words are no address.
#}
{% macro clean_email(column, nulls=none) -%}
    {{ adapter.dispatch('clean_email', 'assay')(column, nulls) }}
{%- endmacro %}

{% macro postgres__clean_email(column, nulls=none) -%}
    case
        when {{ column }} ~ '^[a-z0-9._%+''-]+@[a-z0-9.-]*[a-z0-9]$' then {{ column }}
        else
            {{ null_if_token(
                "lower(regexp_replace(regexp_replace(regexp_replace(" ~ tidied(column, 'nfkc', joiners=true)
                ~ ", '^[^<>]*<([^<>]*)>?$|^([^<>]*)>$', '\\1\\2'), '^ *(mailto:)? *([^?]*)(\\?.*)?$', '\\2', 'i'), ' *(@) *|[ .,;]+$', '\\1', 'g'))",
                nulls
            ) }}
    end
{%- endmacro %}


{#
    Whether a cleaned text can be an e-mail address: a dot-atom of ASCII before the @, at most 64 characters,
    and behind it a name of at least two labels of at most 63, the last one of letters or in Punycode.
#}
{% macro is_email(column) -%}
    {{ adapter.dispatch('is_email', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__is_email(column) -%}
    coalesce(
        {{ column }} ~ '^[a-z0-9_%+''-]+(\.[a-z0-9_%+''-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,24}|xn--[a-z0-9-]{2,57}[a-z0-9])$'
        and length({{ column }}) <= 254
        and strpos({{ column }}, '@') <= 65,
        false
    )
{%- endmacro %}


{# What a seed holds for a key: the whole seed is one JSON object, made once a query. #}
{% macro listed_value(seed, key, value, column) -%}
    {{ adapter.dispatch('listed_value', 'assay')(seed, key, value, column) }}
{%- endmacro %}

{% macro postgres__listed_value(seed, key, value, column) -%}
    ((select jsonb_object_agg(listed.{{ key }}, listed.{{ value }}) from {{ ref(seed) }} as listed) ->> ({{ column }}))
{%- endmacro %}


{# The country that a text names, in any of the spellings of the seed, points and what stands in brackets behind left out. #}
{% macro country_code(column) -%}
    {{ adapter.dispatch('country_code', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__country_code(column) -%}
    {{ listed_value(
        'country_spellings', 'spelling', 'country_code',
        "case when " ~ column ~ " ~ '^[A-Za-z]+$' then lower(" ~ column ~ ")"
        ~ " else lower(btrim(regexp_replace(replace(normalize(" ~ plain_value(column) ~ ", nfc), '.', ''), ' *[(].*$', ''))) end"
    ) }}
{%- endmacro %}


{% macro currency_code(column) -%}
    {{ listed_value(
        'currency_spellings', 'spelling', 'currency',
        "case when " ~ column ~ " ~ '^[A-Za-z]+$' then lower(" ~ column ~ ") else lower(" ~ plain_value(column) ~ ") end"
    ) }}
{%- endmacro %}


{#
    A telephone number in the form of E.164, +49151..., as it would be dialled from anywhere; NULL when it cannot
    be completed or is none that its country could give out. The country's dialling code, trunk prefix and pattern
    stand in the seed `country_formats`; of a country that is not there, a number written with + is taken as it is,
    if any country has its dialling code.
    A national number needs its country. An extension is left out. Each step ends in `limit 1`, so that it is worked out
    once and not again for each place that reads it.
#}
{% macro to_phone(column, country) -%}
    {{ adapter.dispatch('to_phone', 'assay')(column, country) }}
{%- endmacro %}

{% macro postgres__to_phone(column, country) -%}
    (
        select
            case
                when numbers.plan is null and numbers.dialled ~ '^\+({{ dialling_codes() }})[0-9]+$'
                    then substring(numbers.dialled, '^\+[1-9][0-9]{6,14}$')
                when numbers.rest ~ (numbers.plan ->> 'phone_pattern')
                    then '+' || (numbers.plan ->> 'dial_code') || numbers.rest
            end
        from (
            select {{ phone_as_text(column) }} as as_text
            limit 1
        ) as written
        cross join lateral (
            select
                case
                    when written.as_text ~ '^[ (]*\+?[ ()./0-9-]+$'
                        then translate(
                            case
                                when ltrim(written.as_text, ' (') ~ '^(\+|00)' then replace(written.as_text, '(0)', '')
                                else written.as_text
                            end,
                            ' ()./-', ''
                        )
                end as digits
            limit 1
        ) as compact
        cross join lateral (
            select
                case
                    when starts_with(compact.digits, '00') then '+' || substr(compact.digits, 3)
                    when starts_with(compact.digits, '011') and {{ country }} = 'US' then '+' || substr(compact.digits, 4)
                    else compact.digits
                end as dialled
            limit 1
        ) as unprefixed
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
        cross join lateral (
            select
                unprefixed.dialled,
                starts_with(unprefixed.dialled, '+') as has_plus,
                case
                    when starts_with(unprefixed.dialled, '+')
                        then coalesce(
                            plans.by_dial_code -> substr(unprefixed.dialled, 2, 1),
                            plans.by_dial_code -> substr(unprefixed.dialled, 2, 2),
                            plans.by_dial_code -> substr(unprefixed.dialled, 2, 3)
                        )
                    else plans.by_country -> {{ country }}
                end as plan
            limit 1
        ) as planned
        cross join lateral (
            select
                case
                    when planned.has_plus then substr(planned.dialled, 2 + length(planned.plan ->> 'dial_code'))
                    else planned.dialled
                end as local
            limit 1
        ) as inland
        cross join lateral (
            select
                planned.dialled,
                planned.plan,
                -- What is left without dialling code and trunk prefix; inside most countries the latter must be there.
                case
                    when planned.plan ->> 'trunk_prefix' is null then inland.local
                    when starts_with(inland.local, planned.plan ->> 'trunk_prefix')
                        then substr(inland.local, 1 + length(planned.plan ->> 'trunk_prefix'))
                    when planned.has_plus or planned.plan ->> 'trunk_prefix' <> '0' then inland.local
                end as rest
            limit 1
        ) as numbers
    )
{%- endmacro %}


{# The dialling codes that are given out (ITU-T E.164), as a regular expression; a test compares them with libphonenumber's. #}
{% macro dialling_codes() -%}
    1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]
    {#- -#}
    |21[1-368]|2[2346][0-9]|25[0-8]|29[017-9]|35[0-9]|37[0-8]|38[0-35-79]|42[013]|5[09][0-9]|67[02-9]|68[0-35-9]|69[0-2]
    {#- -#}
    |80[08]|85[02356]|87[08]|88[0-368]|96[0-8]|97[0-79]|99[2-68]
{%- endmacro %}


{# A step of `to_phone`: plain characters, without what stands before (`tel:`) or behind (an extension, `(private)`). #}
{% macro phone_as_text(column) -%}
    {{ adapter.dispatch('phone_as_text', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__phone_as_text(column) -%}
    case
        when {{ column }} ~ '^[ ()+./0-9-]*$' then {{ column }}
        else
            regexp_replace(
                regexp_replace(
                    lower({{ plain_value(column) }}),
                    '^[''= ]*((tel|telefon|telephone|phone|fon|mobil|mobile|handy|cell|home|work|t|m)(\.|:|\.:)? *)?| *\([a-z ]+\)$|[ .]+$',
                    '', 'g'
                ),
                '[ ,;]*(ext\.?|extension|x|#|app\.?|durchwahl|dw\.?|poste|toestel)[ =:]?[0-9]{1,6}$', ''
            )
    end
{%- endmacro %}


{#
    A postcode in capitals with the space where its country writes one: `sw1a1aa` is SW1A 1AA in GB. What was put before
    or behind one of digits goes: the country's letters of `D-12345`, the `.0` of a spreadsheet.
#}
{% macro clean_postcode(column, country, nulls=none) -%}
    {{ adapter.dispatch('clean_postcode', 'assay')(column, country, nulls) }}
{%- endmacro %}

{% macro postgres__clean_postcode(column, country, nulls=none) -%}
    {%- set compact -%}
        regexp_replace(
            upper({{ clean_text(column, nulls) }}), '^(D|DE|A|AT|AUT|CH|F|FR|NL|E|ES|US|USA)[ -]+(?=[0-9])|\.0$|[ ]', '', 'g'
        )
    {%- endset -%}
    case
        when {{ column }} ~ '^[0-9]{4,5}$' then {{ column }}
        when {{ country }} = 'GB'
            then regexp_replace({{ compact }}, '^([A-Z0-9]{2,4})-?([0-9][A-Z]{2})$', '\1 \2')
        when {{ country }} = 'NL' then regexp_replace({{ compact }}, '^([0-9]{4})([A-Z]{2})$', '\1 \2')
        when {{ country }} = 'US' then regexp_replace({{ compact }}, '^([0-9]{5})([0-9]{4})$', '\1-\2')
        when {{ compact }} ~ '^[0-9]+$' then {{ compact }}
        else upper({{ clean_text(column, nulls) }})
    end
{%- endmacro %}


{# Whether a cleaned postcode has its country's shape. NULL where postcode or country are, or the country is unlisted. #}
{% macro is_postcode(column, country) -%}
    {{ adapter.dispatch('is_postcode', 'assay')(column, country) }}
{%- endmacro %}

{% macro postgres__is_postcode(column, country) -%}
    {{ column }} ~ {{ listed_value('country_formats', 'country_code', 'postcode_pattern', country) }}
{%- endmacro %}
