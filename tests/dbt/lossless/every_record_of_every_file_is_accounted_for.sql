{{ config(meta={
    'failure_means': "A file's records do not add up to the rows that landed and the rejects: something was lost or loaded twice.",
}) }}

-- For each file: records read = rows landed + rows rejected; rows landed = rows that stand in the raw
-- table under the file's number; rows rejected = records kept as rejects. A file that failed or was
-- superseded has no row in any raw table.
with raw_rows as (
    {% for entity in entities() %}
    select
        '{{ entity.name }}' as entity,
        _file_id as file_id,
        count(*) as rows_found
    from {{ source(entity.source, entity.name) }}
    group by _file_id
    union all
    {% endfor %}
    select
        null::text as entity,
        null::bigint as file_id,
        null::bigint as rows_found
    where false
),

rejects_by_file as (
    select
        file_id,
        count(*) as rejects_found
    from {{ source('ledger', '_rejects') }}
    group by file_id
),

files as (
    select
        file_id,
        entity,
        uri,
        status,
        rows_read,
        rows_landed,
        rows_rejected
    from {{ ref('stg_ledger__files') }}
    where
        entity in (
            {% for entity in entities() %}
            '{{ entity.name }}',
            {% endfor %}
            null
        )
)

select
    coalesce(files.file_id, raw_rows.file_id) as file_id,
    files.uri,
    files.status,
    files.rows_read,
    files.rows_landed,
    files.rows_rejected,
    raw_rows.rows_found,
    rejects_by_file.rejects_found
from files
full join raw_rows on files.file_id = raw_rows.file_id and files.entity = raw_rows.entity
left join rejects_by_file on files.file_id = rejects_by_file.file_id
where
    files.file_id is null
    or (files.status = 'loaded' and files.rows_read is distinct from files.rows_landed + files.rows_rejected)
    or (files.status = 'loaded' and files.rows_landed is distinct from coalesce(raw_rows.rows_found, 0))
    or (files.status = 'loaded' and files.rows_rejected is distinct from coalesce(rejects_by_file.rejects_found, 0))
    or (files.status <> 'loaded' and coalesce(raw_rows.rows_found, 0) > 0)
