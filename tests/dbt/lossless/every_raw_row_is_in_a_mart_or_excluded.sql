{{ config(meta={
    'failure_means': 'A row that landed is in neither the mart nor the exclusions, or in both: totals are wrong by it.',
}) }}

-- For each entity: every row that landed stands in staging once, and then either in the mart or, with
-- a reason, among the exclusions; never in both, never twice, never in neither.
-- Files are compared first, by the number of their rows and a checksum of the lines: only where these are
-- not the same in all three places is it looked row by row.
{%- set lines_of_files = 'count(*) as rows_count, bit_xor(hashint8extended(_line, 0)) as lines' %}

with
{% for entity in entities() %}
files_of_{{ entity.name }} as (
    select
        _file_id,
        {{ lines_of_files }}
    from {{ source(entity.source, entity.name) }}
    group by _file_id
    union all
    select
        _file_id,
        {{ lines_of_files }}
    from {{ ref(entity.staging) }}
    group by _file_id
    union all
    select
        _file_id,
        {{ lines_of_files }}
    from (
        select
            mart._file_id,
            mart._line
        from {{ ref(entity.mart) }} as mart
        where
            mart._file_id is not null
            {%- if entity.mart == 'dim_customers' %}
            and mart.source_system = '{{ entity.source }}'
            {%- endif %}
        union all
        select
            excluded._file_id,
            excluded._line
        from {{ ref('exclusions') }} as excluded
        where excluded.entity = '{{ entity.name }}' and excluded.rule is not null
    ) as placed
    group by _file_id
),

odd_files_of_{{ entity.name }} as (
    select _file_id
    from files_of_{{ entity.name }}
    group by _file_id
    having
        count(*) <> 3
        or min(rows_count) <> max(rows_count)
        or min(lines) <> max(lines)
),

landed_{{ entity.name }} as (
    select
        _file_id,
        _line
    from {{ source(entity.source, entity.name) }}
    where _file_id in (select odd._file_id from odd_files_of_{{ entity.name }} as odd)
),

whereabouts_{{ entity.name }} as (
    select
        staged._file_id,
        staged._line,
        'staging' as place
    from {{ ref(entity.staging) }} as staged
    where staged._file_id in (select odd._file_id from odd_files_of_{{ entity.name }} as odd)
    union all
    select
        mart._file_id,
        mart._line,
        'mart' as place
    from {{ ref(entity.mart) }} as mart
    where
        mart._file_id is not null
        {%- if entity.mart == 'dim_customers' %}
        and mart.source_system = '{{ entity.source }}'
        {%- endif %}
        and mart._file_id in (select odd._file_id from odd_files_of_{{ entity.name }} as odd)
    union all
    select
        excluded._file_id,
        excluded._line,
        'excluded' as place
    from {{ ref('exclusions') }} as excluded
    where
        excluded.entity = '{{ entity.name }}'
        and excluded.rule is not null
        and excluded._file_id in (select odd._file_id from odd_files_of_{{ entity.name }} as odd)
),

counted_{{ entity.name }} as (
    select
        _file_id,
        _line,
        count(*) filter (where place = 'staging') as times_in_staging,
        count(*) filter (where place = 'mart') as times_in_mart,
        count(*) filter (where place = 'excluded') as times_excluded
    from whereabouts_{{ entity.name }}
    group by _file_id, _line
),
{% endfor %}

accounted as (
    {% for entity in entities() %}
    select
        '{{ entity.name }}' as entity,
        coalesce(landed._file_id, counted._file_id) as _file_id,
        coalesce(landed._line, counted._line) as _line,
        landed._file_id is not null as has_landed,
        coalesce(counted.times_in_staging, 0) as times_in_staging,
        coalesce(counted.times_in_mart, 0) as times_in_mart,
        coalesce(counted.times_excluded, 0) as times_excluded
    from landed_{{ entity.name }} as landed
    full join counted_{{ entity.name }} as counted
        on landed._file_id = counted._file_id and landed._line = counted._line
    union all
    {% endfor %}
    select
        null::text as entity,
        null::bigint as _file_id,
        null::bigint as _line,
        true as has_landed,
        null::bigint as times_in_staging,
        null::bigint as times_in_mart,
        null::bigint as times_excluded
    where false
)

select
    entity,
    _file_id,
    _line,
    has_landed,
    times_in_staging,
    times_in_mart,
    times_excluded
from accounted
where
    not has_landed
    or times_in_staging <> 1
    or times_in_mart + times_excluded <> 1
