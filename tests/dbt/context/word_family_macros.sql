with cases (root, doubling, verbs, nouns, qualities, adverbs, degrees) as (
    values
    (
        'love', false, array['love', 'loves', 'loved', 'loving'], array['love', 'loves'],
        array['love', 'loveness'], array['lovely'], array['lover', 'lovest']
    ),
    (
        'stop', true, array['stop', 'stops', 'stopped', 'stopping'], array['stop', 'stops'],
        array['stop', 'stopness'], array['stoply'], array['stopper', 'stoppest']
    ),
    (
        'happy', false, array['happy', 'happies', 'happied', 'happying'], array['happy', 'happies'],
        array['happy', 'happiness'], array['happily'], array['happier', 'happiest']
    ),
    (
        'terrible', false, array['terrible', 'terribles', 'terribled', 'terribling'], array['terrible', 'terribles'],
        array['terrible', 'terribleness'], array['terribly'], array['terribler', 'terriblest']
    ),
    (
        'sad', false, array['sad', 'sads', 'saded', 'sading'], array['sad', 'sads'],
        array['sad', 'sadness'], array['sadly'], array['sadder', 'saddest']
    ),
    (
        'crash', false, array['crash', 'crashes', 'crashed', 'crashing'], array['crash', 'crashes'],
        array['crash', 'crashness'], array['crashly'], array['crasher', 'crashest']
    )
),

results as (
    select
        root,
        {{ verb_forms('root', 'doubling') }} as actual_verbs,
        verbs,
        {{ noun_forms('root') }} as actual_nouns,
        nouns,
        {{ quality_forms('root') }} as actual_qualities,
        qualities,
        {{ adverb_forms('root') }} as actual_adverbs,
        adverbs,
        {{ degree_forms('root') }} as actual_degrees,
        degrees
    from cases
),

declined (language, root, expected) as (
    values
    ('de', 'gut', array['gut', 'gute', 'guter', 'gutes', 'guten', 'gutem', 'gutste']),
    ('de', 'prima', array['prima', 'primae', 'primaer', 'primaes', 'primaen', 'primaem', 'primaste']),
    ('fr', 'heureux', array['heureux', 'heureuxs', 'heureuse', 'heureuses']),
    ('fr', 'bon', array['bon', 'bons', 'bonne', 'bonnes']),
    ('es', 'malo', array['malo', 'mala', 'malos', 'malas']),
    ('es', 'fiel', array['fiel', 'fiel', 'fieles', 'fiels']),
    ('it', 'bello', null)
)

select root
from results
where
    actual_verbs is distinct from verbs
    or actual_nouns is distinct from nouns
    or actual_qualities is distinct from qualities
    or actual_adverbs is distinct from adverbs
    or actual_degrees is distinct from degrees
union all
select root
from declined
where {{ declined_forms('root', 'language') }} is distinct from expected
