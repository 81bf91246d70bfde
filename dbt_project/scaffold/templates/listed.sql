with records as (
    select * from {{ ref('[[ entity.list_of.model ]]') }}
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
        lateral [[ elements ]]
        with ordinality as item (element, position)
)

select
[% for column in entity.columns %]
    [[ column.name ]],
[% endfor %]
[% if not entity.time %]
    loaded_on,
[% endif %]
[% include 'issues.sql' %]
    _file_id,
    _line
from elements
