with source as (
    select * from {{ source('ledger', '_rejects') }}
)

select
    file_id,
    line,
    reason,
    detail
from source
