with records as (
    select * from {{ ref('[[ entity.list_of.model ]]') }}
[% if entity.list_of.places | length == 1 %]
    where not is_excluded
[% endif %]
),

elements as (
    select
[% for column in from_owner %]
        [[ column ]],
[% endfor %]
        item.[[ entity.list_of.position ]],
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
        with ordinality as item (element, [[ entity.list_of.position ]])
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
