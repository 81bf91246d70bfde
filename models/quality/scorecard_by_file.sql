{{ config(indexes=[{'columns': ['file_rule'], 'unique': True}]) }}

with issues_by_file as (
    select
        _file_id,
        rule,
        count(*) as rows_affected
    from {{ ref('issues') }}
    group by _file_id, rule
)

select
    concat(files.file_id, ' ', rules.code) as file_rule,
    files.file_id,
    files.file_name,
    files.period_start,
    (files.loaded_at at time zone 'UTC')::date as loaded_on,
    rules.entity,
    rules.code as rule,
    rules.severity,
    files.rows_landed as rows_checked,
    coalesce(issues_by_file.rows_affected, 0) as rows_affected,
    round(coalesce(issues_by_file.rows_affected, 0) / nullif(files.rows_landed, 0)::numeric, 6) as share_affected
from {{ ref('files') }} as files
inner join {{ rules_in_force() }} as rules on files.entity = rules.entity
left join issues_by_file on files.file_id = issues_by_file._file_id and rules.code = issues_by_file.rule
where files.status = 'loaded'
