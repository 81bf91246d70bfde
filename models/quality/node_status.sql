{{ config(materialized='view') }}

with ranked as (
    select
        node_id,
        name,
        resource_type,
        status,
        failures,
        message,
        invocation_id,
        executed_at,
        seconds,
        row_number() over (partition by node_id order by executed_at desc, invocation_id asc) as age_rank
    from {{ ref('run_results') }}
)

select
    node_id,
    name,
    resource_type,
    status,
    failures,
    message,
    invocation_id,
    executed_at,
    seconds
from ranked
where age_rank = 1
