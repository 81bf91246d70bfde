{{ config(indexes=[{'columns': ['[[ entity.key_column ]]'], 'unique': True}]) }}

with records as (
    select * from {{ ref('[[ entity.judged ]]') }}
[% if not entity.list_of %]
    where not is_excluded
[% endif %]
)

select
[% for column in columns %]
    [[ column ]],
[% endfor %]
    _issues as issues,
    _file_id,
    _line
from records
