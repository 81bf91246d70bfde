{{ config(indexes=[{'columns': ['file_id', 'reason'], 'unique': True}]) }}

select
    rejects.file_id,
    files.uri,
    files.entity,
    rejects.reason,
    count(*) as rows_count,
    min(rejects.line) as first_line
from {{ ref('stg_ledger__rejects') }} as rejects
left join {{ ref('stg_ledger__files') }} as files on rejects.file_id = files.file_id
group by rejects.file_id, files.uri, files.entity, rejects.reason
