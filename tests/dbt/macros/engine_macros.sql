with lists (name, numbers, expected_count, expected_is_element) as (
    values
    ('several', array[30, 10, 20, 10], 4, true),
    ('without', array[1], 1, false),
    ('empty', array[]::integer[], 0, false),
    ('null', null, null, null)
),

members as (
    select
        lists.name,
        member.number,
        member.place
    from lists
    cross join {{ elements('lists.numbers', 'member', 'number', 'place') }}
),

bare_members as (
    select
        lists.name,
        member.number
    from lists
    cross join {{ elements('lists.numbers', 'member', 'number') }}
),

together as (
    select
        name,
        {{ gathered('number', 'place desc') }} as backwards,
        {{ gathered('number', 'place', 'number > 10') }} as large_ones,
        {{ gathered_once('number') }} as different_ones,
        {{ first_gathered('number', 'place desc', 'number > 10') }} as last_large_one,
        {{ first_gathered('number', 'place') }} as first_one,
        {{ median('number') }} as median,
        {{ most_frequent('number') }} as most_frequent,
        {{ most_frequent('number', 'number > 10') }} as most_frequent_large
    from members
    group by name
),

days_found as (
    select {{ gathered('each.day', 'each.day') }} as days
    from (
        values ('2024-02-28'::date, '2024-03-01'::date), ('2024-03-02', '2024-03-01'), (null, '2024-03-01')
    ) as spans (first, last)
    cross join {{ days('spans.first', 'spans.last', 'each') }}
),

numbers_found as (
    select {{ gathered('each.number', 'each.number') }} as numbers
    from (values (0, 2), (5, 4), (null, 1)) as spans (first, last)
    cross join {{ whole_numbers('spans.first', 'spans.last', 'each') }}
),

found_in_text as (
    select {{ gathered('mention.match', 'mention.match') }} as matches
    from (values ('a1 b22 c'), (''), (null)) as texts (body)
    cross join {{ text_matches('texts.body', "'[a-z]([0-9]+)'", 'mention') }}
),

-- What is asked, and whether the answer is as it has to be.
answers (question, is_right) as (
    select
        'count and membership in ' || name,
        {{ elements_count('numbers') }} is not distinct from expected_count
        and {{ is_element('10', 'numbers') }} is not distinct from expected_is_element
    from lists
    union all
    select
        'an array in rows and back',
        (
            select array_agg((name, backwards, large_ones, different_ones)::text order by name)
            from together
        ) = array['(several,"{10,20,10,30}","{30,20}","{10,20,30}")', '(without,{1},,{1})']
    union all
    select
        'one of several',
        (
            select array_agg(
                (name, last_large_one, first_one, median, most_frequent, most_frequent_large)::text order by name
            )
            from together
        ) = array['(several,20,30,15,10,20)', '(without,,1,1,1,)']
    union all
    select
        'rows without their places',
        count(*) = 5 and sum(number) = 71
    from bare_members
    union all
    select
        'days',
        days = array['2024-02-28', '2024-02-29', '2024-03-01']::date[]
    from days_found
    union all
    select
        'whole numbers',
        numbers = array[0, 1, 2]
    from numbers_found
    union all
    select
        'matches of a pattern',
        matches = array['1', '22']
        and {{ matches("'An ORDER'", "'order$'") }}
        and not {{ matches("'An order!'", "'order$'") }}
        and {{ matches('null::text', "'a'") }} is null
        and {{ first_match("'s3://bucket/a/b.csv'", "'[^/]*$'") }} = 'b.csv'
        and {{ first_match("'none'", "'[0-9]'") }} is null
    from found_in_text
    union all
    select
        'lists of texts',
        {{ no_texts() }} = array[]::text[]
        and {{ null_texts() }} is null
        and pg_typeof({{ null_texts() }}) = 'text[]'::regtype
        and {{ joined_texts("array['a', null, 'b']", ', ') }} = 'a, b'
        and {{ joined_texts(no_texts(), ', ') }} = ''
        and {{ joined_texts(null_texts(), ', ') }} is null
    union all
    select
        'a value of a row',
        {{ value_at('landed', "'body.1.text'") }} = 'y'
        and {{ value_at('landed', "'_line'") }} = '7'
        and {{ value_at('landed', "'missing'") }} is null
    from (values (7, '[{}, {"text": "y"}]'::jsonb)) as landed (_line, body)
    union all
    select
        'a list in JSON',
        {{ json_list_length("'[[], {}, 3]'::jsonb") }} = 3
        and {{ is_json_object("'{}'::jsonb") }}
        and not {{ is_json_object("'[]'::jsonb") }}
        and array_agg((member.place, member.entry)::text order by member.place) = array['(1,[])', '(2,{})', '(3,3)']
    from {{ json_elements("'[[], {}, 3]'::jsonb", 'member', 'entry', 'place') }}
    union all
    select
        'sequences of three words',
        {{ elements_count(shingles("array['a', 'b', 'c', 'd', 'x1']")) }} = 2
        and {{ shingles("array['a', 'b', 'c']") }} <> {{ shingles("array['a', 'b', 'd']") }}
        and {{ shingles("array['a', 'b']") }} = array[]::integer[]
        and {{ shingles('null::text[]') }} = array[]::integer[]
)

select question
from answers
where is_right is distinct from true
