{{ config(indexes=[{'columns': ['_file_id', '_line'], 'unique': True}]) }}

with records as (
    select * from {{ ref('[[ entity.staging ]]') }}
)

select
[% for column in entity.columns %]
    records.[[ column.name ]],
[% endfor %]
[% if not entity.time %]
    (files.loaded_at at time zone 'UTC')::date as loaded_on,
[% endif %]
    records._issues,
    false as is_excluded,
    null::text as kept_instead,
    records._file_id,
    records._line
from records
[% if not entity.time %]
left join {{ ref('stg_ledger__files') }} as files on records._file_id = files.file_id
[% endif %]
