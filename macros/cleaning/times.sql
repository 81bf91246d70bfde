{#
    Dates and times. `pg_input_is_valid` alone takes `today`, `infinity` or `allballs`, so that a
    pattern always stands before it. No macro here raises on any text; NULL in, NULL out.
    A time that names no zone is in UTC. Years outside 1900 to 2099 are no business dates.
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
    {%- set iso -%}
        regexp_replace(btrim({{ column }}), '^(\d{2})[./-](\d{2})[./-](\d{4})$', '\3-\2-\1')
    {%- endset -%}
    case
        when
            btrim({{ column }}) ~ '^\d{2}[./-]\d{2}[./-](19|20)\d{2}$'
            and pg_input_is_valid({{ iso }}, 'date')
            then ({{ iso }})::date
    end
{%- endmacro %}


{% macro to_timestamp_iso(column) -%}
    case
        when
            btrim({{ column }}) ~ '^(19|20)\d{2}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)$'
            and pg_input_is_valid(btrim({{ column }}), 'timestamptz')
            then btrim({{ column }})::timestamptz
        when
            btrim({{ column }}) ~ '^(19|20)\d{2}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?$'
            and pg_input_is_valid(btrim({{ column }}), 'timestamp')
            then btrim({{ column }})::timestamp at time zone 'UTC'
    end
{%- endmacro %}


{% macro to_timestamp_dmy(column) -%}
    {%- set iso -%}
        regexp_replace(btrim({{ column }}), '^(\d{2})[./](\d{2})[./](\d{4}) ', '\3-\2-\1 ')
    {%- endset -%}
    case
        when
            btrim({{ column }}) ~ '^\d{2}[./]\d{2}[./](19|20)\d{2} \d{2}:\d{2}(:\d{2})?$'
            and pg_input_is_valid({{ iso }}, 'timestamp')
            then ({{ iso }})::timestamp at time zone 'UTC'
    end
{%- endmacro %}


{% macro to_timestamp_epoch_millis(column) -%}
    case
        when btrim({{ column }}) ~ '^([1-9]\d{11}|[12]\d{12})$'
            then to_timestamp(btrim({{ column }})::numeric / 1000)
    end
{%- endmacro %}
