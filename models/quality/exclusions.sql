{{ config(indexes=[{'columns': ['entity', '_file_id', '_line'], 'unique': True}]) }}

with excluded_rows as (
    {% for entity in entities() %}
    select
        '{{ entity.name }}' as entity,
        judged._file_id,
        judged._line,
        judged.{{ entity.key }} as key,
        {{ excluding_rules(entity.name, 'judged._issues') }} as rules,
        judged.kept_instead
    from {{ ref(entity.judged) }} as judged
    where
        judged.is_excluded
        {%- if entity.judged == 'int_customers__judged' %}
        and judged.entity = '{{ entity.name }}'
        {%- endif %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
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
