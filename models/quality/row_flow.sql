{{ config(indexes=[{'columns': ['entity'], 'unique': True}]) }}

with files_by_entity as (
    select
        entity,
        count(*) as files_count,
        sum(rows_read) as rows_read,
        sum(rows_rejected) as rows_rejected,
        sum(rows_landed) as rows_landed,
        max(loaded_at) as loaded_at
    from {{ ref('stg_ledger__files') }}
    where status = 'loaded'
    group by entity
),

judged_by_entity as (
    {% for entity in entities() %}
    select
        '{{ entity.name }}' as entity,
        count(*) as rows_staged,
        count(*)
        {%- if not entity.is_own or entity.excludes %} filter (where not judged.is_excluded){% endif %} as rows_kept
    from {{ ref(entity.judged) }} as judged
    {%- if entity.judged == 'int_customers__judged' %}
    where judged.entity = '{{ entity.name }}'
    {%- endif %}
    union all
    {% endfor %}
    -- No row: the columns, where there is no table yet.
    select
        null::text as entity,
        null::bigint as rows_staged,
        null::bigint as rows_kept
    where false
),

exclusions_by_entity as (
    select
        entity,
        count(*) as rows_excluded
    from {{ ref('exclusions') }}
    group by entity
)

select
    judged_by_entity.entity,
    coalesce(files_by_entity.files_count, 0) as files_count,
    coalesce(files_by_entity.rows_read, 0)::bigint as rows_read,
    coalesce(files_by_entity.rows_rejected, 0)::bigint as rows_rejected,
    coalesce(files_by_entity.rows_landed, 0)::bigint as rows_landed,
    judged_by_entity.rows_staged,
    coalesce(exclusions_by_entity.rows_excluded, 0) as rows_excluded,
    judged_by_entity.rows_kept,
    files_by_entity.loaded_at
from judged_by_entity
left join files_by_entity on judged_by_entity.entity = files_by_entity.entity
left join exclusions_by_entity on judged_by_entity.entity = exclusions_by_entity.entity
