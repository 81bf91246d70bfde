{#
    The period that a file's name says it was delivered for: 2026-03, 2026-Q1 or 2026, as its first
    day and the first day after it. The file's own name is asked before its folder's. NULL when the name says none.
#}

{% macro period_of_file(uri) -%}
    {{ adapter.dispatch('period_of_file', 'assay')(uri) }}
{%- endmacro %}

{% macro postgres__period_of_file(uri) -%}
    {%- set period = '(?:^|[^0-9])((?:19|20)[0-9]{2})(?:-?(?:Q([1-4])|(0[1-9]|1[0-2])))?' -%}
    coalesce(
        regexp_match({{ uri }}, '{{ period }}(?:[^0-9/][^/]*)?$'),
        regexp_match({{ uri }}, '{{ period }}(?:[^0-9/][^/]*)?/[^/]*$')
    )
{%- endmacro %}


{% macro period_start_of_file(uri) -%}
    {%- set period = period_of_file(uri) -%}
    make_date(
        ({{ period }})[1]::integer,
        coalesce(({{ period }})[3]::integer, ({{ period }})[2]::integer * 3 - 2, 1),
        1
    )
{%- endmacro %}


{% macro period_end_of_file(uri) -%}
    {%- set period = period_of_file(uri) -%}
    (
        {{ period_start_of_file(uri) }}
        + case
            when ({{ period }})[3] is not null then interval '1 month'
            when ({{ period }})[2] is not null then interval '3 months'
            else interval '1 year'
        end
    )::date
{%- endmacro %}
