-- A view: what was loaded after the build must show, so that an answer can say it is old.
{{ config(materialized='view') }}

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
    loaded_at,
    period_start,
    period_end,
    error
from {{ ref('stg_ledger__files') }}
