{#
    An event beside the events around it. Each macro is a window expression: `of` is what the events have
    in common (a visitor, a customer), `by` their order, which must leave no ties.
#}

{# The value of a column in the event before; NULL in the first. #}
{% macro previous(column, of, by) -%}
    lag({{ column }}) over (partition by {{ of }} order by {{ by }})
{%- endmacro %}


{# The value of a column in the event after; NULL in the last. #}
{% macro following(column, of, by) -%}
    lead({{ column }}) over (partition by {{ of }} order by {{ by }})
{%- endmacro %}


{# Days from one time to a later one, to two decimals; negative when it is earlier. #}
{% macro days_between(earlier, later) -%}
    round((extract(epoch from {{ later }} - {{ earlier }}) / 86400)::numeric, 2)
{%- endmacro %}


{# Hours from one time to a later one, to two decimals. #}
{% macro hours_between(earlier, later) -%}
    round((extract(epoch from {{ later }} - {{ earlier }}) / 3600)::numeric, 2)
{%- endmacro %}


{# Months of the calendar from one day's to a later one's: the last of January and the first of February are one apart. #}
{% macro months_between(earlier, later) -%}
    (
        12 * (extract(year from {{ later }}) - extract(year from {{ earlier }}))
        + extract(month from {{ later }}) - extract(month from {{ earlier }})
    )::integer
{%- endmacro %}


{# Whether an event opens a new session: it is the first of its kind, or the gap before it is too long. #}
{% macro opens_session(time, previous_time, gap_minutes) -%}
    ({{ previous_time }} is null or {{ time }} - {{ previous_time }} > interval '{{ gap_minutes }} minutes')
{%- endmacro %}
