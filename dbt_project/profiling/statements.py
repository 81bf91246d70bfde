"""The SQL by which a column's evidence is counted; braces are filled in by `evidence`.

Each reads the distinct values of a sample, a row each with how many rows have it, and gives one
row a column.
"""

GIVEN = """
create temporary table profile_given as
with words as (
    select
        number, value, times, {is_given} as is_given,
        case
            when value ~ '^[A-Z]{{2,4}}$' then 'X' || length(value)
            when value ~ '^[a-z]{{2,4}}$' then 'x' || length(value)
            when value ~ '^[A-Z][a-z]' then 'Xx'
        end as shape
    from {table}
),
counted as (
    select
        *,
        sum(times) filter (where is_given) over (partition by number) as given,
        count(*) filter (where is_given) over (partition by number) as kinds,
        sum(times) filter (where is_given) over (partition by number, shape) as given_alike,
        count(*) filter (where is_given) over (partition by number, shape) as kinds_alike
    from words
),
-- "NA" among NL and AL is a code like these, "None" in a list of towns a town, if it stands there
-- no more often than others do. Where codes are of several lengths, it takes many that are alike.
alike as (
    select
        *,
        coalesce(
            not is_given and shape is not null
            and (
                kinds_alike >= 3 and given_alike >= 0.95 * given
                and (
                    shape <> 'Xx'
                    or kinds >= 0.5 * given and times * kinds <= 3 * given
                )
                or shape like 'X_' and shape <> 'Xx' and kinds_alike >= 50
                and given_alike >= 0.05 * given
            ), false
        ) as is_like_others,
        coalesce(not is_given and coalesce(given_alike, 0) < 0.05 * given, false) as is_unlike
    from counted
),
-- But where another column of the table writes it among numbers, say, it means nothing here too.
settled as (
    select
        number, value, times, is_given,
        is_like_others
        and not bool_or(is_unlike) over (partition by value) as is_code
    from alike
)
select
    number, value, times, is_given or is_code as is_given, is_code,
    times * 200 > sum(times) over (partition by number) as is_frequent,
    false as is_odd
from settled
"""
"""The distinct values that are given: what means nothing is left out, unless it is a code."""

READ = """
create temporary table profile_read as
select number, value, times
from (
    select
        number, value, times,
        row_number() over (
            partition by number order by is_frequent desc, hashtext(value)
        ) as by_chance
    from profile_given
    where is_given
) as ranked
where by_chance <= {most}
"""
"""Of these, the ones that the macros read."""

TOTALS = """
with ranked as (
    select
        number, value, times,
        row_number() over (partition by number order by times desc, value) as by_times
    from profile_given
    where is_given
),
tops as (
    select number, jsonb_agg(jsonb_build_array(value, times) order by by_times) as top
    from ranked where by_times <= {top} group by number
),
totals as (
    select
        number,
        sum(times) filter (where is_given) as given,
        count(*) filter (where is_given) as distinct_values,
        jsonb_agg(jsonb_build_array(value, times) order by times desc) filter (where not is_given)
            as words_for_nothing,
        jsonb_agg(jsonb_build_array(value, times) order by times desc) filter (where is_code)
            as codes_like_nothing,
        jsonb_agg(jsonb_build_array(value, times) order by times desc) filter (where is_odd)
            as odd_ones,
        min(length(value)) filter (where is_given) as shortest,
        max(length(value)) filter (where is_given) as longest,
        sum(times * (length(value) - length(replace(value, ' ', '')) + 1)) filter (where is_given)
            / nullif(sum(times) filter (where is_given), 0) as words
    from profile_given
    group by number
)
select totals.*, tops.top from totals left join tops using (number)
"""
"""Rows, distinct values, lengths and the most frequent values of each column."""

SHAPES_SEEN = """
with counted as (
    select
        number, shape, sum(times) as times,
        row_number() over (partition by number order by sum(times) desc, shape) as by_times
    from (select number, times, left({shape}, 40) as shape from profile_read) as shaped
    group by number, shape
)
select number, jsonb_agg(jsonb_build_array(shape, times) order by by_times) as shapes
from counted where by_times <= 5 group by number
"""
"""The most frequent shapes of each column."""

PATTERNS = """
with units as (
    select distinct on (number) number, unit, sum(times) as unit_rows
    from (
        select
            number, times,
            substring(
                btrim(value), '^[+-]?[0-9]+(?:[.,][0-9]+)* ?([^0-9.,\\s+-][^0-9]*)$'
            ) as unit
        from profile_read
    ) as behind
    where unit is not null
    group by number, unit order by number, 3 desc, unit
),
marks as (
    select distinct on (number) number, mark, sum(times) as mark_rows
    from (
        select
            number, times,
            lower(coalesce(
                substring(btrim(value), '^[-+(]? ?([^-+()0-9.,\\s][^0-9]*?)\\s*[-+(]?[0-9.,]'),
                substring(btrim(value), '[-0-9.,)]\\s?([^-+()0-9.,\\s][^0-9]*?)\\)?$')
            )) as mark
        from profile_read
    ) as beside
    where mark is not null
    group by number, mark order by number, 3 desc, mark
),
patterns as (
    select number, sum(times) as rows_read, {counted} from profile_read group by number
)
select patterns.*, units.unit, units.unit_rows, marks.mark, marks.mark_rows
from patterns left join units using (number) left join marks using (number)
"""
"""Rows of each pattern; the unit that most have behind them, and the mark on either side."""

