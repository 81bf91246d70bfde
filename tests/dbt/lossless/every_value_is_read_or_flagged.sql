{{ config(meta={
    'failure_means': 'A value stood in a file and is empty in the models, and no rule says so: it was lost in silence.',
    'what_to_do': 'give the column a rule in seeds/rules.csv and a code in staging',
}) }}

with
{% for entity in entities() %}
{% set read = own_readings(entity) if entity.is_own else readings()[entity.name] -%}
{% set nothing = own_words_for_nothing(entity) if entity.is_own else {} -%}
readings_{{ entity.name }} as (
    select
        judged._file_id,
        judged._line,
        judged._issues,
        reading.column_name,
        reading.raw_value
    from {{ source(entity.source, entity.name) }} as landed
    inner join {{ ref(entity.judged) }} as judged
        on landed._file_id = judged._file_id and landed._line = judged._line
    cross join
        lateral (
            values
            {% for staged_column, raw_column in read.items() -%}
            (
                '{{ raw_column }}',
                {{ null_if_token(
                    '(' ~ raw_value_at('landed', raw_column) ~ ')::text', nothing.get(staged_column) or ['']
                ) }},
                judged.{{ staged_column }} is null
            ),
            {% endfor %}
            (null, null, false)
        ) as reading (column_name, raw_value, is_empty)
    where
        reading.is_empty
        and {{ is_given('reading.raw_value', null_tokens(entity.source)) }}
        -- Only of rows with such a value the columns are taken apart.
        and (
            {% for staged_column, raw_column in read.items() -%}
            (
                judged.{{ staged_column }} is null
                and {{ is_given('(' ~ raw_value_at('landed', raw_column) ~ ')::text', null_tokens(entity.source)) }}
            )
            or
            {% endfor %}
            false
        )
),
{% endfor %}

unread as (
    {% for entity in entities() %}
    select
        '{{ entity.name }}' as entity,
        readings._file_id,
        readings._line,
        readings._issues,
        readings.column_name,
        readings.raw_value
    from readings_{{ entity.name }} as readings
    union all
    {% endfor %}
    select
        null::text as entity,
        null::bigint as _file_id,
        null::bigint as _line,
        null::text[] as _issues,
        null::text as column_name,
        null::text as raw_value
    where false
)

select
    unread.entity,
    unread._file_id,
    unread._line,
    unread.column_name,
    unread.raw_value
from unread
where
    not exists (
        select 1
        from {{ rules_in_force() }} as rules
        where
            rules.entity = unread.entity
            and rules.code = any(unread._issues)
            -- A rule of a whole JSON column speaks for what is inside it.
            and (unread.column_name = rules.column_name or unread.column_name like rules.column_name || '.%')
    )
