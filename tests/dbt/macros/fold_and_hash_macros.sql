with cases (input, expected_fold) as (
    values
    ('Jürgen-Peter Groß', 'juergenpetergross'),
    ('juergen peter gross', 'juergenpetergross'),
    ('Élodie O''Connor', 'elodieoconnor'),
    (e'E\u0301lodie', 'elodie'),
    ('Núñez', 'nunez'),
    ('Søren', 'soeren'),
    ('李', null),
    (' - ', null),
    ('', null),
    (null, null)
),

results as (
    select
        input,
        expected_fold,
        {{ fold_name('input') }} as actual_fold,
        {{ content_hash(['input', '1']) }} as own_hash,
        {{ content_hash(["coalesce(input, '')", '1']) }} as hash_without_nulls,
        {{ content_hash(["input || '1'", "''"]) }} as shifted_hash
    from cases
)

select
    input,
    actual_fold,
    own_hash
from results
where
    actual_fold is distinct from expected_fold
    or own_hash !~ '^[0-9a-f]{64}$'
    or (input is null) is distinct from (own_hash <> hash_without_nulls)
    or own_hash = shifted_hash
union all
select
    'known' as input,
    null as actual_fold,
    hashes.known as own_hash
from (
    select {{ content_hash(["'ab'", "null::text", '7']) }} as known
) as hashes
where hashes.known <> encode(sha256('2:ab-1:7'), 'hex')
