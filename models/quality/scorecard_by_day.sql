{{ config(indexes=[{'columns': ['day_rule'], 'unique': True}]) }}

with by_day as (
    select
        loaded_on,
        entity,
        rule,
        severity,
        count(*) as files_checked,
        sum(rows_checked)::bigint as rows_checked,
        sum(rows_affected)::bigint as rows_affected
    from {{ ref('scorecard_by_file') }}
    group by loaded_on, entity, rule, severity
),

compared as (
    select
        loaded_on,
        entity,
        rule,
        severity,
        files_checked,
        rows_checked,
        rows_affected,
        round(rows_affected / nullif(rows_checked, 0)::numeric, 6) as share_affected,
        round(
            sum(rows_affected) over days_before / nullif(sum(rows_checked) over days_before, 0)::numeric, 6
        ) as share_before
    from by_day
    window days_before as (
        partition by entity, rule order by loaded_on rows between unbounded preceding and 1 preceding
    )
)

select
    concat(loaded_on, ' ', entity, ' ', rule) as day_rule,
    loaded_on,
    entity,
    rule,
    severity,
    files_checked,
    rows_checked,
    rows_affected,
    share_affected,
    share_before,
    -- Three times the share of all days before, and at least five rows: a source has changed.
    coalesce(rows_affected >= 5 and share_affected > 3 * share_before, false) as is_worse
from compared
