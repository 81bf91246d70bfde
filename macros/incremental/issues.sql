{# Every row and rule that it breaks, as the models that judge rows have it now. #}
{% macro rules_broken() -%}
    {%- for entity in entities() %}
    select
        '{{ entity.name }}' as entity,
        judged._file_id,
        judged._line,
        {{ 'judged.' ~ entity.key ~ '::text' if entity.key else 'null' }} as key,
        issue.rule
    from {{ ref(entity.judged) }} as judged
    cross join lateral unnest(judged._issues) as issue (rule)
    -- Most rows break none, which is seen sooner than `unnest` finds nothing in them.
    where
        judged._issues <> {{ no_texts() }}
        {%- if entity.judged == 'int_customers__judged' %}
        and judged.entity = '{{ entity.name }}'
        {%- endif %}
    union all
    {%- endfor %}
    -- No row: the columns, where there is no table yet.
    select
        null::text as entity,
        null::bigint as _file_id,
        null::bigint as _line,
        null::text as key,
        null::text as rule
    where false
{%- endmacro %}


{#
    Hook of `issues`: the rows that break another rule than the table says, or whose key is another, each with
    all rules that it breaks now; one that breaks none any more, or is gone, stands there without. To compare
    is cheap; what costs is to look up each value as it arrived.
#}
{% macro affected_by_rules_broken() -%}
    {%- for entity in entities() -%}
        {%- do ref(entity.judged) -%}
    {%- endfor -%}
    {%- if works_on_changes() -%}
    drop table if exists {{ affected() }};
    create temporary table {{ affected() }} on commit drop as
    with broken as materialized (
        {{ rules_broken() }}
    ),

    built as materialized (
        select
            entity,
            _file_id,
            _line,
            key,
            rule
        from {{ this }}
    ),

    different as (
        (select * from broken except all select * from built)
        union all
        (select * from built except all select * from broken)
    ),

    rows_affected as (
        select
            entity,
            _file_id,
            _line
        from different
        group by entity, _file_id, _line
    )

    select
        rows_affected.entity,
        rows_affected._file_id,
        rows_affected._line,
        broken.key,
        broken.rule
    from rows_affected
    left join broken
        on
            rows_affected.entity = broken.entity
            and rows_affected._file_id = broken._file_id
            and rows_affected._line = broken._line;
    analyze {{ affected() }};
    {%- endif -%}
{%- endmacro %}


{#
    The condition by which `issues` looks up values in the files of affected rows of an entity only; `true` when it is
    built anew. Each file once: the raw table's rows are compared with one after the other.
#}
{% macro is_of_affected_file(column, entity) -%}
    {%- if works_on_changes() -%}
    {{ column }} = any(array(
        select distinct affected._file_id
        from {{ affected() }} as affected
        where affected.entity = '{{ entity }}'
    ))
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}
