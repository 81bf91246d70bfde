[% set group = [context.group] if context.group else [] %]
[% set measure = ['total_' ~ context.measure] if context.measure else [] %]
[% set counted = group + [entity.day, 'rows_on_day'] + measure %]
with days as (
    select
[% for name in group + [entity.day] %]
        [[ name ]],
[% endfor %]
[% if measure %]
        sum([[ context.measure ]])::numeric as total_[[ context.measure ]],
[% endif %]
        count(*) as rows_on_day
    from {{ ref('[[ entity.mart ]]') }}
    where [[ (group + [entity.day]) | reverse | join(' is not null and ') ]] is not null
    group by [[ (group + [entity.day]) | join(', ') ]]
),

-- The same weekday of the eight weeks before it is what a day is held against.
compared as (
    select
[% for name in counted %]
        [[ name ]],
[% endfor %]
[% if group %]
        {{ previous('rows_on_day', of='[[ context.group ]]', by='[[ entity.day ]]') }} as rows_on_day_before,
[% else %]
        lag(rows_on_day) over (order by [[ entity.day ]]) as rows_on_day_before,
[% endif %]
        array_agg(rows_on_day) over like_it as rows_on_days_like_it
    from days
    window like_it as (
        partition by [[ (group + ['extract(isodow from ' ~ entity.day ~ ')']) | join(', ') ]]
        order by [[ entity.day ]]
        rows between 8 preceding and 1 preceding
    )
),

expected as (
    select
[% for name in counted %]
        [[ name ]],
[% endfor %]
        rows_on_day_before,
        coalesce(cardinality(rows_on_days_like_it), 0) as days_compared,
        {{ middle_mean('rows_on_days_like_it') }} as usual_rows
    from compared
),

surprising as (
    select
[% for name in counted %]
        [[ name ]],
[% endfor %]
        rows_on_day_before,
        days_compared,
        usual_rows,
        case when days_compared >= 4 then {{ surprise('rows_on_day', 'usual_rows') }} end as surprise
    from expected
),

judged as (
    select
[% for name in counted %]
        [[ name ]],
[% endfor %]
        rows_on_day_before,
        days_compared,
        usual_rows,
        surprise,
        coalesce(abs(surprise) > 4 and abs(rows_on_day - usual_rows) > 0.25 * usual_rows, false) as is_unusual
    from surprising
)

select
[% for name in counted %]
    [[ name ]],
[% endfor %]
    rows_on_day_before,
    days_compared,
    usual_rows,
    surprise,
    is_unusual,
    case
        when is_unusual
            then concat(
                rows_on_day, ' [[ entity.many.replace('_', ' ') ]], where ', round(usual_rows), ' are usual on a ',
                to_char([[ entity.day ]], 'FMDay')
            )
    end as why
from judged
