{{ config(indexes=[{'columns': ['_file_id', '_line'], 'unique': True}]) }}

with records as (
    select * from {{ ref('[[ entity.staging ]]') }}
)[[ ',' if entity.copies else '' ]]

[% if entity.copies %]
-- Of rows that are the same in every column, the first is kept.
compared as (
    select
[% for column in entity.columns %]
        [[ column.name ]],
[% endfor %]
        _issues,
        nullif(first_value(concat(_file_id, ':', _line)) over copies, concat(_file_id, ':', _line)) as kept_instead,
        _file_id,
        _line
    from records
    window copies as (
        partition by
[% for column in entity.columns %]
            [[ column.name ]][[ '' if loop.last else ',' ]]
[% endfor %]
        order by _file_id, _line
    )
),

judged as (
    select
[% for column in entity.columns %]
        [[ column.name ]],
[% endfor %]
        case when kept_instead is null then _issues else _issues || array['copy_of_row'] end as _issues,
        kept_instead,
        _file_id,
        _line
    from compared
)

[% endif %]
select
[% for column in entity.columns %]
    [[ rows ]].[[ column.name ]],
[% endfor %]
[% if entity.calendar %]
    {{ to_date_historic("concat_ws('-', [[ parts ]])") }} as [[ entity.calendar.name ]],
[% endif %]
[% if not entity.time %]
    (files.loaded_at at time zone 'UTC')::date as loaded_on,
[% endif %]
    [[ rows ]]._issues,
[% if entity.copies %]
    {{ is_excluded('[[ entity.name ]]', 'judged._issues', 'own_rules') }} as is_excluded,
    judged.kept_instead,
[% else %]
    false as is_excluded,
    null::text as kept_instead,
[% endif %]
    [[ rows ]]._file_id,
    [[ rows ]]._line
from [[ rows ]]
[% if not entity.time %]
left join {{ ref('stg_ledger__files') }} as files on [[ rows ]]._file_id = files.file_id
[% endif %]
