with source as (
    select * from {{ source('[[ entity.source ]]', '[[ entity.name ]]') }}
),

cleaned as (
    select
        source._file_id,
        source._line,
[% for name in passed %]
        reading.[[ name ]][[ '' if loop.last else ',' ]]
[% endfor %]
    from source
    cross join
        lateral ( -- noqa: ST05
            -- `limit 1`: each value is worked out once a row, not again for every code that looks at it.
            select
[% for line in readings %]
                [[ line ]]
[% endfor %]
            limit 1
        ) as reading
)

select
[% for column in entity.columns %]
    [[ column.name ]],
[% endfor %]
[% include 'issues.sql' %]
    _file_id,
    _line
from cleaned
