"""Values that mean nothing in one column only: `k.A.` among ages, `-999` among temperatures.

What means nothing everywhere stands in the macro `null_tokens`. Here it is found by its neighbours:
a word among numbers or dates that is of a known kind or comes again and again, and a number of
nines far from all others. Every find is told as a question.
"""

from __future__ import annotations

from psycopg import sql

KNOWN = (
    "unknown", "unk", "(unknown)", "unbekannt", "inconnu", "desconocido", "missing", "undefined",
    "k.a.", "k. a.", "keine angabe", "ohne angabe", "entf.", "n.v.", "n/v", "n.b.", "n.d.", "n/d",
    "nd", "s/d", "not known", "not reported", "not recorded", "not specified", "not given",
    "unspecified", "undisclosed", "no data", "nodata", "no answer", "suppressed", "withheld",
    "tbd", "t.b.d.", "tba", "tbc", "x", "xx", "xxx", "*", "**", "***", "#", "..", "...", "…", ":",
    "empty", "blank", "void",
)  # fmt: skip
"""Words that mean nothing wherever nearly all other values are numbers or dates."""
FEW = 3
"""Words not of a known kind that a column may have."""
TIMES_AS_MANY = 10
"""Different numbers or dates there must be for each of these words."""
FAR = 3
"""How many times as far from nought as any other number nines must be."""

LEAVE_OUT_ODD_ONES = sql.SQL(
    """
with shaped as (
    select
        number, value, times, lower(btrim(value)) as word,
        case
            when value ~ '^ *[^0-9[:alpha:]]{{0,3}}[0-9][0-9.,'' ]*%?$' then 'number'
            when value ~ '^ *[0-9]{{1,4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,4}}' then 'date'
            when value !~ '[0-9]' and length(value) <= 20 then 'word'
            else 'other'
        end as shape,
        case
            when value ~ '^ *-?9{{3,}}([.][09]*)? *$' then 'nines'
            when value ~ '^ *(0+|9999-12-31|0000-00-00|0001-01-01|00[./-]00[./-]0000)([T ].*)? *$'
                then 'no date'
            when value ~ '^ *(19|20)[0-9]{{2}}(0[1-9]|1[0-2])([0-2][0-9]|3[01]) *$' then 'day'
        end as looks,
        case
            when value ~ '^ *[+-]?[0-9]{{1,18}}([.][0-9]{{0,18}})? *$' then abs(value::numeric)
        end as size
    from profile_given
    where is_given
),
columns_seen as (
    select
        number,
        sum(times) as times,
        sum(times) filter (where shape in ('number', 'date')) as read_times,
        sum(times) filter (where shape = 'other') as other_times,
        sum(times) filter (where shape = 'date' or looks = 'day') as day_times,
        count(*) filter (where shape in ('number', 'date')) as read_kinds,
        count(*) filter (where shape = 'word' and word <> all({known})) as word_kinds,
        coalesce(sum(times) filter (where shape = 'word' and word <> all({known})), 0)
            as word_times,
        avg(times) filter (where looks is distinct from 'nines') as usual_times,
        max(size) filter (where looks is distinct from 'nines') as farthest
    from shaped
    group by number
),
odd_ones as (
    select shaped.number, shaped.value
    from shaped
    inner join columns_seen using (number)
    where
        read_times >= 0.3 * columns_seen.times
        and coalesce(other_times, 0) <= 0.05 * columns_seen.times
        and (
            shape = 'word' and word = any({known}) and word_times <= 0.05 * columns_seen.times
            or shape = 'word' and shaped.times >= 2 and read_times >= 0.5 * columns_seen.times
            and word_kinds <= {few} and read_kinds >= {times_as_many} * word_kinds
            or looks in ('no date', 'nines') and day_times >= 0.5 * columns_seen.times
            or looks = 'nines' and coalesce(day_times, 0) = 0 and shaped.times >= 2
            and shaped.times >= 2 * usual_times and size > {far} * farthest
        )
)
update profile_given as given
set is_given = false, is_code = false, is_odd = true
from odd_ones
where given.number = odd_ones.number and given.value = odd_ones.value
"""
).format(
    known=sql.Literal(list(KNOWN)),
    few=sql.Literal(FEW),
    times_as_many=sql.Literal(TIMES_AS_MANY),
    far=sql.Literal(FAR),
)
