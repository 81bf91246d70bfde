{{ config(indexes=[{'columns': ['entity', '_file_id', '_line'], 'unique': True}]) }}

with excluded_rows as (
    {% for entity in entities() if not entity.is_own or entity.excludes %}
    select
        '{{ entity.name }}' as entity,
        judged._file_id,
        judged._line,
        {{ 'judged.' ~ entity.key ~ '::text' if entity.key else 'null' }} as key,
        {{ excluding_rules(entity.name, 'judged._issues', 'own_rules' if entity.is_own else 'rules') }} as rules,
        judged.kept_instead
    from {{ ref(entity.judged) }} as judged
    where
        judged.is_excluded
        {%- if entity.judged == 'int_customers__judged' %}
        and judged.entity = '{{ entity.name }}'
        {%- endif %}
    union all
    {% endfor %}
    -- No row: the columns, where there is nothing that could be excluded.
    select
        null::text as entity,
        null::bigint as _file_id,
        null::bigint as _line,
        null::text as key,
        {{ null_texts() }} as rules,
        null::text as kept_instead
    where false
)

select
    entity,
    _file_id,
    _line,
    key,
    rules[1] as rule,
    rules,
    kept_instead
from excluded_rows
