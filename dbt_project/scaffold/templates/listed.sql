with records as (
    select * from {{ ref('[[ entity.list_of[0] ]]') }}
    where not is_excluded
),

elements as (
    select
[% for name in inherited %]
        records.[[ name ]],
[% endfor %]
        item.position,
[% for line in readings %]
        [[ line ]]
[% endfor %]
[% if not entity.time %]
        records.loaded_on,
[% endif %]
        records._file_id,
        records._line
    from records
    cross join
        lateral jsonb_array_elements({{ json_list('records.[[ entity.list_of[1] ]]') }})
        with ordinality as item (element, position)
)

select
[% for column in entity.columns %]
    [[ column.name ]],
[% endfor %]
[% if not entity.time %]
    loaded_on,
[% endif %]
[% if typed %]
    {{ issue_codes([
[% for column in typed %]
        ('[[ column.rule ]]', is_unreadable('raw_[[ column.name ]]', '[[ column.name ]]')),
[% endfor %]
    ]) }} as _issues,
[% else %]
    '{}'::text[] as _issues,
[% endif %]
    _file_id,
    _line
from elements
