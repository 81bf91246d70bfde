{#
    Dates and times. `pg_input_is_valid` alone takes `today`, `infinity` or `allballs`, so that a
    pattern always stands before it. No macro here raises on any text; NULL in, NULL out.
    Nothing guesses an order: a source's is declared by the macro that reads it, iso, dmy or mdy.
    A time that names no zone is in the zone declared, else in UTC. Years outside 1900 to 2099 are no business dates.
#}

{% macro to_date(column) -%}
    case
        when
            btrim({{ column }}) ~ '^(19|20)\d{2}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$'
            and pg_input_is_valid(left(btrim({{ column }}), 10), 'date')
            then left(btrim({{ column }}), 10)::date
    end
{%- endmacro %}


{% macro to_date_dmy(column) -%}
    {{ date_in_order(column, '\\3-\\2-\\1') }}
{%- endmacro %}


{% macro to_date_mdy(column) -%}
    {{ date_in_order(column, '\\3-\\1-\\2') }}
{%- endmacro %}


{# A step of the two above: the parts put into the order of ISO, then read. #}
{% macro date_in_order(column, iso_order) -%}
    {%- set iso -%}
        regexp_replace(btrim({{ column }}), '^(\d{1,2})[./-](\d{1,2})[./-](\d{4})$', '{{ iso_order }}')
    {%- endset -%}
    case
        when
            btrim({{ column }}) ~ '^\d{1,2}([./-])\d{1,2}\1(19|20)\d{2}$'
            and pg_input_is_valid({{ iso }}, 'date')
            then ({{ iso }})::date
    end
{%- endmacro %}


{# The day that a spreadsheet keeps as a number: 1 is 1900-01-01 there, and 60 a day that never was. #}
{% macro to_date_excel(column) -%}
    case
        when btrim({{ column }}) ~ '^\d{2,5}(\.\d{1,12})?$' and trunc(btrim({{ column }})::numeric) between 61 and 73050
            then date '1899-12-30' + trunc(btrim({{ column }})::numeric)::integer
    end
{%- endmacro %}


{#
    A zone may stand behind the time as Z, as an offset, as UTC, GMT, CET or CEST, or by its name, Europe/Berlin.
#}
{% macro to_timestamp_iso(column, zone='UTC') -%}
    case
        when
            btrim({{ column }})
            ~ '^(19|20)\d{2}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z| ?[+-]\d{2}(:?\d{2})?| (UTC|GMT|CES?T|[A-Z][A-Za-z_]+/[A-Z][A-Za-z_]+))$'
            and pg_input_is_valid(btrim({{ column }}), 'timestamptz')
            then btrim({{ column }})::timestamptz
        when
            btrim({{ column }}) ~ '^(19|20)\d{2}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?)?$'
            and pg_input_is_valid(btrim({{ column }}), 'timestamp')
            then btrim({{ column }})::timestamp at time zone '{{ zone }}'
    end
{%- endmacro %}


{% macro to_timestamp_dmy(column, zone='UTC') -%}
    {{ timestamp_in_order(column, '\\3-\\2-\\1 \\4', zone) }}
{%- endmacro %}


{% macro to_timestamp_mdy(column, zone='UTC') -%}
    {{ timestamp_in_order(column, '\\3-\\1-\\2 \\4', zone) }}
{%- endmacro %}


{# A step of the two above. Twelve-hour clocks say am or pm. #}
{% macro timestamp_in_order(column, iso_order, zone) -%}
    {%- set iso -%}
        regexp_replace(btrim({{ column }}), '^(\d{1,2})[./-](\d{1,2})[./-](\d{4}),? (.*)$', '{{ iso_order }}')
    {%- endset -%}
    case
        when
            btrim({{ column }})
            ~* '^\d{1,2}([./-])\d{1,2}\1(19|20)\d{2},? (([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?|(0?[1-9]|1[0-2]):[0-5]\d(:[0-5]\d)? ?[ap]m)$'
            and pg_input_is_valid({{ iso }}, 'timestamp')
            then ({{ iso }})::timestamp at time zone '{{ zone }}'
    end
{%- endmacro %}


{% macro to_timestamp_epoch(column) -%}
    case
        when btrim({{ column }}) ~ '^[1-9]\d{8,9}(\.\d{1,6})?$'
            then to_timestamp(btrim({{ column }})::numeric)
    end
{%- endmacro %}


{% macro to_timestamp_epoch_millis(column) -%}
    case
        when btrim({{ column }}) ~ '^([1-9]\d{11}|[12]\d{12})$'
            then to_timestamp(btrim({{ column }})::numeric / 1000)
    end
{%- endmacro %}


{# The time that a spreadsheet keeps as a number: days, and the share of the day behind the point; to the second. #}
{% macro to_timestamp_excel(column, zone='UTC') -%}
    case
        when btrim({{ column }}) ~ '^\d{2,5}(\.\d{1,12})?$' and trunc(btrim({{ column }})::numeric) between 61 and 73050
            then
                (timestamp '1899-12-30' + round(btrim({{ column }})::numeric * 86400) * interval '1 second')
                at time zone '{{ zone }}'
    end
{%- endmacro %}
