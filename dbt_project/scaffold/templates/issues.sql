[% if typed %]
    {{ issue_codes([
[% for column in typed %]
        ('[[ column.rule ]]', is_unreadable('raw_[[ column.name ]]', '[[ column.name ]]')),
[% endfor %]
    ]) }} as _issues,
[% else %]
    '{}'::text[] as _issues,
[% endif %]
