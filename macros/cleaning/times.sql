{#
    Dates and times. `pg_input_is_valid` alone takes `today`, `infinity` or `allballs`, so that a
    pattern always stands before it. No macro here raises on any text; NULL in, NULL out.
    Nothing guesses: an order of day and month is declared by the macro that reads it, dmy or mdy (what begins with
    the year has one order only), and a year of two digits has no century.
    A time that names no zone is in the zone declared, else in UTC. Years outside 1900 to 2099 are no business dates.
    Digits are spelt [0-9]: in some collations \d has those of all scripts.
#}

{#
    A day written with the year first: 2025-03-30, 2025/3/30, 2025.03.30, 20250330, 2025年3月30日; a time behind it is left out.
    What is plain ISO, as most is, never meets the second branch.
#}
{% macro to_date(column) -%}
    {{ adapter.dispatch('to_date', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_date(column) -%}
    {%- set time_of_day = '([T ]([01][0-9]|2[0-3]):[0-5][0-9].*)?' -%}
    {%- set iso -%}
        regexp_replace({{ plain_value(column) }}, '^([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2}).*$', '\1-\2-\3')
    {%- endset -%}
    case
        when btrim({{ column }}) ~ '^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}{{ time_of_day }}$'
            then
                case
                    when pg_input_is_valid(left(btrim({{ column }}), 10), 'date') then left(btrim({{ column }}), 10)::date
                end
        when
            {{ plain_value(column) }}
            ~ '^(19|20)[0-9]{2}(([-/.])[0-9]{1,2}\3[0-9]{1,2}|[0-9]{4}|年[0-9]{1,2}月[0-9]{1,2}日){{ time_of_day }}$'
            and pg_input_is_valid({{ iso }}, 'date')
            then ({{ iso }})::date
    end
{%- endmacro %}


{# `century`, such as '20': a source writes years with two digits, and these are of it; by default such a date is none. #}
{% macro to_date_dmy(column, century=none) -%}
    {{ date_in_order(column, '\\3-\\2-\\1', century) }}
{%- endmacro %}


{% macro to_date_mdy(column, century=none) -%}
    {{ date_in_order(column, '\\3-\\1-\\2', century) }}
{%- endmacro %}


{# A step of the two above: the parts put into the order of ISO, then read. A time behind the day is left out. #}
{% macro date_in_order(column, iso_order, century=none) -%}
    {{ adapter.dispatch('date_in_order', 'assay')(column, iso_order, century) }}
{%- endmacro %}

{% macro postgres__date_in_order(column, iso_order, century=none) -%}
    {%- set written = with_century(column, century) -%}
    {%- set iso -%}
        regexp_replace(
            {{ written }}, '^([0-9]{1,2})[./-] ?([0-9]{1,2})[./-] ?([0-9]{4}).*$', '{{ iso_order }}'
        )
    {%- endset -%}
    case
        when
            {{ written }}
            ~* '^[0-9]{1,2}([./-] ?)[0-9]{1,2}\1(19|20)[0-9]{2}(,? ([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?( ?[ap]m)?)?$'
            and pg_input_is_valid({{ iso }}, 'date')
            then ({{ iso }})::date
    end
{%- endmacro %}


{# The day that a spreadsheet keeps as a number: 1 is 1900-01-01 there, and 60 a day that never was. #}
{# A step: a date's year of two digits with its century before it; the value as it is where none is given. #}
{% macro with_century(column, century) -%}
    {{ adapter.dispatch('with_century', 'assay')(column, century) }}
{%- endmacro %}

{% macro postgres__with_century(column, century) -%}
    {%- if not century -%}
        {{ plain_value(column) }}
    {%- else -%}
        regexp_replace(
            {{ plain_value(column) }},
            '^([0-9]{1,2}([./-] ?)[0-9]{1,2}\2)([0-9]{2})($|[^0-9])', '\1{{ century }}\3\4'
        )
    {%- endif -%}
{%- endmacro %}


{% macro to_date_excel(column) -%}
    {{ adapter.dispatch('to_date_excel', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_date_excel(column) -%}
    case
        when btrim({{ column }}) ~ '^[0-9]{2,5}(\.[0-9]{1,12})?$' and trunc(btrim({{ column }})::numeric) between 61 and 73050
            then date '1899-12-30' + trunc(btrim({{ column }})::numeric)::integer
    end
{%- endmacro %}


{#
    A time as ISO 8601 has it, and as programs write it: a blank for the T, a comma before the share of a second,
    slashes or points in the date, no marks at all (`20240105T101112Z`), 24:00 for the end of a day, [Europe/Berlin] behind the offset.
    A zone may stand behind the time as Z, as an offset, by an abbreviation, or by its name, Europe/Berlin.
    What is plain ISO, as most is, never meets the later branches.
#}
{% macro to_timestamp_iso(column, zone='UTC') -%}
    {{ adapter.dispatch('to_timestamp_iso', 'assay')(column, zone) }}
{%- endmacro %}

{% macro postgres__to_timestamp_iso(column, zone='UTC') -%}
    {%- set clock = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?' -%}
    {%- set zones = '(Z| ?[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?| (UTC|GMT|BST|[CEW]ES?T|[CEMP][SD]T|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_]+){1,2}))' -%}
    {%- set respelt -%}
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace({{ plain_value(column) }}, '([0-9Z])\[[A-Za-z/_]+\]$', '\1', 'i'),
                    '^([0-9]{4})([0-9]{2})([0-9]{2})T?([0-9]{2})([0-9]{2})([0-9]{2})', '\1-\2-\3 \4:\5:\6', 'i'
                ),
                '^([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})( +|T|$)', '\1-\3-\4 ', 'i'
            ),
            '(:[0-9]{2}),([0-9])', '\1.\2'
        )
    {%- endset -%}
    case
        when btrim({{ column }}) ~ '^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}[T ]{{ clock }}{{ zones }}$'
            then
                case
                    when pg_input_is_valid(btrim({{ column }}), 'timestamptz') then btrim({{ column }})::timestamptz
                end
        when btrim({{ column }}) ~ '^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}([T ]{{ clock }})?$'
            then
                case
                    when pg_input_is_valid(btrim({{ column }}), 'timestamp')
                        then btrim({{ column }})::timestamp at time zone '{{ zone }}'
                end
        when {{ respelt }} ~* '^(19|20)[0-9]{2}-[0-9]{1,2}-[0-9]{1,2} ({{ clock }}|24:00(:00(\.0+)?)?){{ zones }}$'
            then
                case
                    when pg_input_is_valid({{ respelt }}, 'timestamptz') then ({{ respelt }})::timestamptz
                end
        when {{ respelt }} ~ '^(19|20)[0-9]{2}-[0-9]{1,2}-[0-9]{1,2} ({{ clock }}|24:00(:00(\.0+)?)?)?$'
            then
                case
                    when pg_input_is_valid({{ respelt }}, 'timestamp')
                        then ({{ respelt }})::timestamp at time zone '{{ zone }}'
                end
    end
{%- endmacro %}


{% macro to_timestamp_dmy(column, zone='UTC', century=none) -%}
    {{ timestamp_in_order(column, '\\3-\\2-\\1 \\4', zone, century) }}
{%- endmacro %}


{% macro to_timestamp_mdy(column, zone='UTC', century=none) -%}
    {{ timestamp_in_order(column, '\\3-\\1-\\2 \\4', zone, century) }}
{%- endmacro %}


{# A step of the two above. Twelve-hour clocks say am or pm; `Uhr` behind the time is left out. #}
{% macro timestamp_in_order(column, iso_order, zone, century=none) -%}
    {{ adapter.dispatch('timestamp_in_order', 'assay')(column, iso_order, zone, century) }}
{%- endmacro %}

{% macro postgres__timestamp_in_order(column, iso_order, zone, century=none) -%}
    {%- set written = with_century(column, century) -%}
    {%- set iso -%}
        regexp_replace(
            regexp_replace({{ written }}, ' Uhr$', ''),
            '^([0-9]{1,2})[./-] ?([0-9]{1,2})[./-] ?([0-9]{4}),? (.*)$', '{{ iso_order }}'
        )
    {%- endset -%}
    case
        when
            {{ written }}
            ~* '^[0-9]{1,2}([./-] ?)[0-9]{1,2}\1(19|20)[0-9]{2},? (([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?( Uhr)?|(0?[1-9]|1[0-2]):[0-5][0-9](:[0-5][0-9])? ?[ap]m)$'
            and pg_input_is_valid({{ iso }}, 'timestamp')
            then ({{ iso }})::timestamp at time zone '{{ zone }}'
    end
{%- endmacro %}


{% macro to_timestamp_epoch(column) -%}
    {{ adapter.dispatch('to_timestamp_epoch', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_timestamp_epoch(column) -%}
    case
        when btrim({{ column }}) ~ '^[1-9][0-9]{8,9}(\.[0-9]{1,6})?$'
            then to_timestamp(btrim({{ column }})::numeric)
    end
{%- endmacro %}


{% macro to_timestamp_epoch_millis(column) -%}
    {{ adapter.dispatch('to_timestamp_epoch_millis', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_timestamp_epoch_millis(column) -%}
    case
        when btrim({{ column }}) ~ '^([1-9][0-9]{11}|[12][0-9]{12})(\.0*)?$'
            then to_timestamp(btrim({{ column }})::numeric / 1000)
    end
{%- endmacro %}


{#
    A time since 1970 in a unit that its digits tell: of times since March 1973, seconds have nine or ten, milliseconds
    twelve or thirteen, microseconds fifteen or sixteen, nanoseconds eighteen or nineteen.
#}
{% macro to_timestamp_epoch_any(column) -%}
    {{ adapter.dispatch('to_timestamp_epoch_any', 'assay')(column) }}
{%- endmacro %}

{% macro postgres__to_timestamp_epoch_any(column) -%}
    {%- set digits = "split_part(" ~ plain_value(column) ~ ", '.', 1)" -%}
    case
        when {{ plain_value(column) }} ~ '^([1-9][0-9]{8}|[1-3][0-9]{9})([0-9]{3}){0,3}(\.[0-9]{0,9})?$'
            then
                -- Seconds and microseconds apart: in one floating point number the last digits would be lost.
                to_timestamp(left({{ digits }}, length({{ digits }}) - (length({{ digits }}) - 9) / 3 * 3)::bigint)
                + left(
                    rpad(
                        right({{ digits }}, (length({{ digits }}) - 9) / 3 * 3)
                        || split_part({{ plain_value(column) }}, '.', 2),
                        6, '0'
                    ),
                    6
                )::integer * interval '1 microsecond'
    end
{%- endmacro %}


{# The time that a spreadsheet keeps as a number: days, and the share of the day behind the point; to the second. #}
{% macro to_timestamp_excel(column, zone='UTC') -%}
    {{ adapter.dispatch('to_timestamp_excel', 'assay')(column, zone) }}
{%- endmacro %}

{% macro postgres__to_timestamp_excel(column, zone='UTC') -%}
    case
        when btrim({{ column }}) ~ '^[0-9]{2,5}(\.[0-9]{1,12})?$' and trunc(btrim({{ column }})::numeric) between 61 and 73050
            then
                (timestamp '1899-12-30' + round(btrim({{ column }})::numeric * 86400) * interval '1 second')
                at time zone '{{ zone }}'
    end
{%- endmacro %}
