{#
    Days with the month's name or of any century, months, times of day, durations, measures with their unit. No
    macro here raises on any text; NULL in, NULL out. Nothing guesses: what is not of a form below is NULL.
#}

{#
    The names of months and what they are cut to, in English, German, French, Spanish, Italian, Portuguese, Dutch,
    Swedish, Danish, Norwegian and Polish.
#}
{% macro month_names() -%}
    {{ return({
        '01': 'jan january januar jänner janv janvier ene enero gen gennaio janeiro januari sty stycznia styczeń',
        '02': 'feb february februar febbraio fevereiro februari lut lutego luty fév févr février fevr fevrier febrero',
        '03': 'mar march mär märz mrz maerz mars marzo março maart mrt marts marca marzec',
        '04': 'apr april avr avril abr abril aprile kwi kwietnia kwiecień',
        '05': 'may mai mayo mag maggio maio mei maj maja',
        '06': 'jun june juni juin junio giu giugno junho cze czerwca czerwiec',
        '07': 'jul july juli juil juillet julio lug luglio julho lip lipca lipiec',
        '08': 'aug august août aout ago agosto augustus augusti sie sierpnia sierpień',
        '09': 'sep sept september septembre septiembre set settembre setembro wrz września wrzesień',
        '10': 'oct october okt oktober octobre octubre ott ottobre out outubro paź października październik',
        '11': 'nov november novembre noviembre novembro lis listopada listopad',
        '12': 'dec december dez dezember déc décembre decembre dic diciembre dicembre dezembro desember des gru grudnia grudzień',
    }) }}
{%- endmacro %}


{# A month's number in two digits by its name in lower case, a step of what reads names. #}
{% macro month_number(name) -%}
    case {{ name }}
        {% for number, spellings in month_names().items() -%}
        {% for spelling in spellings.split(' ') -%}
        when '{{ spelling }}' then '{{ number }}'
        {% endfor -%}
        {% endfor -%}
    end
{%- endmacro %}


{#
    A day with its month's name: `5 Jan 2024`, `Jan 5th, 2024`, `5. Januar 2024`, `1er janvier 2024`, `5 de enero de 2024`,
    `05-JAN-2024`, `Mon, 5 Jan 2024`. The year has four digits; a time behind the day is not read.
#}
{% macro to_date_named(column) -%}
    {{ adapter.dispatch('to_date_named', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_date_named(column) -%}
    {%- set names = month_names().values() | join(' ') | replace(' ', '|') -%}
    (
        select
            case
                when pg_input_is_valid(dated.iso, 'date') then dated.iso::date
            end
        from (
            select
                concat(
                    found.parts[3], '-',
                    {{ month_number('found.parts[2]') }},
                    '-', lpad(found.parts[1], 2, '0')
                ) as iso
            from (
                select
                    regexp_match(
                        regexp_replace(
                            lower(normalize({{ plain_value(column) }}, nfc)),
                            '^({{ names }})\.? ([0-9]{1,2})(st|nd|rd|th)?,? ([0-9]{4})$', '\2 \1 \4'
                        ),
                        '^(?:[[:alpha:]]{2,12}, )?([0-9]{1,2})(?:st|nd|rd|th|er|\.|º)?(?: of| de)?[ -]({{ names }})\.?(?: de)?[ -]((?:19|20)[0-9]{2})$'
                    ) as parts
                limit 1
            ) as found
            limit 1
        ) as dated
    )
{%- endmacro %}


{# A day with the year first, as `to_date`, of any century since 1000: births, battles, buildings. A time behind it is left out. #}
{% macro to_date_historic(column) -%}
    {{ adapter.dispatch('to_date_historic', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_date_historic(column) -%}
    {%- set iso -%}
        regexp_replace({{ plain_value(column) }}, '^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2}).*$', '\1-\2-\3')
    {%- endset -%}
    case
        when
            {{ plain_value(column) }} ~ '^[12][0-9]{3}([-/.])[0-9]{1,2}\1[0-9]{1,2}([T ]([01][0-9]|2[0-3]):[0-5][0-9].*)?$'
            and pg_input_is_valid({{ iso }}, 'date')
            then ({{ iso }})::date
    end
{%- endmacro %}


{#
    The first day of a month or a quarter that has no day: `2024-01`, `2024/1`, `2024-M01`, `Jan 2024`, `2024-Jan`,
    `März 2024`, `Q1 2024`, `2024-Q1`. The year has four digits: `Jan-24` may be a day of any year.
#}
{% macro to_month(column) -%}
    {{ adapter.dispatch('to_month', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_month(column) -%}
    {%- set names = month_names().values() | join(' ') | replace(' ', '|') -%}
    case
        when {{ plain_value(column) }} ~ '^(19|20)[0-9]{2}[-/.]?M?(0?[1-9]|1[0-2])$' and {{ plain_value(column) }} ~ '[^0-9]'
            then regexp_replace({{ plain_value(column) }}, '^([0-9]{4})[-/.]?M?([0-9]{1,2})$', '\1-\2-01')::date
        when {{ plain_value(column) }} ~* '^((19|20)[0-9]{2}[-/ ]?Q[1-4]|Q[1-4][-/ ]?(19|20)[0-9]{2})$'
            then
                make_date(
                    substring({{ plain_value(column) }}, '[0-9]{4}')::integer,
                    substring({{ plain_value(column) }}, '(?i)Q([1-4])')::integer * 3 - 2,
                    1
                )
        when {{ plain_value(column) }} ~ '(19|20)[0-9]{2}'
            then
                (
                    select concat(found.parts[2], '-', {{ month_number('found.parts[1]') }}, '-01')::date
                    from (
                        select
                            regexp_match(
                                regexp_replace(
                                    lower(normalize({{ plain_value(column) }}, nfc)),
                                    '^((?:19|20)[0-9]{2})[-/ ]({{ names }})\.?$', '\2 \1'
                                ),
                                '^({{ names }})\.?(?: de)?[-/ ]((?:19|20)[0-9]{2})$'
                            ) as parts
                        limit 1
                    ) as found
                    where found.parts is not null
                    limit 1
                )
    end
{%- endmacro %}


{# A time of day: `10:15`, `10:15:30.5`, `10h15`, `10.15 Uhr`, `3:05 pm`. 24:00 is no time of any day. #}
{% macro to_time_of_day(column) -%}
    {{ adapter.dispatch('to_time_of_day', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_time_of_day(column) -%}
    {%- set clock -%}
        regexp_replace(regexp_replace(lower({{ plain_value(column) }}), '^([0-9]{1,2})[h.]([0-9]{2})( uhr)?$', '\1:\2'), ' uhr$', '')
    {%- endset -%}
    case
        when
            lower({{ plain_value(column) }})
            ~ '^(([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?( uhr)?|([01]?[0-9]|2[0-3])(h[0-5][0-9]|[.][0-5][0-9] uhr)|(0?[1-9]|1[0-2]):[0-5][0-9](:[0-5][0-9])? ?[ap]m)$'
            then ({{ clock }})::time
    end
{%- endmacro %}


{#
    A duration as an interval: ISO 8601 (`PT1H30M`, `P2DT4H`, `P3W`), hours, minutes and seconds between colons
    (`1:30:00`), or numbers with their units (`1 h 30 min`, `1h30m`, `90 Minuten`, `2 days`, `1,5 h`, `250 ms`). A number by
    itself is none: its unit is not said. Nor are months and years, which have no one length, and `5 m`, which may be metres.
#}
{% macro to_duration(column) -%}
    {{ adapter.dispatch('to_duration', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_duration(column) -%}
    {%- set units = [
        ('milliseconds', 'ms|msec|milliseconds?|millisekunden?'),
        ('seconds', 's|sec|secs|seconds?|sek|sekunden?|secondes?|segundos?'),
        ('minutes', 'min|mins|minutes?|minuten?|minutos?'),
        ('hours', 'h|hr|hrs|hours?|std|stunden?|heures?|horas?'),
        ('days', 'd|days?|tage?|jours?|días?|dias?'),
        ('weeks', 'w|weeks?|wochen?|semaines?|semanas?'),
    ] -%}
    {%- set number = '[0-9]{1,6}([.,][0-9]{1,6})?' -%}
    {%- set any_unit = units | map(attribute=1) | join('|') -%}
    {# Behind hours or before seconds an `m` is minutes. #}
    {%- set plain = "regexp_replace(regexp_replace(lower(" ~ plain_value(column) ~ "), '(h[a-z]*\\.? *[0-9]{1,3}) *m\\M', '\\1 min'), '([0-9]) *m *([0-9]{1,2} *s)', '\\1 min \\2')" -%}
    {%- set spelt = namespace(sql="regexp_replace(" ~ plain ~ ", '([0-9]),([0-9])', '\\1.\\2', 'g')") -%}
    {%- for unit, spellings in units -%}
        {%- set spelt.sql = "regexp_replace(" ~ spelt.sql ~ ", '([0-9]) *(" ~ spellings ~ ")\\M\\.?', '\\1 " ~ unit ~ "', 'g')" -%}
    {%- endfor -%}
    case
        when
            {{ plain_value(column) }}
            ~ '^P(?=[0-9T])([0-9]{1,6}W|([0-9]{1,6}D)?(T(?=[0-9])([0-9]{1,6}H)?([0-9]{1,6}M)?([0-9]{1,6}([.][0-9]{1,6})?S)?)?)$'
            then {{ plain_value(column) }}::interval
        when {{ plain_value(column) }} ~ '^[0-9]{1,5}:[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?$'
            then {{ plain_value(column) }}::interval
        when {{ plain }} ~ '^{{ number }} *({{ any_unit }})\.?( *{{ number }} *({{ any_unit }})\.?){0,3}$'
            then
                case
                    when pg_input_is_valid({{ spelt.sql }}, 'interval') then ({{ spelt.sql }})::interval
                end
    end
{%- endmacro %}


{#
    A number that its unit stands behind or not: `12 kg`, `1.234,5kg`. `units` are the spellings of the one unit that the
    column is in, in lower case, as regular expressions; with another unit it is NULL, since nothing converts.
    `decimal` as of to_money.
#}
{% macro to_measure(column, units, decimal='auto') -%}
    {{ adapter.dispatch('to_measure', 'assay')(column, units, decimal) }}
{%- endmacro %}

{% macro postgres__to_measure(column, units, decimal='auto') -%}
    case
        when lower({{ plain_value(column) }}) ~ '^[+-]?[0-9.,'' ]*[0-9] ?({{ units | join('|') }})?$'
            then {{ to_money("regexp_replace(lower(" ~ plain_value(column) ~ "), ' ?(" ~ units | join('|') ~ ")$', '')", decimal) }}
    end
{%- endmacro %}