READING = """
select number, sum(times) filter (where reading is not null) as {fits}
from (
    select number, times, {value} as reading from profile_read where length(value) <= 40
) as read
group by number
"""
"""Rows that one macro reads."""

BOOLEANS = """
select
    number,
    sum(times) filter (where reading is not null) as fits_boolean,
    sum(times) filter (where reading) as fits_true
from (
    select number, times, {value} as reading from profile_read where length(value) <= 40
) as read
group by number
"""
"""Rows that are yes or no, and those of them that are yes."""

NUMBERS = """
with read as materialized (
    select number, times, {value} as reading from profile_read where {such}
),
ordered as (
    select
        number, reading,
        sum(times) over (partition by number order by reading, times) as times_up_to,
        sum(times) over (partition by number) as times_in_all
    from read
    where reading is not null
),
percentiles as (
    select
        number,
        min(reading) filter (where times_up_to >= 0.01 * times_in_all) as first,
        min(reading) filter (where times_up_to >= 0.5 * times_in_all) as median,
        min(reading) filter (where times_up_to >= 0.99 * times_in_all) as last
    from ordered
    group by number
),
bounds as (
    select
        number,
        sum(times) filter (where reading is not null) as {fits},
        min(reading) as low,
        max(reading) as high,
        round(sum(reading * times) / nullif(sum(times) filter (where reading is not null), 0), 4)
            as mean,
        max(scale(trim_scale(reading))) as decimals
    from read
    group by number
),
tenths as (
    select
        read.number,
        least(10, greatest(1, width_bucket(
            read.reading, percentiles.first, percentiles.last, 10
        ))) as tenth,
        sum(read.times) as times
    from read
    inner join percentiles on read.number = percentiles.number
    where read.reading is not null and percentiles.first < percentiles.last
    group by 1, 2
),
spreads as (
    select numbers.number, jsonb_agg(coalesce(tenths.times, 0) order by tenth) as spread
    from (select distinct number from tenths) as numbers
    cross join generate_series(1, 10) as tenth
    left join tenths using (number, tenth)
    group by numbers.number
)
select
    bounds.number,
    {fits},
    jsonb_build_object(
        'low', low::text, 'high', high::text, 'mean', mean::text,
        'median', percentiles.median::text, 'decimals', decimals, 'spread', spreads.spread
    ) as {bounds}
from bounds
left join percentiles using (number)
left join spreads using (number)
"""
"""The same of numbers, with their bounds, their middle and how they are spread."""

TIMES = """
select
    number,
    sum(times) filter (where reading is not null) as {fits},
    jsonb_build_array(min(reading), max(reading)) as {bounds}
from (
    select number, times, {value} as reading from profile_read
    where length(value) <= 60 and {such}
) as read
group by number
"""
"""The same of dates and times, with the first and the last."""

BOTH_ORDERS = """
select number, sum(times) as {fits}
from profile_read
where value ~ '^.?[0-9]{{1,2}}[./-]' and {such} and {dmy} is not null and {mdy} is not null
group by number
"""
"""Rows that are dates whether the day comes first or the month."""

LISTS_IN_TEXTS = """
with parts as (
    select
        read.number, marked.mark, read.value, read.times, item.place, btrim(item.part) as part,
        strpos(read.value, marked.mark) > 0 as is_list
    from profile_read as read
    cross join unnest({marks}::text[]) as marked (mark)
    cross join
        lateral string_to_table(read.value, marked.mark) with ordinality as item (part, place)
    where read.number = any({columns}::int[])
),
by_part as (
    select
        number, mark, part, count(*) as times,
        bool_or(place = 1) as comes_first,
        bool_or(place > 1) as comes_later,
        length(part) between 1 and 40 and part !~ '( \\S+){{4}}' as is_short
    from parts
    group by number, mark, part
),
vocabularies as (
    select
        number, mark,
        bool_and(is_short) as are_short,
        sum(times) as parts,
        count(*) as kinds,
        count(*) filter (where comes_later) as later,
        count(*) filter (where comes_later and comes_first) as anywhere
    from by_part
    group by number, mark
),
sized as (
    select
        number, mark, value, max(place) as size, max(times) as times, bool_or(is_list) as is_list
    from parts
    group by number, mark, value
),
shares as (
    select
        number, mark,
        count(distinct size) as sizes,
        count(*) filter (where is_list) as lists,
        sum(times) filter (where is_list) / sum(times) as share
    from sized
    group by number, mark
)
select distinct on (number) number, mark
from shares
inner join vocabularies using (number, mark)
where
    lists >= 6 and share >= 0.05 and sizes > 1
    and are_short and parts >= 3 * kinds and anywhere >= 0.3 * later
order by number, lists desc
"""
"""Columns whose texts are lists, and what stands between their values.

`Lyon, France` and `Curie, Marie` are none: their parts seldom come again, or in one place only.
"""
