{{ config(
    materialized='incremental',
    incremental_strategy='replace_affected',
    changed_key='_file_id',
    indexes=[{'columns': ['entity', '_file_id', '_line']}, {'columns': ['rule']}],
    pre_hook='{{ affected_by_rules_broken() }}',
    post_hook='{{ note_built() }}',
) }}

with issues as (
    {%- if works_on_changes() %}
    select
        entity,
        _file_id,
        _line,
        key,
        rule
    from {{ affected() }}
    where rule is not null
    {%- else %}
    {{- rules_broken() }}
    {%- endif %}
),

explained as (
    select
        issues.entity,
        issues._file_id,
        issues._line,
        issues.key,
        issues.rule,
        rules.severity,
        rules.column_name
    from issues
    left join {{ rules_in_force() }} as rules on issues.entity = rules.entity and issues.rule = rules.code
),

-- The value as it arrived, which staging no longer has: straight from the raw table.
raw_values as (
    {% for entity in entities() %}
    select
        explained.entity,
        explained._file_id,
        explained._line,
        explained.rule,
        {{ masked_by_meta(
            entity.name,
            'explained.column_name',
            value_at('landed', 'explained.column_name')
        ) }} as raw_value
    from explained
    inner join {{ source(entity.source, entity.name) }} as landed
        on explained._file_id = landed._file_id and explained._line = landed._line
    where explained.entity = '{{ entity.name }}' and {{ is_of_affected_file('landed._file_id', entity.name) }}
    union all
    {% endfor %}
    select
        null::text as entity,
        null::bigint as _file_id,
        null::bigint as _line,
        null::text as rule,
        null::text as raw_value
    where false
)

select
    explained.entity,
    explained._file_id,
    explained._line,
    explained.key,
    explained.rule,
    explained.severity,
    explained.column_name,
    raw_values.raw_value
from explained
left join raw_values
    on
        explained.entity = raw_values.entity
        and explained._file_id = raw_values._file_id
        and explained._line = raw_values._line
        and explained.rule = raw_values.rule
