with source as (
    select * from {{ source('ledger', '_files') }}
),

cleaned as (
    select
        file_id,
        uri,
        entity,
        format,
        status,
        rows_read,
        rows_landed,
        rows_rejected,
        started_at,
        loaded_at,
        duration_ms,
        error,
        superseded_by,
        {{ first_match('uri', "'[^/]*$'") }} as file_name,
        {{ period_start_of_file('uri') }} as period_start,
        {{ period_end_of_file('uri') }} as period_end
    from source
)

select
    file_id,
    uri,
    file_name,
    entity,
    format,
    status,
    rows_read,
    rows_landed,
    rows_rejected,
    started_at,
    loaded_at,
    duration_ms,
    error,
    superseded_by,
    period_start,
    period_end
from cleaned
