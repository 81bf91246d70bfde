{{ config(indexes=[{'columns': ['entity_rule'], 'unique': True}]) }}

with issues_by_rule as (
    select
        entity,
        rule,
        count(*) as rows_affected,
        count(distinct _file_id) as files_affected
    from {{ ref('issues') }}
    group by entity, rule
)

select
    concat(rules.entity, ' ', rules.code) as entity_rule,
    rules.entity,
    rules.code as rule,
    rules.severity,
    rules.column_name,
    rules.meaning,
    row_flow.rows_staged as rows_checked,
    coalesce(issues_by_rule.rows_affected, 0) as rows_affected,
    coalesce(issues_by_rule.files_affected, 0) as files_affected,
    round(coalesce(issues_by_rule.rows_affected, 0) / nullif(row_flow.rows_staged, 0)::numeric, 6) as share_affected
from {{ rules_in_force() }} as rules
left join {{ ref('row_flow') }} as row_flow on rules.entity = row_flow.entity
left join issues_by_rule on rules.entity = issues_by_rule.entity and rules.code = issues_by_rule.rule
