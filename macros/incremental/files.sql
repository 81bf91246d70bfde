{#
    Files that are loaded and of which the model has no row yet. Compare with `= any(array(...))`: the planner
    works that out first and carries it down to the index of the raw table, where with `in (...)` it would have
    the view read every row of every file before it drops all but the new ones.
#}
{% macro new_files(entities) -%}
    select files.file_id
    from {{ ref('stg_ledger__files') }} as files
    where
        files.status = 'loaded'
        and files.entity in ('{{ entities | join("', '") }}')
        and not exists (select from {{ this }} as built where built._file_id = files.file_id)
{%- endmacro %}


{# Files of which the model has rows though they are loaded no more: superseded by a later version. #}
{% macro gone_files(entities) -%}
    select files.file_id
    from {{ ref('stg_ledger__files') }} as files
    where
        files.status <> 'loaded'
        and files.entity in ('{{ entities | join("', '") }}')
        and exists (select from {{ this }} as built where built._file_id = files.file_id)
{%- endmacro %}


{#
    Hook of a model that has one row per row of staging: the rows of gone files, and all rows that share
    their key with a row of a new or a gone file, or with one whose link changed. `links` has a column of the
    model and the models in which what it leads to may have changed.
#}
{% macro affected_by_files(staging, key, entities, links=[]) -%}
    {%- for name in ['stg_ledger__files'] + links | map(attribute=1) | sum(start=[]) -%}
        {%- do ref(name) -%}
    {%- endfor -%}
    {%- if works_on_changes() -%}
    {%- set all_models = links | map(attribute=1) | sum(start=[]) %}
    drop table if exists {{ affected() }};
    create temporary table {{ affected() }} on commit drop as
    select
        built._file_id,
        built._line
    from {{ this }} as built
    where
        built._file_id in ({{ gone_files(entities) }})
        or built.{{ key }} in (
            select staged.{{ key }}
            from {{ ref(staging) }} as staged
            where staged._file_id = any(array({{ new_files(entities) }}))
            union
            select other.{{ key }}
            from {{ this }} as other
            where other._file_id in ({{ gone_files(entities) }})
            {%- for column, models in links %}
            union
            select other.{{ key }}
            from {{ this }} as other
            where other.{{ column }} in ({{ changed_keys(models) }})
            {%- endfor %}
        )
        {%- for column, models in links %}
        or built.{{ column }} in ({{ changed_keys(models) }})
        {%- endfor %}
        or {{ everything_changed(all_models or ['']) }};
    analyze {{ affected() }};
    {%- endif -%}
{%- endmacro %}


{# The rows of staging that such a model judges: all, or those of new files and those affected. #}
{% macro rows_to_judge(staging, entities) -%}
    {%- set few = 300 -%}
    {%- if works_on_changes() %}
    select staged.*
    from {{ ref(staging) }} as staged
    where staged._file_id = any(array({{ new_files(entities) }}))
    union all
    -- A few rows are looked up one by one; for many, the view reads every row once. One of the two never runs.
    select staged.*
    from {{ affected() }} as affected
    cross join lateral (
        select one.*
        from {{ ref(staging) }} as one
        where one._file_id = affected._file_id and one._line = affected._line
        offset 0
    ) as staged
    where (select count(*) <= {{ few }} from {{ affected() }})
    union all
    select staged.*
    from {{ ref(staging) }} as staged
    inner join {{ affected() }} as affected
        on staged._file_id = affected._file_id and staged._line = affected._line
    where (select count(*) > {{ few }} from {{ affected() }})
    {%- else %}
    select * from {{ ref(staging) }}
    {%- endif %}
{%- endmacro %}


{#
    A small relation that is computed in full and written only where it differs, so that the models behind it
    learn which of its keys changed. A key that is no longer there stays as a row of which `is_gone` holds.
#}
{% macro differences(current, key, columns) -%}
    {%- if works_on_changes() %}
    select
        current.{{ key }},
        {% for column in columns %}current.{{ column }}, {% endfor %}
        false as is_gone
    from {{ current }} as current
    left join {{ this }} as built on current.{{ key }} = built.{{ key }}
    where
        built.{{ key }} is null
        or built.is_gone
        {%- for column in columns %}
        or current.{{ column }} is distinct from built.{{ column }}
        {%- endfor %}
    union all
    select
        built.{{ key }},
        {% for column in columns %}built.{{ column }}, {% endfor %}
        true as is_gone
    from {{ this }} as built
    left join {{ current }} as current on built.{{ key }} = current.{{ key }}
    where current.{{ key }} is null and not built.is_gone
    {%- else %}
    select
        current.{{ key }},
        {% for column in columns %}current.{{ column }}, {% endfor %}
        false as is_gone
    from {{ current }} as current
    {%- endif %}
{%- endmacro %}


{# The strategy of such a relation: the rows that differ take the place of those with their key. #}
{% macro get_incremental_replace_different_sql(arg_dict) -%}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set key = config.get('changed_key') -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ target }} as built
    using {{ arg_dict['temp_relation'] }} as made
    where built.{{ key }} = made.{{ key }};

    insert into {{ target }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }};

    insert into intermediate.changed_keys (model, key, changed_at)
    select '{{ target.identifier }}', made.{{ key }}::text, '{{ run_started_at.isoformat() }}'::timestamptz
    from {{ arg_dict['temp_relation'] }} as made;
{%- endmacro %}
